"""Start a counterpart of OCPP, describe it as a system under test, and run a campaign of ours against it.

python -m tests.interop.ocpp.counterparts mobilityhouse csms 2.0.1 FOLDER [PATTERN ...]
"""

from __future__ import annotations

import contextlib
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import orjson
from ruamel.yaml import YAML

from .install import PEERS, install

V2XCONFORM = (sys.executable, "-m", "v2xconform")
IDENTITY = "LAB-STATION-1"
PASSWORD = "v2xconform-lab-0001"
READY_S = 30.0
LIMIT_S = 600.0

Library = Literal["mobilityhouse", "ocpp-rpc"]
Side = Literal["csms", "station"]


@dataclass(frozen=True)
class Counterpart:
    """One of them, with the ports that it uses."""

    library: Library
    side: Side
    version: str
    """2.0.1 or 2.1."""
    port: int
    """Where its CSMS listens, or where its station looks for one."""
    control: int
    """Port for stimuli (HTTP)."""

    @property
    def profile(self) -> str:
        """The profile that judges it."""
        return f"ocpp{self.version.replace('.', '')}-{self.side}"

    @property
    def command(self) -> list[str]:
        """How it is started."""
        found = install()
        url = f"ws://127.0.0.1:{self.port}/ocpp"
        own = [str(self.port), str(self.control)] if self.side == "csms" else [url, IDENTITY, str(self.control)]
        if self.library == "mobilityhouse":
            return [str(found.python), str(PEERS / f"mobilityhouse_{self.side}.py"), self.version, *own, PASSWORD]
        return [found.node, str(PEERS / f"rpc_{self.side}.js"), self.version, *own, PASSWORD]

    def describe(self, folder: Path) -> Path:
        """Write its SUT description and return the file."""
        if self.side == "csms":
            reach: dict[str, Any] = {"url": f"ws://127.0.0.1:{self.port}/ocpp"}
            stimuli = {"request": {"kind": "http", "text": f"http://127.0.0.1:{self.control}/request"}}
        else:
            reach = {"listen": f"127.0.0.1:{self.port}"}
            stimuli = {
                name: {"kind": "http", "text": f"http://127.0.0.1:{self.control}/{name}"}
                for name in ("plug", "authorize", "unplug")
            }
        sut = {
            "name": f"{self.library} {self.side} {self.version}",
            self.side: {**reach, "identity": IDENTITY, "password": PASSWORD, "security_profile": 1},
            "stimuli": stimuli,
            "tolerance_s": 4.0,
        }
        path = folder / "sut.yaml"
        with path.open("w", encoding="utf-8") as file:
            YAML(typ="safe", pure=True).dump(sut, file)
        return path


def counterpart(library: Library, side: Side, version: str) -> Counterpart:
    """Return a counterpart with ports that are free now."""
    with socket.socket() as one, socket.socket() as other:
        one.bind(("127.0.0.1", 0))
        other.bind(("127.0.0.1", 0))
        return Counterpart(library, side, version, one.getsockname()[1], other.getsockname()[1])


@contextlib.contextmanager
def running(peer: Counterpart, log: Path) -> Iterator[None]:
    """Hold a counterpart alive; what it prints goes to *log*. Raises RuntimeError when it does not start."""
    environment = {
        "NODE_PATH": str(install().modules / "node_modules"),
        "PATH": "/usr/bin:/bin",
        "PYTHONUNBUFFERED": "1",
    }
    process = subprocess.Popen(
        peer.command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, cwd=PEERS, env=environment, text=True
    )
    assert process.stdout is not None
    ready = threading.Event()

    def follow() -> None:
        assert process.stdout is not None
        with log.open("w", encoding="utf-8") as file:
            for line in process.stdout:
                file.write(line)
                file.flush()
                if line.strip() == "ready":
                    ready.set()

    reader = threading.Thread(target=follow, daemon=True)
    reader.start()
    try:
        if not ready.wait(READY_S):
            process.terminate()
            raise RuntimeError(f"{peer.library} {peer.side} did not start: {log.read_text(encoding='utf-8')[-500:]}")
        yield
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        reader.join(5)
        process.stdout.close()


@dataclass(frozen=True)
class Campaign:
    """What came of a campaign."""

    exit_code: int
    output: str
    run: Path | None
    results: list[dict[str, Any]]

    def judged_again(self) -> str:
        """Judge the stored run once more and return what the command says of changes."""
        assert self.run is not None, self.output
        done = subprocess.run([*V2XCONFORM, "judge", str(self.run)], capture_output=True, text=True)
        return (done.stdout.strip() or done.stderr.strip()).splitlines()[-1]


def campaign(library: Library, side: Side, version: str, folder: Path, patterns: Sequence[str]) -> Campaign:
    """Run some test cases (all without patterns) against a counterpart of its own."""
    folder.mkdir(parents=True, exist_ok=True)
    peer = counterpart(library, side, version)
    chosen = [part for pattern in patterns for part in ("--testcase", pattern)]
    command = [
        *V2XCONFORM,
        "run",
        peer.profile,
        "--sut",
        str(peer.describe(folder)),
        "--out",
        str(folder / "runs"),
        *chosen,
    ]
    with running(peer, folder / "peer.log"):
        done = subprocess.run(command, capture_output=True, text=True, timeout=LIMIT_S)
    runs = sorted((folder / "runs").glob("[0-9]*"))
    run = runs[-1] if runs else None
    lines = (run / "results.jsonl").read_bytes().splitlines() if run is not None else []
    return Campaign(done.returncode, done.stdout + done.stderr, run, [orjson.loads(line) for line in lines])


if __name__ == "__main__":
    outcome = campaign(sys.argv[1], sys.argv[2], sys.argv[3], Path(sys.argv[4]).resolve(), sys.argv[5:])  # type: ignore[arg-type]
    print(outcome.output)
    for result in outcome.results:
        for finding in result["findings"]:
            print(result["testcase"], finding["severity"], finding["whose"], finding["requirement"], finding["text"])
