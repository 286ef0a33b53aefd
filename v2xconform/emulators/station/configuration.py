"""Variables of a station are read and written by the CSMS: GetVariables (B06) and SetVariables (B05)."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import orjson

from v2xconform.emulators.station.block import Payload, Refused, status_info
from v2xconform.emulators.station.device_model import Key, Variable

if TYPE_CHECKING:
    from v2xconform.emulators.station.station import Station


@dataclass(slots=True)
class Configuration:
    """Answers the two requests for one station."""

    station: "Station"
    _before: dict[Key, str] = field(default_factory=dict)
    """Values before the CSMS has set others."""

    def forget(self, now: float) -> None:
        """Go back to the values before the CSMS has set others."""
        for variable in list(self.station.variables):
            if variable.key in self._before:
                self.station.variables.write(variable, self._before.pop(variable.key), now)

    def get_variables(self, payload: Payload, now: float) -> Payload:
        """Answer GetVariables."""
        self._fits("GetVariables", payload, payload["getVariableData"])
        found = [self._read(one) for one in payload["getVariableData"]]
        return {"getVariableResult": found[::-1] if self.station.policy.provisioning.results_backwards else found}

    def set_variables(self, payload: Payload, now: float) -> Payload:
        """Answer SetVariables."""
        self._fits("SetVariables", payload, payload["setVariableData"])
        return {"setVariableResult": [self._write(one, now) for one in payload["setVariableData"]]}

    def _fits(self, action: str, payload: Payload, items: list[Any]) -> None:
        """Refuse a request that is longer than ItemsPerMessage and BytesPerMessage say ([B06.FR.16], [B06.FR.17])."""
        get = self.station.variables.number
        most = get(f"DeviceDataCtrlr.ItemsPerMessage[{action}]")
        if most and len(items) > most:
            raise Refused("OccurrenceConstraintViolation", f"{len(items)} variables; {most:g} are the most")
        most = get(f"DeviceDataCtrlr.BytesPerMessage[{action}]")
        if most and len(orjson.dumps(payload)) > most:
            raise Refused("FormatViolation", f"longer than {most:g} bytes")

    def _read(self, asked: Payload) -> Payload:
        kind, policy = asked.get("attributeType") or "Actual", self.station.policy.provisioning
        answer: Payload = {
            "attributeType": kind, "component": asked["component"], "variable": asked["variable"],
        }  # fmt: skip
        found = self._found(asked, kind)
        if isinstance(found, str):
            return answer | {"attributeStatus": found}
        if found.mutability == "WriteOnly" and policy.hides_write_only:
            return answer | {"attributeStatus": "Rejected", "attributeStatusInfo": status_info("WriteOnly")}
        value = self.value(found) if kind == "Actual" else found.other[kind]
        return answer | {"attributeStatus": "Accepted", "attributeValue": value or ""}

    def value(self, variable: Variable) -> str | None:
        """Return the Actual value, None where there is none."""
        if (variable.component, variable.name) == ("ClockCtrlr", "DateTime"):
            return self.station.timestamp()
        if (variable.component, variable.name) == ("EVSE", "Power"):
            evse = self.station.evse(variable.evse)
            return None if evse is None else f"{evse.power_w():g}"
        return variable.value

    def _found(self, asked: Payload, kind: str) -> Variable | str:
        """Return a variable that has an attribute of that kind, or the status that says why there is none."""
        model = self.station.variables
        variable = model.variable(asked["component"], asked["variable"])
        if variable is not None:
            return variable if kind == "Actual" or kind in variable.other else "NotSupportedAttributeType"
        return "UnknownVariable" if model.component(asked["component"]) else "UnknownComponent"

    def _write(self, asked: Payload, now: float) -> Payload:
        kind, policy = asked.get("attributeType") or "Actual", self.station.policy.provisioning
        answer: Payload = {
            "attributeType": kind, "component": asked["component"], "variable": asked["variable"],
        }  # fmt: skip
        found = self._found(asked, kind)
        if isinstance(found, str):
            return answer | {"attributeStatus": found}
        value = asked["attributeValue"]
        if found.mutability == "ReadOnly" and policy.keeps_read_only:
            return answer | {"attributeStatus": "Rejected", "attributeStatusInfo": status_info("ReadOnly")}
        problem = self.station.variables.refusal(found, value) if policy.checks_values else ""
        if problem:
            return answer | {"attributeStatus": "Rejected", "attributeStatusInfo": status_info("InvalidValue", problem)}
        if kind != "Actual":
            found.other[kind] = value
        elif policy.stores_values:
            self._before.setdefault(found.key, found.value or "")
            self.station.variables.write(found, value, now)
        return answer | {"attributeStatus": "RebootRequired" if found.reboot else "Accepted"}
