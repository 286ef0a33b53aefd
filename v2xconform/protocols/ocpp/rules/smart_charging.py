"""Rules on single messages: charging profiles and schedules (block K, V2X in Q)."""

from typing import Final

from v2xconform.protocols.ocpp.rules.rule import Rule

SMART_CHARGING_RULES: Final[tuple[Rule, ...]] = ()
