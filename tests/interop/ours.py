"""Our side of a session with josev: the commands of ``v2xconform emulate``, and what has to be true of our trace."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from v2xconform.judge.bench_judge import BenchJudge
from v2xconform.judge.context import Context
from v2xconform.judge.finding import Finding
from v2xconform.judge.session_facts import SessionFacts
from v2xconform.trace.events import Event
from v2xconform.trace.query import messages, response_code
from v2xconform.trace.store import read_trace

from .install import FOLDER, Installation
from .namespace import STATION, VEHICLE
from .scenarios import SCENARIOS, SERVICES, TRANSPORTS, Scenario
from .sessions import Outcome, with_josev_evcc, with_josev_secc

V2XCONFORM = (sys.executable, "-m", "v2xconform")
CHARGER = Path(__file__).parent / "personas" / "plain_meter_charger.yaml"
AT_A_TIME = 2  # sessions mostly wait for each other; the start of josev's JVM does not

Role = Literal["evcc", "secc"]


@dataclass(frozen=True)
class Played:
    """A session of one of our emulators with josev, as both sides wrote it down."""

    scenario: Scenario
    control: str
    ours: Role
    outcome: Outcome
    events: list[Event]

    @property
    def theirs(self) -> Role:
        """The role of josev."""
        return "secc" if self.ours == "evcc" else "evcc"

    def problems(self) -> Iterator[str]:
        """Say what is not as it has to be; nothing when the session went well."""
        if not self.outcome.completed or self.outcome.command_exit != 0:
            yield self.outcome.explain()
            return
        names = [event.name for event in messages(self.events)]
        logged = [message.name for message in self.outcome.messages]
        if names != logged:
            yield f"our trace and josev's log differ: {names[-5:]} ({len(names)}), {logged[-5:]} ({len(logged)})"
        stops = [response_code(event) for event in messages(self.events, name="SessionStopRes")]
        if stops != ["OK"]:
            yield f"SessionStopRes on our trace: {stops}"
        facts = SessionFacts()
        for event in self.events:
            facts.see(event)
        if (facts.service, facts.control_mode) != (self.scenario.service_id, self.control):
            yield f"service {facts.service} in control mode {facts.control_mode} instead of {self.scenario.service_id}"
        yield from self._security(facts)
        for finding in self.tester_faults():
            yield f"our own messages: [{finding.requirement}] {finding.text}"

    def _security(self, facts: SessionFacts) -> Iterator[str]:
        shown = [event for event in self.events if event.kind == "handshake" and event.name == "Certificate"]
        owners = {event.src for event in shown if event.body["chain"]}
        expected = ("TLSv1.3", {"evcc", "secc"}) if self.scenario.tls else ("", set())
        if (facts.tls_version, owners) != expected:
            yield f"TLS {facts.tls_version or 'none'} with certificates of {sorted(owners)}, not {expected}"

    def tester_faults(self) -> list[Finding]:
        """Return what the monitors hold against our own messages."""
        transport = "tls" if self.scenario.tls else "tcp"
        judge = BenchJudge(Context(self.theirs, transport=transport, tls_profile="iso15118-20-p256"))
        for event in self.events:
            judge.see(event)
        judge.end()
        return [finding for finding in judge.findings if finding.whose == "tester"]


def matrix() -> list[tuple[Scenario, str]]:
    """Return the eight scenarios with a control mode each: every service and both transports meet both modes."""
    return [
        (SCENARIOS[f"{service.lower()}-{transport}"], ("Scheduled", "Dynamic")[(row + column) % 2])
        for row, service in enumerate(SERVICES)
        for column, transport in enumerate(TRANSPORTS)
    ]


def play_all(ours: Role, folder: Path) -> list[Played]:
    """Play the matrix with our emulator in the role ``ours``, some sessions at a time."""

    def one(cell: tuple[Scenario, str]) -> Played:
        scenario, control = cell
        return play(ours, scenario, control, folder / scenario.name)

    with ThreadPoolExecutor(AT_A_TIME) as pool:
        return list(pool.map(one, matrix()))


def play(ours: Role, scenario: Scenario, control: str, folder: Path) -> Played:
    """Play one session; logs and our trace stay in ``folder``."""
    trace = folder / "trace.jsonl"
    if ours == "evcc":
        command = emulate("evcc", VEHICLE, scenario, control, trace, "--persona", "bench_ev")
        outcome = with_josev_secc(command, secc_env=scenario.secc_env, folder=folder)
    else:
        # josev shows its OEM provisioning certificate as the vehicle's; a strict charger of ours refuses that.
        options = ("--persona", str(CHARGER), *(("--lenient",) if scenario.tls else ()))
        command = emulate("secc", STATION, scenario, control, trace, *options)
        outcome = with_josev_evcc(
            command, config=scenario.evcc_config, evcc_env=scenario.evcc_env, folder=folder, until_closed=False
        )
    return Played(scenario, control, ours, outcome, list(read_trace(trace)) if trace.exists() else [])


def emulate(role: Role, interface: str, scenario: Scenario, control: str, trace: Path, *options: str) -> list[str]:
    """Return the command line of ``v2xconform emulate``."""
    command = [*V2XCONFORM, "emulate", role, "--iface", interface, "--service", scenario.service, "--control", control]
    return [*command, *options, *security(role, scenario.tls), "--trace", str(trace)]


def security(role: Role, tls: bool) -> list[str]:
    """Return the options for plain TCP, or for mutual TLS 1.3 with the credentials that josev trusts."""
    if not tls:
        return ["--tcp"]
    files = Installation(FOLDER).credentials["vehicle" if role == "evcc" else "station"]
    return ["--tls-profile", "iso15118-20-p256", *(part for name in files for part in (f"--{name}", files[name]))]
