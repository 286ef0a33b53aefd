"""What a test case leaves behind at a real device is taken back at its end: the next one begins with the same device.

An emulator of ours is made anew for each test case; a real station keeps its variables, charging profiles, lists and monitors.
`OcppSide.call` notes down how variables were.
"""

from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import islice
from typing import Any, Final

import anyio

from v2xconform.judge.verdict import Inconclusive
from v2xconform.lab.sut import StimulusName
from v2xconform.links.errors import LinkError
from v2xconform.protocols.ocpp import is_ocpp
from v2xconform.steps.bench import Bench
from v2xconform.steps.ocpp_deeds import asked_and_answered
from v2xconform.trace.events import Event

Payload = dict[str, Any]
Undo = Callable[[Payload, Payload], Payload]
"""Request and accepted answer -> what takes it back."""

_ACCEPTED: Final = frozenset({"Accepted", "Scheduled"})
_UNDO: Final[dict[str, tuple[str, Undo]]] = {
    "SetChargingProfile": (
        "ClearChargingProfile", lambda request, answer: {"chargingProfileId": request["chargingProfile"]["id"]},
    ),
    "SendLocalList": ("SendLocalList", lambda request, answer: {"versionNumber": 1, "updateType": "Full"}),
    "ReserveNow": ("CancelReservation", lambda request, answer: {"reservationId": request["id"]}),
    "SetDisplayMessage": ("ClearDisplayMessage", lambda request, answer: {"id": request["message"]["id"]}),
    "SetDERControl": ("ClearDERControl", lambda request, answer: {
        "isDefault": request["isDefault"], "controlType": request["controlType"], "controlId": request["controlId"],
    }),
    "ChangeAvailability": ("ChangeAvailability", lambda request, answer: request | {"operationalStatus": "Operative"}),
    "SetMonitoringBase": ("SetMonitoringBase", lambda request, answer: {"monitoringBase": "All"}),
    "SetMonitoringLevel": ("SetMonitoringLevel", lambda request, answer: {"severity": 9}),
}  # fmt: skip
"""Accepted request -> the request that takes it back. Roots stay: to delete one may lock the tester out."""
_BACK: Final[dict[str, StimulusName]] = {
    "plug": "unplug", "park": "leave", "fault": "repair", "go-offline": "go-online", "limit": "unlimit",
}  # fmt: skip
"""What the lab has made the device do -> what it does to have it as before."""
_PASSWORD: Final = "BasicAuthPassword"
_ENOUGH: Final = 40
"""So many things are taken back at most: a test case leaves a handful."""
_PATIENCE_S: Final = 60.0
"""For all of it."""


async def restore(bench: Bench) -> None:
    """Take back what the station under test has accepted, the newest first, and set its variables as they were. A CSMS under
    test only goes back to the password that its station comes with.

    Call it once, after the last step. Never raises: a station that is gone, or does not answer, stays as it is.
    """
    if bench.setup.sut.emulator is not None:
        return
    if not bench.ocpp.sut_is_station:
        await _restore_password(bench)
        return
    if bench.ocpp.csms is None:
        return
    deeds = list(_to_do(bench.recorder.events))
    requests = [*islice(_to_undo(bench.recorder.events), _ENOUGH), *_former_values(bench)]
    if not (deeds or requests):
        return
    bench.recorder.add(kind="note", layer="lab", name="what the test case has changed is taken back", src="tester")
    with anyio.move_on_after(_PATIENCE_S):
        for name, facts in deeds:
            with suppress(Inconclusive):  # the lab may have no stimulus for it: then a person has done it, or has to
                await bench.ocpp.drive(name, "", **facts)
        with suppress(Inconclusive, LinkError):
            for request, payload in requests:
                await asked_and_answered(bench, request, payload)


async def _restore_password(bench: Bench) -> None:
    """Let the operator of the CSMS under test give the tester's station its old password again: the next one comes with it."""
    changed = [
        event for event in bench.recorder.events
        if event.name == "SetVariablesRequest" and event.src == "csms" and _PASSWORD in _names(event)
    ]  # fmt: skip
    if not changed or bench.ocpp.station is None or bench.ocpp.station.line is None:
        return
    bench.recorder.add(kind="note", layer="lab", name="the station gets its old password again", src="tester")
    item = {
        "component": {"name": "SecurityCtrlr"}, "variable": {"name": _PASSWORD}, "attributeValue": bench.ocpp.reach.password,
    }  # fmt: skip
    with suppress(Inconclusive), anyio.move_on_after(_PATIENCE_S):
        await bench.ocpp.operate("SetVariablesRequest", {"setVariableData": [item]})


def _names(event: Event) -> list[str]:
    """Return the variables that a request sets; one that is broken sets none."""
    items = event.body.get("setVariableData", ()) if isinstance(event.body, dict) else ()
    return [
        one["variable"].get("name", "") for one in items
        if isinstance(one, dict) and isinstance(one.get("variable"), dict)
    ]  # fmt: skip


def _to_do(events: list[Event]) -> Iterator[tuple[StimulusName, Payload]]:
    """Yield the stimuli that undo those which nothing has undone."""
    open_: dict[tuple[str, object], Payload] = {}
    for event in events:
        if event.kind != "stimulus":
            continue
        facts = (event.body or {}).get("facts") or {}
        place = facts.get("evse")
        if event.name in _BACK:
            open_[event.name, place] = facts
        for name in [name for name, back in _BACK.items() if back == event.name]:
            open_.pop((name, place), None)
    for (name, _), facts in open_.items():
        yield _BACK[name], {key: facts[key] for key in ("evse", "connector") if key in facts}


def _former_values(bench: Bench) -> Iterator[tuple[str, Payload]]:
    for place, value in bench.ocpp.former_values.values():
        yield "SetVariablesRequest", {"setVariableData": [place | {"attributeValue": value}]}


def _to_undo(events: list[Event]) -> Iterator[tuple[str, Payload]]:
    """Yield requests that take accepted ones back, the newest first, each once."""
    answers = {event.ref["answers"]: event for event in events if is_ocpp(event.layer) and "answers" in event.ref}
    done: list[tuple[str, Payload]] = []
    for event in reversed(events):
        answer = answers.get(event.id)
        if answer is None or event.src != "csms" or not isinstance(answer.body, dict):
            continue
        action = event.name.removesuffix("Request")
        for name, payload in _undone(action, event.body, answer.body):
            if (name, payload) not in done:
                done.append((name, payload))
                yield name, payload
    if any(event.src == "csms" and isinstance(event.body, dict) and "idTokenInfo" in event.body for event in events):
        yield "ClearCacheRequest", {}  # tokens that it has learned


def _undone(action: str, request: Payload, answer: Payload) -> Iterator[tuple[str, Payload]]:
    if action == "SetVariableMonitoring":
        found = answer.get("setMonitoringResult", ())
        ids = [one["id"] for one in found if one.get("status") == "Accepted" and "id" in one]
        if ids:
            yield "ClearVariableMonitoringRequest", {"id": ids}
        return
    undo = _UNDO.get(action)
    if undo is not None and answer.get("status") in _ACCEPTED:
        try:
            yield f"{undo[0]}Request", undo[1](request, answer)
        except KeyError:
            return  # a request that was broken on purpose has nothing to take back
