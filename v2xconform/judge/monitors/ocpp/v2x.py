"""The V2X monitor: permissions, refused needs and dynamic profiles have the consequences that they must have (K28, Q01, Q02)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from v2xconform.judge.context import DELIBERATE, Context
from v2xconform.judge.finding import Finding
from v2xconform.protocols.ocpp.charging.checks import periods_of
from v2xconform.protocols.ocpp.charging.operation_modes import (
    DISCHARGING,
    base_of,
    forbidden_fields,
    mode_of,
    phase_fields,
)
from v2xconform.protocols.ocpp.charging.profiles import TX
from v2xconform.trace.events import Event

_PATIENCE_S: Final = 60.0
"""So much later what has to follow counts as not done."""
_EARLY: Final = 0.8
"""Share of dynUpdateInterval before which a request for values is too early."""


@dataclass(slots=True)
class _Profile:
    """A profile that the station has accepted."""

    tree: Mapping[str, Any]
    event: Event
    updated: float
    """When its values changed last, seconds of the trace."""

    @property
    def dynamic(self) -> bool:
        """Whether its values may change."""
        return bool(self.tree["chargingProfileKind"] == "Dynamic")


class V2xMonitor:
    """Follows what both sides say; each of them is judged where it is under test."""

    name = "ocpp-v2x"

    def __init__(self, context: Context) -> None:
        self._sut = context.sut
        self._applies = context.protocol == "ocpp2.1"
        self._requests: dict[int, Event] = {}
        self._profiles: dict[int, _Profile] = {}
        self._needs: dict[int, Event] = {}
        """EVSE -> last NotifyEVChargingNeedsRequest."""
        self._due: list[tuple[str, Event, str]] = []
        """Requirement, since when, and what is due: new needs, or the end of the transaction."""

    def see(self, event: Event) -> Iterator[Finding]:
        """Yield what this event breaks."""
        if not self._applies:
            return
        if event.kind == "close" or event.name == "BootNotificationRequest":
            self._due.clear()
            return
        if event.kind != "message" or event.layer != "ocpp2.1":
            return
        self._requests[event.id] = event
        asked = self._requests.get(event.ref.get("answers", 0))
        try:
            if event.src == "station":
                self._settle(event)
            if asked is not None:
                yield from self._answered(asked, event)
            elif event.name == "TransactionEventRequest" and self._sut == "station":
                yield from self._mode(event)
            elif event.name == "NotifyEVChargingNeedsRequest":
                self._needs[event.body["evseId"]] = event
            elif event.name == "PullDynamicScheduleUpdateRequest" and self._sut == "station":
                yield from self._pulled(event)
            elif event.name == "SetChargingProfileRequest" and self._sut == "csms" and event.note != DELIBERATE:
                yield from self._set(event)
        except (KeyError, TypeError, ValueError):
            return  # it breaks its schema, which is said elsewhere

    # ---- what follows on answers

    def _answered(self, asked: Event, event: Event) -> Iterator[Finding]:
        body, status = asked.body, event.body.get("status")
        if event.name == "SetChargingProfileResponse" and status == "Accepted":
            profile = body["chargingProfile"]
            self._profiles[profile["id"]] = _Profile(profile, asked, event.seconds)
        elif event.name == "ClearChargingProfileResponse" and status == "Accepted":
            self._profiles.clear()  # which of them are left is the business of others
        elif event.name == "NotifyEVChargingNeedsResponse" and status == "Rejected":
            if "v2xChargingParameters" in body["chargingNeeds"]:
                self._due.append(("Q01.FR.06", event, "new needs, or the end of the transaction"))
        elif event.name == "NotifyAllowedEnergyTransferResponse" and status == "Accepted":
            if any("v2xChargingParameters" in one.body["chargingNeeds"] for one in self._needs.values()):
                self._due.append(("Q02.FR.07", event, "new needs"))
        elif event.name == "UpdateDynamicScheduleResponse" and self._sut == "station":
            yield from self._pushed(asked, event, str(status))
        elif event.name == "PullDynamicScheduleUpdateResponse" and status == "Accepted":
            known = self._profiles.get(body["chargingProfileId"])
            if known is not None:
                known.updated = event.seconds

    def _mode(self, event: Event) -> Iterator[Finding]:
        """A change of the operation mode leads to one that a profile has set ([Q01], TriggerReason OperationModeChanged)."""
        mode = event.body["transactionInfo"].get("operationMode", "")
        if event.body["triggerReason"] != "OperationModeChanged" or mode in ("", "Idle", "ChargingOnly"):
            return
        if mode.startswith("External"):
            return  # an external system has set it, or a profile of the station's own
        known = {mode_of(period) for one in self._profiles.values() for period in periods_of(one.tree)}
        if known and mode not in known:
            text = f"the operation mode is told to be {mode}; the profiles have {', '.join(sorted(known))}"
            shown = next(iter(self._profiles.values())).event
            yield Finding("OCPP-ToldMode", "MUST", text, (shown.id, event.id))

    def _pushed(self, asked: Event, event: Event, status: str) -> Iterator[Finding]:
        known = self._profiles.get(asked.body["chargingProfileId"])
        if known is None:
            return
        shown = (known.event.id, asked.id, event.id)
        if known.dynamic and status != "Accepted":
            yield Finding("K28.FR.06", "MUST", f"{status} for new values of a dynamic profile", shown)
        if not known.dynamic and status == "Accepted":
            text = f"new values for a profile of the kind {known.tree['chargingProfileKind']} were accepted"
            yield Finding("K28.FR.11", "MUST", text, shown)
        if status == "Accepted":
            known.updated = event.seconds

    def _settle(self, event: Event) -> None:
        """Take away what was due and has come."""
        needs = event.name == "NotifyEVChargingNeedsRequest"
        ended = event.name == "TransactionEventRequest" and event.body.get("eventType") == "Ended"
        if needs or ended:
            self._due.clear()

    # ---- requests

    def _pulled(self, event: Event) -> Iterator[Finding]:
        number = event.body["chargingProfileId"]
        known = self._profiles.get(number)
        if known is None:
            return  # it may be older than the test case
        shown, interval = (known.event.id, event.id), known.tree.get("dynUpdateInterval", 0)
        if not known.dynamic or interval <= 0:
            text = f"values are asked for, but profile {number} is not dynamic or has no dynUpdateInterval"
            yield Finding("K28.FR.10", "MUST", text, shown)
        elif event.seconds - known.updated < interval * _EARLY:
            text = (
                f"values are asked for after {event.seconds - known.updated:.1f} s; dynUpdateInterval is {interval} s"
            )
            yield Finding("K28.FR.10", "MUST", text, shown)
        known.updated = max(known.updated, event.seconds)

    def _set(self, event: Event) -> Iterator[Finding]:
        profile = event.body["chargingProfile"]
        needs = self._needs.get(event.body["evseId"])
        if needs is None or profile["chargingProfilePurpose"] != TX:
            return
        asked, shown = needs.body["chargingNeeds"], (needs.id, event.id)
        limits = asked.get("v2xChargingParameters")
        if limits is None:
            return
        for period in periods_of(profile):
            if asked["requestedEnergyTransfer"] not in DISCHARGING:
                if mode_of(period) != "ChargingOnly":
                    text = f"{mode_of(period)} for an EV that has asked for {asked['requestedEnergyTransfer']}"
                    yield Finding("Q02.FR.01", "MUST", text, shown)
                foreign = forbidden_fields({**period, "operationMode": "ChargingOnly"})
                if foreign:
                    text = f"{', '.join(foreign)} for an EV that has asked for {asked['requestedEnergyTransfer']}"
                    yield Finding("Q02.FR.02", "MUST", text, shown)
            for field in phase_fields(period):
                phase, charging = field[-2:], base_of(field) == "limit"
                if f"max{'Charge' if charging else 'Discharge'}Power_{phase}" not in limits:
                    requirement = "K01.FR.142" if charging else "V2X.08"
                    yield Finding(requirement, "MUST", f"{field}, but the EV has reported nothing for {phase}", shown)

    def end(self, event: Event | None) -> Iterator[Finding]:
        """Yield what is left open."""
        if event is None or self._sut != "station":
            return
        for requirement, since, what in self._due:
            if event.seconds > since.seconds + _PATIENCE_S:
                yield Finding(requirement, "MUST", f"{since.name} was not followed by {what}", (since.id,))
