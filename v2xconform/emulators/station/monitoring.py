"""Block N, second part: monitors on variables, their reports and their events (N02 to N08)."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from v2xconform.emulators.station.block import Handler, Payload, Refused, status_info
from v2xconform.emulators.station.device_model import Variable
from v2xconform.emulators.station.monitors import ALERTING, CRITERIA, PERIODIC, Monitor, problem
from v2xconform.protocols.ocpp.rpc import Failure, OnFailure

if TYPE_CHECKING:
    from v2xconform.emulators.station.station import Station

_SAMPLE: Final = "monitoring.sample"
_SAMPLE_S: Final = 1.0
"""How often power is measured while somebody watches it."""
_PART: Final = 10
"""Monitors in one NotifyMonitoringReport."""
_FIRST_EVENT: Final = 100_000
"""eventIds of monitors; those of connectors are below."""
SEVERITIES: Final = range(10)


@dataclass(frozen=True, slots=True)
class MonitoringPolicy:
    """Duties of the block."""

    checks_component: bool = True
    """UnknownComponent, UnknownVariable ([N04.FR.03], [N04.FR.04])."""
    checks_type: bool = True
    checks_value: bool = True
    """Refuses thresholds out of range, negative deltas, severities above 9."""
    checks_duplicates: bool = True
    checks_id: bool = True
    """Refuses an id that it does not know, or that belongs to another variable ([N04.FR.13], [N04.FR.16])."""
    replaces: bool = True
    """A given id replaces its monitor ([N04.FR.12]); else a second one is made."""
    answers_all: bool = True
    """A result for each item ([N04.FR.01])."""
    names_id: bool = True
    """Tells the id of a new monitor ([N04.FR.11])."""
    hardwired_stay: bool = True
    """Hard-wired monitors are neither cleared nor replaced ([N06.FR.03], [N04.FR.18])."""
    tells_removed: bool = False
    """Tells as cleared what it removes ([N07.FR.12])."""
    clears: bool = True
    """Does what it answers to ClearVariableMonitoring."""
    reports_unknown_ids: bool = True
    """NotFound for an id that does not exist ([N06.FR.02])."""
    obeys_base: bool = True
    restores_base: bool = True
    """The base All brings back the preconfigured monitors ([N03.FR.03])."""
    heeds_transactions: bool = True
    """A monitor for transactions is silent outside of them."""
    obeys_switch: bool = True
    """Tells nothing while MonitoringCtrlr.Enabled is false."""
    obeys_level: bool = True
    checks_level: bool = True
    """Refuses a level above 9 ([N05.FR.02])."""
    filters_report: bool = True
    """Reports what was asked for, not everything ([N02.FR.05])."""
    says_empty: bool = True
    """EmptyResultSet ([N02.FR.10])."""
    report_seq_step: int = 1
    notifies: bool = True
    notifies_cleared: bool = True
    """Tells that a value is back ([N07.FR.02])."""
    says_not_cleared: bool = False
    """Says cleared = false where others leave it out."""
    notifies_periodic: bool = True
    names_monitor: bool = True
    """variableMonitoringId in events ([N07.FR.06])."""
    period_factor: float = 1.0
    queues_offline: bool = True
    """Keeps events of offline times that are severe enough ([N07.FR.04])."""
    queues_everything: bool = False
    keeps_over_reboot: bool = True
    """Monitors survive a reboot ([N07.FR.13])."""
    tells_write_only: bool = False
    """Gives away the value of a write-only variable ([N07.FR.10])."""
    seq_no: int = 0


@dataclass(slots=True)
class Monitoring:
    """The block of one station."""

    station: "Station"
    monitors: dict[int, Monitor] = field(default_factory=dict)
    handlers: dict[str, Handler] = field(default_factory=dict)
    _factory: dict[int, Monitor] = field(default_factory=dict)
    _queue: list[Payload] = field(default_factory=list)
    """eventData of offline times."""
    _events: int = _FIRST_EVENT
    _last_id: int = 0

    def __post_init__(self) -> None:
        self.handlers = {
            "SetVariableMonitoring": self.set_monitors,
            "ClearVariableMonitoring": self.clear_monitors,
            "SetMonitoringBase": self.set_base,
            "SetMonitoringLevel": self.set_level,
            "GetMonitoringReport": self.get_report,
        }
        self._install_factory()

    def _install_factory(self) -> None:
        """Watch the temperature: one monitor is hard-wired, one preconfigured."""
        model = self.station.variables
        if model.find("MonitoringCtrlr.Enabled") is None:
            self.handlers = {}
            return
        heat = Variable("Controller", "Temperature", "25", "decimal", "ReadOnly", unit="Celsius", monitored=True)
        heat.minimum, heat.maximum, heat.other = -50.0, 150.0, {"Target": "25"}
        model.add(heat)
        self._keep(Monitor(1, heat, "UpperThreshold", 85, 2, kind="HardWiredMonitor"))
        self._keep(Monitor(2, heat, "LowerThreshold", -20, 5, kind="PreconfiguredMonitor"))
        self._factory = dict(self.monitors)
        model.watchers.append(self._changed)
        state = model.find("ChargingStation.AvailabilityState")
        if state is not None:
            state.monitored = True

    def _keep(self, monitor: Monitor) -> None:
        self._last_id = max(self._last_id, monitor.id)
        self.monitors[monitor.id] = monitor
        monitor.start()

    # ---- setting and clearing

    def set_monitors(self, payload: Payload, now: float) -> Payload:
        """Answer SetVariableMonitoring (N04)."""
        asked = payload["setMonitoringData"]
        if len(asked) > self.station.variables.number("MonitoringCtrlr.ItemsPerMessage[SetVariableMonitoring]", 1e9):
            raise Refused("OccurrenceConstraintViolation", "more items than ItemsPerMessage allows")
        results = [self._set(one, now) for one in asked]
        return {"setMonitoringResult": results if self.station.policy.monitoring.answers_all else results[:1]}

    def _set(self, asked: Payload, now: float) -> Payload:
        policy = self.station.policy.monitoring
        echoed = {name: asked[name] for name in ("type", "severity", "component", "variable")}
        model = self.station.variables
        variable = model.variable(asked["component"], asked["variable"])
        if variable is None and policy.checks_component:
            known = model.component(asked["component"])
            return echoed | {"status": "UnknownVariable" if known else "UnknownComponent"}
        variable = variable or next(iter(model))
        number: int | None = asked.get("id")
        old = self.monitors.get(number) if number is not None else None
        status = self._refusal(asked, variable, old)
        if status:
            return echoed | {"status": status} | ({} if number is None else {"id": number})
        if number is None or old is None or not policy.replaces:
            number = self._last_id + 1
        monitor = Monitor(
            number, variable, asked["type"], asked["value"], asked["severity"], asked.get("transaction", False),
            stream=asked.get("periodicEventStream"),
        )  # fmt: skip
        if old is not None:
            monitor.exceeded = old.exceeded and monitor.type == old.type
        self._keep(monitor)
        self.station.agenda.at(now, lambda at: self._begin(monitor, at))
        return echoed | {"status": "Accepted"} | ({"id": number} if policy.names_id else {})

    def _refusal(self, asked: Payload, variable: Variable, old: Monitor | None) -> str:
        policy = self.station.policy.monitoring
        if "id" in asked and policy.checks_id and (old is None or old.variable.key != variable.key):
            return "Rejected"
        if old is not None and old.kind == "HardWiredMonitor" and policy.hardwired_stay:
            return "Rejected"
        trouble = problem(variable, asked["type"], asked["value"])
        if trouble == "UnsupportedMonitorType" and policy.checks_type:
            return trouble
        if (trouble == "Rejected" or asked["severity"] not in SEVERITIES) and policy.checks_value:
            return "Rejected"
        same = (variable.key, asked["type"], asked["severity"])
        twins = [one for one in self.monitors.values() if (one.variable.key, one.type, one.severity) == same]
        if policy.checks_duplicates and any(one is not old for one in twins):
            return "Duplicate"
        return ""

    def _begin(self, monitor: Monitor, now: float) -> None:
        """Start to watch, after the response has gone out."""
        if self.monitors.get(monitor.id) is not monitor:
            return
        if monitor.stream is not None:
            self.station.event_streams.open(monitor, now)
        else:
            self.station.event_streams.close_of(monitor.id, now)
        if monitor.type in PERIODIC:
            self._plan(monitor, now)
        else:
            self._sample(now)
            if monitor.variable.value is not None:
                self._judge(monitor, monitor.variable.value, now)

    def clear_monitors(self, payload: Payload, now: float) -> Payload:
        """Answer ClearVariableMonitoring (N06)."""
        limit = self.station.variables.number("MonitoringCtrlr.ItemsPerMessage[ClearVariableMonitoring]", 1e9)
        if len(payload["id"]) > limit:
            raise Refused("OccurrenceConstraintViolation", "more ids than ItemsPerMessage allows")
        return {"clearMonitoringResult": [{"id": one, "status": self._clear(one, now)} for one in payload["id"]]}

    def _clear(self, number: int, now: float) -> str:
        policy = self.station.policy.monitoring
        found = self.monitors.get(number)
        if found is None:
            return "NotFound" if policy.reports_unknown_ids else "Accepted"
        if found.kind == "HardWiredMonitor" and policy.hardwired_stay:
            return "Rejected"
        if found.exceeded and policy.tells_removed:
            self._happened(found, found.variable.value or "", now, cleared=True)
        if policy.clears:
            self._drop(found, now)
        return "Accepted"

    def _drop(self, monitor: Monitor, now: float) -> None:
        del self.monitors[monitor.id]
        self.station.agenda.cancel(_key(monitor))
        self.station.agenda.at(now, lambda at: self.station.event_streams.close_of(monitor.id, at))

    # ---- base and level

    def set_base(self, payload: Payload, now: float) -> Payload:
        """Answer SetMonitoringBase (N03)."""
        base = payload["monitoringBase"]
        if self.station.policy.monitoring.obeys_base:
            if base != "All":
                for monitor in [one for one in self.monitors.values() if one.kind != "HardWiredMonitor"]:
                    self._drop(monitor, now)
            if base != "HardWiredOnly" and self.station.policy.monitoring.restores_base:
                for number, monitor in self._factory.items():
                    self.monitors.setdefault(number, monitor)
        self.station.variables.set("MonitoringCtrlr.ActiveMonitoringBase", base, now)
        return {"status": "Accepted"}

    def set_level(self, payload: Payload, now: float) -> Payload:
        """Answer SetMonitoringLevel (N05)."""
        if payload["severity"] not in SEVERITIES and self.station.policy.monitoring.checks_level:
            return {"status": "Rejected", "statusInfo": status_info("ValueOutOfRange")}
        self.station.variables.set("MonitoringCtrlr.ActiveMonitoringLevel", payload["severity"], now)
        return {"status": "Accepted"}

    # ---- reports

    def get_report(self, payload: Payload, now: float) -> Payload:
        """Answer GetMonitoringReport (N02)."""
        policy = self.station.policy.monitoring
        chosen = [one for one in self.monitors.values() if _wanted(one, payload) or not policy.filters_report]
        if not chosen and policy.says_empty:
            return {"status": "EmptyResultSet"}
        self.station.agenda.at(now, lambda at: self._report(payload["requestId"], chosen, at))
        return {"status": "Accepted"}

    def _report(self, number: int, chosen: list[Monitor], now: float) -> None:
        parts = [chosen[start : start + _PART] for start in range(0, len(chosen), _PART)] or [[]]
        for place, part in enumerate(parts):
            told: Payload = {
                "requestId": number, "seqNo": place * self.station.policy.monitoring.report_seq_step,
                "generatedAt": self.station.timestamp(), "tbc": place < len(parts) - 1,
            }  # fmt: skip
            trees = list(self._trees(part))
            self.station.call("NotifyMonitoringReport", told | ({"monitor": trees} if trees else {}), now)

    def _trees(self, chosen: list[Monitor]) -> Iterator[Payload]:
        with_kind = self.station.version == "ocpp2.1"
        variables = {one.variable.key: one.variable for one in chosen}
        for key, variable in variables.items():
            yield {
                "component": variable.component_tree(), "variable": variable.variable_tree(),
                "variableMonitoring": [one.tree(with_kind=with_kind) for one in chosen if one.variable.key == key],
            }  # fmt: skip

    # ---- events

    def _changed(self, variable: Variable, value: str, now: float) -> None:
        """A monitor on a variable hears of every change."""
        if not variable.monitored:
            return
        for monitor in [one for one in self.monitors.values() if one.variable.key == variable.key]:
            self._judge(monitor, value, now)

    def _judge(self, monitor: Monitor, value: str, now: float) -> None:
        heeds = self.station.policy.monitoring.heeds_transactions
        if monitor.transaction and heeds and not self._transaction(monitor):
            return
        outcome = monitor.judge(value)
        if outcome is None or (outcome is False and not self.station.policy.monitoring.notifies_cleared):
            return
        cleared = None if monitor.type not in ALERTING else not outcome
        self._happened(monitor, value, now, cleared=cleared)

    def _plan(self, monitor: Monitor, now: float) -> None:
        wait = monitor.value * self.station.policy.monitoring.period_factor
        if monitor.type == "PeriodicClockAligned":
            wait = monitor.value - self.station.utc() % monitor.value
        self.station.agenda.at(now + wait, lambda at: self._periodic(monitor, at), _key(monitor))

    def _periodic(self, monitor: Monitor, now: float) -> None:
        self._plan(monitor, now)
        if monitor.transaction and not self._transaction(monitor):
            return
        self._measure(now)
        if self.station.policy.monitoring.notifies_periodic:
            self._happened(monitor, monitor.variable.value or "", now)

    def _happened(self, monitor: Monitor, value: str, now: float, *, cleared: bool | None = None) -> None:
        policy = self.station.policy.monitoring
        level = self.station.variables.number("MonitoringCtrlr.ActiveMonitoringLevel", 9)
        enabled = self.station.variables.flag("MonitoringCtrlr.Enabled", True) or not policy.obeys_switch
        if not policy.notifies or not enabled or (monitor.severity > level and policy.obeys_level):
            return
        if self.station.event_streams.takes(monitor, value, now):
            return
        self._tell(self._event(monitor, value, cleared), monitor.severity, now)

    def _event(self, monitor: Monitor, value: str, cleared: bool | None) -> Payload:
        policy, variable = self.station.policy.monitoring, monitor.variable
        hidden = variable.mutability == "WriteOnly" and not policy.tells_write_only
        self._events += 1
        event: Payload = {
            "eventId": self._events, "timestamp": self.station.timestamp(), "trigger": monitor.trigger,
            "actualValue": "" if hidden else value, "eventNotificationType": monitor.kind,
            "component": variable.component_tree(), "variable": variable.variable_tree(),
        }  # fmt: skip
        if policy.names_monitor:
            event["variableMonitoringId"] = monitor.id
        if cleared or (cleared is False and policy.says_not_cleared):
            event["cleared"] = cleared
        transaction = self._transaction(monitor)
        if transaction:
            event["transactionId"] = transaction
        if self.station.version == "ocpp2.1":
            event["severity"] = monitor.severity
        return event

    def _transaction(self, monitor: Monitor) -> str:
        """Return the id of the transaction at the EVSE of a monitor, of any EVSE for the whole station; empty for none."""
        bays = self.station.transactions.bays
        for bay in bays:
            if bay.transaction is not None and monitor.variable.evse in (0, bay.evse.id):
                return bay.transaction.id
        return ""

    def _tell(self, event: Payload, severity: int, now: float) -> None:
        policy = self.station.policy.monitoring
        if self.station.online:
            self._send([event], now, lambda failure, at: self._failed(event, severity, failure, at))
            return
        limit = self.station.variables.number("MonitoringCtrlr.OfflineQueuingSeverity", -1)
        if (severity <= limit and policy.queues_offline) or policy.queues_everything:
            self._queue.append(event)

    def _failed(self, event: Payload, severity: int, failure: Failure, now: float) -> None:
        """An event that was on its way when the connection broke is one of offline times ([N07.FR.04])."""
        if failure.kind == "lost" and not self.station.online:
            self._tell(event, severity, now)

    def _send(self, events: list[Payload], now: float, failed: OnFailure | None = None) -> None:
        told = {
            "generatedAt": self.station.timestamp(), "seqNo": self.station.policy.monitoring.seq_no, "tbc": False,
            "eventData": events,
        }  # fmt: skip
        self.station.call("NotifyEvent", told, now, on_failure=failed or _nothing)

    # ---- life

    def online(self, now: float) -> None:
        """Deliver what was queued, on a connection that needs no new boot."""
        if self.station.online:
            self._deliver(now)

    def boot_accepted(self, now: float) -> None:
        """The CSMS has accepted the boot: go on watching, deliver what was queued."""
        for monitor in self.monitors.values():
            if monitor.type in PERIODIC and not self.station.agenda.planned(_key(monitor)):
                self._plan(monitor, now)
        self._sample(now)
        self._deliver(now)

    def _deliver(self, now: float) -> None:
        queued, self._queue = self._queue, []
        if queued:
            self._send(queued, now)

    def reset(self, now: float) -> None:
        """Power was lost: monitors are kept ([N07.FR.13])."""
        if not self.station.policy.monitoring.keeps_over_reboot:
            self.monitors = {number: one for number, one in self.monitors.items() if one.kind != "CustomMonitor"}

    # ---- values that nobody writes

    def _sample(self, now: float) -> None:
        """Measure power now and then while somebody watches it."""
        if any(one.variable.name == "Power" for one in self.monitors.values()):
            self._measure(now)
            self.station.agenda.at(now + _SAMPLE_S, self._sample, _SAMPLE)

    def _measure(self, now: float) -> None:
        total = 0.0
        for evse in self.station.evses:
            total += evse.power_w()
            if self.station.variables.find("EVSE.Power", evse=evse.id) is not None:
                self.station.variables.set("EVSE.Power", float(round(evse.power_w(), 1)), now, evse=evse.id)
        if self.station.variables.find("ChargingStation.Power") is not None:
            self.station.variables.set("ChargingStation.Power", float(round(total, 1)), now)

    def set_value(self, component: str, name: str, value: str, now: float) -> None:
        """The world changes a value: a temperature, for instance."""
        found = self.station.variables.find(f"{component}.{name}")
        assert found is not None, "the world changes what there is"
        self.station.variables.write(found, value, now)


def _nothing(failure: Failure, now: float) -> None:
    """Nobody minds."""


def _key(monitor: Monitor) -> str:
    return f"monitoring.{monitor.id}"


def _wanted(monitor: Monitor, asked: Payload) -> bool:
    """Tell whether a GetMonitoringReport asks for a monitor ([N02.FR.05] to [N02.FR.21])."""
    types = {kind for one in asked.get("monitoringCriteria", ()) for kind in CRITERIA[one]}
    if types and monitor.type not in types:
        return False
    places = asked.get("componentVariable", ())
    return not places or any(_is_at(monitor.variable, one) for one in places)


def _is_at(variable: Variable, place: Payload) -> bool:
    component, wanted = place["component"], place.get("variable")
    evse = component.get("evse", {})
    return (
        variable.component.lower() == component["name"].lower()
        and component.get("instance", variable.component_instance).lower() == variable.component_instance.lower()
        and evse.get("id", variable.evse) == variable.evse
        and evse.get("connectorId", variable.connector) == variable.connector
        and (
            wanted is None
            or (
                wanted["name"].lower() == variable.name.lower()
                and wanted.get("instance", variable.instance).lower() == variable.instance.lower()
            )
        )
    )
