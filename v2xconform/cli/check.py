"""``v2xconform check``: lint of lab content, without running anything."""

from pathlib import Path
from typing import Annotated

import typer

from v2xconform.cli.refusal import refusing


def check(
    folder: Annotated[Path | None, typer.Argument(help="A lab of one's own; without it the shipped content.")] = None,
) -> None:
    """Find unbound or ambiguous steps, unknown ids, untested requirements, faulty YAML: one line a problem.

    Exit code: 0 nothing found, 1 problems, 2 usage.
    """
    with refusing("check"):
        from v2xconform.campaign.lint import check_content, check_folder
        from v2xconform.lab.yaml_lines import LabError

        if folder is not None and not folder.is_dir():
            raise LabError(f"{folder}: not a folder; give a lab that `v2xconform init` made")
        problems = check_content() if folder is None else check_folder(folder)
    for problem in problems:
        typer.echo(problem)
    typer.echo(f"{len(problems)} problems" if problems else "no problem", err=True)
    raise typer.Exit(1 if problems else 0)
