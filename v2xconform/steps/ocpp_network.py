"""The sentences of OCPP about network profiles: a second address of the CSMS, slots, migration (B09, B10, A05)."""

from typing import Any

from pytest_bdd import parsers

from v2xconform.judge.verdict import Inconclusive
from v2xconform.links.addresses import split_address
from v2xconform.protocols.ocpp import ends_connection
from v2xconform.protocols.ocpp.handshake import EndpointError, endpoint, identity_of
from v2xconform.steps.bench import Bench
from v2xconform.steps.look import Look, seconds
from v2xconform.steps.ocpp_checks import answer_to, asked, is_said, last_deed
from v2xconform.steps.ocpp_deeds import asked_and_answered
from v2xconform.steps.ocpp_security import CONNECT_S, LIMIT
from v2xconform.steps.ocpp_side import scheme_of
from v2xconform.steps.ocpp_values import changed, filled, note_down, pixit
from v2xconform.steps.vocabulary import given, then, when
from v2xconform.trace.events import Event
from v2xconform.trace.query import field_at

_VERSIONS = {"ocpp2.0.1": "OCPP20", "ocpp2.1": "OCPP21"}
"""OCPPVersionEnumType; in 2.0.1 there is nothing newer than OCPP20."""


# ---- Given


@given(parsers.re(r"a second address of the CSMS(?: with the certificate \"(?P<credential>[\w-]+)\")?"
                  r"(?: in security profile (?P<profile>[1-3]))?"))  # fmt: skip
async def _(bench: Bench, credential: str | None, profile: str | None) -> None:
    """The tester's CSMS listens there from now on; $second_url is its URL as the station has to know it."""
    side = bench.ocpp
    level = int(profile) if profile else side.reach.security_profile
    door = await side.open_second(level, credential=credential or "")
    note_down(bench.recorder, "second_url", f"{scheme_of(level)}://{_host(bench)}:{door.port}/ocpp")
    note_down(bench.recorder, "second_profile", level)


@given(parsers.re(r"the CSMS also serves security profile (?P<profile>[23])"))
async def _(bench: Bench, profile: str) -> None:
    """Of a CSMS under test: $second_url is where; a real one has it in the PIXIT second_url."""
    side = bench.ocpp
    level = int(profile)
    if bench.setup.sut.emulator is None:
        url = str(pixit(bench.look, "second_url"))
        if not url:
            raise Inconclusive(f"the PIXIT second_url does not say where the CSMS serves security profile {level}")
    else:
        side.second_profile = level
        url = side.second_url(level)
    note_down(bench.recorder, "second_url", url)
    note_down(bench.recorder, "second_profile", level)


def _host(bench: Bench) -> str:
    """Return the host under which the station knows the CSMS: the one that it has asked for."""
    asked = bench.look.before(lambda e: e.layer == "websocket" and e.name == "upgrade")
    if asked is None:
        raise Inconclusive("the station has not connected: under which name it knows the CSMS is unknown")
    header = next((value for name, value in asked.body["headers"] if name.lower() == "host"), "")
    try:
        return split_address(header)[0]
    except ValueError:
        return header


@given("nobody answers at the second address")
@when("nobody answers at the second address")
async def _(bench: Bench) -> None:
    """Connections there are broken off."""
    for door in bench.ocpp.own_csms().doors:
        door.refusing = True


@given("a second identity of the station")
async def _(bench: Bench) -> None:
    """Note down $second_identity; the tester's CSMS knows it with the password $new_password."""
    side = bench.ocpp
    identity = next(iter(side.reach.spare_identities), f"{side.identity}-B")
    side.own_csms().csms.admission.passwords[identity] = str(pixit(bench.look, "new_password"))
    note_down(bench.recorder, "second_identity", identity)


@given("the slots of the station")
async def _(bench: Bench) -> None:
    """Note down $old_slot, which is in use, and $new_slot, another one that it has. Inconclusive where it tells none."""
    item = {"component": {"name": "OCPPCommCtrlr"}, "variable": {"name": "NetworkConfigurationPriority"}}
    answer = await asked_and_answered(bench, "GetVariablesRequest", {"getVariableData": [item]})
    value = field_at(answer.body, "getVariableResult.0.attributeValue")
    order = [one.strip() for one in str(value).split(",") if one.strip().isdecimal()]
    if not order:
        raise Inconclusive(f"the station does not tell NetworkConfigurationPriority: {value}")
    new = int(pixit(bench.look, "second_slot"))
    if str(new) == order[0]:
        new = int(pixit(bench.look, "first_slot"))
    note_down(bench.recorder, "old_slot", int(order[0]))
    note_down(bench.recorder, "new_slot", new)


# ---- When


@when(parsers.re(r"the CSMS sets a network profile for its second address(?: with (?P<changes>.+ = .+))?"))
async def _(bench: Bench, changes: str | None) -> None:
    """SetNetworkProfile for $new_slot."""
    tree = {
        "configurationSlot": filled(bench.look, "$new_slot"),
        "connectionData": _data(bench, filled(bench.look, "$second_url"), filled(bench.look, "$second_profile")),
    }
    tree = changed(tree, changes, bench.look, bench.utc()) if changes else tree
    await bench.ocpp.call("SetNetworkProfileRequest", tree)


def _data(bench: Bench, url: str, level: int) -> dict[str, Any]:
    return {
        "ocppVersion": _VERSIONS[bench.ocpp.version],
        "ocppTransport": "JSON",
        "ocppCsmsUrl": url,
        "messageTimeout": 30,
        "securityProfile": level,
        "ocppInterface": str(pixit(bench.look, "ocpp_interface")),
    }


@when(parsers.re(r"the operator makes the CSMS set a network profile for slot (?P<slot>\d+)"
                 r"(?: with (?P<changes>.+ = .+))?"))  # fmt: skip
async def _(bench: Bench, slot: str, changes: str | None) -> None:
    """SetNetworkProfile of a CSMS under test, for $second_url or the URL at which it is reached."""
    look = bench.look
    noted = any(
        e.kind == "note" and isinstance(e.body, dict) and e.body.get("named") == "second_url" for e in look.events
    )
    url = filled(look, "$second_url") if noted else bench.ocpp.url
    level = filled(look, "$second_profile") if noted else bench.ocpp.reach.security_profile
    tree: dict[str, Any] = {"configurationSlot": int(slot), "connectionData": _data(bench, url, level)}
    tree = changed(tree, changes, look, bench.utc()) if changes else tree
    await bench.ocpp.operate("SetNetworkProfileRequest", tree)


@when("the CSMS puts the new slot in front of the old one")
async def _(bench: Bench) -> None:
    await _order(bench, f"{filled(bench.look, '$new_slot')},{filled(bench.look, '$old_slot')}")


@when("the CSMS puts the old slot in front again")
async def _(bench: Bench) -> None:
    """So that the next test case finds the station where it was."""
    await _order(bench, f"{filled(bench.look, '$old_slot')}")


async def _order(bench: Bench, value: str) -> None:
    item = {
        "component": {"name": "OCPPCommCtrlr"},
        "variable": {"name": "NetworkConfigurationPriority"},
        "attributeValue": value,
    }
    await bench.ocpp.call("SetVariablesRequest", {"setVariableData": [item]})


# ---- Then


@then(parsers.re(rf"the station connects at the second address{LIMIT}"))
async def _(bench: Bench, limit: str | None) -> None:
    look = bench.look
    found = await _switched(look, float(limit or CONNECT_S), at_second=True)
    observed = look.describe(found) if found is not None else f"no connection there; {look.last_words()}"
    look.check("a connection at the second address", observed, found is not None, [found])


@then(parsers.re(rf"the station connects at the first address{LIMIT}"))
async def _(bench: Bench, limit: str | None) -> None:
    look = bench.look
    found = await _switched(look, float(limit or CONNECT_S), at_second=False)
    observed = look.describe(found) if found is not None else f"no connection there; {look.last_words()}"
    look.check("a connection at the first address", observed, found is not None, [found])


@then(parsers.re(r"it has tried the second address (?P<count>\d+) times before"))
async def _(bench: Bench, count: str) -> None:
    """NetworkProfileConnectionAttempts ([B10.FR.03])."""
    look = bench.look
    tries = [e for e in look.events[last_deed(look) : look.cursor] if _is_try(look, e, at_second=True)]
    look.check(f"{count} attempts at the second address", f"{len(tries)} attempts", len(tries) == int(count), tries)


@then(parsers.re(r"the station calls itself (?P<identity>\$\w+) there"))
async def _(bench: Bench, identity: str) -> None:
    """The identity at the end of the URL is that of the network profile (2.1)."""
    look = bench.look
    found = look.before(lambda e: e.layer == "websocket" and e.name == "upgrade")
    if found is None:
        raise Inconclusive("the station has not connected")
    shown, wanted = identity_of(found.body["target"]), str(filled(look, identity))
    look.check(f"the identity {wanted}", shown, shown == wanted, [found])


@then("the order of the slots does not hold the old one")
async def _(bench: Bench) -> None:
    """Profiles of lower security are gone ([A05.FR.06])."""
    look = bench.look
    found = await answer_to(look, asked(look, "station"), 30.0)
    value = field_at(found.body, "getVariableResult.0.attributeValue") if found is not None else ""
    slots = [one.strip() for one in str(value).split(",")]
    right = bool(slots) and str(filled(look, "$old_slot")) not in slots and str(filled(look, "$new_slot")) in slots
    look.check("an order with the new slot and without the old one", str(value), right, [found])


async def _switched(look: Look, within_s: float, *, at_second: bool) -> Event | None:
    number = last_deed(look)
    start = look.events[number - 1].seconds if number else 0.0

    def wanted(event: Event) -> bool:
        if event.layer != "websocket" or event.name != "switched":
            return False
        opened = next((e for e in look.trace.events if e.link == event.link and e.name == "accepted"), None)
        return opened is not None and _is_try(look, opened, at_second=at_second)

    return await look.trace.first(wanted, number, start + within_s + look.context.tolerance_s)


def _is_try(look: Look, event: Event, *, at_second: bool) -> bool:
    if event.kind != "open" or event.name != "accepted":
        return False
    try:
        port = endpoint(str(filled(look, "$second_url"))).port
    except EndpointError:
        return False
    return str((event.body or {}).get("local", "")).endswith(f":{port}") == at_second


@then(parsers.re(rf"the station sends BootNotificationRequest on that connection{LIMIT}"))
async def _(bench: Bench, limit: str | None) -> None:
    """It has switched to another network profile ([B10.FR.10])."""
    look = bench.look
    opened = look.before(lambda e: e.layer == "websocket" and e.name == "switched")
    found = await look.first(
        lambda e: opened is not None and e.link == opened.link and is_said(e, "station", "BootNotificationRequest"),
        opened, float(limit or CONNECT_S),
    )  # fmt: skip
    observed = look.describe(found) if found is not None else f"none; {look.last_words()}"
    look.check("BootNotificationRequest on the new connection", observed, found is not None, [opened, found])


@then(parsers.re(r"the station waits at least (?P<least>\d+(?:\.\d+)?) s(?: and at most (?P<most>\d+(?:\.\d+)?) s)?"
                 r" before attempt (?P<number>\d+)"))  # fmt: skip
async def _(bench: Bench, least: str, most: str | None, number: str) -> None:
    """Between the end of the connection (or the attempt before) and the next attempt (Part 4 5.3)."""
    look, nth = bench.look, int(number)
    start = last_deed(look)
    limit = (float(most) if most else 4 * float(least)) * nth + 60.0
    tries: list[Event] = []
    after = start
    for _number in range(nth):
        begun = look.events[start - 1].seconds if start else 0.0
        found = await look.trace.first(lambda e: e.kind == "open" and e.name == "accepted", after, begun + limit)
        if found is None:
            break
        tries.append(found)
        after = found.id
    if len(tries) < nth:
        look.check(f"attempt {nth}", f"only {len(tries)} attempts came", False, tries)
        return
    before: Event | None = tries[nth - 2] if nth > 1 else None
    if before is None:
        ends = [e for e in look.trace.events[start : tries[0].id] if ends_connection(e.layer, e.kind)]
        before = ends[0] if ends else look.events[start - 1]
    took = tries[nth - 1].seconds - before.seconds
    slack = max(look.context.tolerance_s, look.context.earliness(before.seconds, tries[nth - 1].seconds), 0.05)
    right = took >= float(least) - slack and (most is None or took <= float(most) + slack)
    wanted = f"{least} s at least{f', {most} s at most' if most else ''}"
    look.check(f"{wanted} before attempt {nth}", seconds(took), right, [before, tries[nth - 1]])


@when("the connection is closed in good order")
async def _(bench: Bench) -> None:
    """The tester's CSMS says goodbye; the station may come back at once."""
    await bench.ocpp.conversation().line.channel.websocket.say_goodbye(1001, "going away")


@when(parsers.re(r"the CSMS breaks off the next (?P<count>\d+) connections"))
async def _(bench: Bench, count: str) -> None:
    bench.ocpp.own_csms().breaks_off = int(count)
