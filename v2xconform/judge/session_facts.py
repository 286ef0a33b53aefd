"""What both sides have agreed so far in a session, as the messages on the trace say it. Content rules look things up here."""

from dataclasses import dataclass, field, replace
from typing import Any, Literal

from v2xconform.trace.events import Event
from v2xconform.trace.query import MISSING, field_at, is_protocol_message, response_code

# ISO 15118-20 Table 204 (service ids): id -> energy transfer mode, bidirectional.
SERVICES: dict[int, tuple[str, bool]] = {
    1: ("AC", False), 2: ("DC", False), 3: ("WPT", False), 4: ("ACDP", False), 5: ("AC", True), 6: ("DC", True),
    7: ("ACDP", True), 8: ("DC", False), 9: ("DC", True),
}  # fmt: skip
CONTROL_MODES = {1: "Scheduled", 2: "Dynamic"}


@dataclass(slots=True)
class SessionFacts:
    """Follows the messages of one connection; feed every event to `see`, then read the attributes."""

    tls: bool = False
    tls_version: str = ""
    latest: dict[str, Event] = field(default_factory=dict)
    """The last message of each name that was not refused."""
    offered: dict[int, dict[int, dict[str, Any]]] = field(default_factory=dict)
    """ServiceID -> ParameterSetID -> parameter name -> value, from ServiceDetailRes."""
    energy_services: list[int] = field(default_factory=list)
    vas_services: list[int] = field(default_factory=list)
    authorization_services: list[str] = field(default_factory=list)
    service: int = 0
    parameter_set: int = 0
    control_mode: str = ""
    paused: dict[str, "SessionFacts"] = field(default_factory=dict)
    """SessionID -> what was agreed in a session that was paused; a resumed session goes on with it [V2G20-1843]."""
    resumed: bool = False
    """Whether this is a paused session that goes on."""
    request: Event | None = None
    """The request that waits for its response, or was answered last."""

    @property
    def mode(self) -> Literal["AC", "DC"]:
        """AC or DC, as the selected service says; DC while nothing was selected."""
        return "AC" if SERVICES.get(self.service, ("DC", False))[0] == "AC" else "DC"

    @property
    def bidirectional(self) -> bool:
        """Whether the selected service allows discharging."""
        return SERVICES.get(self.service, ("DC", False))[1]

    def see(self, event: Event) -> None:
        """Take the facts out of one event; call it before any rule reads them."""
        if event.kind == "open" and event.layer == "tcp":
            kept = self.paused
            self.__init__()  # type: ignore[misc]  # a new connection starts from nothing
            self.paused = kept
        elif event.kind == "handshake" and event.name == "established":
            self.tls = True
            self.tls_version = str((event.body or {}).get("version", ""))
        elif is_protocol_message(event):
            if event.name.endswith("Req"):
                self.request = event
            if not response_code(event).startswith("FAILED"):
                self.latest[event.name] = event
                reader = _READERS.get(event.name)
                if reader:
                    reader(self, event.body)

    def value(self, message: str, path: str) -> Any:
        """Return a field of the last message of a name, or `MISSING`."""
        event = self.latest.get(message)
        return MISSING if event is None else field_at(event.body, path)


def _read_authorization_setup(facts: SessionFacts, tree: dict[str, Any]) -> None:
    services = tree.get("AuthorizationServices", [])
    facts.authorization_services = services if isinstance(services, list) else [services]


def _read_service_discovery(facts: SessionFacts, tree: dict[str, Any]) -> None:
    facts.energy_services = _ids(field_at(tree, "EnergyTransferServiceList.Service"))
    facts.vas_services = _ids(field_at(tree, "VASList.Service"))


def _ids(services: Any) -> list[int]:
    return (
        [s["ServiceID"] for s in services if isinstance(s, dict) and "ServiceID" in s]
        if services is not MISSING
        else []
    )


def _read_service_detail(facts: SessionFacts, tree: dict[str, Any]) -> None:
    sets: dict[int, dict[str, Any]] = {}
    found = field_at(tree, "ServiceParameterList.ParameterSet")
    for parameter_set in found if isinstance(found, list) else []:
        parameters = parameter_set.get("Parameter", [])
        sets[parameter_set.get("ParameterSetID", 0)] = {
            str(p.get("@Name", p.get("Name", ""))): _parameter_value(p) for p in parameters if isinstance(p, dict)
        }
    facts.offered[tree.get("ServiceID", 0)] = sets


def _parameter_value(parameter: dict[str, Any]) -> Any:
    return next((value for name, value in parameter.items() if name not in ("@Name", "Name")), None)


def _read_service_selection(facts: SessionFacts, tree: dict[str, Any]) -> None:
    facts.service = _integer(field_at(tree, "SelectedEnergyTransferService.ServiceID"))
    facts.parameter_set = _integer(field_at(tree, "SelectedEnergyTransferService.ParameterSetID"))
    mode = facts.offered.get(facts.service, {}).get(facts.parameter_set, {}).get("ControlMode")
    facts.control_mode = CONTROL_MODES.get(mode, "") if isinstance(mode, int) else ""


def _integer(value: Any) -> int:
    return value if isinstance(value, int) else 0


def _read_session_setup(facts: SessionFacts, tree: dict[str, Any]) -> None:
    old = facts.paused.get(str(field_at(tree, "Header.SessionID")))
    if tree.get("ResponseCode") != "OK_OldSessionJoined" or old is None:
        return
    facts.resumed = True
    facts.offered, facts.energy_services, facts.vas_services = old.offered, old.energy_services, old.vas_services
    facts.authorization_services = old.authorization_services
    facts.service, facts.parameter_set, facts.control_mode = old.service, old.parameter_set, old.control_mode


def _read_session_stop(facts: SessionFacts, tree: dict[str, Any]) -> None:
    if facts.value("SessionStopReq", "ChargingSession") == "Pause":
        facts.paused[str(field_at(tree, "Header.SessionID"))] = replace(facts)


_READERS = {
    "SessionSetupRes": _read_session_setup,
    "SessionStopRes": _read_session_stop,
    "AuthorizationSetupRes": _read_authorization_setup,
    "ServiceDiscoveryRes": _read_service_discovery,
    "ServiceDetailRes": _read_service_detail,
    "ServiceSelectionReq": _read_service_selection,
}
