"""Hostile streams cost little, and any bytes give a document or an ExiDecodeError."""

import json
import os
import random
from typing import Any

import pytest

from v2xconform.protocols.exi import Codec, Document, ExiDecodeError, ExiEncodeError, Limits, codec, to_xml
from v2xconform.protocols.exi.bits import unsigned_bits
from v2xconform.protocols.exi.codec import read_generally, write_generally
from v2xconform.protocols.exi.events import raw, write_events
from v2xconform.protocols.exi.tables import NAMES, load_tables, shipped_tables

from .vectors import COLLECTION, collection, own

SEED = 15118
MUTATIONS = int(os.environ.get("V2XCONFORM_EXI_MUTATIONS", "5000"))


def mutated(rng: random.Random, data: bytes) -> bytes:
    """Return *data* with a few bits, bytes or stretches changed."""
    changed = bytearray(data)
    kind = rng.randrange(6)
    for _ in range(rng.choice((1, 1, 1, 2, 4, 16))):
        at = rng.randrange(len(changed))
        if kind == 0:
            changed[at] ^= 1 << rng.randrange(8)
        elif kind == 1:
            changed[at] = rng.randrange(256)
        elif kind == 2:
            del changed[at]
        elif kind == 3:
            changed.insert(at, rng.randrange(256))
        elif kind == 4:
            del changed[at + 1 :]
        else:
            changed[at:at] = changed[at : at + rng.randrange(1, 20)]
        if not changed:
            return b"\x80"
    if rng.random() < 0.5:
        changed[0] = 0x80
    return bytes(changed)


def check(c: Codec, kind: str, data: bytes) -> str:
    """Decode, compare both ways of decoding, and encode again; only the codec's own errors may come out."""
    general: Document | None = None
    try:
        general = read_generally(c, data, kind)
    except ExiDecodeError as error:
        assert 0 <= error.bit <= 8 * len(data)
    try:
        document = c.decode(data) if kind == "document" else c.decode_fragment(data)
    except ExiDecodeError:
        assert general is None, data.hex()
        return "error"
    assert document == general, data.hex()
    to_xml(c, document)
    tree = json.loads(json.dumps(document.tree))
    name = document.name
    if any(oddity.code == "undeclared-root" for oddity in document.oddities):
        name = f"{{{document.namespace}}}{name}"
    try:
        again = c.encode(name, tree) if kind == "document" else c.encode_fragment(name, tree)
        assert again == write_generally(c, name, tree, kind)
    except ExiEncodeError:
        assert document.oddities, data.hex()
        return "odd"
    assert document.oddities or again == data, data.hex()
    c.validate(name, tree)
    return "odd" if document.oddities else "clean"


def test_mutated_streams() -> None:
    vectors = collection("vectors") + collection("frames") if COLLECTION.is_dir() else own()
    rng = random.Random(SEED)
    seen = dict.fromkeys(("error", "odd", "clean"), 0)
    for _ in range(MUTATIONS):
        vector = rng.choice(vectors)
        result = check(codec(vector["table"]), vector["kind"], mutated(rng, bytes.fromhex(vector["hex"])))
        seen[result] += 1
    assert all(seen.values()), seen


@pytest.mark.parametrize("name", sorted(NAMES.values()))
def test_noise(name: str) -> None:
    rng = random.Random(SEED)
    for _ in range(300):
        check(codec(name), "document", b"\x80" + rng.randbytes(rng.randrange(120)))
        check(codec(name), "fragment", b"\x80" + rng.randbytes(rng.randrange(120)))


def bomb(content: str) -> bytes:
    """Return a SessionSetupReq whose EVCCID has other bits as its value."""
    tree = {"Header": {"SessionID": "00" * 8, "TimeStamp": 1}, "EVCCID": "A"}
    events = codec("iso15118-20-common").tree_events("SessionSetupReq", tree)
    at = next(i for i, e in enumerate(events) if e.value == "A")
    return write_events([*events[:at], raw("0" + content)])


@pytest.mark.parametrize("length", [1 << 10, 1 << 40, 1 << 600])
def test_length_bombs(length: int) -> None:
    with pytest.raises(ExiDecodeError, match=r"EVCCID: a string of \d+ characters, but \d octets are left"):
        codec("iso15118-20-common").decode(bomb(unsigned_bits(length + 2)))


def test_integers_without_end() -> None:
    with pytest.raises(ExiDecodeError, match="EVCCID: an integer of more than 4096 bits"):
        codec("iso15118-20-common").decode(bomb("1" * 80000))
    with pytest.raises(ExiDecodeError, match="the stream ends"):
        codec("iso15118-20-common").decode(bomb("1" * 800))


def small(**limits: int) -> Codec:
    return Codec(load_tables(shipped_tables() / "xmldsig.json"), Limits(**limits))


def nested(depth: int) -> dict[str, Any]:
    tree: dict[str, Any] = {}
    for _ in range(depth - 1):
        tree = {"{http://www.w3.org/2000/09/xmldsig#}Object": [tree]}
    return tree


def test_depth_is_bounded() -> None:
    c = codec("xmldsig")
    assert c.decode(c.encode("Object", nested(64))).tree == nested(64)
    with pytest.raises(ExiDecodeError, match="elements nested deeper than 64"):
        c.decode(c.encode("Object", nested(65)))


def test_events_are_bounded() -> None:
    tree = {"{http://www.w3.org/2000/09/xmldsig#}Object": [{}] * 100}
    data = codec("xmldsig").encode("Object", tree)
    assert codec("xmldsig").decode(data).tree == tree
    with pytest.raises(ExiDecodeError, match="more than 50 events"):
        small(events=50).decode(data)


def test_oddities_are_bounded() -> None:
    tree = {"{urn:x}y": [{}] * 100}
    data = codec("xmldsig").encode("SPKIData", {"SPKISexp": ["AA=="], **tree})
    with pytest.raises(ExiDecodeError, match="more than 20 oddities"):
        small(oddities=20).decode(data)


def test_octets_are_bounded() -> None:
    with pytest.raises(ExiDecodeError, match="a stream of 101 octets; the limit is 100"):
        small(octets=100).decode(b"\x81" + b"\x00" * 100)


def test_endless_lists_are_read_in_linear_time() -> None:
    """A list as long as the grammar allows, in a stream too long for the compiled way: 60 000 items."""
    c = codec("xmldsig")
    tree = {"X509Data": [{"X509SKI": ["AA=="] * 20000}]}
    data = c.encode("KeyInfo", tree)
    assert len(data) > 1 << 14
    assert c.decode(data).tree == tree
