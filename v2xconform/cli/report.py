"""``v2xconform report``: write what people and CI servers read from the folder of a run."""

from pathlib import Path
from typing import Annotated

import typer


def report(
    run: Annotated[Path, typer.Argument(help="Folder of a run, finished or interrupted.")],
    out: Annotated[Path | None, typer.Option("--out", help="HTML file; default: report.html in the folder.")] = None,
    junit: Annotated[Path | None, typer.Option("--junit", help="Also write JUnit XML to this file.")] = None,
    open_ocpp_trace: Annotated[
        Path | None,
        typer.Option(
            "--open-ocpp-trace", help="Also write all OCPP messages to this file (JSON Lines, open-ocpp-trace 1.1)."
        ),
    ] = None,
) -> None:
    """Write the HTML report of a run, and on request JUnit XML or its OCPP messages in an open format."""
    from v2xconform.report import (
        NoBundleError,
        read_bundle,
        write_junit,
        write_open_ocpp_trace,
        write_report,
    )  # here, not above: --help must be fast

    try:
        written = write_report(run, out)
        if junit is not None:
            write_junit(read_bundle(run), junit)
        messages = write_open_ocpp_trace(read_bundle(run), open_ocpp_trace) if open_ocpp_trace is not None else 0
    except NoBundleError as error:
        typer.echo(f"v2xconform report: {error}", err=True)
        raise typer.Exit(2) from None
    except OSError as error:
        typer.echo(f"v2xconform report: {error.filename}: cannot be written: {error.strerror}", err=True)
        raise typer.Exit(2) from None
    for problem in written.problems[:10]:
        typer.echo(f"note: {problem}", err=True)
    if len(written.problems) > 10:
        typer.echo(f"note: and {len(written.problems) - 10} more, all in the report", err=True)
    typer.echo(written.sentence)
    typer.echo(str(written.path))
    if junit is not None:
        typer.echo(str(junit))
    if open_ocpp_trace is not None:
        typer.echo(f"{open_ocpp_trace}: {messages} OCPP messages")
