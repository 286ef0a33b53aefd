"""The decorators of steps: coroutines only, one way in, and a definition that the linter can read."""

from typing import Any

import pytest
from pytest_bdd import parsers
from pytest_bdd.gherkin_parser import DocString, Location
from pytest_bdd.parser import Step

from v2xconform.lab.yaml_lines import LabError
from v2xconform.steps import vocabulary
from v2xconform.steps.vocabulary import given, then, when


@pytest.fixture(autouse=True)
def definitions(monkeypatch: pytest.MonkeyPatch) -> list[vocabulary.StepDefinition]:
    fresh: list[vocabulary.StepDefinition] = []
    monkeypatch.setattr(vocabulary, "DEFINITIONS", fresh)
    vocabulary._found.cache_clear()
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


def said(kind: str, text: str, **more: Any) -> Step:
    return Step(name=text, type=kind, indent=0, line_number=1, keyword=kind.capitalize(), **more)


def test_a_sentence_finds_its_step_and_arguments() -> None:
    @then(parsers.parse("the kettle holds {litres:g} l"))
    async def step(bench: Any, litres: float) -> None: ...

    definition, arguments = vocabulary.definition_of(said("then", "the kettle holds 1.5 l"))
    assert definition.function is step and arguments == {"litres": 1.5}


def test_docstring_goes_to_those_who_ask_for_it() -> None:
    @when("the cook reads")
    async def step(bench: Any, docstring: str) -> None: ...

    text = DocString(content="salt", delimiter='"""', location=Location(line=1, column=1))
    _, arguments = vocabulary.definition_of(said("when", "the cook reads", docstring=text.content))
    assert arguments == {"docstring": "salt"}


def test_a_sentence_without_a_step_is_a_fault_of_the_lab() -> None:
    with pytest.raises(LabError, match="no step has this wording: When the cat sings"):
        vocabulary.definition_of(said("when", "the cat sings"))


def test_two_steps_for_one_sentence_are_named_both() -> None:
    for _ in range(2):

        @given("a kettle")
        async def step(bench: Any) -> None: ...

    with pytest.raises(LabError, match=f"ambiguous step: Given a kettle; it fits {__name__}:[0-9]+, {__name__}:"):
        vocabulary.definition_of(said("given", "a kettle"))
