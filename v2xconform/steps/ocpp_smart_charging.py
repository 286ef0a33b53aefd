"""The sentences of block K: charging profiles, composite schedules, external limits, EVs that negotiate (K01 to K29).

A profile is said in one line: ``charging profile 501 at EVSE 1: TxDefaultProfile, Absolute, level 0, limits 0: 6, 100: 8``; the
docstring has further fields of it, those of its schedule below ``schedule``. Limits are in A; where the PIXIT rate_unit is W,
they count as kW in profiles and expectations alike.
"""

import json
import re
from typing import Any, Final

from pytest_bdd import parsers

from v2xconform.judge.verdict import Inconclusive
from v2xconform.lab.sut import StimulusName
from v2xconform.lab.yaml_lines import LabError
from v2xconform.steps.bench import Bench
from v2xconform.steps.look import Look
from v2xconform.steps.ocpp_deeds import BOOT_S, asked_and_answered, booted, present, quiet, reached
from v2xconform.steps.ocpp_values import filled, note_down, payload, pixit
from v2xconform.steps.vocabulary import given, when
from v2xconform.trace.events import Event
from v2xconform.trace.query import field_at

_PLACE: Final = r"(?P<place>EVSE \d+|the EVSE|the station|an EVSE that is not there)"
_PROFILE: Final = r"(?P<said>charging profile .+)"
_SAID: Final = re.compile(
    rf"charging profile (?P<number>-?\d+) at {_PLACE}: (?P<purpose>\w+)(?:, (?P<kind>Absolute|Relative|Recurring|Dynamic))?"
    r"(?:, level (?P<level>\d+))?(?:, limits (?P<limits>[\d.:, ]+))?"
)


_MORE_THAN_ANY: Final = 90
"""So many EVSEs no station has that the lab has miscounted."""


def place_of(look: Look, text: str) -> int:
    """Return the evseId of a place."""
    if text == "the station":
        return 0
    if text == "an EVSE that is not there":
        return int(pixit(look, "evse_count")) + _MORE_THAN_ANY
    return int(pixit(look, "evse")) if text == "the EVSE" else int(text.removeprefix("EVSE "))


def scale(look: Look) -> float:
    """Return by what limits of the sentences are multiplied: kilowatts where the unit is W."""
    return 1000.0 if pixit(look, "rate_unit") == "W" else 1.0


def number_of(value: float) -> float | int:
    """Return a number as JSON should have it."""
    return int(value) if value == int(value) else value


def profile_of(look: Look, utc: float, text: str, docstring: str) -> dict[str, Any]:
    """Return the SetChargingProfileRequest of a sentence. Raises LabError."""
    said = _SAID.fullmatch(text)
    if said is None:
        raise LabError(f"{text!r} is not of the form `charging profile 501 at the EVSE: TxDefaultProfile, limits 0: 6`")
    kind = said["kind"] or "Absolute"
    more = filled(look, payload(docstring), utc) if docstring.strip() else {}
    schedule: dict[str, Any] = {"id": 1, "chargingRateUnit": pixit(look, "rate_unit")}
    if kind in ("Absolute", "Recurring"):
        schedule["startSchedule"] = filled(look, "$now", utc)
    by = scale(look)
    schedule["chargingSchedulePeriod"] = [
        {"startPeriod": start, "limit": number_of(limit * by), "numberPhases": int(pixit(look, "phases"))}
        for start, limit in limits_of(said["limits"] or "0: 6")
    ]
    _merge(schedule, more.pop("schedule", {}))
    evse = int(more.pop("evseId", place_of(look, said["place"] or "")))
    profile = {
        "id": int(said["number"] or 0), "stackLevel": int(said["level"] or 0), "chargingProfilePurpose": said["purpose"],
        "chargingProfileKind": kind, "chargingSchedule": [schedule], **more,
    }  # fmt: skip
    return {"evseId": evse, "chargingProfile": profile}


def _merge(tree: dict[str, Any], more: dict[str, Any]) -> None:
    """Set fields of a schedule; null takes one away, ``period`` sets fields of every period."""
    for key, value in more.items():
        if key == "period":
            for period in tree["chargingSchedulePeriod"]:
                _merge(period, value)
        elif value is None:
            tree.pop(key, None)
        else:
            tree[key] = value


def limits_of(text: str) -> list[tuple[int, float]]:
    """Return ``0: 6, 100: 8`` as pairs. Raises LabError."""
    found = []
    for part in text.split(","):
        start, colon, limit = part.partition(":")
        if not colon:
            raise LabError(f"{part.strip()!r} is not of the form `start: limit`")
        found.append((int(start), float(limit)))
    return found


# ---- profiles


@when(parsers.re(rf"the CSMS sets {_PROFILE}"))
async def _(bench: Bench, said: str, docstring: str = "") -> None:
    """Send SetChargingProfile as the tester."""
    await bench.ocpp.call("SetChargingProfileRequest", profile_of(bench.look, bench.utc(), said, docstring))


@given(parsers.re(rf"the station has {_PROFILE}"))
@when(parsers.re(rf"the station has got {_PROFILE}"))
async def _(bench: Bench, said: str, docstring: str = "") -> None:
    """Install a profile; Inconclusive where the station does not accept it."""
    tree = profile_of(bench.look, bench.utc(), said, docstring)
    answer = await asked_and_answered(bench, "SetChargingProfileRequest", tree)
    if field_at(answer.body, "status") != "Accepted":
        raise Inconclusive(f"preamble: the station does not accept {said}: {bench.look.describe(answer)}")
    await quiet(bench)


@when(parsers.re(rf"the operator sets {_PROFILE}"))
@given(parsers.re(rf"the operator has set {_PROFILE}"))
async def _(bench: Bench, said: str, docstring: str = "") -> None:
    """Make the CSMS under test send a profile."""
    await bench.ocpp.operate("SetChargingProfileRequest", profile_of(bench.look, bench.utc(), said, docstring))


@when(parsers.re(r"the CSMS starts a transaction remotely with a charging profile(?: of (?P<purpose>\w+))?"))
async def _(bench: Bench, purpose: str | None, docstring: str = "") -> None:
    """Send RequestStartTransaction with charging profile 501: Relative, 6 A."""
    await bench.ocpp.call("RequestStartTransactionRequest", start_with(bench, purpose or "TxProfile", docstring))


@when("the operator starts a transaction remotely with a charging profile")
async def _(bench: Bench, docstring: str = "") -> None:
    """Make the CSMS under test send RequestStartTransaction with charging profile 501: Relative, 6 A."""
    await bench.ocpp.operate("RequestStartTransactionRequest", start_with(bench, "TxProfile", docstring))


def start_with(bench: Bench, purpose: str, docstring: str) -> dict[str, Any]:
    """Return a RequestStartTransactionRequest with a profile."""
    look = bench.look
    made = profile_of(look, bench.utc(), f"charging profile 501 at the EVSE: {purpose}, Relative", docstring)
    return {
        "idToken": {"idToken": str(pixit(look, "valid_token")), "type": str(pixit(look, "valid_token_type"))},
        "evseId": made["evseId"], "remoteStartId": 77, "chargingProfile": made["chargingProfile"],
    }  # fmt: skip


@when(parsers.re(rf"the CSMS asks for the composite schedule of {_PLACE} over (?P<duration>\d+) s"))
async def _(bench: Bench, place: str, duration: str) -> None:
    look = bench.look
    tree = {
        "evseId": place_of(look, place),
        "duration": int(duration),
        "chargingRateUnit": pixit(look, "rate_unit"),
    }
    await bench.ocpp.call("GetCompositeScheduleRequest", tree)


@when(parsers.re(r"\$(?P<name>\w+) is now"))
@given(parsers.re(r"\$(?P<name>\w+) is now"))
async def _(bench: Bench, name: str) -> None:
    """Note down this instant."""
    note_down(bench.recorder, name, filled(bench.look, "$now", bench.utc()))


@when("the station is rebooted")
async def _(bench: Bench) -> None:
    """Reset the station and wait for its boot. Inconclusive where it does not reset."""
    before = len(bench.recorder.events)
    answer = await asked_and_answered(bench, "ResetRequest", {"type": "Immediate"})
    if field_at(answer.body, "status") not in ("Accepted", "Scheduled"):
        raise Inconclusive(f"the station does not reset: {bench.look.describe(answer)}")
    await reached(
        bench.look, "the boot after the reset",
        lambda e: e.kind == "message" and e.name == "BootNotificationResponse" and e.body.get("status") == "Accepted",
        before, 300.0,
    )  # fmt: skip
    await quiet(bench)


# ---- external limits, EVs, users


@given(
    parsers.re(
        r"an external system has limited (?P<place>EVSE \d+|the station) to (?P<limit>\d+) W(?P<local> of local generation)?"
    )
)
@when(
    parsers.re(
        r"an external system limits (?P<place>EVSE \d+|the station) to (?P<limit>\d+) W(?P<local> of local generation)?"
    )
)
async def _(bench: Bench, place: str, limit: str, local: str | None) -> None:
    evse = place_of(bench.look, place)
    wanted = {"limit": int(limit), "evse": evse, "generation": bool(local)}
    await bench.ocpp.drive("limit", "smart_charging.external_limit", wanted, **wanted)
    await quiet(bench)


@when(parsers.re(r"the external system releases its limit(?: on (?P<place>EVSE \d+))?"))
async def _(bench: Bench, place: str | None) -> None:
    wanted = {"evse": place_of(bench.look, place or "the station")}
    await bench.ocpp.drive("unlimit", "smart_charging.external_release", wanted, **wanted)
    await quiet(bench)


@given(parsers.re(r"an EV on the cable that speaks (?P<kind>ISO 15118-2|ISO 15118-20 scheduled|ISO 15118-20 dynamic)"))
@when(
    parsers.re(
        r"the driver plugs in an EV that speaks (?P<kind>ISO 15118-2|ISO 15118-20 scheduled|ISO 15118-20 dynamic)"
    )
)
async def _(bench: Bench, kind: str) -> None:
    number = int(pixit(bench.look, "evse"))
    arguments = [bench.ocpp.evse(number), kind] if bench.ocpp.station is not None else []
    await bench.ocpp.drive("plug", "smart_charging.plug_in_ev", *arguments, evse=number, ev=kind)


@when("the EV asks for another amount of energy")
async def _(bench: Bench) -> None:
    number = int(pixit(bench.look, "evse"))
    arguments = [bench.ocpp.evse(number)] if bench.ocpp.station is not None else []
    await bench.ocpp.drive("renegotiate-schedule", "smart_charging.ev_renegotiates", *arguments, evse=number)


@when(parsers.re(r"the user (?P<what>asks for|ends) priority charging at the station"))
async def _(bench: Bench, what: str) -> None:
    number, on = int(pixit(bench.look, "evse")), what == "asks for"
    arguments = [bench.ocpp.evse(number), on] if bench.ocpp.station is not None else []
    stimulus: StimulusName = "start-button" if on else "stop-button"
    await bench.ocpp.drive(stimulus, "smart_charging.local_priority", *arguments, evse=number, priority=on)


@given(parsers.re(r"a CSMS whose answer to charging needs is (?P<status>\w+)"))
async def _(bench: Bench, status: str) -> None:
    """Choose what the tester's CSMS does with needs; it sends a profile on Accepted and Processing only."""
    bench.ocpp.csms_wishes.policy.setdefault("smart_charging", {})["needs_status"] = status


@given(parsers.re(r"a CSMS that lets EVs have (?P<watts>\d+) W"))
async def _(bench: Bench, watts: str) -> None:
    bench.ocpp.csms_wishes.policy.setdefault("smart_charging", {})["limit_w"] = float(watts)


@given("an EV that exceeds the first schedule that it gets")
async def _(bench: Bench) -> None:
    """Let the tester's simulated EV announce more than the CSMS has allowed."""
    bench.ocpp.station_wishes.policy.setdefault("smart_charging", {})["ev_excess"] = 1.5


@given(
    parsers.re(r"a transaction of an EV that speaks (?P<kind>ISO 15118-2|ISO 15118-20 scheduled|ISO 15118-20 dynamic)")
)
async def _(bench: Bench, kind: str) -> None:
    """Bring both sides to where such an EV has its schedule and charges. Raises Inconclusive."""
    await booted(bench)
    number = int(pixit(bench.look, "evse"))
    arguments = [bench.ocpp.evse(number), kind] if bench.ocpp.station is not None else []
    await bench.ocpp.drive("plug", "smart_charging.plug_in_ev", *arguments, evse=number, ev=kind)
    await present(bench)
    await reached(bench.look, "an EV that charges by its schedule", is_charging, within_s=BOOT_S)
    await reached(bench.look, "a TxProfile for the EV", is_given, within_s=BOOT_S)
    await quiet(bench)


def is_given(event: Event) -> bool:
    """Tell whether a message is a TxProfile of the CSMS."""
    return (
        event.kind == "message"
        and event.name == "SetChargingProfileRequest"
        and field_at(event.body, "chargingProfile.chargingProfilePurpose") == "TxProfile"
    )


def is_charging(event: Event) -> bool:
    """Tell whether a message says that energy flows."""
    return (
        event.kind == "message"
        and event.name == "TransactionEventRequest"
        and field_at(event.body, "transactionInfo.chargingState") == "Charging"
    )


@when("the operator sets a new charging profile for the EV")
async def _(bench: Bench) -> None:
    """Make the CSMS under test send the TxProfile of the EV again, with lower limits (K16)."""
    await bench.ocpp.operate("SetChargingProfileRequest", lowered(bench.look))


@when("the CSMS sets a new charging profile for the EV")
async def _(bench: Bench) -> None:
    """Send the TxProfile of the EV again, with lower limits (K16)."""
    await bench.ocpp.call("SetChargingProfileRequest", lowered(bench.look))


def lowered(look: Look) -> dict[str, Any]:
    """Return the last SetChargingProfileRequest with a TxProfile at eight tenths of its limits. Raises Inconclusive."""
    for event in reversed(look.events):
        if event.kind == "message" and event.name == "SetChargingProfileRequest":
            tree: dict[str, Any] = json.loads(json.dumps(event.body))
            if tree["chargingProfile"]["chargingProfilePurpose"] == "TxProfile":
                for schedule in tree["chargingProfile"]["chargingSchedule"]:
                    for period in schedule["chargingSchedulePeriod"]:
                        period["limit"] = round(period["limit"] * 0.8, 1)
                return tree
    raise Inconclusive("no TxProfile has been sent for the EV")


_SUPPORT: Final = {
    "PriorityCharging": "SupportedAdditionalPurposes", "LocalGeneration": "SupportedAdditionalPurposes",
    "useLocalTime": "SupportsUseLocalTime", "randomizedDelay": "SupportsRandomizedDelay",
    "limitAtSoC": "SupportsLimitAtSoC", "evseSleep": "SupportsEvseSleep",
}  # fmt: skip
"""What a profile may have -> variable of SmartChargingCtrlr that says whether the station supports it."""


@given(parsers.re(r"the station does not support (?P<what>\w+)"))
async def _(bench: Bench, what: str) -> None:
    """Look whether it does, and switch it off where it does. Inconclusive where that is not possible."""
    if what not in _SUPPORT:
        raise LabError(f"{what!r} is none of {', '.join(_SUPPORT)}")
    item = {"component": {"name": "SmartChargingCtrlr"}, "variable": {"name": _SUPPORT[what]}}
    answer = await asked_and_answered(bench, "GetVariablesRequest", {"getVariableData": [item]})
    value = field_at(answer.body, "getVariableResult.0.attributeValue")
    listed = isinstance(value, str) and (value == "true" or what in value.split(","))
    if not listed:
        return
    rest = "false" if value == "true" else ",".join(one for one in value.split(",") if one != what)
    setting = {"setVariableData": [{**item, "attributeValue": rest}]}
    done = await asked_and_answered(bench, "SetVariablesRequest", setting)
    if field_at(done.body, "setVariableResult.0.attributeStatus") != "Accepted":
        raise Inconclusive(f"the station supports {what}, and {_SUPPORT[what]} cannot be set to {rest!r}")
