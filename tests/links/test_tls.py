"""TLS both ways over both networks: what is agreed, what is refused, who said so, and what the trace keeps of it."""

from base64 import b64decode
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

import anyio
import pytest

from v2xconform.links import LinkReset, LinkUnavailable, MemoryNetwork, Network, Stream
from v2xconform.links.tls import (
    PROFILE_2,
    PROFILE_20,
    PROFILE_20_P256,
    TlsFailed,
    TlsPolicy,
    tls_client,
    tls_server,
)
from v2xconform.trace.recorder import Recorder

from .certificates import leaf, root, staple
from .conftest import Run, on_virtual_time, recorder

Bench = tuple[Run, Callable[[], Network]]
Scenario = Callable[[Stream, Stream], Awaitable[None]]
MEMORY: Bench = (on_virtual_time, MemoryNetwork)


def client(policy: TlsPolicy = PROFILE_20, kind: str = "p521", **changes: Any) -> TlsPolicy:
    return policy.using(**{"credential": leaf(kind, "evcc"), "trust": root(kind).chain, **changes})


def server(policy: TlsPolicy = PROFILE_20, kind: str = "p521", **changes: Any) -> TlsPolicy:
    return policy.using(**{"credential": leaf(kind, "secc"), "trust": root(kind).chain, **changes})


async def shake(
    near: Stream, far: Stream, client_policy: TlsPolicy, server_policy: TlsPolicy
) -> tuple[Stream | TlsFailed, Stream | TlsFailed]:
    """Shake hands and return for each end its stream, or why there is none."""
    ends: dict[str, Stream | TlsFailed] = {}

    async def one(name: str, handshake: Awaitable[Stream]) -> None:
        try:
            ends[name] = await handshake
        except TlsFailed as failure:
            ends[name] = failure

    async with anyio.create_task_group() as group:
        group.start_soon(one, "client", tls_client(near, client_policy))
        group.start_soon(one, "server", tls_server(far, server_policy))
    return ends["client"], ends["server"]


def between(bench: Bench, scenario: Scenario) -> tuple[Recorder, Recorder]:
    run, network = bench
    kept: list[Recorder] = []

    async def play() -> None:
        net, evcc, secc = network(), recorder(), recorder()
        kept.extend((evcc, secc))
        listener = await net.listen(recorder=secc, src="secc", dst="evcc")
        near = await net.connect(listener.host, listener.port, recorder=evcc, src="evcc", dst="secc")
        far = await listener.accept()
        with anyio.fail_after(100):
            await scenario(near, far)
        await near.close()
        await far.close()
        await listener.aclose()

    run(play)
    return kept[0], kept[1]


def handshake(record: Recorder) -> list[str]:
    return [f"{event.src} {event.name}" for event in record.events if event.kind == "handshake"]


def event(record: Recorder, name: str, src: str = "") -> dict[str, Any]:
    body: dict[str, Any] = next(
        e.body for e in record.events if e.kind == "handshake" and e.name == name and src in ("", e.src)
    )
    return body


@pytest.mark.parametrize("kind", ["p521", "ed448"])
def test_the_profile_of_iso15118_20_with_certificates_both_ways(bench: Bench, kind: str) -> None:
    async def talk(near: Stream, far: Stream) -> None:
        car, charger = await shake(
            near,
            far,
            client(kind=kind),
            server(kind=kind, staple=staple(kind, "secc"), certificate_authorities=(root(kind).chain[0].subject,) * 2),
        )
        assert isinstance(car, Stream)
        assert isinstance(charger, Stream)
        assert car.tls is not None
        assert (car.tls.version, car.tls.suite) == ("TLSv1.3", "TLS_AES_256_GCM_SHA384")
        assert car.tls.group is not None
        assert car.tls.group.lower() == "secp521r1"
        assert len(car.tls.peer_chain) == 2
        assert car.tls.staple is not None
        assert b64decode(car.tls.staple) == staple(kind, "secc")
        assert car.tls.verify_errors == ()
        await car.send(b"hello")
        assert await charger.receive() == b"hello"
        await charger.send(b"good day")
        assert await car.receive() == b"good day"
        await car.close()
        assert await charger.receive() == b""
        await charger.close()

    evcc, secc = between(bench, talk)
    algorithm = "ed448" if kind == "ed448" else "ecdsa_secp521r1_sha512"
    hello = event(evcc, "ClientHello")
    assert hello["versions"] == ["TLSv1.3"]
    assert [suite for suite in hello["suites"] if "SCSV" not in suite] == [
        "TLS_AES_256_GCM_SHA384",
        "TLS_CHACHA20_POLY1305_SHA256",
    ]
    assert hello["groups"] == ["secp521r1", "x448"]
    assert hello["signature_algorithms"] == ["ecdsa_secp521r1_sha512", "ed448"]
    assert "status_request" in hello["extensions"]
    for record in (evcc, secc):
        assert handshake(record)[:5] == [
            "evcc ClientHello",
            "secc ServerHello",
            "secc EncryptedExtensions",
            "secc CertificateRequest",
            "secc Certificate",
        ]
        assert {"version": "TLSv1.3", "group": "secp521r1"}.items() <= event(record, "ServerHello").items()
        request = event(record, "CertificateRequest")
        assert request["certificate_authorities"] == [root(kind).chain[0].subject.rfc4514_string()] * 2
        assert request["signature_algorithms"] == ["ecdsa_secp521r1_sha512", "ed448"]
        chain = event(record, "Certificate", "secc")
        assert chain["subjects"] == ["CN=secc,C=DE", f"CN=sub {kind},C=DE"]
        assert chain["staples"][0] is not None
        assert chain["staples"][1] is None
        assert event(record, "Certificate", "evcc")["subjects"] == ["CN=evcc,C=DE", f"CN=sub {kind},C=DE"]
        assert event(record, "CertificateVerify", "evcc")["signature_algorithm"] == algorithm
        assert event(record, "Alert")["description"] == "close_notify"
        assert event(record, "established")["version"] == "TLSv1.3"
        assert any("SERVER_TRAFFIC_SECRET_0" in line for line in record.key_log)
        plain = [e.raw for e in record.events if e.kind == "bytes" and e.layer == "tls"]
        assert plain == [b"hello", b"good day"]
        assert b"hello" not in b"".join(e.raw or b"" for e in record.events if e.layer == "tcp")
        closes = [(e.layer, e.body["by"]) for e in record.events if e.kind == "close" and e.link.startswith("tcp")]
        assert closes[0] == ("tls", "evcc")


def test_a_refused_client_certificate_is_noticed_after_the_handshake(bench: Bench) -> None:
    async def talk(near: Stream, far: Stream) -> None:
        car, charger = await shake(
            near, far, client(credential=leaf("p521", "evcc-old", (-30, -1))), server(certificate_authorities=())
        )
        assert isinstance(car, Stream), "in TLS 1.3 the client has finished before it is judged"
        assert isinstance(charger, TlsFailed)
        assert (charger.alert, charger.alert_from) == ("certificate_expired", "sent")
        assert "certificate has expired (depth 0, CN=evcc-old,C=DE)" in str(charger)
        with pytest.raises(TlsFailed) as refused:
            await car.receive()
        assert (refused.value.alert, refused.value.alert_from) == ("certificate_expired", "received")

    evcc, secc = between(bench, talk)
    assert handshake(evcc)[-3:] == ["evcc established", "secc Alert", "secc failed"]
    assert event(evcc, "failed")["late"] is True
    assert event(secc, "failed")["late"] is False
    assert event(secc, "failed")["alert_from"] == "sent"
    assert handshake(secc)[-1] == "secc failed"


@pytest.mark.parametrize(
    ("changes", "alert"),
    [
        ({"credential": None}, "certificate_required"),
        ({"credential": leaf("p521", "late", (5, 30))}, "bad_certificate"),
        ({"credential": leaf("ed448", "stranger")}, "unknown_ca"),
    ],
    ids=["none", "not-yet-valid", "unknown-root"],
)
def test_each_refusal_of_a_client_has_its_alert(changes: dict[str, Any], alert: str) -> None:
    async def talk(near: Stream, far: Stream) -> None:
        car, charger = await shake(near, far, client(**changes), server())
        assert isinstance(charger, TlsFailed)
        assert charger.alert == alert
        assert isinstance(car, Stream)
        with pytest.raises(TlsFailed) as refused:
            await car.receive()
        assert refused.value.alert == alert

    between(MEMORY, talk)


@pytest.mark.parametrize(
    ("changes", "alert", "alert_from"),
    [
        ({"suites": "TLS_AES_128_GCM_SHA256"}, "handshake_failure", "received"),
        ({"groups": "prime256v1"}, "handshake_failure", "received"),
        ({"minimum": "TLSv1.2", "maximum": "TLSv1.2"}, "protocol_version", "received"),
        ({"trust": root("ed448").chain}, "unknown_ca", "sent"),
        ({"signatures": "ed448"}, "handshake_failure", "received"),
    ],
    ids=["suite", "group", "version", "trust", "signature"],
)
def test_a_handshake_without_common_ground_fails_in_words(changes: dict[str, Any], alert: str, alert_from: str) -> None:
    async def talk(near: Stream, far: Stream) -> None:
        car, charger = await shake(near, far, client(**changes), server())
        assert isinstance(car, TlsFailed)
        assert isinstance(charger, TlsFailed)
        assert (car.alert, car.alert_from) == (alert, alert_from)
        assert "\n" not in str(car)
        assert near.closed
        assert far.closed

    evcc, secc = between(MEMORY, talk)
    for record in (evcc, secc):
        assert event(record, "Alert")["level"] == "fatal"
        assert handshake(record)[-1].endswith("failed")


def test_what_is_wrong_with_a_chain_can_be_recorded_and_accepted() -> None:
    async def talk(near: Stream, far: Stream) -> None:
        car, charger = await shake(
            near, far, client(credential=leaf("p521", "evcc-old", (-30, -1))), server(verify=False)
        )
        assert isinstance(car, Stream)
        assert isinstance(charger, Stream)
        assert charger.tls is not None
        assert charger.tls.verify_errors == ("certificate has expired (depth 0, CN=evcc-old,C=DE)",)
        await car.close()
        await charger.close()

    between(MEMORY, talk)


def test_the_profile_of_iso15118_2(bench: Bench) -> None:
    async def talk(near: Stream, far: Stream) -> None:
        car, charger = await shake(
            near,
            far,
            client(PROFILE_2, "p256", credential=None),
            server(PROFILE_2, "p256", staple=staple("p256", "secc")),
        )
        assert isinstance(car, Stream)
        assert isinstance(charger, Stream)
        assert car.tls is not None
        assert (car.tls.version, car.tls.suite) == ("TLSv1.2", "ECDHE-ECDSA-AES128-SHA256")
        assert car.tls.staple is not None
        await car.send(b"hello")
        assert await charger.receive() == b"hello"
        await charger.close()
        assert await car.receive() == b""
        await car.close()

    evcc, _ = between(bench, talk)
    assert event(evcc, "ServerHello")["suite"] == "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256"
    assert event(evcc, "ServerKeyExchange")["group"] == "secp256r1"
    assert event(evcc, "Certificate")["subjects"] == ["CN=secc,C=DE", "CN=sub p256,C=DE"]
    assert event(evcc, "CertificateStatus")["staples"][0] is not None


def test_a_counterpart_with_prime256v1_is_served_by_its_own_policy() -> None:
    async def talk(near: Stream, far: Stream) -> None:
        car, charger = await shake(near, far, client(PROFILE_20_P256, "p256"), server(PROFILE_20_P256, "p256"))
        assert isinstance(car, Stream)
        assert isinstance(charger, Stream)
        await car.close()
        await charger.close()

    evcc, _ = between(MEMORY, talk)
    assert event(evcc, "ServerHello")["group"] == "secp256r1"


@pytest.mark.parametrize(
    "noise",
    [
        b"\x80\x00hello, this is no TLS",
        b"\x16\x03\x01\xff\xff" + bytes(65535),
        b"\x01\xfe\x80\x01\0\0\0\0",
        b"\x15\x03\x03\0\x02\x02\x28",
    ],
    ids=["text", "huge", "v2gtp", "alert"],
)
@pytest.mark.parametrize("role", [tls_client, tls_server])
def test_a_peer_that_does_not_speak_tls_ends_in_words(
    bench: Bench, noise: bytes, role: Callable[..., Awaitable[Stream]]
) -> None:
    async def talk(near: Stream, far: Stream) -> None:
        async with anyio.create_task_group() as group:

            async def disturb() -> None:
                with suppress(LinkReset):  # the other end may hang up before it has heard all of the noise
                    await far.send(noise)
                    while await far.receive():
                        pass

            group.start_soon(disturb)
            with pytest.raises(TlsFailed):
                await role(near, client())
            assert near.closed

    evcc, _ = between(bench, talk)
    assert event(evcc, "failed")["error"]


@pytest.mark.parametrize("way", ["close", "abort"])
def test_a_peer_that_leaves_in_the_handshake_ends_in_words(bench: Bench, way: str) -> None:
    async def talk(near: Stream, far: Stream) -> None:
        async with anyio.create_task_group() as group:

            async def leave() -> None:
                await far.receive()
                await getattr(far, way)()

            group.start_soon(leave)
            with pytest.raises(TlsFailed, match=r"closed the connection in the middle|broke off"):
                await tls_client(near, client())

    evcc, _ = between(bench, talk)
    assert handshake(evcc)[-1] == "secc failed"


def test_a_peer_that_says_nothing_times_out() -> None:
    async def talk(near: Stream, far: Stream) -> None:
        with pytest.raises(TlsFailed, match="not done after 10 s"):
            await tls_client(near, client())

    evcc, _ = between(MEMORY, talk)
    assert evcc.events[-2].t_ns == 10_000_000_000


def test_a_connection_that_ends_without_close_notify_is_recorded_as_truncated(bench: Bench) -> None:
    async def talk(near: Stream, far: Stream) -> None:
        car, charger = await shake(near, far, client(), server())
        assert isinstance(car, Stream)
        assert isinstance(charger, Stream)
        await near.finish()
        assert await charger.receive() == b""
        await charger.close()
        await car.close()

    _, secc = between(bench, talk)
    assert "evcc truncated" in handshake(secc)


def test_a_broken_record_after_the_handshake_is_a_failure_with_its_alert() -> None:
    async def talk(near: Stream, far: Stream) -> None:
        car, charger = await shake(near, far, client(), server())
        assert isinstance(car, Stream)
        assert isinstance(charger, Stream)
        await near.send(b"\x17\x03\x03\x00\x20" + bytes(32))
        with pytest.raises(TlsFailed) as failure:
            await charger.receive()
        assert (failure.value.alert, failure.value.alert_from) == ("bad_record_mac", "sent")

    between(MEMORY, talk)


def test_a_megabyte_goes_through_in_both_directions(bench: Bench) -> None:
    data = bytes(range(256)) * 4096

    async def talk(near: Stream, far: Stream) -> None:
        car, charger = await shake(near, far, client(), server())
        assert isinstance(car, Stream)
        assert isinstance(charger, Stream)

        async def read(end: Stream) -> None:
            got = bytearray()
            while len(got) < len(data):
                got += await end.receive()
            assert got == data

        async with anyio.create_task_group() as group:
            for end in (car, charger):
                group.start_soon(read, end)
                group.start_soon(end.send, data)
        await car.close()
        await charger.close()

    between(bench, talk)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"groups": "secp521r1:nonsense"}, "groups 'secp521r1:nonsense'"),
        ({"signatures": "md5"}, "signature algorithms 'md5'"),
        ({"suites": "TLS_NONSENSE"}, "no cipher match"),
    ],
)
def test_a_policy_that_cannot_be_played_is_said_so(changes: dict[str, Any], words: str) -> None:
    async def talk(near: Stream, far: Stream) -> None:
        with pytest.raises(LinkUnavailable, match=words):
            await tls_client(near, client(**changes))

    between(MEMORY, talk)
