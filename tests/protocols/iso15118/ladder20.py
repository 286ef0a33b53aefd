"""A car and a station of ours on one virtual clock: whole sessions as ladders, every message through the EXI codec."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from v2xconform.emulators.content_evcc20 import VehicleRequests
from v2xconform.emulators.content_secc20 import ChargerResponses
from v2xconform.emulators.vehicle import Vehicle
from v2xconform.lab.persona import ChargerPersona, EvPersona, load_charger, load_ev
from v2xconform.protocols.exi import codec
from v2xconform.protocols.iso15118.evcc20 import EvccSession20
from v2xconform.protocols.iso15118.policy20 import EvccPolicy, SeccPolicy
from v2xconform.protocols.iso15118.secc20 import SeccSession20
from v2xconform.protocols.iso15118.session20 import PausedSession, Reply
from v2xconform.protocols.message import Message

BEGIN = 1_700_000_000.0


def through_codec(message: Message) -> Message:
    """Encode and decode: what arrives must be what was sent, and the schema must have nothing to say."""
    exi = codec(message.protocol)
    assert [f"{one.path}: {one.text}" for one in exi.validate(message.name, message.tree)] == [], message
    decoded = exi.decode(exi.encode(message.name, message.tree))
    assert decoded.name == message.name
    assert decoded.oddities == ()
    assert decoded.tree == message.tree
    return Message(message.protocol, decoded.name, decoded.tree)


def random_source(seed: int = 1) -> Callable[[int], bytes]:
    """Return random numbers that are the same in every run."""
    counter = seed * 1000

    def random_bytes(length: int) -> bytes:
        nonlocal counter
        counter += 1
        return counter.to_bytes(length, "big") if length >= 4 else bytes(length)

    return random_bytes


def ev(name: str = "v2g_ev", **changes: Any) -> EvPersona:
    """Return a shipped car with other fields; ``needs`` and ``battery`` may be given in part."""
    return _changed(load_ev(name), changes)


def charger(name: str = "v2g_charger", **changes: Any) -> ChargerPersona:
    """Return a shipped charger with other fields; ``path`` may be given in part."""
    return _changed(load_charger(name), changes)


def _changed(persona: Any, changes: Mapping[str, Any]) -> Any:
    fields = persona.model_dump()
    for key, value in changes.items():
        fields[key] = (
            {**fields[key], **value} if isinstance(value, Mapping) and isinstance(fields[key], dict) else value
        )
    return type(persona).model_validate(fields)


@dataclass
class Ladder:
    """One session. ``run`` plays it; ``rungs`` tells what was said; the virtual time is ``now``."""

    mode: Any = "DC"
    car: EvPersona = field(default_factory=ev)
    station: ChargerPersona = field(default_factory=charger)
    evcc_policy: EvccPolicy = field(default_factory=EvccPolicy)
    secc_policy: SeccPolicy = field(default_factory=SeccPolicy)
    evcc_resumes: PausedSession | None = None
    secc_resumes: PausedSession | None = None
    exact: bool = True
    """Whether every message has to be valid and come through the codec unchanged."""
    now: float = 0.0
    seed: int = 1
    bend: Callable[[Message], Message | None] = lambda message: message
    """Changes what the station receives or what the car receives; None = it gets lost."""

    def __post_init__(self) -> None:
        utc = lambda: BEGIN + self.now  # noqa: E731
        self.vehicle = Vehicle(self.car)
        self.responses = ChargerResponses(self.station)
        services = tuple(service for service in self.car.services if service.startswith(self.mode))
        wishes = self.vehicle.wishes
        self.evcc = EvccSession20(
            VehicleRequests(self.vehicle),
            self.evcc_policy,
            type(wishes)(security="none", services=services, control_modes=wishes.control_modes),
            mode=self.mode,
            utc=utc,
            random_bytes=random_source(self.seed + 50),
            resumes=self.evcc_resumes,
        )
        self.secc = SeccSession20(
            self.responses,
            self.secc_policy,
            mode=self.mode,
            utc=utc,
            random_bytes=random_source(self.seed),
            resumes=self.secc_resumes,
        )
        self.messages: list[Message] = []
        self.last_reply = Reply()
        self.connected = True
        self.closed_by = ""
        self.at: dict[str, Callable[[], None]] = {}
        """Message name -> what to do once, after it was exchanged for the first time."""

    @property
    def rungs(self) -> list[str]:
        """The messages without repetition: a row of the same request shows once."""
        names = [message.name for message in self.messages if message.name.endswith("Req")]
        return [name for index, name in enumerate(names) if index == 0 or names[index - 1] != name]

    def trees(self, name: str) -> list[Any]:
        """Return the trees of all messages of this name."""
        return [message.tree for message in self.messages if message.name == name]

    def last(self, name: str) -> Any:
        """Return the last tree of this name."""
        return self.trees(name)[-1]

    def power(self) -> float:
        """Return what flows out of the station now, W."""
        return self.responses.charger.path.power_w

    def run(self, most: int = 5000) -> "Ladder":
        """Play until the car has ended or nothing more can happen."""
        self.evcc.start(self.now)
        self.secc.start(self.now)
        for _ in range(most):
            if not self._turn():
                return self
        raise AssertionError(f"still going on after {most} turns: {self.rungs[-5:]}")

    def _turn(self) -> bool:
        if self.evcc.ended and not self.evcc.due:
            return False
        if self.evcc.due and self.connected:
            self.now = max(self.now, self.evcc.not_before)
            self._expire_station()
            if not self.connected:
                self.evcc.closed(self.now)
                return True
            request = self.evcc.next_request(self.now)
            self.evcc.sent(request, self.now)
            self._exchange(request)
            return True
        if not self.connected and not self.evcc.ended:
            self.evcc.closed(self.now)
            return True
        return self._wait()

    def _exchange(self, request: Message) -> None:
        arrived = self.bend(self._wire(request))
        if arrived is None:
            return
        reply = self.secc.receive(arrived, self.now)
        self._station_does(reply)
        then = self.at.pop(request.name, None)
        if then:
            then()

    def _station_does(self, reply: Reply) -> None:
        self.last_reply = reply
        if reply.message:
            timer = self.evcc.timer()
            if timer and self.now + reply.delay >= timer.at:
                self.now = timer.at
                self.evcc.fire(self.now)
                return
            self.now += reply.delay
            response = self.bend(self._wire(reply.message))
            if response is not None:
                self.evcc.receive(response, self.now)
        if reply.close and reply.close_after == 0:
            self.connected, self.closed_by = False, "station"

    def _wire(self, message: Message) -> Message:
        self.messages.append(message)
        return through_codec(message) if self.exact else message

    def _expire_station(self) -> None:
        timer = self.secc.timer()
        if timer and timer.at < self.now:
            car_waits_until, self.now = self.now, timer.at
            self._station_does(self.secc.fire(timer.at))
            self.now = car_waits_until if self.connected else self.now

    def _wait(self) -> bool:
        """Let the next timer of either side expire."""
        timers = [
            (timer.at, side) for side, timer in (("car", self.evcc.timer()), ("station", self.secc.timer())) if timer
        ]
        if not timers:
            return False
        self.now, side = min(timers)
        if side == "car":
            self.evcc.fire(self.now)
        else:
            self._station_does(self.secc.fire(self.now))
        return True
