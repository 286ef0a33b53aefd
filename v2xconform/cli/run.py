"""``v2xconform run``: a campaign of test cases against one SUT, with a report at the end."""

import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from v2xconform.cli.refusal import refusing

if TYPE_CHECKING:
    from v2xconform.campaign.engine import Outcome

ICONS = {"PASS": "✔", "FAIL": "✘", "INCONCLUSIVE": "?", "ERROR": "!", "NOT_APPLICABLE": "–"}
_COLOURS = {"PASS": "green", "FAIL": "red", "INCONCLUSIVE": "yellow", "ERROR": "magenta", "NOT_APPLICABLE": "cyan"}


class Clock(StrEnum):
    """Which time a run lives in."""

    REAL = "real"
    VIRTUAL = "virtual"


def run(
    profile: Annotated[str, typer.Argument(help="Profile: a name of `v2xconform list profiles`, or a YAML file.")],
    sut: Annotated[
        Path | None, typer.Option("--sut", help="SUT description (YAML); without it our own emulator plays the SUT.")
    ] = None,
    testcase: Annotated[
        list[str] | None,
        typer.Option("--testcase", "-t", help="Test case id (* and ?), req:ID, @tag, or 'not …'; may be repeated."),
    ] = None,
    quirk: Annotated[
        list[str] | None, typer.Option("--quirk", help="Misbehaviour of the emulated SUT; may be repeated.")
    ] = None,
    out: Annotated[Path, typer.Option("--out", help="Where runs are stored.")] = Path("reports/runs"),
    repeat: Annotated[int, typer.Option("--repeat", min=1, help="Run every test case so often.")] = 1,
    jobs: Annotated[int, typer.Option("--jobs", "-j", min=1, help="Processes (self-hosted runs only).")] = 1,
    strict: Annotated[bool, typer.Option("--strict", help="SHOULD violations fail.")] = False,
    clock: Annotated[
        Clock | None, typer.Option("--clock", help="Default: virtual for our own emulators, real for devices.")
    ] = None,
    junit: Annotated[bool, typer.Option("--junit/--no-junit", help="Write junit.xml.")] = True,
    as_json: Annotated[bool, typer.Option("--json", help="Result lines to stdout, nothing else there.")] = False,
) -> None:
    """Run a campaign and write its folder: traces, captures, results, HTML report, JUnit.

    Exit code: 0 conformant, 1 at least one FAIL, 2 usage, 3 INCONCLUSIVE only, 4 ERROR without FAIL, 130 interrupted.
    """
    with refusing("run"):
        from v2xconform.campaign.engine import run as run_campaign
        from v2xconform.campaign.plan import Choice
        from v2xconform.lab.profile import load_profile
        from v2xconform.lab.sut import load_sut
        from v2xconform.lab.yaml_lines import LabError

        described = load_sut(sut) if sut is not None else None
        if quirk and described is not None and described.emulator is None:
            raise LabError("--quirk bends our own emulator; a device has quirks of its own")
        choice = Choice(
            load_profile(profile),
            described,
            clock.value if clock else None,
            testcase or [],
            repeat,
            strict,
            quirk or [],
        )
        show = show_json if as_json else show_line
        outcome = run_campaign(choice, out, jobs=jobs, on_result=show if jobs == 1 else None)
        if jobs > 1:
            for result in outcome.results:
                show(result)
    _conclude(outcome, junit, as_json)
    raise typer.Exit(outcome.exit_code)


def _conclude(outcome: "Outcome", junit: bool, quiet: bool) -> None:
    from v2xconform.report import read_bundle, write_junit, write_report

    written = write_report(outcome.folder)
    if junit:
        write_junit(read_bundle(outcome.folder), outcome.folder / "junit.xml")
    typer.echo(written.sentence, err=quiet)
    typer.echo(f"report: {written.path}", err=quiet)


def show_json(result: Any) -> None:
    import orjson

    sys.stdout.buffer.write(orjson.dumps(result, option=orjson.OPT_APPEND_NEWLINE))
    sys.stdout.buffer.flush()


def show_line(result: Any) -> None:
    verdict = result["verdict"]
    expected = " (expected)" if result["expected"] and verdict == "FAIL" else ""
    reason = f"  {result['reason']}" if result["reason"] else ""
    word = typer.style(f"{ICONS[verdict]} {verdict:14}", fg=_COLOURS[verdict])
    typer.echo(f"{word} {result['testcase']}{expected}{reason}")
