"""The prober against servers that nobody would buy, against our own charger, and on the command line."""

import json
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import anyio
import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from v2xconform.cli.probe import app
from v2xconform.emulators.cast import Cast, SeccWishes
from v2xconform.emulators.quirks import find_quirks
from v2xconform.lab.sut import Reach
from v2xconform.links import IpNetwork, LinkError, LinkRefused, MemoryNetwork, Network, Stream
from v2xconform.links.tls_answer import AnswerReader, multi_staples, read_server_hello
from v2xconform.links.tls_hello import Hello, numbers, record, vector
from v2xconform.links.tls_messages import TranscriptReader
from v2xconform.links.tls_probe import ProfileName, Report, probe
from v2xconform.links.tls_shown import from_recipe
from v2xconform.pki import issue, load_recipe
from v2xconform.pki.store import write
from v2xconform.trace.recorder import Recorder
from v2xconform.trace.store import read_trace

from .conftest import on_asyncio, on_trio, on_virtual_time
from .test_tls_probe_servers import NOW, OF_2, SETUPS, Server, command, pki, running

Handler = Callable[[Stream], Awaitable[None]]
ALERT_40 = record(21, 0x0303, b"\x02\x28")
RETRY = bytes.fromhex("cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c")


def server_hello(version: int, suite: int, extensions: bytes = b"", random: bytes = bytes(32)) -> bytes:
    body = numbers([min(version, 0x0303)]) + random + vector(1, b"") + numbers([suite]) + b"\0" + vector(2, extensions)
    return b"\x02" + vector(3, body)


def handshake(*messages: bytes) -> bytes:
    return b"".join(record(22, 0x0303, message) for message in messages)


async def hello_of(stream: Stream) -> dict[str, Any]:
    """Read one ClientHello of one or more records and return its fields."""
    data = b""
    while chunk := await stream.receive():
        data += chunk
        rest, message = data, b""
        while len(rest) >= 5 and rest[0] == 22 and len(rest) >= 5 + int.from_bytes(rest[3:5], "big"):
            length = int.from_bytes(rest[3:5], "big")
            message, rest = message + rest[5 : 5 + length], rest[5 + length :]
        if len(message) >= 4 and len(message) >= 4 + int.from_bytes(message[1:4], "big"):
            return TranscriptReader().handshake(message)[1]
    return {}


def against(handler: Handler, profile: ProfileName = "iso15118-20", *, last: int | None = None, **more: Any) -> Report:
    """Probe a server in memory, on virtual time: what would take minutes takes none. `last` is its last connection."""
    reports: list[Report] = []

    async def serve(listener: Any) -> None:
        async def one(stream: Stream) -> None:
            with suppress(LinkError):
                await handler(stream)
            await stream.close()

        count = 0
        async with anyio.create_task_group() as group:
            while last is None or count < last:
                count += 1
                group.start_soon(one, await listener.accept())
            await listener.aclose()

    async def play() -> None:
        network = MemoryNetwork()
        listener = await network.listen(recorder=None, src="sut", dst="tester")
        async with anyio.create_task_group() as group:
            group.start_soon(serve, listener)
            reports.append(await probe(network, listener.host, listener.port, profile=profile, now=NOW, **more))
            group.cancel_scope.cancel()

    on_virtual_time(play)
    return reports[0]


def sends(*pieces: bytes, pause: float = 0.0) -> Handler:
    async def handler(stream: Stream) -> None:
        await stream.receive()
        for piece in pieces:
            await stream.send(piece)
            await anyio.sleep(pause)

    return handler


async def closes(stream: Stream) -> None:
    await stream.receive()
    await stream.close()


async def resets(stream: Stream) -> None:
    await stream.abort()


async def stalls(stream: Stream) -> None:
    await anyio.sleep_forever()


async def never_reads_but_floods(stream: Stream) -> None:
    while True:
        await stream.send(record(20, 0x0303, b"\x01") * 1000)


async def drips(stream: Stream) -> None:
    for octet in handshake(server_hello(0x0303, 0xC023)) * 9:
        await stream.send(bytes([octet]))
        await anyio.sleep(1)


@pytest.mark.parametrize(
    ("handler", "words"),
    [
        (closes, "closed the connection without an answer"),
        (resets, "no TLS answer: the peer"),
        (stalls, "no answer within 3 s"),
        (drips, "the last record broke off"),
        (never_reads_but_floods, "more than 131072 bytes without an answer"),
        (sends(b"\0" * 200_000), "this is no TLS: 00 00 00"),
        (sends(b"HTTP/1.1 400 Bad Request\r\n\r\n"), "this looks like HTTP"),
        (sends(b"\x01\xfe\x80\x01\0\0\0\0"), "this looks like V2GTP without TLS"),
        (sends(b"S"), "this is no TLS: 53"),
        (sends(b"\x16\x03"), "the last record broke off after 2 bytes"),
        (sends(record(22, 0x0303, server_hello(0x0304, 0x1302)[:30])), "closed the connection"),
        (sends(record(22, 0x0303, b"\x02" + vector(3, bytes(10)))), "this is no TLS: 02"),
        (sends(record(22, 0x0303, b"\x0b" + vector(3, bytes(10)))), "this is no TLS: 0b"),
        (sends(record(22, 0x0303, b"\x02\xff\xff\xff")), "this is no TLS: 02 ff ff ff"),
        (sends(record(23, 0x0303, bytes(40))), "this is no TLS: 00"),
        (sends(record(21, 0x0303, b"\x02")), "this is no TLS: 02"),
        (sends(b"\x16\x03\x03\xff\xff" + bytes(300)), "this is no TLS: 16 03 03 ff ff"),
    ],
)
def test_what_speaks_no_tls_is_said_in_words_and_in_bounded_time(handler: Handler, words: str) -> None:
    report = against(handler)
    assert words in report.no_tls
    assert (report.verdict, report.lines) == ("FAIL", [])
    assert report.seconds <= 30
    assert json.dumps(report.tree())


def test_a_server_that_refuses_everything_is_a_tls_server_that_fails() -> None:
    report = against(sends(ALERT_40))
    assert (report.no_tls, report.verdict) == ("", "FAIL")
    assert next(line for line in report.lines if line.title == "TLS 1.3").seen == "alert handshake_failure"


def test_a_warning_before_the_end_is_an_answer() -> None:
    report = against(sends(record(21, 0x0303, b"\x01\x70")))
    assert report.no_tls == ""
    assert report.seen.scan.versions[0x0304].words == "alert unrecognized_name"


def test_a_server_that_goes_away_leaves_what_was_seen_and_unknowns() -> None:
    async def retries(stream: Stream) -> None:
        while hello := await hello_of(stream):
            if "TLSv1.3" not in hello.get("versions", ()):
                await stream.send(record(21, 0x0303, b"\x02\x46"))
                return
            share = numbers([51]) + vector(2, numbers([25])) + numbers([43]) + vector(2, numbers([0x0304]))
            await stream.send(handshake(server_hello(0x0304, 0x1302, share, RETRY)))

    report = against(retries, last=5)
    assert (report.no_tls, report.verdict) == ("", "unknown")
    assert "no connection any more after 5" in report.seen.scan.stopped
    verdicts = {line.title: line.verdict for line in report.lines}
    assert verdicts["TLS 1.3"] == "PASS"
    assert verdicts["groups of Table 7"] == "unknown"
    # the same server for as long as it takes: it asks for another hello without end, and for what was not offered
    endless = against(retries)
    retry = next(line for line in endless.lines if line.title == "HelloRetryRequest")
    assert (retry.verdict, "a second HelloRetryRequest" in retry.seen) == ("FAIL", True)
    assert endless.seen.scan.faults == [
        "the server chose TLS_AES_256_GCM_SHA384, which had not been offered",
        "the server chose secp521r1, which had not been offered",
    ]


@pytest.mark.parametrize("picky", [False, True], ids=["needs a share", "needs a share and short lists"])
def test_a_server_without_retries_is_enumerated_with_key_shares(picky: bool) -> None:
    async def one_shot(stream: Stream) -> None:
        hello = await hello_of(stream)
        known = {"secp521r1": 25, "x448": 30}
        usable = [name for name in hello.get("key_shares", ()) if name in known]
        suites = [name for name in hello.get("suites", ()) if name == "TLS_AES_256_GCM_SHA384"]
        if not usable or not suites or (picky and len(hello["groups"]) > 2):
            await stream.send(ALERT_40)
            return
        group = known[usable[0]]
        share = numbers([51]) + vector(2, numbers([group]) + vector(2, bytes(range(56 if group == 30 else 133))))
        extensions = share + numbers([43]) + vector(2, numbers([0x0304]))
        await stream.send(handshake(server_hello(0x0304, 0x1302, extensions)))

    report = against(one_shot)
    accepts = report.tree()["accepts"]
    assert accepts["suites"]["TLSv1.3"]["accepted"] == ["TLS_AES_256_GCM_SHA384"]
    assert accepts["groups"]["TLSv1.3"] == {"accepted": ["secp521r1", "x448"], "order": "client"}
    lines = {line.title: line for line in report.lines}
    assert "refused instead of answered with a HelloRetryRequest" in lines["HelloRetryRequest"].seen
    assert lines["long lists of suites, groups and algorithms"].verdict == ("FAIL" if picky else "PASS")


def test_static_ecdh_and_a_response_for_every_certificate_are_seen_without_cryptography() -> None:
    issued = pki("iso15118-2").credential("secc")
    chain = b"".join(vector(3, one.public_bytes(Encoding.DER)) for one in issued.chain)
    responses = b"".join(vector(3, staple or b"") for staple in issued.staples)

    async def charger(stream: Stream) -> None:
        hello = await hello_of(stream)
        if "TLS_ECDH_ECDSA_WITH_AES_128_CBC_SHA256" not in hello.get("suites", ()) or hello.get("versions") != [
            "TLSv1.2"
        ]:
            await stream.send(ALERT_40)
            return
        flight = [server_hello(0x0303, 0xC025), b"\x0b" + vector(3, vector(3, chain))]
        if "status_request_v2" in hello["extensions"]:
            flight.append(b"\x16" + vector(3, b"\x02" + vector(3, responses)))
        await stream.send(handshake(*flight, b"\x0e\0\0\0"))
        await stream.receive()

    report = against(charger, "iso15118-2", anchors=pki("iso15118-2").anchors("v2g"), public=True)
    lines = {line.title: (line.verdict, line.seen) for line in report.lines if not line.id.startswith("RFC")}
    assert lines["a cipher suite of the edition"] == (
        "PASS",
        "TLS_ECDH_ECDSA_WITH_AES_128_CBC_SHA256; not TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256",
    )
    assert lines["secp256r1"] == ("PASS", "static ECDH: the curve is the certificate's")
    assert lines["OCSP staples (status_request_v2)"] == (
        "PASS",
        f"for {len(issued.chain)} of {len(issued.chain)} certificates",
    )
    assert lines["the charger's certificate chain"] == ("PASS", f"{len(issued.chain)} certificates, sound")
    # the library behind the full handshake does not know this suite
    assert lines["handshake with the profile's lists"][0] == "FAIL"


def test_a_server_that_breaks_off_behind_its_hello_is_no_crash() -> None:
    async def half(stream: Stream) -> None:
        hello = await hello_of(stream)
        if "TLSv1.3" in hello.get("versions", ()):
            shares = hello["key_shares"]
            group = 25 if not shares else {"secp521r1": 25, "x448": 30}.get(shares[0], 25)
            share = numbers([group]) + (vector(2, b"\x04" + bytes(132)) if shares else b"")
            extensions = numbers([51]) + vector(2, share) + numbers([43]) + vector(2, numbers([0x0304]))
            random = bytes(32) if shares else RETRY
            await stream.send(handshake(server_hello(0x0304, 0x1302, extensions, random)))
            await stream.send(record(23, 0x0303, bytes(100)))

    report = against(half)
    lines = {line.title: line for line in report.lines}
    assert lines["handshake with the profile's lists"].verdict in ("FAIL", "unknown")
    assert lines["asks for the car's certificate"].verdict == "unknown"
    assert lines["the charger's certificate chain"].verdict == "unknown"


def charger(quirks: list[str], tests: Callable[[Network, int], Awaitable[None]]) -> Callable[[], Awaitable[None]]:
    """Return a scenario with an emulated charger, strict like a device."""

    async def play() -> None:
        network = IpNetwork()
        cast = Cast(network, NOW.timestamp, Reach(sdp=False, address="[::1]:0"), devices=True)
        secc = cast.secc("v2g_charger", SeccWishes(), quirks=find_quirks("secc", quirks), recorder=None)
        async with anyio.create_task_group() as group:
            await group.start(secc.serve)
            await tests(network, secc.port)
            group.cancel_scope.cancel()

    return play


@pytest.mark.parametrize("run", [on_asyncio, on_trio])
def test_our_own_charger_is_conformant_and_keeps_every_broken_certificate_out(run: Any) -> None:
    shown, anchors = from_recipe("iso15118-20-p521", NOW)
    reports: list[Report] = []

    async def ask(network: Network, port: int) -> None:
        reports.append(
            await probe(network, "::1", port, profile="iso15118-20", now=NOW, shown=shown, anchors=anchors, public=True)
        )

    run(charger([], ask))
    assert [(line.title, line.seen) for line in reports[0].lines if line.verdict in ("FAIL", "unknown")] == []
    assert reports[0].verdict == "PASS"
    outcomes = {shake.name: shake.outcome for shake in reports[0].seen.shakes}
    assert outcomes.pop("good") == "accepted"
    assert "accepted" not in outcomes.values()


def run_tls(*arguments: Any) -> Any:
    return CliRunner().invoke(app, ["tls", *map(str, arguments)])


def test_the_command_says_it_on_one_screen_and_keeps_the_trace(tmp_path: Path) -> None:
    folder, trace = tmp_path / "pki", tmp_path / "probe.jsonl"
    write(issue(load_recipe("iso15118-20-p521"), NOW), folder)
    (tmp_path / "server").mkdir()
    with running(Server(), "library", tmp_path / "server") as port:
        shown = ["--chain", folder / "vehicle.pem", "--key", folder / "vehicle.key"]
        result = run_tls(f"127.0.0.1:{port}", "--trust", folder / "roots" / "v2g.pem", *shown, "--trace", trace)
        as_json = run_tls(f"127.0.0.1:{port}", "--trust", folder / "roots" / "v2g.pem", "--json", "--public")
    assert result.exit_code == 0, result.output
    assert len(result.stdout.splitlines()) < 40
    assert "judged by iso15118-20: no requirement is broken" in result.stdout
    assert "PASS    V2G20-1264       lets in a good certificate" in result.stdout
    events = list(read_trace(trace))
    assert {"open", "bytes", "handshake", "close"} <= {event.kind for event in events}
    assert events[1].raw is not None
    assert events[1].raw.startswith(b"\x16\x03\x01")
    tree = json.loads(as_json.stdout)
    assert (tree["verdict"], as_json.exit_code, tree["counts"]["FAIL"]) == ("PASS", 0, 0)
    assert tree["certificate"]["client_certificate"]["required"] is True
    assert tree["accepts"]["groups"]["TLSv1.3"]["accepted"] == ["secp521r1", "x448"]


def test_the_command_shows_the_certificates_of_a_folder_and_fails_what_lets_them_in(tmp_path: Path) -> None:
    folder = tmp_path / "pki"
    index = write(issue(load_recipe("iso15118-20-p521"), NOW), folder)
    shown = [one for one in index["credentials"] if one["variant"] in (None, "expired", "chain-too-long")]
    (folder / "index.json").write_text(json.dumps(index | {"credentials": shown}, default=str))
    (tmp_path / "server").mkdir()
    with running(SETUPS["asks but does not demand"].server, "library", tmp_path / "server") as port:
        result = run_tls(f"127.0.0.1:{port}", "--pki", folder)
    assert result.exit_code == 1
    assert "NOT CONFORMANT" in result.stdout
    assert "accepted  chain-too-long" in result.stdout
    assert result.stdout.count("accepted  good") == 1
    assert "FAIL    X20-RefusesChain" in result.stdout


def test_the_command_judges_by_the_older_edition(tmp_path: Path) -> None:
    with running(OF_2, "library", tmp_path) as port:
        result = run_tls(f"127.0.0.1:{port}", "--profile", "iso15118-2")
    assert result.exit_code == 0, result.output
    assert "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256" in result.stdout
    assert "unknown V2G2-871" in result.stdout


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["127.0.0.1:1"], "nothing listens there"),
        (["nonsense"], "is not an address like"),
        (["::1:9000"], "put an IPv6 address in brackets"),
        (["[fe80::1]:9000"], "a link-local address needs its interface"),
        (["[fe80::1]:9000", "--iface", "nosuch0"], "there is no interface 'nosuch0'"),
        (["[::1]:9", "--chain", "x.pem"], "--chain and --key belong together"),
        (["[::1]:9", "--trust", "/nonexistent.pem"], "/nonexistent.pem: No such file"),
        (["[::1]:9", "--pki", "no-such-recipe"], "no-such-recipe: no such recipe"),
        (["[::1]:9", "--trace", "/nonexistent/trace.jsonl"], "/nonexistent/trace.jsonl: No such file"),
    ],
)
def test_what_cannot_be_asked_is_said_in_one_line(arguments: list[str], words: str) -> None:
    result = run_tls(*arguments)
    assert result.exit_code == 2, result.output
    assert words in result.stderr
    assert result.stderr.count("\n") == 1


def test_files_that_are_no_certificates_are_named(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.pem"
    wrong.write_text("nothing of use")
    write(issue(load_recipe("iso15118-20-p521"), NOW), tmp_path / "pki")
    (tmp_path / "index.json").write_text("{}")
    chain, key = tmp_path / "pki" / "vehicle.pem", tmp_path / "pki" / "secc.key"
    for arguments, words in (
        (["--trust", wrong], "no PEM certificates in it"),
        (["--chain", chain, "--key", wrong], "no private key as PEM"),
        (["--chain", chain, "--key", key], "not the key of the first certificate"),
        (["--pki", tmp_path], "not the index of `v2xconform pki issue`"),
    ):
        result = run_tls("[::1]:9", *arguments)
        assert (result.exit_code, words in result.stderr, result.stderr.count("\n")) == (2, True, 1), result.output


def test_a_port_that_speaks_no_tls_fails_in_one_line(tmp_path: Path) -> None:
    async def serve(tests: Callable[[int], Awaitable[None]]) -> None:
        listener = await IpNetwork().listen("127.0.0.1", recorder=None, src="sut", dst="tester")

        async def answer() -> None:
            while True:
                stream = await listener.accept()
                with suppress(LinkError):
                    await sends(b"SSH-2.0-OpenSSH_9.9\r\n")(stream)
                await stream.close()

        async with anyio.create_task_group() as group:
            group.start_soon(answer)
            await tests(listener.port)
            group.cancel_scope.cancel()
        await listener.aclose()

    async def check(port: int) -> None:
        result = await anyio.to_thread.run_sync(run_tls, f"127.0.0.1:{port}")
        assert result.exit_code == 1
        assert f"127.0.0.1:{port} speaks no TLS: this looks like SSH" in result.stdout

    anyio.run(serve, check)


def test_nobody_there_is_an_error_of_the_link() -> None:
    async def ask() -> None:
        with pytest.raises(LinkRefused, match="nothing listens"):
            await probe(
                IpNetwork(), "127.0.0.1", 1, profile="iso15118-20", now=NOW, recorder=Recorder(anyio.current_time)
            )

    on_asyncio(ask)


@given(st.lists(st.binary(max_size=300), max_size=5), st.booleans(), st.booleans())
def test_no_bytes_upset_the_reader(chunks: list[bytes], whole: bool, to_the_end: bool) -> None:
    reader = AnswerReader(whole=whole, to_the_end=to_the_end)
    for chunk in chunks:
        if reader.receive(chunk):
            break
    assert reader.answer("closed", "closed").kind in ("closed", "garbage", "alert", "hello", "retry")


@given(st.binary(max_size=200), st.integers(0, 400), st.integers(0, 255))
def test_a_damaged_server_flight_is_read_or_given_up(tail: bytes, at: int, octet: int) -> None:
    hello = server_hello(0x0303, 0xC023, numbers([43]) + vector(2, numbers([0x0303])))
    flight = bytearray(handshake(hello, b"\x0b" + vector(3, tail), b"\x16" + vector(3, tail), b"\x0e\0\0\0"))
    flight[at % len(flight)] = octet
    reader = AnswerReader(whole=True)
    reader.receive(bytes(flight))
    assert reader.answer("closed", "closed").words
    read_server_hello(b"\x02" + vector(3, tail))
    multi_staples(b"\x16" + vector(3, tail))


def test_a_hello_is_what_the_reader_of_the_other_side_reads() -> None:
    name, body = TranscriptReader().handshake(Hello(staple=True, shares=(25,), server_name="a.invalid").message())
    assert (name, body["versions"], body["key_shares"]) == ("ClientHello", ["TLSv1.3"], ["secp521r1"])
    assert body["groups"][:2] == ["secp521r1", "x448"]
    assert "error" not in body
    assert body["server_name"] == "a.invalid"
    assert all(len(command(setup.server, 1, Path())) > 5 for setup in SETUPS.values())
    assert datetime.now(UTC) >= NOW
