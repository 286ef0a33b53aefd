"""How an ISO 15118-20 session of ours behaves: every duty it can be told to neglect, as data.

The defaults are the conformant behaviour. A quirk overrides fields; the sessions hold the code, nothing else does.
Requests are named with Req; "*" stands for all of them where a mapping says so.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from difflib import get_close_matches
from typing import Any, Final, Literal, TypeVar

from pydantic import TypeAdapter, ValidationError

from v2xconform.protocols.iso15118.contract_keys import KeyFlaw
from v2xconform.protocols.iso15118.session20 import Timestamps
from v2xconform.protocols.iso15118.signatures import Flaw

Strings = tuple[str, ...]
Notice = Literal[
    "Pause", "ExitStandby", "Terminate", "ScheduleRenegotiation", "ServiceRenegotiation", "MeteringConfirmation"
]
"""EVSENotification: what a station asks of a car."""
Numbers = Mapping[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class SeccPolicy:
    """The conduct of a station."""

    # Checks on requests
    checks_sequence: bool = True
    """False: a request out of sequence is answered as if it were in place."""
    checks_session_id: bool = True
    """False: a foreign SessionID is accepted (no FAILED_UnknownSession)."""
    unchecked: Strings = ()
    """Response codes that it never gives, whatever the reason (FAILED_WrongChargeParameter …)."""
    forced_codes: Mapping[str, str] = field(default_factory=dict)
    """Request -> response code that it always gets; the body is the smallest valid one if the code is FAILED."""
    rejects_authorization: int = 0
    """So many AuthorizationReq are refused with WARNING_EIMAuthorizationFailure before one is granted; -1 = all."""
    pause_allowed: bool = True
    standby_allowed: bool = False
    renegotiates_schedule: bool = True
    resumes_sessions: bool = True
    binds_sessions: bool = True
    """False: any car that knows its SessionID may resume a paused session (a deviation from [V2G20-2545])."""
    joins_any_session: bool = False
    """True: it joins whatever SessionID a car brings, known or not [V2G20-2626]."""
    resumes_with: Literal["charge parameters", "authorization"] = "charge parameters"
    """What it expects first in a resumed session; only charge parameters are right [V2G20-1032]."""

    # Notifications
    notifies: Mapping[int, Notice] = field(default_factory=dict)
    """Charge loop response, counted over the session -> EVSENotification that it begins to ask for there."""
    notifies_in_standby: Mapping[int, Notice] = field(default_factory=dict)
    """The same, counted over the charge loop responses in standby."""
    keeps_notifying: bool = False
    """True: EVSENotification stays although the car has obeyed."""
    feeds_in_standby: bool = False
    """True: power goes on in standby."""
    heeds_energy_requests: bool = True
    """False: Dynamic set points follow the grid alone, whatever energy the car needs or can spare."""

    # Plug & Charge
    challenge: Literal["random", "fixed", "zero", "short"] = "random"
    """GenChallenge of AuthorizationSetupRes [V2G20-697]; *fixed*: the same in every session."""
    signature_flaw: Flaw = ""
    """What is wrong with the signature of CertificateInstallationRes."""
    signs_with: str = "cps"
    """Credential of the PKI recipe (or credential/variant) that signs CertificateInstallationRes."""
    key_flaw: KeyFlaw = ""
    """What is wrong with the contract key that it delivers."""
    installs_variant: str = ""
    """Variant of the contract that it delivers: expired, unknown-root …"""

    # Ends
    closes_after_failed: bool = True
    """False: after a FAILED response it goes on as if nothing had happened."""
    close_delay_s: float = 0.0
    """Time between a FAILED response (or a timeout) and the end of the connection."""
    closes_after_stop: bool = True
    """False: after SessionStopRes it leaves the connection open for ever."""
    stop_close_delay_s: float = 3.0
    """After SessionStopRes it gives the car this time to close first."""
    ignores_ev_stop: bool = False
    """True: PowerDeliveryReq(Stop) is answered with OK, but power and contactors stay on."""

    # Time
    sequence_timeout_s: float | None = 60.0
    """V2G_SECC_Sequence_Timeout [V2G20-443]; None = it waits for ever."""
    loop_sequence_timeout_s: float | None = 0.5
    """The same after a charge loop response [V2G20-1500], [V2G20-1502]; None = for ever."""
    response_delay_s: Numbers = field(default_factory=dict)
    """Request (or "*") -> seconds that the response is held back."""
    silent_on: Strings = ()
    """Requests that it never answers."""
    ongoing: Mapping[str, int] = field(default_factory=dict)
    """AuthorizationReq, ScheduleExchangeReq, DC_CableCheckReq, DC_PreChargeReq -> so many responses say "not yet"
    first; -1 = for ever."""
    ongoing_value: Literal["Ongoing", "Ongoing_WaitingForCustomerInteraction"] = "Ongoing"
    notification_max_delay_s: int | None = None
    """EVSEStatus.NotificationMaxDelay; None = 0 in Scheduled and 60 in Dynamic control mode [V2G20-1850]."""

    # Header
    session_id: Literal["random", "zero", "fixed", "short", "echo"] = "random"
    """Where the SessionID of a new session comes from; *echo*: it takes over what the car sent."""
    response_session_id: Literal["own", "echo", "zero", "random"] = "own"
    """What stands in the header of responses after SessionSetupRes."""
    timestamps: Timestamps = "utc"

    # Bytes that make no message
    undecodable: Literal["close", "ignore", "answer"] = "close"
    """What follows on a payload that no codec can read; *answer*: the response that was due, with OK."""
    header_fault: Literal["ignore", "close"] = "ignore"
    """What follows on a broken or foreign V2GTP header [V2G2-800]."""

    # Wrong answers
    answers_with: Mapping[str, str] = field(default_factory=dict)
    """Request -> name of the (smallest valid) response that it sends instead of the right one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EvccPolicy:
    """The conduct of a car."""

    # Checks on responses
    checks_response_type: bool = True
    """False: a response of another type is taken as the one that was due."""
    checks_session_id: bool = True
    """False: a response with another SessionID is accepted."""
    ignores_failed: bool = False
    """True: a FAILED response is treated like OK."""
    ignores_undecodable: bool = False
    """True: a payload that cannot be read does not end the session (the message timeout may)."""
    guesses_undecodable: bool = False
    """True: whatever cannot be read is taken for the response that was due, with OK."""
    ignores_negotiation: bool = False
    """True: it goes on with its first offer, whatever supportedAppProtocolRes says."""
    authorization_retries: int = 1
    """So many WARNING answers to AuthorizationReq are followed by another try; then SessionStopReq."""

    # Plug & Charge
    unchecked: Strings = ()
    """What it takes over from CertificateInstallationRes without a look: signature, cps-chain, contract-chain, key."""
    signature_flaw: Flaw = ""
    """What is wrong with its signatures."""
    signs_with: str = ""
    """Credential of the PKI recipe that signs in place of the right one."""
    challenge: Literal["echo", "zero", "other"] = "echo"
    """GenChallenge of AuthorizationReq; only *echo* is right."""
    insists: bool = False
    """True: a refused authorization is tried again in the same way although another one is offered."""

    # Time
    message_timeout_s: Numbers = field(default_factory=dict)
    """Request (or "*") -> other V2G_EVCC_Msg_Timeout."""
    message_timeout_factor: float = 1.0
    ignores_message_timeout: bool = False
    ongoing_timeout_s: Numbers = field(default_factory=dict)
    """Request -> other ongoing timeout (AuthorizationReq, ScheduleExchangeReq, DC_CableCheckReq, DC_PreChargeReq)."""
    ignores_ongoing_timeout: bool = False
    ignores_setup_timeout: bool = False
    """True: V2G_EVCC_CommunicationSetup_Timeout is not kept."""
    pace_s: Numbers = field(default_factory=dict)
    """Request -> seconds between a response and the same request again; see `PACE`."""
    hesitates_s: Numbers = field(default_factory=dict)
    """Request (or "*") -> seconds that it waits before sending it, each time."""
    silent_before: str = ""
    """Request that it never sends: it falls silent with the connection open."""

    # Header
    session_id: str = "own"
    """own, zero, random, or 16 hexadecimal digits to put into every request after SessionSetup."""
    session_id_from: str = ""
    """The first request that carries the wrong `session_id`; "" = from AuthorizationSetupReq on."""
    timestamps: Timestamps = "utc"

    setup_session_id: str = "zero"
    """zero (a new session), last (that of the session before, after a restart), or 16 hexadecimal digits: the SessionID
    of SessionSetupReq."""

    # Order of requests
    skips: Strings = ()
    """Requests that it leaves out, going on as if they had been answered well."""
    instead: Mapping[str, str] = field(default_factory=dict)
    """Request that is due -> request that it sends in its place (once)."""
    repeats: Mapping[str, int] = field(default_factory=dict)
    """Request -> how often it is sent again after a response that would have led on."""
    sends_after_stop: Strings = ()
    """Requests that it sends after SessionStopRes, one after the other."""

    # Pause, standby, renegotiation
    resumes_after_s: float | None = None
    """So long after a pause it comes back to resume its session; None = it stays away."""
    comes_back_with: Literal["paused", "zero", "random"] = "paused"
    """SessionID with which it comes back; only *paused* is right."""
    checks_charger: bool = True
    """False: it resumes at any charger, not only where it paused (a deviation from [V2G20-2539])."""
    checks_resumption: bool = True
    """False: OK_OldSessionJoined is believed for a session that it never paused."""
    resumes_unasked: bool = False
    """True: after OK_NewSessionEstablished it goes on with the paused session all the same [V2G20-2615]."""
    resumes_with: Literal["charge parameters", "authorization"] = "charge parameters"
    """What it sends first in a resumed session; only charge parameters are right [V2G20-1032]."""
    authorizes_again: bool = False
    """True: a renegotiation of services begins with AuthorizationSetupReq instead of ServiceDiscoveryReq [V2G20-1477]."""
    renegotiates_what_is_not_offered: bool = False
    """True: it asks for new services although ServiceRenegotiationSupported was false."""
    takes_warnings_for_grants: bool = False
    """True: standby and schedule renegotiation are taken as granted although the station answers with a warning."""
    draws_in_standby: bool = False
    exceeds_profile_by: float = 1.0
    """Factor between the power that it draws and its own power profile; only up to 1 is right."""

    # Stopping
    ignores_evse_stop: bool = False
    """True: EVSENotification is not obeyed."""
    ignores_notifications: tuple[Notice, ...] = ()
    """Kinds of EVSENotification that are not obeyed."""
    ignores_go_to_pause: bool = False
    welding_detection: bool = True
    """False: it goes from PowerDeliveryReq(Stop) to SessionStopReq."""
    welding_detection_limit: int = 20
    """It stops asking after so many DC_WeldingDetectionReq, whatever the voltage."""
    stops_with: Literal["PowerDeliveryReq", "SessionStopReq"] = "PowerDeliveryReq"
    """How it leaves the charge loop; only PowerDeliveryReq is right."""
    closes_tcp: bool = True
    """False: it leaves the connection open at the end."""
    close_delay_s: float = 0.0
    restarts: int = 0
    """So many sessions that ended in disorder are followed by another one, in a new connection."""

    # Trust
    precharge_done_after: int = 0
    """0: pre-charge is done when the station's voltage is near the target. n: it is taken as done after n responses."""


PACE: Final[Numbers] = {
    "AuthorizationReq": 0.5,
    "ScheduleExchangeReq": 0.5,
    "DC_CableCheckReq": 0.5,
    "DC_PreChargeReq": 0.1,
    "DC_WeldingDetectionReq": 0.2,
    "AC_ChargeLoopReq": 0.1,
    "DC_ChargeLoopReq": 0.1,
}
"""Default pace of a car: below the 0.25 s that the charge loop allows, slower where the station has to work."""

Policy = TypeVar("Policy", SeccPolicy, EvccPolicy)


class PolicyError(ValueError):
    """A policy field that does not exist or does not take this value; `field` is its name."""

    def __init__(self, field_name: str, text: str) -> None:
        super().__init__(text)
        self.field = field_name


_ADAPTERS: Final[dict[str, TypeAdapter[Any]]] = {}


def _adapter(kind: type) -> TypeAdapter[Any]:
    """Return the checker of a policy; building one takes milliseconds."""
    return _ADAPTERS.setdefault(kind.__name__, _ADAPTERS.get(kind.__name__) or TypeAdapter(kind))


def overridden(policy: Policy, changes: Mapping[str, Any]) -> Policy:
    """Return *policy* with *changes* (plain YAML values). Raises `PolicyError`, which guesses at mistyped names."""
    known = [one.name for one in fields(policy)]
    for name in changes:
        if name not in known:
            near = get_close_matches(name, known, n=1)
            right = f"did you mean {near[0]!r}?" if near else f"known are {', '.join(known)}"
            raise PolicyError(name, f"unknown policy field {name!r}; {right}")
    try:
        checked = _adapter(type(policy)).validate_python(dict(changes))
    except ValidationError as invalid:
        first = invalid.errors()[0]
        name = str(first["loc"][0])
        text = f"{name}: {first['input']!r} does not fit; {first['msg'][0].lower()}{first['msg'][1:]}"
        raise PolicyError(name, text) from None
    return replace(policy, **{name: getattr(checked, name) for name in changes})


def by_request(table: Mapping[str, float], request: str, default: float) -> float:
    """Return the value for *request*, else the one for "*", else *default*."""
    return table.get(request, table.get("*", default))
