"""The capture of a trace, read back with a reader that we did not write, checksums computed anew by it."""

import shutil
import subprocess
import warnings
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import anyio
import pytest
import trio.testing
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from v2xconform.links import MemoryNetwork
from v2xconform.links.sdp import sdp_client, sdp_server
from v2xconform.links.tls import PROFILE_20, Presented, tls_client, tls_server
from v2xconform.links.v2g import V2gChannel
from v2xconform.protocols.message import Message
from v2xconform.trace.capture.reader import Found, read_capture
from v2xconform.trace.pcapng import write_capture
from v2xconform.trace.recorder import Recorder

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from scapy.layers.inet import IP, TCP, UDP
    from scapy.layers.inet6 import IPv6
    from scapy.layers.l2 import Ether
    from scapy.utils import RawPcapNgReader

BEGAN = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
KEYS = ["CLIENT_RANDOM " + "00" * 32 + " " + "11" * 48]


class Clock:
    now = 0.0

    def __call__(self) -> float:
        self.now += 0.25
        return self.now


def recorder() -> Recorder:
    return Recorder(Clock(), began=BEGAN)


def add(record: Recorder, kind: Any, name: str, src: str = "evcc", dst: str = "secc", **fields: Any) -> None:
    record.add(**{"kind": kind, "layer": "tcp", "name": name, "link": "tcp1", "src": src, "dst": dst, **fields})


def conversation(
    local: str = "[fe80::1]:50000", peer: str = "[fe80::2]:60000", answer: bytes = b"good day"
) -> Recorder:
    record = recorder()
    add(record, "open", "connected", body={"local": local, "peer": peer})
    add(record, "bytes", "data", raw=b"hello")
    add(record, "bytes", "data", "secc", "evcc", raw=answer)
    add(record, "bytes", "data", layer="tls", raw=b"plaintext is not a packet")
    add(record, "close", "closed", body={"by": "evcc"}, layer="tls")
    add(record, "close", "closed", body={"by": "evcc"})
    add(record, "close", "closed", "secc", "evcc", body={"by": "secc"})
    return record


def read(path: Path) -> Iterator[tuple[Ether, int]]:
    with RawPcapNgReader(str(path)) as reader:
        for data, metadata in reader:
            meta: Any = metadata  # scapy types it as the metadata of the older format
            yield Ether(data), (meta.tshigh << 32) + meta.tslow


def assert_sound(packet: Any) -> None:
    """Let scapy compute every checksum and length again and compare."""
    again = Ether(bytes(packet))
    for layer in (IP, IPv6, TCP, UDP):
        if layer in again:
            for field in ("chksum", "len", "plen"):
                if field in again[layer].fields:
                    again[layer].delfieldval(field)
    assert bytes(Ether(bytes(again))) == bytes(packet)


@pytest.mark.parametrize(
    ("local", "peer", "version"),
    [
        ("[fe80::1%eth0]:50000", "[fe80::2%eth0]:60000", IPv6),
        ("127.0.0.1:50000", "127.0.0.1:60000", IP),
        ("127.0.0.1:50000", "[::1]:60000", IPv6),
        ("somewhere:50000", "elsewhere:60000", IPv6),
    ],
)
def test_a_conversation_becomes_a_connection(tmp_path: Path, local: str, peer: str, version: Any) -> None:
    path = tmp_path / "capture.pcapng"
    record = conversation(local, peer)
    assert write_capture(path, record.events, KEYS) == 9
    packets = [packet for packet, _ in read(path)]
    assert [str(packet[TCP].flags) for packet in packets] == ["S", "SA", "A", "PA", "PA", "FA", "A", "FA", "A"]
    assert [bytes(packet[TCP].payload) for packet in packets[3:5]] == [b"hello", b"good day"]
    assert {(packet[TCP].sport, packet[TCP].dport) for packet in packets} == {(50000, 60000), (60000, 50000)}
    for packet in packets:
        assert version in packet
        assert_sound(packet)


def test_sequence_numbers_follow_the_bytes_and_acknowledge_the_other_side(tmp_path: Path) -> None:
    path = tmp_path / "capture.pcapng"
    write_capture(path, conversation(answer=bytes(5000)).events)
    position: dict[int, int] = {}
    for packet, _ in read(path):
        tcp = packet[TCP]
        if tcp.sport in position:
            assert tcp.seq == position[tcp.sport]
        if tcp.flags.A:
            assert tcp.ack == position[tcp.dport]
        position[tcp.sport] = tcp.seq + len(tcp.payload) + int(tcp.flags.S) + int(tcp.flags.F)
    assert max(len(packet[TCP].payload) for packet, _ in read(path)) == 1440


def test_times_are_those_of_the_events_to_the_nanosecond(tmp_path: Path) -> None:
    path = tmp_path / "capture.pcapng"
    record = conversation()
    write_capture(path, record.events)
    times = [time for _, time in read(path)]
    assert times[3] == int(BEGAN.timestamp()) * 1_000_000_000 + record.events[1].t_ns
    assert times == sorted(times)


def test_the_keys_are_in_the_capture_and_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "capture.pcapng"
    write_capture(path, conversation().events, KEYS)
    assert (tmp_path / "keys.log").read_text() == KEYS[0] + "\n"
    secrets = b"KSLT" + (len(KEYS[0]) + 1).to_bytes(4, "little") + KEYS[0].encode()
    data = path.read_bytes()
    assert data.index(secrets) < data.index(b"hello")


def test_a_reset_is_a_reset_and_ends_it(tmp_path: Path) -> None:
    record = recorder()
    add(record, "open", "accepted", body={"local": "[fe80::2]:60000", "peer": "[fe80::1]:50000"})
    add(record, "bytes", "data", raw=b"hello")
    add(record, "close", "reset", "secc", "evcc", body={"by": "secc"})
    add(record, "close", "closed", body={"by": "evcc"})
    write_capture(tmp_path / "capture.pcapng", record.events)
    packets = [packet for packet, _ in read(tmp_path / "capture.pcapng")]
    assert [(str(packet[TCP].flags), packet[TCP].sport) for packet in packets] == [
        ("S", 50000),
        ("SA", 60000),
        ("A", 50000),
        ("PA", 50000),
        ("RA", 60000),
    ]


def test_bytes_without_a_beginning_still_become_packets(tmp_path: Path) -> None:
    record = recorder()
    add(record, "bytes", "data", raw=b"hello")
    add(record, "bytes", "data", layer="udp", link="udp1", raw=b"datagram", body=None)
    assert write_capture(tmp_path / "capture.pcapng", record.events) == 2
    for packet, _ in read(tmp_path / "capture.pcapng"):
        assert_sound(packet)
        assert packet[IPv6].src != packet[IPv6].dst


def both_ends_in_one_trace() -> Recorder:
    kept: list[Recorder] = []

    async def play() -> None:
        record = Recorder(anyio.current_time, began=BEGAN)
        kept.append(record)
        network = MemoryNetwork()
        async with (
            await sdp_server(network, recorder=None) as server,
            await sdp_client(network, recorder=record) as car,
        ):
            await car.request("TLS")
            request = await server.receive()
            assert request is not None
            tree = {"SECCIPAddress": "fe80::2", "SECCPort": 50000, "Security": "TLS", "TransportProtocol": "TCP"}
            await server.respond(request, tree)
            await car.receive()
        listener = await network.listen(recorder=record, src="secc", dst="evcc")
        near = await network.connect(listener.host, listener.port, recorder=record, src="evcc", dst="secc")
        far = await listener.accept()
        await near.send(b"hello")
        await far.receive()
        await near.close()
        await far.receive()
        await far.close()

    anyio.run(play, backend="trio", backend_options={"clock": trio.testing.MockClock(autojump_threshold=0)})
    return kept[0]


def test_a_connection_that_both_ends_recorded_is_written_once(tmp_path: Path) -> None:
    write_capture(tmp_path / "capture.pcapng", both_ends_in_one_trace().events)
    packets = [packet for packet, _ in read(tmp_path / "capture.pcapng")]
    assert [str(packet[TCP].flags) for packet in packets if TCP in packet] == [
        "S",
        "SA",
        "A",
        "PA",
        "FA",
        "A",
        "FA",
        "A",
    ]
    datagrams = [packet for packet in packets if UDP in packet]
    assert [(packet[Ether].dst[:5], packet[UDP].dport) for packet in datagrams] == [("33:33", 15118), ("02:00", 49152)]
    assert [packet[IPv6].dst for packet in datagrams] == ["ff02::1", "fe80::2"]


def test_the_capture_of_a_tls_session_opens_with_its_own_keys(tmp_path: Path) -> None:
    setup = {"Header": {"SessionID": "00" * 8, "TimeStamp": 1700000000}, "EVCCID": "EVCC1"}
    path = tmp_path / "capture.pcapng"
    sent: list[bytes | None] = []

    async def play() -> None:
        record, network = Recorder(anyio.current_time, began=BEGAN), MemoryNetwork()
        listener = await network.listen(recorder=None, src="secc", dst="evcc")
        near = await network.connect(listener.host, listener.port, recorder=record, src="evcc", dst="secc")
        far = await listener.accept()
        anchor = lone_certificate()
        async with anyio.create_task_group() as group:
            group.start_soon(tls_server, far, PROFILE_20.using(credential=anchor, trust=anchor.chain))
            car = V2gChannel(await tls_client(near, PROFILE_20.using(credential=anchor, trust=anchor.chain)))
        event = await car.send(Message("iso15118-20-common", "SessionSetupReq", setup))
        assert event is not None
        sent.append(event.raw)
        await car.close()
        write_capture(path, record.events, record.key_log)

    anyio.run(play, backend="trio", backend_options={"clock": trio.testing.MockClock(autojump_threshold=0)})
    with path.open("rb") as file:
        (found,) = read_capture(file)
    assert isinstance(found, Found)
    assert (found.transport, found.payload_type, found.payload) == ("tls", 0x8002, sent[0])


def lone_certificate() -> Presented:
    """Return a self-signed certificate that is its own trust anchor."""
    key = ec.generate_private_key(ec.SECP521R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "both ends")])
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder(name, name, key.public_key(), 1, now - timedelta(1), now + timedelta(1))
    return Presented((builder.sign(key, hashes.SHA512()),), key)


@pytest.mark.skipif(shutil.which("tshark") is None, reason="tshark is not installed")
def test_wireshark_finds_nothing_wrong(tmp_path: Path) -> None:
    path = tmp_path / "capture.pcapng"
    write_capture(path, conversation(answer=bytes(5000)).events, KEYS)
    checks = ["-o", "tcp.check_checksum:TRUE", "-o", "ipv6.check_checksum:TRUE"]
    ran = subprocess.run(["tshark", "-r", str(path), *checks, "-V"], capture_output=True, text=True, timeout=60)
    assert ran.returncode == 0, ran.stderr
    assert "incorrect" not in ran.stdout
    assert "Malformed" not in ran.stdout
    assert "retransmission" not in ran.stdout.lower()
