"""Monitors of OCPP: what is between a station and a CSMS."""

from typing import Final

from v2xconform.judge.monitors.ocpp.availability import AvailabilityMonitor
from v2xconform.judge.monitors.ocpp.der import DerMonitor
from v2xconform.judge.monitors.ocpp.event_streams import EventStreamsMonitor
from v2xconform.judge.monitors.ocpp.event_times import EventTimesMonitor
from v2xconform.judge.monitors.ocpp.firmware import FirmwareMonitor
from v2xconform.judge.monitors.ocpp.follow_ups import FollowUpsMonitor
from v2xconform.judge.monitors.ocpp.limits import LimitsMonitor
from v2xconform.judge.monitors.ocpp.logs import LogsMonitor
from v2xconform.judge.monitors.ocpp.monitoring import MonitoringMonitor
from v2xconform.judge.monitors.ocpp.orders import OrdersMonitor
from v2xconform.judge.monitors.ocpp.power import OcppPowerMonitor
from v2xconform.judge.monitors.ocpp.registration import RegistrationMonitor
from v2xconform.judge.monitors.ocpp.remote_transactions import RemoteTransactionsMonitor
from v2xconform.judge.monitors.ocpp.rpc import RpcMonitor
from v2xconform.judge.monitors.ocpp.schema import OcppSchemaMonitor
from v2xconform.judge.monitors.ocpp.security import OcppSecurityMonitor
from v2xconform.judge.monitors.ocpp.tariffs import TariffsMonitor
from v2xconform.judge.monitors.ocpp.timing import OcppTimingMonitor
from v2xconform.judge.monitors.ocpp.tokens import TokensMonitor
from v2xconform.judge.monitors.ocpp.told_again import ToldAgainMonitor
from v2xconform.judge.monitors.ocpp.transactions import TransactionsMonitor
from v2xconform.judge.monitors.ocpp.v2x import V2xMonitor

OCPP_MONITORS: Final = (
    RpcMonitor,
    OcppSchemaMonitor,
    RegistrationMonitor,
    TransactionsMonitor,
    RemoteTransactionsMonitor,
    TokensMonitor,
    FollowUpsMonitor,
    OcppTimingMonitor,
    AvailabilityMonitor,
    OcppPowerMonitor,
    OcppSecurityMonitor,
    DerMonitor,
    V2xMonitor,
    FirmwareMonitor,
    LogsMonitor,
    MonitoringMonitor,
    EventStreamsMonitor,
    EventTimesMonitor,
    ToldAgainMonitor,
    OrdersMonitor,
    LimitsMonitor,
    TariffsMonitor,
)
"""The list that a run and a re-judgement use alike; a new monitor is known once it stands here."""
