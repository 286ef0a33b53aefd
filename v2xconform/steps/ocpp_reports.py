"""The sentences of reports of the device model (B07, B08): asking for them, and what they have to hold."""

from collections.abc import Iterator
from typing import Any, Final, cast

from pytest_bdd import parsers

from v2xconform.judge.verdict import Inconclusive
from v2xconform.protocols.ocpp import Version, required_variables
from v2xconform.steps.bench import Bench
from v2xconform.steps.look import Look
from v2xconform.steps.ocpp_checks import is_said
from v2xconform.steps.ocpp_values import payload
from v2xconform.steps.vocabulary import then, when
from v2xconform.trace.events import Event

_BASES: Final = {
    "full": "FullInventory",
    "configuration": "ConfigurationInventory",
    "summary": "SummaryInventory",
}
_LISTS: Final = ("OptionList", "SequenceList", "MemberList")
REPORT_S: Final = 60.0
"""How long a whole report may take."""
Entry = dict[str, Any]
"""ReportDataType."""


def _next_number(look: Look) -> int:
    """Return a requestId that has not been used."""
    names = ("GetBaseReportRequest", "GetReportRequest")
    return 4200 + sum(1 for e in look.events if e.kind == "message" and e.name in names)


@when(parsers.re(r"the CSMS asks for the (?P<base>full|configuration|summary) inventory"))
async def _(bench: Bench, base: str) -> None:
    tree = {"requestId": _next_number(bench.look), "reportBase": _BASES[base]}
    await bench.ocpp.call("GetBaseReportRequest", tree)


@when(parsers.re(r"the CSMS asks for a report of"))
async def _(bench: Bench, docstring: str) -> None:
    """GetReportRequest with the criteria and components below."""
    tree = {"requestId": _next_number(bench.look), **bench.ocpp.filled(payload(docstring))}
    await bench.ocpp.call("GetReportRequest", tree)


def _request(look: Look) -> Event:
    found = look.before(lambda e: is_said(e, "csms", "GetBaseReportRequest") or is_said(e, "csms", "GetReportRequest"))
    if found is None:
        raise Inconclusive("no report had been asked for")
    return found


def parts_of(look: Look, request: Event) -> list[Event]:
    """Return the parts of a report that have come so far."""
    number = request.body["requestId"]
    return [
        e for e in look.events[request.id :]
        if is_said(e, "station", "NotifyReportRequest") and e.body.get("requestId") == number
    ]  # fmt: skip


def entries(look: Look, request: Event | None = None) -> Iterator[Entry]:
    """Yield what the last report (or the one on a request) tells."""
    for part in parts_of(look, request or _request(look)):
        yield from part.body.get("reportData", ())


@then("the report is complete")
async def _(bench: Bench) -> None:
    """All parts come after the response, with its requestId, numbered from 0, tbc in all but the last ([B07.FR.10])."""
    look = bench.look
    request = _request(look)
    number = request.body["requestId"]
    final = await look.trace.first(
        lambda e: is_said(e, "station", "NotifyReportRequest") and not e.body.get("tbc", False),
        request.id, request.seconds + REPORT_S,
    )  # fmt: skip
    told = [e for e in look.events[request.id :] if is_said(e, "station", "NotifyReportRequest")]
    shown = [f"{e.body.get('seqNo')}{'+' if e.body.get('tbc') else ''}" for e in told]
    text = f"parts {', '.join(shown)}" if told else f"no part; {look.last_words()}"
    look.check(f"a last part of the report within {REPORT_S:g} s", text, final is not None, [request, *told[-1:]])
    strange = [e for e in told if e.body.get("requestId") != number]
    look.check(f"requestId {number} in every part", text, not strange, [request, *strange[:1]])
    counted = [e.body.get("seqNo") for e in told] == list(range(len(told)))
    look.check("parts numbered 0, 1, 2 …", text, counted, [request, *told])
    look.check("something in the report", text, any(e.body.get("reportData") for e in told), told)


@then(parsers.re(r"no report comes (?:for|within) (?P<limit>\d+(?:\.\d+)?) s"))
async def _(bench: Bench, limit: str) -> None:
    look = bench.look
    request = _request(look)
    found = await look.trace.first(
        lambda e: is_said(e, "station", "NotifyReportRequest"), request.id, request.seconds + float(limit)
    )  # fmt: skip
    look.check(f"no NotifyReportRequest for {limit} s", look.describe(found), found is None, [found])


# ---- what it holds


def name_of(entry: Entry) -> tuple[str, str, str]:
    """Return component, variable and its instance."""
    variable = entry.get("variable", {})
    return entry.get("component", {}).get("name", ""), variable.get("name", ""), variable.get("instance", "")


def place_of(entry: Entry) -> tuple[int, int]:
    """Return EVSE and connector, 0 for none."""
    evse = entry.get("component", {}).get("evse", {})
    return evse.get("id", 0), evse.get("connectorId", 0)


def shown(entry: Entry) -> str:
    """Return the name of a variable as people write it."""
    component, name, instance = name_of(entry)
    evse, connector = place_of(entry)
    at = f" at {evse}{f'.{connector}' if connector else ''}" if evse else ""
    return f"{component}.{name}{f'[{instance}]' if instance else ''}{at}"


def _say(look: Look, expected: str, wrong: list[str], seen: int) -> None:
    more = f" and {len(wrong) - 5} more" if len(wrong) > 5 else ""
    observed = f"not so: {', '.join(wrong[:5])}{more}" if wrong else f"so in {seen} variables"
    parts = parts_of(look, _request(look))
    look.check(expected, observed, not wrong and seen > 0, parts[-1:])


@then("every variable of the report has its characteristics")
async def _(bench: Bench) -> None:
    """Characteristics are there; lists name their values; what has a value has one that fits ([B07.FR.08], [B08.FR.12])."""
    look, wrong, seen = bench.look, [], 0
    for entry in entries(look):
        seen += 1
        problem = _characteristics(entry)
        if problem:
            wrong.append(f"{shown(entry)} {problem}")
    _say(look, "characteristics of every variable, with the values of lists", wrong, seen)


def _characteristics(entry: Entry) -> str:
    found = entry.get("variableCharacteristics")
    if found is None:
        return "has none"
    if found.get("dataType") not in _LISTS:
        return ""
    values = [one.strip() for one in str(found.get("valuesList", "")).split(",") if one.strip()]
    if not values:
        return "has no valuesList"
    for attribute in entry.get("variableAttribute", ()):
        if attribute.get("type", "Actual") == "Actual" and attribute.get("value"):
            strange = [one for one in str(attribute["value"]).split(",") if one.strip() not in values]
            if strange:
                return f"has the value {', '.join(strange)}, which valuesList lacks"
    return ""


@then("every variable of the report can be set")
async def _(bench: Bench) -> None:
    """[B07.FR.07]."""
    look, wrong, seen = bench.look, [], 0
    for entry in entries(look):
        seen += 1
        if all(one.get("mutability", "ReadWrite") == "ReadOnly" for one in entry.get("variableAttribute", ())):
            wrong.append(f"{shown(entry)} is ReadOnly")
    _say(look, "variables that can be set, and no others", wrong, seen)


@then("no secret is told in the report")
async def _(bench: Bench) -> None:
    """Values of WriteOnly variables are left out ([B07.FR.03])."""
    look, wrong, seen = bench.look, [], 0
    for entry in entries(look):
        seen += 1
        if any(one.get("mutability") == "WriteOnly" and "value" in one for one in entry.get("variableAttribute", ())):
            wrong.append(shown(entry))
    _say(look, "no value of a WriteOnly variable", wrong, seen)


@then("the report holds every variable that a station must have")
async def _(bench: Bench) -> None:
    """Those of the appendix of Part 2 for the controllers that it has."""
    look = bench.look
    found = {name_of(entry) for entry in entries(look)}
    lacking = required_variables.missing(cast(Version, look.context.protocol), found)
    wrong = [
        f"{component}.{name}{f'[{instance}]' if instance else ''} is missing" for component, name, instance in lacking
    ]
    _say(look, "every required variable", wrong, len(found))


@then("the report holds what can be set of the report before")
async def _(bench: Bench) -> None:
    """A configuration inventory against the full one: nothing that an operator can set is missing."""
    look = bench.look
    request = _request(look)
    names = ("GetBaseReportRequest", "GetReportRequest")
    before = next((e for e in reversed(look.events[: request.id - 1]) if e.kind == "message" and e.name in names), None)
    if before is None:
        raise Inconclusive("no report had been asked for before")
    found = {(name_of(one), place_of(one)) for one in entries(look, request)}
    wanted = [
        one for one in entries(look, before)
        if any(a.get("mutability", "ReadWrite") != "ReadOnly" for a in one.get("variableAttribute", ()))
    ]  # fmt: skip
    wrong = [f"{shown(one)} is missing" for one in wanted if (name_of(one), place_of(one)) not in found]
    _say(look, "every variable that can be set", wrong, len(found))


@then(parsers.re(r"the report holds (?P<only>nothing but )?(?P<variable>\w+\.\w+(?:\[\w+\])?)"
                 r"(?: at EVSE (?P<evse>\d+))?(?: connector (?P<connector>\d+))?(?: of type (?P<kind>\w+))?"))  # fmt: skip
async def _(
    bench: Bench, only: str | None, variable: str, evse: str | None, connector: str | None, kind: str | None
) -> None:  # fmt: skip
    look = bench.look
    component, _, name = variable.partition(".")
    name, _, instance = name.rstrip("]").partition("[")
    wanted = (component.lower(), name.lower(), instance.lower())
    place = (int(evse) if evse else None, int(connector) if connector else None)

    def is_wanted(entry: Entry) -> bool:
        names = tuple(one.lower() for one in name_of(entry))
        at = place_of(entry)
        same = names[:2] == wanted[:2] and (not instance or names[2] == wanted[2])
        return same and place[0] in (None, at[0]) and place[1] in (None, at[1])

    told = list(entries(look))
    right = [one for one in told if is_wanted(one)]
    text = ", ".join(shown(one) for one in told[:6]) or "nothing"
    look.check(f"{variable} in the report", text, bool(right), parts_of(look, _request(look))[-1:])
    if only:
        look.check(f"nothing but {variable}", text, len(right) == len(told), parts_of(look, _request(look))[-1:])
    if kind:
        kinds = {one.get("variableCharacteristics", {}).get("dataType") for one in right}
        look.check(f"dataType {kind}", f"dataType {', '.join(map(str, kinds))}", kinds == {kind})


@then(parsers.re(r"the report holds (?P<variable>\w+\.\w+) of every EVSE of the report before"))
async def _(bench: Bench, variable: str) -> None:
    """[B08.FR.23]: an EVSE that is not named stands for all."""
    look = bench.look
    component, _, name = variable.partition(".")
    request = _request(look)
    earlier = [e for e in look.events[: request.id - 1] if is_said(e, "csms", "GetBaseReportRequest")]
    if not earlier:
        raise Inconclusive("no inventory had been asked for before")

    def places(asked: Event) -> set[tuple[int, int]]:
        wanted = (component.lower(), name.lower())
        return {place_of(one) for one in entries(look, asked) if tuple(x.lower() for x in name_of(one)[:2]) == wanted}

    there, told = places(earlier[-1]), places(request)
    look.check(f"{variable} at {sorted(there)}", f"at {sorted(told)}", bool(there) and there == told)


@then(parsers.re(r"the report holds the components of the report before whose (?P<criterion>Active|Available|Enabled|Problem)"
                 r" is true, and none where it is false"))  # fmt: skip
async def _(bench: Bench, criterion: str) -> None:
    """[B08.FR.07] to [B08.FR.10]."""
    look = bench.look
    request = _request(look)
    earlier = [e for e in look.events[: request.id - 1] if is_said(e, "csms", "GetBaseReportRequest")]
    if not earlier:
        raise Inconclusive("no inventory had been asked for before")
    wanted: dict[tuple[Any, ...], bool] = {}
    for one in entries(look, earlier[-1]):
        if name_of(one)[1].lower() == criterion.lower():
            wanted[_component(one)] = wanted.get(_component(one), False) or _value(one) == "true"
    told = {_component(one) for one in entries(look, request)}
    lacking = [key for key, value in wanted.items() if value and key not in told]
    wrong = [key for key, value in wanted.items() if not value and key in told]
    text = f"{len(told)} components; missing {lacking[:3]}, too many {wrong[:3]}"
    look.check(f"the components whose {criterion} is true", text, bool(told) and not lacking and not wrong)


def _component(entry: Entry) -> tuple[Any, ...]:
    found = entry.get("component", {})
    return (found.get("name", "").lower(), found.get("instance", "").lower(), *place_of(entry))


def _value(entry: Entry) -> str:
    values = (a.get("value", "") for a in entry.get("variableAttribute", ()) if a.get("type", "Actual") == "Actual")
    return str(next(values, "")).lower()


def connectors_in(look: Look) -> set[tuple[int, int]]:
    """Return the connectors that reports of this trace have told of."""
    found = set()
    for event in look.events:
        if is_said(event, "station", "NotifyReportRequest"):
            for one in event.body.get("reportData", ()):
                if name_of(one)[0].lower() == "connector" and all(place_of(one)):
                    found.add(place_of(one))
    return found
