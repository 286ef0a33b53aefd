"""``v2xconform encode``: turn the JSON lines of ``v2xconform decode --json`` back into hexadecimal lines."""

import sys
from pathlib import Path
from typing import Annotated, BinaryIO

import typer


def encode(
    source: Annotated[
        str, typer.Argument(metavar="FILE", help="JSON lines as `decode --json` prints, or - for stdin.")
    ],
    protocol: Annotated[
        str | None,
        typer.Option("--protocol", help="Schema of all lines, whatever they say themselves; short name or namespace."),
    ] = None,
    as_text: Annotated[
        bool, typer.Option("--text", help="OCPP messages as the texts that they are, not as hex.")
    ] = False,
) -> None:
    """Encode messages: one JSON object a line in, one line of hex out; a V2GTP frame where "frame" is true.

    A line needs "protocol" (or --protocol), "name" and "tree"; "fragment", "frame" and "payload_type" may say more, and
    "rpc" (type and id) with OCPP.
    Exit code: 0 all encoded, 2 at least one line could not be.
    """
    try:
        if source == "-":
            failed = _lines(sys.stdin.buffer, protocol, as_text)
        else:
            with Path(source).open("rb") as file:
                failed = _lines(file, protocol, as_text)
    except OSError as error:
        if isinstance(error, BrokenPipeError):
            raise
        typer.echo(f"v2xconform encode: {source}: cannot be read: {error.strerror}", err=True)
        raise typer.Exit(2) from None
    if failed:
        raise typer.Exit(2)


def _lines(file: BinaryIO, protocol: str | None, as_text: bool) -> bool:
    """Encode line by line; True if one or more could not be encoded."""
    from orjson import JSONDecodeError  # here, not above: --help must be fast

    from v2xconform.trace.capture.decoding import EncodeError, encode_record
    from v2xconform.trace.capture.summary import printable
    from v2xconform.trace.wide_json import loads

    failed = False
    for number, line in enumerate(file, 1):
        if not line.strip():
            continue
        try:
            data = encode_record(loads(line), protocol)
            sys.stdout.write((data.decode(errors="replace") if as_text and data[:1] == b"[" else data.hex()) + "\n")
        except (EncodeError, JSONDecodeError) as error:
            text = f"not JSON: {error}" if isinstance(error, JSONDecodeError) else str(error)
            sys.stdout.flush()
            typer.echo(printable(f"v2xconform encode: line {number}: {text}"), err=True)
            failed = True
    return failed
