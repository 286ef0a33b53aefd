"""Sentences of blocks L and N: firmware, logs, customers. The ways of a firmware update or upload are lists of statuses."""

import hashlib
import re
from base64 import b64decode, b64encode
from collections.abc import Callable
from datetime import datetime
from typing import Any, Final

from pytest_bdd import parsers

from v2xconform.emulators.lab_firmware import lab_firmware
from v2xconform.judge.verdict import Inconclusive
from v2xconform.lab.yaml_lines import LabError
from v2xconform.steps.bench import Bench
from v2xconform.steps.look import Look, seconds
from v2xconform.steps.ocpp_checks import ANSWER_S, answer_to, asked, claimed, is_said, last_deed, reports_state
from v2xconform.steps.ocpp_deeds import asked_and_answered, reached, wishes
from v2xconform.steps.ocpp_values import filled, note_down, pixit
from v2xconform.steps.vocabulary import given, then
from v2xconform.trace.events import Event

_LIMIT = r"(?: within (?P<limit>\d+(?:\.\d+)?) s)?"
_OLD_S: Final = 900.0
"""So old is nothing that has just happened, whatever the clock."""
_WAY_S: Final = 300.0
"""How long a firmware update or an upload may take where the sentence does not say it."""
_LAB: Final = "lab"
"""PIXIT value that stands for what the lab makes itself."""
_MESSAGES: Final = {
    "firmware": "FirmwareStatusNotificationRequest", "log": "LogStatusNotificationRequest",
    "publishing": "PublishFirmwareStatusNotificationRequest",
}  # fmt: skip
_UPLOAD_FAILURES: Final = ("UploadFailure", "BadMessage", "PermissionDenied", "NotSupportedOperation")


# ---- Given: files and what is wrong with them


@given("the firmware files of the lab")
async def _(bench: Bench) -> None:
    """Note down where firmware lies, its certificate and signature, and wrong ones of both, as ``$firmware_location`` …"""
    lab, look = lab_firmware(), bench.look
    own = {
        "firmware_certificate": lab.good.certificate, "firmware_signature": lab.good.signature,
        "firmware_checksum": hashlib.md5(lab.good.data, usedforsecurity=False).hexdigest(),
        "broken_firmware_certificate": lab.broken.certificate, "broken_firmware_signature": lab.broken.signature,
    }  # fmt: skip
    for name, made in own.items():
        told = str(look.context.pixit.get(name, _LAB))  # a CSMS installs nothing, so its profile has no broken file
        note_down(bench.recorder, name, made if told == _LAB else told)
    location = str(pixit(look, "firmware_location"))
    signature = b64decode(str(filled(look, "$firmware_signature")))
    wrong = b64encode(signature[:-1] + bytes([signature[-1] ^ 1])).decode()
    for name, value in (
        ("missing_location", f"{location}.does-not-exist"), ("wrong_signature", wrong),
        ("stranger_certificate", lab.stranger), ("expired_certificate", lab.expired), ("revoked_certificate", lab.revoked),
    ):  # fmt: skip
        note_down(bench.recorder, name, value)


@given(parsers.re(r"a station whose firmware update ends with (?P<ending>\w+)"))
async def _(bench: Bench, ending: str) -> None:
    """Let the tester's station come to this end, whatever file the CSMS names."""
    wishes(bench, "station").policy.setdefault("firmware", {})["ends_with"] = ending


@given(parsers.re(r"a station whose (?P<what>firmware download|log upload) takes (?P<took>\d+) s"))
async def _(bench: Bench, what: str, took: str) -> None:
    block, name = ("firmware", "download_s") if what == "firmware download" else ("diagnostics", "upload_s")
    wishes(bench, "station").policy.setdefault(block, {})[name] = float(took)


@given("a station that cannot cancel a firmware update")
async def _(bench: Bench) -> None:
    wishes(bench, "station").policy.setdefault("firmware", {})["can_cancel"] = False


@given("a station that updates its firmware only while nobody charges")
async def _(bench: Bench) -> None:
    wishes(bench, "station").policy.setdefault("firmware", {})["downloads_while_charging"] = False


@given(parsers.re(r"a station whose log upload ends with (?P<ending>\w+)"))
async def _(bench: Bench, ending: str) -> None:
    wishes(bench, "station").policy.setdefault("diagnostics", {})["upload_ends_with"] = ending


@given(parsers.re(r"a station whose answer about customers is (?P<ending>data|no data|Rejected)"))
async def _(bench: Bench, ending: str) -> None:
    wishes(bench, "station").policy.setdefault("diagnostics", {})["customer_ends_with"] = ending


@given(parsers.re(r"a firmware update that is scheduled for later as request (?P<number>\d+)"))
async def _(bench: Bench, number: str) -> None:
    """Ask for an update in an hour. Inconclusive when the station does not say that it is scheduled."""
    payload = {
        "requestId": int(number),
        "firmware": {
            "location": "$firmware_location", "retrieveDateTime": "$now+3600", "installDateTime": "$now+3600",
            "signingCertificate": "$firmware_certificate", "signature": "$firmware_signature",
        },
    }  # fmt: skip
    await _under_way(bench, "UpdateFirmwareRequest", payload, "firmware", "DownloadScheduled")


@given(parsers.re(r"a log upload that is under way as request (?P<number>\d+)"))
async def _(bench: Bench, number: str) -> None:
    """Ask for the diagnostics log, for a slow server. Inconclusive when the station does not begin to upload."""
    payload = {
        "requestId": int(number), "logType": "DiagnosticsLog", "log": {"remoteLocation": "$slow_log_location"},
    }  # fmt: skip
    await _under_way(bench, "GetLogRequest", payload, "log", "Uploading")


async def _under_way(bench: Bench, name: str, payload: dict[str, Any], what: str, status: str) -> None:
    look, start = bench.look, len(bench.look.events)
    answer = await asked_and_answered(bench, name, bench.ocpp.filled(payload))
    if not isinstance(answer.body, dict) or answer.body.get("status") != "Accepted":
        raise Inconclusive(f"the station does not accept {name}: {look.describe(answer)}")
    number = payload["requestId"]
    await reached(
        look, f"{status} of request {number}",
        lambda e: is_said(e, "station", _MESSAGES[what]) and e.body == e.body | {"status": status, "requestId": number},
        start,
    )  # fmt: skip
    await bench.ocpp.settle()


# ---- Then: what the CSMS asks for


@then("the CSMS asks for an update with the certificate and the signature of the file")
async def _(bench: Bench) -> None:
    """PEM and base64 may be broken into lines as one likes."""
    look, taken = bench.look, claimed(bench.look)
    wanted = {
        "signingCertificate": filled(look, "$firmware_certificate"), "signature": filled(look, "$firmware_signature"),
    }  # fmt: skip
    found = await gathered(
        look, lambda e: is_said(e, "csms", "UpdateFirmwareRequest") and e.id not in taken, ANSWER_S, lambda e: True
    )
    told = found[0].body.get("firmware", {}) if found else {}
    wrong = [
        name
        for name, value in wanted.items()
        if "".join(str(told.get(name, "")).split()) != "".join(str(value).split())
    ]
    observed = f"other or missing: {', '.join(wrong)}" if wrong else "both"
    if not found:
        observed = f"no UpdateFirmwareRequest; {look.last_words()}"
    look.check(
        "UpdateFirmwareRequest with signingCertificate and signature of the file",
        observed,
        bool(found) and not wrong,
        found,
    )


@then(parsers.re(r"the station accepts the request and cancels the upload (?P<number>\d+)"))
async def _(bench: Bench, number: str) -> None:
    """[N01.FR.12]. Inconclusive when the older upload was over before the answer: there was nothing left to cancel."""
    look = bench.look
    request = asked(look, "station", "GetLogResponse")
    answer = await answer_to(look, request, ANSWER_S)
    status = answer.body.get("status") if answer is not None and answer.name == "GetLogResponse" else None
    before = look.events[: answer.id] if answer is not None else ()
    if status == "Accepted" and any(_is_end(one, int(number)) for one in before):
        raise Inconclusive(
            f"upload {number} was over before the station answered: slow_log_location is not slow enough"
        )
    shown = look.describe(answer, request) + (f" with status = {status}" if status else "")
    look.check("GetLogResponse with status = AcceptedCanceled", shown, status == "AcceptedCanceled", [request, answer])


def _is_end(event: Event, number: int) -> bool:
    told = is_said(event, "station", "LogStatusNotificationRequest") and event.body.get("requestId") == number
    return bool(told) and event.body.get("status") not in ("Uploading", "AcceptedCanceled")


# ---- Then: the way of statuses


async def gathered(
    look: Look, wanted: Callable[[Event], bool], within_s: float, final: Callable[[Event], bool]
) -> list[Event]:
    """Return what is wanted since the last deed, up to and with the first that is `final`; wait for it."""
    after = last_deed(look)
    until = (look.events[after - 1].seconds if after else 0.0) + within_s
    found: list[Event] = []
    while (event := await look.trace.first(wanted, after, until)) is not None:
        found.append(event)
        after = event.id
        if final(event):
            break
    return found


def follows(observed: list[str], way: list[str]) -> bool:
    """Tell whether statuses follow a way: ``X`` has to come, ``X?`` may, ``X|Y`` is either; the same again counts once."""
    parts = []
    for step in way:
        names = "|".join(re.escape(one) for one in step.removesuffix("?").split("|"))
        if step == "Downloading":
            names = "Downloading|DownloadPaused"  # a station may pause, and say so
        parts.append(f"(?:(?:(?:{names}) )+){'?' if step.endswith('?') else ''}")
    return re.fullmatch("".join(parts), "".join(f"{one} " for one in observed)) is not None


@then(
    parsers.re(
        r"the station tells the (?P<what>firmware|log) statuses (?P<way>\w.*?) for request (?P<number>\d+)" + _LIMIT
    )
)
async def _(bench: Bench, what: str, way: str, number: str, limit: str | None) -> None:
    """Each status in order and with the requestId; what follows behind the last one is for later sentences."""
    look, steps, name = bench.look, [one.strip() for one in way.split(",")], _MESSAGES[what]
    ends = steps[-1].removesuffix("?").split("|")
    taken, limit_s = claimed(look), float(limit or _WAY_S)
    if steps[-1].endswith("?"):
        raise LabError(f"the last status of {way!r} has to come")
    found = await gathered(
        look, lambda e: is_said(e, "station", name) and e.id not in taken,
        limit_s + look.context.tolerance_s, lambda e: e.body.get("status") in ends,
    )  # fmt: skip
    observed = [str(one.body.get("status")) for one in found]
    expected = f"{what} statuses {', '.join(steps)} with requestId {number}"
    strange = [one for one in found if one.body.get("requestId") != int(number)]
    told = ", ".join(f"{one.body.get('status')} ({one.body.get('requestId', 'no requestId')})" for one in found)
    met = follows(observed, steps) and not strange
    look.check(expected, told or f"none; {look.last_words()}", met, found)
    look.checks[-1]["claims"] = True


@then(
    parsers.re(
        r"the station tells the (?P<what>firmware|log) status (?P<status>\w+) never within (?P<limit>\d+(?:\.\d+)?) s"
    )
)
async def _(bench: Bench, what: str, status: str, limit: str) -> None:
    look = bench.look
    found = await gathered(
        look, lambda e: is_said(e, "station", _MESSAGES[what]) and e.body.get("status") == status, float(limit),
        lambda e: True,
    )  # fmt: skip
    observed = look.describe(found[0]) if found else "nothing of the kind"
    look.check(f"no {what} status {status} for {limit} s", observed, not found, found)


@then(parsers.re(r"the station raises the security event (?P<kind>\w+)" + _LIMIT))
async def _(bench: Bench, kind: str, limit: str | None) -> None:
    look, taken = bench.look, claimed(bench.look)
    found = await gathered(
        look,
        lambda e: is_said(e, "station", "SecurityEventNotificationRequest") and e.id not in taken and e.body.get("type") == kind,
        float(limit or ANSWER_S) + look.context.tolerance_s, lambda e: True,
    )  # fmt: skip
    observed = look.describe(found[0]) if found else f"no such event; {look.last_words()}"
    look.check(f"SecurityEventNotificationRequest with type = {kind}", observed, bool(found), found)
    look.checks[-1]["claims"] = True
    _check_new(look, found[0])


def _check_new(look: Look, event: Event) -> None:
    """What has just happened is not told to be long ago, by the time of the CSMS ([OCPP-EventTime])."""
    told = [
        e for e in look.events[: event.id]
        if e.name in ("BootNotificationResponse", "HeartbeatResponse") and "currentTime" in (e.body or {})
    ]  # fmt: skip
    if not told:
        return
    try:
        given, stamped = (
            datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()
            for text in (told[-1].body["currentTime"], event.body["timestamp"])
        )
    except ValueError:
        return  # the rule on times says it
    age = given + event.seconds - told[-1].seconds - stamped
    look.check("a timestamp of now", f"{event.body['timestamp']}, {age:.0f} s ago", age < _OLD_S, [event])


@then(parsers.re(r"every boot of the station has the reason (?P<reason>\w+)"))
async def _(bench: Bench, reason: str) -> None:
    """Those since the last deed; a station that needs no reboot has none."""
    look = bench.look
    found = [e for e in look.events[last_deed(look) :] if is_said(e, "station", "BootNotificationRequest")]
    told = ", ".join(str(one.body.get("reason")) for one in found) or "no boot"
    right = all(one.body.get("reason") == reason for one in found)
    look.check(f"BootNotificationRequest with reason = {reason}, if any", told, right, found)


@then("every boot of the station is accepted")
async def _(bench: Bench) -> None:
    """Those since the last deed: a station that was accepted is so behind an update."""
    look = bench.look
    found = [e for e in look.events[last_deed(look) :] if is_said(e, "csms", "BootNotificationResponse")]
    told = ", ".join(str(one.body.get("status")) for one in found) or "no boot"
    right = bool(found) and all(one.body.get("status") == "Accepted" for one in found)
    look.check("BootNotificationResponse with status = Accepted", told, right, found)


@then(parsers.re(r"the station refuses the log, or uploads one all the same, as request (?P<number>\d+)"))
async def _(bench: Bench, number: str) -> None:
    """What is not there is refused ([N01.FR.05]); who takes no notice of times has to do what it has accepted."""
    look = bench.look
    asked = look.before(lambda e: is_said(e, "csms", "GetLogRequest"))
    answer = await answer_to(look, asked, ANSWER_S) if asked is not None else None
    status = answer.body.get("status") if answer is not None and isinstance(answer.body, dict) else None
    accepted = status in ("Accepted", "AcceptedCanceled")
    found = await gathered(
        look, lambda e: is_said(e, "station", _MESSAGES["log"]), _WAY_S if accepted else 10.0,
        lambda e: e.body.get("status") in ("Uploaded", *_UPLOAD_FAILURES),
    )  # fmt: skip
    told = [str(one.body.get("status")) for one in found if one.body.get("requestId") == int(number)]
    met = follows(told, ["Uploading", "|".join(("Uploaded", *_UPLOAD_FAILURES))]) if accepted else not told
    observed = f"{status}, then {', '.join(told) or 'nothing'}"
    look.check("Rejected, or an upload", observed, met and (accepted or status == "Rejected"), [asked, answer, *found])


@then(parsers.re(r"every connector but that in use becomes Unavailable" + _LIMIT))
async def _(bench: Bench, limit: str | None) -> None:
    """Those that have been reported before and are not at the EVSE of the test case ([L01.FR.07])."""
    look, after = bench.look, last_deed(bench.look)
    used = int(pixit(look, "evse"))
    known = {place for event in look.events[:after] for place in _places(event)}
    start = look.events[after - 1].seconds if after else 0.0
    for evse, connector in sorted(place for place in known if place[0] != used):
        found = await look.trace.first(
            lambda e, where=(evse, connector): reports_state(e, "Unavailable", where),  # type: ignore[misc]
            after, start + float(limit or ANSWER_S) + look.context.tolerance_s,
        )  # fmt: skip
        observed = look.describe(found) if found is not None else f"no such report; {look.last_words()}"
        look.check(f"connector {connector} of EVSE {evse} becomes Unavailable", observed, found is not None, [found])


def _places(event: Event) -> list[tuple[int, int]]:
    """Return the connectors of which a message of the station tells the state."""
    if is_said(event, "station", "StatusNotificationRequest"):
        return [(event.body["evseId"], event.body["connectorId"])]
    if not is_said(event, "station", "NotifyEventRequest"):
        return []
    told = [one.get("component", {}) for one in event.body.get("eventData", ())]
    places = [one.get("evse", {}) for one in told if one.get("name") == "Connector"]
    return [(one["id"], one["connectorId"]) for one in places if "id" in one and "connectorId" in one]


@then(
    parsers.re(r"the station fails to upload for request (?P<number>\d+) (?P<times>\d+) times, (?P<apart>\d+) s apart")
)
async def _(bench: Bench, number: str, times: str, apart: str) -> None:
    """Each attempt is told by its failure; between first Uploading and last failure lie the waits ([N01.FR.10])."""
    look, count, wait = bench.look, int(times), float(apart)
    slack = (count + 1) * 10.0
    span = (count - 1) * wait
    found = await gathered(
        look, lambda e: is_said(e, "station", _MESSAGES["log"]), span + slack + wait, lambda e: False
    )  # fmt: skip
    failures = [one for one in found if one.body.get("status") in _UPLOAD_FAILURES]
    begins = [one for one in found if one.body.get("status") == "Uploading"]
    starts = [one for one in begins if found.index(one) == 0 or found[found.index(one) - 1] not in begins]
    strange = [one for one in found if one.body.get("requestId") != int(number)]
    told = ", ".join(str(one.body.get("status")) for one in found) or "nothing"
    look.check(
        f"Uploading for request {number} first", told, bool(found) and found[0] in starts and not strange, found[:1]
    )
    took = failures[-1].seconds - starts[0].seconds if failures else 0.0
    jitter = look.context.jitter(starts[0].seconds, failures[-1].seconds) if failures else 0.0
    in_time = span - look.context.tolerance_s - jitter <= took <= span + slack
    observed = f"{len(failures)} failures ({told}) in {seconds(took)}"
    met = len(failures) == count and len(starts) <= count and in_time
    look.check(f"{count} failed attempts, {wait:g} s apart", observed, met, found)


@then(parsers.re(r"the CSMS acknowledges the (?P<what>firmware|log|publishing) statuses (?P<way>\w.*?)" + _LIMIT))
async def _(bench: Bench, what: str, way: str, limit: str | None) -> None:
    """The tester's station told each of them, and the CSMS answered each with the response, not with an error."""
    look, steps, name = bench.look, [one.strip() for one in way.split(",")], _MESSAGES[what]
    taken = claimed(look)
    found = await gathered(
        look, lambda e: is_said(e, "station", name) and e.id not in taken, float(limit or _WAY_S),
        lambda e: e.body.get("status") == steps[-1],
    )  # fmt: skip
    told = [str(one.body.get("status")) for one in found]
    if not follows(told, steps):
        raise Inconclusive(f"the station of the tester told {', '.join(told) or 'nothing'} instead of {way}")
    for one in found:
        answer = await answer_to(look, one, ANSWER_S)
        right = answer is not None and answer.name == name.replace("Request", "Response")
        observed = f"{one.body.get('status')}: {look.describe(answer, one)}"
        look.check(f"{name.replace('Request', 'Response')} to {one.body.get('status')}", observed, right, [one, answer])
    look.check(f"{what} statuses {way}", ", ".join(told), True, found)
    look.checks[-1]["claims"] = True


@then(
    parsers.re(r"the CSMS acknowledges (?P<message>[A-Z]\w+Request)(?: with (?P<path>\w+) = (?P<value>\w+))?" + _LIMIT)
)
async def _(bench: Bench, message: str, path: str | None, value: str | None, limit: str | None) -> None:
    """The tester's station sent it since the last deed, and the CSMS answered with its response."""
    look, taken = bench.look, claimed(bench.look)
    found = await gathered(
        look,
        lambda e: is_said(e, "station", message) and e.id not in taken and (not path or str(e.body.get(path)) == value),
        float(limit or ANSWER_S), lambda e: True,
    )  # fmt: skip
    if not found:
        raise Inconclusive(f"the station of the tester sent no {message}; {look.last_words()}")
    answer = await answer_to(look, found[0], ANSWER_S)
    wanted = message.replace("Request", "Response")
    right = answer is not None and answer.name == wanted
    look.check(f"{wanted}", look.describe(answer, found[0]), right, [found[0], answer])
    look.check(f"{message} is acknowledged", look.describe(found[0]), True, [found[0]])
    look.checks[-1]["claims"] = True


@then(parsers.re(r"the report (?P<number>\d+) on a customer is whole"))
async def _(bench: Bench, number: str) -> None:
    """tbc is true in all parts but the last."""
    look = bench.look
    found = await gathered(
        look,
        lambda e: is_said(e, "station", "NotifyCustomerInformationRequest") and e.body.get("requestId") == int(number),
        ANSWER_S, lambda e: not e.body.get("tbc"),
    )  # fmt: skip
    whole = bool(found) and not found[-1].body.get("tbc")
    look.check("a last part, without tbc", f"{len(found)} parts", whole, found)


@then(parsers.re(r"the report (?P<number>\d+) on a customer is another one than (?P<other>\d+)"))
async def _(bench: Bench, number: str, other: str) -> None:
    """What a report says is free; that it says the same of a known and an unknown customer is wrong."""
    look = bench.look
    reports = [e for e in look.events if is_said(e, "station", "NotifyCustomerInformationRequest")]
    texts = {
        one: "".join(str(e.body.get("data")) for e in reports if e.body.get("requestId") == int(one))
        for one in (number, other)
    }
    met = bool(texts[number]) and texts[number] != texts[other]
    look.check(f"report {number} differs from {other}", f"{texts[number]!r} and {texts[other]!r}", met, reports[-1:])
