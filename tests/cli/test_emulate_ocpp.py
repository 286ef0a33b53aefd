"""`emulate station`, `emulate csms`, `proxy ocpp` and `probe ocpp` as programs that meet over loopback sockets."""

import json
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.cli.interruptible import interruptible
from v2xconform.emulators.quirks import load_quirks
from v2xconform.trace.store import read_trace

PROGRAM = str(Path(sys.executable).with_name("v2xconform"))
PASSWORD = "v2xconform-test-0001"


class Running:
    """A program that has said that it is ready; `port` is that at which it listens."""

    def __init__(self, process: "subprocess.Popen[str]", out: Path) -> None:
        self.process = process
        self.out = out
        self.port = 0

    def type(self, line: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()

    def wait_for(self, words: str, seconds: float = 30.0) -> str:
        """Return what the program has said once words stand in it."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            text = self.out.read_text()
            if re.search(words, text):
                return text
            if self.process.poll() is not None:
                break
            time.sleep(0.02)  # noqa: TID251 - another program has to get on
        raise AssertionError(f"{words!r} did not come:\n{self.out.read_text()}")

    def end(self) -> int:
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(30)


@contextmanager
def started(folder: Path, name: str, *arguments: str, ready: str = r"listens on \S*?:(\d+)") -> Iterator[Running]:
    out = folder / f"{name}.out"
    with out.open("w") as file, subprocess.Popen(
        interruptible(*arguments), cwd=folder, stdin=subprocess.PIPE, stdout=file, stderr=file, text=True
    ) as process:  # fmt: skip
        running = Running(process, out)
        try:
            found = re.search(ready, running.wait_for(ready))
            assert found
            running.port = int(found[1]) if found.groups() else 0
            yield running
        finally:
            process.kill()


@contextmanager
def csms(folder: Path, *options: str) -> Iterator[Running]:
    with started(
        folder,
        "csms",
        "emulate",
        "csms",
        "--listen",
        "127.0.0.1:0",
        *options,
        ready=r"listens on ws://127.0.0.1:(\d+)/",
    ) as running:
        yield running


def test_a_driver_charges_and_an_operator_asks(tmp_path: Path) -> None:
    with csms(tmp_path, "--password", PASSWORD) as back:
        url = f"ws://127.0.0.1:{back.port}/ocpp"
        with started(
            tmp_path, "station", "emulate", "station", "--connect", url, "--version", "ocpp2.1", "--password", PASSWORD,
            "--trace", "station.jsonl", ready="connects to",
        ) as station:  # fmt: skip
            station.wait_for("NotifyEventResponse|StatusNotificationResponse")
            station.type("plug")
            station.type("present")
            station.wait_for("AuthorizeResponse")
            station.type("state")
            station.wait_for(r"EVSE 1: Occupied, transaction \S+ Charging")
            station.type("plugg 1")
            station.wait_for("'plugg' is no command; help lists them")
            station.type("plug 9")
            station.wait_for("this station has no EVSE 9; it has 2")
            back.type("GetVariabels {}")
            back.wait_for("did you mean GetVariables")
            back.type('GetVariables {"getVariableData":[{"component":{"name":"EVSE"},"variable":{"name":"Nothing"}}]}')
            station.wait_for("GetVariablesResponse")
            back.wait_for("csms -> V2XCONFORM-1 .* GetVariablesRequest")
            back.type("list")
            back.wait_for("(?m)^V2XCONFORM-1$")
            station.type("unplug")
            station.wait_for("EVDisconnected|EVCommunicationLost")
            assert station.end() == 0
            back.wait_for("V2XCONFORM-1 -> csms .* closed the connection")
        assert back.end() == 0
    assert "Traceback" not in station.out.read_text() + back.out.read_text()
    names = [event.name for event in read_trace(tmp_path / "station.jsonl")]
    assert "TransactionEventRequest" in names and "GetVariablesResponse" in names
    assert re.search("0 connected, 1 connections in all", back.out.read_text())


def test_many_stations_in_one_process(tmp_path: Path) -> None:
    with csms(tmp_path) as back:
        url = f"ws://127.0.0.1:{back.port}/ocpp"
        with started(
            tmp_path, "fleet", "emulate", "station", "--connect", url, "--count", "25", "--identity", "CS", "--cycle", "4",
            ready="25 stations CS-1 … -25",
        ) as fleet:  # fmt: skip
            back.wait_for("more than 20 stations: messages are not shown any more")
            time.sleep(8)  # noqa: TID251 - the stations go through their cycles meanwhile
            assert fleet.end() == 0
            summary = fleet.out.read_text().splitlines()[-1]
        assert back.end() == 0
    found = re.match(
        r"25 connections of 25 stations, 25 booted; (\d+) calls answered within p50 [\d.]+ ms, p99 [\d.]+ ms, "
        r"\d+ calls of the CSMS; (\d+) transactions; failures: 0 refused, 0 lost, 0 CALLERRORs, 0 unreadable$",
        summary,
    )
    assert found, fleet.out.read_text()
    assert int(found[1]) > 100 and int(found[2]) >= 20
    assert re.search("0 connected, 25 connections in all, .* 0 unreadable", back.out.read_text())


def test_a_quirk_makes_a_csms_misbehave(tmp_path: Path) -> None:
    quirk = next(one.name for one in load_quirks("csms").values() if not one.tls.model_fields_set)
    with csms(tmp_path, "--quirk", quirk, "--trace", "csms.jsonl") as back:
        url = f"ws://127.0.0.1:{back.port}/ocpp"
        with started(tmp_path, "station", "emulate", "station", "--connect", url, ready="connects to"):
            back.wait_for("BootNotificationRequest")
        assert back.end() == 0
    assert any(event.name == "BootNotificationRequest" for event in read_trace(tmp_path / "csms.jsonl"))


def test_a_proxy_records_judges_and_reports(tmp_path: Path) -> None:
    (tmp_path / "bend.yaml").write_text("to_station: [{at: BootNotificationResponse, set: {interval: 77}}]\n")
    with csms(tmp_path) as back:
        with started(
            tmp_path, "proxy", "proxy", "ocpp", "--listen", "127.0.0.1:0", "--to", f"ws://127.0.0.1:{back.port}/ocpp",
            "--trace", "seen", "--bend", "bend.yaml", "--set", "setpoint 3500", ready=r"listens on 127.0.0.1:(\d+)",
        ) as proxy:  # fmt: skip
            url = f"ws://127.0.0.1:{proxy.port}/elsewhere"
            with started(tmp_path, "station", "emulate", "station", "--connect", url, ready="connects to") as station:
                station.wait_for('BootNotificationResponse .*"interval":77')
                proxy.wait_for("station -> proxy .*SetChargingProfileResponse")
                proxy.type("GetLocalListVersion")
                proxy.wait_for("station -> proxy .*GetLocalListVersionResponse")
                proxy.type("nonsense")
                proxy.wait_for("'nonsense' is no request here")
            code = proxy.end()
        back.end()
    assert code == 0, proxy.out.read_text()
    assert "SetChargingProfile" not in back.out.read_text(), "the answer to the proxy stays with the proxy"
    seen = tmp_path / "seen"
    assert {path.name for path in seen.iterdir()} == {
        "V2XCONFORM-1", "campaign.yaml", "manifest.json", "report.html", "results.jsonl",
    }  # fmt: skip
    results = [json.loads(line) for line in (seen / "results.jsonl").read_text().splitlines()]
    assert [(one["testcase"], one["verdict"]) for one in results] == [
        ("V2XCONFORM-1.station", "PASS"), ("V2XCONFORM-1.csms", "PASS"),
    ]  # fmt: skip
    done = subprocess.run(
        [PROGRAM, "report", "seen", "--open-ocpp-trace", "out.jsonl"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert re.search(r"out.jsonl: \d+ OCPP messages", done.stdout)
    shown = subprocess.run(
        [PROGRAM, "decode", "seen/V2XCONFORM-1/capture.pcapng"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert "SetChargingProfileRequest" in shown and "interval=77" in shown and "interval=300" in shown


@pytest.mark.parametrize("options, code", [([], 0), (["--quirk", "QUIRK"], 1)], ids=["good", "bad"])
def test_a_probe(tmp_path: Path, options: list[str], code: int) -> None:
    (tmp_path / "lax.yaml").write_text("role: csms\nname: lax\npolicy: {admission: {no_common_protocol: stay}}\n")
    own = ["--persona", "lax.yaml"] if options else []
    with csms(tmp_path, "--password", PASSWORD, *own) as back:
        done = subprocess.run(
            [PROGRAM, "probe", "ocpp", f"ws://127.0.0.1:{back.port}/ocpp", "--password", PASSWORD, "--json"],
            cwd=tmp_path, capture_output=True, text=True, timeout=120,
        )  # fmt: skip
    assert done.returncode == code, done.stderr + done.stdout
    lines = {line["what"]: line for line in json.loads(done.stdout)["lines"]}
    assert lines["offer ocpp2.1"]["seen"] == "accepted" and lines["permessage-deflate"]["verdict"] == "PASS"
    assert lines["wrong password"]["verdict"] == "PASS" and lines["BootNotification"]["seen"].startswith("Accepted")
    assert lines["only ocpp9.9 offered"]["verdict"] == ("FAIL" if code else "PASS")
