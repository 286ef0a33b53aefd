"""The decorators of steps: coroutines only, one way in, and a definition that the linter can read."""

from typing import Any

import pytest

from v2xconform.steps import vocabulary
from v2xconform.steps.vocabulary import given, then, when


@pytest.fixture(autouse=True)
def definitions(monkeypatch: pytest.MonkeyPatch) -> list[vocabulary.StepDefinition]:
    fresh: list[vocabulary.StepDefinition] = []
    monkeypatch.setattr(vocabulary, "DEFINITIONS", fresh)
    return fresh


@pytest.mark.parametrize("decorator", [given, when, then])
def test_a_step_that_is_no_coroutine_is_refused(decorator: Any) -> None:
    with pytest.raises(TypeError, match=r"a step must be `async def`"):

        @decorator("something happens")
        def step(bench: Any) -> None: ...


def test_a_definition_says_where_it_stands(definitions: list[vocabulary.StepDefinition]) -> None:
    @when("the kettle boils")
    async def step(bench: Any) -> None: ...

    (definition,) = definitions
    assert definition.kind == "when" and definition.parser.is_matching("the kettle boils")
    assert definition.where.startswith(f"{__name__}:")


def test_a_step_runs_through_the_bench() -> None:
    ran: list[tuple[str, dict[str, Any]]] = []

    class Bench:
        def run_step(self, kind: str, function: Any, arguments: dict[str, Any]) -> None:
            ran.append((kind, arguments))

    async def step(bench: Any, number: int) -> None: ...

    vocabulary._runnable("then", step)(Bench(), number=3)
    assert ran == [("then", {"number": 3})]
