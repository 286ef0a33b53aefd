"""The sentences of opening handshakes: what stations offer, what a CSMS makes of it, and odd answers of a CSMS."""

from dataclasses import dataclass
from typing import Any, Final

from pytest_bdd import parsers

from v2xconform.judge.context import DELIBERATE
from v2xconform.judge.verdict import Inconclusive
from v2xconform.protocols.ocpp import ends_connection, is_ocpp
from v2xconform.protocols.ocpp.handshake import basic, identity_of, identity_problem
from v2xconform.steps.bench import Bench
from v2xconform.steps.look import Look
from v2xconform.steps.ocpp_checks import last_deed
from v2xconform.steps.ocpp_reactions import weigh
from v2xconform.steps.ocpp_values import filled
from v2xconform.steps.vocabulary import given, then, when
from v2xconform.trace.events import Event

_HANDSHAKE_S: Final = 12.0
_AT_ONCE_S: Final = 5.0
"""Within this a connection without a common subprotocol has to be closed."""
_RETRY_S: Final = 600.0
"""Within this a station has tried again, whatever its back-off."""


# ---- the CSMS under test


@given("a CSMS that waits for stations")
async def _(bench: Bench) -> None:
    await bench.start_sut()


@when(
    parsers.re(
        r"a station connects(?: as (?P<identity>\S+))?(?: and offers (?P<offers>.+?))?(?P<deflate> with compression)?"
    )
)
async def _(bench: Bench, identity: str | None, offers: str | None, deflate: str | None) -> None:
    """Open one more connection; *its version* and *nothing* stand for themselves, other names are subprotocols."""
    side = bench.ocpp
    changes: dict[str, Any] = {"deflate": bool(deflate)}
    if offers and offers != "its version":
        changes["subprotocols"] = () if offers == "nothing" else tuple(name.strip() for name in offers.split(","))
    if identity:
        identity = str(filled(bench.look, identity))
        changes["identity"] = identity
        if side.reach.security_profile in (1, 2):
            changes["authorization"] = basic(identity, side.reach.password)
    await side.knock(**changes)
    await side.settle()


@dataclass(frozen=True, slots=True)
class _Handshake:
    """What came of an opening handshake."""

    request: Event
    answer: Event | None
    offered: tuple[str, ...]

    @property
    def status(self) -> int:
        return int((self.answer.body or {}).get("status", 0)) if self.answer is not None else 0

    @property
    def named(self) -> str:
        """Subprotocol that the answer names, empty without one."""
        return _header(self.answer, "sec-websocket-protocol") if self.answer is not None else ""


def _header(event: Event, name: str) -> str:
    found = (value for key, value in (event.body or {}).get("headers", ()) if key.lower() == name)
    return next(found, "")


async def handshake(look: Look, after: int) -> _Handshake:
    """Return the first opening handshake behind an event. Raises Inconclusive when there is none."""
    start = look.events[after - 1].seconds if after else 0.0
    request = await look.trace.first(
        lambda e: e.layer == "websocket" and e.kind == "handshake" and e.name == "upgrade", after, start + _RETRY_S
    )  # fmt: skip
    if request is None:
        raise Inconclusive("no opening handshake has been seen")
    answer = await look.first(
        lambda e: e.link == request.link and e.layer == "websocket" and e.kind == "handshake" and e.name != "upgrade",
        request, _HANDSHAKE_S,
    )  # fmt: skip
    offered = tuple(name.strip() for name in _header(request, "sec-websocket-protocol").split(",") if name.strip())
    return _Handshake(request, answer, offered)


def _observed(found: _Handshake) -> str:
    if found.answer is None or not found.status:
        return "no HTTP answer"
    named = f" with the subprotocol {found.named}" if found.named else " without a subprotocol"
    return f"HTTP {found.status}{named if found.status == 101 else ''}"


@then("the CSMS agrees on a version that was offered")
async def _(bench: Bench) -> None:
    """The first one that it supports; another one is a warning (2.1 Part 4 3.1.2). Where none fits, see the next step."""
    look = bench.look
    found = await handshake(look, last_deed(look))
    own = look.context.protocol
    if own not in found.offered and found.named not in found.offered:
        await _no_agreement(look, found)
        return
    agreed = found.status == 101 and found.named in found.offered
    first = agreed and (own not in found.offered or found.offered.index(found.named) <= found.offered.index(own))
    expected = f"the subprotocol {' or '.join(found.offered)}"
    if agreed and not first:
        weigh(look, "the preference of the client", found.request, found.answer, right=False, tolerable=True)
        return
    look.check(expected, _observed(found), agreed, [found.request, found.answer])


@then("the CSMS refuses the connection or closes it at once")
async def _(bench: Bench) -> None:
    """Part 4 3.2: upgrade without the header, then close; errata 2025-04: no upgrade. Both are right."""
    look = bench.look
    await _no_agreement(look, await handshake(look, last_deed(look)))


async def _no_agreement(look: Look, found: _Handshake) -> None:
    expected = "HTTP 4xx, or an upgrade without subprotocol that is closed at once"
    closed = None
    if found.status == 101 and not found.named and found.answer is not None:
        closed = await look.first(
            lambda e: e.link == found.request.link and ends_connection(e.layer, e.kind)
            and (e.body or {}).get("by") == look.sut, found.answer, _AT_ONCE_S,
        )  # fmt: skip
        observed = f"{_observed(found)}, {'closed' if closed else 'left open'}"
        look.check(expected, observed, closed is not None, [found.answer, closed])
        return
    look.check(expected, _observed(found), 400 <= found.status < 500, [found.request, found.answer])


@then("the CSMS does not know that identity")
async def _(bench: Bench) -> None:
    """404 or another refusal. Letting it in is a warning, where no password is to be checked: nobody can have one for it."""
    look = bench.look
    found = await handshake(look, last_deed(look))
    refused = 400 <= found.status < 500
    weigh(
        look, f"HTTP 404 ({_observed(found)})", found.request, found.answer, right=refused,
        tolerable=found.status == 101 and found.named in found.offered and look.context.security_profile not in (1, 2),
    )  # fmt: skip


@then("the CSMS lets the station in or does not know it")
async def _(bench: Bench) -> None:
    """An upgrade, or 4xx; anything else means that it could not read the identity."""
    look = bench.look
    found = await handshake(look, last_deed(look))
    right = (found.status == 101 and found.named in found.offered) or 400 <= found.status < 500
    look.check("an upgrade, or HTTP 4xx", _observed(found), right, [found.request, found.answer])


@then("the CSMS agrees to compression")
async def _(bench: Bench) -> None:
    look = bench.look
    found = await handshake(look, last_deed(look))
    told = _header(found.answer, "sec-websocket-extensions") if found.answer is not None else ""
    right = found.status == 101 and "permessage-deflate" in told
    look.check("permessage-deflate", told or f"{_observed(found)}, no extension", right, [found.request, found.answer])


@then("the older connection is given up")
async def _(bench: Bench) -> None:
    """What becomes of it is not specified; left open it is a warning (calls may go into it)."""
    look = bench.look
    knocks = [e for e in look.events if e.layer == "websocket" and e.kind == "handshake" and e.name == "switched"]
    if len(knocks) < 2:
        raise Inconclusive("there are no two connections")
    older = knocks[-2]
    came = await look.first(
        lambda e: e.link == older.link and ends_connection(e.layer, e.kind), older, _AT_ONCE_S
    )  # fmt: skip
    weigh(look, "the older connection is closed", older, came, right=came is not None, tolerable=True)


@given("a station whose connection is not made again")
async def _(bench: Bench) -> None:
    bench.ocpp.station_wishes.policy.setdefault("connection", {})["reconnects"] = False


# ---- the station under test


@given("a CSMS without compression")
async def _(bench: Bench) -> None:
    bench.ocpp.csms_wishes.policy.setdefault("admission", {})["deflate"] = False


@then("the station offers its version and names itself in the path")
async def _(bench: Bench) -> None:
    """Part 4 3.1.1, 3.1.2."""
    look = bench.look
    found = await handshake(look, 0)
    own, target = look.context.protocol, str((found.request.body or {}).get("target", ""))
    offered = ", ".join(found.offered) or "nothing"
    look.check(f"the subprotocol {own} among the offers", offered, own in found.offered, [found.request])
    problem = identity_problem(identity_of(target))
    look.check(
        "the identity at the end of the path",
        f"{target}{f': {problem}' if problem else ''}",
        not problem,
        [found.request],
    )


@when(parsers.re(r"the CSMS hangs up and answers the next handshakes? with (?P<answers>[\w-]+(?:, [\w-]+)*)"))
async def _(bench: Bench, answers: str) -> None:
    """Answers are HTTP statuses and the names of `ocpp_door`."""
    side = bench.ocpp
    side.own_csms().odd_answers.extend(answers.split(", "))
    conversation = side.conversation()
    await conversation.line.channel.websocket.close(1001)


async def attempt(look: Look) -> Event:
    """Return the event of the first connection since the last deed; a station has to make one (Part 4 5.3)."""
    after = last_deed(look)
    start = look.events[after - 1].seconds if after else 0.0
    found = await look.trace.first(lambda e: e.kind == "open" and e.name == "accepted", after, start + _RETRY_S)
    if found is None:
        look.check(f"a connection within {_RETRY_S:g} s", "none", False, [look.events[after - 1]])
    assert found is not None or look.severity == "SHOULD"
    return found or look.events[after - 1]


@then("the station does not speak OCPP on that connection")
async def _(bench: Bench) -> None:
    """On the first connection since the last deed, whose handshake had an odd answer."""
    look = bench.look
    opened = await attempt(look)
    said = await look.first(
        lambda e: e.link == opened.link and e.src == "station" and is_ocpp(e.layer), opened, _AT_ONCE_S
    )  # fmt: skip
    look.check("no message", look.describe(said), said is None, [opened, said])


@then("the station tries again")
async def _(bench: Bench) -> None:
    """Behind a handshake that came to nothing, one comes that is answered as it should be."""
    look = bench.look
    first = await attempt(look)
    again = await look.first(
        lambda e: e.layer == "websocket" and e.name == "switched" and e.note != DELIBERATE, first, _RETRY_S
    )  # fmt: skip
    observed = look.describe(again, first) if again is not None else "no other attempt that succeeds"
    look.check(f"another attempt within {_RETRY_S:g} s", observed, again is not None, [first, again])
