"""Rules on single messages: firmware, logs, monitoring, event streams, display (blocks L, N, O, P)."""

from typing import Final

from v2xconform.protocols.ocpp.rules.rule import Rule

DIAGNOSTICS_RULES: Final[tuple[Rule, ...]] = ()
