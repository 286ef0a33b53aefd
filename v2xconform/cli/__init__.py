"""The command line. One module per verb; what is heavy is imported inside the verb, so that --help answers at once."""

import os
import sys
from typing import Any, NoReturn

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
    proxy,
    report,
    run,
    schemas,
    selftest,
)

app = typer.Typer(
    name="v2xconform",
    help="Conformance and interoperability tests for vehicle-to-grid charging (ISO 15118-20, OCPP).",
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
app.add_typer(proxy.app, name="proxy")
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
    """Conformance and interoperability tests for vehicle-to-grid charging (ISO 15118-20, OCPP)."""


def main() -> None:
    """Run the command line; a reader that goes away (`| head`) is no error."""
    try:
        sys.exit(app(standalone_mode=False))
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(141)
    except (KeyboardInterrupt, typer.Abort):
        typer.echo("interrupted", err=True)
        sys.exit(130)
    except Exception as error:
        if not hasattr(error, "format_message"):
            raise
        _refuse(error)


def _refuse(error: Any) -> NoReturn:
    """Say in one line what is wrong with the command line (click's own words take four), and end with 2."""
    text = error.format_message()
    path = error.ctx.command_path if error.ctx is not None else "v2xconform"
    if "\n" not in text:  # the help that stands for a missing verb has many
        text = f"{path}: {text[:1].lower()}{text[1:].rstrip('.')}; see `{path} --help`"
    typer.echo(text, err=True)
    sys.exit(2)
