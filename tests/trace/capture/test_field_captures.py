"""Captures that others made: every one shows the messages that are known to be in it.

data/expected_messages.json holds, per capture, the messages by protocol and the number of TLS connections without
secrets. Its figures were held against the inventory of the collection (payload types, order of the requests) and
against the payloads that other tools found in each capture.
"""

import gzip
import json
from collections import Counter, defaultdict
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from v2xconform.trace.capture.decoding import Decoded, Decoder
from v2xconform.trace.capture.inputs import Trouble, units_of

SHARED = Path(__file__).parents[4] / "shared" / "data"
EXPECTED: dict[str, dict[str, Any]] = json.loads(
    (Path(__file__).parent / "data" / "expected_messages.json").read_text()
)

pytestmark = pytest.mark.skipif(not (SHARED / "captures").is_dir(), reason="the capture collection is not here")


@cache
def known_payloads() -> dict[str, set[str]]:
    """Payloads by file name of the capture, as the collection lists them."""
    known = defaultdict(set)
    with gzip.open(SHARED / "exi" / "frames.jsonl.gz") as lines:
        for line in lines:
            frame = json.loads(line)
            for capture in frame["captures"]:
                known[Path(capture).name].add(frame["hex"])
    return known


def read(name: str) -> tuple[list[Decoded], list[Trouble]]:
    decoder, decoded, troubles = Decoder(), [], []
    with (SHARED / "captures" / name).open("rb") as file:
        for unit in units_of(file):
            item = unit if isinstance(unit, Trouble) else decoder.decode(unit)
            if isinstance(item, Trouble):
                troubles.append(item)
            else:
                decoded.append(item)
    return decoded, troubles


@pytest.mark.parametrize("name", EXPECTED)
def test_every_message_of_a_capture_is_shown(name: str) -> None:
    decoded, troubles = read(name)
    expected = EXPECTED[name]
    assert Counter(item.protocol for item in decoded) == expected["messages"]
    assert [trouble.text for trouble in troubles if trouble.lost] == []
    assert sum("encrypted connection" in trouble.text for trouble in troubles) == expected["sealed"]
    assert known_payloads()[Path(name).name] <= {item.unit.payload.hex() for item in decoded}
    guessed = [item for item in decoded if item.note]
    assert (guessed == []) is ("some_frames_visible" not in name)


def test_all_captures_of_the_collection_are_in_the_list() -> None:
    there = {f"{path.parent.name}/{path.name}" for path in (SHARED / "captures").glob("*/*.pcap*")}
    assert there == EXPECTED.keys()
