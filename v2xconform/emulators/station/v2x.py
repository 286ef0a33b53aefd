"""Block Q: bidirectional power transfer of 2.1. Which energy transfer is allowed, and what power an EVSE follows (Q01 to Q12).

`wanted_power` is the one place that says it: who has a real power path asks there, ``evse.setpoint_w`` holds it for those that
have none, and `followers` are called when it changes. What a setpoint is made of in each operation mode is in `setpoints`,
the simulated EV in `v2x_vehicle`.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from v2xconform.emulators.station.block import Handler, Payload, status_info
from v2xconform.emulators.station.dynamic_schedules import DynamicSchedules
from v2xconform.emulators.station.evse import Evse
from v2xconform.emulators.station.grid import Grid
from v2xconform.emulators.station.setpoints import Setpoints
from v2xconform.emulators.station.v2x_vehicle import EvFacts, V2xVehicle
from v2xconform.protocols.ocpp.charging.operation_modes import mode_of
from v2xconform.protocols.ocpp.charging.profiles import seconds_of

if TYPE_CHECKING:
    from v2xconform.emulators.station.authorization import Token
    from v2xconform.emulators.station.der import Der
    from v2xconform.emulators.station.station import Station

Follower = Callable[[Evse, float], None]
"""Called with the EVSE and the instant when the power that it should follow may be another one."""
_COMPONENT: Final = "V2XChargingCtrlr"
_MEASURANDS: Final = {
    "SampledDataCtrlr.TxStartedMeasurands": "TxStartedMeasurands",
    "SampledDataCtrlr.TxUpdatedMeasurands": "TxUpdatedMeasurands",
    "SampledDataCtrlr.TxEndedMeasurands": "TxEndedMeasurands",
}
"""Variable that lists measurands -> that of V2XChargingCtrlr which lists more of them."""


@dataclass(frozen=True, slots=True)
class V2xPolicy:
    """Duties of block Q."""

    names_evccid: bool = True
    """EVCCID as additionalInfo of the token ([Q01.FR.02])."""
    heeds_permission: bool = True
    """Asks for no energy transfer that is not allowed ([Q01.FR.09])."""
    lists_available: bool = True
    """availableEnergyTransfer in the needs ([Q01.FR.03])."""
    renegotiates_refused: bool = True
    """Negotiates another service where the needs are refused ([Q01.FR.05])."""
    ends_refused: bool = True
    """Ends the transaction where no other service is left ([Q01.FR.06])."""
    takes_permission: bool = True
    """Accepts NotifyAllowedEnergyTransfer ([Q02.FR.06])."""
    renegotiates_permitted: bool = True
    """… and tells the new needs ([Q02.FR.07])."""
    more_measurands: bool = True
    """Measurands of the operation mode ([Q01.FR.33] to [Q01.FR.35])."""
    shows_vehicle: bool = True
    """ConnectedEV holds what is known of the EV ([Q01.FR.36])."""
    follows: bool = True
    """Follows set points."""
    factor: float = 1.0
    """Share of a set point that it follows; negative: the other way."""
    caps: bool = True
    """Keeps within limit and dischargeLimit ([V2X.03], [V2X.04])."""
    heeds_frequency: bool = True
    """Follows the curve of LocalFrequency ([Q08.FR.06])."""
    heeds_changes_of_frequency: bool = True
    """… while the frequency changes ([Q08.FR.07])."""
    adds_baseline: bool = True
    takes_signals: bool = True
    """Adds what AFRRSignal asks for ([Q08.FR.10])."""
    checks_signals: bool = True
    """Rejects signals for which it has no curve ([Q08.FR.11])."""
    balances: bool = True
    """Follows the upstream meter ([Q09.FR.04])."""
    heeds_setpoint_priority: bool = True
    """An external set point is stronger than that of the CSMS ([Q06.FR.21])."""
    csms_setpoint_wins: bool = False
    """The set point of the CSMS is the stronger one, whatever SetpointPriority says."""
    tells_sleep: bool = True
    """evseSleep in transaction events ([Q10.FR.04])."""
    sleeps_anywhere: bool = False
    """Says so even of an EVSE that cannot sleep ([Q10.FR.05])."""
    fewest_modes: bool = False
    """Lists ChargingOnly and CentralSetpoint only ([Q01.FR.31])."""


@dataclass(slots=True)
class V2x:
    """The block of one station."""

    station: "Station"
    handlers: dict[str, Handler] = field(default_factory=dict)
    grid: Grid = field(default_factory=Grid)
    followers: list[Follower] = field(default_factory=list)
    setpoints: Setpoints = field(init=False)
    dynamic: DynamicSchedules = field(init=False)
    vehicles: dict[int, V2xVehicle] = field(default_factory=dict)
    """EVSE -> simulated EV with ISO 15118-20 that is plugged in there."""
    allowed: dict[int, list[str]] = field(default_factory=dict)
    """EVSE -> allowedEnergyTransfer, where the CSMS has said it."""

    def __post_init__(self) -> None:
        self.setpoints = Setpoints(self.station)
        self.dynamic = self.station.dynamic_schedules  # it listens to profiles, as this block does
        self.grid.listeners.append(self._grid_moved)
        self.station.smart_charging.listeners.append(self.changed)
        self.station.transactions.on_ended.append(lambda transaction, now: self._ended(transaction.evse, now))
        if self.station.version == "ocpp2.1" and self._listed():
            self.handlers = {
                "NotifyAllowedEnergyTransfer": self.allowed_energy_transfer, "AFRRSignal": self.afrr_signal,
            }  # fmt: skip
        if self.station.policy.v2x.fewest_modes:
            self.station.variables.override({f"{_COMPONENT}.SupportedOperationModes": "ChargingOnly,CentralSetpoint"})

    def _listed(self) -> bool:
        found = (self.station.variables.find(f"{_COMPONENT}.Enabled", evse=evse.id) for evse in self.station.evses)
        return any(one is not None for one in found)

    # ---- power

    def wanted_power(self, evse: Evse, now: float) -> float | None:
        """Return what an EVSE should follow now in W, negative for discharging, None where there is no set point."""
        asked = self.setpoints.at(evse, now)
        power = asked if asked is not None else self.asked_power(evse, now)
        changed = self._by_der(evse, power, now)
        return changed if asked is not None or changed != power else None

    def _by_der(self, evse: Evse, power: float, now: float) -> float:
        """Return what DER controls leave of a power; where no block was made there are none."""
        der: Der | None = self.station.__dict__.get("der")
        return power if der is None else der.response.applied(evse, power, now)

    def asked_power(self, evse: Evse, now: float) -> float:
        """Return what would flow if no DER control changed it."""
        asked = self.setpoints.at(evse, now)
        if asked is not None:
            return asked
        most = min(evse.spec.max_power_w, evse.ev.power_w if evse.ev is not None else evse.spec.max_power_w)
        return most if evse.limit_w is None else min(most, evse.limit_w)

    def changed(self, now: float) -> None:
        """Let meters, EVSEs and who listens follow what holds now."""
        for evse in self.station.evses:
            evse.meter(now)
            before, had = evse.power_w(), evse.setpoint_w is not None
            evse.setpoint_w = self.wanted_power(evse, now) if evse.flowing else None
            if (had or evse.setpoint_w is not None) and evse.power_source is None:
                self._tell(evse, before, now)
            for follower in self.followers:
                follower(evse, now)

    def _tell(self, evse: Evse, before: float, now: float) -> None:
        """Tell the CSMS of another power, once it knows that energy flows ([SC.02])."""
        limit, smart = self.station.smart_charging.limit, self.station.policy.smart_charging
        running = self.station.transactions.at(evse)
        if running is None or running.charging_state != "Charging" or not smart.tells_rate_changes:
            return
        if limit.significant(before, evse.power_w()):
            tell = lambda at: self.station.transactions.event(  # noqa: E731 - a name for what is due
                evse, "ChargingRateChanged", at, measured=True
            )
            self.station.agenda.at(now, tell, f"v2x.rate.{evse.id}")

    def _grid_moved(self, now: float) -> None:
        self.station.der.response.look(now)

    # ---- what block K asks

    def abilities(self) -> dict[str, Any]:
        """Return what stations can do with profiles beside `Abilities` of block K."""
        members = self.station.variables.members
        return {
            "evse_modes": {
                evse.id: frozenset(members(f"{_COMPONENT}.SupportedOperationModes", evse=evse.id))
                for evse in self.station.evses
            },
            "balancing": frozenset(evse.id for evse in self.station.evses if self.setpoints.thresholds(evse) is not None),
        }  # fmt: skip

    def discharge_phases(self) -> dict[int, int]:
        """Return for how many phases the EV of each EVSE has reported what it can feed back ([V2X.08])."""
        found = {}
        for evse, needs in self.station.smart_charging.needs.known.items():
            limits = needs.get("v2xChargingParameters", {})
            found[evse] = 1 + sum(f"maxDischargePower_{phase}" in limits for phase in ("L2", "L3"))
        return found

    # ---- what other blocks ask

    def with_evccid(self, token: "Token", evse: Evse) -> "Token":
        """Return a token with the EVCCID of an EV that speaks ISO 15118-20 ([Q01.FR.02])."""
        vehicle = self.vehicles.get(evse.id)
        if vehicle is None or not self.station.policy.v2x.names_evccid:
            return token
        more = {"additionalIdToken": vehicle.facts.evccid, "type": "EVCCID"}
        return {**token, "additionalInfo": [*token.get("additionalInfo", ()), more]}

    def permitted(self, evse: Evse, answer: Payload) -> None:
        """Take what an AuthorizeResponse says of energy transfer ([Q01.FR.01])."""
        if "allowedEnergyTransfer" in answer:
            self.allowed[evse.id] = answer["allowedEnergyTransfer"]
        else:
            self.allowed.pop(evse.id, None)

    def refused(self, evse: Evse, now: float) -> bool:
        """Take that needs were Rejected, and tell whether the transaction goes on ([Q01.FR.05], [Q01.FR.06])."""
        vehicle, policy = self.vehicles.get(evse.id), self.station.policy.v2x
        if vehicle is not None and policy.renegotiates_refused and vehicle.negotiate_other(now):
            return True
        return not policy.ends_refused

    def told(self, evse: Evse) -> Payload:
        """Return what a TransactionEvent says of an EVSE that sleeps ([Q10.FR.04], [Q10.FR.05])."""
        if self.station.version != "ocpp2.1" or not self.station.policy.v2x.tells_sleep:
            return {}
        ruling = self.station.smart_charging.allowed(evse).ruling
        if ruling is None or mode_of(ruling.period) != "Idle" or not ruling.period.get("evseSleep"):
            return {}
        can = self.station.variables.flag("SmartChargingCtrlr.SupportsEvseSleep") and evse.spec.can_sleep
        return {"evseSleep": can or self.station.policy.v2x.sleeps_anywhere}

    def measurands(self, evse: Evse, variable: str) -> list[str]:
        """Return what is measured in addition in the operation mode of an EVSE ([Q01.FR.33] to [Q01.FR.35])."""
        name = _MEASURANDS.get(variable)
        if name is None or not self.station.policy.v2x.more_measurands:
            return []
        mode = self.station.smart_charging.allowed(evse).mode
        return self.station.variables.members(f"{_COMPONENT}.{name}[{mode}]", evse=evse.id)

    # ---- requests of the CSMS

    def allowed_energy_transfer(self, payload: Payload, now: float) -> Payload:
        """Answer NotifyAllowedEnergyTransfer ([Q02.FR.06]); a service renegotiation follows."""
        running = self.station.transactions.find(payload["transactionId"])
        if running is None:
            return {"status": "Rejected", "statusInfo": status_info("TxNotFound")}
        if not self.station.policy.v2x.takes_permission:
            return {"status": "Rejected"}
        self.allowed[running.evse.id] = payload["allowedEnergyTransfer"]
        vehicle = self.vehicles.get(running.evse.id)
        if vehicle is not None and self.station.policy.v2x.renegotiates_permitted:
            self.station.agenda.at(now, vehicle.negotiate)
        return {"status": "Accepted"}

    def afrr_signal(self, payload: Payload, now: float) -> Payload:
        """Answer AFRRSignal ([Q08.FR.10], [Q08.FR.11])."""
        concerned = [evse for evse in self.station.evses if self.setpoints.signal_curve(evse) is not None]
        if not concerned and self.station.policy.v2x.checks_signals:
            return {"status": "Rejected", "statusInfo": status_info("NoSignalWattCurve")}
        wait = max(0.0, seconds_of(payload["timestamp"]) - self.station.utc())
        for evse in concerned:
            self._plan_signal(evse, payload["signal"], now + wait)
        return {"status": "Accepted"}

    def _plan_signal(self, evse: Evse, signal: float, instant: float) -> None:
        def take(now: float) -> None:
            self.setpoints.signals[evse.id] = signal
            self.changed(now)

        if self.station.policy.v2x.takes_signals:
            self.station.agenda.at(instant, take, f"v2x.signal.{evse.id}")

    # ---- what drivers and the world do

    def plug_in(self, evse: Evse, ev: Payload, now: float) -> None:
        """A driver plugs in an EV that speaks ISO 15118-20; `ev` holds fields of `EvFacts`."""
        facts = EvFacts(**{"evccid": self.station.persona.ev.evccid, **ev})
        vehicle = self.vehicles[evse.id] = V2xVehicle(self.station, evse, facts)
        self.station.smart_charging.needs.evs[evse.id] = vehicle
        evse.negotiating = True
        self._show_vehicle(evse, facts, now)
        self.station.transactions.plug_in(evse, now)

    def unplugged(self, evse: Evse, now: float) -> None:
        """The EV has gone."""
        self.vehicles.pop(evse.id, None)
        self.allowed.pop(evse.id, None)
        self._show_vehicle(evse, None, now)

    def move_grid(self, grid: Payload, now: float) -> None:
        """The grid changes: ``frequency_hz``, ``voltage_pct``, ``load_w``."""
        self.grid.change(now, **grid)

    def _show_vehicle(self, evse: Evse, facts: EvFacts | None, now: float) -> None:
        if not self.station.policy.v2x.shows_vehicle:
            return
        known = {
            "Available": facts is not None, "VehicleId": facts.evccid if facts else "",
            "ProtocolAgreed": facts.protocol if facts else "", "ProtocolSupportedByEV[1]": facts.protocol if facts else "",
        }  # fmt: skip
        for name, value in known.items():
            if self.station.variables.find(f"ConnectedEV.{name}", evse=evse.id) is not None:
                self.station.variables.set(f"ConnectedEV.{name}", value, now, evse=evse.id)

    # ---- life

    def _ended(self, evse: Evse, now: float) -> None:
        self.setpoints.signals.pop(evse.id, None)
        self.allowed.pop(evse.id, None)
        evse.meter(now)
        evse.setpoint_w = None

    def reset(self, now: float) -> None:
        """Power was lost."""
        self.vehicles.clear()
        self.allowed.clear()
        self.setpoints.signals.clear()
