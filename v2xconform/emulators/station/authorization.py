"""Block C: who may charge. Tokens are presented by drivers; online the CSMS is asked (C01 to C16, D01, D02)."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from v2xconform.emulators.station.block import Handler, Payload
from v2xconform.emulators.station.evse import Evse
from v2xconform.protocols.ocpp.rpc import Failure

if TYPE_CHECKING:
    from v2xconform.emulators.station.station import Station

Token = dict[str, Any]
"""IdTokenType."""


@dataclass(frozen=True, slots=True)
class AuthorizationPolicy:
    """Duties of block C."""

    asks: bool = True
    """Asks the CSMS before it lets somebody charge."""
    believes_refusals: bool = True
    """Lets nobody charge whom the CSMS refuses."""


@dataclass(slots=True)
class Authorization:
    """Block C of one station."""

    station: "Station"
    handlers: dict[str, Handler] = field(default_factory=dict)

    def present(self, token: Token, evse: Evse, now: float) -> None:
        """A driver presents a token at an EVSE: to start, or to stop what it has started."""
        transactions = self.station.transactions
        holder = transactions.holder(evse)
        if holder is not None and self.same_driver(holder, token):
            transactions.stop_authorized(evse, now)
            return
        if self.station.online and self.station.policy.authorization.asks:
            self.station.call(
                "Authorize", {"idToken": token}, now,
                lambda answer, at: self._answered(token, evse, answer, at),
                lambda failure, at: self._unanswered(token, evse, failure, at),
            )  # fmt: skip
            return
        self.decide_offline(token, evse, now)

    def _answered(self, token: Token, evse: Evse, answer: Payload, now: float) -> None:
        info = answer["idTokenInfo"]
        if info["status"] == "Accepted" or not self.station.policy.authorization.believes_refusals:
            self._granted(token, evse, info, now)

    def _granted(self, token: Token, evse: Evse, info: Payload, now: float) -> None:
        transactions = self.station.transactions
        holder = transactions.holder(evse)
        if holder is not None:
            if info.get("groupIdToken") and info["groupIdToken"] == transactions.group(evse):
                transactions.stop_authorized(evse, now, token)
            return
        transactions.authorize(evse, token, now, group=info.get("groupIdToken"))

    def _unanswered(self, token: Token, evse: Evse, failure: Failure, now: float) -> None:
        if failure.kind in ("lost", "timeout"):
            self.decide_offline(token, evse, now)

    def decide_offline(self, token: Token, evse: Evse, now: float) -> None:
        """Decide without the CSMS: unknown tokens may charge if OfflineTxForUnknownIdEnabled (C15)."""
        if self.station.variables.flag("AuthCtrlr.OfflineTxForUnknownIdEnabled"):
            self.station.transactions.authorize(evse, token, now)

    def same_driver(self, one: Token, other: Token) -> bool:
        """Tell whether two tokens are the same; identifiers are case-insensitive."""
        return str(one["idToken"]).lower() == str(other["idToken"]).lower() and bool(one["type"] == other["type"])
