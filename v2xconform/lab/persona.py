"""Personas: who an emulator pretends to be. A YAML file says it, these models check it.

Units are SI and stand in the field names (``_w``, ``_wh``, ``_v``, ``_a``, ``_s``); states of charge are per cent.
Limits of discharging are magnitudes (positive numbers); direction is a matter of set points and present values.
"""

from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, model_validator

from v2xconform.content import content
from v2xconform.lab.persona_ocpp import CsmsPersona, StationPersona
from v2xconform.lab.yaml_lines import LabError, read_yaml
from v2xconform.protocols.iso15118.policy20 import EvccPolicy, PolicyError, SeccPolicy, overridden

Percent = Annotated[float, Field(ge=0, le=100)]
Positive = Annotated[float, Field(gt=0)]
NotNegative = Annotated[float, Field(ge=0)]
Service = Literal["AC", "DC", "AC_BPT", "DC_BPT"]
ControlMode = Literal["Scheduled", "Dynamic"]
P = TypeVar("P", "EvPersona", "ChargerPersona", "StationPersona", "CsmsPersona")
Point = tuple[Percent, NotNegative]
"""A point of a curve over the state of charge: [per cent, value]."""


class _Lab(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class BatterySpec(_Lab):
    """The traction battery of a car."""

    capacity_wh: Positive
    soc: Percent
    """State of charge when the cable is plugged in."""
    voltage_v: list[Point] = Field(min_length=1)
    """Open voltage over the state of charge."""
    charge_power_w: list[Point] = Field(min_length=1)
    """Most that the battery takes, over the state of charge."""
    discharge_power_w: list[Point] = [(0, 0)]
    """Most that the battery gives, over the state of charge."""
    efficiency: Annotated[float, Field(gt=0, le=1)] = 0.95


class DcLimits(_Lab):
    """The direct-current side of a car or of a charger."""

    max_voltage_v: Positive
    min_voltage_v: NotNegative
    max_current_a: Positive
    min_current_a: NotNegative = 0
    max_power_w: Positive
    min_power_w: NotNegative = 0
    max_discharge_current_a: NotNegative = 0
    min_discharge_current_a: NotNegative = 0
    max_discharge_power_w: NotNegative = 0
    min_discharge_power_w: NotNegative = 0

    @model_validator(mode="after")
    def _ranges_are_ranges(self) -> "DcLimits":
        for quantity in ("voltage_v", "current_a", "power_w"):
            low, high = f"min_{quantity}", f"max_{quantity}"
            if getattr(self, low) > getattr(self, high):
                raise ValueError(f"{low} is above {high}; swap them or correct one")
        return self


class AcLimits(_Lab):
    """The alternating-current side of a car or of a charger; powers are totals of all phases."""

    phases: Literal[1, 3] = 3
    nominal_voltage_v: Positive = 230
    """Between phase and neutral."""
    frequency_hz: Positive = 50
    max_power_w: Positive
    min_power_w: NotNegative = 0
    max_discharge_power_w: NotNegative = 0
    min_discharge_power_w: NotNegative = 0


class Needs(_Lab):
    """What the driver wants of this stop."""

    departure_s: Annotated[int, Field(gt=0)] = 7200
    """Time from plug-in to departure."""
    minimum_soc: Percent = 20
    target_soc: Percent = 80
    maximum_soc: Percent = 100
    v2x_minimum_soc: Percent | None = None
    """Down to which the battery may be emptied into the grid (bidirectional only)."""
    v2x_maximum_soc: Percent | None = None
    leaves_after_s: Positive | None = 5
    """The car stops after so long in the charge loop, full or not; null = it stays until the target is met."""
    schedule: Literal["first", "cheapest"] = "cheapest"
    """Which of several schedules the car takes; without prices they are all alike to it."""
    accepts_power_tolerance: bool = True
    plan: list[tuple[NotNegative, float]] = []
    """Scheduled control: steps of [seconds in the loop, power in W], negative = discharging; empty = at most."""


class ContractSpec(_Lab):
    """What a car brings for Plug & Charge. Credentials are names in the PKI recipe of the bench, or files of the SUT."""

    credential: str = "contract"
    """The contract that is installed; empty = none yet."""
    variant: str = ""
    """Variant of that credential in the recipe: expired, unknown-root …"""
    provisioning: str = "oem-provisioning"
    """The OEM provisioning certificate, with which a contract is asked for."""
    provisioning_variant: str = ""
    wanted: Literal["first", "never"] = "first"
    """*first*: Plug & Charge is used wherever it is offered; *never*: external identification only."""
    installs: Literal["never", "missing", "always"] = "missing"
    """When CertificateInstallationReq is sent, where the charger offers it; *missing*: only without a contract."""


class EvPersona(_Lab):
    """A car."""

    role: Literal["ev"]
    name: str
    what: str
    evccid: Annotated[str, Field(min_length=1, max_length=255)]
    security: Literal["tls", "none"] = "tls"
    services: list[Service] = Field(min_length=1)
    """Energy services that it can use, the preferred one first."""
    control_modes: list[ControlMode] = Field(default=["Scheduled", "Dynamic"], min_length=1)
    battery: BatterySpec
    dc: DcLimits | None = None
    ac: AcLimits | None = None
    needs: Needs = Needs()
    schema_ids: list[Annotated[int, Field(ge=0, le=255)]] = []
    """SchemaID of each protocol that it offers, in that order; empty = 1, 2 …; any number does ([V2G20-167])."""
    contract: ContractSpec | None = None
    """Plug & Charge; null = the car identifies itself by external means only."""
    precharge_tolerance_v: Positive = 20
    """Pre-charge is done when the voltages of car and charger differ by less."""
    policy: dict[str, Any] = {}
    """Fields of EvccPolicy that differ from the conformant default: a persona is allowed its habits (pace, patience)."""

    @model_validator(mode="after")
    def _sides_are_there(self) -> "EvPersona":
        _need_sides(self.services, self.ac, self.dc)
        return self


class PowerPathSpec(_Lab):
    """How quickly, and how well, the power electronics of a charger work."""

    contactor_s: NotNegative = 0.05
    cable_check_s: NotNegative = 2
    cable_check_voltage_v: Positive = 500
    precharge_v_per_s: Positive = 400
    current_a_per_s: Positive = 200
    decay_v_per_s: Positive = 1000
    """How the voltage at the connector falls once the contactors are open."""
    contactor: Literal["ok", "stuck open", "welded"] = "ok"
    isolation: Literal["ok", "fault"] = "ok"
    precharge: Literal["ok", "stuck", "overshoots"] = "ok"
    delivery: Literal["ok", "none", "above limits"] = "ok"
    """*none*: no current flows in the loop; *above limits*: 20 % more current than asked for."""


class Tariff(_Lab):
    """What the energy costs."""

    pricing: Literal["none", "absolute", "levels"] = "absolute"
    currency: Annotated[str, Field(min_length=3, max_length=3)] = "EUR"
    energy_fee_per_kwh: NotNegative = 0.45


class ScheduleOffer(_Lab):
    """One schedule of Scheduled control mode, with or without prices."""

    power: list[tuple[Positive, NotNegative]] = Field(min_length=1)
    """Steps of [seconds, W]; the last one lasts until departure."""
    pricing: Literal["none", "absolute", "levels"] | None = None
    """null = as the tariff says."""
    energy_fee_per_kwh: NotNegative | None = None
    """null = that of the tariff."""
    price_level: Annotated[int, Field(ge=1, le=9)] = 1


class ContractsSpec(_Lab):
    """What the mobility operators behind a charger know; eMAIDs and PCIDs without separators."""

    providers: list[str] = []
    """Country and provider codes (ZZLAB) with an agreement; empty = all."""
    revoked: list[str] = []
    """eMAIDs of contracts whose certificates the OCSP responder calls revoked."""
    blocked: list[str] = []
    """eMAIDs that the mobility operator does not authorize."""
    expires_soon_d: NotNegative = 14
    """A contract certificate that ends within so many days is answered with OK_CertificateExpiresSoon."""
    cars: dict[str, str] = {}
    """PCID -> credential of the PKI recipe that CertificateInstallationRes delivers; empty = a car without a contract."""


class ChargerPersona(_Lab):
    """A charger."""

    role: Literal["charger"]
    name: str
    what: str
    evseid: Annotated[str, Field(min_length=7, max_length=255)]
    services: list[Service] = Field(min_length=1)
    control_modes: list[ControlMode] = Field(default=["Scheduled", "Dynamic"], min_length=1)
    authorization: list[Literal["EIM", "PnC"]] = Field(default=["EIM"], min_length=1, max_length=2)
    authorization_s: NotNegative = 0
    """Time until the customer has been authorized by external means; until then AuthorizationRes says Ongoing."""
    authorized: bool = True
    """False: once `authorization_s` is over the answer is WARNING_EIMAuthorizationFailure."""
    certificate_installation: bool = False
    contracts: ContractsSpec = ContractsSpec()
    service_renegotiation: bool = True
    free: bool = False
    dc: DcLimits | None = None
    ac: AcLimits | None = None
    dc_connector: Literal["Core", "Extended", "Dual2", "Dual4"] = "Extended"
    path: PowerPathSpec = PowerPathSpec()
    tariff: Tariff = Tariff()
    meter_id: Annotated[str, Field(min_length=1, max_length=32)] = "LAB-METER-1"
    meter_in_every_response: bool = False
    """True: MeterInfo stands in each charge loop response, asked for or not."""
    meter_tells_discharged: bool = True
    """BPT: MeterInfo also carries BPT_DischargedEnergyReadingWh, which is optional; some cars choke on it."""
    set_point_w: float | None = None
    """Dynamic control: the power that the charger wants, negative = from the car; null = the most that both can do."""
    power_ramp_w_per_s: Positive = 10000
    go_to_pause: bool = False
    schedules: list[ScheduleOffer] = Field(default=[], max_length=3)
    """What ScheduleExchangeRes offers in Scheduled control mode; empty = one schedule with all the power there is."""
    first_schedule_id: Annotated[int, Field(ge=1, le=2**32 - 3)] = 1
    """ScheduleTupleID of the first schedule; the others count on from it."""
    first_parameter_set_id: Annotated[int, Field(ge=1, le=65000)] = 1
    """ParameterSetID of the first parameter set of a service; the others count on from it."""
    parameter_sets_from: Literal["first", "last"] = "first"
    """*last*: the parameter sets of a service stand in the opposite order."""
    schedules_later: list[ScheduleOffer] = Field(default=[], max_length=3)
    """The same after a renegotiation; empty = as before."""
    power_tolerance_w: NotNegative | None = None
    """PowerTolerance of its schedules; null = none is agreed."""
    insists_on_power_tolerance: bool = False
    """True: a car that does not confirm it is refused (FAILED_PowerToleranceNotConfirmed), not only warned."""
    policy: dict[str, Any] = {}
    """Fields of SeccPolicy that differ from the conformant default."""

    @model_validator(mode="after")
    def _sides_are_there(self) -> "ChargerPersona":
        _need_sides(self.services, self.ac, self.dc)
        return self


def _need_sides(services: list[Service], ac: AcLimits | None, dc: DcLimits | None) -> None:
    for side, limits in (("AC", ac), ("DC", dc)):
        used = [service for service in services if service.startswith(side)]
        if used and limits is None:
            raise ValueError(f"the service {used[0]} needs the limits of {side.lower()}; add {side.lower()}:")
        if limits and any("BPT" in service for service in used) and not limits.max_discharge_power_w:
            raise ValueError(f"a BPT service needs {side.lower()}.max_discharge_power_w above 0")


Persona = EvPersona | ChargerPersona | StationPersona | CsmsPersona
_MODELS: dict[str, type[Persona]] = {
    "ev": EvPersona, "charger": ChargerPersona, "station": StationPersona, "csms": CsmsPersona,
}  # fmt: skip


_WHAT = {"ev": "car", "charger": "charger", "station": "station", "csms": "CSMS"}


def persona_path(name: str | Path) -> Path:
    """Return the file of a persona given by its path or by the bare name of a shipped one."""
    path = Path(name)
    shipped = content("emulators") / "personas" / f"{name}.yaml"
    return path if path.suffix in (".yaml", ".yml") or path.exists() or not shipped.is_file() else shipped


def load_persona(name: str | Path) -> Persona:
    """Load a persona by path, or by the name of a shipped one. Raises `LabError` with file, line and remedy."""
    path = persona_path(name)
    if path.suffix not in (".yaml", ".yml") and not path.exists():
        raise LabError(f"{name}: no persona of this name; there are {', '.join(persona_names())}")
    changed = path.stat().st_mtime_ns if path.exists() else 0
    return _read_persona(path, changed)


@cache  # a run asks for the same two personas in every test case
def _read_persona(path: Path, changed_ns: int) -> Persona:
    file = read_yaml(path)
    role = file.data.get("role") if isinstance(file.data, dict) else None
    if role not in _MODELS:
        raise file.error(["role"], f"role {role!r} is no emulator", f"use role: {', '.join(_MODELS)}")
    persona: Persona = file.as_model(_MODELS[role])
    try:
        if isinstance(persona, EvPersona | ChargerPersona):
            policy_of(persona)
    except PolicyError as error:
        raise file.error(["policy", error.field], str(error)) from None
    return persona


def load_ev(name: str | Path) -> EvPersona:
    """Load the persona of a car. Raises `LabError`, also when the file describes something else."""
    return _load_as(EvPersona, name, "a car (role: ev)")


def load_charger(name: str | Path) -> ChargerPersona:
    """Load the persona of a charger. Raises `LabError`, also when the file describes something else."""
    return _load_as(ChargerPersona, name, "a charger (role: charger)")


def load_station(name: str | Path) -> StationPersona:
    """Load the persona of a charging station. Raises `LabError`, also when the file describes something else."""
    return _load_as(StationPersona, name, "a station (role: station)")


def load_csms(name: str | Path) -> CsmsPersona:
    """Load the persona of a CSMS. Raises `LabError`, also when the file describes something else."""
    return _load_as(CsmsPersona, name, "a CSMS (role: csms)")


def _load_as(model: type[P], name: str | Path, wanted: str) -> P:
    persona = load_persona(name)
    if isinstance(persona, model):
        return persona
    raise LabError(f"{persona_path(name)}:1: this persona is a {_WHAT[persona.role]}; {wanted} is needed here")


def persona_names() -> list[str]:
    """Return the names of the shipped personas."""
    return sorted(path.stem for path in (content("emulators") / "personas").glob("*.yaml"))


def policy_of(persona: EvPersona | ChargerPersona) -> EvccPolicy | SeccPolicy:
    """Return the session policy of a persona: the conformant default with the persona's own fields. `PolicyError`."""
    if isinstance(persona, EvPersona):
        return overridden(EvccPolicy(), persona.policy)
    return overridden(SeccPolicy(), persona.policy)
