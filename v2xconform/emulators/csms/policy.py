"""The duties of a CSMS that it can neglect, one dataclass for each block; quirks override their fields."""

from dataclasses import dataclass, field

from v2xconform.emulators.csms.admission import AdmissionPolicy
from v2xconform.emulators.csms.authorization import AuthorizationPolicy
from v2xconform.emulators.csms.certificates import CertificatesPolicy
from v2xconform.emulators.csms.data_transfer import DataTransferPolicy
from v2xconform.emulators.csms.der import DerPolicy
from v2xconform.emulators.csms.device_model import DeviceModelPolicy
from v2xconform.emulators.csms.diagnostics import DiagnosticsPolicy
from v2xconform.emulators.csms.dynamic_schedules import DynamicSchedulesPolicy
from v2xconform.emulators.csms.event_streams import EventStreamsPolicy
from v2xconform.emulators.csms.provisioning import ProvisioningPolicy
from v2xconform.emulators.csms.security import SecurityPolicy
from v2xconform.emulators.csms.smart_charging import SmartChargingPolicy
from v2xconform.emulators.csms.transactions import TransactionsPolicy
from v2xconform.emulators.csms.v2x import V2xPolicy
from v2xconform.links.websocket import Manners
from v2xconform.protocols.ocpp.rpc import RpcPolicy


@dataclass(frozen=True, slots=True)
class CsmsPolicy:
    """All of them, conformant by default."""

    rpc: RpcPolicy = field(default_factory=RpcPolicy)
    websocket: Manners = field(default_factory=Manners)
    admission: AdmissionPolicy = field(default_factory=AdmissionPolicy)
    provisioning: ProvisioningPolicy = field(default_factory=ProvisioningPolicy)
    authorization: AuthorizationPolicy = field(default_factory=AuthorizationPolicy)
    transactions: TransactionsPolicy = field(default_factory=TransactionsPolicy)
    security: SecurityPolicy = field(default_factory=SecurityPolicy)
    certificates: CertificatesPolicy = field(default_factory=CertificatesPolicy)
    device_model: DeviceModelPolicy = field(default_factory=DeviceModelPolicy)
    smart_charging: SmartChargingPolicy = field(default_factory=SmartChargingPolicy)
    diagnostics: DiagnosticsPolicy = field(default_factory=DiagnosticsPolicy)
    event_streams: EventStreamsPolicy = field(default_factory=EventStreamsPolicy)
    data_transfer: DataTransferPolicy = field(default_factory=DataTransferPolicy)
    v2x: V2xPolicy = field(default_factory=V2xPolicy)
    dynamic_schedules: DynamicSchedulesPolicy = field(default_factory=DynamicSchedulesPolicy)
    der: DerPolicy = field(default_factory=DerPolicy)
