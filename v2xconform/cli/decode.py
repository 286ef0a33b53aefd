"""``v2xconform decode``: show the messages in hexadecimal text, captures and traces."""

import io
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, BinaryIO

import typer

if TYPE_CHECKING:
    from v2xconform.trace.capture.inputs import Trouble, Unit
    from v2xconform.trace.capture.keylog import KeyLog

_KEPT_IN_MEMORY = 1 << 20
_HEX = frozenset("0123456789abcdefABCDEFxX :,;-\t\n")


def decode(
    source: Annotated[
        str,
        typer.Argument(
            metavar="INPUT",
            help="Hex or OCPP text, a file of such lines, .pcap or .pcapng, a trace.jsonl, or - for stdin.",
        ),
    ],
    protocol: Annotated[
        str | None,
        typer.Option(
            "--protocol",
            help="Schema: din70121, iso15118-2, iso15118-20-dc (or -dc) …, its namespace, or ocpp2.0.1, ocpp2.1.",
        ),
    ] = None,
    keys: Annotated[
        Path | None, typer.Option("--keys", help="TLS key log (SSLKEYLOGFILE) for the connections of a capture.")
    ] = None,
    json: Annotated[
        bool, typer.Option("--json", help="JSON lines, which `v2xconform encode -` turns back into hex.")
    ] = False,
    fragment: Annotated[bool, typer.Option("--fragment", help="The input holds EXI fragments, not documents.")] = False,
) -> None:
    """Decode V2G messages (bare EXI streams or V2GTP frames) and OCPP texts, one or many.

    Exit code: 0 all decoded, 1 something could not be decoded, 2 usage, or a schema that cannot be told.
    """
    from v2xconform.trace.capture import CaptureError
    from v2xconform.trace.capture.decoding import Decoder, NotDecided
    from v2xconform.trace.capture.inputs import Trouble
    from v2xconform.trace.capture.summary import line_of, printable
    from v2xconform.trace.wide_json import dumps  # here, not above: --help must be fast

    if isinstance(sys.stdout, io.TextIOWrapper):
        # A locale without arrows is no reason to fail.
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        decoder = Decoder(protocol, fragment=fragment)
    except ValueError as error:
        raise _usage(f"--protocol: {error}") from None
    code = messages = 0
    try:
        for unit in _units(source, _key_log(keys)):
            item = unit if isinstance(unit, Trouble) else decoder.decode(unit)
            if not isinstance(item, Trouble):
                messages += 1
                sys.stdout.write(dumps(item.record()).decode() + "\n" if json else line_of(item) + "\n")
                continue
            if item.lost:
                code = max(code, 2 if isinstance(item, NotDecided) else 1)
            sys.stdout.flush()
            typer.echo(printable(f"v2xconform decode: {item.where}: {item.text}"), err=True)
    except CaptureError as error:
        raise _usage(f"{source}: {error}") from None
    except OSError as error:
        if isinstance(error, BrokenPipeError):
            raise
        raise _usage(f"{error.filename or source}: cannot be read: {error.strerror}") from None
    if not messages and code == 0:
        typer.echo("v2xconform decode: no message found", err=True)
    if code:
        raise typer.Exit(code)


def _usage(text: str) -> typer.Exit:
    typer.echo(f"v2xconform decode: {text}", err=True)
    return typer.Exit(2)


def _key_log(path: Path | None) -> "KeyLog":
    """Read the key log that the user named; one without a single secret is a usage error."""
    from v2xconform.trace.capture import KeyLog

    if path is None:
        return KeyLog()
    try:
        known = KeyLog(path.read_bytes())
    except OSError as error:
        raise _usage(f"--keys {path}: cannot be read: {error.strerror}") from None
    if not known.lines:
        raise _usage(f"--keys {path}: not one line has the form of a TLS key log (label, ClientRandom, secret)")
    return known


def _units(source: str, keys: "KeyLog") -> Iterator["Unit | Trouble"]:
    """Yield what the input holds: a file, standard input, or the argument itself."""
    from v2xconform.trace.capture.inputs import units_of, units_of_lines, units_of_text
    from v2xconform.trace.capture.packets import is_capture

    if source == "-":
        stdin: BinaryIO = sys.stdin.buffer
        start = stdin.read(4)
        if is_capture(start):
            # A capture is read twice (secrets first), which a pipe does not allow.
            with tempfile.SpooledTemporaryFile(max_size=_KEPT_IN_MEMORY) as copy:
                copy.write(start)
                shutil.copyfileobj(stdin, copy)
                copy.seek(0)
                yield from units_of(copy, keys)  # type: ignore[arg-type]  # typeshed: SpooledTemporaryFile is no BinaryIO
        else:
            yield from units_of_lines(_Rejoined(start, stdin))
    elif _is_file(source):
        with Path(source).open("rb") as file:
            yield from units_of(file, keys)
    elif source.lstrip().startswith(("[", "{")) or (source.strip() and not set(source) - _HEX):
        yield from units_of_text(source)
    else:
        shown = source if len(source) <= 60 else f"{source[:60]}…"
        raise _usage(f"{shown!r} is neither an existing file nor hexadecimal text")


def _is_file(source: str) -> bool:
    try:
        path = Path(source)
        if path.is_dir():
            raise _usage(f"{source}: is a folder; name a file in it")
        return path.exists()
    except (OSError, ValueError):
        # Too long for a name, or no name at all: hexadecimal text, perhaps.
        return False


class _Rejoined:
    """Standard input with the octets in front of it that were read to see what it is."""

    def __init__(self, start: bytes, rest: BinaryIO) -> None:
        self._start = start
        self._rest = rest

    def readline(self, size: int, /) -> bytes:
        start, self._start = self._start, b""
        line, newline, after = start.partition(b"\n")
        if newline:
            self._start = after
            return line + newline
        return line + self._rest.readline(size - len(line))
