"""A charger with two faces that share one power path: a station towards the CSMS, an SECC towards the car.

`Coupling` is what is between them. From the back end to the cable: who may charge, limits and set points, remote stop. From
the cable to the back end: what the car needs, whether it takes energy, what the meter reads. The station looks at it on
every beat, the SECC before every response; neither knows the other.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import anyio

from v2xconform.emulators.charger import Charger, Orders
from v2xconform.emulators.evcc_actor import NotReached
from v2xconform.emulators.secc_actor import SeccActor
from v2xconform.emulators.station.cable_policy import CablePolicy
from v2xconform.emulators.station.evse import Evse
from v2xconform.emulators.station_actor import StationActor
from v2xconform.protocols.iso15118.rational import number
from v2xconform.protocols.iso15118.secc20 import SeccSession20
from v2xconform.protocols.message import Message

Tree = dict[str, Any]
PATIENCE_S: Final = 55.0
"""The car waits 60 s for a schedule (V2G_EVCC_Ongoing_Timeout); then it has to get one, with the CSMS or without it."""
_MODES: Final = {"Scheduled": "ScheduledControl", "Dynamic": "DynamicControl"}
_ENERGY_MODES: Final = {
    "AC": "AC_three_phase", "AC_BPT": "AC_BPT", "DC": "DC", "DC_BPT": "DC_BPT",
}  # fmt: skip
"""Service of ISO 15118-20 -> EnergyTransferModeEnumType of OCPP."""


@dataclass(slots=True)
class Coupling:
    """What is between the two faces at one EVSE. Give `hears` to the SECC and `look` to the station."""

    station: StationActor
    evse: Evse
    orders: Orders = field(default_factory=Orders)
    secc: SeccActor | None = None
    charger: Charger | None = None
    """The outlet, once a car has spoken to it."""
    told: Tree = field(default_factory=dict)
    """Needs that the CSMS was told last."""
    _open_until: float = 0.0
    _delivering: bool = False

    @property
    def _policy(self) -> CablePolicy:
        return self.station.station.policy.cable

    def hears(self, charger: Charger, request: Message, session: SeccSession20, now: float) -> None:
        """Take a request of the car before it is answered."""
        if self.charger is not charger:
            self.charger = charger
            self.evse.power_source = lambda: charger.path.power_w if self._policy.measures else 0.0
        if request.name == "SessionSetupReq":
            self._begin(str(request.tree.get("EVCCID", "")), now)
        elif request.name == "ScheduleExchangeReq":
            self._needs(request, session, now)
        elif request.name == "PowerDeliveryReq":
            progress = request.tree.get("ChargeProgress")
            if progress in ("Start", "Stop", "Standby"):
                self._deliver(progress == "Start", now)
        self.look(now)
        self.station.poke()

    def look(self, now: float) -> None:
        """Carry over what the back end wants now."""
        station, orders = self.station.station, self.orders
        if station.transactions.holder(self.evse) is not None:
            orders.authorized = True
        elif orders.authorized and self._policy.hands_on_stops:
            orders.authorized = None
            self._stop()
        wanted = station.v2x.wanted_power(self.evse, now)
        holds = self._policy.hands_on_set_points and (station.online or self._policy.keeps_set_point_offline)
        orders.set_point_w = wanted * self._policy.set_point_factor if wanted is not None and holds else None
        limit = self.evse.limit_w if self._policy.hands_on_limits else None
        orders.charge_limit_w = None if limit is None else max(0.0, limit)
        if orders.schedule_open and (self._answered() or now >= self._open_until):
            orders.schedule_open = False

    def _begin(self, evccid: str, now: float) -> None:
        self.told, self.orders.schedule_open, self._delivering = {}, False, False
        if self.evse.ev is not None and evccid:
            self.evse.ev = self.evse.ev.model_copy(update={"evccid": evccid})

    def plug_in(self, now: float) -> None:
        """A driver plugs the car in: nothing flows before both sides have agreed."""
        self.evse.negotiating = True
        self.station.station.transactions.plug_in(self.evse, now)

    def _deliver(self, starts: bool, now: float) -> None:
        if starts is self._delivering:
            return
        self._delivering = starts
        transactions = self.station.station.transactions
        if starts and self.evse.negotiating:
            self.evse.negotiating = False
            self.evse.ev_ready = True
            transactions.energy_flows(self.evse, now)
        elif starts or self._policy.tells_pauses:
            transactions.ev_pauses(self.evse, now, ready=starts)

    def _stop(self) -> None:
        """The back end has ended the authorization: the car is asked to stop."""
        if self.secc is None or not self._delivering:
            return
        try:
            self.secc.wish("stop")
        except NotReached:
            return  # it has stopped already

    # ---- needs and schedules

    def _needs(self, request: Message, session: SeccSession20, now: float) -> None:
        """Tell the CSMS what the car needs, once for each negotiation; the car waits for the answer (K18, K19, Q01)."""
        services = self.charger.services(session.mode) if self.charger is not None else []
        needs = needs_of(request, session, services)
        if not needs["requestedEnergyTransfer"]:
            return  # nothing has been agreed that it could ask for
        if needs == self.told or not self._policy.tells_needs:
            return
        self.told = needs
        self._open_until = now + PATIENCE_S
        self.orders.schedule_open = True
        self.station.station.smart_charging.ev_needs(self.evse, needs, now)

    def _answered(self) -> bool:
        return self.station.station.smart_charging.needs_answered(self.evse)


def needs_of(request: Message, session: SeccSession20, services: Sequence[str] = ()) -> Tree:
    """Return the chargingNeeds (OCPP 2.1) of what a car has said in charge parameter discovery and schedule exchange.

    `services` are those that were on offer: what the car could choose from ([Q01.FR.03]).
    """
    discovered = session.memory.requests.get(f"{session.mode}_ChargeParameterDiscoveryReq", {})
    limits: Mapping[str, Any] = next(
        (part for name, part in discovered.items() if name.endswith("EnergyTransferMode")), {}
    )
    asked: Mapping[str, Any] = next((part for name, part in request.tree.items() if name.endswith("ControlMode")), {})
    requested = _ENERGY_MODES.get(session.service, session.mode)
    needs: Tree = {
        "requestedEnergyTransfer": requested,
        "availableEnergyTransfer": [_ENERGY_MODES.get(one, one) for one in services] or [requested],
        "controlMode": _MODES.get(session.control_mode, "ScheduledControl"),
    }
    parameters: Tree = {}
    for ours, theirs in _PARAMETERS.items():
        found = limits.get(theirs, asked.get(theirs))
        if found is not None:
            parameters[ours] = round(number(found), 1)
    if parameters:
        needs["v2xChargingParameters"] = parameters
    return needs


_PARAMETERS: Final = {
    "minChargePower": "EVMinimumChargePower", "maxChargePower": "EVMaximumChargePower",
    "minDischargePower": "EVMinimumDischargePower", "maxDischargePower": "EVMaximumDischargePower",
    "minChargeCurrent": "EVMinimumChargeCurrent", "maxChargeCurrent": "EVMaximumChargeCurrent",
    "minDischargeCurrent": "EVMinimumDischargeCurrent", "maxDischargeCurrent": "EVMaximumDischargeCurrent",
    "minVoltage": "EVMinimumVoltage", "maxVoltage": "EVMaximumVoltage",
    "evTargetEnergyRequest": "EVTargetEnergyRequest", "evMinEnergyRequest": "EVMinimumEnergyRequest",
    "evMaxEnergyRequest": "EVMaximumEnergyRequest", "evMinV2XEnergyRequest": "EVMinimumV2XEnergyRequest",
    "evMaxV2XEnergyRequest": "EVMaximumV2XEnergyRequest",
}  # fmt: skip
"""Field of V2XChargingParametersType -> field of ISO 15118-20 (mapping of 2.1 Part 2, Q)."""


async def serve(coupling: Coupling, secc: SeccActor, *, task_status: Any = anyio.TASK_STATUS_IGNORED) -> None:
    """Serve cars at the cable of a station until cancelled. Raises LinkUnavailable."""
    coupling.secc = secc
    coupling.station.beats.append(coupling.look)
    try:
        await secc.serve(task_status=task_status)
    finally:
        coupling.station.beats.remove(coupling.look)
