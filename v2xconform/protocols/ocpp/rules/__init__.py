"""Semantic rules: what the text of OCPP demands of single messages beyond their schemas, each with its requirement id.

A rule looks at one message, and at the request that it answers where it is an answer. What needs the history of a
connection is the business of monitors and sessions. `RULES` is the list of all; `broken` applies them.
"""

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, Final

from v2xconform.protocols.ocpp import Version
from v2xconform.protocols.ocpp.rules.der import DER_RULES
from v2xconform.protocols.ocpp.rules.diagnostics import DIAGNOSTICS_RULES
from v2xconform.protocols.ocpp.rules.provisioning import PROVISIONING_RULES
from v2xconform.protocols.ocpp.rules.rule import Broken, Rule
from v2xconform.protocols.ocpp.rules.security import SECURITY_RULES
from v2xconform.protocols.ocpp.rules.smart_charging import SMART_CHARGING_RULES
from v2xconform.protocols.ocpp.rules.tariffs import TARIFF_RULES
from v2xconform.protocols.ocpp.rules.transactions import TRANSACTIONS_RULES
from v2xconform.protocols.ocpp.rules.types import TYPE_RULES
from v2xconform.protocols.ocpp.rules.v2x import V2X_RULES

RULES: Final[tuple[Rule, ...]] = (
    *TYPE_RULES, *SECURITY_RULES, *PROVISIONING_RULES, *TRANSACTIONS_RULES, *SMART_CHARGING_RULES, *DIAGNOSTICS_RULES, *DER_RULES,
    *V2X_RULES, *TARIFF_RULES,
)  # fmt: skip
"""Every rule; a new module of rules is known once its tuple stands here."""


def broken(
    version: Version, name: str, tree: Mapping[str, Any], request: Mapping[str, Any] | None = None
) -> Iterator[tuple[Rule, Broken]]:
    """Yield what a valid message breaks; `request` is the payload that it answers, if it is an answer."""
    for rule in _fitting(version, name):
        for found in rule.look(name, tree, request or {}):
            yield rule, found


@cache
def _fitting(version: Version, name: str) -> tuple[Rule, ...]:
    return tuple(rule for rule in RULES if rule.fits(version, name))


__all__ = ["RULES", "Broken", "Rule", "broken"]
