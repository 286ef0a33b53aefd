from dataclasses import dataclass, field
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from v2xconform.trace.capture.dissect import ACK, FIN, RST, SYN, Segment
from v2xconform.trace.capture.packets import Packet
from v2xconform.trace.capture.reassembly import MOST_CONNECTIONS, MOST_WAITING, PATIENCE, Connection, Connections, Stamp


@dataclass
class Heard:
    """A sink that writes down what it is told."""

    connection: Connection
    octets: list[bytes] = field(default_factory=lambda: [b"", b""])
    gaps: list[tuple[int, int]] = field(default_factory=list)
    ends: int = 0

    def data(self, direction: int, data: bytes, stamp: Stamp) -> None:
        self.octets[direction] += data

    def gap(self, direction: int, missing: int, stamp: Stamp) -> None:
        self.gaps.append((direction, missing))
        self.octets[direction] += b"<gap>"

    def end(self) -> None:
        self.ends += 1


class Bench:
    """Segments in, sinks out."""

    def __init__(self) -> None:
        self.heard: list[Heard] = []
        self.connections = Connections(self._opened)
        self.number = 0

    def _opened(self, connection: Connection) -> Heard:
        self.heard.append(Heard(connection))
        return self.heard[-1]

    def take(self, side: int, seq: int, data: bytes = b"", flags: int = ACK, ack: int = 0, port: int = 50000) -> None:
        self.number += 1
        ends = [(b"\x0a\0\0\1", port), (b"\x0a\0\0\2", 443)]
        (src, sport), (dst, dport) = ends[side], ends[1 - side]
        segment = Segment("tcp", src, sport, dst, dport, data, seq & 0xFFFFFFFF, ack & 0xFFFFFFFF, flags)
        self.connections.take(segment, Packet(self.number, self.number * 1000, 1, b""))

    def open(self, client: int = 99, server: int = 499) -> None:
        self.take(0, client, flags=SYN)
        self.take(1, server, flags=SYN | ACK)


@pytest.fixture
def bench() -> Bench:
    made = Bench()
    made.open()
    return made


def test_in_order(bench: Bench) -> None:
    bench.take(0, 100, b"ab")
    bench.take(1, 500, b"xy")
    bench.take(0, 102, b"cd")
    assert bench.heard[0].octets == [b"abcd", b"xy"]
    assert bench.heard[0].connection == Connection(1, ("10.0.0.1:50000", "10.0.0.2:443"), True)


def test_out_of_order_repeated_and_overlapping(bench: Bench) -> None:
    for seq, data in ((104, b"ef"), (102, b"cd"), (100, b"ab"), (100, b"ab"), (101, b"bcdefg"), (103, b"d")):
        bench.take(0, seq, data)
    assert bench.heard[0].octets[0] == b"abcdefg"
    assert bench.heard[0].gaps == []


def test_keep_alive_probes_are_no_data(bench: Bench) -> None:
    bench.take(0, 100, b"ab")
    bench.take(0, 101, b"\0")
    bench.take(0, 102, b"c")
    assert bench.heard[0].octets[0] == b"abc"


def test_sequence_numbers_wrap() -> None:
    bench = Bench()
    bench.open(client=0xFFFFFFFC)
    bench.take(0, 0x1, b"ef")
    bench.take(0, 0xFFFFFFFD, b"abcd")
    assert bench.heard[0].octets[0] == b"abcdef"


def test_a_gap_is_declared_once_the_receiver_has_moved_on(bench: Bench) -> None:
    bench.take(0, 104, b"ef")
    for _ in range(PATIENCE + 1):
        assert bench.heard[0].gaps == []
        bench.take(1, 500, ack=106)
    assert bench.heard[0].gaps == [(0, 4)]
    assert bench.heard[0].octets[0] == b"<gap>ef"


def test_without_acknowledgement_a_hole_is_waited_for(bench: Bench) -> None:
    bench.take(0, 102, b"cd")
    for _ in range(3 * PATIENCE):
        bench.take(1, 500, ack=100)
    bench.take(0, 100, b"ab")
    assert bench.heard[0].octets[0] == b"abcd"


def test_what_waits_is_bounded(bench: Bench) -> None:
    piece = bytes(60_000)
    for number in range(MOST_WAITING // len(piece) + 1):
        bench.take(0, 101 + number * len(piece), piece)
    assert bench.heard[0].gaps == [(0, 1)]
    assert len(bench.heard[0].octets[0]) == len(b"<gap>") + 5 * len(piece)


def test_the_end_of_the_capture_lets_go_of_what_waits(bench: Bench) -> None:
    bench.take(0, 102, b"cd")
    bench.take(0, 106, b"gh")
    bench.connections.finish()
    assert bench.heard[0].octets[0] == b"<gap>cd<gap>gh"
    assert bench.heard[0].ends == 1


@pytest.mark.parametrize("last", [RST | ACK, FIN | ACK])
def test_late_repetitions_after_the_end_are_not_new(bench: Bench, last: int) -> None:
    bench.take(0, 100, b"ab")
    bench.take(1, 500, flags=last)
    bench.take(0, 102, flags=last)
    bench.take(0, 100, b"ab")
    bench.connections.finish()
    assert bench.heard[0].octets[0] == b"ab"
    assert bench.heard[0].ends == 1
    assert len(bench.heard) == 1


def test_the_same_ports_again_are_a_new_connection(bench: Bench) -> None:
    bench.take(0, 100, b"ab")
    bench.take(0, 99, flags=SYN)
    bench.open(client=7000, server=8000)
    bench.take(0, 7001, b"cd")
    assert [heard.octets[0] for heard in bench.heard] == [b"ab", b"cd"]
    assert bench.heard[0].ends == 1
    assert bench.heard[1].connection.number == 2


def test_a_capture_that_starts_in_the_middle() -> None:
    bench = Bench()
    bench.take(1, 700)
    assert bench.heard == []
    bench.take(1, 700, b"xy")
    bench.take(0, 100, b"ab")
    assert bench.heard[0].octets == [b"xy", b"ab"]
    assert bench.heard[0].connection.whole is False
    assert bench.heard[0].connection.ends == ("10.0.0.2:443", "10.0.0.1:50000")


def test_a_capture_that_starts_with_the_answer_to_a_syn() -> None:
    bench = Bench()
    bench.take(1, 499, flags=SYN | ACK)
    bench.take(1, 500, b"xy")
    assert bench.heard[0].octets == [b"", b"xy"]
    assert bench.heard[0].connection.ends == ("10.0.0.1:50000", "10.0.0.2:443")


def test_connections_are_bounded() -> None:
    bench = Bench()
    for port in range(MOST_CONNECTIONS + 1):
        bench.take(0, 1, b"x", port=1024 + port)
    assert [heard.ends for heard in bench.heard] == [1] + [0] * MOST_CONNECTIONS


@given(
    data=st.binary(min_size=1, max_size=200),
    start=st.integers(0, 0xFFFFFFFF),
    pieces=st.lists(st.tuples(st.integers(0, 199), st.integers(1, 50)), max_size=30),
    order=st.randoms(use_true_random=False),
)
def test_any_order_of_any_pieces_gives_the_same_stream(
    data: bytes, start: int, pieces: list[tuple[int, int]], order: Random
) -> None:
    cuts = [(at, data[at : at + 20]) for at in range(0, len(data), 20)]
    cuts += [(at, data[at : at + size]) for at, size in pieces if at < len(data)]
    order.shuffle(cuts)
    bench = Bench()
    bench.open(client=start - 1)
    for at, piece in cuts:
        bench.take(0, start + at, piece)
    bench.connections.finish()
    assert bench.heard[0].octets[0] == data
    assert bench.heard[0].gaps == []
