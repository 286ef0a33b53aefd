"""Rules on single messages: authorization, transactions, remote control, meter values (blocks C, E, F, J)."""

from typing import Final

from v2xconform.protocols.ocpp.rules.rule import Rule

TRANSACTIONS_RULES: Final[tuple[Rule, ...]] = ()
