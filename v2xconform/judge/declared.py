"""What a device has declared, in a trace, not to be able to do. A test case that needs it, where the PICS do not claim it,
proves nothing about the device: unknown stays unknown. What the PICS claim is held against it all the same.
"""

from collections.abc import Collection, Iterator, Sequence
from typing import Any, Final

from v2xconform.judge.context import DELIBERATE
from v2xconform.lab.roles import Role
from v2xconform.protocols.iso15118.session20 import CONTROL_MODES, SERVICE_IDS, as_list
from v2xconform.trace.events import Event
from v2xconform.trace.query import MISSING, field_at, is_protocol_message

_ISO20: Final = "urn:iso:std:iso:15118:-20:"


def lacks(events: Sequence[Event], sut: Role, needed: Collection[str]) -> str:
    """Return in one sentence what of *needed* (names of PICS) the SUT has declared not to have; "" = nothing."""
    find = _DECLARATIONS.get(sut)
    if find is None:
        return ""
    messages = [event for event in events if is_protocol_message(event) and isinstance(event.body, dict)]
    for name, text in find(messages, sut):
        if name in needed:
            return (
                f"{text}; state {name}: no in the PICS if it is not supported, {name}: yes to hold it against the SUT"
            )
    return ""


def _charger(messages: Sequence[Event], sut: Role) -> Iterator[tuple[str, str]]:
    asked: Event | None = None
    for event in messages:
        if event.src != sut:
            asked = event
            continue
        if asked is None or asked.note == DELIBERATE:
            continue
        if event.name == "supportedAppProtocolRes" and str(event.body.get("ResponseCode", "")).startswith("Failed"):
            yield from _refused(asked)
        elif event.name == "ServiceDiscoveryRes" and event.body.get("ResponseCode") == "OK":
            offered = {one.get("ServiceID") for one in _listed(event.body, "EnergyTransferServiceList.Service")}
            known = {name for name, number in SERVICE_IDS.items() if number in offered}
            for name in SERVICE_IDS:
                if known and name not in known and name[:2] in {one[:2] for one in known}:
                    yield name, f"the charger offers no {name}, only {', '.join(sorted(known))}"
        elif event.name == "ServiceDetailRes" and event.body.get("ResponseCode") == "OK":
            yield from _missing_modes(event, "the charger offers")


def _refused(asked: Event) -> Iterator[tuple[str, str]]:
    names = {str(one.get("ProtocolNamespace", "")) for one in as_list(asked.body.get("AppProtocol"))}
    if len(names) == 1 and (only := names.pop()).startswith(_ISO20):
        mode = only.removeprefix(_ISO20)
        yield from ((name, f"the charger does not speak {only}") for name in (mode, f"{mode}_BPT"))


def _missing_modes(detail: Event, who: str) -> Iterator[tuple[str, str]]:
    modes = set()
    for one in _listed(detail.body, "ServiceParameterList.ParameterSet"):
        for each in as_list(one.get("Parameter")):
            if isinstance(each, dict) and each.get("@Name") == "ControlMode" and each.get("intValue") in CONTROL_MODES:
                modes.add(CONTROL_MODES[each["intValue"]])
    for name in CONTROL_MODES.values():
        if modes and name not in modes:
            yield name, f"{who} no {name} control mode for service {detail.body.get('ServiceID')}"


def _vehicle(messages: Sequence[Event], sut: Role) -> Iterator[tuple[str, str]]:
    """A car that takes leave with SessionStopReq where only one control mode is on offer has no use for it."""
    if any(event.name == "ServiceSelectionReq" for event in messages if event.src == sut):
        return
    stops = [number for number, event in enumerate(messages) if event.name == "SessionStopReq" and event.src == sut]
    before = messages[: stops[0]] if stops else []
    detail = next((event for event in reversed(before) if event.name == "ServiceDetailRes"), None)
    if detail is None or detail.note == DELIBERATE or before[-1] is not detail:
        return
    for missing, _ in _missing_modes(detail, ""):
        only = next(name for name in CONTROL_MODES.values() if name != missing)
        yield only, f"the vehicle takes leave of a charger that offers {only} control mode only"


_DECLARATIONS: Final = {"secc": _charger, "evcc": _vehicle}


def _listed(tree: dict[str, Any], path: str) -> list[Any]:
    found = field_at(tree, path)
    return [] if found is MISSING else [one for one in as_list(found) if isinstance(one, dict)]
