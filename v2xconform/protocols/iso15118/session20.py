"""What the two ISO 15118-20 sessions share: timers, replies, ends, the memory of what was said, the header."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from v2xconform.protocols.message import Message

Timestamps = Literal["utc", "zero", "frozen", "backwards", "microseconds"]
"""How a session fills Header.TimeStamp; only *utc* (seconds since 1970) is right."""

FaultKind = Literal["exi", "version", "inverse", "payload-type", "length", "truncated"]
"""What can be wrong below the message: *exi* = no codec could read it; the others name the broken V2GTP field."""


@dataclass(frozen=True, slots=True)
class Timer:
    """A timer that runs. Call the session's ``fire(now)`` when the clock reaches `at`."""

    name: str
    at: float
    """When it expires, on the clock of ``now``."""
    seconds: float
    """How long it was set for."""
    requirement: str = ""


@dataclass(frozen=True, slots=True)
class Reply:
    """What the station does next. Wait `delay` seconds, send `message` if there is one, then obey `close`."""

    message: Message | None = None
    close: bool = False
    """Close the connection `close_after` seconds after the message (at once where the other side closes first)."""
    close_after: float = 0.0
    why: str = ""
    """For the trace: the check that failed, the timer that expired; empty in the good case."""
    delay: float = 0.0


@dataclass(frozen=True, slots=True)
class Ended:
    """How a session of the car came to its end. Close the connection after `close_after` seconds if `close` says so."""

    reason: str
    orderly: bool
    """True after SessionStopRes, False after a failure or a timeout."""
    close: bool = True
    close_after: float = 0.0


@dataclass(frozen=True, slots=True)
class PausedSession:
    """What both sides keep of a paused session, to resume it in a new connection ([V2G20-1032], [V2G20-1843])."""

    session_id: str
    mode: Literal["AC", "DC"]
    memory: "Memory"


@dataclass(slots=True)
class Memory:
    """The last tree of each message of a session, both ways."""

    requests: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    responses: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    parameter_sets: dict[int, dict[int, dict[str, Any]]] = field(default_factory=dict)
    """ServiceID -> ParameterSetID -> parameter name -> value, from the ServiceDetailRes seen so far."""
    counts: dict[str, int] = field(default_factory=dict)
    """Request name -> how often it was exchanged in a row without another request between."""

    def keep(self, request_name: str, request: Mapping[str, Any], response: Mapping[str, Any]) -> None:
        """Remember one exchange."""
        self.requests[request_name] = request
        self.responses[f"{request_name[:-3]}Res"] = response
        self.counts = {request_name: self.counts.get(request_name, 0) + 1}
        if request_name == "ServiceDetailReq":
            self.parameter_sets[response.get("ServiceID", 0)] = parameter_sets(response)

    @property
    def service(self) -> str:
        """The selected energy service (AC, DC, AC_BPT, DC_BPT), or "" before ServiceSelection."""
        selected = self.requests.get("ServiceSelectionReq", {}).get("SelectedEnergyTransferService", {})
        return SERVICE_NAMES.get(selected.get("ServiceID", 0), "")

    @property
    def parameters(self) -> dict[str, Any]:
        """The parameters of the selected service, name -> value; empty before ServiceSelection."""
        selected = self.requests.get("ServiceSelectionReq", {}).get("SelectedEnergyTransferService", {})
        return self.parameter_sets.get(selected.get("ServiceID", 0), {}).get(selected.get("ParameterSetID", 0), {})

    @property
    def control_mode(self) -> str:
        """Scheduled or Dynamic, by the selected parameter set; Scheduled where it says nothing."""
        return CONTROL_MODES.get(self.parameters.get("ControlMode", 1), "Scheduled")


SERVICE_NAMES: Final = {1: "AC", 2: "DC", 5: "AC_BPT", 6: "DC_BPT"}
SERVICE_IDS: Final = {name: number for number, name in SERVICE_NAMES.items()}
CONTROL_MODES: Final = {1: "Scheduled", 2: "Dynamic"}
CONTROL_MODE_IDS: Final = {name: number for number, name in CONTROL_MODES.items()}


def parameter_sets(service_detail: Mapping[str, Any]) -> dict[int, dict[str, Any]]:
    """Return the parameter sets of a ServiceDetailRes as ParameterSetID -> parameter name -> value."""
    sets = as_list(service_detail.get("ServiceParameterList", {}).get("ParameterSet"))
    return {
        one.get("ParameterSetID", 0): {
            parameter.get("@Name", ""): next((value for key, value in parameter.items() if key != "@Name"), None)
            for parameter in as_list(one.get("Parameter"))
        }
        for one in sets
    }


def as_list(value: Any) -> list[Any]:
    """Return a repeatable element as a list, however it was written."""
    return [] if value is None else list(value) if isinstance(value, list | tuple) else [value]


class HeaderClock:
    """Fills Header.TimeStamp, rightly or in one of the wrong ways of `Timestamps`."""

    def __init__(self, how: Timestamps, utc: Callable[[], float]) -> None:
        self._how = how
        self._utc = utc
        self._stamps: list[float] = []

    def stamp(self) -> int:
        """Return the time stamp for the next header."""
        self._stamps.append(self._utc())
        first, now = self._stamps[0], self._stamps[-1]
        self._stamps = [first, now]
        match self._how:
            case "utc":
                return int(now)
            case "zero":
                return 0
            case "frozen":
                return int(first)
            case "backwards":
                return max(0, int(2 * first - now) - 1)
            case "microseconds":
                return int(now * 1e6)
