"""The sans-I/O endpoint under hostile input: whatever is on the wire, it fails in words or not at all."""

from hypothesis import given, settings
from hypothesis import strategies as st

from v2xconform.links.tls_endpoint import TlsEndpoint, TlsFailed
from v2xconform.links.tls_messages import TranscriptReader
from v2xconform.links.tls_policy import PROFILE_20, TlsPolicy

from .certificates import leaf, root

CLIENT = PROFILE_20.using(credential=leaf("p521", "evcc"), trust=root("p521").chain)
SERVER = PROFILE_20.using(credential=leaf("p521", "secc"), trust=root("p521").chain)


def converse(client: TlsEndpoint, server: TlsEndpoint, spoil: tuple[int, int] | None = None) -> str:
    """Shake hands and exchange a word; flip bits of one byte on the way. Return how it went."""
    position = 0
    try:
        for _ in range(10):
            for source, target in ((client, server), (server, client)):
                source.handshake()
                data = bytearray(source.data_to_send())
                if spoil and position <= spoil[0] < position + len(data):
                    data[spoil[0] - position] ^= spoil[1]
                position += len(data)
                target.receive(bytes(data))
                if target.handshake():
                    target.read(100)
        client.write(b"hello")
        server.receive(client.data_to_send())
        return server.read(100).decode()
    except TlsFailed as failure:
        assert failure.reason == "tls"
        assert str(failure)
        assert "\n" not in str(failure)
        return "failed"


def test_two_endpoints_in_one_process() -> None:
    client, server = TlsEndpoint(CLIENT, "client"), TlsEndpoint(SERVER, "server")
    assert converse(client, server) == "hello"
    assert client.facts()["version"] == "TLSv1.3"


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 9000), st.integers(1, 255))
def test_a_spoiled_byte_fails_in_words_or_does_no_harm(position: int, bits: int) -> None:
    """The third way: the byte was a length, which grew; the endpoint waits for the rest and takes nothing for true."""
    how = converse(TlsEndpoint(CLIENT, "client"), TlsEndpoint(SERVER, "server"), (position, bits))
    assert how in ("failed", "hello", "")


def test_a_length_that_grew_is_waited_for() -> None:
    client, server = TlsEndpoint(CLIENT, "client"), TlsEndpoint(SERVER, "server")
    client.handshake()
    hello = bytearray(client.data_to_send())
    hello[3] += 1  # high byte of the record's length
    server.receive(bytes(hello))
    assert not server.handshake()
    assert server.data_to_send() == b""


@settings(deadline=None, max_examples=60)
@given(st.binary(max_size=400), st.sampled_from(["client", "server"]))
def test_noise_fails_in_words(noise: bytes, role: str) -> None:
    endpoint = TlsEndpoint(CLIENT, "client") if role == "client" else TlsEndpoint(SERVER, "server")
    endpoint.receive(noise)
    try:
        assert not endpoint.handshake()
    except TlsFailed as failure:
        assert str(failure)
    endpoint.close_notify()
    endpoint.data_to_send()


def test_application_protocols_are_agreed_on() -> None:
    client = TlsEndpoint(CLIENT.using(alpn=("h2", "http/1.1"), server_name="csms.example"), "client")
    server = TlsEndpoint(SERVER.using(alpn=("http/1.1",)), "server")
    assert converse(client, server) == "hello"
    assert client.facts()["alpn"] == server.facts()["alpn"] == "http/1.1"
    reader = TranscriptReader()
    names = [reader.handshake(data) for _, kind, data in server.transcript if kind == 22]
    assert names[0][1]["server_name"] == "csms.example"


def test_a_big_hello_needs_no_policy() -> None:
    lax = TlsPolicy("library defaults", require_peer_certificate=False, trust=root("p521").chain)
    client, server = TlsEndpoint(lax, "client"), TlsEndpoint(lax.using(credential=leaf("p521", "secc")), "server")
    assert converse(client, server) == "hello"
    reader = TranscriptReader()
    _, hello = reader.handshake(client.transcript[0][2])
    assert hello["length"] > 1000


@given(st.binary(max_size=200), st.sampled_from(["TLSv1.2", "TLSv1.3"]))
def test_no_handshake_message_raises(body: bytes, version: str) -> None:
    for kind in range(26):
        reader = TranscriptReader()
        reader.version = version
        name, fields = reader.handshake(bytes([kind]) + len(body).to_bytes(3, "big") + body)
        assert name
        assert fields["length"] == len(body) + 4
    TranscriptReader.alert(body)
