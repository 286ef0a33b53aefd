"""Trace files: streamed, complete, and forgiving only of the one thing that an interruption does."""

from pathlib import Path

import pytest

from v2xconform.trace.events import Event, to_line
from v2xconform.trace.store import TraceError, read_trace, write_trace


def event(number: int) -> Event:
    return Event(number, number, "", "tcp1", "evcc", "secc", "tcp", "bytes", "data", raw=b"\x01" * number)


def test_what_was_written_is_read_back(tmp_path: Path) -> None:
    events = [event(number) for number in range(1, 50)]
    assert write_trace(tmp_path / "trace.jsonl", events) == 49
    assert list(read_trace(tmp_path / "trace.jsonl")) == events


def test_events_come_one_by_one(tmp_path: Path) -> None:
    path = tmp_path / "trace.jsonl"
    path.write_bytes(to_line(event(1)) + b"broken\n")
    reader = read_trace(path)
    assert next(reader) == event(1)
    with pytest.raises(TraceError, match=r"trace\.jsonl, line 2: not a JSON object"):
        next(reader)


@pytest.mark.parametrize("cut", [1, 20, 60])
def test_a_last_line_that_was_cut_short_is_left_out_with_a_note(tmp_path: Path, cut: int) -> None:
    path = tmp_path / "trace.jsonl"
    path.write_bytes(to_line(event(1)) + to_line(event(2))[:cut])
    notes: list[str] = []
    assert list(read_trace(path, notes)) == [event(1)]
    assert notes == [f"{path}, line 2: cut short when the run was interrupted; left out"]
    assert list(read_trace(path)) == [event(1)]


def test_a_last_line_without_its_line_end_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "trace.jsonl"
    path.write_bytes(to_line(event(1)).rstrip() + b"\n\n" + to_line(event(2)).rstrip())
    notes: list[str] = []
    assert list(read_trace(path, notes)) == [event(1), event(2)]
    assert notes == []
