"""The duties of a station that it can neglect, one dataclass for each block; quirks override their fields."""

from dataclasses import dataclass, field
from typing import Final

from v2xconform.emulators.station.authorization import AuthorizationPolicy
from v2xconform.emulators.station.availability import AvailabilityPolicy
from v2xconform.emulators.station.cable_policy import CablePolicy
from v2xconform.emulators.station.certificates import CertificatesPolicy
from v2xconform.emulators.station.connection import ConnectionPolicy
from v2xconform.emulators.station.data_transfer import DataTransferPolicy
from v2xconform.emulators.station.der import DerPolicy
from v2xconform.emulators.station.diagnostics import DiagnosticsPolicy
from v2xconform.emulators.station.display import DisplayPolicy
from v2xconform.emulators.station.dynamic_schedules import DynamicSchedulesPolicy
from v2xconform.emulators.station.event_streams import EventStreamsPolicy
from v2xconform.emulators.station.firmware import FirmwarePolicy
from v2xconform.emulators.station.limits import LimitsPolicy
from v2xconform.emulators.station.local_cost import LocalCostPolicy
from v2xconform.emulators.station.local_list import LocalListPolicy
from v2xconform.emulators.station.meter_values import MeterValuesPolicy
from v2xconform.emulators.station.monitoring import MonitoringPolicy
from v2xconform.emulators.station.provisioning import ProvisioningPolicy
from v2xconform.emulators.station.publishing import PublishingPolicy
from v2xconform.emulators.station.remote_control import RemoteControlPolicy
from v2xconform.emulators.station.reservation import ReservationPolicy
from v2xconform.emulators.station.security import SecurityPolicy
from v2xconform.emulators.station.smart_charging import SmartChargingPolicy
from v2xconform.emulators.station.tariff import TariffPolicy
from v2xconform.emulators.station.transactions_policy import TransactionsPolicy
from v2xconform.emulators.station.v2x import V2xPolicy
from v2xconform.links.websocket import Manners
from v2xconform.protocols.ocpp.rpc import RpcPolicy


@dataclass(frozen=True, slots=True)
class StationPolicy:
    """All of them, conformant by default."""

    rpc: RpcPolicy = field(default_factory=RpcPolicy)
    cable: CablePolicy = field(default_factory=CablePolicy)
    websocket: Manners = field(default_factory=Manners)
    connection: ConnectionPolicy = field(default_factory=ConnectionPolicy)
    provisioning: ProvisioningPolicy = field(default_factory=ProvisioningPolicy)
    availability: AvailabilityPolicy = field(default_factory=AvailabilityPolicy)
    authorization: AuthorizationPolicy = field(default_factory=AuthorizationPolicy)
    transactions: TransactionsPolicy = field(default_factory=TransactionsPolicy)
    remote_control: RemoteControlPolicy = field(default_factory=RemoteControlPolicy)
    security: SecurityPolicy = field(default_factory=SecurityPolicy)
    certificates: CertificatesPolicy = field(default_factory=CertificatesPolicy)
    local_list: LocalListPolicy = field(default_factory=LocalListPolicy)
    reservation: ReservationPolicy = field(default_factory=ReservationPolicy)
    limits: LimitsPolicy = field(default_factory=LimitsPolicy)
    tariff: TariffPolicy = field(default_factory=TariffPolicy)
    local_cost: LocalCostPolicy = field(default_factory=LocalCostPolicy)
    smart_charging: SmartChargingPolicy = field(default_factory=SmartChargingPolicy)
    firmware: FirmwarePolicy = field(default_factory=FirmwarePolicy)
    publishing: PublishingPolicy = field(default_factory=PublishingPolicy)
    diagnostics: DiagnosticsPolicy = field(default_factory=DiagnosticsPolicy)
    monitoring: MonitoringPolicy = field(default_factory=MonitoringPolicy)
    event_streams: EventStreamsPolicy = field(default_factory=EventStreamsPolicy)
    display: DisplayPolicy = field(default_factory=DisplayPolicy)
    data_transfer: DataTransferPolicy = field(default_factory=DataTransferPolicy)
    v2x: V2xPolicy = field(default_factory=V2xPolicy)
    dynamic_schedules: DynamicSchedulesPolicy = field(default_factory=DynamicSchedulesPolicy)
    der: DerPolicy = field(default_factory=DerPolicy)
    meter_values: MeterValuesPolicy = field(default_factory=MeterValuesPolicy)


CONFORMANT: Final = StationPolicy()
"""What stations share that neglect nothing."""
