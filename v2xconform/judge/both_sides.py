"""Both parties of an OCPP conversation that a proxy carries, judged at once: the station on its link, the CSMS on the other.

Each judge sees its own link only, as if the proxy were the other party; what the proxy itself says wrong is nobody's fault here.
Events of a link wait until its opening handshake tells whose it is: connections of one identity are one history.
"""

from dataclasses import dataclass, field, replace
from typing import Final

from v2xconform.judge.bench_judge import BenchJudge
from v2xconform.judge.context import Context
from v2xconform.judge.finding import Finding
from v2xconform.lab.roles import Role
from v2xconform.protocols.ocpp import VERSIONS
from v2xconform.protocols.ocpp.handshake import credentials, identity_of
from v2xconform.trace.events import Event

PROXY: Final = "proxy"
SIDES: Final[tuple[Role, Role]] = ("station", "csms")


@dataclass(slots=True)
class History:
    """What is known of one identity."""

    identity: str
    events: list[Event] = field(default_factory=list)
    """Of all its links, in order; findings stand among them."""
    judges: dict[Role, BenchJudge] = field(default_factory=dict)
    findings: dict[Role, list[Finding]] = field(default_factory=lambda: {"station": [], "csms": []})
    protocol: str = ""


@dataclass(slots=True)
class _Link:
    side: Role
    history: History | None = None
    waiting: list[Event] = field(default_factory=list)


class BothSides:
    """Give it every event of the proxy's trace with `see`; at last call `end`."""

    def __init__(self) -> None:
        self.histories: dict[str, History] = {}
        self._links: dict[str, _Link] = {}

    def see(self, event: Event) -> list[tuple[Role, Finding]]:
        """Return what is broken by whom."""
        side = next((one for one in SIDES if one in (event.src, event.dst)), None)
        if not event.link or side is None or event.layer in ("judge", "step"):
            return []
        link = self._links.setdefault(event.link, _Link(side))
        if link.history is None and event.layer == "websocket" and event.name == "upgrade":
            link.history = self._history(event)
        if link.history is None:
            link.waiting.append(event)
            return []
        waiting, link.waiting = [*link.waiting, event], []
        history = link.history
        if event.layer == "websocket" and event.name == "switched":
            self._agreed(history, event)
        return [found for one in waiting for found in self._judged(history, side, one)]

    def identity_of(self, link: str) -> str:
        """Return whose connection a link is, empty while nobody knows."""
        known = self._links.get(link)
        return known.history.identity if known is not None and known.history is not None else ""

    def _history(self, upgrade: Event) -> History:
        target = str((upgrade.body or {}).get("target", ""))
        identity = identity_of(target)
        history = self.histories.setdefault(identity, History(identity))
        if not history.judges:
            self._appoint(history, upgrade, VERSIONS[0])
        return history

    def _agreed(self, history: History, switched: Event) -> None:
        version = str((switched.body or {}).get("subprotocol", ""))
        if version in VERSIONS and version != history.protocol and not any(e.kind == "message" for e in history.events):
            self._appoint(history, next((e for e in history.events if e.name == "upgrade"), switched), version)
            before, history.events = history.events, []
            for findings in history.findings.values():
                findings.clear()
            for event in before:
                side = next(one for one in SIDES if one in (event.src, event.dst))
                self._judged(history, side, event)

    def _appoint(self, history: History, upgrade: Event, version: str) -> None:
        headers = {str(name).lower(): str(value) for name, value in (upgrade.body or {}).get("headers", ())}
        profile = 1 if credentials(headers.get("authorization", "")) is not None else 0
        history.protocol = version
        history.judges = {
            side: BenchJudge(
                Context(side, protocol=version, transport="tcp", security_profile=profile, identity=history.identity)
            )
            for side in SIDES
        }

    def _judged(self, history: History, side: Role, event: Event) -> list[tuple[Role, Finding]]:
        history.events.append(event)
        return self._own(history, side, history.judges[side].see(_as_direct(event, side)))

    def _own(self, history: History, side: Role, found: list[Finding]) -> list[tuple[Role, Finding]]:
        own = [one for one in found if one.whose == "sut"]
        history.findings[side] += own
        return [(side, one) for one in own]

    def end(self) -> list[tuple[str, Role, Finding]]:
        """Return what is left open at the end: identity, side, finding."""
        return [
            (history.identity, *one)
            for history in self.histories.values()
            for side in SIDES
            for one in self._own(history, side, history.judges[side].end())
        ]


def _as_direct(event: Event, side: Role) -> Event:
    """Return an event of a link as if the other party, not the proxy, stood at its other end."""
    other: Role = "csms" if side == "station" else "station"
    changes = {name: other for name in ("src", "dst") if getattr(event, name) == PROXY}
    body = event.body
    if isinstance(body, dict) and body.get("by") == PROXY:
        changes["body"] = {**body, "by": other}  # type: ignore[assignment]
    return replace(event, **changes)  # type: ignore[arg-type]
