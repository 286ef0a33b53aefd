"""given, when and then for step modules: they run coroutines, write the step into the trace, and know replay.

pytest-bdd never awaits an ``async def`` step: it would pass silently whatever it asserts. Import the decorators
from here and never from pytest_bdd. A step is ``async def step(bench, …)``; its parameters are those of its parser.

*Given* and *When* act on the bench and may raise `Inconclusive`; *Then* only reads the trace, through ``bench.look``.
"""

import inspect
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Literal

import pytest_bdd
from pytest_bdd.parsers import StepParser, get_parser

StepKind = Literal["given", "when", "then"]
StepFunction = Callable[..., Awaitable[None]]


@dataclass(frozen=True, slots=True)
class StepDefinition:
    """One sentence of the vocabulary: what `v2xconform check` compares feature files with."""

    kind: StepKind
    parser: StepParser
    where: str
    """Module and line, for messages about ambiguous steps."""


DEFINITIONS: list[StepDefinition] = []


def _runnable(kind: StepKind, function: StepFunction) -> Callable[..., None]:
    names = [name for name in inspect.signature(function).parameters if name != "bench"]

    def run(bench: Any, **arguments: Any) -> None:
        bench.run_step(kind, function, arguments)

    parameters = [inspect.Parameter(name, inspect.Parameter.POSITIONAL_OR_KEYWORD) for name in ("bench", *names)]
    run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]  # pytest reads it; functions allow it
    run.__name__ = function.__name__
    run.__module__ = function.__module__
    return run


def _decorator(kind: StepKind) -> Callable[..., Callable[[StepFunction], StepFunction]]:
    def with_text(text: str | StepParser, **options: Any) -> Callable[[StepFunction], StepFunction]:
        def register(function: StepFunction) -> StepFunction:
            if not inspect.iscoroutinefunction(function):
                raise TypeError(f"{function.__qualname__}: a step must be `async def`")
            parser = get_parser(text)
            place = f"{function.__module__}:{function.__code__.co_firstlineno}"
            DEFINITIONS.append(StepDefinition(kind, parser, place))
            getattr(pytest_bdd, kind)(parser, stacklevel=2, **options)(_runnable(kind, function))
            return function

        return register

    return with_text


given = _decorator("given")
when = _decorator("when")
then = _decorator("then")
