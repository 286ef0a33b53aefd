"""The sentences of OCPP frames: raw text, requests that are wrong in one place, answers that are wrong on purpose."""

import re
from typing import Any, Final

import anyio
from pytest_bdd import parsers

from v2xconform.emulators.bends import Bend
from v2xconform.lab.yaml_lines import LabError
from v2xconform.links.ocpp import OcppChannel
from v2xconform.protocols.ocpp import is_ocpp, schemas
from v2xconform.steps.bench import Bench
from v2xconform.steps.look import parse_value
from v2xconform.steps.ocpp_checks import ROLES
from v2xconform.steps.ocpp_deeds import wishes
from v2xconform.steps.ocpp_values import changed, filled
from v2xconform.steps.vocabulary import given, when

_PARTY: Final = r"the (?P<party>station|CSMS)"
_TEXT: Final = r"the text (?P<text>.+?)"
_NTH: Final = r"(?: the (?P<nth>\d+)(?:st|nd|rd|th) time)?"
_GET: Final = '{"getVariableData":[{"component":{"name":"OCPPCommCtrlr"},"variable":{"name":"HeartbeatInterval"}}]}'
_BOOT: Final = '{"reason":"PowerUp","chargingStation":{"model":"lab station","vendorName":"v2xconform"}}'
_MANY: Final = re.compile(r"\{(.)\*(\d+)\}")
_ANSWERS_MOST: Final = 200
"""So many times a silence is waited for, at most."""
_BACK_S: Final = 300.0
"""How long a station may take to come back before a test case gives up."""


# ---- When: text


def written(bench: Bench, text: str) -> str:
    """Return raw text with its places filled: ``{id}`` a new message id, ``{get}`` and ``{boot}`` valid payloads of
    GetVariables and BootNotification, ``{x*30}`` a text of so many x (or of any other character)."""
    if "{id}" in text:
        text = text.replace("{id}", bench.ocpp.new_id())
    text = text.replace("{get}", _GET).replace("{boot}", _BOOT)
    return _MANY.sub(lambda found: found[1] * int(found[2]), text)


@when(parsers.re(rf"{_PARTY} sends {_TEXT}(?P<how> in a binary message| in \d+ fragments| \d+ times)?"))
async def _(bench: Bench, party: str, text: str, how: str | None) -> None:
    """Send raw text past the RPC rules of the tester."""
    channel = mouth(bench, party)
    data = written(bench, text).encode()
    way = (how or "").split()
    if way and way[-1] == "times":
        for _ in range(int(way[0])):
            await channel.send_text(data)
    elif way and way[-1] == "fragments":
        await channel.send_text(data, pieces=int(way[1]))
    else:
        await channel.send_text(data, text=not way)
    await bench.ocpp.settle()


@when(parsers.re(rf"{_PARTY} sends at once"))
async def _(bench: Bench, party: str, docstring: str = "") -> None:
    """Send the lines below one after the other without waiting."""
    channel = mouth(bench, party)
    for line in docstring.splitlines():
        if line.strip():
            await channel.send_text(written(bench, line.strip()).encode())
    await bench.ocpp.settle()


@when(parsers.re(rf"{_PARTY} sends the bytes (?P<data>[0-9a-fA-F ]+) past the WebSocket"))
async def _(bench: Bench, party: str, data: str) -> None:
    """Send bytes that are no WebSocket frame, or a wrong one."""
    await mouth(bench, party).websocket.send_raw(bytes.fromhex(data))
    await bench.ocpp.settle()


@when(parsers.re(rf"{_PARTY} pings with (?P<data>[0-9a-f]+|nothing)"))
async def _(bench: Bench, party: str, data: str) -> None:
    await mouth(bench, party).websocket.ping(bytes.fromhex("" if data == "nothing" else data))


@when(parsers.re(rf"{_PARTY} takes leave with the code (?P<code>\d+)"))
async def _(bench: Bench, party: str, code: str) -> None:
    """Begin the closing handshake of the WebSocket."""
    await mouth(bench, party).websocket.say_goodbye(int(code), "")


def mouth(bench: Bench, party: str) -> OcppChannel:
    """Return the channel of the tester's side. Raises LabError when that party is under test, Inconclusive."""
    if ROLES[party] == bench.setup.context.sut:
        raise LabError(f"the {party} is under test; what it sends is for Then steps to see")
    return bench.ocpp.channel()


# ---- When: one fault in a payload


@when(parsers.re(rf"{_PARTY} sends (?P<action>[A-Z]\w+)Request (?P<kind>without|with a wrong type of|with too long a|with an"
                 r" unknown value of|with an unknown field) (?P<path>[\w.]+)"))  # fmt: skip
async def _(bench: Bench, party: str, action: str, kind: str, path: str) -> None:
    """Send a request that is valid but for one field."""
    if ROLES[party] == bench.setup.context.sut:
        raise LabError(f"the {party} is under test; what it sends is for Then steps to see")
    name = f"{action}Request"
    tree = spoiled(bench, name, kind, path)
    if schemas.is_valid(bench.ocpp.version, name, tree):
        raise LabError(f"{name} {kind} {path} is still valid in {bench.ocpp.version}")
    await bench.ocpp.call(name, tree)


def spoiled(bench: Bench, name: str, kind: str, path: str) -> dict[str, Any]:
    """Return the smallest valid message of a name with one fault; an optional field is put there first."""
    version = bench.ocpp.version
    tree = schemas.minimal(version, name)
    parent, _, final = path.rpartition(".")
    if kind == "without":
        del _at(tree, parent)[final]
        return tree
    changed(tree, f"{path} = 0", bench.look, bench.utc())  # makes the way to it
    part = schema_at(schemas.schema(version, name), path)
    values = {
        "with a wrong type of": 5 if part.get("type") == "string" else "text",
        "with an unknown value of": "NoSuchValue",
        "with too long a": "x" * (int(part.get("maxLength", 0)) + 1),
        "with an unknown field": 1,
    }
    place = _at(tree, parent)
    place[int(final) if isinstance(place, list) else final] = values[kind]
    return tree


def _at(tree: Any, path: str) -> Any:
    for part in filter(None, path.split(".")):
        tree = tree[int(part)] if isinstance(tree, list) else tree[part]
    return tree


def schema_at(root: dict[str, Any], path: str) -> dict[str, Any]:
    """Return the part of a schema that a path leads to, empty where it leads nowhere."""
    part = root
    for name in path.split("."):
        part = schemas.resolved(root, part)
        part = part.get("items", {}) if name.isdecimal() else part.get("properties", {}).get(name, {})
    return schemas.resolved(root, part)


# ---- Given: wrong answers


@given(parsers.re(rf"{_PARTY} will spoil (?P<message>[A-Z]\w+Response) with (?P<changes>.+?)"
                  rf"{_NTH}"))  # fmt: skip
async def _(bench: Bench, party: str, message: str, changes: str, nth: str | None) -> None:
    """Let the tester's side answer with something that breaks its schema."""
    flat = {path: value for path, _, value in (part.partition(" = ") for part in changes.split(" and "))}
    values = {path.strip(): filled(bench.look, parse_value(value.strip())) for path, value in flat.items()}
    wishes(bench, party).bends.append(Bend(at=message, set=values, nth=int(nth) if nth else None))


@given(parsers.re(rf"{_PARTY} will answer (?P<message>[A-Z]\w+)Request with {_TEXT}"
                  rf"{_NTH}"))  # fmt: skip
async def _(bench: Bench, party: str, message: str, text: str, nth: str | None) -> None:
    """Let the tester's side answer with raw text; ``{id}`` in it is the id of the request."""
    bend = Bend(at=f"{message}Response", text=text, nth=int(nth) if nth else None)
    wishes(bench, party).bends.append(bend)


@given(parsers.re(rf"{_PARTY} will answer (?P<message>[A-Z]\w+)Request (?P<copies>\d+) times"))
async def _(bench: Bench, party: str, message: str, copies: str) -> None:
    wishes(bench, party).bends.append(Bend(at=f"{message}Response", copies=int(copies)))


@given(parsers.re(rf"{_PARTY} will take (?P<delay>\d+(?:\.\d+)?) s to answer (?P<message>[A-Z]\w+)Request"))
async def _(bench: Bench, party: str, delay: str, message: str) -> None:
    wishes(bench, party).bends.append(Bend(at=f"{message}Response", delay_s=float(delay), fair=True))


@when(parsers.re(r"nobody has said anything for (?P<silence>\d+) s"))
async def _(bench: Bench, silence: str) -> None:
    """Wait for a while of silence, answers included: the other side may take its time with each of many."""
    events = bench.recorder.events
    for _ in range(_ANSWERS_MOST):
        known = len(events)
        await anyio.sleep(float(silence))
        if not any(is_ocpp(one.layer) for one in events[known:]):
            return


@when(parsers.re(rf"{_PARTY} asks again"))
async def _(bench: Bench, party: str) -> None:
    """Ask for something harmless, to see whether the other side still lives; on a new connection where the old one is gone."""
    side = bench.ocpp
    if side.sut_is_station and not side.connected():
        trace, recorder = bench.look.trace, bench.recorder
        known = len(recorder.events)
        await trace.first(lambda e: e.name == "switched", known, recorder.now() + _BACK_S)
        await side.settle()
    elif not side.connected():
        await side.knock()
    text = f'[2,"{{id}}","GetVariables",{_GET}]' if side.sut_is_station else '[2,"{id}","Heartbeat",{}]'
    await mouth(bench, party).send_text(written(bench, text).encode())
    await side.settle()
