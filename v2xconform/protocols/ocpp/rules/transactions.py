"""Rules on single messages: authorization, transactions, remote control, local list (blocks C, D, E, F)."""

from collections.abc import Callable, Iterator
from typing import Any, Final

from v2xconform.protocols.ocpp.rules.meter_values import METER_RULES
from v2xconform.protocols.ocpp.rules.rule import Broken, Rule, Tree

_NO_START: Final = frozenset({
    "StopAuthorized", "RemoteStop", "EVCommunicationLost", "EVDeparted", "EVConnectTimeout", "Deauthorized",
    "MeterValuePeriodic", "MeterValueClock", "Trigger", "ChargingRateChanged", "EnergyLimitReached", "TimeLimitReached",
    "CostLimitReached", "SoCLimitReached", "TxResumed", "RunningCost",
})  # fmt: skip
"""Triggers by which no transaction can begin."""
_NO_END: Final = frozenset({
    "Authorized", "CablePluggedIn", "EVDetected", "RemoteStart", "MeterValuePeriodic", "MeterValueClock", "TxResumed",
    "ChargingRateChanged", "Trigger", "RunningCost", "LimitSet", "OperationModeChanged",
})  # fmt: skip
"""Triggers by which no transaction can end."""
_NOT_BY_DRIVER: Final = frozenset({
    "RemoteStop", "Deauthorized", "AbnormalCondition", "EVConnectTimeout", "ResetCommand", "EnergyLimitReached",
    "TimeLimitReached", "CostLimitReached", "SoCLimitReached",
})  # fmt: skip
"""Triggers of ends that the driver has not brought about at the station."""
_REASONS: Final = {
    "RemoteStop": ("F03.FR.03", "Remote"), "Deauthorized": ("E05.FR.10", "DeAuthorized"),
    "EVConnectTimeout": ("F02.FR.07", "Timeout"),
}  # fmt: skip
"""Trigger of an end -> requirement and stoppedReason."""


# ---- TransactionEvent


def _state(name: str, tree: Tree, request: Tree) -> Iterator[Broken]:
    if tree["triggerReason"] in ("ChargingStateChanged", "Trigger") and "chargingState" not in tree["transactionInfo"]:
        yield Broken("transactionInfo.chargingState", f"absent in an event by {tree['triggerReason']}")


def _kind_fits(kind: str, wrong: frozenset[str], what: str) -> Callable[[str, Tree, Tree], Iterator[Broken]]:
    def look(name: str, tree: Tree, request: Tree) -> Iterator[Broken]:
        if tree["eventType"] == kind and tree["triggerReason"] in wrong:
            yield Broken("triggerReason", f"no transaction {what} by {tree['triggerReason']}")

    return look


def _reason_given(name: str, tree: Tree, request: Tree) -> Iterator[Broken]:
    ends = tree["eventType"] == "Ended" and tree["triggerReason"] in _NOT_BY_DRIVER
    if ends and "stoppedReason" not in tree["transactionInfo"]:
        yield Broken("transactionInfo.stoppedReason", f"absent at an end by {tree['triggerReason']}, not by the driver")


def _reason_fits(trigger: str, reason: str) -> Callable[[str, Tree, Tree], Iterator[Broken]]:
    def look(name: str, tree: Tree, request: Tree) -> Iterator[Broken]:
        given = tree["transactionInfo"].get("stoppedReason", reason)
        if tree["eventType"] == "Ended" and tree["triggerReason"] == trigger and given != reason:
            yield Broken("transactionInfo.stoppedReason", f"{given} at an end by {trigger}, not {reason}")

    return look


def _remote_id(name: str, tree: Tree, request: Tree) -> Iterator[Broken]:
    if tree["triggerReason"] == "RemoteStart" and "remoteStartId" not in tree["transactionInfo"]:
        yield Broken("transactionInfo.remoteStartId", "absent in the event of a remote start")


def _remote_token(name: str, tree: Tree, request: Tree) -> Iterator[Broken]:
    if tree["triggerReason"] == "RemoteStart" and "idToken" not in tree:
        yield Broken("idToken", "absent in the event of a remote start")


def _place(name: str, tree: Tree, request: Tree) -> Iterator[Broken]:
    for field in ("id", "connectorId"):
        number = tree.get("evse", {}).get(field, 1)
        if number < 1:
            yield Broken(f"evse.{field}", f"{number}; EVSEs and connectors are counted from 1")


def _counted(name: str, tree: Tree, request: Tree) -> Iterator[Broken]:
    if tree["seqNo"] < 0:
        yield Broken("seqNo", f"{tree['seqNo']} is below 0")


def _phases(name: str, tree: Tree, request: Tree) -> Iterator[Broken]:
    if not 0 <= tree.get("numberOfPhasesUsed", 3) <= 3:
        yield Broken("numberOfPhasesUsed", f"{tree['numberOfPhasesUsed']} phases")


def _button(name: str, tree: Tree, request: Tree) -> Iterator[Broken]:
    token = tree.get("idToken")
    if token is not None and (token["type"] == "NoAuthorization") != (token["idToken"] == ""):
        yield Broken(
            "idToken", f"type {token['type']} with the identifier {token['idToken']!r}: only NoAuthorization has none"
        )


def _asked_button(name: str, tree: Tree, request: Tree) -> Iterator[Broken]:
    if tree["idToken"]["type"] == "NoAuthorization":
        yield Broken("idToken.type", "nobody is asked about NoAuthorization")


# ---- answers of a CSMS


def _judged(name: str, tree: Tree, request: Tree) -> Iterator[Broken]:
    if "idToken" in request and "idTokenInfo" not in tree:
        yield Broken("idTokenInfo", "absent although the event carried an idToken")


def _button_accepted(name: str, tree: Tree, request: Tree) -> Iterator[Broken]:
    status = tree.get("idTokenInfo", {}).get("status", "Accepted")
    if request.get("idToken", {}).get("type") == "NoAuthorization" and status != "Accepted":
        yield Broken("idTokenInfo.status", f"{status} for the type NoAuthorization")


def _infos(tree: Tree) -> Iterator[tuple[str, Any]]:
    if "idTokenInfo" in tree:
        yield "idTokenInfo", tree["idTokenInfo"]
    for place, one in enumerate(tree.get("localAuthorizationList", ())):
        if "idTokenInfo" in one:
            yield f"localAuthorizationList.{place}.idTokenInfo", one["idTokenInfo"]


def _languages(name: str, tree: Tree, request: Tree) -> Iterator[Broken]:
    for path, info in _infos(tree):
        if "language2" in info and "language1" not in info:
            yield Broken(f"{path}.language2", "given without language1")


def _languages_differ(name: str, tree: Tree, request: Tree) -> Iterator[Broken]:
    for path, info in _infos(tree):
        if "language2" in info and info["language2"] == info.get("language1"):
            yield Broken(f"{path}.language2", "the same as language1")


def _priorities(name: str, tree: Tree, request: Tree) -> Iterator[Broken]:
    found = [("chargingPriority", tree.get("chargingPriority", 0))]
    found += [(f"{path}.chargingPriority", info.get("chargingPriority", 0)) for path, info in _infos(tree)]
    for path, value in found:
        if not -9 <= value <= 9:
            yield Broken(path, f"{value} is not from -9 to 9")


# ---- requests of a CSMS


def _start_purpose(name: str, tree: Tree, request: Tree) -> Iterator[Broken]:
    purpose = tree.get("chargingProfile", {}).get("chargingProfilePurpose", "TxProfile")
    if purpose != "TxProfile":
        yield Broken("chargingProfile.chargingProfilePurpose", f"{purpose} in a remote start, not TxProfile")


def _start_transaction(name: str, tree: Tree, request: Tree) -> Iterator[Broken]:
    if "transactionId" in tree.get("chargingProfile", {}):
        yield Broken("chargingProfile.transactionId", "given although the transaction is still to begin")


def _start_place(name: str, tree: Tree, request: Tree) -> Iterator[Broken]:
    if tree.get("evseId", 1) < 1:
        yield Broken("evseId", f"{tree['evseId']}; EVSEs are counted from 1")


def _trigger_connector(name: str, tree: Tree, request: Tree) -> Iterator[Broken]:
    if tree["requestedMessage"] == "StatusNotification" and "connectorId" not in tree.get("evse", {}):
        yield Broken("evse.connectorId", "absent, although StatusNotification is about one connector")


def _list_version(name: str, tree: Tree, request: Tree) -> Iterator[Broken]:
    if tree["versionNumber"] <= 0:
        yield Broken("versionNumber", f"{tree['versionNumber']} is not above 0")


def _list_twins(name: str, tree: Tree, request: Tree) -> Iterator[Broken]:
    known = set()
    for place, one in enumerate(tree.get("localAuthorizationList", ())):
        token = str(one["idToken"]["idToken"]).lower(), one["idToken"]["type"]
        if token in known:
            yield Broken(f"localAuthorizationList.{place}.idToken", f"{token[0]} stands in the list twice")
        known.add(token)


def _list_bare(name: str, tree: Tree, request: Tree) -> Iterator[Broken]:
    if tree["updateType"] == "Full":
        for place, one in enumerate(tree.get("localAuthorizationList", ())):
            if "idTokenInfo" not in one:
                yield Broken(f"localAuthorizationList.{place}.idTokenInfo", "absent in a full list")


# ---- answers of a station


def _ongoing_unasked(name: str, tree: Tree, request: Tree) -> Iterator[Broken]:
    if request is not None and "transactionId" not in request and "ongoingIndicator" in tree:
        yield Broken("ongoingIndicator", "given although no transaction was asked about")


def _ongoing_absent(name: str, tree: Tree, request: Tree) -> Iterator[Broken]:
    if "transactionId" in request and "ongoingIndicator" not in tree:
        yield Broken("ongoingIndicator", f"absent although {request['transactionId']} was asked about")


_EVENT: Final = "TransactionEventRequest"

TRANSACTIONS_RULES: Final[tuple[Rule, ...]] = (
    Rule("E01.FR.18", _EVENT, _state),
    Rule("E01.FR.15", _EVENT, _kind_fits("Started", _NO_START, "begins")),
    Rule("E06.FR.15", _EVENT, _kind_fits("Ended", _NO_END, "ends")),
    Rule("E06.FR.08", _EVENT, _reason_given),
    *(Rule(requirement, _EVENT, _reason_fits(trigger, reason)) for trigger, (requirement, reason) in _REASONS.items()),
    Rule("F02.FR.21", _EVENT, _remote_id),
    Rule("C05.FR.05", _EVENT, _remote_token),
    Rule("E01.FR.16", _EVENT, _place),
    Rule("E01.FR.07", _EVENT, _counted),
    Rule("OCPP-MeterValue", _EVENT, _phases),
    Rule("C02.FR.01", _EVENT, _button),
    Rule("C02.FR.01", "AuthorizeRequest", _asked_button),
    Rule("E01.FR.12", "TransactionEventResponse", _judged),
    Rule("C02.FR.02", "TransactionEventResponse", _button_accepted),
    *(
        rule
        for at in ("TransactionEventResponse", "AuthorizeResponse", "SendLocalListRequest")
        for rule in (
            Rule("C01.FR.10", at, _languages),
            Rule("C01.FR.11", at, _languages_differ),
            Rule("OCPP-ChargingPriority", at, _priorities),
        )
    ),
    Rule("F01.FR.09", "RequestStartTransactionRequest", _start_purpose),
    Rule("F01.FR.11", "RequestStartTransactionRequest", _start_transaction),
    Rule("F01.FR.06", "RequestStartTransactionRequest", _start_place),
    Rule("F06.FR.13", "TriggerMessageRequest", _trigger_connector),
    Rule("D01.FR.18", "SendLocalListRequest", _list_version),
    Rule("D01.FR.06", "SendLocalListRequest", _list_twins),
    Rule("D01.FR.15", "SendLocalListRequest", _list_bare),
    Rule("E14.FR.06", "GetTransactionStatusResponse", _ongoing_unasked),
    Rule("E14.FR.02", "GetTransactionStatusResponse", _ongoing_absent),
    *METER_RULES,
)
