"""Block E at the CSMS: the transactions that stations report."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from v2xconform.emulators.csms.block import Handler, Payload

if TYPE_CHECKING:
    from v2xconform.emulators.csms.csms import Csms
    from v2xconform.emulators.csms.session import StationSession


@dataclass(frozen=True, slots=True)
class TransactionsPolicy:
    """Duties of block E."""

    judges_tokens: bool = True
    """Answers idTokenInfo where the event carried a token."""


@dataclass(slots=True)
class KnownTransaction:
    """What a CSMS knows of a transaction."""

    id: str
    identity: str
    events: dict[int, Payload] = field(default_factory=dict)
    """seqNo -> TransactionEventRequest."""
    ended: bool = False


@dataclass(slots=True)
class Transactions:
    """Block E of one CSMS."""

    csms: "Csms"
    handlers: dict[str, Handler] = field(default_factory=dict)
    known: dict[tuple[str, str], KnownTransaction] = field(default_factory=dict)
    """(identity, transactionId) -> transaction."""

    def __post_init__(self) -> None:
        self.handlers = {"TransactionEvent": self.transaction_event}

    def transaction_event(self, session: "StationSession", payload: Payload, now: float) -> Payload:
        """Answer TransactionEvent (E01 to E15)."""
        number = payload["transactionInfo"]["transactionId"]
        key = session.identity, number
        transaction = self.known.setdefault(key, KnownTransaction(number, session.identity))
        transaction.events[payload["seqNo"]] = payload
        transaction.ended = transaction.ended or payload["eventType"] == "Ended"
        if "idToken" in payload and self.csms.policy.transactions.judges_tokens:
            return {"idTokenInfo": self.csms.authorization.info(payload["idToken"])}
        return {}
