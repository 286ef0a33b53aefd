"""The sentences of block B: boots and their answers, variables, resets, the clock. Reports are in `ocpp_reports`."""

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final

from pytest_bdd import parsers

from v2xconform.judge.verdict import Inconclusive
from v2xconform.steps.bench import Bench
from v2xconform.steps.look import Look, parse_value, seconds
from v2xconform.steps.ocpp_checks import ANSWER_S, answer_to, asked, is_said, last_deed
from v2xconform.steps.ocpp_deeds import BOOT_S, booted, plug_in, present, quiet, reached, wishes
from v2xconform.steps.ocpp_values import conditions, filled, fits, transaction
from v2xconform.steps.vocabulary import given, then, when
from v2xconform.trace.events import Event
from v2xconform.trace.query import is_protocol_message

_VARIABLE = r"[A-Z]\w+\.\w+(?:\[\w+\])?"
_LIMIT = r"(?: within (?P<limit>\d+(?:\.\d+)?) s)?"
_LISTS: Final = {
    "GetVariablesResponse": "getVariableResult",
    "SetVariablesResponse": "setVariableResult",
}
LATE_S: Final = 30.0
"""How much later than its interval a BootNotification may be repeated."""


# ---- boot


@given(parsers.re(r"a CSMS that answers the first boot with (?P<status>Pending|Rejected)"
                  r"(?: and an interval of (?P<interval>\d+) s)?"))  # fmt: skip
async def _(bench: Bench, status: str, interval: str | None) -> None:
    wanted = wishes(bench, "CSMS")
    wanted.policy.setdefault("provisioning", {})["boot_statuses"] = [status]
    if interval:
        wanted.persona["retry_interval_s"] = int(interval)


@given(parsers.re(r"a CSMS whose clock is (?P<error>-?\d+(?:\.\d+)?) s ahead"))
async def _(bench: Bench, error: str) -> None:
    wishes(bench, "CSMS").policy.setdefault("provisioning", {})["clock_error_s"] = float(error)


@given(parsers.re(r"a CSMS that wants a Heartbeat every (?P<interval>\d+) s"))
async def _(bench: Bench, interval: str) -> None:
    wishes(bench, "CSMS").persona["heartbeat_interval_s"] = int(interval)


@given(parsers.re(r"the boot is answered with (?P<status>Pending|Rejected)"))
async def _(bench: Bench, status: str) -> None:
    """How far things have come: the station has announced itself and was not accepted."""
    await bench.ocpp.start()
    await reached(bench.look, f"a boot that is answered with {status}", lambda e: _is_boot_answer(e, status))
    await quiet(bench)


@when(parsers.re(r"the operator wants the next boot to be answered with (?P<status>Pending|Rejected)"))
async def _(bench: Bench, status: str) -> None:
    """An operator registers the station anew at the CSMS under test, which then leaves it pending, or rejects it."""
    side = bench.ocpp
    facts = {"identity": side.identity, "status": status}
    if side.csms is None:
        if "registration" not in bench.setup.sut.stimuli:
            raise Inconclusive(
                "the description of the SUT has no stimulus 'registration' that withholds the acceptance"
            )
        await bench.stimulus("registration", **facts)
        return
    body = {"kind": "emulator", "text": "", "facts": facts}
    bench.recorder.add(kind="stimulus", layer="lab", name="registration", src="tester", dst="csms", body=body)
    side.csms.csms.provisioning.plan(side.identity, [status])


@given("the station is switched off and on")
@when("the station is switched off and on")
async def _(bench: Bench) -> None:
    await bench.ocpp.drive("power-cycle", "provisioning.power_cycle")


@given("the station has rebooted by a Reset")
@when("the station has rebooted by a Reset")
async def _(bench: Bench) -> None:
    """A preamble: Reset is accepted, and the boot that follows. Raises Inconclusive."""
    after = len(bench.look.events)
    await bench.ocpp.call("ResetRequest", {"type": "Immediate"})
    await reached(
        bench.look, "an accepted Reset",
        lambda e: is_said(e, "station", "ResetResponse") and e.body.get("status") == "Accepted", after,
    )  # fmt: skip
    await reached(bench.look, "the boot after the Reset", lambda e: _is_boot_answer(e, "Accepted"), after)


@given("the CSMS knows the limits of the station")
async def _(bench: Bench) -> None:
    """The operator lets the CSMS under test read how many variables it may ask for at once."""
    await booted(bench)
    items = [
        {"component": {"name": "DeviceDataCtrlr"}, "variable": {"name": "ItemsPerMessage", "instance": one}}
        for one in ("GetVariables", "SetVariables", "GetReport")
    ]
    await bench.ocpp.operate("GetVariablesRequest", {"getVariableData": items})
    await reached(bench.look, "the answer with the limits", lambda e: is_said(e, "station", "GetVariablesResponse"))


def _is_boot_answer(event: Event, status: str) -> bool:
    return is_said(event, "csms", "BootNotificationResponse") and event.body.get("status") == status


def boot_answer(look: Look) -> Event:
    """Return the last answer to a boot before this step. Raises Inconclusive when there is none."""
    found = look.before(lambda e: is_said(e, "csms", "BootNotificationResponse"))
    if found is None:
        raise Inconclusive("no boot was answered before this step")
    return found


@then("the station boots again once the interval has passed, and says nothing before")
async def _(bench: Bench) -> None:
    """[B02.FR.08], [B03.FR.02], [B03.FR.06]."""
    look = bench.look
    answer = boot_answer(look)
    interval = float(answer.body["interval"])
    found = await look.trace.first(
        lambda e: _is_request(e, "station") and e.id > answer.id, answer.id, answer.seconds + interval + LATE_S
    )
    took = None if found is None else found.seconds - answer.seconds
    observed = "nothing" if found is None or took is None else f"{found.name} after {seconds(took)}"
    expected = f"BootNotificationRequest not before {interval:g} s, and nothing else"
    early = look.context.tolerance_s
    met = (
        found is not None and took is not None and found.name == "BootNotificationRequest" and took >= interval - early
    )
    look.check(expected, observed, met, [answer, found])


@then("the station refuses it with SecurityError, or has closed the connection")
async def _(bench: Bench) -> None:
    """[B03.FR.04], [B03.FR.08]."""
    look = bench.look
    request = asked(look, "station")
    found = await answer_to(look, request, ANSWER_S)
    refused = found is not None and found.name == "CallError" and found.body.get("errorCode") == "SecurityError"
    closed = found is not None and found.kind == "close" and (found.body or {}).get("by") == "station"
    observed = look.describe(found, request) if found is not None else "no answer"
    if found is not None and found.name == "CallError":
        observed += f" {found.body.get('errorCode')}"
    look.check("CallError SecurityError", observed, refused or closed, [request, found])


@then(parsers.re(rf"the station boots(?: again)?(?: with (?P<wanted>.+?))?{_LIMIT}"))
async def _(bench: Bench, wanted: str | None, limit: str | None) -> None:
    """A BootNotification since the last deed that the CSMS accepts."""
    look, after = bench.look, last_deed(bench.look)
    start = look.events[after - 1].seconds if after else 0.0
    until = start + float(limit or BOOT_S)
    found = await look.trace.first(lambda e: is_said(e, "station", "BootNotificationRequest"), after, until)
    conditions_ = conditions(look, wanted) if wanted else []
    observed = look.describe(found) if found is not None else f"no boot; {look.last_words()}"
    if found is not None and conditions_:
        observed += f" with reason {found.body.get('reason')}"
    met = found is not None and fits(found, conditions_)
    look.check(f"BootNotificationRequest{f' with {wanted}' if wanted else ''}", observed, met, [found])
    await look.trace.first(lambda e: _is_boot_answer(e, "Accepted"), found.id if found else after, until)


@then(parsers.re(r"the station does not boot (?:again )?(?:for|within) (?P<limit>\d+(?:\.\d+)?) s"))
async def _(bench: Bench, limit: str) -> None:
    look, after = bench.look, last_deed(bench.look)
    start = look.events[after - 1].seconds if after else 0.0
    found = await look.trace.first(
        lambda e: is_said(e, "station", "BootNotificationRequest"), after, start + float(limit)
    )  # fmt: skip
    look.check(f"no BootNotificationRequest for {limit} s", look.describe(found), found is None, [found])


@then(parsers.re(r"the station sends a security event (?P<kinds>\w+(?: or \w+)*)" + _LIMIT))
async def _(bench: Bench, kinds: str, limit: str | None) -> None:
    look, after, wanted = bench.look, last_deed(bench.look), kinds.split(" or ")
    start = look.events[after - 1].seconds if after else 0.0
    found = await look.trace.first(
        lambda e: is_said(e, "station", "SecurityEventNotificationRequest") and e.body.get("type") in wanted,
        after, start + float(limit or ANSWER_S),
    )  # fmt: skip
    observed = look.describe(found) if found is not None else "none of them"
    look.check(f"SecurityEventNotificationRequest with type {kinds}", observed, found is not None, [found])


def _is_request(event: Event, role: str) -> bool:
    return is_protocol_message(event) and event.src == role and event.ref.get("rpc", {}).get("type") in (2, 6)


@then(parsers.re(r"the transaction has ended" + _LIMIT))
async def _(bench: Bench, limit: str | None) -> None:
    """Its last event has come, by whatever deed (the stop point decides which)."""
    look = bench.look
    number = transaction(look)
    start = look.events[last_deed(look) - 1].seconds
    found = await look.trace.first(
        lambda e: is_said(e, "station", "TransactionEventRequest") and e.body.get("eventType") == "Ended"
        and e.body.get("transactionInfo", {}).get("transactionId") == number,
        0, start + float(limit or ANSWER_S),
    )  # fmt: skip
    observed = look.describe(found) if found is not None else f"no end of it; {look.last_words()}"
    look.check(f"TransactionEventRequest with eventType = Ended of {number}", observed, found is not None, [found])


# ---- heartbeat and clock


@then(parsers.re(r"the station sends Heartbeats every (?P<interval>\d+(?:\.\d+)?) s"))
async def _(bench: Bench, interval: str) -> None:
    """Two of them, or other messages in their place ([G02.FR.02], [G02.FR.05])."""
    look, limit = bench.look, float(interval)
    since = look.events[max(0, last_deed(look) - 1)]
    for _ in range(2):
        found = await look.trace.first(
            lambda e: _is_request(e, "station"), since.id, since.seconds + 1.2 * limit + look.context.tolerance_s
        )  # fmt: skip
        observed = look.describe(found, since) if found is not None else "nothing"
        look.check(f"a Heartbeat, or another message, within {limit:g} s", observed, found is not None, [found])
        since = found or since
    start = look.events[max(0, last_deed(look) - 1)]
    beat = await look.trace.first(
        lambda e: is_said(e, "station", "HeartbeatRequest"), start.id, start.seconds + 6 * limit
    )  # fmt: skip
    said = [e for e in look.events[last_deed(look) :] if _is_request(e, "station")]
    if beat is None and len(said) >= 5:
        raise Inconclusive(f"the station has said so much else ({len(said)} requests) that no Heartbeat was needed")
    look.check("HeartbeatRequest", "one" if beat else "none", beat is not None, [beat])


@then(parsers.re(r"the station keeps the time of the CSMS in (?P<path>\w+) of its next (?P<message>[A-Z]\w+Request)"))
async def _(bench: Bench, path: str, message: str) -> None:
    """[B01.FR.06]: what it stamps now is the CSMS's time, not another one."""
    look = bench.look
    answer = boot_answer(look)
    found = await look.trace.first(
        lambda e: is_said(e, "station", message) and path in e.body, last_deed(look),
        look.events[last_deed(look) - 1].seconds + ANSWER_S,
    )  # fmt: skip
    if found is None:
        raise Inconclusive(f"no {message} came")
    error = _instant(found.body[path]) - _instant(answer.body["currentTime"]) - (found.seconds - answer.seconds)
    look.check(
        "a time within 10 s of the CSMS's", f"{path} = {found.body[path]}, {error:+.1f} s", abs(error) <= 10,
        [answer, found],
    )  # fmt: skip


def _instant(text: str) -> float:
    return datetime.fromisoformat(text.replace("Z", "+00:00").replace("z", "+00:00")).timestamp()


# ---- variables


def named(variable: str) -> dict[str, Any]:
    """Return ``Component.Variable[instance]`` as component and variable."""
    component, _, name = variable.partition(".")
    name, _, instance = name.rstrip("]").partition("[")
    return {
        "component": {"name": component},
        "variable": {"name": name, **({"instance": instance} if instance else {})},
    }


@when(
    parsers.re(rf"the CSMS asks for (?P<variables>{_VARIABLE}(?: and {_VARIABLE})*)(?: with attribute (?P<kind>\w+))?")
)
async def _(bench: Bench, variables: str, kind: str | None) -> None:
    items = [named(one) | ({"attributeType": kind} if kind else {}) for one in variables.split(" and ")]
    await bench.ocpp.call("GetVariablesRequest", {"getVariableData": items})


@when(parsers.re(rf"the CSMS tries to set (?P<pairs>{_VARIABLE} to .+?)(?: with attribute (?P<kind>\w+))?"))
async def _(bench: Bench, pairs: str, kind: str | None) -> None:
    items = []
    for pair in re.split(rf" and (?={_VARIABLE} to )", pairs):
        variable, _, value = pair.partition(" to ")
        text = str(filled(bench.look, value, bench.utc()))
        items.append(named(variable) | {"attributeValue": text} | ({"attributeType": kind} if kind else {}))
    await bench.ocpp.call("SetVariablesRequest", {"setVariableData": items})


@given(parsers.re(r"a second transaction at EVSE (?P<evse>\d+)"))
async def _(bench: Bench, evse: str) -> None:
    """With another token than the first one. Raises Inconclusive."""
    after = len(bench.look.events)
    await plug_in(bench, evse)
    await present(bench, "group_token", evse)
    await reached(
        bench.look, "a second transaction that charges",
        lambda e: is_said(e, "station", "TransactionEventRequest")
        and e.body.get("transactionInfo", {}).get("chargingState") == "Charging", after,
    )  # fmt: skip
    await quiet(bench)


@given(parsers.re(rf"the station has the variable (?P<variable>{_VARIABLE})(?: as (?P<value>.+))?"))
async def _(bench: Bench, variable: str, value: str | None) -> None:
    """A preamble: GetVariables tells a value (and that one). Raises Inconclusive."""
    await booted(bench)
    look = bench.look
    await bench.ocpp.call("GetVariablesRequest", {"getVariableData": [named(variable)]})
    request = next(e for e in reversed(look.events) if is_said(e, "csms", "GetVariablesRequest"))
    answer = await answer_to(look, request, ANSWER_S)
    found = next(_results(answer, variable), None) if answer is not None else None
    if found is None or found.get("attributeStatus") != "Accepted":
        raise Inconclusive(f"the station does not tell {variable}")
    if value is not None and value not in str(found.get("attributeValue", "")).split(","):
        raise Inconclusive(f"{variable} is {found.get('attributeValue')!r}, this test case needs {value}")


@then(
    parsers.re(
        rf"the result for (?P<variable>{_VARIABLE}) is (?P<statuses>\w+(?: or \w+)*)(?: with value (?P<value>.+))?"
    )
)
async def _(bench: Bench, variable: str, statuses: str, value: str | None) -> None:
    """The one entry for a variable in the answer to GetVariables or SetVariables ([B05.FR.02], [B06.FR.02])."""
    look = bench.look
    request = asked(look, "station")
    answer = await answer_to(look, request, ANSWER_S)
    found = list(_results(answer, variable)) if answer is not None else []
    allowed = statuses.split(" or ")
    wanted_kind = _kind_asked(request, variable)
    text = "no such entry" if not found else ", ".join(_in_words(one) for one in found)
    if answer is None or answer.name not in _LISTS:
        text = look.describe(answer)
    met = len(found) == 1 and found[0].get("attributeStatus") in allowed
    look.check(f"one result for {variable} with {statuses}", text, met, [request, answer])
    entry = found[0]
    if wanted_kind:
        same = entry.get("attributeType", "Actual") == wanted_kind
        look.check(f"attributeType = {wanted_kind}", text, same, [request, answer])
    if entry["attributeStatus"] == "Accepted" and "attributeStatusInfo" in entry:
        reason = entry["attributeStatusInfo"].get("reasonCode")
        look.check("no other reasonCode than NoError", f"reasonCode {reason}", reason == "NoError", [answer])
    if value is not None:
        right = filled(look, value)
        look.check(f"{variable} = {right}", text, str(entry.get("attributeValue")) == str(right), [request, answer])


@then(parsers.re(rf"the value of (?P<variable>{_VARIABLE}) in the answer matches (?P<pattern>.+)"))
async def _(bench: Bench, variable: str, pattern: str) -> None:
    """Wherever the answer to GetVariables has it: the order of the results is free ([B06.FR.01])."""
    look = bench.look
    request = asked(look, "station")
    answer = await answer_to(look, request, ANSWER_S)
    found = list(_results(answer, variable))
    text = ", ".join(_in_words(one) for one in found) or ("no such entry" if answer is not None else "no answer")
    values = [str(one.get("attributeValue", "")) for one in found if one.get("attributeStatus") == "Accepted"]
    met = len(values) == 1 and re.fullmatch(pattern, values[0]) is not None
    look.check(f"{variable} like {pattern}", text, met, [request, answer])


@then(parsers.re(r"the answer has one result for each variable that was asked for"))
async def _(bench: Bench) -> None:
    """[B05.FR.01], [B06.FR.01]."""
    look = bench.look
    request = asked(look, "station")
    answer = await answer_to(look, request, ANSWER_S)
    wanted = request.body.get("getVariableData") or request.body.get("setVariableData") or []
    found = answer.body.get(_LISTS.get(answer.name, ""), []) if answer is not None else []
    look.check(f"{len(wanted)} results", f"{len(found)} of them", len(wanted) == len(found), [request, answer])


def _results(answer: Event | None, variable: str) -> Iterator[dict[str, Any]]:
    if answer is None or answer.name not in _LISTS:
        return
    for one in answer.body.get(_LISTS[answer.name], ()):
        if _names(one) == _names(named(variable)):
            yield one


def _names(one: dict[str, Any]) -> tuple[str, str, str]:
    variable = one.get("variable", {})
    name, instance = str(variable.get("name", "")), str(variable.get("instance", ""))
    return str(one.get("component", {}).get("name", "")).lower(), name.lower(), instance.lower()


def _kind_asked(request: Event, variable: str) -> str:
    items = request.body.get("getVariableData") or request.body.get("setVariableData") or []
    return next((one.get("attributeType", "") for one in items if _names(one) == _names(named(variable))), "")


def _in_words(one: dict[str, Any]) -> str:
    value = f" = {one['attributeValue']!r}" if "attributeValue" in one else ""
    return f"{one.get('attributeType', '')} {one.get('attributeStatus')}{value}".strip()


@then(parsers.re(rf"the CSMS asks for (?P<variable>{_VARIABLE})" + _LIMIT))
@then(parsers.re(rf"the CSMS sets (?P<variable>{_VARIABLE}) to (?P<value>\S+)" + _LIMIT))
async def _(bench: Bench, variable: str, limit: str | None, value: str | None = None) -> None:
    """The CSMS under test asks for a variable, or sets it, once."""
    look, after = bench.look, last_deed(bench.look)
    name = "GetVariablesRequest" if value is None else "SetVariablesRequest"
    start = look.events[after - 1].seconds if after else 0.0

    def wanted(event: Event) -> bool:
        return is_said(event, "csms", name) and any(_is_wanted(one, variable, value) for one in _items(event))

    found = await look.trace.first(wanted, after, start + float(limit or ANSWER_S))
    came = found or next((e for e in reversed(look.events[after:]) if is_said(e, "csms", name)), None)
    shown = f"{came.name} {came.body}" if came is not None else "nothing of the kind"
    expected = f"{name} with {variable}{f' = {value}' if value is not None else ''}"
    look.check(expected, shown, found is not None, [came])


def _items(event: Event) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = event.body.get("getVariableData") or event.body.get("setVariableData") or []
    return found


def _is_wanted(one: dict[str, Any], variable: str, value: str | None) -> bool:
    if _names(one) != _names(named(variable)) or one.get("attributeType", "Actual") != "Actual":
        return False
    return value is None or str(parse_value(one.get("attributeValue", ""))) == str(parse_value(value))


@then(parsers.re(r"no request of the CSMS asks for more than (?P<most>\d+) variables"))
async def _(bench: Bench, most: str) -> None:
    """[B05.FR.11], [B06.FR.05]."""
    look = bench.look
    found = [
        e for e in look.events if is_said(e, "csms", "GetVariablesRequest") or is_said(e, "csms", "SetVariablesRequest")
    ]
    worst = max(found, key=lambda e: len(_items(e)), default=None)
    number = len(_items(worst)) if worst is not None else 0
    look.check(f"at most {most} variables in a request", f"{number} of them", number <= int(most), [worst])
