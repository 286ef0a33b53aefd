"""What a CSMS orders and answers in smart charging, against what has been before (K01, K15 to K19)."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from v2xconform.judge.finding import Finding
from v2xconform.judge.monitors.ocpp.charging_history import ChargingHistory
from v2xconform.protocols.ocpp.charging.checks import periods_of
from v2xconform.protocols.ocpp.charging.needs import exceeds
from v2xconform.protocols.ocpp.charging.profiles import TX, overlap
from v2xconform.trace.events import Event

PROFILE_S: Final = 60.0
"""How long a CSMS should take for a profile after needs ([K15.FR.08])."""
LATE_S: Final = 300.0
"""After so long it counts as not sent."""


@dataclass(slots=True)
class Orders:
    """Judges the CSMS of one trace."""

    history: ChargingHistory
    _owed: dict[int, tuple[Event, Event]] = field(default_factory=dict)
    """EVSE -> needs and their acceptance, while the profile for them has not come."""
    _sent: Event | None = None
    """The last profile of the CSMS."""

    def see(self, event: Event, asked: Event | None) -> Iterator[Finding]:
        """Yield what a message of the CSMS breaks."""
        if event.name == "SetChargingProfileRequest":
            yield from self._profile(event)
            self._sent = event
        elif event.name == "NotifyEVChargingNeedsResponse" and asked is not None:
            if event.body["status"] in ("Accepted", "Processing"):
                self._owed[asked.body["evseId"]] = asked, event
            else:
                self._owed.pop(asked.body["evseId"], None)
        elif event.name == "NotifyEVChargingScheduleResponse" and asked is not None:
            yield from self._judgement(event, asked)

    def _profile(self, event: Event) -> Iterator[Finding]:
        profile, evse, history = event.body["chargingProfile"], event.body["evseId"], self.history
        for other in history.store:
            if (
                other.id == profile["id"]
                or other.purpose != profile["chargingProfilePurpose"]
                or other.id in history.unsure
            ):
                continue
            if other.level != profile["stackLevel"]:
                continue
            numbers = (history.sets[other.id].id, event.id) if other.id in history.sets else (event.id,)
            if other.purpose == TX:
                if other.transaction == profile.get("transactionId"):
                    text = f"TxProfile {profile['id']} has the stack level of {other.id} in the same transaction"
                    yield Finding("K01.FR.39", "MUST", text, numbers)
            elif other.evse == evse and overlap(other.profile, profile):
                text = f"{other.purpose} {profile['id']} has EVSE and stack level of {other.id}, which is valid at the same time"
                yield Finding("K01.FR.06", "MUST", text, numbers)
        needs = history.needs.get(evse)
        if len(profile["chargingSchedule"]) > 1 and needs is None:
            text = f"profile {profile['id']} has {len(profile['chargingSchedule'])} schedules, no needs had been told"
            yield Finding("K01.FR.34", "MUST", text, (event.id,))
        highest = history.max_external_id
        if highest is not None and profile["id"] <= highest:
            text = f"profile {profile['id']} is in the range of external limits, up to {highest}"
            yield Finding("K01.FR.80", "MUST", text, (event.id,))
        if profile["chargingProfilePurpose"] == TX and evse in self._owed:
            yield from self._for_needs(event, *self._owed.pop(evse))
        if profile["chargingProfilePurpose"] == TX:
            yield from self._phases(event, needs)

    def _for_needs(self, event: Event, needs: Event, answer: Event) -> Iterator[Finding]:
        profile, wanted = event.body["chargingProfile"], needs.body["chargingNeeds"]
        took = event.seconds - needs.seconds
        if took > PROFILE_S:
            yield Finding("K15.FR.08", "SHOULD", f"the profile came {took:.0f} s after the needs", (needs.id, event.id))
        most = needs.body.get("maxScheduleTuples")
        largest = max(len(one["chargingSchedulePeriod"]) for one in profile["chargingSchedule"])
        if most is not None and largest > most:
            text = f"a schedule has {largest} periods, the EV takes {most}"
            yield Finding("K15.FR.07", "MUST", text, (needs.id, event.id))
        if wanted.get("controlMode") == "DynamicControl" and len(profile["chargingSchedule"]) != 1:
            text = f"{len(profile['chargingSchedule'])} schedules in dynamic control"
            yield Finding("K19.FR.07", "MUST", text, (needs.id, event.id))

    def _phases(self, event: Event, needs: Event | None) -> Iterator[Finding]:
        """Limits of single phases are for EVs that have reported such ([K01.FR.142])."""
        told: dict[str, Any] = needs.body["chargingNeeds"].get("v2xChargingParameters", {}) if needs is not None else {}
        for period in periods_of(event.body["chargingProfile"]):
            for phase in ("L2", "L3"):
                if f"limit_{phase}" in period and f"maxChargePower_{phase}" not in told:
                    text = f"limit_{phase} stands in a profile, the EV has reported no maxChargePower_{phase}"
                    yield Finding("K01.FR.142", "MUST", text, (event.id,))
                    return

    def _given(self, evse: int) -> tuple[dict[str, Any], float] | None:
        """Return the TxProfile that an EV had to choose from, and since when."""
        for running in (self.history.running_at(evse),):
            for one in reversed(self.history.store.installed):
                if one.purpose == TX and one.evse == evse and (running is None or one.transaction == running.id):
                    return one.profile, one.since
        return None

    def _judgement(self, event: Event, asked: Event) -> Iterator[Finding]:
        given = self._given(asked.body["evseId"])
        needs = self.history.needs.get(asked.body["evseId"])
        dynamic = needs is not None and needs.body["chargingNeeds"].get("controlMode") == "DynamicControl"
        answered = self.history.answered
        if (self._sent is not None and self._sent.id > asked.id) or (answered is not None and answered.id > asked.id):
            return  # a profile has crossed the schedule: who knows against which one it was held
        if given is None or dynamic or given[0]["chargingProfileKind"] == "Dynamic" or _has_modes(given[0]):
            return
        too_much = exceeds(asked.body, *given)
        if too_much and event.body["status"] == "Accepted" and exceeds(_lowered(asked.body), *given):
            text = "Accepted, although the schedule of the EV is above the profile"
            yield Finding("K15.FR.12", "MUST", text, (asked.id, event.id))
        elif not too_much and event.body["status"] == "Rejected":
            text = "Rejected, although the schedule of the EV is within the profile"
            yield Finding("K15.FR.11", "MUST", text, (asked.id, event.id))

    def ev_schedule_of_station(self, event: Event) -> Iterator[Finding]:
        """Yield where a station tells a schedule above the profile ([K15.FR.09])."""
        given = self._given(event.body["evseId"])
        if given is None or given[0]["chargingProfileKind"] == "Dynamic" or _has_modes(given[0]):
            return
        if exceeds(_lowered(event.body), *given):
            text = "the schedule of the EV is above the profile that the station has accepted"
            yield Finding("K15.FR.09", "MUST", text, (event.id,))

    def end(self, event: Event) -> Iterator[Finding]:
        """Yield profiles that have never come."""
        for needs, answer in self._owed.values():
            running = self.history.running_at(needs.body["evseId"])
            if event.seconds - answer.seconds > LATE_S and running is not None:
                text = f"no TxProfile came within {LATE_S:.0f} s after the needs were {answer.body['status']}"
                yield Finding("K15.FR.07", "MUST", text, (needs.id, answer.id))


def _has_modes(profile: dict[str, Any]) -> bool:
    return any(period.get("operationMode", "ChargingOnly") != "ChargingOnly" for period in periods_of(profile))


def _lowered(tree: dict[str, Any]) -> dict[str, Any]:
    """Return a NotifyEVChargingScheduleRequest with limits 5 % lower: what is above all the same is so for sure."""
    schedule = tree["chargingSchedule"]
    periods = [
        {**one, "limit": one["limit"] * 0.95} if "limit" in one else one for one in schedule["chargingSchedulePeriod"]
    ]
    return {**tree, "chargingSchedule": {**schedule, "chargingSchedulePeriod": periods}}
