"""``v2xconform selftest``: proves that the suite can fail: every quirk caught, every test case has caught one."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from v2xconform.cli.refusal import refusing

if TYPE_CHECKING:
    from v2xconform.campaign.selftest import Selftest


def selftest(
    profile: Annotated[list[str] | None, typer.Argument(help="Profiles; all without one.")] = None,
    jobs: Annotated[int, typer.Option("--jobs", "-j", min=1, help="Processes.")] = 2,
    full: Annotated[
        bool, typer.Option("--full", help="Every test case under every quirk, instead of one proof for each.")
    ] = False,
    once: Annotated[
        bool,
        typer.Option(
            "--once",
            help="Quicker: what editions of a standard share is proven with one of them; half the harmless quirks.",
        ),
    ] = False,
    write: Annotated[
        bool, typer.Option("--write", help="Add what was caught to the matrix that selftests start from.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="The kill matrix to stdout, nothing else there.")] = False,
    out: Annotated[Path | None, typer.Option("--out", help="Also write the kill matrix as an HTML page.")] = None,
) -> None:
    """Run all test cases against the clean emulator and against every quirk of the role.

    Exit code: 0 the suite stands; 1 a quirk was missed, a good one was caught, or a test case caught nothing; 4 ERROR.
    """
    with refusing("selftest"):
        from v2xconform.campaign.selftest import selftest as run_selftest
        from v2xconform.campaign.selftest import write_matrix
        from v2xconform.lab.profile import profile_names

        outcomes: list[Selftest] = []
        for name in profile or sorted(profile_names(), reverse=once):  # the newest edition has most of it
            done = outcomes if once else ()
            outcomes.append(
                run_selftest(
                    name,
                    jobs=jobs,
                    full=full,
                    on_portion=None if as_json else _progress,
                    done=done,
                    shares=1 if once else 2,
                )
            )
        if write:
            write_matrix(outcomes)
    if as_json:
        import orjson

        sys.stdout.buffer.write(orjson.dumps([one.to_json() for one in outcomes], option=orjson.OPT_INDENT_2))
        sys.stdout.buffer.write(b"\n")
    else:
        for one in outcomes:
            _show(one)
    if out is not None:
        from v2xconform.report.selftest_page import write_selftest_page

        write_selftest_page([one.to_json() for one in outcomes], out)
        typer.echo(f"kill matrix: {out}", err=as_json)
    if all(one.passed for one in outcomes):
        return
    only_errors = all(not (one.clean or one.missed or one.false_alarms or one.toothless) for one in outcomes)
    raise typer.Exit(4 if only_errors else 1)


def _progress(quirk: str, ran: int) -> None:
    typer.echo(f"  {quirk or 'clean emulator'}: {ran} scenarios", err=True)


def _show(outcome: "Selftest") -> None:
    bad = len(outcome.kills) - len(outcome.good)
    typer.echo(
        f"{outcome.profile}: {len(outcome.testcases)} test cases, {bad} quirks, {len(outcome.good)} harmless ones"
    )
    common = len([name for name in outcome.testcases if name in outcome.elsewhere])
    if common:
        typer.echo(f"  proven with another edition: {common} test cases, run here without a quirk only")
    for name, reason in outcome.clean.items():
        typer.echo(f"  not clean: {name}: {reason}")
    for name, reason in outcome.not_applicable.items():
        typer.echo(f"  unproven: {name} is not for our own emulator: {reason}")
    for name in outcome.missed:
        typer.echo(f"  missed: quirk {name} was caught by no test case")
    for name, kills in outcome.false_alarms.items():
        typer.echo(f"  false alarm: harmless quirk {name}: {kills[0].testcase}: {kills[0].reason}")
    for name in outcome.toothless:
        typer.echo(f"  toothless: {name} has caught no quirk")
    for name, errors in outcome.errors.items():
        typer.echo(f"  error: under quirk {name}: {errors[0]}")
    own = len(outcome.testcases) - len(outcome.monitored_only)
    typer.echo(f"  {own} of {len(outcome.testcases)} test cases were seen failing by their own checks")
    typer.echo(
        "  every quirk caught, every test case has caught one" if outcome.passed else "  the suite does not stand"
    )
