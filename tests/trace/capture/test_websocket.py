"""OCPP in captures: WebSockets as real ends of the library make them, cut into packets."""

import io
from typing import Any

import pytest
from websockets.client import ClientProtocol
from websockets.extensions.permessage_deflate import ClientPerMessageDeflateFactory, ServerPerMessageDeflateFactory
from websockets.http11 import Request
from websockets.server import ServerProtocol
from websockets.uri import parse_uri

from v2xconform.trace.capture import Remark, read_capture
from v2xconform.trace.capture.decoding import Decoded, Decoder, encode_record
from v2xconform.trace.capture.inputs import Trouble, units_of, units_of_text

from .packet_factory import Talk, pcap

BOOT = b'[2,"1","BootNotification",{"reason":"PowerUp","chargingStation":{"model":"m","vendorName":"v"}}]'
BOOTED = b'[3,"1",{"currentTime":"2026-01-01T00:00:00Z","interval":300,"status":"Accepted"}]'


class Ends:
    """Two WebSocket ends whose bytes become packets."""

    def __init__(self, *, deflate: bool = False, subprotocol: str = "ocpp2.0.1") -> None:
        self.talk = Talk().opened()
        name: Any = subprotocol
        self.client = ClientProtocol(
            parse_uri("ws://csms.example/ocpp/CS1"), subprotocols=[name],
            extensions=[ClientPerMessageDeflateFactory()] if deflate else None,
        )  # fmt: skip
        self.server = ServerProtocol(
            subprotocols=[name], extensions=[ServerPerMessageDeflateFactory()] if deflate else None
        )
        self.client.send_request(self.client.connect())
        self.flush(0)
        request = next(event for event in self.server.events_received() if isinstance(event, Request))
        self.server.send_response(self.server.accept(request))
        self.flush(1)

    def flush(self, side: int, segment: int = 1400, lost: bool = False) -> None:
        one, other = (self.client, self.server) if side == 0 else (self.server, self.client)
        data = b"".join(one.data_to_send())
        self.talk.says(side, data, segment=segment, lost=lost)
        other.receive_data(data)

    def say(self, side: int, data: bytes, **how: Any) -> "Ends":
        (self.client if side == 0 else self.server).send_text(data)
        self.flush(side, **how)
        return self

    def decoded(self, protocol: str | None = None) -> list[Decoded | Trouble]:
        decoder = Decoder(protocol)
        units = units_of(io.BytesIO(pcap(self.talk.packets)))
        return [unit if isinstance(unit, Trouble) else decoder.decode(unit) for unit in units]


@pytest.mark.parametrize("deflate", [False, True], ids=["plain", "deflate"])
@pytest.mark.parametrize("segment", [1400, 7], ids=["whole", "in pieces"])
def test_messages_of_both_directions(deflate: bool, segment: int) -> None:
    ends = Ends(deflate=deflate)
    for _ in range(3):  # the compression remembers what came before
        ends.say(0, BOOT, segment=segment).say(1, BOOTED, segment=segment)
    found = ends.decoded()
    assert [one.name for one in found if isinstance(one, Decoded)] == [
        "BootNotificationRequest", "BootNotificationResponse",
    ] * 3  # fmt: skip
    first = found[0]
    assert isinstance(first, Decoded) and first.protocol == "ocpp2.0.1" and first.oddities == [] and first.note == ""
    assert first.unit.payload == BOOT and first.unit.src.endswith(":50000")


def test_fragments_pings_and_the_close_are_no_messages() -> None:
    ends = Ends()
    ends.client.send_text(BOOT[:20], fin=False)
    ends.client.send_ping(b"alive")
    ends.client.send_continuation(BOOT[20:], fin=True)
    ends.flush(0)
    ends.client.send_close(1000, "bye")
    ends.flush(0)
    assert [one.name for one in ends.decoded() if isinstance(one, Decoded)] == ["BootNotificationRequest"]


def test_a_hole_ends_one_direction_only() -> None:
    ends = Ends().say(0, BOOT).say(0, BOOT, lost=True).say(0, BOOT).say(1, BOOTED).say(1, BOOTED).say(1, BOOTED)
    found = ends.decoded()
    assert next(one.name for one in found if isinstance(one, Decoded)) == "BootNotificationRequest"
    assert "BootNotificationResponse" in [one.name for one in found if isinstance(one, Decoded)]
    assert any(
        "are not in the capture; the rest of this direction" in one.text for one in found if isinstance(one, Trouble)
    )


def test_a_refused_handshake_is_told() -> None:
    talk = Talk().opened()
    talk.says(0, b"GET /ocpp/CS1 HTTP/1.1\r\nHost: x\r\n\r\n").says(1, b"HTTP/1.1 401 Unauthorized\r\n\r\nno")
    items = list(read_capture(io.BytesIO(pcap(talk.packets))))
    assert [item.text.partition(": ")[2] for item in items if isinstance(item, Remark)] == [
        "GET /ocpp/CS1 was answered with 401 Unauthorized"
    ]


def test_broken_masking_is_told() -> None:
    ends = Ends()
    ends.talk.says(0, b"\x81\x02{}")
    assert next(one.text for one in ends.decoded() if isinstance(one, Trouble)).endswith(
        "the WebSocket protocol is broken: incorrect masking"
    )


def only(text: str, protocol: str | None = None) -> Decoded | Trouble:
    decoder = Decoder(protocol)
    (unit,) = units_of_text(text)
    return unit if isinstance(unit, Trouble) else decoder.decode(unit)


@pytest.mark.parametrize(
    "text, name, version, codes",
    [
        (BOOT.decode(), "BootNotificationRequest", "ocpp2.0.1", []),
        (BOOT.hex(), "BootNotificationRequest", "ocpp2.0.1", []),
        ('[2,"1","Heartbeat",{"x":1}]', "HeartbeatRequest", "ocpp2.0.1", ["schema"]),
        ('[2,"1","Fly",{}]', "FlyRequest", "ocpp2.0.1", ["unknown-action"]),
        ('[2,"1","Heartbeat",{},0]', "HeartbeatRequest", "ocpp2.0.1", ["elements"]),
        ('[3,"1",{}]', "CallResult", "ocpp2.0.1", []),
        ('[4,"1","Nonsense","",{}]', "CallError", "ocpp2.0.1", ["code-unknown"]),
        ('[5,"1","GenericError","",{}]', "CallResultError", "ocpp2.1", []),
        ('[2,"1","GetTariffs",{"evseId":1}]', "GetTariffsRequest", "ocpp2.1", []),
        (
            '{"direction":"cp-to-csms","ocppVersion":"2.1","raw":"[2,\\"1\\",\\"Heartbeat\\",{}]"}',
            "HeartbeatRequest", "ocpp2.1", [],
        ),
        ('{"n":1,"dir":"station>csms","raw":"[2,\\"1\\",\\"Heartbeat\\",{}]"}', "HeartbeatRequest", "ocpp2.0.1", []),
    ],
)  # fmt: skip
def test_texts(text: str, name: str, version: str, codes: list[str]) -> None:
    found = only(text)
    assert isinstance(found, Decoded)
    assert (found.name, found.protocol, [odd["code"] for odd in found.oddities]) == (name, version, codes)


@pytest.mark.parametrize(
    "text, words",
    [("[2,", "not JSON"), ('[9,"1",{}]', "message type 9 does not exist in ocpp2.0.1"), ("[]", "the array is empty")],
)
def test_what_says_nothing(text: str, words: str) -> None:
    found = only(text, "ocpp2.0.1")
    assert isinstance(found, Trouble) and words in found.text


def test_a_rule_beyond_the_schema_is_an_oddity() -> None:
    long_time = '"timestamp":"2026-01-01T00:00:00.1234567Z","connectorStatus":"Available","evseId":1,"connectorId":1'
    found = only(f'[2,"1","StatusNotification",{{{long_time}}}]', "ocpp2.0.1")
    assert isinstance(found, Decoded) and found.oddities and found.oddities[0]["code"] != "schema"


TEXTS = [
    BOOT.decode(),
    '[2, "a b", "Heartbeat", {}]',
    '[4,"1","GenericError","why",{"a":1}]',
    '[6,"1","NotifyPeriodicEventStream",{}]',
    '[5,"1","GenericError","",{}]',
]


@pytest.mark.parametrize("text", TEXTS)
def test_what_was_decoded_is_encoded_octet_by_octet(text: str) -> None:
    found = only(text, "ocpp2.1")
    assert isinstance(found, Decoded)
    assert encode_record(found.record()) == text.encode()


def test_a_changed_tree_is_written_anew() -> None:
    found = only(BOOT.decode())
    assert isinstance(found, Decoded)
    record = found.record()
    record["tree"]["reason"] = "Watchdog"
    assert encode_record(record) == BOOT.replace(b"PowerUp", b"Watchdog")
    del record["rpc"], record["hex"]
    assert encode_record(record) == BOOT.replace(b"PowerUp", b"Watchdog")
