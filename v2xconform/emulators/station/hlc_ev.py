"""A simulated EV that speaks ISO 15118, for a station without a real cable: it says what it needs, chooses a schedule, charges.

Nothing of ISO 15118 itself is here: only what a station hears of it and passes on (K15 to K19).
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from v2xconform.emulators.station.block import Payload
from v2xconform.emulators.station.evse import Evse
from v2xconform.protocols.ocpp.charging.profiles import TX

if TYPE_CHECKING:
    from v2xconform.emulators.station.station import Station

EvKind = Literal["ISO 15118-2", "ISO 15118-20 scheduled", "ISO 15118-20 dynamic"]
MIN_CURRENT_A: Final = 6


@dataclass(slots=True)
class HlcEv:
    """One EV on the cable of an EVSE."""

    station: "Station"
    evse: Evse
    kind: EvKind
    returns_profile: bool = True
    """It says how it will charge (PowerDeliveryReq)."""
    energy_wh: float = 20000.0
    asked: bool = False
    announced: bool = False
    """It has told a schedule of its own for a profile of the CSMS."""

    def moved(self, now: float) -> None:
        """Something has changed at the EVSE: once somebody may charge, it says what it needs."""
        transactions = self.station.transactions
        if not self.evse.plugged:
            self.evse.negotiating = False
            self.station.smart_charging.needs.evs.pop(self.evse.id, None)
        elif not self.asked and transactions.at(self.evse) is not None and transactions.holder(self.evse) is not None:
            self.asked = True
            self.station.agenda.at(now, self.ask)

    def ask(self, now: float) -> None:
        """Say what it needs."""
        self.station.smart_charging.ev_needs(self.evse, self.needs(), now, self.choose)

    def renegotiate(self, now: float, energy_wh: float = 5000.0) -> None:
        """Want another amount of energy (K17)."""
        self.energy_wh = energy_wh
        self.ask(now)

    def needs(self) -> Payload:
        """Return its chargingNeeds."""
        ev, supply = self.evse.ev, self.station.smart_charging.supply(self.evse)
        assert ev is not None, "an EV is on the cable"
        amperes = round(ev.power_w / (supply.voltage_v * supply.phases))
        mode = "DC" if supply.dc else "AC_three_phase" if supply.phases == 3 else "AC_single_phase"
        needs: Payload = {"requestedEnergyTransfer": mode}
        if self.kind != "ISO 15118-2":
            needs["controlMode"] = "ScheduledControl" if "scheduled" in self.kind else "DynamicControl"
            needs["v2xChargingParameters"] = {
                "minChargePower": 1400, "maxChargePower": ev.power_w, "evTargetEnergyRequest": self.energy_wh,
                "evMinEnergyRequest": 0, "evMaxEnergyRequest": round(ev.capacity_wh * (1 - self.evse.soc / 100)),
            }  # fmt: skip
        elif supply.dc:
            needs["dcChargingParameters"] = {
                "evMaxCurrent": amperes, "evMaxVoltage": round(supply.voltage_v), "energyAmount": round(self.energy_wh),
                "evMaxPower": round(ev.power_w), "stateOfCharge": round(self.evse.soc),
                "evEnergyCapacity": round(ev.capacity_wh),
            }  # fmt: skip
        else:
            needs["acChargingParameters"] = {
                "energyAmount": round(self.energy_wh), "evMinCurrent": MIN_CURRENT_A, "evMaxCurrent": amperes,
                "evMaxVoltage": 400,
            }  # fmt: skip
        return needs

    def choose(self, schedules: list[Payload], now: float) -> None:
        """Take the first schedule, say how it will follow it, and charge."""
        chosen = schedules[0]
        if self.returns_profile or self.kind == "ISO 15118-20 dynamic":
            self.station.smart_charging.ev_schedule(self.evse, self._own(chosen), now, chosen["id"])
        if self.evse.negotiating:
            self.evse.negotiating = False
            self.station.transactions.energy_flows(self.evse, now)

    def _own(self, chosen: Payload) -> Payload:
        """Return its own schedule within the one that it chose; in dynamic control that of the station ([K19.FR.10])."""
        ev, supply = self.evse.ev, self.station.smart_charging.supply(self.evse)
        most = ev.power_w if ev is not None else 0.0
        if chosen["chargingRateUnit"] == "A":
            most = int(most / (supply.voltage_v * supply.phases) * 10) / 10
        if self.kind == "ISO 15118-20 dynamic":
            most = float("inf")
        given = any(one.purpose == TX for one in self.station.smart_charging.store.of_evse(self.evse.id))
        excess = 1.0 if self.announced or not given else self.station.policy.smart_charging.ev_excess
        self.announced = self.announced or given
        return {
            "id": chosen["id"], "duration": chosen["duration"], "chargingRateUnit": chosen["chargingRateUnit"],
            "chargingSchedulePeriod": [
                {"startPeriod": one["startPeriod"], "limit": round(min(one["limit"], most) * excess, 1)}
                for one in chosen["chargingSchedulePeriod"]
            ],
        }  # fmt: skip
