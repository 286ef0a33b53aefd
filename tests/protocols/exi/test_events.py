"""Streams event by event, and wrong streams made of events."""

from dataclasses import replace

import pytest

from v2xconform.protocols.exi import Codec, Event, ExiDecodeError, codec, raw, write_events
from v2xconform.protocols.exi.bits import string_bits, unsigned_bits

TREE = {"Header": {"SessionID": "0123456789ABCDEF", "TimeStamp": 17}, "EVCCID": "WMIV1234567890ABCDEX"}


@pytest.fixture(scope="module")
def c() -> Codec:
    return codec("iso15118-20-common")


@pytest.fixture
def events(c: Codec) -> list[Event]:
    return c.tree_events("SessionSetupReq", TREE)


def place(events: list[Event], production: str, path: str) -> int:
    return next(i for i, e in enumerate(events) if e.production == production and e.path == path)


def test_reading_and_writing_give_the_same_events(c: Codec, events: list[Event]) -> None:
    data = c.encode("SessionSetupReq", TREE)
    read = list(c.events(data))
    assert write_events(read) == write_events(events) == data
    assert read[:-1] == events  # the last one read is the padding
    assert [(e.production, e.code_text, e.width, e.path, e.value) for e in read] == [
        ("header", "", 0, "", None),
        ("SE(SessionSetupReq)", "35", 6, "", None),
        ("SE(Header)", "0", 1, "", None),
        ("SE(SessionID)", "0", 1, "Header", None),
        ("CH", "0", 1, "Header.SessionID", "0123456789ABCDEF"),
        ("EE", "0", 1, "Header.SessionID", None),
        ("SE(TimeStamp)", "0", 1, "Header", None),
        ("CH", "0", 1, "Header.TimeStamp", 17),
        ("EE", "0", 1, "Header.TimeStamp", None),
        ("EE", "1", 2, "Header", None),
        ("SE(EVCCID)", "0", 1, "", None),
        ("CH", "0", 1, "EVCCID", "WMIV1234567890ABCDEX"),
        ("EE", "0", 1, "EVCCID", None),
        ("EE", "0", 1, "", None),
        ("padding", "", 0, "", None),
    ]
    assert [e.bit for e in read[:4]] == [0, 8, 14, 15]


def test_a_wrong_code(c: Codec, events: list[Event]) -> None:
    at = place(events, "EE", "Header")
    events[at] = replace(events[at], code=((3, 2),))
    with pytest.raises(ExiDecodeError) as caught:
        c.decode(write_events(events))
    assert str(caught.value) == "bit 101, Header: code 3 of 2 bits; known: SE(Signature), EE and the second level"
    assert (caught.value.bit, caught.value.path) == (101, "Header")


def test_events_up_to_the_error_are_seen(c: Codec, events: list[Event]) -> None:
    at = place(events, "EE", "Header")
    events[at] = replace(events[at], code=((3, 2),))
    seen = []
    with pytest.raises(ExiDecodeError):
        for event in c.events(write_events(events)):
            seen.append(event.production)
    assert seen[-1] == "EE"
    assert len(seen) == at


def test_a_missing_event(c: Codec, events: list[Event]) -> None:
    first = place(events, "SE(TimeStamp)", "Header")
    del events[first : first + 3]
    with pytest.raises(ExiDecodeError):
        c.decode(write_events(events))


def test_a_stream_that_ends_early(c: Codec, events: list[Event]) -> None:
    with pytest.raises(ExiDecodeError, match="bit 104, EVCCID: the stream ends: 1 bits needed, 0 left"):
        c.decode(write_events(events[:11]))


def test_bits_too_many(c: Codec, events: list[Event]) -> None:
    odd = c.decode(write_events([*events, raw("1")]))
    assert odd.tree == TREE
    assert [o.code for o in odd.oddities] == ["trailing-bits"]
    more = c.decode(write_events(events) + b"\x00\x01")
    assert [(o.code, o.text) for o in more.oddities] == [("trailing-bytes", "2 octets after the end: 0001")]
    assert c.decode(write_events(events) + b"\x00" * 40).oddities[0].text.endswith("…")


def test_a_string_table_hit(c: Codec, events: list[Event]) -> None:
    """A hit is read and reported; the encoder never writes one."""
    tree = {"Header": TREE["Header"], "EVSEID": "DE*A*E1", "ResponseCode": "OK"}
    written = c.tree_events("SessionSetupRes", tree)
    at = place(written, "CH", "EVSEID")
    written[at] = replace(written[at], content=unsigned_bits(0))
    with pytest.raises(ExiDecodeError, match="string table hit 0, but the table of this name has 0 strings"):
        c.decode(write_events(written))
    sap = codec("supportedappprotocol")
    entry = {"ProtocolNamespace": "urn:x", "VersionNumberMajor": 1, "VersionNumberMinor": 0, "SchemaID": 1}
    protocols = {"AppProtocol": [entry | {"Priority": 1}, entry | {"Priority": 2}]}
    twice = sap.tree_events("supportedAppProtocolReq", protocols)
    second = place(twice, "CH", "AppProtocol[1].ProtocolNamespace")
    twice[second] = replace(twice[second], content=unsigned_bits(0))
    document = sap.decode(write_events(twice))
    assert document.tree == protocols
    assert [(o.code, o.path) for o in document.oddities] == [("string-table-hit", "AppProtocol[1].ProtocolNamespace")]
    assert sap.encode("supportedAppProtocolReq", document.tree) != write_events(twice)


def test_both_encodings_of_an_empty_value(c: Codec, events: list[Event]) -> None:
    at = place(events, "CH", "EVCCID")
    short = list(events)
    short[at] = replace(short[at], content=string_bits(""))
    zero_length = c.decode(write_events(short))
    # Second level, first code: EE; the other EE of the element goes away.
    second = [*events[:at], Event("EE", ((1, 1), (0, 3))), *events[at + 2 :]]
    no_value = c.decode(write_events(second))
    assert zero_length.tree == no_value.tree == TREE | {"EVCCID": ""}
    assert [o.code for o in zero_length.oddities] == ["empty-value"]
    assert [o.code for o in no_value.oddities] == ["empty-element"]
    assert c.encode("SessionSetupReq", zero_length.tree) == write_events(short)


def test_a_wrong_header(c: Codec) -> None:
    data = c.encode("SessionSetupReq", TREE)
    for octet, reason in ((0x00, "not an EXI stream"), (0xA0, "options document"), (0x81, "another EXI version")):
        with pytest.raises(ExiDecodeError, match=f"header octet 0x{octet:02x}, expected 0x80: .*{reason}"):
            c.decode(bytes([octet]) + data[1:])
    with pytest.raises(ExiDecodeError, match="bit 0, start of the stream: the stream ends: 8 bits needed, 0 left"):
        c.decode(b"")
    cookie = c.decode(b"$EXI" + data)
    assert (cookie.tree, [o.code for o in cookie.oddities]) == (TREE, ["cookie"])


def test_a_fragment_with_two_elements(c: Codec) -> None:
    one = c.fragment_tree_events("Header", TREE["Header"])
    document = c.decode_fragment(write_events([*one[:-1], *one[1:-1], one[-1]]))
    assert document.tree == TREE["Header"]
    assert [o.code for o in document.oddities] == ["more-elements"]
    assert list(c.fragment_events(c.encode_fragment("Header", TREE["Header"])))[-2].production == "ED"


def test_raw_events_are_bits() -> None:
    assert write_events([raw("1000"), raw("0000"), raw("1")]) == b"\x80\x80"
    with pytest.raises(ValueError, match="is not bits"):
        raw("012")
