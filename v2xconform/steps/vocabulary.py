"""given, when and then for step modules: the vocabulary of test cases, and how a sentence finds its step.

A step is ``async def step(bench, …)``; its other parameters are those of its parser, and ``docstring`` or ``datatable`` where
the sentence has one. *Given* and *When* act on the bench and may raise `Inconclusive`; *Then* only reads the trace, through
``bench.look``. pytest-bdd's own decorators would never await a coroutine: it would pass silently whatever it asserts.
"""

import inspect
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

from pytest_bdd.parser import Step
from pytest_bdd.parsers import StepParser, get_parser

from v2xconform.lab.yaml_lines import LabError

StepKind = Literal["given", "when", "then"]
StepFunction = Callable[..., Awaitable[None]]


@dataclass(frozen=True, slots=True)
class StepDefinition:
    """One sentence of the vocabulary."""

    kind: StepKind
    parser: StepParser
    where: str
    """Module and line, for messages about ambiguous steps."""
    function: StepFunction
    parameters: frozenset[str] = frozenset()
    """Names that the function takes beside ``bench``."""

    def fits(self, kind: str, text: str) -> bool:
        """Tell whether a sentence is meant."""
        return self.kind == kind and bool(self.parser.is_matching(text))


DEFINITIONS: list[StepDefinition] = []


def _decorator(kind: StepKind) -> Callable[[str | StepParser], Callable[[StepFunction], StepFunction]]:
    def with_text(text: str | StepParser) -> Callable[[StepFunction], StepFunction]:
        def register(function: StepFunction) -> StepFunction:
            if not inspect.iscoroutinefunction(function):
                raise TypeError(f"{function.__qualname__}: a step must be `async def`")
            place = f"{function.__module__}:{function.__code__.co_firstlineno}"
            parameters = frozenset(inspect.signature(function).parameters) - {"bench"}
            DEFINITIONS.append(StepDefinition(kind, get_parser(text), place, function, parameters))
            return function

        return register

    return with_text


given = _decorator("given")
when = _decorator("when")
then = _decorator("then")


def definition_of(step: Step) -> tuple[StepDefinition, dict[str, Any]]:
    """Return the definition that a step of a scenario means, and its arguments. Raises LabError: none, or several."""
    definition, parsed = _found(step.type, step.name, len(DEFINITIONS))
    arguments = {name: value for name, value in parsed.items() if name in definition.parameters}
    if "docstring" in definition.parameters:
        arguments["docstring"] = step.docstring or ""
    if "datatable" in definition.parameters:
        arguments["datatable"] = step.datatable.raw() if step.datatable is not None else []
    return definition, arguments


@lru_cache(maxsize=20_000)  # the rows of an outline say the same sentences again and again
def _found(kind: str, text: str, known: int) -> tuple[StepDefinition, dict[str, Any]]:
    matches = [definition for definition in DEFINITIONS if definition.fits(kind, text)]
    if not matches:
        raise LabError(f"no step has this wording: {kind.capitalize()} {text}; `v2xconform check` finds such sentences")
    if len(matches) > 1:
        places = ", ".join(one.where for one in matches)
        raise LabError(f"ambiguous step: {kind.capitalize()} {text}; it fits {places}")
    return matches[0], dict(matches[0].parser.parse_arguments(text) or {})
