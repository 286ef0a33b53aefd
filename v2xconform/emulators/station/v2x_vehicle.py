"""A simulated EV with ISO 15118-20 that can feed back, for a station without a real cable (Q01, Q02).

It negotiates a service with the station: the one that it likes best among those that the station has and the CSMS allows, then
says what it needs, waits for schedules, and charges. Nothing of ISO 15118 itself is here.
"""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from v2xconform.emulators.station.block import Payload
from v2xconform.emulators.station.evse import Evse
from v2xconform.protocols.ocpp.charging.operation_modes import DISCHARGING

if TYPE_CHECKING:
    from v2xconform.emulators.station.station import Station


@dataclass(frozen=True, slots=True)
class EvFacts:
    """What kind of EV it is."""

    evccid: str = ""
    services: tuple[str, ...] = ("AC_BPT", "AC_three_phase")
    """EnergyTransferModeEnumType, what it likes best first."""
    dynamic: bool = False
    """Dynamic control: the station says at any time what flows."""
    discharge_w: float = 10000.0
    phases: bool = False
    """It reports its limits for each phase."""
    protocol: str = "urn:iso:std:iso:15118:-20:AC,1,0"


@dataclass(slots=True)
class V2xVehicle:
    """One such EV on the cable of an EVSE."""

    station: "Station"
    evse: Evse
    facts: EvFacts
    service: str = ""
    """The energy transfer that was agreed."""
    asked: bool = False
    refused: set[str] = field(default_factory=set)
    """Services that the CSMS has refused."""

    def moved(self, now: float) -> None:
        """Something has changed at the EVSE: once somebody may charge, it negotiates."""
        transactions = self.station.transactions
        if not self.evse.plugged:
            self.evse.negotiating = False
            self.station.smart_charging.needs.evs.pop(self.evse.id, None)
            self.station.v2x.unplugged(self.evse, now)
        elif not self.asked and transactions.at(self.evse) is not None and transactions.holder(self.evse) is not None:
            self.asked = True
            self.station.agenda.at(now, self.negotiate)

    def choice(self) -> str:
        """Return the service that comes of the negotiation, empty where there is none ([Q01.FR.03], [Q01.FR.09])."""
        allowed = self.station.v2x.allowed.get(self.evse.id)
        common = [one for one in self.facts.services if one in self._offered() and one not in self.refused]
        if not self.station.policy.v2x.heeds_permission:
            return common[0] if common else ""
        if allowed is None:  # until the CSMS has said what it allows, it only charges
            simple = [one for one in common if one not in DISCHARGING]
            return (simple or common or [""])[0]
        return next((one for one in common if one in allowed), (common or [""])[0])

    def _offered(self) -> list[str]:
        return self.station.variables.members("V2XChargingCtrlr.SupportedEnergyTransferModes", evse=self.evse.id)

    def negotiate(self, now: float) -> None:
        """Agree on a service, and say what it needs."""
        if self.station.transactions.at(self.evse) is None:
            return
        self.service = self.choice() or self.service
        if not self.service:
            return  # no service in common: the EV ends its session, and asks for nothing
        self.station.smart_charging.ev_needs(self.evse, self.needs(), now, self.choose)

    def negotiate_other(self, now: float) -> bool:
        """The CSMS has refused the service: negotiate another one, if there is one ([Q01.FR.05])."""
        self.refused.add(self.service)
        if not self.station.variables.flag("ISO15118Ctrlr.ServiceRenegotiationSupport", True) or not self.choice():
            return False
        self.station.agenda.at(now, self.negotiate)
        return True

    def needs(self) -> Payload:
        """Return its chargingNeeds ([K18.FR.06], [Q01.FR.03])."""
        ev, spec = self.evse.ev, self.evse.spec
        assert ev is not None, "an EV is on the cable"
        power = min(ev.power_w, spec.max_power_w)
        limits: Payload = {"minChargePower": 0, "maxChargePower": power}
        if self.service in DISCHARGING:
            limits |= {"minDischargePower": 0, "maxDischargePower": min(self.facts.discharge_w, spec.discharge_power_w)}
        if self.facts.phases:
            limits = {f"{name}{phase}": value / 3 for name, value in limits.items() for phase in ("", "_L2", "_L3")}
        lacking = round(ev.capacity_wh * (1 - self.evse.soc / 100))
        limits |= {"evTargetEnergyRequest": lacking, "evMinEnergyRequest": 0, "evMaxEnergyRequest": lacking}
        needs: Payload = {
            "requestedEnergyTransfer": self.service,
            "controlMode": "DynamicControl" if self.facts.dynamic else "ScheduledControl",
            "v2xChargingParameters": limits,
        }
        if self.station.policy.v2x.lists_available:
            needs["availableEnergyTransfer"] = [one for one in self.facts.services if one in self._offered()]
        if self.service == "AC_BPT_DER":
            needs["derChargingParameters"] = self._inverter()
        return needs

    def _inverter(self) -> Payload:
        """Return what its inverter can do ([R02.FR.01])."""
        most = self.facts.discharge_w
        return {
            "evSupportedDERControl": ["FreqWatt", "VoltVar", "LimitMaxDischarge"], "maxApparentPower": most,
            "maxDischargeApparentPower": most, "evInverterManufacturer": "v2xconform", "evInverterModel": "lab EV",
        }  # fmt: skip

    def choose(self, schedules: list[Payload], now: float) -> None:
        """Take the first schedule; in scheduled control say how it will follow it; and charge ([K18.FR.10])."""
        chosen = schedules[0]
        if not self.facts.dynamic:
            self.station.smart_charging.ev_schedule(self.evse, self._own(chosen), now, chosen["id"])
        if self.evse.negotiating:
            self.evse.negotiating = False
            self.station.transactions.energy_flows(self.evse, now)
        self.station.v2x.changed(now)

    def _own(self, chosen: Payload) -> Payload:
        ev = self.evse.ev
        most = ev.power_w if ev is not None and chosen["chargingRateUnit"] == "W" else float("inf")
        periods = [
            {**one, **({"limit": min(one["limit"], most)} if "limit" in one else {})}
            for one in chosen["chargingSchedulePeriod"]
        ]
        return {
            "id": chosen["id"], "duration": chosen["duration"], "chargingRateUnit": chosen["chargingRateUnit"],
            "chargingSchedulePeriod": periods,
        }  # fmt: skip
