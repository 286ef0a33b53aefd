"""The proxy between a CSMS and a station that nobody here wrote: both see what the other one said, and the report tells it."""

from __future__ import annotations

import re
import signal
import subprocess
import threading
import time
import urllib.request
from pathlib import Path

import orjson
import pytest

from tests.report.page_reader import Page

from .counterparts import IDENTITY, V2XCONFORM, Counterpart, counterpart, running

WAIT_S = 60.0
PAUSE = threading.Event()  # never set


def texts(log: Path, arrow: str) -> list[str]:
    lines = log.read_text(encoding="utf-8").splitlines() if log.exists() else []
    return [line[2:] for line in lines if line.startswith(f"{arrow} ")]


def post(peer: Counterpart, path: str, body: object) -> None:
    data = orjson.dumps(body)
    with urllib.request.urlopen(urllib.request.Request(f"http://127.0.0.1:{peer.control}/{path}", data), timeout=10):
        pass


def wait_for(log: Path, pattern: str) -> None:
    deadline = time.monotonic() + WAIT_S
    while time.monotonic() < deadline:
        if re.search(pattern, log.read_text(encoding="utf-8") if log.exists() else ""):
            return
        PAUSE.wait(0.1)
    raise AssertionError(f"{log.name} never showed {pattern!r}")


@pytest.mark.interop
def test_two_strangers_talk_through_the_proxy(tmp_path: Path) -> None:
    csms, station = counterpart("ocpp-rpc", "csms", "2.0.1"), counterpart("mobilityhouse", "station", "2.0.1")
    logs = {"csms": tmp_path / "csms.log", "station": tmp_path / "station.log", "proxy": tmp_path / "proxy.log"}
    command = [
        *V2XCONFORM, "proxy", "ocpp", "--listen", f"127.0.0.1:{station.port}", "--to", f"ws://127.0.0.1:{csms.port}/ocpp",
        "--trace", str(tmp_path / "observed"),
    ]  # fmt: skip
    with running(csms, logs["csms"]), logs["proxy"].open("w") as output:
        proxy = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=output, stderr=subprocess.STDOUT)
        try:
            with running(station, logs["station"]):
                wait_for(logs["station"], r"> .*StatusNotification")
                post(station, "plug", {})
                wait_for(logs["station"], r"> .*CablePluggedIn")
                post(station, "authorize", {"token": {"idToken": "AABBCCDD", "type": "ISO14443"}})
                wait_for(logs["station"], r'> .*"Charging"')
                asked = {"getVariableData": [{"component": {"name": "NoSuch"}, "variable": {"name": "NoSuch"}}]}
                post(csms, "request", {"identity": IDENTITY, "action": "GetVariables", "payload": asked})
                wait_for(logs["csms"], r"< .*getVariableResult")
            PAUSE.wait(1.0)  # the station has gone: the proxy has to let the CSMS know
            proxy.send_signal(signal.SIGINT)
            code = proxy.wait(60)
        finally:
            if proxy.poll() is None:
                proxy.kill()
                proxy.wait()
            assert proxy.stdin is not None
            proxy.stdin.close()
    said = logs["proxy"].read_text(encoding="utf-8")
    heard_by_csms, said_by_station = texts(logs["csms"], "<"), texts(logs["station"], ">")
    heard_by_station, said_by_csms = texts(logs["station"], "<"), texts(logs["csms"], ">")
    assert len(said_by_station) >= 6 and len(said_by_csms) >= 6
    assert heard_by_csms == said_by_station
    assert heard_by_station == said_by_csms
    assert code == 0, said
    runs = sorted((tmp_path / "observed").rglob("results.jsonl"))
    assert runs, said
    results = [orjson.loads(line) for run in runs for line in run.read_bytes().splitlines()]
    findings = [finding for result in results for finding in result["findings"]]
    # The library leaves out the attributeType that the station has read.
    assert {finding["requirement"] for finding in findings} == {"B06.FR.11"}, findings
    assert all(finding["whose"] == "sut" and finding["events"] for finding in findings)
    pages = list((tmp_path / "observed").rglob("report.html"))
    shown = [page.data(name) for page in map(Page, pages) for name in page.scripts if name.startswith("c")]
    assert "B06.FR.11" in orjson.dumps(shown).decode()
