"""Sentences about transactions: what drivers and the world do beside plugging, tokens and their status, start and stop points."""

from typing import Any

import anyio
import anyio.lowlevel
from pytest_bdd import parsers

from v2xconform.emulators.bends import Bend
from v2xconform.judge.verdict import Inconclusive
from v2xconform.lab.sut import StimulusName
from v2xconform.lab.yaml_lines import LabError
from v2xconform.steps.bench import Bench
from v2xconform.steps.look import parse_value
from v2xconform.steps.ocpp_checks import reports_state
from v2xconform.steps.ocpp_deeds import (
    asked_and_answered,
    booted,
    charging,
    plug_in,
    present,
    quiet,
    reached,
    token,
    wishes,
)
from v2xconform.steps.ocpp_values import changed, filled, note_down, pixit, transaction
from v2xconform.steps.vocabulary import given, when
from v2xconform.trace.query import field_at

_EVSE = r"(?: at EVSE (?P<evse>\d+))?"
_STATUS = r"(?P<status>Accepted|Blocked|ConcurrentTx|Expired|Invalid|NoCredit|NotAtThisTime|NotAtThisLocation|Unknown)"
_BACK_S = 300.0
"""How long a station may take to come back."""


# ---- Given: states of a session


@given(parsers.re(rf"a driver who is authorized(?: by \$(?P<name>\w+))?{_EVSE}"))
async def _(bench: Bench, name: str | None, evse: str | None) -> None:
    """Authorized: the station knows who may charge; no EV is connected yet, unless it was before."""
    await present(bench, name or "valid_token", evse)
    await quiet(bench)


@given(parsers.re(rf"a transaction of \$(?P<name>\w+) in which energy flows{_EVSE}"))
async def _(bench: Bench, name: str, evse: str | None) -> None:
    """EnergyTransferStarted with another token than usual."""
    await plug_in(bench, evse)
    start = len(bench.recorder.events)
    await present(bench, name, evse)
    await reached(bench.look, "a transaction that charges", _charges, start)
    await quiet(bench)


def _charges(event: Any) -> bool:
    told = event.kind == "message" and event.name == "TransactionEventRequest"
    return bool(told and field_at(event.body, "transactionInfo.chargingState") == "Charging")


@given("a transaction that the EV has suspended")
async def _(bench: Bench) -> None:
    """EnergyTransferSuspended."""
    await charging(bench)
    await _ev(bench, ready=False)
    await quiet(bench)


@given(parsers.re(r"an EV that is connected but not ready"))
@when(parsers.re(rf"the driver plugs in an EV that is not ready{_EVSE}"))
async def _(bench: Bench, evse: str | None = None) -> None:
    number = int(evse or pixit(bench.look, "evse"))
    side = bench.ocpp
    if side.station is None:
        await side.drive("plug", "", evse=number, ready=False)
        return
    place = side.evse(number)
    side.station.act(lambda now: side.station.station.transactions.plug_in(place, now, ready=False))  # type: ignore[union-attr]
    await side.settle()


# ---- When: what drivers and EVs do


async def _at(bench: Bench, stimulus: StimulusName, deed: str, evse: str | None) -> None:
    number = int(evse or pixit(bench.look, "evse"))
    arguments = [bench.ocpp.evse(number)] if bench.ocpp.station is not None else []
    await bench.ocpp.drive(stimulus, deed, *arguments, evse=number)


@given(parsers.re(rf"an EV in the parking bay{_EVSE}"))
@when(parsers.re(rf"an EV drives into the parking bay{_EVSE}"))
async def _(bench: Bench, evse: str | None) -> None:
    await _at(bench, "park", "transactions.park", evse)


@when(parsers.re(rf"the EV leaves the parking bay{_EVSE}"))
async def _(bench: Bench, evse: str | None) -> None:
    await _at(bench, "unpark", "transactions.unpark", evse)


@when(parsers.re(r"the EV (?P<what>stops taking|takes) energy(?: again)?"))
async def _(bench: Bench, what: str) -> None:
    await _ev(bench, ready=what == "takes")


async def _ev(bench: Bench, *, ready: bool) -> None:
    deed = "transactions.ev_resumes" if ready else "transactions.ev_pauses"
    await _at(bench, "exit-standby" if ready else "pause", deed, None)


@when(parsers.re(rf"the driver presses the start button{_EVSE}"))
async def _(bench: Bench, evse: str | None) -> None:
    await _at(bench, "start-button", "authorization.press_button", evse)


@when(parsers.re(rf"the driver chooses in the menu to stop{_EVSE}(?P<everywhere> everywhere)?"))
async def _(bench: Bench, evse: str | None, everywhere: str | None) -> None:
    """The menu that a master pass opens (C16)."""
    side = bench.ocpp
    if side.station is None:
        await side.drive("stop-button", "", evse=0 if everywhere else int(evse or 1))
        return
    places = side.station.station.evses if everywhere else [side.evse(int(evse) if evse else None)]
    await side.drive("stop-button", "authorization.stop_by_master", list(places))


# ---- Given: what tokens are


@given(parsers.re(rf"the CSMS takes \$(?P<name>\w+) for {_STATUS}(?: in the group \$?(?P<group>\w+))?"))
@when(parsers.re(rf"the CSMS takes \$(?P<name>\w+) for {_STATUS} from now on"))
async def _(bench: Bench, name: str, status: str, group: str | None = None) -> None:
    """What the tester's CSMS says about a token."""
    if bench.ocpp.csms is None:
        await bench.ocpp.start()
    csms = bench.ocpp.own_csms().csms
    known = bench.look.context.pixit
    csms.authorization.know(token(bench.look, name), status, str(known.get(group, group)) if group else "")


@given(parsers.re(rf"\$(?P<name>\w+) is in the authorization cache as {_STATUS}{_EVSE}"))
async def _(bench: Bench, name: str, status: str, evse: str | None) -> None:
    """IdTokenCached: the station has asked about it, and nobody charges."""
    csms = bench.ocpp.own_csms().csms
    shown = token(bench.look, name)
    before = dict(csms.authorization.info(shown))
    csms.authorization.know(shown, status, str(before.get("groupIdToken", {}).get("idToken", "")))
    start = len(bench.recorder.events)
    await present(bench, name, evse)
    await reached(
        bench.look, f"AuthorizeRequest for {shown['idToken']}", lambda e: e.name == "AuthorizeResponse", start
    )
    await quiet(bench)
    if status == "Accepted":  # back to the beginning: the same token ends what it has begun
        await present(bench, name, evse)
        await quiet(bench)
    csms.authorization.know(shown, before["status"], str(before.get("groupIdToken", {}).get("idToken", "")))


@given(parsers.re(r"a local authorization list of version (?P<version>\d+) with (?P<entries>.+)"))
async def _(bench: Bench, version: str, entries: str) -> None:
    """IdTokenLocalAuthList: ``$valid_token Accepted, $group_token Accepted in $group_id``. Inconclusive when it is not taken."""
    listed = [listed_entry(bench, one) for one in entries.split(", ")]
    tree = {"versionNumber": int(version), "updateType": "Full", "localAuthorizationList": listed}
    answer = await asked_and_answered(bench, "SendLocalListRequest", tree)
    if answer.name != "SendLocalListResponse" or answer.body.get("status") != "Accepted":
        raise Inconclusive(f"the station does not take a local list: {answer.name} {answer.body}")


def listed_entry(bench: Bench, text: str) -> dict[str, Any]:
    """Return the AuthorizationData that ``$token Status[ in group]`` means."""
    name, _, rest = text.strip().partition(" ")
    status, _, group = rest.partition(" in ")
    info: dict[str, Any] = {"status": status.strip()}
    if group:
        info["groupIdToken"] = {"idToken": str(filled(bench.look, group.strip())), "type": "Central"}
    return {"idToken": token(bench.look, name.removeprefix("$")), "idTokenInfo": info}


# ---- Given: configuration


@given(
    parsers.re(r"the station (?P<what>starts|stops) transactions at (?P<points>[A-Z]\w+(?:,[A-Z]\w+)*)(?P<only> only)?")
)
async def _(bench: Bench, what: str, points: str, only: str | None) -> None:
    """Set TxStartPoint or TxStopPoint. A station that does not let it be set may have it so already, else it is Inconclusive."""
    name = "TxStartPoint" if what == "starts" else "TxStopPoint"
    await configure(bench, "TxCtrlr", name, points, contains=not only)


async def configure(bench: Bench, component: str, name: str, value: str, *, contains: bool = False) -> None:
    """Let a variable of the station under test have a value. Inconclusive when neither it has it nor lets itself be set."""
    where = {"component": {"name": component}, "variable": {"name": name}}
    tree = {"setVariableData": [{**where, "attributeValue": value}]}
    answer = await asked_and_answered(bench, "SetVariablesRequest", tree)
    status = field_at(answer.body, "setVariableResult.0.attributeStatus")
    if status in ("Accepted", "RebootRequired"):
        return
    answer = await asked_and_answered(bench, "GetVariablesRequest", {"getVariableData": [where]})
    kept = field_at(answer.body, "getVariableResult.0.attributeValue")
    has = kept if isinstance(kept, str) else ""
    wanted, found = set(value.split(",")), {one.strip() for one in has.split(",")}
    if wanted == found or (contains and wanted & found):
        return
    now = has or "not to be read"
    raise Inconclusive(
        f"the station does not let {component}.{name} be set to {value or 'nothing'} ({status}); it is {now}"
    )


@given(parsers.re(r"(?P<variable>[A-Z]\w+\.\w+) lists nothing"))
async def _(bench: Bench, variable: str) -> None:
    """Empty a list. Inconclusive when the station does not let it."""
    component, _, name = variable.partition(".")
    await configure(bench, component, name, "")


@given(parsers.re(r"(?P<variable>[A-Z]\w+\.\w+) is (?P<value>\w+), or the station does not have it"))
async def _(bench: Bench, variable: str, value: str) -> None:
    """Inconclusive when the station has the variable with another value and does not let it be set."""
    component, _, name = variable.partition(".")
    where = {"component": {"name": component}, "variable": {"name": name}}
    answer = await asked_and_answered(bench, "GetVariablesRequest", {"getVariableData": [where]})
    if field_at(answer.body, "getVariableResult.0.attributeStatus") not in ("UnknownComponent", "UnknownVariable"):
        await configure(bench, component, name, value)


@given(parsers.re(r"(?P<variable>[A-Z]\w+\.\w+(?:\[\w+\])?) is (?P<value>\S+) where the station has it"))
async def _(bench: Bench, variable: str, value: str) -> None:
    """Set an optional variable; a station without it goes on without."""
    component, _, name = variable.partition(".")
    name, _, instance = name.rstrip("]").partition("[")
    where = {
        "component": {"name": component},
        "variable": {"name": name, **({"instance": instance} if instance else {})},
    }
    shown = str(filled(bench.look, value))
    tree = {"setVariableData": [{**where, "attributeValue": shown}]}
    await asked_and_answered(bench, "SetVariablesRequest", tree)


@given(parsers.re(r"a station whose (?P<block>[a-z]\w*)\.(?P<field>\w+) is (?P<value>.+)"))
async def _(bench: Bench, block: str, field: str, value: str) -> None:
    """Choose how the tester's station is made: a field of its policy."""
    wishes(bench, "station").policy.setdefault(block, {})[field] = parse_value(value)


# ---- When: what the tester's CSMS answers from now on


@when(parsers.re(r"from now on the CSMS leaves (?P<message>[A-Z]\w+)Request unanswered(?P<once> once)?"))
async def _(bench: Bench, message: str, once: str | None) -> None:
    _bend(bench, Bend(at=f"{message}Response", silence=True, nth=1 if once else None))


@when(
    parsers.re(
        r"from now on the CSMS answers (?P<message>[A-Z]\w+)Request with the error (?P<code>\w+)(?: (?P<times>once|twice))?"
    )
)
async def _(bench: Bench, message: str, code: str, times: str | None) -> None:
    for nth in {"once": (1,), "twice": (1, 2)}.get(times or "", (None,)):
        error = Bend(at=f"{message}Response", replace="CallError", set={"errorCode": code}, nth=nth, fair=True)
        _bend(bench, error)


@when(parsers.re(r"from now on the CSMS answers (?P<message>[A-Z]\w+Response) with (?P<changes>.+ = .+)"))
async def _(bench: Bench, message: str, changes: str) -> None:
    """Other valid answers; they are made out of the right ones."""
    values = {}
    for part in changes.split(" and "):
        path, _, value = part.partition(" = ")
        values[path.strip()] = filled(bench.look, parse_value(value.strip()), bench.utc())
    _bend(bench, Bend(at=message, set=values, fair=True))


def _bend(bench: Bench, bend: Bend) -> None:
    actor = bench.ocpp.own_csms()
    actor.bends = [*actor.bends, bend]
    bench.ocpp.conversation().line.bend(bend)


@when("the CSMS answers again as ever")
async def _(bench: Bench) -> None:
    actor = bench.ocpp.own_csms()
    line = bench.ocpp.conversation().line
    line.unbend(*line.bends)
    actor.bends = ()


# ---- When: the connection


@when(parsers.re(r"the station is offline for (?P<time>\d+) s"))
async def _(bench: Bench, time: str) -> None:
    """Cut the way to the CSMS for a while; what follows acts as soon as the station is there again."""
    await offline(bench, float(time))


async def offline(bench: Bench, time_s: float) -> None:
    """Cut the way between both, wait, mend it, and come back when they are connected. Raises Inconclusive."""
    side = bench.ocpp
    if side.sut_is_station:
        conversation = side.conversation()
        side.own_csms().refusing = True
        await conversation.line.channel.websocket.abort()
    else:
        await side.own_station().cut()
    await anyio.sleep(time_s)
    await back(bench)


@when(parsers.re(r"the station comes back after (?P<time>\d+) s"))
async def _(bench: Bench, time: str) -> None:
    """Mend the way that was cut; what follows acts as soon as the station is there again."""
    await anyio.sleep(float(time))
    await back(bench)


async def back(bench: Bench) -> None:
    """Mend the way between both and come back when they are connected. Raises Inconclusive."""
    side = bench.ocpp
    known, now = len(bench.recorder.events), bench.recorder.now()
    if side.sut_is_station:
        side.own_csms().refusing = False
    else:
        side.own_station().mend()
    found = await bench.look.trace.first(
        lambda e: e.layer == "websocket" and e.kind == "handshake" and e.name == "switched", known, now + _BACK_S
    )
    if found is None:
        raise Inconclusive(f"the station did not come back within {_BACK_S:g} s")
    await anyio.lowlevel.checkpoint()


# ---- When: remote control


@when(parsers.re(rf"the CSMS starts a transaction for \$(?P<name>\w+){_EVSE}(?: with (?P<changes>.+ = .+))?"))
async def _(bench: Bench, name: str, evse: str | None, changes: str | None) -> None:
    """RequestStartTransaction with a remoteStartId of its own; the answer is for Then steps to see."""
    await start_remotely(bench, name, evse, changes)


async def start_remotely(bench: Bench, name: str, evse: str | None = None, changes: str | None = None) -> None:
    """Send RequestStartTransaction as the tester."""
    number = 4711 + sum(1 for e in bench.recorder.events if e.name == "RequestStartTransactionRequest")
    place = int(evse or pixit(bench.look, "evse"))
    tree = {"idToken": token(bench.look, name), "remoteStartId": number, "evseId": place}
    if changes:
        tree = changed(tree, changes, bench.look, bench.utc())
    await bench.ocpp.call("RequestStartTransactionRequest", tree)


@when(
    parsers.re(
        r"the CSMS asks for the message (?P<requested>[A-Z]\w+)(?: of EVSE (?P<evse>\d+)(?: connector (?P<connector>\d+))?)?"
    )
)
async def _(bench: Bench, requested: str, evse: str | None, connector: str | None) -> None:
    """TriggerMessage."""
    tree: dict[str, Any] = {"requestedMessage": requested}
    if evse:
        tree["evse"] = {"id": int(evse), **({"connectorId": int(connector)} if connector else {})}
    await bench.ocpp.call("TriggerMessageRequest", tree)


# ---- Given: reservations


@given(
    parsers.re(
        r"a reservation (?P<number>\d+) of EVSE (?P<evse>\d+) for \$(?P<name>\w+)(?: that ends after (?P<time>\d+) s)?"
    )
)
async def _(bench: Bench, number: str, evse: str, name: str, time: str | None) -> None:
    """Reserved. Inconclusive when the station does not accept it or does not report it."""
    tree = {
        "id": int(number), "evseId": int(evse), "idToken": token(bench.look, name),
        "expiryDateTime": filled(bench.look, f"$now+{time or 3600}", bench.utc()),
    }  # fmt: skip
    known = len(bench.recorder.events)
    answer = await asked_and_answered(bench, "ReserveNowRequest", tree)
    if answer.body.get("status") != "Accepted":
        raise Inconclusive(f"the station does not accept the reservation: {answer.name} {answer.body}")
    wanted = int(evse)
    await reached(bench.look, "the state Reserved", lambda e: reports_state(e, "Reserved", (wanted, None)), known, 30.0)
    await quiet(bench)


# ---- Given: a booted station of the tester that is the other way round


@given("a booted station in an empty bay")
async def _(bench: Bench) -> None:
    """The same as a booted station; says that no EV stands there."""
    await booted(bench)
    if bench.ocpp.station is not None and any(evse.parked for evse in bench.ocpp.station.station.evses):
        raise LabError("an EV stands in the parking bay already")


# ---- Given: preparations


@given(parsers.re(r"\$(?P<name>\w+) is the transaction that runs"))
async def _(bench: Bench, name: str) -> None:
    """Note down the id of the last transaction."""
    note_down(bench.recorder, name, transaction(bench.look))


@given(parsers.re(r"(?:the EVSE (?P<evse>\d+)|the whole station) has been made inoperative"))
async def _(bench: Bench, evse: str | None) -> None:
    """ChangeAvailability. Inconclusive when it is not accepted."""
    tree: dict[str, Any] = {"operationalStatus": "Inoperative", **({"evse": {"id": int(evse)}} if evse else {})}
    answer = await asked_and_answered(bench, "ChangeAvailabilityRequest", tree)
    if answer.body.get("status") != "Accepted":
        raise Inconclusive(f"the station does not let itself be made inoperative: {answer.name} {answer.body}")
    await quiet(bench)
