"""Personas of OCPP: charging stations and CSMSs that our emulators can be. Loaded by `lab.persona`."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

Positive = Annotated[float, Field(gt=0)]
NotNegative = Annotated[float, Field(ge=0)]


class _Lab(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class EvseSpec(_Lab):
    """One EVSE of a station; EVSEs and connectors are numbered from 1 in the order in which they stand."""

    connectors: list[str] = Field(default=["cType2"], min_length=1)
    """ConnectorEnumType of each connector."""
    max_power_w: Positive = 22000
    voltage_v: Positive = 230
    phases: Literal[1, 3] = 3
    discharge_power_w: NotNegative = 0
    """What it can feed back; above 0 it is bidirectional."""
    operation_modes: list[str] = []
    """SupportedOperationModes of a bidirectional EVSE; empty: all of them."""
    can_sleep: bool = True
    """Its electronics can be switched off (evseSleep)."""
    parking_sensor: bool = False


class EvSpec(_Lab):
    """The EV that a driver plugs in where no real or emulated one is on the cable."""

    power_w: Positive = 11000
    capacity_wh: Positive = 60000
    soc: Annotated[float, Field(ge=0, le=100)] = 40
    evccid: str = "WMIV1234567890ABCDEX"


class StationPersona(_Lab):
    """A charging station."""

    role: Literal["station"]
    name: str
    what: str = ""
    vendor: Annotated[str, Field(max_length=50)] = "v2xconform"
    model: Annotated[str, Field(max_length=20)] = "lab station"
    serial: Annotated[str, Field(max_length=25)] = "LAB-0001"
    firmware: Annotated[str, Field(max_length=50)] = "1.0.0"
    evses: list[EvseSpec] = Field(default=[EvseSpec(), EvseSpec()], min_length=1)
    ev: EvSpec = EvSpec()
    boot_s: NotNegative = 2.0
    """From power-on to the first connection attempt."""
    clock_error_s: float = 0.0
    """How far its clock is ahead at power-on."""
    variables: dict[str, str | int | float | bool] = {}
    """``Component.Variable`` or ``Component.Variable[instance]`` -> value, in place of the default of the device model."""
    without: list[str] = []
    """Controller components that it does not have (LocalAuthListCtrlr, ReservationCtrlr …): what needs them is not supported."""
    cable: str = "v2g_charger"
    """Persona of the ISO 15118 charger (role: charger) that EVSEs are to a car which speaks ISO 15118-20."""
    policy: dict[str, Any] = {}
    """Duties that it neglects, by block: ``{transactions: {reports_remote_start_id: false}}``."""


class TokenSpec(_Lab):
    """An idToken that the CSMS knows."""

    id: Annotated[str, Field(max_length=36)]
    type: str = "ISO14443"
    status: str = "Accepted"
    """AuthorizationStatusEnumType of the answer."""
    group: str = ""
    """groupIdToken, type Central."""
    expires: str = ""
    """cacheExpiryDateTime."""
    language: str = ""
    smart_charging: bool = True
    """EVs of its holder get charging profiles."""
    limits: dict[str, float] = {}
    """TransactionLimitType of its transactions (2.1, E16)."""
    tariff: dict[str, Any] = {}
    """TariffType of its driver (2.1, I08)."""
    prepaid: bool = False
    """It has an account with credit, which is looked at each time (2.1, C17)."""


class V2xPlan(_Lab):
    """What a CSMS lets an EV do that may feed back (2.1)."""

    mode: Literal["CentralSetpoint", "CentralFrequency", "ExternalSetpoint", "ExternalLimits", "LocalFrequency",
                  "LocalLoadBalancing", "Idle"] = "CentralSetpoint"  # fmt: skip
    """operationMode of its profile."""
    dynamic: bool = False
    """A profile of the kind Dynamic; else a schedule from now on."""
    setpoint_w: float = -2000
    update_interval_s: Annotated[int, Field(ge=0)] = 0
    """dynUpdateInterval; 0: the CSMS pushes."""
    curve: list[tuple[float, float]] = [(49.8, -5000), (50.0, 0), (50.2, 5000)]
    """Hertz and watts, for LocalFrequency."""
    baseline_w: float = 0


class CsmsPersona(_Lab):
    """A CSMS."""

    role: Literal["csms"]
    name: str
    what: str = ""
    tokens: list[TokenSpec] = []
    heartbeat_interval_s: Annotated[int, Field(ge=0)] = 300
    boot_status: Literal["Accepted", "Pending", "Rejected"] = "Accepted"
    retry_interval_s: Annotated[int, Field(ge=0)] = 10
    """Interval in the answer to a boot that is not accepted."""
    allowed_energy_transfer: list[str] = ["AC_single_phase", "AC_three_phase", "DC", "AC_BPT", "AC_BPT_DER", "DC_BPT"]
    """What drivers of EVs with ISO 15118-20 may ask for; empty: it does not say."""
    v2x: V2xPlan = V2xPlan()
    price_per_kwh: NotNegative = 0.3
    """What energy costs, for totalCost."""
    revoked: list[str] = []
    """Certificates of the recipe that were revoked, by name."""
    policy: dict[str, Any] = {}
    """Duties that it neglects, by block."""
