"""How the command line refuses: one line on stderr that says where, what is wrong and what would be right; exit code 2."""

from collections.abc import Iterator
from contextlib import contextmanager

import typer


def _first(error: BaseException) -> BaseException:
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error


@contextmanager
def refusing(verb: str) -> Iterator[None]:
    """Turn faults of the lab (files, names, links) into one line each and exit code 2."""
    from v2xconform.lab.yaml_lines import LabError
    from v2xconform.links.errors import LinkError
    from v2xconform.pki import RecipeError

    try:
        try:
            yield
        except BaseExceptionGroup as group:  # a task group wraps what went wrong in one of its tasks
            raise _first(group) from None
    except KeyboardInterrupt:
        typer.echo(f"v2xconform {verb}: interrupted", err=True)
        raise typer.Exit(130) from None
    except (LabError, RecipeError, LinkError) as error:
        for line in str(error).splitlines():
            typer.echo(f"v2xconform {verb}: {line}", err=True)
        raise typer.Exit(2) from None
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        typer.echo(f"v2xconform {verb}: {where}{error.strerror or error}", err=True)
        raise typer.Exit(2) from None
