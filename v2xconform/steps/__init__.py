"""The Gherkin vocabulary, one module per protocol and theme, and the bench on which it acts."""

from importlib import import_module

MODULES = (
    "secc20",
    "evcc20",
    "life20",
    "schedules20",
    "pnc20",
    "checks",
    "ocpp_deeds",
    "ocpp_checks",
    "ocpp_security",
    "ocpp_certificates",
    "ocpp_contracts",
    "ocpp_limits",
    "ocpp_network",
    "ocpp_provisioning",
    "ocpp_reports",
    "ocpp_availability",
    "ocpp_transactions",
    "ocpp_transaction_checks",
    "ocpp_meter_values",
    "ocpp_smart_charging",
    "ocpp_charging_checks",
    "ocpp_diagnostics",
    "ocpp_monitoring",
    "ocpp_keeping",
    "ocpp_event_streams",
    "ocpp_display",
    "ocpp_v2x",
    "ocpp_der",
    "ocpp_frames",
    "ocpp_reactions",
    "ocpp_handshakes",
    "charger",
)
"""Modules that hold sentences; a new one is known once its name stands here."""


def load_steps() -> None:
    """Make every sentence known to `vocabulary.DEFINITIONS`."""
    for name in MODULES:
        import_module(f"{__name__}.{name}")
