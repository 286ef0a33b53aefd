"""Block O: messages on the display (O01 to O06): which are configured, until when, and which of them is shown."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Final

from v2xconform.emulators.station.block import Handler, Payload, status_info

if TYPE_CHECKING:
    from v2xconform.emulators.station.station import Station

_PART: Final = 5
"""Messages in one NotifyDisplayMessages."""


@dataclass(frozen=True, slots=True)
class DisplayPolicy:
    """Duties of the block."""

    checks_priority: bool = True
    checks_state: bool = True
    checks_format: bool = True
    checks_transaction: bool = True
    """UnknownTransaction ([O02.FR.01])."""
    checks_language: bool = True
    """LanguageNotSupported, Rejected for translations without a choice of languages ([2.1 O01.FR.18], [2.1 O01.FR.19])."""
    checks_number: bool = True
    """Refuses more messages than it can hold ([O01.FR.11])."""
    counts: bool = True
    """DisplayMessages is the number of messages."""
    stores: bool = True
    replaces: bool = True
    """A message with the same id is replaced ([O06.FR.01]); else it stays as it was."""
    replaces_always_front: bool = True
    """Only one AlwaysFront ([O01.FR.16])."""
    removes_at_end: bool = True
    """After endDateTime ([O01.FR.07])."""
    removes_with_transaction: bool = True
    """When its transaction ends ([O02.FR.02])."""
    keeps_over_reboot: bool = True
    """([O01.FR.10])"""
    filters: bool = True
    """Tells what was asked for ([O04.FR.01])."""
    says_unknown: bool = True
    """Unknown where nothing fits ([O03.FR.06], [O05.FR.02])."""
    clears: bool = True
    keeps_translations: bool = True
    """Stores messageExtra with the message."""
    tells_request: bool = True
    """The right requestId in NotifyDisplayMessages."""


@dataclass(slots=True)
class Display:
    """The block of one station."""

    station: "Station"
    messages: dict[int, Payload] = field(default_factory=dict)
    """id -> MessageInfoType."""
    handlers: dict[str, Handler] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.station.variables.find("DisplayMessageCtrlr.DisplayMessages") is None:
            return
        self.handlers = {
            "SetDisplayMessage": self.set_message,
            "GetDisplayMessages": self.get_messages,
            "ClearDisplayMessage": self.clear_message,
        }

    # ---- setting

    def set_message(self, payload: Payload, now: float) -> Payload:
        """Answer SetDisplayMessage (O01, O02, O06)."""
        self._tidy(now)
        message, policy = payload["message"], self.station.policy.display
        refused = self._refusal(message)
        if refused:
            return {"status": refused}
        if policy.stores and (policy.replaces or message["id"] not in self.messages):
            kept = {
                name: value for name, value in message.items() if name != "messageExtra" or policy.keeps_translations
            }
            if message["priority"] == "AlwaysFront" and policy.replaces_always_front:
                for one in [one for one in self.messages.values() if one["priority"] == "AlwaysFront"]:
                    del self.messages[one["id"]]
            self.messages[message["id"]] = kept
        self._count(now)
        return {"status": "Accepted"}

    def _refusal(self, message: Payload) -> str:
        policy, model = self.station.policy.display, self.station.variables
        contents = [message["message"], *message.get("messageExtra", ())]
        for checks, variable, value, status in (
            (policy.checks_priority, "SupportedPriorities", message["priority"], "NotSupportedPriority"),
            (policy.checks_state, "SupportedStates", message.get("state", ""), "NotSupportedState"),
            *(
                (policy.checks_format, "SupportedFormats", one["format"], "NotSupportedMessageFormat")
                for one in contents
            ),
        ):
            known = model.members(f"DisplayMessageCtrlr.{variable}")
            if checks and known and value and value not in known:
                return status
        number = message.get("transactionId")
        if number is not None and policy.checks_transaction and self.station.transactions.find(number) is None:
            return "UnknownTransaction"
        if self.station.version == "ocpp2.1" and policy.checks_language:
            languages = model.find("DisplayMessageCtrlr.Language")
            if languages is None:
                return "Rejected" if "messageExtra" in message else ""
            if any(_language(one) not in languages.values for one in contents if languages.values and _language(one)):
                return "LanguageNotSupported"
        limit = model.find("DisplayMessageCtrlr.DisplayMessages")
        most = limit.maximum if limit is not None and limit.maximum is not None else 1e9
        full = message["id"] not in self.messages and len(self.messages) >= most
        return "Rejected" if full and policy.checks_number else ""

    # ---- reading and clearing

    def get_messages(self, payload: Payload, now: float) -> Payload:
        """Answer GetDisplayMessages (O03, O04)."""
        self._tidy(now)
        policy = self.station.policy.display
        chosen = [one for one in self.messages.values() if _fits(one, payload) or not policy.filters]
        if not chosen:
            return {"status": "Unknown" if policy.says_unknown else "Accepted"}
        number = payload["requestId"] if policy.tells_request else payload["requestId"] + 1
        self.station.agenda.at(now, lambda at: self._tell(number, chosen, at))
        return {"status": "Accepted"}

    def _tell(self, number: int, chosen: list[Payload], now: float) -> None:
        parts = [chosen[start : start + _PART] for start in range(0, len(chosen), _PART)]
        for place, part in enumerate(parts):
            told = {"requestId": number, "tbc": place < len(parts) - 1, "messageInfo": part}
            self.station.call("NotifyDisplayMessages", told, now)

    def clear_message(self, payload: Payload, now: float) -> Payload:
        """Answer ClearDisplayMessage (O05)."""
        self._tidy(now)
        policy = self.station.policy.display
        if payload["id"] not in self.messages:
            if not policy.says_unknown:
                return {"status": "Accepted"}
            return {"status": "Unknown", "statusInfo": status_info("NotFound")}
        if policy.clears:
            del self.messages[payload["id"]]
        self._count(now)
        return {"status": "Accepted"}

    # ---- time

    def _tidy(self, now: float) -> None:
        """Forget what is over: it cannot be seen from outside before somebody asks."""
        policy, transactions = self.station.policy.display, self.station.transactions
        for number, message in list(self.messages.items()):
            end, transaction = message.get("endDateTime"), message.get("transactionId")
            over = end is not None and datetime.fromisoformat(end).timestamp() <= self.station.utc()
            ended = transaction is not None and transactions.find(transaction) is None
            if (over and policy.removes_at_end) or (ended and policy.removes_with_transaction):
                del self.messages[number]
        self._count(now)

    def shown(self, state: str, language: str = "") -> list[str]:
        """Return what the display shows in a state, in the language of a driver where a message has it ([O01.FR.08])."""
        moment = self.station.utc()
        alive = [
            one for one in self.messages.values()
            if one.get("state", state) == state and _seconds(one.get("startDateTime")) <= moment
            and moment < _seconds(one.get("endDateTime"), float("inf"))
        ]  # fmt: skip
        for priority in ("AlwaysFront", "InFront", "NormalCycle"):
            chosen = [one for one in alive if one["priority"] == priority]
            if chosen:
                return [_content(one, language) for one in chosen]
        return []

    def reset(self, now: float) -> None:
        """Power was lost: messages are kept."""
        if not self.station.policy.display.keeps_over_reboot:
            self.messages.clear()
            self._count(now)

    def _count(self, now: float) -> None:
        if self.station.policy.display.counts:
            self.station.variables.set("DisplayMessageCtrlr.DisplayMessages", len(self.messages), now)


def _fits(message: Payload, asked: Payload) -> bool:
    return (
        message["id"] in asked.get("id", (message["id"],))
        and asked.get("priority", message["priority"]) == message["priority"]
        and ("state" not in asked or message.get("state") == asked["state"])
    )


def _language(content: Payload) -> str:
    """Return the language of a MessageContentType without its region: en of en-US."""
    return str(content.get("language", "")).partition("-")[0].lower()


def _content(message: Payload, language: str) -> str:
    contents = [message["message"], *message.get("messageExtra", ())]
    for wanted in (language.partition("-")[0].lower(), "en"):
        for one in contents:
            if wanted and _language(one) == wanted:
                return str(one["content"])
    return str(message["message"]["content"])


def _seconds(moment: str | None, otherwise: float = 0.0) -> float:
    return otherwise if moment is None else datetime.fromisoformat(moment).timestamp()
