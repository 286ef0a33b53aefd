"""The V2G channel, with a codec that writes JSON: what is sent, heard, bent and broken ends up in both traces."""

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import anyio
import pytest

from v2xconform.links import MemoryNetwork, Network, Stream
from v2xconform.links.tls import PROFILE_20, tls_client, tls_server
from v2xconform.links.v2g import Closed, Undecodable, V2gChannel
from v2xconform.protocols.exi import codec
from v2xconform.protocols.exi.findings import ExiDecodeError, Oddity
from v2xconform.protocols.message import Message
from v2xconform.protocols.v2gtp import HeaderFault, encode_frame
from v2xconform.trace.recorder import Recorder

from .certificates import leaf, root
from .conftest import Run, on_virtual_time, recorder

Bench = tuple[Run, Callable[[], Network]]


@dataclass
class JsonDocument:
    name: str
    tree: Any
    oddities: tuple[Oddity, ...] = ()


class JsonCodec:
    """Writes "protocol|name|tree"; reads only what bears its own name, "+" at the end being an oddity."""

    def __init__(self, protocol: str) -> None:
        self.protocol = protocol

    def encode(self, name: str, tree: Any, /) -> bytes:
        return f"{self.protocol}|{name}|{json.dumps(tree)}".encode()

    def decode(self, data: bytes, /) -> JsonDocument:
        protocol, _, rest = data.decode("latin-1").partition("|")
        name, _, tree = rest.partition("|")
        if protocol != self.protocol:
            raise ExiDecodeError(f"not {self.protocol}", bit=8, path="Header")
        odd = (Oddity("trailing-bytes", "one byte too many", 80, ""),) if tree.endswith("+") else ()
        return JsonDocument(name, json.loads(tree.removesuffix("+")), odd)


SAP_REQ = Message("supportedappprotocol", "supportedAppProtocolReq", {"AppProtocol": []})
SAP_RES = Message("supportedappprotocol", "supportedAppProtocolRes", {"ResponseCode": "OK_SuccessfulNegotiation"})
SETUP_REQ = Message("iso15118-20-common", "SessionSetupReq", {"Header": {"SessionID": "00"}})
LOOP_REQ = Message("iso15118-20-dc", "DC_ChargeLoopReq", {"Header": {"SessionID": "00"}})


def talk(bench: Bench, scenario: Callable[[V2gChannel, V2gChannel], Awaitable[None]]) -> tuple[Recorder, Recorder]:
    """Connect two channels, play the scenario, return what evcc and secc have recorded."""
    run, network = bench
    kept: list[Recorder] = []

    async def play() -> None:
        net, evcc, secc = network(), recorder(), recorder()
        kept.extend((evcc, secc))
        listener = await net.listen(recorder=secc, src="secc", dst="evcc")
        near: Stream = await net.connect(listener.host, listener.port, recorder=evcc, src="evcc", dst="secc")
        far = await listener.accept()
        with anyio.fail_after(100):
            await scenario(V2gChannel(near, codec=JsonCodec), V2gChannel(far, codec=JsonCodec, max_length=10_000))
        await near.close()
        await far.close()
        await listener.aclose()

    run(play)
    return kept[0], kept[1]


def told(record: Recorder) -> list[str]:
    """Return what a trace says above the bytes."""
    kinds = ("message", "undecodable", "oddity", "fault")
    return [
        f"{event.src} {event.kind} {event.layer} {event.name}{' !' if event.note else ''}"
        for event in record.events
        if event.kind in kinds
    ]


def test_a_handshake_and_a_session_in_both_traces(bench: Bench) -> None:
    async def scenario(car: V2gChannel, charger: V2gChannel) -> None:
        await car.send(SAP_REQ)
        heard = await charger.receive()
        assert isinstance(heard, Message)
        assert (heard.protocol, heard.name, heard.tree) == (SAP_REQ.protocol, SAP_REQ.name, SAP_REQ.tree)
        await charger.send(SAP_RES)
        heard = await car.receive()
        assert isinstance(heard, Message)
        for channel in (car, charger):
            channel.negotiated("iso15118-20")
        for message in (SETUP_REQ, LOOP_REQ):
            await car.send(message)
            heard = await charger.receive()
            assert isinstance(heard, Message)
            assert (heard.protocol, heard.name) == (message.protocol, message.name)

    for record in talk(bench, scenario):
        assert told(record) == [
            "evcc message supportedappprotocol supportedAppProtocolReq",
            "secc message supportedappprotocol supportedAppProtocolRes",
            "evcc message iso15118-20-common SessionSetupReq",
            "evcc message iso15118-20-dc DC_ChargeLoopReq",
        ]
        messages = [event for event in record.events if event.kind == "message"]
        assert messages[1].ref["answers"] == messages[0].id
        assert "answers" not in messages[2].ref
        for event in messages:
            (carried,) = (record.events[number - 1] for number in event.ref["bytes"])
            assert carried.raw is not None
            assert carried.raw[8:] == event.raw
        frames = [record.events[event.ref["bytes"][0] - 1].raw or b"" for event in messages]
        assert [frame[2:4].hex() for frame in frames] == ["8001", "8001", "8002", "8004"]


def test_a_message_in_pieces_refers_to_all_of_them_and_two_in_one_chunk_to_the_same() -> None:
    frame = encode_frame(0x8001, JsonCodec("supportedappprotocol").encode("supportedAppProtocolReq", {}))

    async def scenario(car: V2gChannel, charger: V2gChannel) -> None:
        await car.stream.send(frame[:3])
        async with anyio.create_task_group() as group:
            group.start_soon(charger.receive)
            await anyio.sleep(1)
            await car.stream.send(frame[3:] + frame + frame[:1])
        await charger.receive()

    _, secc = talk((on_virtual_time, MemoryNetwork), scenario)
    chunks = [event.id for event in secc.events if event.kind == "bytes"]
    assert [event.ref["bytes"] for event in secc.events if event.kind == "message"] == [chunks, chunks[1:]]


def test_the_wrong_payload_type_costs_an_oddity_and_not_the_message(bench: Bench) -> None:
    async def scenario(car: V2gChannel, charger: V2gChannel) -> None:
        for channel in (car, charger):
            channel.negotiated("iso15118-20")
        await car.send(LOOP_REQ, payload_type=0x8002)
        heard = await charger.receive()
        assert isinstance(heard, Message)
        assert heard.protocol == "iso15118-20-dc"
        await car.send(SETUP_REQ, payload_type=0x8001)
        assert isinstance(await charger.receive(), Message)
        await car.send(SAP_REQ)
        assert isinstance(await charger.receive(), Message)

    evcc, secc = talk(bench, scenario)
    assert told(secc) == [
        "evcc message iso15118-20-dc DC_ChargeLoopReq",
        "evcc oddity iso15118-20-dc payload-type",
        "evcc message iso15118-20-common SessionSetupReq",
        "evcc oddity iso15118-20-common payload-type",
        "evcc message supportedappprotocol supportedAppProtocolReq",
    ]
    assert told(evcc)[:2] == [
        "evcc message iso15118-20-dc DC_ChargeLoopReq !",
        "evcc message iso15118-20-common SessionSetupReq !",
    ]
    oddity = next(event for event in secc.events if event.kind == "oddity")
    assert "under payload type 0x8002, it belongs under 0x8004" in oddity.body["text"]
    assert oddity.ref["message"] == oddity.id - 1


def test_broken_headers_and_payloads_are_told_apart_and_the_channel_lives_on(bench: Bench) -> None:
    async def scenario(car: V2gChannel, charger: V2gChannel) -> None:
        async def heard() -> Any:
            item = await charger.receive()
            return item.kind if isinstance(item, HeaderFault) else item

        await car.send(SAP_REQ, version=2)
        assert await heard() == "version"
        await car.send(SAP_REQ, inverse=2)
        assert await heard() == "inverse"
        await car.send(SAP_REQ, payload_type=0x8FFF)
        assert await heard() == "payload-type"
        await car.send_payload(0xA000, b"private")
        assert await heard() == "payload-type"
        await car.send_payload(0x8001, b"\x80garbage")
        item = await heard()
        assert isinstance(item, Undecodable)
        assert (item.protocol, item.bit, item.path, item.payload) == (SAP_REQ.protocol, 8, "Header", b"\x80garbage")
        await car.send_payload(0x8001, b"supportedappprotocol|supportedAppProtocolReq|{}+")
        assert isinstance(await heard(), Message)
        assert charger.last_event is not None
        assert charger.last_event.name == "supportedAppProtocolReq"
        await car.send(SAP_REQ)
        assert isinstance(await heard(), Message)
        await car.send_bytes(b"\x01\xfe\x80")
        await car.close()
        assert await heard() == "truncated"
        end = await heard()
        assert end == Closed("evcc", "closed", "evcc closed the connection")
        assert await heard() == end

    evcc, secc = talk(bench, scenario)
    assert told(secc) == [
        "evcc fault v2gtp version",
        "evcc fault v2gtp inverse",
        "evcc fault v2gtp payload-type",
        "evcc fault v2gtp payload-type",
        "evcc undecodable supportedappprotocol undecodable",
        "evcc message supportedappprotocol supportedAppProtocolReq",
        "evcc oddity supportedappprotocol trailing-bytes",
        "evcc message supportedappprotocol supportedAppProtocolReq",
        "evcc fault v2gtp truncated",
    ]
    assert told(evcc) == [
        "evcc message supportedappprotocol supportedAppProtocolReq !",
        "evcc message supportedappprotocol supportedAppProtocolReq !",
        "evcc message supportedappprotocol supportedAppProtocolReq !",
        "evcc undecodable v2gtp undecodable !",
        "evcc undecodable supportedappprotocol undecodable !",
        "evcc message supportedappprotocol supportedAppProtocolReq !",
        "evcc message supportedappprotocol supportedAppProtocolReq",
        "evcc fault v2gtp truncated !",
    ]


def test_a_reset_ends_the_channel_without_raising(bench: Bench) -> None:
    async def scenario(car: V2gChannel, charger: V2gChannel) -> None:
        await car.abort()
        end = await charger.receive()
        assert isinstance(end, Closed)
        assert (end.by, end.how) == ("evcc", "reset")

    talk(bench, scenario)


def test_a_length_that_lies_is_a_fault_and_costs_no_memory(bench: Bench) -> None:
    async def scenario(car: V2gChannel, charger: V2gChannel) -> None:
        await car.send(SAP_REQ, length=0xFFFFFFFF)
        item = await charger.receive()
        assert isinstance(item, HeaderFault)
        assert item.kind == "length"
        async with anyio.create_task_group() as group:
            group.start_soon(charger.receive)
            await car.stream.send(bytes(1 << 20))
            await car.close()

    talk(bench, scenario)


@pytest.mark.parametrize("protocol", ["din70121", "iso15118-2"])
def test_a_wrapped_message_is_named_after_its_body(protocol: str) -> None:
    tree = {"Header": {"SessionID": "00"}, "Body": {"SessionSetupReq": {"EVCCID": "00"}}}

    async def scenario(car: V2gChannel, charger: V2gChannel) -> None:
        for channel in (car, charger):
            channel.negotiated(protocol)
        await car.send(Message(protocol, "SessionSetupReq", tree))
        heard = await charger.receive()
        assert isinstance(heard, Message)
        assert (heard.name, heard.tree) == ("SessionSetupReq", tree)
        assert heard.payload.startswith(f"{protocol}|V2G_Message|".encode())

    talk((on_virtual_time, MemoryNetwork), scenario)


def test_unknown_protocols_are_named() -> None:
    async def scenario(car: V2gChannel, _: V2gChannel) -> None:
        with pytest.raises(ValueError, match="known are din70121, iso15118-2, iso15118-20"):
            car.negotiated("iso15118-3")
        with pytest.raises(ValueError, match="known are supportedappprotocol"):
            await car.send(Message("ocpp1.6", "Heartbeat", {}))

    talk((on_virtual_time, MemoryNetwork), scenario)


def test_the_real_codec_over_tls_keeps_every_layer_in_one_trace(bench: Bench) -> None:
    header = {"SessionID": "0000000000000000", "TimeStamp": 1700000000}
    setup = Message("iso15118-20-common", "SessionSetupReq", {"Header": header, "EVCCID": "EVCC1"})
    run, network = bench
    kept: list[Recorder] = []

    async def play() -> None:
        net, record = network(), recorder()
        kept.append(record)
        listener = await net.listen(recorder=None, src="secc", dst="evcc")
        near = await net.connect(listener.host, listener.port, recorder=record, src="evcc", dst="secc")
        far = await listener.accept()
        ends: dict[str, Stream] = {}

        async def server() -> None:
            policy = PROFILE_20.using(credential=leaf("p521", "secc"), trust=root("p521").chain)
            ends["secc"] = await tls_server(far, policy)

        async with anyio.create_task_group() as group:
            group.start_soon(server)
            policy = PROFILE_20.using(credential=leaf("p521", "evcc"), trust=root("p521").chain)
            ends["evcc"] = await tls_client(near, policy)
        car, charger = V2gChannel(ends["evcc"]), V2gChannel(ends["secc"])
        for channel in (car, charger):
            channel.negotiated("iso15118-20")
        await car.send(setup)
        heard = await charger.receive()
        assert isinstance(heard, Message)
        assert (heard.name, heard.tree) == (setup.name, setup.tree)
        await charger.send_payload(0x8002, b"\x80\xff\xff")
        assert isinstance(await car.receive(), Undecodable)
        await charger.close()
        assert isinstance(await car.receive(), Closed)
        await car.close()
        await listener.aclose()

    run(play)
    (record,) = kept
    message = next(event for event in record.events if event.kind == "message")
    (carried,) = (record.events[number - 1] for number in message.ref["bytes"])
    assert carried.layer == "tls"
    assert carried.raw is not None
    assert carried.raw[8:] == message.raw
    assert told(record)[-1] == "secc undecodable iso15118-20-common undecodable"


def test_zero_bytes_behind_a_message_do_not_make_another_message_of_it() -> None:
    header = {"SessionID": "0473BF06F4C2CBEF", "TimeStamp": 1795222348}
    payload = codec("iso15118-20-common").encode("AuthorizationSetupReq", {"Header": header}) + b"\0"

    async def scenario(car: V2gChannel, charger: V2gChannel) -> None:
        heard = V2gChannel(charger.stream)
        heard.negotiated("iso15118-20")
        await car.send_payload(0x8002, payload)
        message = await heard.receive()
        assert isinstance(message, Message)
        assert message.name == "AuthorizationSetupReq"

    talk((on_virtual_time, MemoryNetwork), scenario)


def test_waiting_with_an_open_ear(bench: Bench) -> None:
    """What comes while a delayed answer waits is neither lost nor late, and a car that leaves ends the wait."""

    async def scenario(car: V2gChannel, charger: V2gChannel) -> None:
        assert await charger.wait(0.05) is False, "nothing came, and nobody left"
        await car.send(SAP_REQ)
        assert await charger.wait(0.05) is False
        heard = await charger.receive()
        assert isinstance(heard, Message) and heard.name == SAP_REQ.name
        await car.close()
        with anyio.fail_after(5):
            assert await charger.wait(60) is True
        closing = charger.stream.recorder.events[-1] if charger.stream.recorder else None
        assert closing is not None and (closing.kind, closing.src) == ("close", "evcc")
        assert isinstance(await charger.receive(), Closed)

    talk(bench, scenario)
