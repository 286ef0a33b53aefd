"""Rules on single messages: DER control (block R)."""

from typing import Final

from v2xconform.protocols.ocpp.rules.rule import Rule

DER_RULES: Final[tuple[Rule, ...]] = ()
