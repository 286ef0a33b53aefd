"""``v2xconform schemas``: make message tables of XML schemas, so that a new edition or a draft can be tested."""

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(name="schemas", help="Message tables for the EXI codec.", no_args_is_help=True)


@app.callback()
def schemas() -> None:
    """Message tables for the EXI codec: the shipped ones, and those made of your own XML schemas."""


@app.command("import")
def import_(
    path: Annotated[
        Path, typer.Argument(help="An .xsd file, a folder with .xsd files, or a wheel that holds them.", metavar="PATH")
    ],
    out: Annotated[Path, typer.Option("--out", help="Folder for the tables; made if it is not there.")] = Path(
        "tables"
    ),
    json: Annotated[bool, typer.Option("--json", help="Machine-readable, to stdout.")] = False,
) -> None:
    """Build message tables from XML schemas and write one file for each message set.

    Give a table to other commands by its path: `v2xconform decode … --protocol tables/iso15118-20-dc.json`.
    Exit code: 0 written, 2 a path or a schema that cannot be used.
    """
    from v2xconform.protocols.exi import ExiTableError, codec
    from v2xconform.protocols.exi.schema_import import import_schemas

    try:
        written = [(file, codec(file)) for file in import_schemas(path, out)]
    except ExiTableError as error:
        text = str(error)
        place = "" if text.startswith((str(path), str(out))) else f"{path}: "
        typer.echo(f"v2xconform schemas import: {place}{text}", err=True)
        raise typer.Exit(2) from None
    facts = [
        {
            "file": str(file),
            "name": made.name,
            "namespace": made.namespace,
            "messages": len(made.grammars.elements),
            "sources": [
                {"namespace": uri, "file": name, "sha256": digest} for uri, name, digest in made.grammars.sources
            ],
        }
        for file, made in written
    ]
    if json:
        from orjson import OPT_INDENT_2, dumps

        typer.echo(dumps(facts, option=OPT_INDENT_2).decode())
        return
    for fact in facts:
        typer.echo(f"{fact['file']}: {fact['name']}, {fact['messages']} global elements, {fact['namespace']}")
