"""What EVs ask for by ISO 15118, and what becomes of it: needs, schedules for the EV, its own schedule (K15 to K20).

`ChargingNeeds.ask` is for who talks to the EV: the charger's SECC face, or the simulated EV of a station without one
(`HlcEv`). The schedules come by the callback: those of the CSMS, or without them what the composite schedule allows.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from v2xconform.emulators.station.block import Payload
from v2xconform.emulators.station.evse import Evse
from v2xconform.protocols.ocpp.charging.composite import EV
from v2xconform.protocols.ocpp.charging.needs import SHORT_S
from v2xconform.protocols.ocpp.charging.profiles import TX, Installed
from v2xconform.protocols.ocpp.rpc import Failure

if TYPE_CHECKING:
    from v2xconform.emulators.station.station import Station

OnSchedules = Callable[[list[Payload], float], None]
"""Called with up to three ChargingScheduleTypes in absolute time, and the instant."""
PROFILE_WAIT_S: Final = 60.0
"""How long the CSMS may take to send a profile ([K15.FR.08])."""
_HORIZON_S: Final = 86400
_EV_PROFILE_ID: Final = -1


@dataclass(slots=True)
class Asked:
    """Needs that wait for schedules."""

    needs: Payload
    on_schedules: OnSchedules | None


@dataclass(slots=True)
class ChargingNeeds:
    """Needs and announced schedules of all EVSEs."""

    station: "Station"
    known: dict[int, Payload] = field(default_factory=dict)
    """EVSE -> last chargingNeeds of its transaction."""
    waiting: dict[int, Asked] = field(default_factory=dict)
    listening: dict[int, OnSchedules] = field(default_factory=dict)
    """EVSE -> who hears of schedules that come later: the CSMS renegotiates (K16)."""
    schedules: dict[int, Installed] = field(default_factory=dict)
    """EVSE -> schedule that its EV has announced."""
    evs: dict[int, Any] = field(default_factory=dict)
    """EVSE -> simulated EV."""

    # ---- needs

    def ask(
        self, evse: Evse, needs: Payload, now: float, on_schedules: OnSchedules | None = None, tuples: int = 3
    ) -> None:
        """Tell the CSMS what the EV at an EVSE needs (ChargingNeedsType); schedules come by the callback ([K15.FR.01])."""
        self.known[evse.id] = needs
        self.waiting[evse.id] = Asked(needs, on_schedules)
        if on_schedules is not None:
            self.listening[evse.id] = on_schedules
        payload: Payload = {"evseId": evse.id, "maxScheduleTuples": tuples, "chargingNeeds": needs}
        if not self.station.online or not self.station.policy.smart_charging.sends_needs:
            self._settle(evse, now)  # [K15.FR.15]
            return
        self.station.call(
            "NotifyEVChargingNeeds", payload, now,
            lambda answer, at: self._answered(evse, answer, at), lambda failure, at: self._failed(evse, failure, at),
        )  # fmt: skip

    def _answered(self, evse: Evse, answer: Payload, now: float) -> None:
        status = answer["status"]
        if (
            status == "Rejected"
            and self.station.version == "ocpp2.1"
            and "v2xChargingParameters" in self.known.get(evse.id, {})
        ):
            # The requested kind of energy transfer is not accepted ([K18.FR.23], [K19.FR.16]).
            self.waiting.pop(evse.id, None)
            if not self.station.v2x.refused(evse, now):  # no other kind is left to negotiate ([Q01.FR.05], [Q01.FR.06])
                self.station.transactions.end(evse, "AbnormalCondition", "ReqEnergyTransferRejected", now)
        elif status == "Accepted" and evse.id in self.waiting:
            late = lambda at: self._settle(evse, at)  # noqa: E731 - a name for what is due
            self.station.agenda.at(now + PROFILE_WAIT_S, late, f"charging_needs.{evse.id}")
        else:
            self._settle(evse, now)

    def _failed(self, evse: Evse, failure: Failure, now: float) -> None:
        self._settle(evse, now)

    def _settle(self, evse: Evse, now: float) -> None:
        """Give the EV what the composite schedule allows: no schedule of the CSMS is there ([K15.FR.15], [K18.FR.15])."""
        asked = self.waiting.pop(evse.id, None)
        if asked is not None and asked.on_schedules is not None and self.station.policy.smart_charging.settles:
            asked.on_schedules([self._schedule(evse, 1, 0)], now)

    def profile_came(self, new: Installed, now: float) -> None:
        """A profile was installed: one for a transaction with ISO 15118 goes on to its EV ([K15.FR.07], [K16.FR.02])."""
        asked = self.waiting.pop(new.evse, None) if new.purpose == TX else None
        self.station.agenda.cancel(f"charging_needs.{new.evse}") if asked else None
        for evse in self.station.evses:
            if new.evse not in (0, evse.id):
                continue
            hears = asked.on_schedules if asked is not None and evse.id == new.evse else self.listening.get(evse.id)
            if hears is None or (asked is None and evse.id in self.waiting):
                continue
            self.schedules.pop(evse.id, None)
            given = new.profile["chargingSchedule"] if new.purpose == TX else [{"id": 1}]
            hears([self._schedule(evse, one["id"], which) for which, one in enumerate(given)], now)

    def _schedule(self, evse: Evse, number: int, which: int) -> Payload:
        smart = self.station.smart_charging
        made = smart.composite(evse.id, _HORIZON_S, smart.units[0] if smart.units else "W", which)
        return {
            "id": number, "startSchedule": made["scheduleStart"], "duration": made["duration"],
            "chargingRateUnit": made["chargingRateUnit"],
            "chargingSchedulePeriod": _without_beginning(made["chargingSchedulePeriod"]),
        }  # fmt: skip

    def phases_reported(self) -> dict[int, int]:
        """Return for how many phases the EV of each EVSE has reported limits of their own ([K01.FR.142])."""
        found = {}
        for evse, needs in self.known.items():
            limits = needs.get("v2xChargingParameters", {})
            found[evse] = 1 + sum(f"maxChargePower_{phase}" in limits for phase in ("L2", "L3"))
        return found

    # ---- the schedule of the EV

    def announce(
        self, evse: Evse, schedule: Payload, now: float, selected: int | None = None, tolerance: bool | None = None
    ) -> None:  # fmt: skip
        """Tell the CSMS how the EV will charge from now on (ChargingScheduleType), and count with it ([K15.FR.10])."""
        base = self.station.timestamp()
        payload: Payload = {"timeBase": base, "chargingSchedule": schedule, "evseId": evse.id}
        if self.station.version == "ocpp2.1":
            if selected is not None:
                payload["selectedChargingScheduleId"] = selected
            if tolerance is not None:
                payload["powerToleranceAcceptance"] = tolerance
        profile: Payload = {
            "id": _EV_PROFILE_ID, "stackLevel": 0, "chargingProfilePurpose": EV, "chargingProfileKind": "Absolute",
            "chargingSchedule": [{**schedule, "startSchedule": base}],
        }  # fmt: skip
        self.schedules[evse.id] = Installed(profile, evse.id, "EV", self.station.utc())
        if self.station.policy.smart_charging.sends_ev_schedule:
            self.station.call("NotifyEVChargingSchedule", payload, now)
        self.station.smart_charging.apply(now)

    def announced(self, evse: Evse) -> tuple[Installed, ...]:
        """Return the schedule that the EV of an EVSE has announced, if any."""
        found = self.schedules.get(evse.id)
        return (found,) if found is not None else ()

    # ---- life

    def moved(self, evse: Evse, now: float) -> None:
        """Something has changed at an EVSE."""
        ev = self.evs.get(evse.id)
        if ev is not None:
            ev.moved(now)

    def ended(self, evse: Evse) -> None:
        """The transaction of an EVSE has ended."""
        for known in (self.known, self.waiting, self.listening, self.schedules):
            known.pop(evse.id, None)

    def reset(self) -> None:
        """Power was lost."""
        for known in (self.known, self.waiting, self.listening, self.schedules, self.evs):
            known.clear()


def _without_beginning(periods: list[Payload]) -> list[Payload]:
    """Return periods without a first one of a few seconds: what held before the CSMS's clock had come to its schedule."""
    while len(periods) > 1 and periods[1]["startPeriod"] < SHORT_S:
        periods = [{**periods[1], "startPeriod": 0}, *periods[2:]]
    return periods
