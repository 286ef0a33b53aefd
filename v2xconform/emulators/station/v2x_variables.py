"""The variables of bidirectional power transfer and DER control of 2.1: names and types are those of the appendix of Part 2."""

from collections.abc import Iterator
from typing import Any, Final

from v2xconform.emulators.station.device_model import DataType, Variable
from v2xconform.emulators.station.evse import Evse

OPERATION_MODES: Final = (
    "Idle", "ChargingOnly", "CentralSetpoint", "ExternalSetpoint", "ExternalLimits", "CentralFrequency",
    "LocalFrequency", "LocalLoadBalancing",
)  # fmt: skip
TRANSFER_MODES: Final = (
    "AC_single_phase", "AC_two_phase", "AC_three_phase", "DC", "AC_BPT", "AC_BPT_DER", "AC_DER", "DC_BPT", "DC_ACDP",
    "DC_ACDP_BPT", "WPT",
)  # fmt: skip
_INVERTER: Final = (
    "FreqDroop", "FreqWatt", "FixedPFAbsorb", "FixedPFInject", "FixedVar", "Gradients", "EnterService", "HFMustTrip",
    "HVMustTrip", "HVMomCess", "LimitMaxDischarge", "LFMustTrip", "LVMustTrip", "LVMomCess", "VoltVar", "VoltWatt",
)  # fmt: skip
"""What a DC inverter of ours can do; the rest of the control types is not supported."""
_EMULATED: Final = ("FreqWatt", "LimitMaxDischarge", "HFMustTrip", "LFMustTrip")
"""What a station of ours can do with the inverter of an EV by its charge loop ([R03.FR.03])."""


def v2x_variables(evses: list[Evse]) -> Iterator[Variable]:
    """Yield the variables of every EVSE that can feed back, and of the EV at it."""
    if any(evse.spec.discharge_power_w > 0 for evse in evses):
        yield Variable(
            "SmartChargingCtrlr", "SetpointPriority", "ExternalControl", "OptionList", "ReadWrite",
            values=("ExternalControl", "CSMS"),
        )  # fmt: skip
    for evse in evses:
        if evse.spec.discharge_power_w > 0:
            yield from _controller(evse)
            yield from _dc_inverter(evse) if is_dc(evse) else _ac_inverter(evse)
        yield from _vehicle(evse)


def is_dc(evse: Evse) -> bool:
    """Tell whether an EVSE has direct current connectors."""
    return any(connector.type.startswith(("cCCS", "cChaoJi", "cG105")) for connector in evse.connectors)


def transfer_modes(evse: Evse) -> list[str]:
    """Return the energy transfer modes of an EVSE, the simplest first."""
    if is_dc(evse):
        return ["DC", "DC_BPT"] if evse.spec.discharge_power_w > 0 else ["DC"]
    simple = "AC_three_phase" if evse.spec.phases == 3 else "AC_single_phase"
    return [simple, "AC_BPT", "AC_BPT_DER"] if evse.spec.discharge_power_w > 0 else [simple]


def _variable(
    evse: Evse, component: str, name: str, value: str | None, kind: DataType = "string", instance: str = "",
    *, writable: bool = False, **more: Any,
) -> Variable:  # fmt: skip
    mutability = "ReadWrite" if writable else "ReadOnly"
    return Variable(component, name, value, kind, mutability, instance, evse=evse.id, **more)  # type: ignore[arg-type]


def _controller(evse: Evse) -> Iterator[Variable]:
    name = "V2XChargingCtrlr"
    yield _variable(evse, name, "Available", "true", "boolean")
    yield _variable(evse, name, "Enabled", "true", "boolean", writable=True)
    yield _variable(
        evse, name, "SupportedEnergyTransferModes", ",".join(transfer_modes(evse)), "MemberList", values=TRANSFER_MODES
    )  # fmt: skip
    modes = ",".join(evse.spec.operation_modes or OPERATION_MODES)
    yield _variable(evse, name, "SupportedOperationModes", modes, "MemberList", values=OPERATION_MODES)
    yield _variable(evse, name, "LocalFrequencyUpdateThreshold", "10", "decimal", writable=True, minimum=0)
    for mode in OPERATION_MODES:
        for moment in ("Started", "Updated", "Ended"):
            yield _variable(evse, name, f"Tx{moment}Measurands", "", "MemberList", mode, writable=True)
    for instance in ("UpperThreshold", "LowerThreshold", "UpperOffset", "LowerOffset"):
        yield _variable(evse, name, "LocalLoadBalancing", None, "decimal", instance, writable=True, unit="W")


def _dc_inverter(evse: Evse) -> Iterator[Variable]:
    name, power = "DCDERCtrlr", f"{evse.spec.discharge_power_w:g}"
    apparent, reactive = f"{evse.spec.discharge_power_w * 1.1:g}", f"{evse.spec.discharge_power_w * 0.4:g}"
    yield _variable(evse, name, "Enabled", "true", "boolean", writable=True)
    for part, value, unit in (
        ("MaxW", power, "W"), ("OverExcitedW", power, "W"), ("OverExcitedPF", "0.9", ""), ("UnderExcitedW", power, "W"),
        ("UnderExcitedPF", "0.9", ""), ("MaxVA", apparent, "VA"), ("MaxVar", reactive, "var"),
        ("MaxVarNeg", reactive, "var"), ("MaxChargeRateW", f"{evse.spec.max_power_w:g}", "W"),
        ("MaxChargeRateVA", f"{evse.spec.max_power_w * 1.1:g}", "VA"), ("VNom", f"{evse.spec.voltage_v:g}", "V"),
        ("ReactiveSusceptance", "0", "s"),
    ):  # fmt: skip
        yield _variable(evse, name, part, value, "decimal", unit=unit)
    yield _variable(evse, name, "ModesSupported", ",".join(_INVERTER), "MemberList")
    for part, value in (
        ("InverterManufacturer", "v2xconform"), ("InverterModel", "lab inverter"), ("InverterSwVersion", "1.0.0"),
        ("InverterHwVersion", "1"),
    ):  # fmt: skip
        yield _variable(evse, name, part, value)


def _ac_inverter(evse: Evse) -> Iterator[Variable]:
    yield _variable(evse, "ACDERCtrlr", "ModesSupported", ",".join(_EMULATED), "MemberList")


def _vehicle(evse: Evse) -> Iterator[Variable]:
    name = "ConnectedEV"
    yield _variable(evse, name, "Available", "false", "boolean", monitored=True)
    yield _variable(evse, name, "VehicleId", "")
    yield _variable(evse, name, "VehicleCertificate", "", instance="Leaf")
    yield _variable(evse, name, "ProtocolAgreed", "")
    yield _variable(evse, name, "ProtocolSupportedByEV", "", instance="1")
