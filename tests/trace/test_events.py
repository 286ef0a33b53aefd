"""Events and the recorder: one line each, nothing lost on the way to the file and back."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from v2xconform.trace.events import KINDS, Event, from_line, to_line
from v2xconform.trace.recorder import Recorder

TEXTS = st.text(max_size=20)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=6,
)
EVENTS = st.builds(
    Event,
    id=st.integers(1, 2**31),
    t_ns=st.integers(0, 2**62),
    utc=TEXTS,
    link=TEXTS,
    src=TEXTS,
    dst=TEXTS,
    layer=TEXTS,
    kind=st.sampled_from(sorted(KINDS)),
    name=TEXTS,
    body=JSON,
    raw=st.none() | st.binary(max_size=20),
    ref=st.dictionaries(TEXTS, JSON, max_size=2),
    note=TEXTS,
)


@given(EVENTS)
def test_an_event_survives_the_way_to_a_line_and_back(event: Event) -> None:
    line = to_line(event)
    assert line.endswith(b"\n")
    assert line.count(b"\n") == 1
    assert from_line(line) == event


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("{", "not a JSON object"),
        ("[]", "must be a JSON object"),
        ('{"id": 1}', "missing kind, missing name, missing t_ns"),
        ('{"id": 1, "t_ns": 0, "kind": "note", "name": "", "colour": 1}', "unknown colour"),
        ('{"id": 1, "t_ns": 0, "kind": "noise", "name": ""}', "kind 'noise' is none of bytes, open"),
        ('{"id": 1, "t_ns": 0, "kind": "note", "name": "", "raw": "xy"}', "hex"),
    ],
)
def test_a_line_that_is_no_event_is_named(line: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        from_line(line)


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def test_events_are_numbered_and_stamped_on_the_clock_of_the_run(tmp_path: Path) -> None:
    clock = Clock()
    recorder = Recorder(clock, tmp_path / "trace.jsonl", datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC))
    first = recorder.add(kind="note", layer="lab", name="begin")
    clock.now += 1.5
    second = recorder.add(kind="bytes", layer="tcp", name="data", raw=b"\x00\xff", link="tcp1")
    assert (first.id, first.t_ns, first.utc) == (1, 0, "2026-01-02T03:04:05.000000Z")
    assert (second.id, second.t_ns, second.utc) == (2, 1_500_000_000, "2026-01-02T03:04:06.500000Z")
    assert second.seconds == recorder.now() == 1.5
    assert recorder.add(kind="note", layer="lab", name="earlier", at=101.0).t_ns == 1_000_000_000
    lines = (tmp_path / "trace.jsonl").read_bytes().splitlines()
    recorder.close()
    recorder.close()
    assert [from_line(line) for line in lines] == recorder.events


def test_a_listener_hears_each_event_after_it_was_written_and_may_add_findings() -> None:
    recorder = Recorder(Clock())
    heard: list[str] = []

    def monitor(event: Event) -> None:
        heard.append(event.name)
        if event.name == "odd":
            recorder.add(kind="finding", layer="judge", name="V2G-1", ref={"events": [event.id]})

    recorder.subscribe(monitor)
    recorder.add(kind="note", layer="lab", name="odd")
    assert heard == ["odd", "V2G-1"]
    assert [event.id for event in recorder.events] == [1, 2]


def test_links_have_names_of_their_own() -> None:
    recorder = Recorder(Clock())
    assert [recorder.link_name(kind) for kind in ("tcp", "tcp", "udp")] == ["tcp1", "tcp2", "udp1"]
