"""Reports of the device model: GetBaseReport (B07), GetReport (B08), and the NotifyReport messages that follow on them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import orjson

from v2xconform.emulators.station.block import Payload, Refused, status_info
from v2xconform.emulators.station.device_model import Variable

if TYPE_CHECKING:
    from v2xconform.emulators.station.station import Station

_CRITERIA: Final = ("Active", "Available", "Enabled", "Problem")
"""ComponentCriterionEnumType: each is the name of a variable of a component."""
_LISTS: Final = ("OptionList", "SequenceList", "MemberList")
_CONDITIONS: Final = frozenset({"problem", "tripped", "overload", "fallback"})
"""Variables of the summary that count when they are true ([B07.FR.09])."""


@dataclass(slots=True)
class Reports:
    """Answers the two requests for one station."""

    station: "Station"

    # ---- requests

    def get_base_report(self, payload: Payload, now: float) -> Payload:
        """Answer GetBaseReport."""
        policy, base = self.station.policy.provisioning, payload["reportBase"]
        if base == "SummaryInventory" and not policy.has_summary:
            return {"status": "NotSupported", "statusInfo": status_info("UnsupportedParam")}
        chosen = [one for one in self.station.variables if self._is_of(base, one)]
        return self._promised(chosen, payload["requestId"], now)

    def get_report(self, payload: Payload, now: float) -> Payload:
        """Answer GetReport."""
        wanted, criteria = payload.get("componentVariable", []), payload.get("componentCriteria", [])
        self._fits(payload, wanted)
        if not self.station.policy.provisioning.obeys_selection:
            wanted = [{"component": {"name": one["component"]["name"]}} for one in wanted]
        chosen = [one for one in self.station.variables if not wanted or any(matches(one, part) for part in wanted)]
        if criteria and self.station.policy.provisioning.obeys_criteria:
            chosen = [one for one in chosen if any(self._meets(one, criterion) for criterion in criteria)]
        if not chosen:
            return {"status": "EmptyResultSet", "statusInfo": status_info("NotFound")}
        return self._promised(chosen, payload["requestId"], now)

    def _fits(self, payload: Payload, wanted: list[Any]) -> None:
        get = self.station.variables.number
        most = get("DeviceDataCtrlr.ItemsPerMessage[GetReport]")
        if most and len(wanted) > most:
            raise Refused("OccurrenceConstraintViolation", f"{len(wanted)} variables; {most:g} are the most")
        most = get("DeviceDataCtrlr.BytesPerMessage[GetReport]")
        if most and len(orjson.dumps(payload)) > most:
            raise Refused("FormatViolation", f"longer than {most:g} bytes")

    def _is_of(self, base: str, variable: Variable) -> bool:
        if base == "ConfigurationInventory":
            return variable.mutability != "ReadOnly" or self.station.policy.provisioning.reports_read_only
        if base == "SummaryInventory":
            name = variable.name.lower()
            return name == "availabilitystate" or (name in _CONDITIONS and variable.value == "true")
        return True

    def _meets(self, variable: Variable, criterion: str) -> bool:
        """Tell whether the component of a variable meets a criterion ([B08.FR.07] to [B08.FR.10])."""
        found = self.station.variables.variable(variable.component_tree(), {"name": criterion})
        if found is None or criterion not in _CRITERIA:
            return criterion != "Problem"
        return found.value == "true"

    # ---- what follows

    def _promised(self, chosen: Sequence[Variable], request_id: int, now: float) -> Payload:
        policy = self.station.policy.provisioning
        chosen = [one for one in chosen if one.component not in policy.leaves_out]
        if policy.reports:
            send: Callable[[float], None] = lambda at: self._send(chosen, request_id, at)  # noqa: E731
            if policy.reports_first:
                send(now)
            else:
                self.station.agenda.at(now, send)
        return {"status": "Accepted"}

    def _send(self, chosen: Sequence[Variable], request_id: int, now: float) -> None:
        policy = self.station.policy.provisioning
        size = max(1, policy.report_items)
        parts = [chosen[start : start + size] for start in range(0, len(chosen), size)]
        for number, part in enumerate(parts):
            message: Payload = {
                "requestId": request_id + policy.request_id_error, "generatedAt": self.station.timestamp(),
                "seqNo": policy.first_report + number * policy.report_step, "reportData": [self.data(one) for one in part],
            }  # fmt: skip
            final = number == len(parts) - 1
            if not final or not policy.omits_tbc_at_end:
                message["tbc"] = not final
            # A report that was asked for is allowed before the boot is accepted ([B02.FR.02]).
            self.station.call("NotifyReport", message, now, before_boot=True)

    def data(self, variable: Variable) -> Payload:
        """Return the ReportDataType of a variable: all its attributes and its characteristics."""
        policy = self.station.policy.provisioning
        tree: Payload = {
            "component": variable.component_tree(), "variable": variable.variable_tree(),
            "variableAttribute": [self._attribute(variable, one) for one in ("Actual", *variable.other)],
        }  # fmt: skip
        if policy.reports_characteristics:
            tree["variableCharacteristics"] = characteristics(variable, lists=policy.lists_values)
        return tree

    def _attribute(self, variable: Variable, kind: str) -> Payload:
        attribute: Payload = {
            "type": kind, "mutability": variable.mutability, "persistent": variable.persistent,
            "constant": variable.constant,
        }  # fmt: skip
        secret = variable.mutability == "WriteOnly" and self.station.policy.provisioning.hides_write_only
        value = self.station.provisioning.configuration.value(variable) if kind == "Actual" else variable.other[kind]
        if value is not None and not secret:
            attribute["value"] = value
        return attribute


def matches(variable: Variable, wanted: Mapping[str, Any]) -> bool:
    """Tell whether a variable is one that a ComponentVariableType means ([B08.FR.20] to [B08.FR.25]).

    What is left out (variable, instance, EVSE, connector) stands for all there are.
    """
    component, evse = wanted["component"], wanted["component"].get("evse", {})
    if component["name"].lower() != variable.component.lower():
        return False
    if component.get("instance") and component["instance"].lower() != variable.component_instance.lower():
        return False
    if evse and evse["id"] != variable.evse:
        return False
    if evse.get("connectorId") and evse["connectorId"] != variable.connector:
        return False
    named = wanted.get("variable")
    if named is None:
        return True
    instance = named.get("instance", "")
    return bool(
        named["name"].lower() == variable.name.lower()
        and (not instance or instance.lower() == variable.instance.lower())
    )


def characteristics(variable: Variable, *, lists: bool = True) -> Payload:
    """Return the VariableCharacteristicsType of a variable."""
    found: Payload = {"dataType": variable.data_type, "supportsMonitoring": variable.monitored}
    if variable.unit:
        found["unit"] = variable.unit
    if variable.minimum is not None:
        found["minLimit"] = variable.minimum
    if variable.maximum is not None:
        found["maxLimit"] = variable.maximum
    if variable.data_type in _LISTS and lists:
        found["valuesList"] = ",".join(variable.values) or variable.value or ""
    return found
