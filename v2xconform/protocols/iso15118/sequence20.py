"""The sequence of ISO 15118-20 as one table: state, request, outcome, next state. Everyone who needs it walks it.

Theory of operation
-------------------
A state is named after the request that the station waits for (the standard's message name without Req). The car
sends a request, the station answers, and `advance` turns the pair into the next state; neither emulator, monitor nor
test-case generator knows another rule. What decides the outcome is a field of the request or of the response, and it
is data too: see `OUTCOMES`. The rows of a state and request are tried from the top; the first that fits counts.
A FAILED response ends the session in every state (ISO 15118-20, 8.6).

BPT services (AC_BPT, DC_BPT) have the flow of AC and DC.

Choices that the open sources leave, and what was chosen
--------------------------------------------------------
* SessionStopReq is legal in every state from AuthorizationSetup on, except in the charge loop and in standby, where
  PowerDeliveryReq(Stop) has to come first. libiso15118 does the same; josev also takes it in the AC loop.
* PowerDeliveryReq while the car still says EVProcessing Ongoing in pre-charge is *tolerated*: josev and
  libiso15118 accept it as stations and josev sends it as a car. Before any DC_PreChargeReq it is a sequence error.
* PowerDeliveryReq(Start) with EVProcessing Ongoing keeps the state (josev's car sends it, without a power profile).
* The car may leave out DC_WeldingDetectionReq (libiso15118, josev).
* Standby keeps the charge loop messages running: EVSENotification ExitStandby can only reach the car in them.
* After a schedule renegotiation the contactors are still closed: PowerDeliveryReq follows, not DC_CableCheckReq.

Tolerated rows (``Step.tolerated``) are accepted and never demanded: they make no finding and no test case.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from v2xconform.protocols.iso15118.messages20 import REQUESTS, is_failed, is_warning, response_name

__all__ = [
    "FIRST", "OUTCOMES", "STATES", "TABLE", "Outcome", "SequenceError", "Step",
    "advance", "all_requests", "allowed", "happy_step", "is_final", "request_fits", "response_name", "steps",
]  # fmt: skip

Mode = Literal["AC", "DC"]

FIRST: Final = "SessionSetup"
"""The state after SupportedAppProtocol."""

FINAL: Final = ("Ended", "Paused")


class SequenceError(Exception):
    """A request that the table does not allow in this state. The text names what was allowed."""

    def __init__(self, state: str, request: str, detail: str, allowed_requests: tuple[str, ...]) -> None:
        wanted = " or ".join(allowed_requests) or "nothing, the session is over"
        super().__init__(f"{request}{detail} is not allowed in state {state}; allowed: {wanted}")
        self.state = state
        self.request = request
        self.allowed = allowed_requests


@dataclass(frozen=True, slots=True)
class Outcome:
    """One way in which a request and its response can come out."""

    side: Literal["request", "response", "warning", "any"]
    """Whose field decides; *warning*: any WARNING response code; *any*: always fits."""
    field: str = ""
    values: tuple[str, ...] = ()

    def fits(self, request: Mapping[str, Any], response: Mapping[str, Any]) -> bool:
        """Tell whether this is how the exchange came out."""
        if self.side == "any":
            return True
        if self.side == "warning":
            return is_warning(response)
        return (request if self.side == "request" else response).get(self.field) in self.values


_BUSY: Final = ("Ongoing", "Ongoing_WaitingForCustomerInteraction")

OUTCOMES: Final[dict[str, Outcome]] = {
    "answered": Outcome("any"),
    "new session": Outcome("response", "ResponseCode", ("OK_NewSessionEstablished", "OK")),
    "old session": Outcome("response", "ResponseCode", ("OK_OldSessionJoined",)),
    "not granted": Outcome("warning"),
    "station busy": Outcome("response", "EVSEProcessing", _BUSY),
    "station ready": Outcome("response", "EVSEProcessing", ("Finished",)),
    "car busy": Outcome("request", "EVProcessing", _BUSY),
    "car ready": Outcome("request", "EVProcessing", ("Finished",)),
    "start": Outcome("request", "ChargeProgress", ("Start",)),
    "stop": Outcome("request", "ChargeProgress", ("Stop",)),
    "standby": Outcome("request", "ChargeProgress", ("Standby",)),
    "renegotiate schedule": Outcome("request", "ChargeProgress", ("ScheduleRenegotiation",)),
    "terminate": Outcome("request", "ChargingSession", ("Terminate",)),
    "pause": Outcome("request", "ChargingSession", ("Pause",)),
    "renegotiate services": Outcome("request", "ChargingSession", ("ServiceRenegotiation",)),
}
"""Name of an outcome -> the field and the values that make it. A table row names one or several, all must fit."""


@dataclass(frozen=True, slots=True)
class Step:
    """One row of the table."""

    state: str
    request: str
    outcome: tuple[str, ...]
    """Keys of `OUTCOMES`; all of them must fit."""
    next: str
    requirements: tuple[str, ...] = ()
    tolerated: bool = False
    """Accepted, but neither demanded nor tested: implementations and readings differ."""


# {M} is AC or DC. A row whose state or request carries a mode prefix exists in that mode only.
# state, request, outcome, next state, requirement ids; ~ marks a tolerated row.
_ROWS: Final = """
SessionSetup                    | SessionSetupReq                | new session                   | AuthorizationSetup           | V2G20-2626
SessionSetup                    | SessionSetupReq                | old session                   | {M}_ChargeParameterDiscovery | V2G20-1032 V2G20-1843
AuthorizationSetup              | AuthorizationSetupReq          | answered                      | Authorization                |
Authorization                   | AuthorizationReq               | not granted                   | Authorization                | V2G20-2219 V2G20-2230
Authorization                   | AuthorizationReq               | station busy                  | Authorization                |
Authorization                   | AuthorizationReq               | station ready                 | ServiceDiscovery             |
Authorization                   | CertificateInstallationReq     | answered                      | Authorization                |
ServiceDiscovery                | ServiceDiscoveryReq            | answered                      | ServiceDetail                |
ServiceDetail                   | ServiceDetailReq               | answered                      | ServiceSelection             |
ServiceSelection                | ServiceDetailReq               | answered                      | ServiceSelection             |
ServiceSelection                | ServiceSelectionReq            | answered                      | {M}_ChargeParameterDiscovery |
{M}_ChargeParameterDiscovery    | {M}_ChargeParameterDiscoveryReq| answered                      | ScheduleExchange             |
ScheduleExchange                | ScheduleExchangeReq            | station busy                  | ScheduleExchange             |
ScheduleExchange        [AC]    | ScheduleExchangeReq            | station ready                 | PowerDelivery                |
ScheduleExchange        [DC]    | ScheduleExchangeReq            | station ready                 | DC_CableCheck                |
DC_CableCheck                   | DC_CableCheckReq               | station busy                  | DC_CableCheck                |
DC_CableCheck                   | DC_CableCheckReq               | station ready                 | DC_PreCharge                 |
DC_PreCharge                    | DC_PreChargeReq                | car busy                      | DC_PreChargeOngoing          |
DC_PreCharge                    | DC_PreChargeReq                | car ready                     | PowerDelivery                |
DC_PreChargeOngoing             | DC_PreChargeReq                | car busy                      | DC_PreChargeOngoing          |
DC_PreChargeOngoing             | DC_PreChargeReq                | car ready                     | PowerDelivery                |
~ DC_PreChargeOngoing           | PowerDeliveryReq               | start, car busy               | PowerDelivery                |
~ DC_PreChargeOngoing           | PowerDeliveryReq               | start                         | {M}_ChargeLoop               |
DC_PreChargeOngoing             | PowerDeliveryReq               | stop                          | DC_WeldingDetection          |
PowerDelivery                   | PowerDeliveryReq               | start, car busy               | PowerDelivery                |
PowerDelivery                   | PowerDeliveryReq               | start                         | {M}_ChargeLoop               |
PowerDelivery           [AC]    | PowerDeliveryReq               | stop                          | SessionStop                  |
PowerDelivery           [DC]    | PowerDeliveryReq               | stop                          | DC_WeldingDetection          |
~ PowerDelivery         [DC]    | DC_PreChargeReq                | answered                      | PowerDelivery                |
{M}_ChargeLoop                  | {M}_ChargeLoopReq              | answered                      | {M}_ChargeLoop               |
{M}_ChargeLoop                  | MeteringConfirmationReq        | answered                      | {M}_ChargeLoop               | V2G20-1083
AC_ChargeLoop                   | PowerDeliveryReq               | stop                          | SessionStop                  |
DC_ChargeLoop                   | PowerDeliveryReq               | stop                          | DC_WeldingDetection          |
{M}_ChargeLoop                  | PowerDeliveryReq               | not granted                   | {M}_ChargeLoop               |
{M}_ChargeLoop                  | PowerDeliveryReq               | standby                       | Standby                      | V2G20-2113
{M}_ChargeLoop                  | PowerDeliveryReq               | renegotiate schedule          | ScheduleRenegotiation        |
~ {M}_ChargeLoop                | PowerDeliveryReq               | start                         | {M}_ChargeLoop               |
Standby                         | {M}_ChargeLoopReq              | answered                      | Standby                      |
Standby                         | PowerDeliveryReq               | start, car busy               | Standby                      | V2G20-1391 V2G20-1393
Standby                         | PowerDeliveryReq               | start                         | {M}_ChargeLoop               | V2G20-1391 V2G20-1393
Standby                 [AC]    | PowerDeliveryReq               | stop                          | SessionStop                  |
Standby                 [DC]    | PowerDeliveryReq               | stop                          | DC_WeldingDetection          |
~ Standby                       | PowerDeliveryReq               | standby                       | Standby                      |
ScheduleRenegotiation           | ScheduleExchangeReq            | station busy                  | ScheduleRenegotiation        |
ScheduleRenegotiation           | ScheduleExchangeReq            | station ready                 | PowerDelivery                |
~ ScheduleRenegotiation [AC]    | PowerDeliveryReq               | stop                          | SessionStop                  |
~ ScheduleRenegotiation [DC]    | PowerDeliveryReq               | stop                          | DC_WeldingDetection          |
DC_WeldingDetection             | DC_WeldingDetectionReq         | car busy                      | DC_WeldingDetection          |
DC_WeldingDetection             | DC_WeldingDetectionReq         | car ready                     | SessionStop                  |
~ SessionStop           [DC]    | DC_WeldingDetectionReq         | answered                      | SessionStop                  |
"""  # noqa: E501

# Where SessionStopReq may come. The answer decides whether a pause or a renegotiation is granted; if not, it is FAILED.
_STOPPABLE: Final = (
    "AuthorizationSetup", "Authorization", "ServiceDiscovery", "ServiceDetail", "ServiceSelection",
    "AC_ChargeParameterDiscovery", "DC_ChargeParameterDiscovery", "ScheduleExchange", "DC_CableCheck",
    "DC_PreCharge", "DC_PreChargeOngoing", "PowerDelivery", "DC_WeldingDetection", "SessionStop",
)  # fmt: skip

_STOPS: Final = (
    ("terminate", "Ended", ()),
    ("pause", "Paused", ("V2G20-1032",)),
    ("renegotiate services", "ServiceDiscovery", ("V2G20-1477",)),
)


def _exists(name: str, mode: Mode) -> bool:
    other = "DC_" if mode == "AC" else "AC_"
    return not name.startswith(other)


def _build(mode: Mode) -> tuple[Step, ...]:
    built = []
    for row in _ROWS.strip().splitlines():
        tolerated = row.startswith("~")
        state, request, outcome, following, ids = (
            cell.strip() for cell in row.removeprefix("~").replace("{M}", mode).split("|")
        )
        state, _, only = state.partition(" ")
        if only.strip() in ("", f"[{mode}]") and _exists(state, mode) and _exists(request, mode):
            outcomes = tuple(part.strip() for part in outcome.split(","))
            built.append(Step(state, request, outcomes, following, tuple(ids.split()), tolerated))
    stops = [
        Step(state, "SessionStopReq", (outcome,), following, ids)
        for state in _STOPPABLE
        if _exists(state, mode)
        for outcome, following, ids in _STOPS
    ]
    return (*built, *stops)


TABLE: Final[dict[Mode, tuple[Step, ...]]] = {"AC": _build("AC"), "DC": _build("DC")}
"""Mode -> all rows, in the order in which they are tried."""

STATES: Final[dict[Mode, tuple[str, ...]]] = {
    mode: (*dict.fromkeys(step.state for step in table), *FINAL) for mode, table in TABLE.items()
}
"""Mode -> all states in the order of a session, the final ones last."""


def steps(state: str, mode: Mode, request_name: str | None = None) -> tuple[Step, ...]:
    """Return the rows of *state*, or those of one request in it; empty for a final state."""
    return tuple(step for step in TABLE[mode] if step.state == state and request_name in (None, step.request))


def allowed(state: str, mode: Mode, *, tolerated: bool = True) -> tuple[str, ...]:
    """Return the requests that the station takes in *state*, the expected one first.

    With ``tolerated=False`` only those that every reading of the standard allows: use that to build test cases, and
    the default to judge.
    """
    rows = sorted(steps(state, mode), key=lambda step: step.tolerated)
    return tuple(dict.fromkeys(step.request for step in rows if tolerated or not step.tolerated))


def all_requests(mode: Mode) -> tuple[str, ...]:
    """Return every request that can be sent in *mode* (common ones and those of AC or DC), allowed anywhere or not."""
    return tuple(request for request in REQUESTS if _exists(request, mode))


def is_final(state: str) -> bool:
    """Tell whether the session is over in *state*."""
    return state in FINAL


def advance(state: str, mode: Mode, request_name: str, request: Mapping[str, Any], response: Mapping[str, Any]) -> str:
    """Return the state after *request* was answered with *response* (both trees).

    Raises `SequenceError` when the request is not allowed in *state*, or not with the values that it carries; check
    with `allowed` (or with an empty response) before answering.
    """
    rows = steps(state, mode, request_name)
    if not rows:
        raise SequenceError(state, request_name, "", allowed(state, mode))
    if is_failed(response):
        return "Ended"
    for row in rows:
        if all(OUTCOMES[name].fits(request, response) for name in row.outcome):
            return row.next
    fields = {OUTCOMES[name].field: OUTCOMES[name].side for row in rows for name in row.outcome if OUTCOMES[name].field}
    trees = {"request": request, "response": response}
    seen = ", ".join(f"{field} {trees[side].get(field, '(absent)')}" for field, side in fields.items())
    raise SequenceError(state, request_name, f" with {seen}" if seen else "", allowed(state, mode))


def request_fits(state: str, mode: Mode, request_name: str, request: Mapping[str, Any]) -> bool:
    """Tell whether a request is allowed in *state*, as far as the request alone can say before it is answered."""
    return any(
        all(OUTCOMES[name].side != "request" or OUTCOMES[name].fits(request, {}) for name in row.outcome)
        for row in steps(state, mode, request_name)
    )


def happy_step(state: str, mode: Mode, request_name: str) -> Step | None:
    """Return the row that leads onward when nobody is busy and nothing fails; None where the request is not allowed."""
    rows = steps(state, mode, request_name)
    onward = [row for row in rows if row.next != state and "not granted" not in row.outcome and not row.tolerated]
    return next(iter(onward or rows), None)
