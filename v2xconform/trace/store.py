"""Traces as files: one event a line, read one at a time, so that a trace may be longer than the memory."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from v2xconform.trace.events import Event, from_line, to_line


class TraceError(ValueError):
    """A line of a trace file is no event; the text names file, line and what is wrong."""


def write_trace(path: Path, events: Iterable[Event]) -> int:
    """Write events as a trace file, replacing what was there, and return how many; `read_trace` reads them back."""
    count = 0
    with path.open("wb") as file:
        for event in events:
            file.write(to_line(event))
            count += 1
    return count


def read_trace(path: Path, notes: list[str] | None = None) -> Iterator[Event]:
    """Yield the events of a trace file one by one.

    A last line that was cut short, as an interrupted run leaves it, is left out; `notes` gets a line that says so.
    Raises TraceError for any other line that is no event, OSError when the file cannot be read.
    """
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            if not line.strip():
                continue
            try:
                yield from_line(line)
            except (ValueError, TypeError) as error:
                if not line.endswith(b"\n"):
                    if notes is not None:
                        notes.append(f"{path}, line {number}: cut short when the run was interrupted; left out")
                    return
                raise TraceError(f"{path}, line {number}: {error}") from None
