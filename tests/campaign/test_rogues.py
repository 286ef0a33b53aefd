"""Devices that misbehave on real sockets, with the bench as their tester: recorded, judged, survived, and the run goes on."""

import resource
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import pytest

from tests.campaign.small_lab import SmallLab
from v2xconform.campaign.engine import Outcome
from v2xconform.lab.sut import Reach, Sut

CASES = (
    """\
@TC_ROGUE @req:V2G20-1805
Scenario: a session with a rogue
  Given a DC session has reached SessionSetupReq
  When the EV sends SessionSetupReq
  Then the charger answers SessionSetupRes with OK* within 2 s
""",
    """\
@TC_PLAIN @req:V2G20-1805
Scenario: the answer alone
  When the EV tries to connect
  Then the charger answers supportedAppProtocolRes within 2 s
""",
)
FRAME = bytes.fromhex("01fe8001")
Behaviour = Callable[[socket.socket], None]


@contextmanager
def rogue(behave: Behaviour, *, accepts: bool = True) -> Iterator[str]:
    """Serve connections one after the other on loopback, each with `behave`; yield the address."""
    server = socket.socket(socket.AF_INET6)
    server.bind(("::1", 0))
    server.listen(8 if accepts else 0)
    open_now: list[socket.socket] = []

    def serve() -> None:
        while True:
            try:
                peer, _ = server.accept()
            except OSError:
                return
            open_now.append(peer)
            try:
                behave(peer)
            except OSError:
                pass  # the tester went away first
            finally:
                peer.close()

    thread = threading.Thread(target=serve, daemon=True)
    if accepts:
        thread.start()
    try:
        yield f"[::1]:{server.getsockname()[1]}"
    finally:
        server.shutdown(socket.SHUT_RDWR)
        server.close()
        for peer in open_now:
            hang_up(peer)
        if accepts:
            thread.join(10)


def hang_up(peer: socket.socket) -> None:
    with suppress(OSError):
        peer.shutdown(socket.SHUT_RDWR)
    peer.close()


def linger(peer: socket.socket) -> None:
    while peer.recv(65536):
        pass


def garbage(peer: socket.socket) -> None:
    peer.sendall(bytes(range(256)) * 40)
    linger(peer)


def early_end(peer: socket.socket) -> None:
    peer.recv(1)


def reset(peer: socket.socket) -> None:
    peer.recv(65536)
    peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def reset_at_once(peer: socket.socket) -> None:
    peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def stall_in_a_frame(peer: socket.socket) -> None:
    peer.sendall(FRAME + b"\x00\x00\x00\x40" + bytes(10))
    linger(peer)


def stall_in_a_header(peer: socket.socket) -> None:
    peer.sendall(FRAME[:3])
    linger(peer)


def endless_length(peer: socket.socket) -> None:
    peer.sendall(FRAME + b"\xff\xff\xff\xff" + bytes(4096))
    linger(peer)


def byte_by_byte(peer: socket.socket) -> None:
    peer.settimeout(1.0)
    for byte in FRAME + b"\x00\x00\x00\x04" + bytes.fromhex("80400040"):
        peer.sendall(bytes([byte]))
        try:
            if not peer.recv(65536):
                return
        except TimeoutError:
            continue


def empty_frames(peer: socket.socket) -> None:
    peer.sendall((FRAME + bytes(4)) * 5000)
    linger(peer)


FLOOD = 100 << 20


def flood(peer: socket.socket) -> None:
    block = bytes(1 << 16)
    for _ in range(FLOOD // len(block)):
        peer.sendall(block)
    linger(peer)


def flood_of_frames(peer: socket.socket) -> None:
    block = (FRAME + b"\x00\x00\x04\x00" + bytes(1024)) * 64
    for _ in range(FLOOD // len(block)):
        peer.sendall(block)
    linger(peer)


def run_against(lab: SmallLab, address: str) -> Outcome:
    """Run both test cases against a device at an address, over plain TCP and without SDP."""
    lab.feature(*CASES)
    reach = Reach(address=address, sdp=False, transport="tcp")
    return lab.run(sut=Sut(name="rogue", secc=reach), captures=True)


def check(outcome: Outcome) -> None:
    assert [line["testcase"] for line in outcome.results] == ["TC_ROGUE", "TC_PLAIN"], "the campaign goes on"
    for line in outcome.results:
        assert line["verdict"] in ("FAIL", "INCONCLUSIVE"), line["reason"]
        assert line["reason"] and "Traceback" not in line["reason"]
    assert outcome.exit_code in (1, 3) and not outcome.folder.name.startswith("incomplete-")


@pytest.mark.parametrize(
    "behave, seen",
    [
        (garbage, "fault"),
        (early_end, "close"),
        (reset, "close"),
        (reset_at_once, ""),
        (stall_in_a_frame, "bytes"),
        (stall_in_a_header, "bytes"),
        (endless_length, "fault"),
        (byte_by_byte, "bytes"),
        (empty_frames, "undecodable"),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_a_rogue_charger_is_recorded_and_judged(small_lab: SmallLab, behave: Behaviour, seen: str) -> None:
    with rogue(behave) as address:
        outcome = run_against(small_lab, address)
    check(outcome)
    trace = (outcome.folder / "TC_ROGUE" / "trace.jsonl").read_text()
    assert not seen or f'"kind":"{seen}"' in trace


@pytest.mark.parametrize("behave", [flood, flood_of_frames], ids=["bytes", "frames"])
def test_a_flood_is_bounded(small_lab: SmallLab, behave: Behaviour) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with rogue(behave) as address:
        outcome = run_against(small_lab, address)
    check(outcome)
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    stored = sum(path.stat().st_size for path in outcome.folder.rglob("*") if path.is_file())
    assert grown < 150 * 1024, f"{grown} KiB of memory for a flood"
    assert stored < FLOOD
    trace = (outcome.folder / "TC_ROGUE" / "trace.jsonl").read_text()
    assert behave is flood_of_frames or "in one test case and was cut off" in trace


def test_a_port_that_never_accepts(small_lab: SmallLab) -> None:
    with rogue(linger, accepts=False) as address:
        check(run_against(small_lab, address))


def test_a_port_where_nobody_listens(small_lab: SmallLab) -> None:
    with socket.socket(socket.AF_INET6) as free:
        free.bind(("::1", 0))
        address = f"[::1]:{free.getsockname()[1]}"
        small_lab.feature(CASES[0])
        outcome = small_lab.run(sut=Sut(name="gone", secc=Reach(address=address, sdp=False, transport="tcp")))
    assert [line["verdict"] for line in outcome.results] == ["INCONCLUSIVE"]
    assert "nothing listens there" in outcome.results[0]["reason"]


def test_garbage_in_place_of_tls(small_lab: SmallLab) -> None:
    small_lab.feature(*CASES)
    with rogue(garbage) as address:
        outcome = small_lab.run(sut=Sut(name="no TLS", secc=Reach(address=address, sdp=False)))
    check(outcome)


# ---- SDP

SDP_FRAME = "01fe9001{length:08x}{address}{port:04x}1000"
LOOPBACK = "00000000000000000000000000000001"
SDP_ANSWERS = {
    "wrong length": "01fe900100000015" + LOOPBACK + "c3501000",
    "no length": "01fe900100000000",
    "huge length": "01feffffffffffff" + LOOPBACK,
    "unspecified address": SDP_FRAME.format(length=20, address="0" * 32, port=50000),
    "multicast address": SDP_FRAME.format(length=20, address="ff02" + "0" * 27 + "1", port=50000),
    "port 0": SDP_FRAME.format(length=20, address=LOOPBACK, port=0),
    "closed port": SDP_FRAME.format(length=20, address=LOOPBACK, port=9),
    "an echo of the request": "01fe9000000000021000",
    "one byte": "01",
    "nothing": "",
    "reserved security": SDP_FRAME.format(length=20, address=LOOPBACK, port=50000)[:-4] + "7777",
}


@pytest.mark.parametrize("answer", SDP_ANSWERS.values(), ids=SDP_ANSWERS.keys())
def test_a_rogue_sdp_answer(small_lab: SmallLab, answer: str) -> None:
    with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as server:
        server.bind(("::1", 0))
        server.settimeout(0.2)
        over = threading.Event()

        def serve() -> None:
            while not over.is_set():
                try:
                    _, peer = server.recvfrom(2048)
                    server.sendto(bytes.fromhex(answer), peer)
                except TimeoutError:
                    continue

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        try:
            reach = Reach(sdp_address="::1", sdp_port=server.getsockname()[1], transport="tls")
            small_lab.feature(CASES[0])
            outcome = small_lab.run(sut=Sut(name="rogue SDP", secc=reach, sdp_patience_s=0.6))
        finally:
            over.set()
            thread.join(5)
    (line,) = outcome.results
    assert line["verdict"] in ("FAIL", "INCONCLUSIVE"), line["reason"]
    assert line["steps"][0]["outcome"] == "inconclusive" and line["steps"][0]["reason"]
