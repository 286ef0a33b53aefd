"""``v2xconform init``: copy the shipped lab content out, as a lab of one's own."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from v2xconform.cli.refusal import refusing

if TYPE_CHECKING:
    from v2xconform.content import Kind

_KINDS: "tuple[Kind, ...]" = ("profiles", "testcases", "certs", "emulators")


def init(folder: Annotated[Path, typer.Argument(help="Folder of the new lab; must not hold one yet.")]) -> None:
    """Copy profiles, test cases, certificate recipes and emulators into a folder, to read, change and extend."""
    with refusing("init"):
        import shutil

        from v2xconform.content import content
        from v2xconform.lab.yaml_lines import LabError

        taken = [kind for kind in _KINDS if (folder / kind).exists()]
        if taken:
            raise LabError(f"{folder}: {', '.join(taken)} exist already; give another folder")
        folder.mkdir(parents=True, exist_ok=True)
        for kind in _KINDS:
            shutil.copytree(content(kind), folder / kind, ignore=shutil.ignore_patterns("issued", "__pycache__"))
    typer.echo(
        f"{folder}: a lab with {', '.join(_KINDS)}; next: edit {folder}/profiles/suts/, then v2xconform check {folder}"
    )
