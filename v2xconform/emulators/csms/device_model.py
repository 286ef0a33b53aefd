"""Block B at the CSMS: what it knows of the variables of its stations, and how many of them it may ask for at once."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from v2xconform.emulators.csms.block import Handler, Payload

if TYPE_CHECKING:
    from v2xconform.emulators.csms.csms import Csms
    from v2xconform.emulators.csms.session import StationSession

Known = dict[tuple[str, str, str], str]
"""component, variable, instance -> Actual value"""
_LISTS: Final = {
    "GetVariables": "getVariableData",
    "SetVariables": "setVariableData",
    "GetReport": "componentVariable",
    "SetVariableMonitoring": "setMonitoringData",
    "ClearVariableMonitoring": "id",
}
"""Action -> its list, whose length the station limits (ItemsPerMessage)."""


@dataclass(frozen=True, slots=True)
class DeviceModelPolicy:
    """Duties of the block."""

    keeps_limits: bool = True
    """Asks for no more at once than ItemsPerMessage allows ([B05.FR.11], [B06.FR.05])."""
    takes_reports: bool = True


@dataclass(slots=True)
class DeviceModel:
    """The block of one CSMS."""

    csms: "Csms"
    handlers: dict[str, Handler] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.handlers = {"NotifyReport": self.report}

    def known(self, session: "StationSession") -> Known:
        """Return what was told of the variables of a station."""
        known: Known = self.csms.station(session).facts.setdefault("variables", {})
        return known

    def report(self, session: "StationSession", payload: Payload, now: float) -> Payload:
        """Answer NotifyReport (B07, B08)."""
        known = self.known(session)
        for one in payload.get("reportData", ()) if self.csms.policy.device_model.takes_reports else ():
            for attribute in one["variableAttribute"]:
                if attribute.get("type", "Actual") == "Actual" and "value" in attribute:
                    known[_name(one)] = attribute["value"]
        return {}

    def learn(self, session: "StationSession", action: str, answer: Payload) -> None:
        """Take what the station has answered to a request."""
        if action == "GetVariables":
            for one in answer["getVariableResult"]:
                if one["attributeStatus"] == "Accepted" and one.get("attributeType", "Actual") == "Actual":
                    self.known(session)[_name(one)] = one.get("attributeValue", "")

    def parts(self, session: "StationSession", action: str, payload: Payload) -> Iterator[Payload]:
        """Yield a request in as many parts as the limits of the station demand."""
        name = _LISTS.get(action, "")
        items = payload.get(name, [])
        instance = "GetReport" if action == "GetReport" else action
        component = "MonitoringCtrlr" if action.endswith("VariableMonitoring") else "DeviceDataCtrlr"
        limit = self.known(session).get((component.lower(), "itemspermessage", instance.lower()), "")
        most = int(limit) if limit.isdecimal() else 0
        if not name or not most or len(items) <= most or not self.csms.policy.device_model.keeps_limits:
            yield payload
            return
        for start in range(0, len(items), most):
            yield payload | {name: items[start : start + most]}


def _name(one: Payload) -> tuple[str, str, str]:
    variable = one["variable"]
    return one["component"]["name"].lower(), variable["name"].lower(), variable.get("instance", "").lower()
