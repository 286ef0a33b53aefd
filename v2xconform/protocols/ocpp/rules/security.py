"""Rules on single messages: certificates, passwords, security events (blocks A and M)."""

from typing import Final

from v2xconform.protocols.ocpp.rules.rule import Rule

SECURITY_RULES: Final[tuple[Rule, ...]] = ()
