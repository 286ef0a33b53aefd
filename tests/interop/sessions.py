"""Whole sessions with josev, each in a namespace of its own, seen from outside.

with_josev_secc  josev is the station on v0; a command of ours is the vehicle on v1
with_josev_evcc  a command of ours is the station on v0; josev is the vehicle on v1
josev_pair       both are josev: proves that the harness works

Our command finds its interface in V2X_IFACE and its credentials in V2X_CHAIN, V2X_KEY and V2X_TRUST (PEM files). All
functions return an Outcome; the files (logs, josev's configuration) stay in ``folder`` when one is given.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from .install import FOLDER, Installation, install
from .josev import POLL, SECC_CONNECTED, SECC_ENDED, START_LIMIT, JosevError, JosevEvcc, JosevProcess, JosevSecc, Logged
from .namespace import PACKAGE, STATION, VEHICLE, run_in_namespace, udp_port_is_bound

Order = Mapping[str, Any]  # what the outer process asks of the inner one, as JSON

SDP_PORT = 15118
TIMEOUT = 120.0  # s for one session with start and end; 12 s on an idle machine
LAST_LINES = 1.0  # s that josev gets to write the end of its log
INTERRUPT_LIMIT = 15.0  # s for our station to end after SIGINT


@dataclass(frozen=True)
class Outcome:
    """What came of a session."""

    completed: bool
    """josev sent or received SessionStopRes with OK."""
    messages: list[Logged]
    """As josev logged them."""
    complaints: str
    """The last lines of josev's log that tell of a failure."""
    josev_log: str
    command_exit: int | None = None
    """Exit code of our command; None when it had to be killed."""
    command_output: str = ""
    """Standard output and standard error of our command."""
    seconds: dict[str, float] = field(default_factory=dict)
    """How long the start of josev ("ready"), the session ("session") and all together ("total") took."""

    def explain(self) -> str:
        """Say in a few lines what happened; for the message of an assertion."""
        return (
            f"completed: {self.completed}, exit code of our command: {self.command_exit}, {len(self.messages)} messages"
            f", last: {', '.join(map(str, self.messages[-3:]))}\njosev:\n{self.complaints or '(no complaints)'}\n"
            f"our command:\n{self.command_output[-3000:] or '(no output)'}"
        )


def with_josev_secc(
    command: Sequence[str],
    *,
    secc_env: Mapping[str, str],
    env: Mapping[str, str] | None = None,
    timeout: float = TIMEOUT,
    folder: Path | None = None,
) -> Outcome:
    """Run ``command``, our vehicle, against josev's station; ``env`` adds variables for the command."""
    order = {"command": list(command), "secc_env": dict(secc_env), "env": dict(env or {})}
    return _run("with-secc", order, timeout, folder)


def with_josev_evcc(
    command: Sequence[str],
    *,
    config: Mapping[str, object],
    evcc_env: Mapping[str, str] | None = None,
    env: Mapping[str, str] | None = None,
    ready: str | None = None,
    until_closed: bool = True,
    timeout: float = TIMEOUT,
    folder: Path | None = None,
) -> Outcome:
    """Run josev's vehicle against ``command``, our station, which is ended with SIGINT afterwards.

    josev starts when the station has bound UDP port 15118 or, when ``ready`` is given, has printed that text.
    ``evcc_env`` are variables for josev, ``env`` for the command. ``until_closed=False`` saves the five seconds that
    josev waits after SessionStopRes before it closes TCP.
    """
    order: dict[str, Any] = {"command": list(command), "config": dict(config), "evcc_env": dict(evcc_env or {})}
    order |= {"env": dict(env or {}), "ready": ready, "until_closed": until_closed}
    return _run("with-evcc", order, timeout, folder)


def josev_pair(
    *,
    secc_env: Mapping[str, str],
    config: Mapping[str, object],
    evcc_env: Mapping[str, str] | None = None,
    until_closed: bool = True,
    timeout: float = TIMEOUT,
    folder: Path | None = None,
) -> Outcome:
    """Run josev's vehicle against josev's station; the Outcome is the vehicle's."""
    order = {"secc_env": dict(secc_env), "config": dict(config), "evcc_env": dict(evcc_env or {})}
    return _run("pair", order | {"until_closed": until_closed}, timeout, folder)


def _run(kind: str, order: Order, timeout: float, folder: Path | None) -> Outcome:
    install()
    place: AbstractContextManager[str] = (
        tempfile.TemporaryDirectory(prefix="josev-") if folder is None else nullcontext(str(folder))
    )
    begin = time.monotonic()
    with place as name:
        path = Path(name).resolve()
        path.mkdir(parents=True, exist_ok=True)
        (path / "order.json").write_text(json.dumps({**order, "timeout": timeout}), encoding="utf-8")
        (path / "outcome.json").unlink(missing_ok=True)
        argv = [sys.executable, "-m", f"{PACKAGE}.sessions", kind, str(path)]
        done = run_in_namespace(argv, timeout=2 * (timeout + START_LIMIT) + INTERRUPT_LIMIT)
        if not (path / "outcome.json").exists():
            raise JosevError(f"no outcome of {kind}: {(done.stderr or done.stdout).strip()[-2000:]}")
        fields = json.loads((path / "outcome.json").read_text(encoding="utf-8"))
    outcome = Outcome(**{**fields, "messages": [Logged(**message) for message in fields["messages"]]})
    outcome.seconds["total"] = round(time.monotonic() - begin, 2)
    return outcome


# ---------------------------------------------------------------- inside the namespace


def _with_secc(order: Order, folder: Path) -> Outcome:
    with JosevSecc(STATION, folder, settings=order["secc_env"]) as secc:
        begin = time.monotonic()
        with (folder / "command.log").open("wb") as log:
            vehicle = _start_command(order, log.fileno(), VEHICLE, "vehicle")
            try:
                code: int | None = vehicle.wait(order["timeout"])
            except subprocess.TimeoutExpired:
                code = None
                vehicle.kill()
                vehicle.wait()
        seconds = {"ready": secc.ready_after, "session": time.monotonic() - begin}
        if SECC_CONNECTED in secc.log:  # our vehicle may be gone before josev has written why the session ended
            secc.wait_for((SECC_ENDED,), LAST_LINES)
    return _outcome(secc, seconds, code, folder)


def _with_evcc(order: Order, folder: Path) -> Outcome:
    output = folder / "command.log"
    ready = order["ready"]

    def is_ready() -> bool:
        return udp_port_is_bound(SDP_PORT) if ready is None else str(ready) in output.read_text(errors="replace")

    with output.open("wb") as log:
        station = _start_command(order, log.fileno(), STATION, "station")
        try:
            _wait_for_station(station, is_ready, output, order["timeout"])
            evcc, seconds = _drive(order, folder)
        finally:
            code = _interrupt(station)
    return _outcome(evcc, seconds, code, folder)


def _pair(order: Order, folder: Path) -> Outcome:
    with JosevSecc(STATION, folder, settings=order["secc_env"]) as secc:
        evcc, seconds = _drive(order, folder)
    return _outcome(evcc, {**seconds, "ready": secc.ready_after}, None, folder)


def _drive(order: Order, folder: Path) -> tuple[JosevEvcc, dict[str, float]]:
    config, settings = order["config"], order["evcc_env"]
    with JosevEvcc(VEHICLE, folder, config=config, settings=settings) as evcc:
        begin = time.monotonic()
        evcc.wait(order["timeout"], until_closed=order["until_closed"])
    return evcc, {"ready": evcc.ready_after, "session": time.monotonic() - begin}


def _start_command(order: Order, log: int, interface: str, side: str) -> subprocess.Popen[bytes]:
    credentials = {f"V2X_{name.upper()}": path for name, path in Installation(FOLDER).credentials[side].items()}
    environment = {**os.environ, "V2X_IFACE": interface, **credentials, **order["env"]}
    return subprocess.Popen(
        order["command"], env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT
    )


def _wait_for_station(
    station: subprocess.Popen[bytes], is_ready: Callable[[], bool], output: Path, limit: float
) -> None:
    deadline = time.monotonic() + limit
    while not is_ready():
        try:
            code: int | None = station.wait(POLL)
        except subprocess.TimeoutExpired:
            code = None
        if code is not None or time.monotonic() > deadline:
            state = f"still not after {limit:g} s" if code is None else f"it ended with exit code {code}"
            said = output.read_text(encoding="utf-8", errors="replace").strip()[-2000:]
            raise JosevError(f"our station is not ready ({state}): {said or 'no output'}")


def _interrupt(station: subprocess.Popen[bytes]) -> int | None:
    if station.poll() is None:
        station.send_signal(signal.SIGINT)
    try:
        return station.wait(INTERRUPT_LIMIT)
    except subprocess.TimeoutExpired:
        station.kill()
        station.wait()
        return None


def _outcome(josev: JosevProcess, seconds: Mapping[str, float], code: int | None, folder: Path) -> Outcome:
    output = folder / "command.log"
    return Outcome(
        completed=josev.completed,
        messages=josev.messages(),
        complaints=josev.complaints(),
        josev_log=josev.log,
        command_exit=code,
        command_output=output.read_text(encoding="utf-8", errors="replace") if output.exists() else "",
        seconds={name: round(value, 2) for name, value in seconds.items()},
    )


KINDS = {"with-secc": _with_secc, "with-evcc": _with_evcc, "pair": _pair}


def main(kind: str, folder: Path) -> int:
    """Play one session in this namespace as ``order.json`` in ``folder`` says; write ``outcome.json``."""
    order = json.loads((folder / "order.json").read_text(encoding="utf-8"))
    try:
        outcome = KINDS[kind](order, folder)
    except (JosevError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    (folder / "outcome.json").write_text(json.dumps(asdict(outcome)), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], Path(sys.argv[2])))
