"""Conditions on messages: names of components and variables are the same in whatever case."""

from v2xconform.steps.ocpp_values import Condition

TREE = {"data": [{"component": {"name": "EVSECTRLR"}, "variable": {"name": "state"}, "value": "true"}]}


def test_names_are_compared_without_case() -> None:
    assert Condition("data.0.component.name", "=", ("EvseCtrlr",)).met(TREE)
    assert Condition("data.*.variable.name", "=", ("State",)).met(TREE)
    assert not Condition("data.0.component.name", "=", ("Connector",)).met(TREE)


def test_values_are_compared_exactly() -> None:
    assert not Condition("data.0.value", "=", ("True",)).met(TREE)
