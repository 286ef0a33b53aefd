"""The power monitor: answers, reports, composite schedules and what flows fit the accepted charging profiles (K, SC.01).

A station may always charge with less: its own limits are not known here. So only what is above the accepted profiles counts.
"""

from collections.abc import Iterator
from typing import Final, cast

from v2xconform.judge.context import DELIBERATE, Context
from v2xconform.judge.finding import Finding
from v2xconform.judge.monitors.ocpp.charging_bounds import Bounds, measured
from v2xconform.judge.monitors.ocpp.charging_history import ChargingHistory
from v2xconform.judge.monitors.ocpp.charging_orders import Orders
from v2xconform.protocols.ocpp import Version, is_ocpp, schemas
from v2xconform.protocols.ocpp.charging.compare import difference
from v2xconform.protocols.ocpp.charging.profiles import TX, TX_DEFAULT, seconds_of
from v2xconform.trace.events import Event

GRACE_S: Final = 20.0
"""How long an EV and its station may take to follow a new limit."""
_WATTS: Final = 150.0
_SHARE: Final = 1.06


class OcppPowerMonitor:
    """Sees all events between a station and a CSMS."""

    name = "ocpp-power"

    def __init__(self, context: Context) -> None:
        self._sut = context.sut
        self._history = ChargingHistory()
        self._bounds = Bounds(self._history, context)
        self._orders = Orders(self._history)
        self._requests: dict[int, Event] = {}
        self._links: list[str] = []
        self._mixed = False
        self._asked: dict[int, tuple[Event, list[int]]] = {}
        """requestId -> (GetChargingProfilesRequest that was accepted, ids of profiles that have to be reported)."""
        self._reported: dict[int, set[int]] = {}
        self._wanted: set[object] = set()
        """requestIds of all GetChargingProfilesRequests, answered or not."""
        self._finished: set[int] = set()
        """requestIds whose last report has come."""

    def see(self, event: Event) -> Iterator[Finding]:
        """Yield what this event breaks."""
        if event.kind != "message" or not is_ocpp(event.layer) or self._mix(event.link):
            return
        self._requests[event.id] = event
        if event.name == "GetChargingProfilesRequest" and isinstance(event.body, dict):
            self._wanted.add(event.body.get("requestId"))
        version = cast(Version, event.layer)
        if not schemas.is_valid(version, event.name, event.body):
            return
        asked = self._requests.get(event.ref.get("answers", 0))
        if asked is not None and not schemas.is_valid(version, asked.name, asked.body):
            return
        try:
            if self._sut == "station" and event.src == "station":
                yield from self._station(event, asked)
            elif self._sut == "csms" and event.src == "csms" and event.note != DELIBERATE:
                yield from self._orders.see(event, asked)
            self._history.see(event, asked)
        except ValueError:
            return  # a time that is none is the business of the schema monitor

    def _mix(self, link: str) -> bool:
        """Tell whether several stations talk at once: whose profiles are whose is not known then."""
        if link in self._links[:-1]:
            self._mixed = True
        elif link not in self._links:
            self._links.append(link)
        return self._mixed

    def end(self, event: Event | None) -> Iterator[Finding]:
        """Yield what is left open."""
        if self._sut == "csms" and event is not None and not self._mixed:
            yield from self._orders.end(event)

    # ---- a station

    def _station(self, event: Event, asked: Event | None) -> Iterator[Finding]:
        if event.name == "SetChargingProfileResponse" and asked is not None:
            yield from self._set(event, asked)
        elif event.name == "ClearChargingProfileResponse" and asked is not None:
            yield from self._clear(event, asked)
        elif event.name == "GetChargingProfilesResponse" and asked is not None:
            yield from self._get(event, asked)
        elif event.name == "ReportChargingProfilesRequest":
            yield from self._report(event)
        elif event.name == "GetCompositeScheduleResponse" and asked is not None:
            yield from self._composite(event, asked)
        elif event.name == "UsePriorityChargingResponse" and asked is not None:
            named = self._history.transactions.get(asked.body["transactionId"])
            if event.body["status"] == "Accepted" and (named is None or named.ended):
                text = f"priority is Accepted for transaction {asked.body['transactionId']!r}, which does not run"
                yield Finding("K21.FR.02", "MUST", text, (asked.id, event.id))
        elif event.name == "NotifyEVChargingScheduleRequest":
            yield from self._orders.ev_schedule_of_station(event)
        elif event.name in ("TransactionEventRequest", "MeterValuesRequest"):
            yield from self._flow(event)

    def _set(self, event: Event, asked: Event) -> Iterator[Finding]:
        """Yield why a profile that was accepted had to be rejected."""
        if event.body["status"] != "Accepted":
            return
        profile, evse, history = asked.body["chargingProfile"], asked.body["evseId"], self._history
        if profile["chargingProfilePurpose"] == TX and evse > 0 and "transactionId" in profile:
            named = history.transactions.get(profile["transactionId"])
            if named is None or named.ended:
                what = "has ended" if named is not None else "has never been reported"
                text = f"a TxProfile of transaction {profile['transactionId']!r}, which {what}, is Accepted"
                yield Finding("K01.FR.33", "MUST", text, (asked.id, event.id))
        if profile["chargingProfilePurpose"] != TX_DEFAULT:
            return
        for other in history.store:
            same = other.purpose == TX_DEFAULT and other.level == profile["stackLevel"] and other.id != profile["id"]
            if same and other.id not in history.unsure and other.evse != evse and 0 in (other.evse, evse):
                requirement = "K01.FR.52" if evse == 0 else "K01.FR.53"
                text = (
                    f"default profile {profile['id']} of EVSE {evse} is Accepted beside {other.id} of EVSE {other.evse}"
                )
                numbers = (history.sets[other.id].id, asked.id, event.id)
                yield Finding(requirement, "MUST", f"{text}, both of stack level {other.level}", numbers)

    def _clear(self, event: Event, asked: Event) -> Iterator[Finding]:
        history, number = self._history, asked.body.get("chargingProfileId")
        known = history.store.clearable(number, asked.body.get("chargingProfileCriteria", {}))
        sure = [one for one in known if one.id not in history.unsure and one.id in history.sets]
        if event.body["status"] == "Unknown" and sure:
            requirement = "K10.FR.03" if number is not None else "K10.FR.04"
            text = f"Unknown, although profile {sure[0].id} had been accepted and fits"
            yield Finding(requirement, "MUST", text, (history.sets[sure[0].id].id, asked.id, event.id))
        if event.body["status"] == "Accepted" and number in history.cleared and not known:
            yield Finding(
                "K10.FR.01", "MUST", f"Accepted for profile {number}, which had been cleared", (asked.id, event.id)
            )

    def _get(self, event: Event, asked: Event) -> Iterator[Finding]:
        history, evse = self._history, asked.body.get("evseId")
        wanted = history.demanded(evse, asked.body["chargingProfile"], seconds_of(event.utc))
        if event.body["status"] == "NoProfiles":
            if wanted:
                text = (
                    f"NoProfiles, although profile {wanted[0].id} of EVSE {wanted[0].evse} had been accepted and fits"
                )
                yield Finding(_requirement(evse), "MUST", text, (asked.id, event.id))
            return
        self._asked[asked.body["requestId"]] = asked, [one.id for one in wanted]
        self._reported[asked.body["requestId"]] = set()
        self._finished.discard(asked.body["requestId"])

    def _report(self, event: Event) -> Iterator[Finding]:
        body, number = event.body, event.body["requestId"]
        if number not in self._asked:
            if number in self._finished:
                text = f"a report for request {number} comes after the one that said that no more will come"
                yield Finding("K09.FR.02", "MUST", text, (event.id,))
            elif number not in self._wanted:
                yield Finding(
                    "K09.FR.01",
                    "MUST",
                    f"profiles are reported for request {number}, which nobody has made",
                    (event.id,),
                )
            return
        asked, wanted = self._asked[number]
        criterion, evse = asked.body["chargingProfile"], asked.body.get("evseId")
        if evse is not None and body["evseId"] != evse:
            text = f"profiles of EVSE {body['evseId']} are reported, asked for was EVSE {evse}"
            yield Finding(_requirement(evse), "MUST", text, (asked.id, event.id))
        if body["chargingLimitSource"] not in criterion.get("chargingLimitSource", [body["chargingLimitSource"]]):
            text = f"profiles of the source {body['chargingLimitSource']} are reported"
            yield Finding(_requirement(evse), "MUST", text, (asked.id, event.id))
        for profile in body["chargingProfile"]:
            self._reported[number].add(profile["id"])
            strange = [
                f"{key} {profile[key]!r}" for key in ("chargingProfilePurpose", "stackLevel")
                if criterion.get(key, profile[key]) != profile[key]
            ]  # fmt: skip
            if profile["id"] not in criterion.get("chargingProfileId", [profile["id"]]):
                strange.append(f"id {profile['id']}")
            if strange:
                text = f"profile {profile['id']} does not fit what was asked for: {', '.join(strange)}"
                yield Finding(_requirement(evse), "MUST", text, (asked.id, event.id))
            yield from self._as_set(profile, body["evseId"], asked, event)
        if not body.get("tbc", False):
            missing = [one for one in wanted if one not in self._reported[number] and self._history.store.find(one)]
            del self._asked[number]
            self._finished.add(number)
            if missing:
                text = f"the last report says that no more will come, profile {missing[0]} is missing"
                yield Finding(_requirement(evse), "MUST", text, (asked.id, event.id))

    def _as_set(self, profile: dict[str, object], evse: int, asked: Event, event: Event) -> Iterator[Finding]:
        """Yield how a reported profile is another one than was set."""
        known = self._history.store.find(cast(int, profile["id"]))
        if known is None or known.id in self._history.unsure:
            return
        was_set = known.profile
        if was_set["chargingProfileKind"] == "Dynamic":  # its values change; what it is does not
            was_set = {key: was_set[key] for key in ("chargingProfileKind", "dynUpdateInterval") if key in was_set}
        changed = difference(was_set, profile)
        if changed:
            yield Finding(
                "K01.FR.07",
                "MUST",
                f"profile {known.id} is not reported as it was set: {changed}",
                (asked.id, event.id),
            )
        if evse != known.evse:
            text = f"profile {known.id} of EVSE {known.evse} is reported for EVSE {evse}"
            yield Finding(_requirement(evse), "MUST", text, (asked.id, event.id))

    def _composite(self, event: Event, asked: Event) -> Iterator[Finding]:
        schedule = event.body.get("schedule")
        if schedule is None or self._history.generation:
            return
        above = self._bounds.above(schedule)
        if above:
            yield Finding(
                "K08.FR.04", "MUST", f"the composite schedule is above the profiles: {above}", (asked.id, event.id)
            )

    def _flow(self, event: Event) -> Iterator[Finding]:
        """Yield where the power is above what profiles have allowed for a while."""
        now = seconds_of(event.utc)
        if self._history.generation or now - self._history.changed < GRACE_S:
            return
        evse = event.body.get("evseId", event.body.get("evse", {}).get("id"))
        if evse is None and event.name == "TransactionEventRequest":
            running = self._history.transactions.get(event.body["transactionInfo"]["transactionId"])
            evse = running.evse if running is not None else None
        if not evse:
            return
        for what, unit, value, at in measured(event.body):
            if abs(at - now) > GRACE_S / 2:
                continue  # an old value, or another clock
            most = self._bounds.allowed(evse, now - GRACE_S, now, unit)
            if most is not None and value > most * _SHARE + (_WATTS if unit == "W" else _WATTS / 230):
                text = f"{what} is {value:.4g} {unit} at EVSE {evse}, the profiles allow {most:.4g} {unit}"
                yield Finding("SC.01", "MUST", text, (event.id,))


def _requirement(evse: int | None) -> str:
    return "K09.FR.06" if evse is None else "K09.FR.05" if evse == 0 else "K09.FR.04"
