"""Dynamic charging profiles of 2.1: the CSMS gives new values, by push or pull, and external systems do (K28, K29, Q05, Q06).

A dynamic profile has one period; an update changes its values and sets dynUpdateTime. How long it holds without an update
(``duration``) is known by `protocols.ocpp.charging.schedules`.
"""

from copy import deepcopy
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from v2xconform.emulators.station.block import Handler, Payload, status_info
from v2xconform.emulators.station.evse import Evse
from v2xconform.protocols.ocpp.charging.operation_modes import mode_of
from v2xconform.protocols.ocpp.charging.profiles import EXTERNAL, TX, TX_DEFAULT, Installed, seconds_of
from v2xconform.protocols.ocpp.rpc import Failure

if TYPE_CHECKING:
    from v2xconform.emulators.station.station import Station

_SETPOINTS: Final = (
    "setpoint",
    "setpoint_L2",
    "setpoint_L3",
    "setpointReactive",
    "setpointReactive_L2",
    "setpointReactive_L3",
)
_VALUES: Final = (
    "limit", "limit_L2", "limit_L3", "dischargeLimit", "dischargeLimit_L2", "dischargeLimit_L3", *_SETPOINTS,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class DynamicSchedulesPolicy:
    """Duties of dynamic profiles."""

    applies: bool = True
    """Applies what UpdateDynamicSchedule says ([K28.FR.06])."""
    stamps: bool = True
    """Sets dynUpdateTime with each update ([K28.FR.05], [K28.FR.09])."""
    stamps_updates: bool = True
    revives: bool = True
    """News make a profile valid again that had run out ([K28.FR.14])."""
    refuses_static: bool = True
    """Rejects updates of other kinds of profiles ([K28.FR.11])."""
    refuses_unknown: bool = True
    """Rejects updates of profiles that it does not have."""
    pulls: bool = True
    """Asks for updates at dynUpdateInterval ([K28.FR.10])."""
    interval_factor: float = 1.0
    applies_pulled: bool = True
    """Applies what PullDynamicScheduleUpdateResponse says ([K28.FR.08])."""
    shifts_id: int = 0
    """Asks for another profile than its own."""
    heeds_external: bool = True
    """Takes values of external systems into the profile of the CSMS that waits for them ([K29.FR.03])."""
    keeps_external: bool = True
    """… or keeps them as profiles of its own ([K29.FR.04], [Q06.FR.02])."""
    tells_external: bool = True
    """NotifyChargingLimit ([Q06.FR.10] to [Q06.FR.12])."""
    names_mode: bool = True
    """operationMode in what it makes of external values."""
    shows_schedule: bool = True
    """chargingSchedule in NotifyChargingLimit."""
    heeds_disallowed: bool = True
    """ExternalConstraintsProfileDisallowed ([Q06.FR.08])."""


@dataclass(slots=True)
class DynamicSchedules:
    """The dynamic profiles of one station."""

    station: "Station"
    handlers: dict[str, Handler] = field(default_factory=dict)
    _told: dict[int, Payload] = field(default_factory=dict)
    """EVSE -> values of the external system that the CSMS was told last."""

    def __post_init__(self) -> None:
        self.station.smart_charging.listeners.append(self.look)
        if self.station.version == "ocpp2.1":
            self.handlers = {"UpdateDynamicSchedule": self.update}

    # ---- updates by the CSMS

    def look(self, now: float) -> None:
        """Profiles may have come: those that are dynamic have a dynUpdateTime, and are asked about when it is time."""
        for one in self.station.smart_charging.store:
            if one.profile["chargingProfileKind"] != "Dynamic":
                continue
            if "dynUpdateTime" not in one.profile and self.station.policy.dynamic_schedules.stamps:
                self._stamp(one)
            if one.profile.get("dynUpdateInterval", 0) > 0:
                self._plan_pull(one, now)

    def _stamp(self, one: Installed) -> None:
        one.profile = {**one.profile, "dynUpdateTime": self.station.timestamp()}

    def update(self, payload: Payload, now: float) -> Payload:
        """Answer UpdateDynamicSchedule ([K28.FR.06], [K28.FR.11])."""
        policy, one = self.station.policy.dynamic_schedules, self._find(payload["chargingProfileId"])
        if one is None:
            status = "Rejected" if policy.refuses_unknown else "Accepted"
            return {
                "status": status,
                **({"statusInfo": status_info("InvalidProfileId")} if status == "Rejected" else {}),
            }
        if one.profile["chargingProfileKind"] != "Dynamic" and policy.refuses_static:
            return {"status": "Rejected", "statusInfo": status_info("InvalidProfile", "it is not dynamic")}
        if policy.applies:
            self.station.agenda.at(now, lambda at: self.change(one, payload["scheduleUpdate"], at))
        return {"status": "Accepted"}

    def _find(self, number: int) -> Installed | None:
        return self.station.smart_charging.store.find(number)

    def change(self, one: Installed, values: Payload, now: float) -> None:
        """Put new values into a dynamic profile and follow them."""
        if not self.station.policy.dynamic_schedules.revives and self._over(one):
            return
        profile = deepcopy(one.profile)
        period = profile["chargingSchedule"][0]["chargingSchedulePeriod"][0]
        period.update({name: values[name] for name in _VALUES if name in values})
        one.profile = profile
        policy = self.station.policy.dynamic_schedules
        if policy.stamps and policy.stamps_updates:
            self._stamp(one)
        self.station.smart_charging.apply(now)

    def _over(self, one: Installed) -> bool:
        """Tell whether a dynamic profile has run out."""
        duration = one.profile["chargingSchedule"][0].get("duration")
        since = seconds_of(one.profile["dynUpdateTime"]) if "dynUpdateTime" in one.profile else one.since
        return duration is not None and self.station.utc() > since + duration

    # ---- pull

    def _plan_pull(self, one: Installed, now: float) -> None:
        key, policy = f"dynamic.pull.{one.id}", self.station.policy.dynamic_schedules
        if self.station.agenda.planned(key) or not policy.pulls:
            return
        since = seconds_of(one.profile["dynUpdateTime"]) if "dynUpdateTime" in one.profile else one.since
        due = since + one.profile["dynUpdateInterval"] * policy.interval_factor - self.station.utc()
        self.station.agenda.at(now + max(0.0, due), lambda at: self._pull(one.id, at), key)

    def _pull(self, number: int, now: float) -> None:
        """It is time to ask for new values ([K28.FR.10])."""
        one = self._find(number)
        if one is None or one.profile["chargingProfileKind"] != "Dynamic" or not one.profile.get("dynUpdateInterval"):
            return
        asked = {"chargingProfileId": number + self.station.policy.dynamic_schedules.shifts_id}
        self.station.call(
            "PullDynamicScheduleUpdate", asked, now,
            lambda answer, at: self._pulled(one, answer, at), lambda failure, at: self._not_pulled(one, failure, at),
        )  # fmt: skip

    def _pulled(self, one: Installed, answer: Payload, now: float) -> None:
        """Apply what came ([K28.FR.08], [K28.FR.09]), and ask again later."""
        if self._find(one.id) is not one:
            return
        if answer["status"] == "Accepted" and self.station.policy.dynamic_schedules.applies_pulled:
            self.change(one, answer.get("scheduleUpdate", {}), now)
        self._again(one, now)

    def _not_pulled(self, one: Installed, failure: Failure, now: float) -> None:
        self._again(one, now)

    def _again(self, one: Installed, now: float) -> None:
        wait = one.profile["dynUpdateInterval"] * self.station.policy.dynamic_schedules.interval_factor
        self.station.agenda.at(now + wait, lambda at: self._pull(one.id, at), f"dynamic.pull.{one.id}")

    # ---- external systems

    def external(self, given: Payload, now: float) -> None:
        """An external system gives values (limit, setpoint …) or ``periods`` of a schedule, for an ``evse`` or all.

        They become those of a dynamic profile of the CSMS that waits for them, or a profile of their own ([K29.FR.03],
        [K29.FR.04]).
        """
        policy, number = self.station.policy.dynamic_schedules, int(given.get("evse", 0))
        values: Payload = {name: given[name] for name in _VALUES if name in given}
        sets = any(name in values for name in _SETPOINTS) or any("setpoint" in one for one in given.get("periods", ()))
        mode = "ExternalSetpoint" if sets else "ExternalLimits"
        waiting = self._waiting(mode, number) if policy.heeds_external and values else []
        for one in waiting:
            self.change(one, values, now)
        disallowed = self.station.smart_charging.external.disallowed and policy.heeds_disallowed
        if waiting or disallowed or not policy.keeps_external:
            return
        self._keep(given, values, mode, now)

    def _waiting(self, mode: str, number: int) -> list[Installed]:
        """Return the dynamic profiles of the CSMS, of running transactions, that take values of external systems."""
        concerned = [evse for evse in self.station.evses if number in (0, evse.id)]
        return [
            one for one in self.station.smart_charging.store
            if one.purpose in (TX, TX_DEFAULT) and one.profile["chargingProfileKind"] == "Dynamic"
            and mode_of(one.profile["chargingSchedule"][0]["chargingSchedulePeriod"][0]) == mode
            and any(self._concerns(one, evse) for evse in concerned)
        ]  # fmt: skip

    def _concerns(self, one: Installed, evse: Evse) -> bool:
        running = self.station.transactions.at(evse)
        return running is not None and one.evse in (0, evse.id) and one.transaction in ("", running.id)

    def _keep(self, given: Payload, values: Payload, mode: str, now: float) -> None:
        """Keep values as a profile of the external system, and tell the CSMS ([Q06.FR.01] to [Q06.FR.04])."""
        smart, policy = self.station.smart_charging, self.station.policy.dynamic_schedules
        number, scheduled = int(given.get("evse", 0)), "periods" in given
        named: Payload = {"operationMode": mode} if policy.names_mode else {}
        periods = [{**one, **named} for one in given.get("periods", [{"startPeriod": 0, **values}])]
        schedule: Payload = {
            "id": 1, "chargingRateUnit": given.get("unit", "W"), "chargingSchedulePeriod": periods,
        }  # fmt: skip
        if scheduled:
            schedule["startSchedule"] = self.station.timestamp()
        if "duration" in given:
            schedule["duration"] = given["duration"]
        identifier = smart.external.id_of((f"EMS {mode}", EXTERNAL, number))
        profile: Payload = {
            "id": identifier, "stackLevel": 0, "chargingProfilePurpose": EXTERNAL,
            "chargingProfileKind": "Absolute" if scheduled else "Dynamic", "chargingSchedule": [schedule],
        }  # fmt: skip
        if not scheduled:
            profile["dynUpdateTime"] = self.station.timestamp()
        smart.store.drop([one for one in smart.store if one.source == "EMS" and one.evse == number])
        smart.install(Installed(profile, number, "EMS", self.station.utc()), now)
        if scheduled or self._significant(self._told.get(number), values):
            self._told[number] = {} if scheduled else values
            self._tell(number, schedule, now)

    def _significant(self, before: Payload | None, values: Payload) -> bool:
        """Tell whether values differ by more than LimitChangeSignificance ([Q06.FR.12])."""
        if before is None or before.keys() != values.keys():
            return True
        percent = self.station.variables.number("SmartChargingCtrlr.LimitChangeSignificance", 0.0)
        return any(abs(values[name] - before[name]) > abs(before[name]) * percent / 100 for name in values)

    def _tell(self, number: int, schedule: Payload, now: float) -> None:
        policy = self.station.policy.dynamic_schedules
        payload: dict[str, Any] = {"chargingLimit": {"chargingLimitSource": "EMS"}}
        if number:
            payload["evseId"] = number
        if policy.shows_schedule:
            payload["chargingSchedule"] = [schedule]
        if policy.tells_external:
            tell = lambda at: self.station.call("NotifyChargingLimit", payload, at)  # noqa: E731 - a name for what is due
            self.station.agenda.at(now, tell)

    def external_gone(self, given: Payload, now: float) -> None:
        """The external system releases its values."""
        number = int(given.get("evse", 0))
        self._told.pop(number, None)
        self.station.smart_charging.external.release(now, source="EMS", evse=number)

    def reset(self, now: float) -> None:
        """Power was lost."""
        self._told.clear()
