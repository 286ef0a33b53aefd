"""The token monitor: whom the CSMS refuses does not charge, nobody is asked in vain, groups are told alike (C)."""

from collections.abc import Iterator
from typing import Any

from v2xconform.judge.context import DELIBERATE, Context
from v2xconform.judge.finding import Finding
from v2xconform.protocols.ocpp import is_ocpp
from v2xconform.trace.events import Event

Key = tuple[str, str]


def key_of(token: dict[str, Any]) -> Key:
    """Return what two tokens have in common when they are the same."""
    return str(token.get("idToken", "")).lower(), str(token.get("type", ""))


class TokensMonitor:
    """Sees all events between a station and a CSMS."""

    name = "ocpp-tokens"

    def __init__(self, context: Context) -> None:
        self._sut = context.sut
        self._requests: dict[int, Event] = {}
        self._said: dict[Key, Event] = {}
        """Token -> AuthorizeResponse that spoke of it last."""
        self._listed: set[Key] = set()
        """Tokens that a local list has made known as Accepted."""
        self._groups: dict[Key, tuple[str, Event]] = {}
        """Token -> group that AuthorizeResponse has named."""
        self._kinds: dict[str, tuple[str, Event]] = {}
        """Group -> type of its token, and who has told it."""
        self._central: dict[Key, Event] = {}
        """Tokens of the type Central in remote starts."""
        self._charging: set[str] = set()

    def see(self, event: Event) -> Iterator[Finding]:
        """Yield what this event breaks."""
        if event.kind != "message" or not is_ocpp(event.layer) or not isinstance(event.body, dict):
            return
        if event.ref.get("rpc", {}).get("type") == 2:
            self._requests[event.id] = event
        asked = self._requests.get(event.ref.get("answers", 0))
        if event.name == "SendLocalListResponse" and asked is not None:
            self._learn_list(asked)
        elif event.name == "RequestStartTransactionRequest":
            self._learn_central(event)
        elif event.name in ("AuthorizeResponse", "TransactionEventResponse") and asked is not None:
            yield from self._answered(asked, event)
        elif event.src == self._sut == "station" and event.note != DELIBERATE:
            if event.name == "AuthorizeRequest":
                yield from self._asked(event)
            elif event.name == "TransactionEventRequest":
                yield from self._told(event)

    def _learn_list(self, asked: Event) -> None:
        for one in asked.body.get("localAuthorizationList") or ():
            info = one.get("idTokenInfo") if isinstance(one, dict) else None
            if isinstance(info, dict) and info.get("status") == "Accepted" and isinstance(one.get("idToken"), dict):
                self._listed.add(key_of(one["idToken"]))

    def _learn_central(self, event: Event) -> None:
        token = event.body.get("idToken")
        if isinstance(token, dict) and token.get("type") == "Central":
            self._central[key_of(token)] = event

    def _answered(self, asked: Event, event: Event) -> Iterator[Finding]:
        token, info = asked.body.get("idToken"), event.body.get("idTokenInfo")
        if not isinstance(token, dict) or not isinstance(info, dict):
            return
        key, group = key_of(token), info.get("groupIdToken")
        name = str(group.get("idToken", "")) if isinstance(group, dict) else ""
        if self._sut == "csms" and event.note != DELIBERATE and isinstance(group, dict) and name:
            yield from self._one_group(event, group)
        if event.name == "AuthorizeResponse":
            self._said[key] = event
            if name:
                self._groups[key] = name, event
            return
        if info.get("status") == "Accepted":
            self._said.pop(key, None)  # the cache knows it by now ([C10.FR.05])
        known = self._groups.get(key)
        judged = self._sut == "csms" and event.note != DELIBERATE and asked.note != DELIBERATE
        if judged and known is not None and not name and info.get("status") == "Accepted":
            text = (
                f"the group {known[0]} of {token.get('idToken')} was named in AuthorizeResponse, and is not named here"
            )
            yield Finding("C09.FR.12", "MUST", text, (known[1].id, event.id))

    def _one_group(self, event: Event, group: dict[str, Any]) -> Iterator[Finding]:
        """A group is one token: its type is the same wherever it is named."""
        number, kind = str(group["idToken"]).lower(), str(group.get("type", ""))
        told, first = self._kinds.setdefault(number, (kind, event))
        if told != kind:
            text = f"the group {group['idToken']} is of type {kind} here, and was of type {told} before"
            requirement = "C09.FR.09" if event.name == "AuthorizeResponse" else "C09.FR.12"
            yield Finding(requirement, "MUST", text, (first.id, event.id))

    def _asked(self, event: Event) -> Iterator[Finding]:
        token = event.body.get("idToken")
        start = self._central.get(key_of(token)) if isinstance(token, dict) else None
        if start is not None:
            text = "Authorize for a token of the type Central, with which the CSMS itself has started"
            yield Finding("C05.FR.01", "MUST", text, (start.id, event.id))

    def _told(self, event: Event) -> Iterator[Finding]:
        token, body = event.body.get("idToken"), event.body
        if not isinstance(token, dict) or body.get("triggerReason") != "Authorized" or body.get("offline", False):
            return
        said = self._said.get(key_of(token))
        if said is None or key_of(token) in self._listed:
            return
        status = said.body["idTokenInfo"].get("status")
        if status != "Accepted":
            text = f"{token.get('idToken')} is Authorized although the CSMS has called it {status}"
            yield Finding("C01.FR.01", "MUST", text, (said.id, event.id))

    def end(self, event: Event | None) -> Iterator[Finding]:
        """Nothing is left open at the end."""
        return iter(())
