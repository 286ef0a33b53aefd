"""The limit that profiles make at each EVSE: it is set, told, and followed over time (K01, K04, SC.01 to SC.03)."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from v2xconform.emulators.station.evse import Evse
from v2xconform.emulators.station.transaction_events import charging_state
from v2xconform.protocols.ocpp.charging.composite import (
    CHARGING_ONLY,
    Merged,
    Site,
    all_edges,
    allowed_at,
    station_budget,
)
from v2xconform.protocols.ocpp.charging.schedules import DAY_S

if TYPE_CHECKING:
    from v2xconform.emulators.station.station import Station

_NEXT: Final = "charging_limit.next"


@dataclass(slots=True)
class ChargingLimit:
    """The limits of all EVSEs of one station."""

    station: "Station"
    modes: dict[int, str] = field(default_factory=dict)
    """EVSE -> operationMode that was told last."""

    def apply(self, now: float, *, quiet: bool = False) -> None:
        """Let every EVSE follow what holds now, tell the CSMS (unless `quiet`), and plan the next change."""
        smart, utc = self.station.smart_charging, self.station.utc()
        for evse in self.station.evses:
            evse.meter(now)  # limits may depend on the state of charge
        sites = smart.sites()
        allowed = {evse.id: allowed_at(smart.store.installed, sites, evse.id, utc) for evse in self.station.evses}
        shares = self._shares(sites, allowed, utc)
        for evse in self.station.evses:
            self._follow(evse, allowed[evse.id], shares.get(evse.id), now, quiet)
        self._plan(sites, utc, now)

    def _shares(self, sites: dict[int, Site], allowed: dict[int, Merged], utc: float) -> dict[int, float]:
        """Return how the limit of the station is shared out to the EVSEs at which energy flows ([K04.FR.05])."""
        budget = station_budget(self.station.smart_charging.store.installed, sites, utc)
        if budget is None:
            return {}
        wishes = {
            evse.id: min(allowed[evse.id].limit_w, evse.ev.power_w)
            for evse in self.station.evses
            if evse.flowing and evse.ev_ready and evse.ev is not None
        }
        shares: dict[int, float] = {}
        for done, (number, wish) in enumerate(sorted(wishes.items(), key=lambda one: one[1])):
            shares[number] = min(wish, budget / (len(wishes) - done))
            budget -= shares[number]
        return shares

    def _follow(self, evse: Evse, allowed: Merged, share: float | None, now: float, quiet: bool) -> None:
        smart, transactions = self.station.smart_charging, self.station.transactions
        evse.meter(now)
        before = evse.power_w()
        limit = allowed.limit_w if allowed.parts else None
        if limit is not None and share is not None:
            limit = min(limit, share)
        evse.limit_w = limit if smart.policy.limits and smart.enabled else None
        running = transactions.at(evse)
        if running is None:
            return
        if quiet:
            if allowed.mode != self.modes.get(evse.id, CHARGING_ONLY):
                self.station.agenda.at(now, self.apply)
            return
        if running.charging_state != charging_state(transactions.bays[evse.id - 1]):
            transactions.moved(evse, "ChargingStateChanged", now)
        elif self.significant(before, evse.power_w()) and smart.policy.tells_rate_changes:
            transactions.event(evse, "ChargingRateChanged", now, measured=True)
        self._tell_mode(evse, allowed.mode, now)

    def _tell_mode(self, evse: Evse, mode: str, now: float) -> None:
        known = self.modes.get(evse.id, CHARGING_ONLY)
        self.modes[evse.id] = mode
        tells = self.station.smart_charging.policy.tells_mode_changes
        if known != mode and self.station.version == "ocpp2.1" and tells:
            self.station.transactions.event(evse, "OperationModeChanged", now, info={"operationMode": mode})

    def significant(self, before: float, after: float) -> bool:
        """Tell whether a change is larger than LimitChangeSignificance ([SC.03])."""
        percent = self.station.variables.number("SmartChargingCtrlr.LimitChangeSignificance", 0.0)
        return abs(after - before) > max(before, after, 1.0) * percent / 100

    def _plan(self, sites: dict[int, Site], utc: float, now: float) -> None:
        instants = all_edges(self.station.smart_charging.store.installed, sites.values(), utc, utc + DAY_S)[:1]
        instants += [utc + wait for evse in self.station.evses if (wait := self._until_soc(evse)) is not None]
        if instants and self.station.powered:
            self.station.agenda.at(now + max(0.001, min(instants) - utc), self._due, _NEXT)
        else:
            self.station.agenda.cancel(_NEXT)

    def _due(self, now: float) -> None:
        self.station.smart_charging.apply(now)

    def _until_soc(self, evse: Evse) -> float | None:
        """Return when a limitAtSoC will be reached, None where none is in sight ([K01.FR.100])."""
        power = evse.power_w()
        if evse.ev is None or power <= 0:
            return None
        thresholds = [
            float(schedule["limitAtSoC"]["soc"])
            for one in self.station.smart_charging.store.of_evse(evse.id)
            for schedule in one.profile["chargingSchedule"]
            if "limitAtSoC" in schedule and schedule["limitAtSoC"]["soc"] > evse.soc
        ]
        if not thresholds:
            return None
        return (min(thresholds) - evse.soc) / 100 * evse.ev.capacity_wh / power * 3600 + 0.1
