"""Names of the ISO 15118-20 messages, and the smallest valid response of each kind.

A response with a FAILED code carries no meaning but its code, yet its mandatory fields have to be valid
(the -2 wording is [V2G2-736]); `failed_response` fills them. Source of the fields: the XML schemas of ISO 15118-20.
"""

from base64 import b64encode
from collections.abc import Mapping
from copy import deepcopy
from typing import Any, Final

from v2xconform.protocols.iso15118.rational import rational
from v2xconform.protocols.message import Message

COMMON: Final = "iso15118-20-common"
AC: Final = "iso15118-20-ac"
DC: Final = "iso15118-20-dc"

REQUESTS: Final[dict[str, str]] = {
    "SessionSetupReq": COMMON,
    "AuthorizationSetupReq": COMMON,
    "AuthorizationReq": COMMON,
    "CertificateInstallationReq": COMMON,
    "ServiceDiscoveryReq": COMMON,
    "ServiceDetailReq": COMMON,
    "ServiceSelectionReq": COMMON,
    "ScheduleExchangeReq": COMMON,
    "PowerDeliveryReq": COMMON,
    "MeteringConfirmationReq": COMMON,
    "VehicleCheckInReq": COMMON,
    "VehicleCheckOutReq": COMMON,
    "SessionStopReq": COMMON,
    "AC_ChargeParameterDiscoveryReq": AC,
    "AC_ChargeLoopReq": AC,
    "DC_ChargeParameterDiscoveryReq": DC,
    "DC_CableCheckReq": DC,
    "DC_PreChargeReq": DC,
    "DC_ChargeLoopReq": DC,
    "DC_WeldingDetectionReq": DC,
}
"""Every request of the common, AC and DC message sets, and the protocol (schema) that it belongs to."""

NO_SESSION: Final = "0000000000000000"
"""The SessionID of a SessionSetupReq that begins a new session."""

_PROTOCOLS: Final = REQUESTS | {f"{name[:-3]}Res": protocol for name, protocol in REQUESTS.items()}


def response_name(request_name: str) -> str:
    """Return the name of the response that belongs to a request. Raises KeyError for a name that is no -20 request."""
    if request_name not in REQUESTS:
        raise KeyError(f"{request_name} is no request of the ISO 15118-20 common, AC or DC message set")
    return f"{request_name[:-3]}Res"


def protocol_of(name: str) -> str:
    """Return the protocol short name of a request or response. Raises KeyError for an unknown name."""
    return _PROTOCOLS[name]


def message(name: str, header: Mapping[str, Any], body: Mapping[str, Any]) -> Message:
    """Return the message *name* with *header* and *body* as one tree; a Header in the body (a signature) is added."""
    whole = {**header, **body.get("Header", {})}
    return Message(
        protocol_of(name),
        name,
        {"Header": whole, **{field: value for field, value in body.items() if field != "Header"}},
    )


_ZERO: Final = rational(0)
_AC_LIMITS: Final = {"EVSEMaximumChargePower": _ZERO, "EVSEMinimumChargePower": _ZERO, "EVSENominalFrequency": _ZERO}
_DC_LIMITS: Final = {
    "EVSEMaximumChargePower": _ZERO, "EVSEMinimumChargePower": _ZERO,
    "EVSEMaximumChargeCurrent": _ZERO, "EVSEMinimumChargeCurrent": _ZERO,
    "EVSEMaximumVoltage": _ZERO, "EVSEMinimumVoltage": _ZERO,
}  # fmt: skip


def _octets(length: int) -> str:
    return b64encode(bytes(length)).decode()


_FILLERS: Final[dict[str, dict[str, Any]]] = {
    "SessionSetupRes": {"EVSEID": "ZZ00000"},
    "AuthorizationSetupRes": {
        "AuthorizationServices": ["EIM"],
        "CertificateInstallationService": False,
        "EIM_ASResAuthorizationMode": {},
    },
    "AuthorizationRes": {"EVSEProcessing": "Finished"},
    "CertificateInstallationRes": {
        "EVSEProcessing": "Finished",
        "CPSCertificateChain": {"Certificate": _octets(1)},
        "SignedInstallationData": {
            "@Id": "id1",
            "ContractCertificateChain": {"Certificate": _octets(1), "SubCertificates": {"Certificate": [_octets(1)]}},
            "ECDHCurve": "SECP521",
            "DHPublicKey": _octets(133),
            "SECP521_EncryptedPrivateKey": _octets(94),
        },
        "RemainingContractCertificateChains": 0,
    },
    "ServiceDiscoveryRes": {
        "ServiceRenegotiationSupported": False,
        "EnergyTransferServiceList": {"Service": [{"ServiceID": 0, "FreeService": False}]},
    },
    "ServiceDetailRes": {
        "ServiceID": 0,
        "ServiceParameterList": {
            "ParameterSet": [{"ParameterSetID": 0, "Parameter": [{"@Name": "Connector", "intValue": 0}]}]
        },
    },
    "ServiceSelectionRes": {},
    "ScheduleExchangeRes": {"EVSEProcessing": "Finished", "Dynamic_SEResControlMode": {}},
    "PowerDeliveryRes": {},
    "MeteringConfirmationRes": {},
    "VehicleCheckInRes": {},
    "VehicleCheckOutRes": {"EVSECheckOutStatus": "Scheduled"},
    "SessionStopRes": {},
    "AC_ChargeParameterDiscoveryRes": {"AC_CPDResEnergyTransferMode": _AC_LIMITS},
    "AC_ChargeLoopRes": {"Scheduled_AC_CLResControlMode": {}},
    "DC_ChargeParameterDiscoveryRes": {"DC_CPDResEnergyTransferMode": _DC_LIMITS},
    "DC_CableCheckRes": {"EVSEProcessing": "Finished"},
    "DC_PreChargeRes": {"EVSEPresentVoltage": _ZERO},
    "DC_ChargeLoopRes": {
        "EVSEPresentCurrent": _ZERO,
        "EVSEPresentVoltage": _ZERO,
        "EVSEPowerLimitAchieved": False,
        "EVSECurrentLimitAchieved": False,
        "EVSEVoltageLimitAchieved": False,
        "Scheduled_DC_CLResControlMode": {},
    },
    "DC_WeldingDetectionRes": {"EVSEPresentVoltage": _ZERO},
}


def filler(name: str) -> dict[str, Any]:
    """Return the smallest valid body of the response *name*, without Header and ResponseCode."""
    return deepcopy(_FILLERS[name])


def failed_response(request_name: str, header: Mapping[str, Any], code: str) -> Message:
    """Return the response to *request_name* that says nothing but *code* and is valid all the same."""
    name = response_name(request_name)
    return message(name, header, {"ResponseCode": code, **filler(name)})


def is_failed(tree: Mapping[str, Any]) -> bool:
    """Tell whether a response carries a FAILED code, which ends the session for both sides (ISO 15118-20, 8.6)."""
    return str(tree.get("ResponseCode", "")).startswith("FAILED")


def is_warning(tree: Mapping[str, Any]) -> bool:
    """Tell whether a response carries a WARNING code: the request was not granted, the session goes on."""
    return str(tree.get("ResponseCode", "")).startswith("WARNING")
