"""``probe sdp`` against a server of our own on loopback: the line, the JSON, the exit codes."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import anyio
import anyio.from_thread
import pytest
from typer.testing import CliRunner

from v2xconform.cli.probe import app
from v2xconform.links import IpNetwork
from v2xconform.links.sdp import SdpEnd, sdp_server
from v2xconform.protocols.v2gtp import encode_frame

HERE = {"SECCIPAddress": "fe80::2", "SECCPort": 50000, "Security": "TLS", "TransportProtocol": "TCP"}


@contextmanager
def server(raw: bytes | None = None) -> Iterator[int]:
    """Answer on a port of loopback as long as the block runs; with `raw` bytes instead of the right answer."""

    async def answer(end: SdpEnd) -> None:
        while (request := await end.receive()) is not None:
            if raw is None:
                await end.respond(request, HERE)
            else:
                await end.send_bytes(raw, request.source)

    with anyio.from_thread.start_blocking_portal() as portal:
        end = portal.call(lambda: sdp_server(IpNetwork(), recorder=None, port=0))
        task = portal.start_task_soon(answer, end)
        yield end.port
        task.cancel()
        portal.call(end.aclose)


def run(*arguments: Any) -> Any:
    return CliRunner().invoke(app, ["sdp", *map(str, arguments)])


def test_the_answer_is_one_readable_line() -> None:
    with server() as port:
        result = run("--address", "::1", "--port", port, "--timeout", 5)
    assert result.exit_code == 0, result.output
    assert result.stdout.startswith("SECC at [fe80::2]:50000 over TCP, security TLS (request 1, ")
    assert result.stdout.count("\n") == 1


def test_the_answer_as_json() -> None:
    with server() as port:
        result = run("--address", "::1", "--port", port, "--timeout", 5, "--json", "--security", "none")
    answer = json.loads(result.stdout)
    assert HERE.items() <= answer.items()
    assert (answer["answered"], answer["faults"], answer["source"]) == (True, [], f"[::1]:{port}")


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (b"nonsense", "answered (request 1"),
        (encode_frame(0x9001, bytes(20)), "WRONG port: SECCPort is 0"),
        (encode_frame(0x9000, b"\0\0"), "WRONG payload-type: a SECCDiscoveryReq came instead"),
    ],
)
def test_a_wrong_answer_is_named(raw: bytes, words: str) -> None:
    with server(raw) as port:
        result = run("--address", "::1", "--port", port, "--timeout", 5)
    assert result.exit_code == 1
    assert words in result.stdout


def test_silence_is_said_so() -> None:
    result = run("--address", "::1", "--port", 9, "--timeout", 0.01, "--tries", 2)
    assert result.exit_code == 1
    assert "no answer to 2 requests in 0.02 s" in result.stdout


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "either --iface"),
        (["--iface", "lo", "--address", "::1"], "either --iface"),
        (["--iface", "nosuch0"], "there is no interface 'nosuch0'"),
        (["--address", "ff02::1%lo"], "multicast is impossible on lo"),
        (["--address", "no such host"], "cannot send to"),
    ],
)
def test_what_this_host_cannot_do_is_said_in_one_line(arguments: list[str], words: str) -> None:
    result = run(*arguments)
    assert result.exit_code == 2
    assert words in result.stderr
    assert result.stderr.count("\n") == 1
