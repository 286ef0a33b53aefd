"""Stations and CSMSs that misbehave on real sockets, with the bench as their tester: recorded, judged, survived.

Each of them costs a bounded time and a bounded memory, ends in a verdict with a reason, and nothing of it is a traceback.
"""

import base64
import hashlib
import os
import resource
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from v2xconform.campaign.engine import Outcome, run
from v2xconform.campaign.plan import Choice
from v2xconform.lab.profile import load_profile
from v2xconform.lab.sut import OcppReach, Sut
from v2xconform.links import websocket

PATIENCE_S = 0.4
LONGEST_S = 60.0
"""Of a whole run against one rogue."""
CSMS_CASE = """\
@role:csms
Feature: rogues

  @TC_ROGUE @req:FR.02
  Scenario: a CSMS that is none
    Given a booted station
    When the station sends HeartbeatRequest
    Then the CSMS answers HeartbeatResponse within 0.5 s
"""
STATION_CASE = """\
@role:station
Feature: rogues

  @TC_ROGUE @req:FR.02
  Scenario: a station that is none
    Given a booted station
    When the CSMS sends GetReportRequest
    Then the station answers GetReportResponse within 0.5 s
"""
Behaviour = Callable[[socket.socket], None]
ID = "ROGUE-1"


# ---- the lab


@pytest.fixture(autouse=True)
def _little_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody here answers a close frame; five seconds for each of them would be minutes."""
    monkeypatch.setattr(websocket, "CLOSE_TIMEOUT", 0.5)


def campaign(folder: Path, role: str, reach: OcppReach, case: str = "") -> Outcome:
    """Run the test case of a role against whatever is at the other end."""
    (folder / "features").mkdir()
    (folder / "features" / "rogue.feature").write_text(case or (CSMS_CASE if role == "csms" else STATION_CASE))
    profile = folder / "rogues.yaml"
    profile.write_text(
        f"""\
id: rogues
title: rogues
version: "1"
protocol: ocpp2.0.1
role: {role}
catalogue: ocpp2.0.1
testcases: [{folder / "features"}]
persona: lab_{role}
tester_persona: lab_{"station" if role == "csms" else "csms"}
pixit: {{evse: {{text: EVSE, default: 1}}}}
"""
    )
    quick = folder / "quick.yaml"
    quick.write_text("role: station\nname: quick\nboot_s: 0\n")
    sut = Sut(name="rogue", session_patience_s=PATIENCE_S, csms=reach, tester_persona=str(quick)) if role == "csms" else (
        Sut(name="rogue", session_patience_s=PATIENCE_S, station=reach)
    )  # fmt: skip
    began = time.monotonic()
    outcome = run(
        Choice(load_profile(str(profile)), sut, None, (), captures=True), folder / "runs", jobs=1, argv=["run"]
    )
    assert time.monotonic() - began < LONGEST_S
    return outcome


def check(outcome: Outcome, *, verdicts: tuple[str, ...] = ("FAIL", "INCONCLUSIVE")) -> str:
    """Return the trace of the test case, after a look at what every run has to be."""
    (line,) = outcome.results
    assert line["verdict"] in verdicts, (line["verdict"], line["reason"])
    assert line["reason"] and "Traceback" not in line["reason"] and "Error:" not in line["reason"]
    assert outcome.exit_code in (1, 3) and not outcome.folder.name.startswith("incomplete-")
    return (outcome.folder / "TC_ROGUE" / "trace.jsonl").read_text()


# ---- sockets


@contextmanager
def listening(behave: Behaviour) -> Iterator[int]:
    """Serve connections on loopback, each in a thread of its own; yield the port."""
    server = socket.create_server(("127.0.0.1", 0))
    open_now: list[socket.socket] = []
    threads: list[threading.Thread] = []

    def live(peer: socket.socket) -> None:
        with suppress(OSError, struct.error):
            behave(peer)
        peer.close()

    def serve() -> None:
        while True:
            try:
                peer, _ = server.accept()
            except OSError:
                return
            open_now.append(peer)
            threads.append(threading.Thread(target=live, args=(peer,), daemon=True))
            threads[-1].start()

    acceptor = threading.Thread(target=serve, daemon=True)
    acceptor.start()
    try:
        yield server.getsockname()[1]
    finally:
        server.shutdown(socket.SHUT_RDWR)
        server.close()
        acceptor.join(10)
        for peer in open_now:
            hang_up(peer)
        for thread in threads:
            thread.join(10)


@contextmanager
def knocking(behave: Behaviour) -> Iterator[int]:
    """Connect to a port of loopback again and again, until it is over; yield the port."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    over = threading.Event()
    now: list[socket.socket] = []

    def live() -> None:
        while not over.is_set():
            try:
                peer = socket.create_connection(("127.0.0.1", port), timeout=2)
            except OSError:
                over.wait(0.02)
                continue
            now[:] = [peer]
            with suppress(OSError, struct.error):
                behave(peer)
            peer.close()
            over.wait(0.05)

    thread = threading.Thread(target=live, daemon=True)
    thread.start()
    try:
        yield port
    finally:
        over.set()
        for peer in now:
            hang_up(peer)
        thread.join(10)


def hang_up(peer: socket.socket) -> None:
    with suppress(OSError):
        peer.shutdown(socket.SHUT_RDWR)
    peer.close()


def read_head(peer: socket.socket) -> bytes:
    head = b""
    while b"\r\n\r\n" not in head:
        more = peer.recv(65536)
        if not more:
            raise OSError("gone")
        head += more
    return head


def upgrade(peer: socket.socket) -> None:
    """Do the opening handshake as a server."""
    head = read_head(peer)
    key = next(
        line.partition(b":")[2].strip()
        for line in head.split(b"\r\n")
        if line.lower().startswith(b"sec-websocket-key:")
    )
    accept = base64.b64encode(hashlib.sha1(key + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11").digest())
    peer.sendall(
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Protocol: ocpp2.0.1\r\nSec-WebSocket-Accept: " + accept + b"\r\n\r\n"
    )


def open_as_station(peer: socket.socket) -> None:
    """Do the opening handshake as a client."""
    key = base64.b64encode(os.urandom(16)).decode()
    peer.sendall(
        f"GET /ocpp/{ID} HTTP/1.1\r\nHost: csms\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: {key}\r\n"
        f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: ocpp2.0.1\r\n\r\n".encode()
    )
    read_head(peer)


def frame(payload: bytes, *, first: int = 0x81, masked: bool = False) -> bytes:
    """Return one WebSocket frame; its mask is zero, which is a mask."""
    bit, size = (0x80 if masked else 0), len(payload)
    if size < 126:
        head = struct.pack("!BB", first, bit | size)
    elif size < 1 << 16:
        head = struct.pack("!BBH", first, bit | 126, size)
    else:
        head = struct.pack("!BBQ", first, bit | 127, size)
    return head + (bytes(4) if masked else b"") + payload


def linger(peer: socket.socket) -> None:
    while peer.recv(65536):
        pass


# ---- rogues that do not even speak HTTP


def garbage(peer: socket.socket) -> None:
    peer.sendall(bytes(range(256)) * 40)
    linger(peer)


def silence(peer: socket.socket) -> None:
    linger(peer)


def reset_at_once(peer: socket.socket) -> None:
    peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def early_end(peer: socket.socket) -> None:
    peer.recv(1)


def endless_headers(peer: socket.socket) -> None:
    peer.sendall(b"HTTP/1.1 101 Switching Protocols\r\n")
    for _ in range(2000):
        peer.sendall(b"X-Header: and so on\r\n" * 100)
    linger(peer)


def endless_request_headers(peer: socket.socket) -> None:
    peer.sendall(b"GET /ocpp/CS HTTP/1.1\r\n")
    for _ in range(2000):
        peer.sendall(b"X-Header: and so on\r\n" * 100)
    linger(peer)


# ---- rogues that open a WebSocket; `masked` frames are those of a station

Rogue = Callable[[socket.socket, bool], None]
FLOOD = 40 << 20
"""Bytes of a flood; one of small messages is a twentieth of it, since each of them is recorded and judged."""
SMALL_FLOOD = FLOOD // 20


def says(*payloads: bytes, first: int = 0x81) -> Rogue:
    def behave(peer: socket.socket, masked: bool) -> None:
        for payload in payloads:
            peer.sendall(frame(payload, first=first, masked=masked))
        linger(peer)

    behave.__name__ = "says"
    return behave


def floods_of_calls(peer: socket.socket, masked: bool) -> None:
    block = b"".join(frame(b'[2,"%d","Heartbeat",{}]' % number, masked=masked) for number in range(2000))
    for _ in range(SMALL_FLOOD // len(block)):
        peer.sendall(block)


def floods_of_garbage(peer: socket.socket, masked: bool) -> None:
    block = frame(b"[[[[", masked=masked) * 5000
    for _ in range(SMALL_FLOOD // len(block)):
        peer.sendall(block)


def floods_of_pings(peer: socket.socket, masked: bool) -> None:
    block = frame(b"", first=0x89, masked=masked) * 5000
    for _ in range(SMALL_FLOOD // len(block)):
        peer.sendall(block)


def floods_of_bytes(peer: socket.socket, masked: bool) -> None:
    block = frame(b"x" * (1 << 20), masked=masked)
    for _ in range(FLOOD // len(block)):
        peer.sendall(block)


def endless_fragments(peer: socket.socket, masked: bool) -> None:
    peer.sendall(frame(b"[", first=0x01, masked=masked))
    block = frame(b" " * 1000, first=0x00, masked=masked) * 100
    for _ in range(FLOOD // len(block)):
        peer.sendall(block)


def half_closes(peer: socket.socket, masked: bool) -> None:
    peer.shutdown(socket.SHUT_WR)
    linger(peer)


def stalls_in_a_frame(peer: socket.socket, masked: bool) -> None:
    peer.sendall(frame(b"x" * 1000, masked=masked)[:500])
    linger(peer)


def promises_much(peer: socket.socket, masked: bool) -> None:
    peer.sendall(struct.pack("!BBQ", 0x81, 0x7F | (0x80 if masked else 0), 1 << 62) + bytes(1000))
    linger(peer)


def wrong_mask(peer: socket.socket, masked: bool) -> None:
    peer.sendall(frame(b"[]", masked=not masked))
    linger(peer)


def never_answers(peer: socket.socket, masked: bool) -> None:
    linger(peer)


def takes_leave(peer: socket.socket, masked: bool) -> None:
    peer.sendall(frame(struct.pack("!H", 4999) + b"\xff\xfe", first=0x88, masked=masked))
    linger(peer)


TALKERS: dict[str, tuple[Rogue, str]] = {
    "a message of 10 MB": (
        says(b'[2,"a","DataTransfer",{"vendorId":"v","data":"' + b"x" * 10_000_000 + b'"}]'),
        "too-big",
    ),
    "no UTF-8": (says(b'["\xff\xfe"]'), "undecodable"),
    "deep nesting": (
        says(b"[" * 200_000, b'[2,"a","Heartbeat",' + b'{"a":' * 5000 + b"1" + b"}" * 5000 + b"]"),
        "undecodable",
    ),
    "huge ids": (
        says(b'[2,"' + b"x" * 1_000_000 + b'","Heartbeat",{}]', b"[2," + b"9" * 100_000 + b',"Heartbeat",{}]'),
        "id",
    ),
    "huge numbers": (
        says(b'[2,"a","Heartbeat",{"x":1e400}]', b"[1e999]", b'[3,"a",' + b"1" * 5000 + b"]"),
        "undecodable",
    ),
    "wrong everything": (
        says(
            b"null",
            b"[null,null]",
            b'[3,"a",[]]',
            b'[4,"a",null,null,null]',
            b'[5,"a"]',
            b'[2,"","",{}]',
            b'{"a":1}',
            b"[]",
        ),
        "fault",
    ),
    "many fields": (
        says(b'[2,"a","Heartbeat",{' + b",".join(b'"f%d":%d' % (n, n) for n in range(100_000)) + b"}]"),
        "message",
    ),
    "binary": (says(b'[2,"a","Heartbeat",{}]', first=0x82), "binary"),
    "reserved bits": (says(b"[]", first=0xF1), "protocol"),
    "wrong mask": (wrong_mask, "protocol"),
    "a promise": (promises_much, "bytes"),
    "half a frame": (stalls_in_a_frame, "bytes"),
    "half-close": (half_closes, "close"),
    "no answers": (never_answers, "upgrade"),
    "a strange leave": (takes_leave, "close"),
    "flood of calls": (floods_of_calls, "HeartbeatRequest"),
    "flood of garbage": (floods_of_garbage, "undecodable"),
    "flood of pings": (floods_of_pings, "ping"),
    "flood of bytes": (floods_of_bytes, "undecodable"),
    "endless fragments": (endless_fragments, "bytes"),
}


@pytest.mark.parametrize(
    "behave", [garbage, silence, reset_at_once, early_end, endless_headers], ids=lambda behave: behave.__name__
)
def test_a_csms_that_speaks_no_http(tmp_path: Path, behave: Behaviour) -> None:
    with listening(behave) as port:
        check(campaign(tmp_path, "csms", OcppReach(url=f"ws://127.0.0.1:{port}/ocpp", security_profile=0)))


def test_a_csms_that_is_not_there(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    check(
        campaign(tmp_path, "csms", OcppReach(url=f"ws://127.0.0.1:{port}", security_profile=0)),
        verdicts=("INCONCLUSIVE",),
    )


@pytest.mark.parametrize("rogue, seen", TALKERS.values(), ids=TALKERS.keys())
def test_a_csms_that_speaks_nonsense(tmp_path: Path, rogue: Rogue, seen: str) -> None:
    def behave(peer: socket.socket) -> None:
        upgrade(peer)
        rogue(peer, False)

    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with listening(behave) as port:
        outcome = campaign(tmp_path, "csms", OcppReach(url=f"ws://127.0.0.1:{port}/ocpp", security_profile=0))
    assert seen in check(outcome)
    bounded(outcome, before)


KNOCKING_CASE = """\
@role:csms
Feature: rogues

  @TC_ROGUE @req:FR.02
  Scenario: a connection beside that of the station
    When a station connects as OTHER-1
    Then the CSMS answers HeartbeatResponse within 0.5 s
"""


def test_connections_end_with_the_test_case(tmp_path: Path) -> None:
    ended = threading.Event()

    def behave(peer: socket.socket) -> None:
        upgrade(peer)
        linger(peer)
        ended.set()

    with listening(behave) as port:
        reach = OcppReach(url=f"ws://127.0.0.1:{port}/ocpp", security_profile=0)
        campaign(tmp_path, "csms", reach, KNOCKING_CASE)
        assert ended.wait(2), "the next test case would meet a CSMS with a connection too many"


def bounded(outcome: Outcome, before: int) -> None:
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert grown < 250 * 1024, f"{grown} KiB of memory"
    assert sum(path.stat().st_size for path in outcome.folder.rglob("*") if path.is_file()) < 3 * FLOOD


@pytest.mark.parametrize(
    "behave", [garbage, silence, reset_at_once, endless_request_headers], ids=lambda behave: behave.__name__
)
def test_a_station_that_speaks_no_http(tmp_path: Path, behave: Behaviour) -> None:
    with knocking(behave) as port:
        check(campaign(tmp_path, "station", OcppReach(listen=f"127.0.0.1:{port}", identity=ID, security_profile=0)))


def test_a_station_that_never_comes(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    reach = OcppReach(listen=f"127.0.0.1:{port}", identity=ID, security_profile=0)
    check(campaign(tmp_path, "station", reach), verdicts=("INCONCLUSIVE",))


SOME = (
    "a message of 10 MB",
    "wrong everything",
    "no answers",
    "wrong mask",
    "half-close",
    "flood of calls",
    "flood of pings",
)


@pytest.mark.parametrize("rogue, seen", [TALKERS[name] for name in SOME], ids=SOME)
def test_a_station_that_speaks_nonsense(tmp_path: Path, rogue: Rogue, seen: str) -> None:
    def behave(peer: socket.socket) -> None:
        open_as_station(peer)
        rogue(peer, True)

    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with knocking(behave) as port:
        outcome = campaign(tmp_path, "station", OcppReach(listen=f"127.0.0.1:{port}", identity=ID, security_profile=0))
    assert seen in check(outcome)
    bounded(outcome, before)
