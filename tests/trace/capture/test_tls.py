import struct

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand
from OpenSSL import SSL

from v2xconform.trace.capture.keylog import KeyLog
from v2xconform.trace.capture.reassembly import Connection, Stamp
from v2xconform.trace.capture.tls import TlsConversation, is_tls
from v2xconform.trace.capture.tls_ciphers import SUITES_1_2, SUITES_1_3

from .tls_talk import NO_ENCRYPT_THEN_MAC, TlsTalk, hold

SAID = [(0, b"request"), (1, b"answer " * 5000), (0, b"again"), (1, b"ok")]
FIRST, SECOND = b"request" + b"again", b"answer " * 5000 + b"ok"

KINDS = {
    "1.3 AES-256-GCM": (SSL.TLS1_3_VERSION, b"TLS_AES_256_GCM_SHA384", 0),
    "1.3 AES-128-GCM": (SSL.TLS1_3_VERSION, b"TLS_AES_128_GCM_SHA256", 0),
    "1.3 ChaCha20-Poly1305": (SSL.TLS1_3_VERSION, b"TLS_CHACHA20_POLY1305_SHA256", 0),
    "1.3 AES-128-CCM": (SSL.TLS1_3_VERSION, b"TLS_AES_128_CCM_SHA256", 0),
    "1.3 AES-128-CCM-8": (SSL.TLS1_3_VERSION, b"TLS_AES_128_CCM_8_SHA256", 0),
    "1.2 AES-128-CBC-SHA256": (SSL.TLS1_2_VERSION, b"ECDHE-ECDSA-AES128-SHA256:@SECLEVEL=0", NO_ENCRYPT_THEN_MAC),
    "1.2 AES-128-CBC-SHA256, encrypt-then-MAC": (SSL.TLS1_2_VERSION, b"ECDHE-ECDSA-AES128-SHA256:@SECLEVEL=0", 0),
    "1.2 AES-256-CBC-SHA384": (SSL.TLS1_2_VERSION, b"ECDHE-ECDSA-AES256-SHA384:@SECLEVEL=0", NO_ENCRYPT_THEN_MAC),
    "1.2 AES-128-CBC-SHA": (SSL.TLS1_2_VERSION, b"ECDHE-ECDSA-AES128-SHA:@SECLEVEL=0", 0),
    "1.2 AES-128-GCM": (SSL.TLS1_2_VERSION, b"ECDHE-ECDSA-AES128-GCM-SHA256", 0),
    "1.2 AES-256-GCM": (SSL.TLS1_2_VERSION, b"ECDHE-ECDSA-AES256-GCM-SHA384", 0),
    "1.2 ChaCha20-Poly1305": (SSL.TLS1_2_VERSION, b"ECDHE-ECDSA-CHACHA20-POLY1305", 0),
    "1.2 AES-128-CCM": (SSL.TLS1_2_VERSION, b"ECDHE-ECDSA-AES128-CCM", 0),
    "1.2 AES-128-CCM-8": (SSL.TLS1_2_VERSION, b"ECDHE-ECDSA-AES128-CCM8:@SECLEVEL=0", 0),
}


@pytest.fixture(scope="module", params=KINDS)
def talk(request: pytest.FixtureRequest) -> TlsTalk:
    version, cipher, options = KINDS[request.param]
    return hold(SAID, version=version, cipher=cipher, options=options)


@pytest.fixture(scope="module")
def modern() -> TlsTalk:
    return hold(SAID, version=SSL.TLS1_3_VERSION)


class Opened:
    """A conversation whose plaintext and remarks are written down."""

    def __init__(self, key_log: str, *, whole: bool = True) -> None:
        self.octets = [b"", b""]
        self.remarks: list[str] = []
        self.number = 0
        connection = Connection(1, ("client", "server"), whole)
        self.tls = TlsConversation(connection, KeyLog(key_log), self)

    def plain(self, direction: int, data: bytes, stamp: Stamp) -> None:
        self.octets[direction] += data

    def plain_gap(self, direction: int, missing: int, stamp: Stamp) -> None:
        self.octets[direction] += b"<gap>"

    def remark(self, text: str, packet: int, lost: bool) -> None:
        self.remarks.append(text)

    def take(self, flights: list[tuple[int, bytes]], *, size: int = 1 << 20) -> "Opened":
        for direction, data in flights:
            for at in range(0, len(data), size):
                self.number += 1
                self.tls.take(direction, data[at : at + size], Stamp(self.number, None))
        return self


@pytest.mark.parametrize("size", [7, 1400, 1 << 20])
def test_every_kind_is_opened(talk: TlsTalk, size: int) -> None:
    opened = Opened(talk.key_log_text).take(talk.flights, size=size)
    assert opened.octets == [FIRST, SECOND]
    assert opened.remarks == []


def test_the_server_may_be_seen_first_as_end_0(talk: TlsTalk) -> None:
    opened = Opened(talk.key_log_text).take([(1 - side, data) for side, data in talk.flights])
    assert opened.octets == [SECOND, FIRST]


def test_secrets_of_another_connection_open_nothing_and_it_is_said_once(talk: TlsTalk, modern: TlsTalk) -> None:
    other = modern.key_log_text if talk is not modern else ""
    opened = Opened(other).take(talk.flights)
    assert opened.octets == [b"", b""]
    assert len(opened.remarks) == 1
    assert "no secrets for ClientRandom" in opened.remarks[0]


def test_a_damaged_record_is_told_and_the_next_one_opened(talk: TlsTalk) -> None:
    flights = list(talk.flights)
    (spoilt,) = [
        at for at, (side, data) in enumerate(flights) if side == 0 and at > 0 and _is_application(flights, at, 2)
    ]
    side, data = flights[spoilt]
    flights[spoilt] = (side, data[:-1] + bytes((data[-1] ^ 1,)))
    opened = Opened(talk.key_log_text).take(flights)
    assert opened.octets == [b"again", SECOND]
    assert len(opened.remarks) == 1


def _is_application(flights: list[tuple[int, bytes]], at: int, from_end: int) -> bool:
    """Tell whether a flight is the client's request: the last but two flights of the client carry data."""
    clients = [number for number, (side, _) in enumerate(flights) if side == 0]
    return at == clients[-from_end - 1]


def test_behind_a_gap_the_next_whole_record_is_opened(talk: TlsTalk) -> None:
    answer = max(range(len(talk.flights)), key=lambda at: len(talk.flights[at][1]))
    opened = Opened(talk.key_log_text).take(talk.flights[:answer])
    side, data = talk.flights[answer]
    opened.take([(side, data[:100])])
    opened.tls.gap(side, 1000, Stamp(99, None))
    opened.take([(side, data[1100:])]).take(talk.flights[answer + 1 :])
    lead, gap, rest = opened.octets[1].partition(b"<gap>")
    assert (lead, gap) == (b"", b"<gap>")
    assert SECOND.endswith(rest)
    assert len(rest) > 2_000
    assert opened.octets[0] == FIRST
    assert opened.remarks == []


@pytest.mark.parametrize("kept", ["TRAFFIC_SECRET_0", "CLIENT_"])
def test_a_key_log_with_some_of_the_secrets_opens_what_it_can(modern: TlsTalk, kept: str) -> None:
    some = "\n".join(line for line in modern.key_log if kept in line.split()[0])
    opened = Opened(some).take(modern.flights)
    assert opened.octets[0] == FIRST
    assert (opened.octets[1] == SECOND) is (kept == "TRAFFIC_SECRET_0")


def test_client_records_may_stand_before_the_server_hello(modern: TlsTalk) -> None:
    hello, answer, finished, *rest = modern.flights
    opened = Opened(modern.key_log_text).take([hello, finished, answer, *rest])
    assert opened.octets == [FIRST, SECOND]


def test_hello_retry_request() -> None:
    talk = hold(SAID, version=SSL.TLS1_3_VERSION, server_curve=ec.SECP521R1())
    assert bytes.fromhex("cf21ad74e59a6111") in talk.flights[1][1]
    opened = Opened(talk.key_log_text).take(talk.flights)
    assert opened.octets == [FIRST, SECOND]
    assert opened.remarks == []


def test_the_search_behind_a_gap_is_bounded(modern: TlsTalk) -> None:
    opened = Opened(modern.key_log_text).take(modern.flights[:4])
    opened.tls.gap(0, 10, Stamp(9, None))
    opened.take([(0, b"\x17\x03\x03\x00\x20" * 2000)])
    assert opened.remarks == ["encrypted connection: after a gap no record was found again that its secrets open"]


def test_key_update() -> None:
    talk = hold([(0, b"before")], version=SSL.TLS1_3_VERSION, cipher=b"TLS_AES_128_GCM_SHA256")
    label = "CLIENT_TRAFFIC_SECRET_0"
    (secret,) = [bytes.fromhex(line.split()[2]) for line in talk.key_log if line.startswith(label)]
    secret = _expanded(secret, b"traffic upd", 32)
    body = _sealed(secret, 0, b"after" + b"\x17")
    opened = Opened(talk.key_log_text).take([*talk.flights[:-2], (0, body)])
    assert opened.octets[0] == b"beforeafter"


def _expanded(secret: bytes, label: bytes, length: int) -> bytes:
    info = struct.pack("!HB", length, 6 + len(label)) + b"tls13 " + label + b"\0"
    return HKDFExpand(SHA256(), length, info).derive(secret)


def _sealed(secret: bytes, sequence: int, inner: bytes) -> bytes:
    header = b"\x17\x03\x03" + struct.pack("!H", len(inner) + 16)
    nonce = int.from_bytes(_expanded(secret, b"iv", 12), "big") ^ sequence
    return header + AESGCM(_expanded(secret, b"key", 16)).encrypt(nonce.to_bytes(12, "big"), inner, header)


def test_a_start_in_the_middle_cannot_be_opened(modern: TlsTalk) -> None:
    opened = Opened(modern.key_log_text, whole=False).take(modern.flights[3:])
    assert opened.remarks == ["encrypted connection: its handshake is not in the capture, so it cannot be opened"]


@pytest.mark.parametrize(
    ("change", "text"),
    [
        (lambda hello: hello.replace(b"\x13\x02", b"\x13\x77", 1), "cipher suite 0x1377 is not known here"),
        (
            lambda hello: hello.replace(b"\x00\x2b\x00\x02\x03\x04", b"\x00\x2b\x00\x02\x03\x02"),
            "version 0x0302 is neither",
        ),
    ],
)
def test_what_is_not_known_is_told(change: object, text: str) -> None:
    talk = hold([(0, b"x")], version=SSL.TLS1_3_VERSION, cipher=b"TLS_AES_256_GCM_SHA384")
    server = talk.flights[1][1]
    assert callable(change)
    opened = Opened(talk.key_log_text).take([talk.flights[0], (1, change(server))])
    assert len(opened.remarks) == 1
    assert text in opened.remarks[0]


def test_alerts_are_told_with_their_name(modern: TlsTalk) -> None:
    alert = b"\x15\x03\x03\x00\x02\x02\x28"
    opened = Opened("").take([modern.flights[0], (1, alert)])
    assert opened.remarks == ["TLS alert handshake_failure from server"]


def test_octets_that_are_no_record_are_told_once(modern: TlsTalk) -> None:
    opened = Opened(modern.key_log_text).take([*modern.flights[:4], (0, b"\xff" * 50), *modern.flights[4:]])
    assert opened.remarks == ["no TLS record where one should begin (ffffffffff)"]
    assert opened.octets == [FIRST, SECOND]


def test_what_looks_like_tls() -> None:
    assert is_tls(b"\x16\x03\x01\x02\x00")
    assert is_tls(b"\x17\x03\x03")
    assert not is_tls(b"\x01\xfe\x80\x01")
    assert not is_tls(b"\x16")


def test_suites_of_the_standards_are_known() -> None:
    assert SUITES_1_2[0xC023].name == "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256"
    assert SUITES_1_2[0xC025].name == "TLS_ECDH_ECDSA_WITH_AES_128_CBC_SHA256"
    assert SUITES_1_3[0x1302].name == "TLS_AES_256_GCM_SHA384"


def test_key_logs_are_read_leniently() -> None:
    random, secret = "Ab" * 32, "cD" * 48
    keys = KeyLog(f"# comment\r\nCLIENT_RANDOM {random} {secret}\r\nCLIENT_RANDOM nonsense\nRSA 0011 2233\n\n")
    assert keys.lines == 1
    assert keys.secret(bytes.fromhex(random), "CLIENT_RANDOM") == bytes.fromhex(secret)
    assert keys.knows(bytes.fromhex(random))
    assert keys.secret(bytes(32), "CLIENT_RANDOM") is None
