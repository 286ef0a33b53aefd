"""Every timer and limit of ISO 15118-20 that an emulator keeps or a judge measures: seconds, requirement, source.

Four parameters per message (ISO 15118-20, Tables 215 to 218): the car's wait for a response (EVCC message timeout),
the station's time to answer (SECC performance time), the car's pace (EVCC sequence performance time) and the station's
wait for the next request (SECC sequence timeout). A timeout ends the session; a performance time is a quality that
can be missed without an end.
"""

from dataclasses import dataclass
from typing import Final

from v2xconform.protocols.iso15118.messages20 import REQUESTS


@dataclass(frozen=True, slots=True)
class Limit:
    """One timer of the standard."""

    name: str
    """As the standard calls it, with the message it is for."""
    seconds: float
    requirement: str
    """Requirement id without brackets, or "" where none is known."""
    source: str
    """Table, or the implementation that it was read from."""


_LOOP_PACE: Final = {
    "AC_ChargeLoopReq": ("V2G20-1499", "V2G20-1500", "Table 216"),
    "DC_ChargeLoopReq": ("V2G20-1501", "V2G20-1502", "Table 217"),
    "WPT_ChargeLoopReq": ("V2G20-5069", "V2G20-5070", "Table 218"),
}
"""Charge loop request -> (requirement of the car's pace, of the station's sequence timeout, table)."""

_SLOW: Final = ("CertificateInstallationReq", "ServiceDetailReq")
_NAMED_PERFORMANCE: Final = ("AuthorizationReq", "DC_CableCheckReq", "DC_PreChargeReq", "DC_WeldingDetectionReq")
_PAIRED: Final = "derived: Table 215 pairs a 2 s timeout with 1.5 s and a 5 s timeout with 4.5 s"


def _table(request: str) -> str:
    return _LOOP_PACE[request][2] if request in _LOOP_PACE else "Table 215"


def _evcc_timeout(request: str) -> Limit:
    seconds = 0.5 if request in _LOOP_PACE else 5.0 if request in _SLOW else 2.0
    requirement = _LOOP_PACE[request][0] if request in _LOOP_PACE else ""
    return Limit(f"V2G_EVCC_Msg_Timeout {request}", seconds, requirement, _table(request))


def _secc_performance(request: str) -> Limit:
    seconds = 0.25 if request in _LOOP_PACE else 4.5 if request in _SLOW else 1.5
    named = request in _NAMED_PERFORMANCE or request in _LOOP_PACE
    requirement = "V2G20-2219" if request == "AuthorizationReq" else ""
    source = _table(request) if named else _PAIRED
    return Limit(f"V2G_SECC_Msg_Performance_Time {request}", seconds, requirement, source)


_ALL: Final = (*REQUESTS, "WPT_ChargeLoopReq")

EVCC_MESSAGE_TIMEOUT: Final = {request: _evcc_timeout(request) for request in _ALL}
"""Request -> how long the car waits for its response ([V2G20-436] to [V2G20-440])."""

SECC_PERFORMANCE: Final = {request: _secc_performance(request) for request in _ALL}
"""Request -> within which time the station answers."""

EVCC_SEQUENCE_PERFORMANCE: Final = {
    request: Limit(f"V2G_EVCC_Sequence_Performance_Time {request}", 0.25, pace, table)
    for request, (pace, _, table) in _LOOP_PACE.items()
}
"""Charge loop request -> within which time after the last response the car sends it."""

EVCC_SEQUENCE: Final = Limit(
    "V2G_EVCC_Sequence_Performance_Time", 40.0, "X20-SequencePerformance", "ISO 15118-2, Table 109; Table 215"
)
"""Within which time after a response the car sends the next request, except in the charge loop."""

SECC_SEQUENCE: Final = Limit("V2G_SECC_Sequence_Timeout", 60.0, "V2G20-443", "Table 215")
"""How long the station waits for the next request, except in the charge loop."""

SECC_SEQUENCE_IN_LOOP: Final = {
    f"{request[:-3]}Res": Limit(f"V2G_SECC_Sequence_Timeout after {request[:-3]}Res", 0.5, wait, table)
    for request, (_, wait, table) in _LOOP_PACE.items()
}
"""Charge loop response -> how long the station waits for what follows it."""

_JOSEV: Final = "josev iso15118_20/timeouts.py"
_LIB: Final = "libiso15118 d20/timeout.hpp"
_BUSY: Final = "V2G_SECC_Ongoing_Performance_Time"


def _ongoing(*rows: tuple[str, str, float, str]) -> dict[str, Limit]:
    return {request: Limit(name, seconds, "", source) for request, name, seconds, source in rows}


EVCC_ONGOING: Final = _ongoing(
    ("AuthorizationReq", "V2G_EVCC_Ongoing_Timeout AuthorizationReq (EIM)", 180.0, f"{_LIB} TIMEOUT_EIM_ONGOING"),
    ("ScheduleExchangeReq", "V2G_EVCC_Ongoing_Timeout ScheduleExchangeReq", 60.0, _JOSEV),
    ("CertificateInstallationReq", "V2G_EVCC_Ongoing_Timeout CertificateInstallationReq", 60.0, _JOSEV),
    ("DC_CableCheckReq", "V2G_EVCC_CableCheck_Timeout", 40.0, _JOSEV),
    ("DC_PreChargeReq", "V2G_EVCC_PreCharge_Timeout", 10.0, f"{_JOSEV}; ISO 15118-2 has 7 s"),
)
"""Request that is repeated while the other side is busy -> how long the car goes on with it, from the first one."""

SECC_ONGOING_PERFORMANCE: Final = _ongoing(
    ("AuthorizationReq", f"{_BUSY} AuthorizationReq (EIM)", 180.0, f"{_LIB} TIMEOUT_EIM_ONGOING"),
    ("ScheduleExchangeReq", f"{_BUSY} ScheduleExchangeReq", 55.0, f"{_LIB} TIMEOUT_ONGOING"),
    ("CertificateInstallationReq", f"{_BUSY} CertificateInstallationReq", 55.0, f"{_LIB} TIMEOUT_ONGOING"),
    ("DC_CableCheckReq", "V2G_SECC_CableCheck_Performance_Time", 38.0, "ISO 15118-2, Table 109"),
    (
        "DC_PreChargeReq",
        "V2G_SECC_PreCharge_Performance_Time",
        8.0,
        "derived: ISO 15118-2 has 5 s below a timeout of 7 s",
    ),
)
"""The same, seen by the station: it should have finished by then."""

COMMUNICATION_SETUP: Final = Limit("V2G_EVCC_CommunicationSetup_Timeout", 20.0, "", "josev iso15118_20/timeouts.py")
"""From plug-in (or, where nothing else is known, from the open connection) to SessionSetupRes, for the car."""

SECC_COMMUNICATION_SETUP: Final = Limit(
    "V2G_SECC_CommunicationSetup_Performance_Time", 18.0, "", "ISO 15118-2 [V2G2-716]"
)
"""The same for the station."""

TERMINATION: Final = Limit(
    "TCP_Connection_Termination_Timeout", 5.0, "", "ISO 15118-4 suite, par_CMN_TCP_Connection_Termination_Timeout"
)
"""Within which time the connection is closed after SessionStopRes or after a failure."""


def evcc_message_timeout(request: str) -> Limit:
    """Return how long the car waits for the response to *request*. Raises KeyError for an unknown name."""
    return EVCC_MESSAGE_TIMEOUT[request]


def secc_performance_time(request: str) -> Limit:
    """Return within which time the station answers *request*. Raises KeyError for an unknown name."""
    return SECC_PERFORMANCE[request]


def secc_sequence_timeout(after: str = "") -> Limit:
    """Return how long the station waits for the next request after the response *after* ("" = connection opened)."""
    return SECC_SEQUENCE_IN_LOOP.get(after, SECC_SEQUENCE)


def evcc_ongoing_timeout(request: str) -> Limit | None:
    """Return how long the car repeats *request* while the station is busy, or None if it is not repeated."""
    return EVCC_ONGOING.get(request)


def all_limits() -> list[Limit]:
    """Return every limit of this module once, for reports and documentation."""
    tables = (
        EVCC_MESSAGE_TIMEOUT,
        SECC_PERFORMANCE,
        EVCC_SEQUENCE_PERFORMANCE,
        SECC_SEQUENCE_IN_LOOP,
        EVCC_ONGOING,
        SECC_ONGOING_PERFORMANCE,
    )
    single = (EVCC_SEQUENCE, SECC_SEQUENCE, COMMUNICATION_SETUP, SECC_COMMUNICATION_SETUP, TERMINATION)
    return [*(limit for table in tables for limit in table.values()), *single]
