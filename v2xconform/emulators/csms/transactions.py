"""Block E at the CSMS: the transactions that stations report, in whatever order the events come, and what they cost."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from v2xconform.emulators.csms.block import Handler, Payload, Refused

if TYPE_CHECKING:
    from v2xconform.emulators.csms.csms import Csms
    from v2xconform.emulators.csms.session import StationSession

_ENERGY = "Energy.Active.Import.Register"


@dataclass(frozen=True, slots=True)
class TransactionsPolicy:
    """Duties of block E."""

    judges_tokens: bool = True
    """Answers idTokenInfo where the event carried a token ([E01.FR.12])."""
    judges_again: bool = True
    """Looks the token up for each event; else what carries a token is Accepted ([E01.FR.11], [C12.FR.03])."""
    names_groups: bool = True
    """groupIdToken in the answer ([C09.FR.12])."""
    accepts_gaps: bool = True
    """Takes events whose predecessors have not come (yet)."""
    accepts_twins: bool = True
    """Takes an event that has come before."""
    accepts_late_starts: bool = True
    """Takes seqNo 0 of a new transaction after another one ([E01.FR.07], TC_E_53)."""
    refuses_triggers: tuple[str, ...] = ()
    """CALLERROR for events with these trigger reasons."""
    refuses_kinds: tuple[str, ...] = ()
    """CALLERROR for events of these types."""
    refuses_offline: bool = False
    """CALLERROR for events of offline times."""
    refuses_signed_values: bool = False
    """CALLERROR for signed meter values."""
    refuses_meter_values: bool = False
    """CALLERROR for events with meter values."""
    tells_cost: bool = True
    """totalCost at the end ([I03.FR.02])."""
    tells_running_cost: bool = False
    """totalCost in answers to meter values ([I02.FR.01])."""
    limits: dict[str, float] = field(default_factory=dict)
    """2.1: limits of every transaction, beside those of its token ([E16.FR.02])."""
    sets_limits: bool = True
    """2.1: tells the limits of a token ([E16.FR.02])."""
    repeats_limits: bool = False
    """Tells them in every answer, not once."""
    insists_on_limits: bool = False
    """Answers a lower limit of the station with its own ([E16.FR.08])."""
    costs_of_limited: bool = True
    """totalCost in every answer while maxCost is active ([E16.FR.11])."""


@dataclass(slots=True)
class KnownTransaction:
    """What a CSMS knows of a transaction."""

    id: str
    identity: str
    events: dict[int, Payload] = field(default_factory=dict)
    """seqNo -> TransactionEventRequest."""
    twins: int = 0
    limits: Payload = field(default_factory=dict)
    """TransactionLimitType that the station was told."""
    """Events that came once more."""

    def of_kind(self, kind: str) -> Payload | None:
        """Return its first event of a type."""
        return next((one for one in self.events.values() if one["eventType"] == kind), None)

    @property
    def ended(self) -> bool:
        """Its last event has come."""
        return self.of_kind("Ended") is not None

    @property
    def missing(self) -> list[int]:
        """Sequence numbers between the first and the last event that have not come."""
        return [number for number in range(min(self.events), max(self.events)) if number not in self.events]

    @property
    def complete(self) -> bool:
        """Started, Ended and all between have come (Part 2 E, Sequence Number Generation)."""
        return self.of_kind("Started") is not None and self.ended and not self.missing

    @property
    def token(self) -> Payload | None:
        """The token that it was authorized with."""
        return next((one["idToken"] for _, one in sorted(self.events.items()) if "idToken" in one), None)

    @property
    def evse(self) -> int:
        """Where it takes place, 0 while that is not known."""
        return next((int(one["evse"]["id"]) for one in self.events.values() if "evse" in one), 0)

    def energy_wh(self) -> float:
        """Return what its meter values say that it has delivered."""
        readings = sorted(value for one in self.events.values() for value in _readings(one))
        return readings[-1][1] - readings[0][1] if readings else 0.0


def _readings(event: Payload) -> Iterator[tuple[str, float]]:
    for values in event.get("meterValue", ()):
        for one in values["sampledValue"]:
            if one.get("measurand", _ENERGY) == _ENERGY and "phase" not in one:
                unit = one.get("unitOfMeasure", {})
                factor = 10 ** unit.get("multiplier", 0) * (1000 if unit.get("unit") == "kWh" else 1)
                yield values["timestamp"], one["value"] * factor


@dataclass(slots=True)
class Transactions:
    """Block E of one CSMS."""

    csms: "Csms"
    handlers: dict[str, Handler] = field(default_factory=dict)
    known: dict[tuple[str, str], KnownTransaction] = field(default_factory=dict)
    """(identity, transactionId) -> transaction."""

    def __post_init__(self) -> None:
        self.handlers = {"TransactionEvent": self.transaction_event}

    def running(self, identity: str) -> list[KnownTransaction]:
        """Return the transactions of a station that have not ended."""
        return [one for (owner, _), one in self.known.items() if owner == identity and not one.ended]

    def transaction_event(self, session: "StationSession", payload: Payload, now: float) -> Payload:
        """Answer TransactionEvent (E01 to E15): take it whatever is missing, and judge the token that it carries."""
        number = payload["transactionInfo"]["transactionId"]
        key = session.identity, number
        self._check(key, payload)
        transaction = self.known.setdefault(key, KnownTransaction(number, session.identity))
        transaction.twins += payload["seqNo"] in transaction.events
        transaction.events[payload["seqNo"]] = payload
        answer: Payload = {}
        policy = self.csms.policy.transactions
        if "idToken" in payload and policy.judges_tokens:
            answer["idTokenInfo"] = self._judged(payload["idToken"])
        limits = self._limits(session, transaction, payload)
        if limits:
            answer["transactionLimit"] = limits
        told = payload["eventType"] == "Ended" if policy.tells_cost else False
        if "maxCost" in transaction.limits and policy.costs_of_limited:
            told = True
        if told or (policy.tells_running_cost and "meterValue" in payload):
            answer["totalCost"] = round(transaction.energy_wh() / 1000 * self.csms.persona.price_per_kwh, 2)
        return answer

    def _limits(self, session: "StationSession", transaction: KnownTransaction, payload: Payload) -> Payload:
        """Return the limits to tell now: once, with the first event that they can go with ([E16.FR.02], [C17.FR.03])."""
        policy, token = self.csms.policy.transactions, transaction.token
        if session.version != "ocpp2.1" or not policy.sets_limits or token is None or payload["eventType"] == "Ended":
            return {}
        wanted = {**policy.limits, **self.csms.authorization.limits(token)}
        if policy.repeats_limits:
            return wanted
        if policy.insists_on_limits and payload["transactionInfo"].get("transactionLimit"):
            return wanted or dict(payload["transactionInfo"]["transactionLimit"])
        new = {name: value for name, value in wanted.items() if transaction.limits.get(name) != value}
        transaction.limits |= new
        return new

    def _judged(self, token: Payload) -> Payload:
        policy = self.csms.policy.transactions
        info = self.csms.authorization.info(token) if policy.judges_again else {"status": "Accepted"}
        if not policy.names_groups:
            info.pop("groupIdToken", None)
        return info

    def _check(self, key: tuple[str, str], payload: Payload) -> None:
        """Refuse what a policy refuses; a conformant CSMS refuses no event ([E01.FR.11] is no reason to)."""
        policy, known = self.csms.policy.transactions, self.known.get(key)
        events = known.events if known is not None else {}
        others = [one for (owner, _), one in self.known.items() if owner == key[0] and one is not known]
        if payload["triggerReason"] in policy.refuses_triggers or payload["eventType"] in policy.refuses_kinds:
            raise Refused("InternalError", f"{payload['eventType']} by {payload['triggerReason']} is not handled")
        if not policy.accepts_gaps and payload["seqNo"] > 0 and payload["seqNo"] - 1 not in events:
            raise Refused("GenericError", "an event before this one is missing")
        if not policy.accepts_twins and payload["seqNo"] in events:
            raise Refused("GenericError", "this event has come before")
        if not policy.accepts_late_starts and others and payload["seqNo"] == 0:
            raise Refused("GenericError", "seqNo does not grow")
        if policy.refuses_offline and payload.get("offline"):
            raise Refused("GenericError", "this event is too old")
        values = [one for value in payload.get("meterValue", ()) for one in value["sampledValue"]]
        if policy.refuses_meter_values and values:
            raise Refused("InternalError", "meter values are not handled")
        if policy.refuses_signed_values and any("signedMeterValue" in one for one in values):
            raise Refused("InternalError", "signed values are not handled")
