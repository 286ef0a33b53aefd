"""The command line. One module per verb; what is heavy is imported inside the verb, so that --help answers at once."""

import os
import sys

import typer

from v2xconform.cli import (
    check,
    decode,
    emulate,
    encode,
    init,
    judge,
    listing,
    pki,
    probe,
    report,
    run,
    schemas,
    selftest,
)

app = typer.Typer(
    name="v2xconform",
    help="Conformance and interoperability tests for vehicle-to-grid charging (ISO 15118-20).",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.command("run")(run.run)
app.command("list")(listing.list_content)
app.command("emulate")(emulate.emulate)
app.command("decode")(decode.decode)
app.command("encode")(encode.encode)
app.add_typer(probe.app, name="probe")
app.add_typer(pki.app, name="pki")
app.command("judge")(judge.judge)
app.command("report")(report.report)
app.command("check")(check.check)
app.command("selftest")(selftest.selftest)
app.command("init")(init.init)
app.add_typer(schemas.app, name="schemas")


def _version(value: bool) -> None:
    if value:
        from v2xconform import __version__

        typer.echo(f"v2xconform {__version__}")
        raise typer.Exit


@app.callback()
def v2xconform(
    version: bool = typer.Option(False, "--version", callback=_version, is_eager=True, help="Say the version and end."),
) -> None:
    """Conformance and interoperability tests for vehicle-to-grid charging (ISO 15118-20)."""


def main() -> None:
    """Run the command line; a reader that goes away (`| head`) is no error."""
    try:
        app()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(141)
    except KeyboardInterrupt:
        typer.echo("interrupted", err=True)
        sys.exit(130)
