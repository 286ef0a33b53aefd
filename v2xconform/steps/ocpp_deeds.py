"""Given and When of OCPP: how far station and CSMS have come, what they say, what drivers and operators do.

In test cases of a CSMS the tester is the station, in those of a station it is the CSMS; drivers act at the station, whoever
has it.
"""

from typing import Any

from pytest_bdd import parsers

from v2xconform.emulators.bends import Bend
from v2xconform.judge.verdict import Inconclusive
from v2xconform.lab.yaml_lines import LabError
from v2xconform.protocols.ocpp import schemas
from v2xconform.steps.bench import Bench
from v2xconform.steps.look import Look, parse_value
from v2xconform.steps.ocpp_checks import ROLES, answer_to, is_said
from v2xconform.steps.ocpp_values import changed, filled, note_down, payload, pixit
from v2xconform.steps.vocabulary import given, when
from v2xconform.trace.query import field_at

_MESSAGE = r"(?P<message>[A-Z]\w+Request)"
_EVSE = r"(?: at EVSE (?P<evse>\d+))?"
RECONNECT_S = 3.0
"""A station that says nothing for so long after it has connected has not been started, but only came back."""
BOOT_S = 120.0
"""How long a station may take from the start of a test case to its accepted boot."""


def token(look: Look, name: str) -> dict[str, Any]:
    """Return the IdTokenType of ``$name``: PIXIT name, and its type from PIXIT ``name_type``."""
    return {"idToken": str(pixit(look, name)), "type": str(pixit(look, f"{name}_type"))}


# ---- Given: how far things have come


@given("a station and a CSMS")
async def _(bench: Bench) -> None:
    await bench.ocpp.start()


@given("a booted station")
async def _(bench: Bench) -> None:
    await booted(bench)


async def booted(bench: Bench) -> None:
    """Bring both sides to where the station is accepted, has reported its connectors and is idle. Raises Inconclusive."""
    await bench.ocpp.start()
    look, patience_s = bench.look, 2 * bench.setup.sut.session_patience_s
    await _boot_again(bench, patience_s)
    await reached(
        look, "an accepted BootNotification",
        lambda e: e.kind == "message" and e.name == "BootNotificationResponse" and e.body.get("status") == "Accepted",
        within_s=patience_s,
    )  # fmt: skip
    await reached(
        look, "the state of a connector",
        lambda e: e.kind == "message" and e.name in ("StatusNotificationResponse", "NotifyEventResponse"),
        within_s=patience_s,
    )  # fmt: skip
    await quiet(bench)


async def _boot_again(bench: Bench, patience_s: float) -> None:
    """Reset a real station that only reconnects: it must not boot then (Part 4 5.3), and a test case needs a fresh one."""
    if not bench.ocpp.sut_is_station or bench.setup.sut.emulator is not None:
        return
    look = bench.look
    there = await reached(
        look, "a connection of the station", lambda e: e.layer == "websocket" and e.name == "switched",
        within_s=patience_s,
    )  # fmt: skip
    boots = await look.trace.first(
        lambda e: is_said(e, "station", "BootNotificationRequest"), there.id, there.seconds + RECONNECT_S
    )
    if boots is None:
        await bench.ocpp.call("ResetRequest", {"type": "Immediate"})


async def reached(look: Look, what: str, wanted: Any, after: int = 0, within_s: float = BOOT_S) -> Any:
    """Return the first event that is wanted; raises Inconclusive, with the last words of the trace, when it does not come.

    The time counts from what has happened last: how long it took to come so far is nobody's fault.
    """
    start = look.events[-1].seconds if look.events else 0.0
    found = await look.trace.first(wanted, after, start + within_s)
    if found is None:
        raise Inconclusive(f"preamble: {what} did not come within {within_s:g} s; {look.last_words()}")
    return found


async def quiet(bench: Bench, for_s: float | None = None) -> None:
    """Wait until nobody has said anything for a while: what a preamble leaves behind is not for later sentences."""
    await bench.ocpp.calm(for_s, tries=60)


@given(parsers.re(r"a station with (?P<variable>[\w.\[\]]+) = (?P<value>.+)"))
async def _(bench: Bench, variable: str, value: str) -> None:
    """Configure the tester's station, before it starts."""
    bench.ocpp.station_wishes.variables[variable] = filled(bench.look, parse_value(value))


@given(parsers.re(r"(?P<variable>[A-Z]\w+\.\w+(?:\[\w+\])?) is set to (?P<value>.+)"))
@when(parsers.re(r"the CSMS sets (?P<variable>[A-Z]\w+\.\w+(?:\[\w+\])?) to (?P<value>.+)"))
async def _(bench: Bench, variable: str, value: str) -> None:
    await set_variable(bench, variable, value)


async def set_variable(bench: Bench, variable: str, value: str) -> None:
    """Configure the station under test by SetVariables. Raises Inconclusive when it does not let itself be configured."""
    component, _, name = variable.partition(".")
    name, _, instance = name.rstrip("]").partition("[")
    item = {
        "component": {"name": component},
        "variable": {"name": name, **({"instance": instance} if instance else {})},
        "attributeValue": str(filled(bench.look, value)),
    }
    answer = await asked_and_answered(bench, "SetVariablesRequest", {"setVariableData": [item]})
    status = field_at(answer.body, "setVariableResult.0.attributeStatus")
    if status not in ("Accepted", "RebootRequired"):
        raise Inconclusive(f"the station does not let {variable} be set to {value}: {answer.name} {status}")


async def asked_and_answered(bench: Bench, name: str, tree: dict[str, Any]) -> Any:
    """Send a request as the tester and return the event of its answer. Raises Inconclusive when there is none."""
    await bench.ocpp.call(name, tree)
    look = bench.look
    tester = look.context.tester
    request = next(e for e in reversed(look.events) if is_said(e, tester, name))
    answer = await answer_to(look, request, 60.0)
    if answer is None or answer.kind == "close":
        raise Inconclusive(f"{name} was not answered; {look.last_words()}")
    return answer


@given(parsers.re(r"the (?P<party>station|CSMS) will answer (?P<message>\w+Response) with (?P<changes>.+?)"
                  r"(?: the (?P<nth>\d+)(?:st|nd|rd|th) time)?"))  # fmt: skip
async def _(bench: Bench, party: str, message: str, changes: str, nth: str | None) -> None:
    """Change the answers of the tester's side into other valid ones."""
    tree = changed({}, changes, bench.look, bench.utc())
    flat = dict(_flat(tree))
    wishes(bench, party).bends.append(Bend(at=message, set=flat, nth=int(nth) if nth else None, fair=True))


@given(parsers.re(r"the (?P<party>station|CSMS) will not answer (?P<message>\w+Request)"
                  r"(?: the (?P<nth>\d+)(?:st|nd|rd|th) time)?"))  # fmt: skip
async def _(bench: Bench, party: str, message: str, nth: str | None) -> None:
    """Let the tester's side be silent on a request."""
    answer = f"{message.removesuffix('Request')}Response"
    wishes(bench, party).bends.append(Bend(at=answer, silence=True, nth=int(nth) if nth else None))


@given(parsers.re(r"the (?P<party>station|CSMS) will answer (?P<message>\w+Request) with the error (?P<code>\w+)"
                  r"(?: the (?P<nth>\d+)(?:st|nd|rd|th) time)?"))  # fmt: skip
async def _(bench: Bench, party: str, message: str, code: str, nth: str | None) -> None:
    """Let the tester's side answer with CALLERROR."""
    answer = f"{message.removesuffix('Request')}Response"
    bend = Bend(at=answer, replace="CallError", set={"errorCode": code}, nth=int(nth) if nth else None, fair=True)
    wishes(bench, party).bends.append(bend)


def wishes(bench: Bench, party: str) -> Any:
    """Return the wishes for the tester's side. Raises LabError when that party is under test."""
    if ROLES[party] == bench.setup.context.sut:
        raise LabError(f"the {party} is under test: what it answers cannot be chosen")
    return bench.ocpp.station_wishes if party == "station" else bench.ocpp.csms_wishes


def _flat(tree: Any, path: str = "") -> Any:
    if isinstance(tree, dict) and tree:
        for key, value in tree.items():
            yield from _flat(value, f"{path}.{key}" if path else key)
    elif isinstance(tree, list) and tree:
        for place, value in enumerate(tree):
            yield from _flat(value, f"{path}.{place}")
    else:
        yield path, tree


# ---- When: what the tester says


@when(parsers.re(rf"the (?P<party>station|CSMS) sends {_MESSAGE}(?: with (?P<changes>.+ = .+))?"))
async def _(bench: Bench, party: str, message: str, changes: str | None, docstring: str = "") -> None:
    """Send a request as the tester: the smallest valid one, or the payload below, with the changes."""
    if ROLES[party] == bench.setup.context.sut:
        raise LabError(f"the {party} is under test; what it sends is for Then steps to see")
    await bench.ocpp.call(message, built(bench, message, docstring, changes))


def built(bench: Bench, message: str, docstring: str, changes: str | None) -> dict[str, Any]:
    """Return the payload of a sentence: docstring (or the smallest valid tree), then its changes. Raises LabError."""
    side = bench.ocpp
    if docstring.strip():
        tree = side.filled(payload(docstring))
    elif message in schemas.names(side.version):
        tree = schemas.minimal(side.version, message)
    else:
        tree = {}
    return changed(tree, changes, bench.look, bench.utc()) if changes else tree


@when(parsers.re(rf"the operator makes the CSMS send {_MESSAGE}(?: with (?P<changes>.+ = .+))?"))
async def _(bench: Bench, message: str, changes: str | None, docstring: str = "") -> None:
    """Make the CSMS under test send a request."""
    await bench.ocpp.operate(message, built(bench, message, docstring, changes))


@when(parsers.re(rf"the operator makes the CSMS send {_MESSAGE} twice without a pause"))
async def _(bench: Bench, message: str, docstring: str = "") -> None:
    """The second request is wanted before the first one is answered."""
    for _ in range(2):
        await bench.ocpp.operate(message, built(bench, message, docstring, None), patient=False)


@when(parsers.re(r"\$(?P<name>\w+) is the (?P<path>[\w.]+) of the last (?P<message>[A-Z]\w+)"))
async def _(bench: Bench, name: str, path: str, message: str) -> None:
    """Note down a value of the trace."""
    for event in reversed(bench.look.events):
        if event.kind == "message" and event.name == message:
            note_down(bench.recorder, name, field_at(event.body, path))
            return
    raise Inconclusive(f"no {message} has been seen")


# ---- When: what drivers do


@given(parsers.re(rf"an EV that is plugged in{_EVSE}"))
@when(parsers.re(rf"the driver plugs in{_EVSE}"))
async def _(bench: Bench, evse: str | None) -> None:
    await plug_in(bench, evse)


async def plug_in(bench: Bench, evse: str | None = None) -> None:
    """Connect an EV."""
    number = int(evse or pixit(bench.look, "evse"))
    arguments = [bench.ocpp.evse(number)] if bench.ocpp.station is not None else []
    await bench.ocpp.drive("plug", "transactions.plug_in", *arguments, evse=number)


@when(parsers.re(rf"the driver unplugs{_EVSE}"))
async def _(bench: Bench, evse: str | None) -> None:
    await unplug(bench, evse)


async def unplug(bench: Bench, evse: str | None = None) -> None:
    """Disconnect the EV."""
    number = int(evse or pixit(bench.look, "evse"))
    arguments = [bench.ocpp.evse(number)] if bench.ocpp.station is not None else []
    await bench.ocpp.drive("unplug", "transactions.unplug", *arguments, evse=number)


@when(parsers.re(rf"the driver presents \$(?P<name>\w+){_EVSE}"))
async def _(bench: Bench, name: str, evse: str | None) -> None:
    await present(bench, name, evse)


@when(parsers.re(rf"the driver presents \$(?P<name>\w+) and unplugs{_EVSE}"))
async def _(bench: Bench, name: str, evse: str | None) -> None:
    """One deed: what it comes to may follow on the token as well as on the cable."""
    await present(bench, name, evse)
    await unplug(bench, evse)


async def present(bench: Bench, name: str = "valid_token", evse: str | None = None) -> None:
    """Present a token."""
    number = int(evse or pixit(bench.look, "evse"))
    shown = token(bench.look, name)
    arguments = [shown, bench.ocpp.evse(number)] if bench.ocpp.station is not None else []
    await bench.ocpp.drive("authorize", "authorization.present", *arguments, evse=number, token=shown)


@given(parsers.re(rf"a transaction in which energy flows{_EVSE}"))
async def _(bench: Bench, evse: str | None) -> None:
    await charging(bench, evse)


async def charging(bench: Bench, evse: str | None = None) -> None:
    """Bring both sides to a transaction that charges (EnergyTransferStarted). Raises Inconclusive."""
    await booted(bench)
    start = len(bench.recorder.events)
    await plug_in(bench, evse)
    await present(bench, "valid_token", evse)
    await reached(
        bench.look, "a transaction that charges",
        lambda e: e.kind == "message" and e.name == "TransactionEventRequest"
        and field_at(e.body, "transactionInfo.chargingState") == "Charging", start,
    )  # fmt: skip
    await quiet(bench)


@when("the connection breaks")
async def _(bench: Bench) -> None:
    """Cut the way between station and CSMS; the station cannot come back before it is mended."""
    side = bench.ocpp
    if not side.sut_is_station:
        await side.own_station().cut()
        return
    conversation = side.conversation()
    side.own_csms().refusing = True
    await conversation.line.channel.websocket.abort()


@when("the connection can be made again")
async def _(bench: Bench) -> None:
    """Mend the way between station and CSMS."""
    side = bench.ocpp
    if side.sut_is_station:
        side.own_csms().refusing = False
    else:
        side.own_station().mend()
