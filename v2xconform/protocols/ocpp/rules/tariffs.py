"""Rules on single messages: tariffs with which stations calculate the cost (2.1, I07 to I12)."""

import re
from collections.abc import Iterator
from typing import Any, Final

from v2xconform.protocols.ocpp.rules.rule import Broken, Rule, Tree

_CURRENCY: Final = re.compile("[A-Z]{3}")
_TIME: Final = re.compile(r"([01]\d|2[0-3]):[0-5]\d")
_DATE: Final = re.compile(r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])")
_FORMS: Final = {"startTimeOfDay": _TIME, "endTimeOfDay": _TIME, "validFromDate": _DATE, "validToDate": _DATE}
_KINDS: Final = ("energy", "chargingTime", "idleTime", "fixedFee", "reservationTime", "reservationFixed")


def _tariff(name: str, tree: Tree, request: Tree) -> Iterator[Broken]:
    """A currency of ISO 4217; times of day and dates in the form that their fields have (2.1 Part 2, TariffConditionsType)."""
    tariff = tree.get("tariff")
    if not isinstance(tariff, dict):
        return
    currency = tariff.get("currency")
    if isinstance(currency, str) and not _CURRENCY.fullmatch(currency):
        yield Broken("tariff.currency", f"{currency!r} is no currency code of ISO 4217")
    for path, condition in _conditions(tariff):
        for field, form in _FORMS.items():
            told = condition.get(field)
            if isinstance(told, str) and not form.fullmatch(told):
                yield Broken(f"{path}.{field}", f"{told!r} is no {'time of day' if form is _TIME else 'date'}")


def _conditions(tariff: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for kind in _KINDS:
        part = tariff.get(kind)
        prices = part.get("prices", ()) if isinstance(part, dict) else ()
        for number, one in enumerate(prices):
            if isinstance(one, dict) and isinstance(one.get("conditions"), dict):
                yield f"tariff.{kind}.prices.{number}.conditions", one["conditions"]


def _driver_tariff(name: str, tree: Tree, request: Tree) -> Iterator[Broken]:
    tariff = tree.get("tariff")
    if isinstance(tariff, dict) and "validFrom" in tariff:
        yield Broken("tariff.validFrom", "the tariff of a driver has no validFrom")


_LATER: Final = ("ocpp2.1",)
TARIFF_RULES: Final[tuple[Rule, ...]] = (
    Rule("OCPP-Tariff", "SetDefaultTariffRequest", _tariff, versions=_LATER),
    Rule("OCPP-Tariff", "ChangeTransactionTariffRequest", _tariff, versions=_LATER),
    Rule("OCPP-Tariff", "AuthorizeResponse", _tariff, versions=_LATER),
    Rule("I08.FR.09", "AuthorizeResponse", _driver_tariff, versions=_LATER),
)
