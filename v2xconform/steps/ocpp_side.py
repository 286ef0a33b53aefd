"""The OCPP side of the bench: the station and the CSMS of a scenario, one of them the SUT, the other one the tester's."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Any, cast

import anyio

from v2xconform.emulators.cast import SeccWishes
from v2xconform.emulators.charger_actor import Coupling, serve
from v2xconform.emulators.csms_actor import Conversation, CsmsActor, Door
from v2xconform.emulators.ocpp_cast import OcppCast, OcppWishes
from v2xconform.emulators.quirks import Quirk, find_quirks
from v2xconform.emulators.station.evse import Evse
from v2xconform.emulators.station_actor import StationActor
from v2xconform.judge.context import DELIBERATE
from v2xconform.judge.verdict import Inconclusive
from v2xconform.lab.sut import OcppReach, StimulusName
from v2xconform.lab.yaml_lines import LabError
from v2xconform.links.addresses import split_address
from v2xconform.links.ocpp import OcppChannel
from v2xconform.links.websocket import Ended
from v2xconform.links.websocket_opening import WebSocketRefused
from v2xconform.protocols.ocpp import Version, ends_connection, frames, is_ocpp, rules, schemas
from v2xconform.protocols.ocpp.frames import Frame
from v2xconform.protocols.ocpp.rpc import OnResult
from v2xconform.steps.ocpp_values import filled, pixit
from v2xconform.steps.stimuli import unsaid_by
from v2xconform.trace.events import Event

if TYPE_CHECKING:
    from v2xconform.steps.bench import Bench

_MEMORY_HOST = "csms.lab"
_MEMORY_PORT = 9000
_PATIENCE_S = 60.0
"""How long a request of the tester may wait for its turn."""

_CALM_S = {"real": 1.0, "virtual": 4.0}
"""Clock -> after a deed of a driver nobody does anything before both sides have been silent for so long …"""
_CALM_TRIES = 5
"""… or have gone on talking for so many times as long."""
_CALM_MOST = 200
_BACKGROUND = frozenset({
    "HeartbeatRequest", "MeterValuesRequest", "SecurityEventNotificationRequest", "DataTransferRequest",
})  # fmt: skip
_ANSWERED_S = 6.0
"""So long an answer is waited for before somebody goes on."""


def matters(event: Event) -> bool:
    """Tell whether an event may be the effect of a deed: what comes in any case, time and again, is none."""
    if event.kind != "message" or not is_ocpp(event.layer):
        return event.kind in ("handshake", "close")
    if (
        event.ref.get("rpc", {}).get("type") != frames.CALL
        or event.name in _BACKGROUND
        or not isinstance(event.body, dict)
    ):
        return False
    if event.name == "NotifyEventRequest":
        return any(
            one.get("variable", {}).get("name") == "AvailabilityState" for one in event.body.get("eventData", ())
        )
    return not str(event.body.get("triggerReason", "")).startswith("MeterValue")


def unanswered(events: Sequence[Event], since: float) -> bool:
    """Tell whether a request that was sent after an instant of the trace still waits for its answer."""
    answered: set[int] = set()
    for event in reversed(events):
        if event.seconds < since or ends_connection(event.layer, event.kind):
            return False
        if event.kind != "message" or not is_ocpp(event.layer):
            continue
        answered.add(event.ref.get("answers", 0))
        if (
            event.ref.get("rpc", {}).get("type") == frames.CALL
            and event.id not in answered
            and event.note != DELIBERATE
        ):
            return True
    return False


def scheme_of(profile: int) -> str:
    """Return the URL scheme of a security profile."""
    return "wss" if profile in (2, 3) else "ws"


@dataclass(slots=True)
class OcppSide:
    """Use it as ``bench.ocpp``. A station and a CSMS exist once `start_station` and `start_csms` have been called."""

    bench: "Bench"
    station_wishes: OcppWishes = field(default_factory=OcppWishes)
    """What Given steps ask of the tester's station."""
    csms_wishes: OcppWishes = field(default_factory=OcppWishes)
    """What Given steps ask of the tester's CSMS."""
    station: StationActor | None = None
    """The tester's station, or the SUT where it is an emulator of ours."""
    csms: CsmsActor | None = None
    """The tester's CSMS, or the SUT where it is an emulator of ours."""
    cable: Coupling | None = None
    """What is between the two faces of the charger under test, where it is an emulator of ours."""
    security_profile: int | None = None
    """Security profile that a Given step has chosen; only where the SUT is an emulator of ours."""
    second_profile: int | None = None
    """That of the second address of a CSMS under test, where it is an emulator of ours."""
    knocked: OcppChannel | None = None
    """The connection that `knock` has opened last."""
    former_values: dict[tuple[str, str, str], tuple[dict[str, Any], str]] = field(default_factory=dict)
    """Component, variable and instance -> how to name it, and the value that it had before the test case has set it."""
    _started: bool = False

    # ---- facts

    @property
    def is_kept(self) -> bool:
        """Whether the station under test is a real one, which the next test case meets as this one leaves it."""
        return self.sut_is_station and self.bench.setup.sut.emulator is None

    @property
    def version(self) -> Version:
        """The version under test."""
        return cast(Version, self.bench.setup.context.protocol)

    @property
    def reach(self) -> OcppReach:
        """How the SUT is reached."""
        reach = self.bench.setup.sut.ocpp_reach(self.bench.setup.context.sut) or OcppReach()
        if self.security_profile is None:
            return reach
        return reach.model_copy(update={"security_profile": self.security_profile})

    @property
    def sut_is_station(self) -> bool:
        """Whether the station is under test, else the CSMS is."""
        return self.bench.setup.context.sut == "station"

    @property
    def identity(self) -> str:
        """Identity of the station."""
        return self.reach.identity

    @property
    def _cast(self) -> OcppCast:
        return OcppCast(self.bench.network, self.bench.utc, self.version, self.reach)

    def _where(self) -> tuple[str | None, int]:
        """Return host and port at which the CSMS of a self-hosted scenario listens."""
        if self.bench.setup.clock == "virtual":
            return _MEMORY_HOST, _MEMORY_PORT
        return "127.0.0.1", self.bench.setup.sdp_port

    # ---- starting

    async def start(self) -> None:
        """Start both sides, the CSMS first; call it as often as you like. Raises Inconclusive, LinkError."""
        if self._started:
            return
        self._started = True
        if self.sut_is_station:
            await self._start_csms(None)
            await self.bench.start_sut()
        else:
            await self.bench.start_sut()
            self._start_station(None)

    async def start_sut(self) -> None:
        """Start the SUT where it is an emulator of ours; a real station is plugged in or powered by a stimulus."""
        emulator = self.bench.setup.sut.emulator
        if emulator is None:
            if self.sut_is_station and "power-cycle" in self.bench.setup.sut.stimuli:
                await self.bench.stimulus("power-cycle", identity=self.identity)
            return
        quirks = find_quirks(self.bench.setup.context.sut, [*emulator.quirks, *self.bench.setup.quirks])
        if self.sut_is_station:
            self._start_station(quirks)
        else:
            await self._start_csms(quirks)

    async def _start_csms(self, quirks: list[Quirk] | None) -> None:
        """Start our CSMS: with quirks it is the SUT, without (None) the tester's."""
        emulator = self.bench.setup.sut.emulator
        if quirks is None:
            host, port = split_address(self.reach.listen) if self.reach.listen else self._where()
            persona, recorder, wishes = self.bench.setup.tester_persona, self.bench.recorder, self.csms_wishes
        else:
            assert emulator is not None, "only an emulator has quirks"
            host, port = self._where()
            persona, recorder, wishes = emulator.persona, None, OcppWishes()
        self.csms = self._cast.csms(persona, host, port, wishes, quirks=quirks or (), recorder=recorder)
        if quirks is None:
            self.csms.csms.authorization.know_pixit(self.bench.look.context.pixit)
        if quirks is None:
            self.csms.odd_answers.extend(wishes.answers)
            await self.bench.group.start(self.bench.serve, self.csms)
        else:
            await self.bench.group.start(self.csms.serve)
            if self.second_profile is not None:
                await self.open_second(self.second_profile, quirks=quirks)

    async def open_second(
        self, profile: int, *, credential: str = "", wishes: OcppWishes | None = None, quirks: Sequence[Quirk] = ()
    ) -> Door:  # fmt: skip
        """Let our CSMS listen at a second address, one port further. Raises LinkError."""
        assert self.csms is not None, "start() comes first"
        strict = self.csms.recorder is None
        door = self._cast.door(
            self.csms.port + 1, profile, wishes or OcppWishes(), quirks=quirks, strict=strict, credential=credential
        )
        await self.csms.open_door(door)
        return door

    def second_url(self, profile: int) -> str:
        """Where a CSMS of ours has its second address."""
        host, port = self._where()
        return f"{scheme_of(profile)}://{host}:{port + 1}/ocpp"

    @property
    def url(self) -> str:
        """Where the CSMS is."""
        return self._url

    @property
    def _url(self) -> str:
        host, port = self._where()
        return self.reach.url or f"{scheme_of(self.reach.security_profile)}://{host}:{port}/ocpp"

    def _start_station(self, quirks: list[Quirk] | None) -> None:
        emulator = self.bench.setup.sut.emulator
        if quirks is None:
            persona, recorder, wishes = self.bench.setup.tester_persona, self.bench.recorder, self.station_wishes
            if self.bench.setup.clock == "real":
                wishes.persona.setdefault("boot_s", 0.1)  # who waits for a CSMS does not wait for our boot as well
        else:
            assert emulator is not None, "only an emulator has quirks"
            persona, recorder, wishes = emulator.persona, None, OcppWishes()
        self.station = self._cast.station(persona, self._url, wishes, quirks=quirks or (), recorder=recorder)
        if quirks is None:
            self.bench.group.start_soon(self.bench.listen, self.station.run)
        else:
            self.bench.group.start_soon(self.station.run)

    async def knock(self, tls: Mapping[str, Any] | None = None, **changes: Any) -> None:
        """Open one more connection to the CSMS under test, as a station without a life of its own.

        `changes` are those of the attempt (`Dial`): subprotocols, identity, authorization, deflate; `tls` are wishes for the
        TLS of this connection (`ocpp_tls.Manner`). What comes of it is on
        the trace; `knocked` is the connection, if there is one. Raises LinkError where nothing listens.
        """
        wishes = OcppWishes(policy={"connection": {"accepts_no_subprotocol": True}}, tls=dict(tls or {}))
        actor = self._cast.station(
            self.bench.setup.tester_persona, self._url, wishes, quirks=(), recorder=self.bench.recorder
        )  # fmt: skip
        actor.station.connection.start(anyio.current_time())
        assert actor.station.connection.dial is not None, "a connection that starts wants an attempt"
        self.knocked = None
        try:
            websocket = await actor.open(replace(actor.station.connection.dial, **changes))
        except WebSocketRefused:
            return
        self.knocked = OcppChannel(websocket, self.version)
        self.bench.group.start_soon(self.bench.listen, partial(_hear_out, self.knocked))

    async def open_cable(self) -> None:
        """Let cars that speak ISO 15118-20 come to the cable of the station under test; a real charger needs nothing."""
        if self.bench.setup.sut.emulator is None or self.cable is not None:
            return
        await self.start()
        assert self.station is not None, "an emulated station is ours"
        self.cable = Coupling(self.station, self.evse())
        secc = self.bench.cast.secc(
            self.station.station.persona.cable, SeccWishes(), quirks=(), recorder=None, orders=self.cable.orders,
            hears=self.cable.hears,
        )  # fmt: skip
        await self.bench.group.start(serve, self.cable, secc)

    async def close(self) -> None:
        """Take leave: the tester's station closes its connection in good order."""
        with anyio.move_on_after(2.0, shield=True):
            if not self.sut_is_station and self.station is not None and self.station.line is not None:
                await self.station.line.channel.close()

    # ---- the two ends

    def conversation(self) -> Conversation:
        """Return the tester's conversation with the station under test. Raises Inconclusive when there is none."""
        found = next(iter(self.csms.conversations.values()), None) if self.csms is not None else None
        if self.csms is not None:
            found = self.csms.conversations.get(self.identity, found)
        if found is None:
            raise Inconclusive("the station is not connected")
        return found

    def own_station(self) -> StationActor:
        """Return the tester's station. Raises LabError where the station is the SUT."""
        if self.sut_is_station or self.station is None:
            raise LabError("this step is for test cases of a CSMS: the station is under test here, or not started yet")
        return self.station

    def own_csms(self) -> CsmsActor:
        """Return the tester's CSMS. Raises LabError where the CSMS is the SUT."""
        if not self.sut_is_station or self.csms is None:
            raise LabError("this step is for test cases of a station: the CSMS is under test here, or not started yet")
        return self.csms

    def evse(self, number: int | None = None) -> Evse:
        """Return an EVSE of the station that is ours. Raises LabError for a number that the tester's does not have, Inconclusive
        for one that the station under test does not have."""
        assert self.station is not None, "start() comes first"
        number = int(pixit(self.bench.look, "evse")) if number is None else number
        found = self.station.station.evse(number)
        if found is None:
            wrong = Inconclusive if self.sut_is_station else LabError
            raise wrong(f"the station has no EVSE {number}")
        return found

    # ---- speaking for the tester

    async def call(self, name: str, payload: dict[str, Any]) -> None:
        """Send a request as the tester; what breaks schema or rules is marked as deliberate. Raises Inconclusive."""
        action = name.removesuffix("Request")
        if not name.endswith("Request"):
            raise LabError(f"{name} is no request; names of requests end with Request")
        wrong = self._is_wrong(name, payload)
        if name == "SetVariablesRequest" and self.is_kept and not wrong:
            await self._remember(payload["setVariableData"])
        line, rpc, poke = self._mouth()
        if wrong:
            await line.say(frames.call(self.new_id(), action, payload), note=DELIBERATE)
            return
        # Our CSMS has to know what it has asked for: that may be answered before the boot is accepted ([B02.FR.02]).
        rpc.call(action, payload, anyio.current_time(), self._learner(action, payload))
        poke()
        recorder = self.bench.recorder
        limit = recorder.now() + _PATIENCE_S
        await self.bench.look.trace.first(lambda e: e.kind == "message" and e.name == name, len(recorder.events), limit)

    async def _remember(self, items: list[dict[str, Any]]) -> None:
        """Note down how variables are that the station under test keeps for the next test case; see `ocpp_restore`."""
        for item in items:
            variable = item["variable"]
            key = (str(item["component"]), variable["name"], variable.get("instance", ""))
            if item.get("attributeType", "Actual") != "Actual" or key in self.former_values:
                continue
            place, known = {"component": item["component"], "variable": variable}, len(self.bench.recorder.events)
            await self.call("GetVariablesRequest", {"getVariableData": [place]})
            limit = self.bench.recorder.now() + _PATIENCE_S
            answer = await self.bench.look.trace.first(lambda e: e.name == "GetVariablesResponse", known, limit)
            found = answer.body.get("getVariableResult", [{}])[0] if answer is not None else {}
            if found.get("attributeStatus") == "Accepted" and "attributeValue" in found:
                self.former_values[key] = place, found["attributeValue"]

    def _learner(self, action: str, payload: dict[str, Any]) -> OnResult:
        """Return what lets the tester's CSMS take in what the station answers: a new password, for instance."""
        if not self.sut_is_station:
            return lambda answer, now: None
        session = self.conversation().session

        def learn(answer: dict[str, Any], now: float) -> None:
            session.results.append((action, payload, answer))
            session.csms.security.learn(session, action, payload, answer)

        return learn

    def _is_wrong(self, name: str, payload: dict[str, Any]) -> bool:
        if name not in schemas.names(self.version) or schemas.violations(self.version, name, payload):
            return True
        return any(rule.severity == "MUST" for rule, _ in rules.broken(self.version, name, payload))

    async def say_frame(self, frame: Frame, *, note: str = DELIBERATE) -> None:
        """Send a frame as the tester, past its RPC rules. Raises Inconclusive."""
        await self._mouth()[0].say(frame, note=note)

    async def say_text(self, text: str | bytes, *, as_text: bool = True) -> None:
        """Send a WebSocket message as the tester, whatever it holds. Raises Inconclusive."""
        data = text.encode() if isinstance(text, str) else text
        await self._mouth()[0].channel.send_text(data, text=as_text)

    def channel(self) -> OcppChannel:
        """Return the newest connection of the tester's end. Raises Inconclusive."""
        if self.knocked is not None and self.knocked.websocket.is_open:
            return self.knocked
        if not self.sut_is_station and self.station is None:
            raise Inconclusive("the CSMS under test has not let the station in")
        found: OcppChannel = self._mouth()[0].channel
        return found

    def connected(self) -> bool:
        """Tell whether there is a connection between the two sides."""
        try:
            return self.channel().websocket.is_open
        except Inconclusive:
            return False

    def _mouth(self) -> tuple[Any, Any, Any]:
        """Return line, RPC peer and poke of the tester's end."""
        if self.sut_is_station:
            conversation = self.conversation()
            return conversation.line, conversation.session.rpc, conversation.poke
        station = self.own_station()
        if station.line is None or station.station.rpc is None:
            raise Inconclusive("the station of the tester is not connected to the CSMS under test")
        return station.line, station.station.rpc, station.poke

    def new_id(self) -> str:
        """Return a message id for what the tester says past its RPC rules."""
        return str(uuid.uuid4())

    # ---- drivers, operators and the world

    async def drive(self, stimulus: StimulusName, deed: str, *arguments: Any, **facts: Any) -> None:
        """A driver does something at the station: ours does it at once (`deed`), a device by its stimulus.

        `deed` is ``block.method``, called with the arguments and the instant.
        """
        if self.station is None:
            if stimulus not in self.bench.setup.sut.stimuli:
                raise Inconclusive(f"the description of the SUT has no stimulus {stimulus!r}")
            look, how = self.bench.look, self.bench.setup.sut.stimuli[stimulus]
            usual = {"connector": 1, "evse": int(pixit(look, "evse")), "token": look.context.pixit.get("valid_token")}
            unsaid = unsaid_by(how, facts, usual)
            if unsaid:
                raise Inconclusive(f"the stimulus {stimulus!r} of the SUT description has no place for {unsaid}")
            await self.bench.stimulus(stimulus, identity=self.identity, **facts)
            await self.calm()
            return
        body = {"kind": "emulator", "text": "", **({"facts": facts} if facts else {})}
        self.bench.recorder.add(kind="stimulus", layer="lab", name=stimulus, src="tester", dst="station", body=body)
        block, _, method = deed.partition(".")
        self.station.act(getattr(getattr(self.station.station, block), method), *arguments)
        await self.settle()
        if self.bench.setup.clock == "virtual" and stimulus != "power-cycle":  # which is nothing to look at
            await self.calm()

    async def calm(self, for_s: float | None = None, tries: int = _CALM_TRIES) -> None:
        """Wait until nothing has been said for a while and every request has its answer, at most so many times as long.

        So do drivers and operators, who look at what comes of a deed before they go on.
        """
        events, for_s = self.bench.recorder.events, for_s or _CALM_S[self.bench.setup.clock]
        for number in range(_CALM_MOST):
            known = len(events)
            await anyio.sleep(for_s)
            asked = unanswered(events, self.bench.recorder.now() - _ANSWERED_S)
            silent = not any(matters(one) for one in events[known:])
            if (silent or number + 1 >= tries) and not asked:
                return

    async def operate(self, name: str, payload: dict[str, Any], *, patient: bool = True) -> None:
        """An operator makes the CSMS under test send a request, and is `patient` until it has come. Raises Inconclusive."""
        action = name.removesuffix("Request")
        facts = {"identity": self.identity, "action": action, "payload": payload}
        known = len(self.bench.recorder.events)
        if self.csms is None:
            if "request" not in self.bench.setup.sut.stimuli:
                raise Inconclusive("the description of the SUT has no stimulus 'request' that makes the CSMS send one")
            await self.bench.stimulus("request", **facts)
            if patient:
                await self._sent(name, known)
            return
        body = {"kind": "emulator", "text": "", "facts": facts}
        self.bench.recorder.add(kind="stimulus", layer="lab", name="request", src="tester", dst="csms", body=body)
        if not self.csms.request(self.identity, action, payload):
            raise Inconclusive("the station is not connected to the CSMS under test")
        await self.settle()
        if patient and self.bench.setup.clock == "virtual":
            await self._sent(name, known)

    async def _sent(self, name: str, known: int) -> None:
        """Wait until the CSMS under test has sent what it was told to, if it does: it may take its time."""
        limit = self.bench.recorder.now() + _CALM_TRIES * _CALM_S[self.bench.setup.clock]
        await self.bench.look.trace.first(lambda e: e.kind == "message" and e.name == name, known, limit)
        await self.calm()

    async def settle(self) -> None:
        """Give both sides the time to say what they have to say at once."""
        await anyio.sleep(0.05 if self.bench.setup.clock == "real" else 0.001)

    def filled(self, value: Any) -> Any:
        """Return a value of a feature file with its ``$names`` replaced; see `ocpp_values.filled`."""
        return filled(self.bench.look, value, self.bench.utc())


async def _hear_out(channel: OcppChannel) -> None:
    """Read a connection to its end; all of it is on the trace. It ends with the test case at the latest."""
    try:
        while not isinstance(await channel.receive(), Ended):
            pass
    finally:
        with anyio.CancelScope(shield=True), anyio.move_on_after(1.0):
            await channel.websocket.say_goodbye()
            await channel.websocket.stream.close()
