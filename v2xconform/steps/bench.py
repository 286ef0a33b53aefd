"""The bench: one scenario's SUT, the tester's actor that faces it, the recorder and the judge. Given and When act here."""

import re
import traceback
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Literal

import anyio
from anyio.abc import TaskGroup, TaskStatus

from v2xconform.emulators.bends import Bend, BendError
from v2xconform.emulators.cast import Cast, EvccWishes, SeccWishes
from v2xconform.emulators.csms_actor import CsmsActor
from v2xconform.emulators.evcc_actor import EvccActor, NotReached, Wish
from v2xconform.emulators.quirks import find_quirks
from v2xconform.emulators.secc_actor import SeccActor
from v2xconform.judge.bench_judge import BenchJudge
from v2xconform.judge.context import Context
from v2xconform.judge.verdict import Inconclusive, StepOutcome
from v2xconform.lab.roles import FAMILY, face
from v2xconform.lab.sut import Reach, Stimulus, StimulusName, Sut
from v2xconform.lab.yaml_lines import LabError
from v2xconform.links.clock import real_clock
from v2xconform.links.errors import LinkError
from v2xconform.links.ip import IpNetwork
from v2xconform.links.memory import MemoryNetwork
from v2xconform.links.sdp import sdp_client
from v2xconform.links.stream import Network
from v2xconform.protocols.exi import ExiEncodeError
from v2xconform.steps.lab_thread import ClockKind, LabThread, watch_loop
from v2xconform.steps.look import CheckFailed, Look
from v2xconform.steps.observer import LiveTrace
from v2xconform.steps.ocpp_side import OcppSide
from v2xconform.steps.stimuli import stimulate
from v2xconform.trace.events import Event
from v2xconform.trace.recorder import Recorder

MOST_BYTES = 16 << 20
"""So much may a SUT send in one test case (a long session has some 100 kB); then it is cut off, and the run goes on."""
MOST_FAULTS = 5000
"""So many unreadable frames and payloads are recorded; 16 MiB of zeros would be two million of them."""
MOST_FRAMES = 20_000
"""So many messages and pings are recorded: each of them weighs a hundred times its bytes."""
_WEIGHT = {"message": 1, "frame": 1, "open": 10}
"""What counts as how many of them in OCPP: a connection is several events."""


@dataclass(frozen=True, slots=True)
class Setup:
    """What all scenarios of a run share."""

    sut: Sut
    context: Context
    tester_persona: str
    clock: ClockKind
    quirks: tuple[str, ...] = ()
    """Quirks of a self-hosted SUT, beside those of the description (selftest)."""
    sdp_port: int = 15118
    """UDP port of SDP in a self-hosted run on real sockets; OCPP uses the same number for TCP."""
    tester_ev: str = ""
    """Persona of the tester's EV where it is not the tester's persona itself: a charger has two faces."""

    @property
    def ev_persona(self) -> str:
        """Persona of the tester's EV."""
        return self.tester_ev or self.tester_persona


@dataclass(slots=True)
class Bench:
    """Use it as an async context manager on the loop of `thread`; steps get it as ``bench``."""

    setup: Setup
    thread: LabThread
    recorder: Recorder
    look: Look
    judge: BenchJudge
    evcc_wishes: EvccWishes = field(default_factory=EvccWishes)
    """What Given steps ask of the tester's EV."""
    secc_wishes: SeccWishes = field(default_factory=SeccWishes)
    """What Given steps ask of the tester's charger."""
    step_text: str = ""
    step_number: int = 0
    ev: EvccActor | None = None
    charger: SeccActor | None = None
    sut_actor: EvccActor | SeccActor | None = None
    """The SUT itself, where it is an emulator of ours."""
    _stack: AsyncExitStack = field(default_factory=AsyncExitStack)
    _group: TaskGroup | None = None
    _network: Network | None = None
    _sut_started: bool = False
    _listening: list[anyio.CancelScope] = field(default_factory=list)
    _heard: int = 0
    _faults: int = 0
    _frames: int = 0
    flood: str = ""
    """Why the SUT was cut off, empty while it was not."""
    _evs: list[EvccActor] = field(default_factory=list)
    """All EVs of the scenario, the SUT's too."""
    ocpp: OcppSide = field(init=False)
    """Station and CSMS of the scenario."""

    def __post_init__(self) -> None:
        self.ocpp = OcppSide(self)

    # ---- life

    async def __aenter__(self) -> "Bench":
        self._group = await self._stack.enter_async_context(anyio.create_task_group())
        if self.setup.clock == "real":
            self._group.start_soon(watch_loop, self.recorder)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, value: BaseException | None, traceback: TracebackType | None
    ) -> bool | None:
        await self.ocpp.close()
        if self.ev is not None:
            # Shielded: when a task of the scenario broke, this one is cancelled; the loop of the run has to survive that.
            with anyio.move_on_after(5.0, shield=True):
                await self.ev.close()
        self.group.cancel_scope.cancel()
        try:
            return await self._stack.__aexit__(kind, value, traceback)
        finally:
            for ev in self._evs:
                if ev._inbox is not None:  # its pump is over only now; an open end would be reported as a leak
                    ev._inbox.close()

    @property
    def group(self) -> TaskGroup:
        """Task group of the scenario: what is started here ends with it."""
        assert self._group is not None, "the bench is not entered"
        return self._group

    def utc(self) -> float:
        """Wall-clock seconds since 1970 at this instant of the trace."""
        return self.recorder.began.timestamp() + self.recorder.now()

    @property
    def network(self) -> Network:
        """The network that tester and SUT share; made on first use. Raises LinkUnavailable."""
        if self._network is None:
            reach = self.setup.sut.reach(self.setup.context.sut)
            if self.setup.sut.emulator is None:
                self._network = IpNetwork((reach.interface if reach else "") or None)
            else:
                self._network = MemoryNetwork() if self.setup.clock == "virtual" else IpNetwork(None)
        return self._network

    @property
    def reach(self) -> Reach:
        """How the SUT is reached on the cable."""
        role = face(self.setup.context.sut, "v2g")
        reach = self.setup.sut.reach(role) if role is not None else None
        if reach is None:
            reach = Reach(sdp_port=self.setup.sdp_port)
        return reach

    @property
    def cast(self) -> Cast:
        """Makes actors for this bench."""
        return Cast(self.network, self.utc, self.reach, testing=True)

    def guard(self, event: Event) -> None:
        """Count what the SUT sends, and end the talk when it floods: its bytes must not fill memory and disk."""
        if event.src != self.look.sut or self.flood:
            return
        if event.kind == "bytes" and event.layer in ("tcp", "udp"):
            self._heard += len(event.raw or b"")
        self._faults += event.kind in ("fault", "undecodable")
        self._frames += _WEIGHT.get(event.kind, 0) if FAMILY[self.setup.context.sut] == "ocpp" else 0
        if self._heard > MOST_BYTES or self._faults > MOST_FAULTS or self._frames > MOST_FRAMES:
            much = f"{self._heard / 2**20:.1f} MiB with {self._faults} unreadable frames"
            if self._frames > MOST_FRAMES:
                much = f"{self._frames} messages and pings, or a tenth as many connections"
            self.flood = f"the {self.look.party} sent {much} in one test case and was cut off"
            self.recorder.add(kind="note", layer="lab", name=self.flood, src="tester")
            for scope in self._listening:
                scope.cancel()  # not the group: its host task still has to wait for the end of the scenario
            if isinstance(self.look.trace, LiveTrace):
                self.look.trace.over = True

    # ---- the system under test

    async def start_sut(self) -> None:
        """Bring the SUT into the state in which a session can begin: start our emulator, or plug the device in."""
        if self._sut_started:
            return
        self._sut_started = True
        emulator, role = self.setup.sut.emulator, self.setup.context.sut
        if FAMILY[role] == "ocpp":
            await self.ocpp.start_sut()
            return
        if emulator is None:
            await self.stimulus("plug")
            return
        quirks = find_quirks(role, [*emulator.quirks, *self.setup.quirks])
        if role == "secc":
            actor = self.cast.secc(emulator.persona, SeccWishes(), quirks=quirks, recorder=None)
            self.sut_actor = actor
            await self.group.start(actor.serve)
        else:
            self.recorder.add(kind="stimulus", layer="lab", name="plug", src="tester", dst="evcc")
            ev = self.cast.evcc(emulator.persona, EvccWishes(mode=self.secc_wishes.mode), quirks=quirks, recorder=None)
            self._evs.append(ev)
            self.sut_actor = ev
            self.group.start_soon(ev.run)

    async def stimulus(self, name: StimulusName, **facts: Any) -> None:
        """Make the SUT do something outside the protocol, as its description says. Raises Inconclusive."""
        how = self.setup.sut.stimuli.get(name, Stimulus(kind="none"))
        event = {"kind": how.kind, "text": how.text, **({"facts": facts} if facts else {})}
        self.recorder.add(kind="stimulus", layer="lab", name=name, src="tester", dst=self.setup.context.sut, body=event)
        problem = await stimulate(how, facts)
        if problem:
            raise Inconclusive(f"stimulus {name}: {problem}")

    async def tell(self, wish: Wish) -> None:
        """Tell the SUT what its driver or operator wants: our emulator at once, a device by its stimulus. Inconclusive."""
        if self.sut_actor is None:
            if wish not in self.setup.sut.stimuli:
                raise Inconclusive(f"the description of the SUT has no stimulus {wish!r}")
            await self.stimulus(wish)
            return
        body = {"kind": "emulator", "text": ""}
        self.recorder.add(
            kind="stimulus", layer="lab", name=wish, src="tester", dst=self.setup.context.sut, body=body
        )  # fmt: skip
        self.sut_actor.wish(wish)

    # ---- the tester's side

    def new_ev(self) -> EvccActor:
        """Make the tester's EV as the Given steps wished; it is not connected yet."""
        self.ev = self.cast.evcc(self.setup.ev_persona, self.evcc_wishes, quirks=(), recorder=self.recorder)
        self._evs.append(self.ev)
        self.ev.place = replace(self.ev.place, patience_s=self.setup.sut.sdp_patience_s)
        return self.ev

    async def connected_ev(self) -> EvccActor:
        """Return the tester's EV with an open connection. Raises NotReached, LinkError."""
        if self.ev is None or self.ev.channel is None:
            await self.start_sut()
            ev = self.new_ev()
            await ev.connect()
            self.group.start_soon(self._pump, ev)
        assert self.ev is not None
        return self.ev

    async def _pump(self, ev: EvccActor) -> None:
        with anyio.CancelScope() as scope:
            self._listening.append(scope)
            await ev.pump()

    async def listen(self, run: Callable[[], Awaitable[None]]) -> None:
        """Play an actor of the tester until it is over, or the SUT is cut off."""
        with anyio.CancelScope() as scope:
            self._listening.append(scope)
            await run()

    async def serve(
        self, server: SeccActor | CsmsActor, *, task_status: TaskStatus[None] = anyio.TASK_STATUS_IGNORED
    ) -> None:
        with anyio.CancelScope() as scope:
            self._listening.append(scope)
            await server.serve(task_status=task_status)

    async def try_to_connect(self) -> None:
        """Connect and send the first message, whatever comes of it: TLS 1.3 refuses a client after its handshake."""
        try:
            ev = await self.connected_ev()
            await ev.send_due()
            await ev.settle()
        except (NotReached, LinkError):
            pass  # what happened is on the trace; Then steps judge it

    async def another_ev(self) -> None:
        """Leave the session as it is and begin a new one with a new EV."""
        if self.ev is not None:
            await self.ev.close()
        self.ev = None
        await self.connected_ev()

    async def say_nothing(self) -> None:
        """Let the EV fall silent where it stands."""
        ev = await self.connected_ev()
        await ev.settle()
        if ev.end:
            raise NotReached(f"the EV could not fall silent: {ev.end}")
        self.recorder.add(kind="stimulus", layer="lab", name="silence", src=self.setup.context.tester)

    async def send_sdp(self, data: bytes) -> None:
        """Send a datagram to the charger's SDP port and keep listening for an answer."""
        reach = self.reach
        end = await sdp_client(
            self.network, recorder=self.recorder, target=reach.sdp_address or None, port=reach.sdp_port
        )
        await end.send_bytes(data)

        async def listen() -> None:
            async with end:
                while True:
                    await end.receive()

        self.group.start_soon(listen)

    async def open_charger(self) -> SeccActor:
        """Start the tester's charger as the Given steps wished. Raises LinkUnavailable."""
        if self.charger is None:
            self.charger = self.cast.secc(
                self.setup.tester_persona, self.secc_wishes, quirks=(), recorder=self.recorder
            )
            await self.group.start(self.serve, self.charger)
        return self.charger

    async def session_over(self) -> None:
        """Wait until the car has closed its connection, or gave up before it opened one."""
        trace, patience = self.look.trace, self.setup.sut.session_patience_s
        opened = await trace.first(
            lambda e: e.kind == "open" and e.name == "accepted", 0, self.recorder.now() + patience
        )
        if opened is None:
            return
        limit = self.recorder.now() + patience + 600.0
        await trace.first(lambda e: e.kind == "close" and e.layer == "tcp", opened.id, limit)

    async def conclude(self) -> None:
        """Let the monitors say what was left open, and close the trace. Call it after leaving the bench."""
        last = self.recorder.add(kind="note", layer="lab", name="end of the test case", src="tester")
        for finding in self.judge.end(last):
            self.recorder.add(
                kind="finding", layer="judge", name=finding.requirement, src="tester", body=finding.to_json(),
                ref={"events": list(finding.events)},
            )  # fmt: skip
        self.recorder.close()

    # ---- running steps

    def run_step(self, kind: str, function: Callable[..., Awaitable[None]], arguments: dict[str, Any]) -> None:
        """Run one step on the loop and write it into the trace with its outcome."""
        self.step_number += 1
        self.thread.run(self._run_step, kind, function, arguments)

    async def _run_step(self, kind: str, function: Callable[..., Awaitable[None]], arguments: dict[str, Any]) -> None:
        self.look.cursor = self._step_event(kind, "started", "").id
        try:
            await _as_outcome(function, self, arguments)
        except Exception as error:
            outcome, reason = outcome_of(error)
            self._step_event(kind, outcome, reason)
            raise
        self._step_event(kind, "passed", "")

    def _step_event(self, kind: str, outcome: str, reason: str) -> Event:
        body = {"number": self.step_number, "kind": kind, "outcome": outcome, "reason": reason}
        return self.recorder.add(kind="step", layer="step", name=self.step_text, src="tester", body=body)


async def _as_outcome(function: Callable[..., Awaitable[None]], bench: Bench, arguments: dict[str, Any]) -> None:
    """Run a step; what the SUT or the way to it did wrong becomes Inconclusive, the lab's own faults stay errors."""
    try:
        try:
            await function(bench, **arguments)
        except BaseExceptionGroup as group:
            raise _only(group) from None
    except Inconclusive as error:
        raise Inconclusive(f"{bench.flood}; {error}" if bench.flood else str(error)) from None
    except NotReached as error:
        raise Inconclusive(bench.flood or str(error)) from None
    except LinkError as error:
        if error.reason in ("port-in-use", "interface", "no-ipv6", "no-link-local", "permission"):
            raise LabError(str(error)) from None
        raise Inconclusive(str(error)) from None
    except BendError as error:
        raise LabError(str(error)) from None
    except ExiEncodeError as error:
        raise LabError(f"the tester cannot encode its own message: {error}") from None


def _only(error: BaseException) -> BaseException:
    """Return what a task group has wrapped: the one thing that went wrong in one of its tasks."""
    while isinstance(error, BaseExceptionGroup) and len(error.exceptions) == 1:
        error = error.exceptions[0]
    return error


def outcome_of(error: BaseException) -> tuple[StepOutcome, str]:
    """Return the outcome of a step that raised, and its reason in one line; a bug of ours comes with its place."""
    error = _only(error)
    reason = re.sub(r"\s+", " ", str(error)).strip() or type(error).__name__
    if isinstance(error, CheckFailed):
        return "failed", reason
    if isinstance(error, Inconclusive):
        return "inconclusive", reason
    if isinstance(error, LabError):
        return "error", reason
    places = traceback.extract_tb(error.__traceback__)
    place = f" ({Path(places[-1].filename).name}:{places[-1].lineno})" if places else ""
    return "error", f"{type(error).__name__}: {reason}{place}"


def new_bench(
    setup: Setup,
    thread: LabThread,
    path: Path | None,
    requirements: tuple[str, ...],
    severity: Literal["MUST", "SHOULD"],
    began: datetime | None = None,
) -> Bench:
    """Return a bench with its recorder, monitors and trace file. Call it on the loop of `thread`."""
    recorder = Recorder(real_clock if setup.clock == "real" else anyio.current_time, path, began or datetime.now(UTC))
    judge = BenchJudge(setup.context)

    def write_findings(event: Event) -> None:
        for finding in judge.see(event):
            body = finding.to_json()
            recorder.add(
                kind="finding", layer="judge", name=finding.requirement, src="tester", body=body,
                ref={"events": list(finding.events)},
            )  # fmt: skip

    recorder.subscribe(write_findings)

    def write_check(body: dict[str, Any], text: str) -> None:
        recorder.add(kind="check", layer="judge", name=text, src="tester", body=body, ref={"events": body["events"]})

    look = Look(LiveTrace(recorder), judge.context, requirements, severity, write_check)
    bench = Bench(setup, thread, recorder, look, judge)
    recorder.subscribe(bench.guard)
    return bench


def bend_of(at: str, **changes: Any) -> Bend:
    """Return a bend for a step; a mistake in it is the feature file's."""
    return Bend(at=at, **changes)
