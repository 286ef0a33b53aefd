"""What a trace tells of charging: profiles that the station has accepted, transactions, limits of others, priority (K).

It is what a bystander can know: what a station kept from before is not known, and what an answer left open is not believed.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from v2xconform.protocols.ocpp.charging.profiles import (
    KEPT,
    OF_THE_STATION,
    TX,
    Installed,
    ProfileStore,
    seconds_of,
)
from v2xconform.trace.events import Event

BOOT: Final = frozenset({
    "PowerUp", "Watchdog", "ApplicationReset", "FirmwareUpdate", "LocalReset", "RemoteReset", "ScheduledReset", "Unknown",
})  # fmt: skip
"""Reasons of a BootNotification after which only what is kept can be there; Triggered is none of them."""


@dataclass(slots=True)
class Running:
    """A transaction."""

    id: str
    evse: int | None = None
    began: float = 0.0
    charging: float | None = None
    """When energy flowed first."""
    remote_start: int | None = None
    ended: bool = False


@dataclass(slots=True)
class ChargingHistory:
    """Feed it every message between a station and a CSMS; `changed` is when something changed last (wall clock)."""

    store: ProfileStore = field(default_factory=ProfileStore)
    transactions: dict[str, Running] = field(default_factory=dict)
    needs: dict[int, Event] = field(default_factory=dict)
    """EVSE -> last NotifyEVChargingNeedsRequest."""
    cleared: set[int] = field(default_factory=set)
    """Ids that have been cleared and not been set again."""
    external: bool = False
    """Limits of others have been told, which may still hold."""
    generation: bool = False
    """Some of them is local generation: it lifts limits."""
    priority: set[str] = field(default_factory=set)
    """Transactions that may charge with priority."""
    max_external_id: int | None = None
    sets: dict[int, Event] = field(default_factory=dict)
    """Id -> SetChargingProfileRequest that was accepted last."""
    answered: Event | None = None
    """The last answer to SetChargingProfile."""
    unsure: set[int] = field(default_factory=set)
    """Ids of profiles whose fate is not known: the answer did not come."""
    changed: float = 0.0
    _starts: list[tuple[int, int, dict[str, Any]]] = field(default_factory=list)
    """(remoteStartId, EVSE or 0, profile) of accepted remote starts whose transaction is still to begin."""

    def running_at(self, evse: int) -> Running | None:
        """Return the transaction of an EVSE."""
        found = [one for one in self.transactions.values() if one.evse == evse and not one.ended]
        return found[-1] if found else None

    def see(self, event: Event, asked: Event | None) -> None:
        """Take a message that obeys its schema; `asked` is the request that it answers."""
        take = getattr(self, f"_on_{event.name}", None)
        if take is not None:
            take(event, asked)

    def _mark(self, event: Event) -> None:
        self.changed = seconds_of(event.utc)

    # ---- profiles

    def _on_SetChargingProfileRequest(self, event: Event, asked: Event | None) -> None:
        self.unsure.add(event.body["chargingProfile"]["id"])
        self._mark(event)

    def _on_SetChargingProfileResponse(self, event: Event, asked: Event | None) -> None:
        if asked is None:
            return
        profile = asked.body["chargingProfile"]
        self.answered = event
        self.unsure.discard(profile["id"])
        if event.body["status"] == "Accepted":
            self.store.put(Installed(dict(profile), asked.body["evseId"], since=seconds_of(asked.utc)))
            self.sets[profile["id"]] = asked
            self.cleared.discard(profile["id"])
        self._mark(event)

    def _on_ClearChargingProfileResponse(self, event: Event, asked: Event | None) -> None:
        if asked is not None and event.body["status"] == "Accepted":
            gone = self.store.clearable(
                asked.body.get("chargingProfileId"), asked.body.get("chargingProfileCriteria", {})
            )
            self.cleared |= {one.id for one in gone}
            self.store.drop(gone)
            self._mark(event)

    def _on_RequestStartTransactionResponse(self, event: Event, asked: Event | None) -> None:
        if asked is None or event.body["status"] != "Accepted" or "chargingProfile" not in asked.body:
            return
        self._starts.append((asked.body["remoteStartId"], asked.body.get("evseId", 0), asked.body["chargingProfile"]))
        self._mark(event)

    def _on_UpdateDynamicScheduleResponse(self, event: Event, asked: Event | None) -> None:
        if asked is not None and event.body["status"] == "Accepted":
            self._update(asked.body["chargingProfileId"], asked.body["scheduleUpdate"], event)

    def _on_PullDynamicScheduleUpdateResponse(self, event: Event, asked: Event | None) -> None:
        if asked is not None and event.body["status"] == "Accepted" and "scheduleUpdate" in event.body:
            self._update(asked.body["chargingProfileId"], event.body["scheduleUpdate"], event)

    def _update(self, number: int, update: Mapping[str, Any], event: Event) -> None:
        found = self.store.find(number)
        if found is None:
            return
        schedule = found.profile["chargingSchedule"][0]
        period = {**schedule["chargingSchedulePeriod"][0], **{k: v for k, v in update.items() if k != "customData"}}
        made = {
            **found.profile,
            "dynUpdateTime": event.utc,
            "chargingSchedule": [{**schedule, "chargingSchedulePeriod": [period]}],
        }
        self.store.put(Installed(made, found.evse, found.source, found.since))
        self._mark(event)

    # ---- transactions and power

    def _on_TransactionEventRequest(self, event: Event, asked: Event | None) -> None:
        body, info = event.body, event.body["transactionInfo"]
        now = seconds_of(event.utc)
        known = self.transactions.setdefault(info["transactionId"], Running(info["transactionId"], began=now))
        known.evse = body.get("evse", {}).get("id", known.evse)
        if info.get("chargingState") == "Charging" and known.charging is None:
            known.charging = now
            self._mark(event)
        if body["eventType"] == "Ended":
            known.ended = True
            self.store.drop([one for one in self.store if one.purpose == TX and one.transaction == known.id])
            self.priority.discard(known.id)
            self._mark(event)
        if "remoteStartId" in info:
            self._adopt(known, info["remoteStartId"], event)

    def _adopt(self, running: Running, number: int, event: Event) -> None:
        for start in [one for one in self._starts if one[0] == number]:
            self._starts.remove(start)
            profile = {**start[2], "transactionId": running.id}
            evse = running.evse if running.evse is not None else start[1]
            if not running.ended:
                self.store.put(Installed(profile, evse, since=seconds_of(event.utc)))
        self._mark(event)

    def _on_BootNotificationRequest(self, event: Event, asked: Event | None) -> None:
        if event.body["reason"] in BOOT:
            self.store.drop([one for one in self.store if one.purpose not in KEPT])
            self.external = self.generation = False
            self._starts.clear()
            self.priority.clear()
            self._mark(event)

    def _on_NotifyChargingLimitRequest(self, event: Event, asked: Event | None) -> None:
        self.external = True
        self.generation = self.generation or bool(event.body["chargingLimit"].get("isLocalGeneration"))
        self._mark(event)

    def _on_UsePriorityChargingRequest(self, event: Event, asked: Event | None) -> None:
        if event.body["activate"]:
            self.priority.add(event.body["transactionId"])
        self._mark(event)

    def _on_NotifyPriorityChargingRequest(self, event: Event, asked: Event | None) -> None:
        (self.priority.add if event.body["activated"] else self.priority.discard)(event.body["transactionId"])
        self._mark(event)

    def _on_NotifyEVChargingNeedsRequest(self, event: Event, asked: Event | None) -> None:
        self.needs[event.body["evseId"]] = event

    # ---- variables

    def _on_SetVariablesResponse(self, event: Event, asked: Event | None) -> None:
        if asked is None:
            return
        wanted = {one["variable"]["name"]: one.get("attributeValue", "") for one in asked.body["setVariableData"]}
        for one in event.body["setVariableResult"]:
            if one["variable"]["name"] == "MaxExternalConstraintsId" and one["attributeStatus"] == "Accepted":
                value = wanted.get("MaxExternalConstraintsId", "")
                self.max_external_id = int(value) if value.lstrip("-").isdecimal() else None

    def demanded(self, evse: int | None, criterion: Mapping[str, Any], now: float) -> list[Installed]:
        """Return the profiles that a report has to hold: those that are known, sure, and not over."""
        return [
            one for one in self.store.matching(evse, criterion)
            if one.id not in self.unsure and one.purpose not in OF_THE_STATION
            and not _is_over(one, now + 5.0)
        ]  # fmt: skip


def _is_over(one: Installed, now: float) -> bool:
    """Tell whether a profile can never count again: a station may forget it then."""
    if "validTo" in one.profile and seconds_of(one.profile["validTo"]) <= now:
        return True
    if one.profile["chargingProfileKind"] != "Absolute":
        return False
    ends = [
        seconds_of(schedule["startSchedule"]) + schedule["duration"]
        for schedule in one.profile["chargingSchedule"]
        if "startSchedule" in schedule and "duration" in schedule
    ]
    return len(ends) == len(one.profile["chargingSchedule"]) and max(ends) <= now
