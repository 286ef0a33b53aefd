"""``v2xconform judge``: the verdicts of a stored run, made again without the device."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from v2xconform.cli.refusal import refusing


def judge(
    run: Annotated[Path, typer.Argument(help="Folder of a run.")],
    strict: Annotated[bool, typer.Option("--strict", help="SHOULD violations fail.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Result lines to stdout, nothing else there.")] = False,
) -> None:
    """Judge a stored run by the test cases, monitors and limits of today, and say which verdicts have changed.

    Exit code: as `run`, by the new verdicts.
    """
    with refusing("judge"):
        from v2xconform.campaign.rejudge import judge_again

        judged = judge_again(run, strict=strict)
    if as_json:
        import orjson

        for result in judged.results:
            sys.stdout.buffer.write(orjson.dumps(result, option=orjson.OPT_APPEND_NEWLINE))
        sys.stdout.buffer.flush()
    else:
        from v2xconform.cli.run import show_line

        for result in judged.results:
            show_line(result)
    for name, before, now in judged.changed:
        typer.echo(f"changed: {name}: {before} -> {now}", err=as_json)
    if not judged.changed:
        typer.echo(f"all {len(judged.results)} verdicts are as they were", err=as_json)
    raise typer.Exit(judged.exit_code)
