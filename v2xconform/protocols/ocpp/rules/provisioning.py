"""Rules on single messages: boot, variables, reports, availability (blocks B and G)."""

from typing import Final

from v2xconform.protocols.ocpp.rules.rule import Rule

PROVISIONING_RULES: Final[tuple[Rule, ...]] = ()
