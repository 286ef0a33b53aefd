"""What a TransactionEvent says: which fields it has at which point of a transaction (E01 to E12, F01 to F03)."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from v2xconform.emulators.station.block import Payload
from v2xconform.emulators.station.evse import Evse
from v2xconform.emulators.station.transaction_points import Points

if TYPE_CHECKING:
    from v2xconform.emulators.station.authorization import Token
    from v2xconform.emulators.station.station import Station


@dataclass(slots=True)
class Transaction:
    """One transaction."""

    id: str
    evse: Evse
    seq_no: int = 0
    charging_state: str = ""
    token: "Token | None" = None
    """The first one that was told."""
    told_evse: bool = False
    """EVSE and connector have been told."""
    told_begin: bool = False
    """The meter values of the beginning have been told."""
    begin_late: bool = False
    """Its EVSE was not known at its start: those values come when charging starts ([E01.FR.17])."""
    told_phases: bool = False
    remote_start_id: int | None = None
    """Told already."""
    stopped_reason: str = ""
    """Why its authorization ended: the reason of its end, whenever that comes."""
    started_at: float = 0.0
    began_wh: float = 0.0
    samples: list[Payload] = field(default_factory=list)
    """MeterValues taken on the way for its last event."""
    suspended: bool = False
    """No energy any more: the CSMS has refused its token (C15, E05), or a limit is reached."""
    kept: bool = False
    """Goes on after the reset that is to come (B13)."""
    limits: Payload = field(default_factory=dict)
    """TransactionLimitType (2.1)."""
    limits_changed: bool = False
    csms_limits: Payload = field(default_factory=dict)
    """Those of them that the CSMS has set."""
    total_cost: float | None = None
    """What the CSMS has said last."""

    def energy_wh(self) -> float:
        """Return what it has delivered by the last reading of the meter."""
        return self.evse.energy_wh - self.began_wh


@dataclass(slots=True)
class Bay:
    """What block E knows of one EVSE beside its hardware."""

    evse: Evse
    token: "Token | None" = None
    """Who is authorized here."""
    token_told: bool = True
    """The CSMS has been told of that authorization."""
    group: Payload | None = None
    transaction: Transaction | None = None
    remote_start_id: int | None = None
    """Of the RequestStartTransaction that has authorized it, until it is told."""
    reservation_id: int | None = None
    """Of the reservation that the authorization has used up, until it is told."""
    signed: bool = False
    """The meter has given a signed value for this session."""
    points: Points = field(default_factory=Points)


def charging_state(bay: Bay) -> str:
    """Return the ChargingStateEnum of an EVSE."""
    evse = bay.evse
    if not evse.plugged:
        return "Idle"
    if bay.token is None:
        return "EVConnected"
    if bay.transaction is not None and bay.transaction.suspended:
        return "SuspendedEVSE"
    if not evse.flowing:
        return "EVConnected"
    if evse.limit_w == 0 and evse.power_source is None:
        return "SuspendedEVSE"
    return "Charging" if evse.ev_ready else "SuspendedEV"


@dataclass(frozen=True, slots=True)
class Happening:
    """What an event is about."""

    kind: str
    """Started, Updated, Ended."""
    trigger: str
    stopped: str = ""
    token: "Token | None" = None
    """The token that was presented to stop."""
    context: str = ""
    """Context of the meter values that it carries, empty for none of its own."""
    values: tuple[Payload, ...] = ()
    """Meter values that were taken already."""
    info: Payload = field(default_factory=dict)
    """Further fields of transactionInfo."""


def event(station: "Station", bay: Bay, what: Happening, now: float) -> Payload:
    """Return the TransactionEventRequest, and note down what the CSMS is told by it."""
    transaction, policy = bay.transaction, station.policy.transactions
    assert transaction is not None, "events belong to a transaction"
    payload: dict[str, Any] = {
        "eventType": what.kind, "timestamp": station.timestamp(), "triggerReason": _trigger(station, bay, what),
        "seqNo": transaction.seq_no, "transactionInfo": _info(station, bay, what),
    }  # fmt: skip
    transaction.seq_no += policy.seq_no_step
    connector = bay.evse.connector
    if policy.names_evse and not transaction.told_evse and (connector is not None or policy.knows_evse):
        transaction.told_evse = connector is not None
        payload["evse"] = {"id": bay.evse.id, **({"connectorId": connector.id} if connector else {})}
    shown = what.token or (None if bay.token_told else bay.token)
    bay.token_told = True
    if shown is not None and policy.names_token:
        transaction.token = transaction.token or shown
        payload["idToken"] = shown
    if bay.reservation_id is not None and policy.names_reservation:
        payload["reservationId"], bay.reservation_id = bay.reservation_id, None
    if transaction.charging_state == "Charging" and not transaction.told_phases:
        transaction.told_phases = True
        payload["numberOfPhasesUsed"] = bay.evse.spec.phases
    payload |= station.v2x.told(bay.evse)
    payload["transactionInfo"] |= station.local_cost.told(transaction, bay.token)
    if what.kind == "Ended":
        payload |= station.local_cost.ended(transaction, now)
    values = [*what.values, *station.meter_values.for_event(bay, what, now)]
    if values:
        payload["meterValue"] = values
    return payload


def _trigger(station: "Station", bay: Bay, what: Happening) -> str:
    """After a remote start the next event is about it, whatever else it tells ([F01.FR.19], [F02.FR.21])."""
    if bay.remote_start_id is not None and what.kind != "Ended":
        return station.policy.transactions.remote_trigger
    return what.trigger


def _info(station: "Station", bay: Bay, what: Happening) -> Payload:
    transaction, policy = bay.transaction, station.policy.transactions
    assert transaction is not None, "events belong to a transaction"
    info: Payload = {"transactionId": transaction.id}
    state = charging_state(bay)
    # A token or a cable is told first; that energy flows now is told by an event of its own.
    if policy.reports_charging_state:
        info["chargingState"] = state
    transaction.charging_state = state
    if bay.remote_start_id is not None:
        transaction.remote_start_id = bay.remote_start_id
        if policy.reports_remote_start_id:
            info["remoteStartId"] = bay.remote_start_id
        bay.remote_start_id = None
    if what.kind == "Ended" and policy.says_stopped_reason:
        info["stoppedReason"] = transaction.stopped_reason or what.stopped or "Other"
    if transaction.limits_changed and station.version == "ocpp2.1":
        info["transactionLimit"], transaction.limits_changed = transaction.limits, False
    return info | what.info
