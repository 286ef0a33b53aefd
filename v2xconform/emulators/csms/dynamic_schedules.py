"""Dynamic charging profiles at the CSMS: stations ask for new values (K28, Q04)."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from v2xconform.emulators.csms.block import Handler, Payload

if TYPE_CHECKING:
    from v2xconform.emulators.csms.csms import Csms
    from v2xconform.emulators.csms.session import StationSession


@dataclass(frozen=True, slots=True)
class DynamicSchedulesPolicy:
    """Duties of dynamic profiles."""

    answers: bool = True
    """Gives values to a station that asks ([K28.FR.07]); else Rejected."""
    gives_values: bool = True
    """… and not just Accepted."""
    checks_kind: bool = True
    """Rejects requests for profiles that are not dynamic or not there ([K28.FR.12])."""
    positive_discharge: bool = False
    """Gives dischargeLimit as a positive number."""


@dataclass(slots=True)
class DynamicSchedules:
    """The block of one CSMS."""

    csms: "Csms"
    handlers: dict[str, Handler] = field(default_factory=dict)
    values: dict[int, dict[str, Any]] = field(default_factory=dict)
    """Profile id -> what an operator wants it to be from now on."""

    def __post_init__(self) -> None:
        self.handlers = {"PullDynamicScheduleUpdate": self.pull}

    def pull(self, session: "StationSession", payload: Payload, now: float) -> Payload:
        """Answer PullDynamicScheduleUpdate ([K28.FR.07], [K28.FR.12])."""
        policy, number = self.csms.policy.dynamic_schedules, payload["chargingProfileId"]
        profile = self._find(session, number)
        dynamic = profile is not None and profile["chargingProfileKind"] == "Dynamic"
        if not policy.answers or (not dynamic and policy.checks_kind):
            return {"status": "Rejected", "statusInfo": {"reasonCode": "InvalidProfile"}}
        if not policy.gives_values:
            return {"status": "Accepted"}
        return {"status": "Accepted", "scheduleUpdate": self._now(session, number, profile)}

    def _find(self, session: "StationSession", number: int) -> Payload | None:
        """Return the profile of an id that the station has accepted last."""
        for action, asked, answer in reversed(session.results):
            if action == "SetChargingProfile" and asked["chargingProfile"]["id"] == number:
                profile: Payload = asked["chargingProfile"]
                return profile if answer.get("status") == "Accepted" else None
        return None

    def _now(self, session: "StationSession", number: int, profile: Payload | None) -> dict[str, Any]:
        """Return the values of now: what an operator wants, else what was pushed or set last."""
        known: dict[str, Any] = {}
        if profile is not None:
            period = profile["chargingSchedule"][0]["chargingSchedulePeriod"][0]
            known = {name: period[name] for name in ("limit", "dischargeLimit", "setpoint") if name in period}
        for action, asked, answer in session.results:
            if (
                action == "UpdateDynamicSchedule"
                and asked["chargingProfileId"] == number
                and answer["status"] == "Accepted"
            ):
                known |= asked["scheduleUpdate"]
        known |= self.values.get(number, {})
        if not known:
            known["limit"] = 0
        if self.csms.policy.dynamic_schedules.positive_discharge:
            known["dischargeLimit"] = abs(known.get("dischargeLimit", 1000))
        return known
