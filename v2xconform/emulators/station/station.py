"""The station as a whole, without I/O: it owns hardware, device model and blocks, and speaks through one RPC connection.

The driver (`emulators.station_actor`) makes the connection that `connection.dial` asks for, reports `connected`, `refused`
and `dropped`, hands over what arrives with `receive`, sends what is in `outgoing`, and calls `fire` when `timer` says so.
Drivers and the world act through the blocks: ``station.transactions.plug_in(…)``, ``station.authorization.present(…)``.
Time is an argument (seconds, monotonic); wall-clock time is derived from it.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any, Final

from v2xconform.emulators.blocks import with_changes
from v2xconform.emulators.file_server import FileServer
from v2xconform.emulators.station.authorization import Authorization
from v2xconform.emulators.station.availability import Availability
from v2xconform.emulators.station.block import Handler, Payload, Refused
from v2xconform.emulators.station.certificates import Certificates
from v2xconform.emulators.station.clock import Clock, ClockStyle
from v2xconform.emulators.station.connection import Connection, Dial, NetworkProfile
from v2xconform.emulators.station.data_transfer import DataTransfer
from v2xconform.emulators.station.der import Der
from v2xconform.emulators.station.diagnostics import Diagnostics
from v2xconform.emulators.station.display import Display
from v2xconform.emulators.station.dynamic_schedules import DynamicSchedules
from v2xconform.emulators.station.event_streams import EventStreams
from v2xconform.emulators.station.evse import Evse, make_evses
from v2xconform.emulators.station.firmware import Firmware
from v2xconform.emulators.station.kinds import BLOCKS, NO_HANDLERS, kind_of, learn
from v2xconform.emulators.station.limits import Limits
from v2xconform.emulators.station.local_cost import LocalCost
from v2xconform.emulators.station.local_list import LocalList
from v2xconform.emulators.station.meter_values import MeterValues
from v2xconform.emulators.station.monitoring import Monitoring
from v2xconform.emulators.station.policy import CONFORMANT
from v2xconform.emulators.station.provisioning import Provisioning
from v2xconform.emulators.station.publishing import Publishing
from v2xconform.emulators.station.remote_control import RemoteControl
from v2xconform.emulators.station.reservation import Reservation
from v2xconform.emulators.station.security import Security
from v2xconform.emulators.station.smart_charging import SmartCharging
from v2xconform.emulators.station.standard_variables import standard_model
from v2xconform.emulators.station.tariff import Tariff
from v2xconform.emulators.station.transactions import Transactions
from v2xconform.emulators.station.v2x import V2x
from v2xconform.lab.persona_ocpp import StationPersona
from v2xconform.protocols.ocpp import Version
from v2xconform.protocols.ocpp.agenda import Agenda
from v2xconform.protocols.ocpp.frames import Frame, Unreadable
from v2xconform.protocols.ocpp.rpc import Called, Failure, OnFailure, OnResult, RpcPeer

__all__ = ["Dial", "Station"]


def _nothing(*_: Any) -> None:
    """Nobody waits for the outcome."""


class Station:
    """One charging station."""

    authorization: Authorization
    remote_control: RemoteControl
    certificates: Certificates
    local_list: LocalList
    limits: Limits
    tariff: Tariff
    local_cost: LocalCost
    firmware: Firmware
    publishing: Publishing
    monitoring: Monitoring
    event_streams: EventStreams
    display: Display
    data_transfer: DataTransfer
    v2x: V2x
    dynamic_schedules: DynamicSchedules
    der: Der

    def __init__(
        self,
        persona: StationPersona,
        version: Version,
        profile: NetworkProfile,
        *,
        identity: str,
        utc: Callable[[], float],
        new_id: Callable[[], str],
        chance: Callable[[], float],
        changes: dict[str, Any] | None = None,
    ) -> None:
        """`profile` is the first way to the CSMS; `changes` are those of quirks. Raises LabError for a bad policy."""
        self.persona = persona
        self.version = version
        self.identity = identity
        self.policy = with_changes(with_changes(CONFORMANT, persona.policy), changes or {})
        self.clock = Clock(utc, persona.clock_error_s)
        self.utc = self.clock.utc
        """Wall clock of the station, seconds since 1970."""
        self.new_id = new_id
        self.chance = chance
        """Returns a number of [0, 1)."""
        self.agenda = Agenda()
        self.files = FileServer()
        """Where firmware comes from and logs go to."""
        self.evses = make_evses(persona.evses)
        self.variables = standard_model(persona, self.evses, version)
        self.rpc: RpcPeer | None = None
        self.powered = False
        self.pings = 0
        """Pings that the driver has to send."""
        self.hang_up = ""
        """Why the driver has to close the connection, empty while it need not."""
        self.told: Callable[[str], None] = _nothing
        """Hears remarks for the trace."""
        self.connection = Connection(self, {1: profile})
        self.provisioning = Provisioning(self)
        self.availability = Availability(self)
        self.transactions = Transactions(self)
        self.transactions.on_ended.append(self.availability.transaction_ended)
        self.meter_values = MeterValues(self)
        self.security = Security(self)
        self.reservation = Reservation(self)
        self.smart_charging = SmartCharging(self)
        self.diagnostics = Diagnostics(self)
        self.kind = kind_of(self)
        self.handlers = NO_HANDLERS
        if self.kind is None:
            handlers = {action: one for block in self.blocks for action, one in getattr(block, "handlers", {}).items()}
            self.handlers = handlers
            learn(self, handlers)
        else:
            for name in BLOCKS:
                if name in self.__dict__ and hasattr(self.__dict__[name], "handlers"):
                    self.__dict__[name].handlers = NO_HANDLERS
        if profile.password:
            self.variables.find("SecurityCtrlr.BasicAuthPassword").value = profile.password  # type: ignore[union-attr]
        self.variables.override({"SecurityCtrlr.Identity": identity})

    def __getattr__(self, name: str) -> Any:
        """Make a block that nobody has asked for yet; see `kinds`."""
        make = _ON_DEMAND.get(name)
        if make is None:
            raise AttributeError(f"a station has no {name!r}")
        block = self.__dict__[name] = make(self)
        return block

    @property
    def blocks(self) -> tuple[Any, ...]:
        """All blocks. One has `handlers`, and may have ``reset(now)`` (power was lost), ``online(now)``, ``offline(now)``,
        ``boot_accepted(now)`` (the CSMS has accepted the boot)."""
        return tuple(getattr(self, name) for name in BLOCKS)

    # ---- power and connection

    def power_on(self, now: float, reason: str = "PowerUp") -> None:
        """Switch on; the first connection attempt follows when it has booted."""
        self.powered = True
        self.provisioning.boot_reason = reason
        for evse in self.evses:
            evse.meter(now)
        self.agenda.at(now + self.persona.boot_s, self.connection.start, "station.boot")

    def power_off(self, now: float) -> None:
        """Switch off: the connection breaks, what is not kept is forgotten."""
        self.powered = False
        self.connection.stop()
        if self.rpc is not None:
            self._gone(now)
            self.hang_up = "reset"
        self.agenda.clear()
        self.tell_blocks("reset", now)

    def connected(self, version: Version, now: float) -> None:
        """The WebSocket is open and speaks `version`."""
        timeout = self.variables.number("OCPPCommCtrlr.MessageTimeout[Default]", 30.0)
        policy = replace(self.policy.rpc)
        self.version = version
        self.rpc = RpcPeer(version, "station", self.new_id, policy, timeout)
        self.hang_up = ""
        self.connection.made(now)
        self.tell_blocks("online", now)

    def refused(self, now: float, status: int = 0) -> None:
        """The attempt came to nothing."""
        self.connection.failed(now, status)

    def dropped(self, now: float) -> None:
        """The connection broke or was closed."""
        if self.rpc is not None:
            self._gone(now)
            if self.powered:
                self.connection.lost(now)

    def _gone(self, now: float) -> None:
        rpc, self.rpc = self.rpc, None
        assert rpc is not None, "a connection that is gone was there"
        self.tell_blocks("offline", now)
        rpc.lost(now)

    def tell_blocks(self, what: str, now: float) -> None:
        """Call a method of every block that has it; a block that is not made yet has nothing to do."""
        for name in BLOCKS:
            hears = getattr(self.__dict__.get(name), what, None)
            if hears is not None:
                hears(now)

    @property
    def firmware_version(self) -> str:
        """The firmware that runs: that of the persona until it is updated."""
        firmware: Firmware | None = self.__dict__.get("firmware")
        return self.persona.firmware if firmware is None else firmware.version

    def held_for_update(self, evse: Evse) -> bool:
        """Tell whether an EVSE is out of use because a firmware update waits ([L01.FR.07])."""
        firmware: Firmware | None = self.__dict__.get("firmware")
        return firmware is not None and firmware.holds(evse)

    @property
    def online(self) -> bool:
        """Connected, and accepted by the CSMS."""
        return self.rpc is not None and self.provisioning.accepted

    # ---- messages

    def call(
        self,
        action: str,
        payload: Payload,
        now: float,
        on_result: OnResult = _nothing,
        on_failure: OnFailure = _nothing,
        *,
        before_boot: bool = False,
    ) -> None:
        """Send a request once it may be sent; offline, or not accepted yet, it fails at once as *lost*.

        `before_boot` is for BootNotification and for what the CSMS has asked for ([B02.FR.02]).
        """
        if self.rpc is None or not (self.provisioning.accepted or before_boot):
            on_failure(Failure("lost"), now)
            return
        self.rpc.call(action, payload, now, on_result, on_failure)

    def tell(self, action: str, payload: Payload) -> None:
        """Send an unconfirmed message (2.1); offline it is lost."""
        if self.rpc is not None and self.provisioning.accepted:
            self.rpc.tell(action, payload)

    def receive(self, heard: Frame | Unreadable, now: float) -> None:
        """Take a frame of the CSMS."""
        if self.rpc is None:
            return
        rpc = self.rpc
        called = rpc.receive(heard, now)
        if isinstance(called, Called):
            self._answer(rpc, called, now)
        self.hang_up = self.hang_up or rpc.hang_up

    def _answer(self, rpc: RpcPeer, called: Called, now: float) -> None:
        known = self.kind
        handler = self.handlers.get(called.action) if known is None else known.handler(self, called.action)
        refusal = self.provisioning.refusal(called.action)
        if refusal is not None:
            rpc.refuse(called, refusal.code, refusal.description)
            return
        if handler is None:
            rpc.refuse(called, "NotSupported", f"this station does not support {called.action}")
            return
        if rpc.policy.answers_after_s:
            self.agenda.at(now + rpc.policy.answers_after_s, lambda at: self._do(rpc, called, handler, at))
        else:
            self._do(rpc, called, handler, now)

    def _do(self, rpc: RpcPeer, called: Called, handler: Handler, now: float) -> None:
        if rpc is not self.rpc:
            return  # the connection has broken while it was thinking
        try:
            rpc.answer(called, handler(called.payload, now))
        except Refused as refused:
            rpc.refuse(called, refused.code, refused.description)

    def outgoing(self) -> Iterator[Frame]:
        """Yield and forget the frames to send."""
        while self.rpc is not None and self.rpc.outgoing:
            yield self.rpc.outgoing.popleft()

    # ---- time

    def timer(self) -> float | None:
        """Return when `fire` has something to do, None for never."""
        rpc = self.rpc.timer() if self.rpc is not None else None
        return min((one for one in (rpc, self.agenda.timer()) if one is not None), default=None)

    def fire(self, now: float) -> None:
        """Do what is due."""
        if self.rpc is not None:
            self.rpc.fire(now)
        self.agenda.fire(now)

    def timestamp(self) -> str:
        """Return the wall clock as OCPP writes it."""
        return timestamp(self.utc(), self.policy.provisioning.clock_style)

    def evse(self, number: int) -> Evse | None:
        """Return an EVSE by its number, None where there is none."""
        return self.evses[number - 1] if 1 <= number <= len(self.evses) else None


def timestamp(utc: float, style: ClockStyle = "") -> str:
    """Return seconds since 1970 as RFC 3339, usually with milliseconds and Z."""
    if style == "seconds":
        return datetime.fromtimestamp(utc, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    if style == "offset":
        return datetime.fromtimestamp(utc, timezone(timedelta(hours=1))).isoformat(timespec="milliseconds")
    return datetime.fromtimestamp(utc, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


_ON_DEMAND: Final[dict[str, Callable[[Station], Any]]] = {
    "authorization": Authorization,
    "remote_control": RemoteControl,
    "certificates": Certificates,
    "local_list": LocalList,
    "limits": Limits,
    "tariff": Tariff,
    "local_cost": LocalCost,
    "firmware": Firmware,
    "publishing": Publishing,
    "monitoring": Monitoring,
    "event_streams": EventStreams,
    "display": Display,
    "data_transfer": DataTransfer,
    "v2x": V2x,
    "dynamic_schedules": DynamicSchedules,
    "der": Der,
}
"""Blocks that neither listen to others nor begin anything by themselves."""
