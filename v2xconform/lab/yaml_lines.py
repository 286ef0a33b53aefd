"""Read a YAML file into a pydantic model; when it does not fit, say the line, what is wrong and what would be right.

Everything an engineer writes for the lab (SUT descriptions, profiles, personas, quirks, recipes) comes in through
`load_yaml`. A mistake costs one line of text per mistake, never a traceback.
"""

from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.constructor import DuplicateKeyError
from ruamel.yaml.error import MarkedYAMLError, YAMLError

Model = TypeVar("Model", bound=BaseModel)
Where = Sequence[int | str]


class LabError(Exception):
    """Unusable lab content. ``str(error)`` is ready to print: one ``file:line: wrong; right`` per mistake."""

    def __init__(self, *problems: str) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems
        """The same, one text per mistake, in the order of the file."""


class YamlFile:
    """A YAML file that still knows the line of each of its values. Make one with `read_yaml`."""

    def __init__(self, name: str, root: Any) -> None:
        self.name = name
        """The file as it was named by the caller; every error begins with it."""
        self._root = root
        self.data: Any = _plain(root)
        """The content as plain dicts, lists, strings, numbers, booleans and None."""

    def line(self, where: Where = ()) -> int:
        """Return the line (from 1) of the value at *where*, or of its nearest parent that stands in the file."""
        node, line = self._root, 1
        for step in where:
            found = _line_of(node, step)
            if found is None:
                break
            line, node = found
        return line

    def error(self, where: Where, wrong: str, right: str = "") -> LabError:
        """Return the error to raise about the value at *where*; *right* says what would be accepted there."""
        return LabError(self._problem(where, wrong, right))

    def as_model(self, model: type[Model], where: Where = ()) -> Model:
        """Return the content, or the part of it at *where*, as *model*. Raises `LabError` with all mistakes at once."""
        part = self.data
        for step in where:
            part = part[step]
        if not isinstance(part, Mapping):
            raise self.error(where, f"{_kind(part)} where fields were expected", f"start with {_fields_hint(model)}")
        try:
            return model.model_validate(part)
        except ValidationError as invalid:
            problems = [(*where, *error["loc"]) for error in invalid.errors()]
            texts = [_explain(error, model) for error in invalid.errors()]
            found = {(self.line(loc), self._problem(loc, *text)) for loc, text in zip(problems, texts, strict=True)}
            raise LabError(*(text for _, text in sorted(found))) from None

    def _problem(self, where: Where, wrong: str, right: str = "") -> str:
        path = ".".join(str(step) for step in where)
        subject = f"{path}: {wrong}" if path else wrong
        return f"{self.name}:{self.line(where)}: {subject}" + (f"; {right}" if right else "")


def read_yaml(path: Path | str) -> YamlFile:
    """Read the YAML 1.2 file *path*; call `YamlFile.as_model` next. Raises `LabError` when missing or not YAML."""
    path = Path(path)
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        near = get_close_matches(path.name, [other.name for other in _siblings(path)], n=1)
        raise LabError(f"{path}: no such file" + (f"; did you mean {near[0]}?" if near else "")) from None
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not UTF-8 text"
        raise LabError(f"{path}: cannot be read: {reason}; write it as UTF-8 text") from None
    return parse_yaml(text, str(path))


def parse_yaml(text: str, name: str) -> YamlFile:
    """Parse YAML *text*; *name* stands for the file in errors. Raises `LabError`."""
    reader = YAML(typ="rt")
    try:
        return YamlFile(name, reader.load(text))
    except DuplicateKeyError as error:
        key = str(error.problem).partition('"')[2].partition('"')[0]
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise LabError(f"{name}:{line}: the field {key!r} stands here a second time; keep one of them") from None
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        raise LabError(
            f"{name}:{line}: not YAML: {error.problem or error.context}; check indentation, colons and quotes"
        ) from None
    except (YAMLError, ValueError) as error:
        raise LabError(
            f"{name}:1: not YAML: {str(error).splitlines()[0]}; one document of plain YAML is expected"
        ) from None


def load_yaml(path: Path | str, model: type[Model]) -> Model:
    """Read the YAML file *path* as *model*, which should be frozen and forbid extra fields.

    A file that has not changed is not read again: a selftest asks for the same profile thousands of times.
    Raises `LabError`: ``file:line: what is wrong; what would be right``, one line per mistake, with a guess at the
    intended name for an unknown field or value.
    """
    try:
        status = Path(path).stat()
    except OSError:
        return read_yaml(path).as_model(model)  # which says what is wrong with it
    known = _as_model(path, model, (status.st_mtime_ns, status.st_size, status.st_ino))
    assert isinstance(known, model)
    return known


@lru_cache(maxsize=512)
def _as_model(path: Path | str, model: type[BaseModel], _signature: tuple[int, int, int]) -> BaseModel:
    return read_yaml(path).as_model(model)


def _siblings(path: Path) -> list[Path]:
    return sorted(path.parent.glob("*")) if path.parent.is_dir() else []


def _line_of(node: Any, step: int | str) -> tuple[int, Any] | None:
    if isinstance(node, CommentedMap) and step in node:
        position = (node.lc.data or {}).get(step)
        return (position[0] + 1 if position else node.lc.line + 1), node[step]
    if isinstance(node, CommentedSeq) and isinstance(step, int) and step < len(node):
        return node.lc.data[step][0] + 1, node[step]
    return None


def _plain(node: Any) -> Any:
    match node:
        case Mapping():
            return {_plain(key): _plain(value) for key, value in node.items()}
        case str():
            return str(node)
        case bool() | None:
            return node
        case Sequence():
            return [_plain(item) for item in node]
        case int():
            return int(node)
        case float():
            return float(node)
        case _:
            return str(node)


_KINDS = {dict: "fields", list: "a list", str: "text", bool: "true/false", int: "a number", float: "a number"}


def _kind(value: Any) -> str:
    return "nothing" if value is None else _KINDS.get(type(value), type(value).__name__)


_EXPECTED = {
    "int_type": "a whole number", "int_parsing": "a whole number", "int_from_float": "a whole number",
    "float_type": "a number", "float_parsing": "a number",
    "bool_type": "true or false", "bool_parsing": "true or false",
    "string_type": "text (put it in quotes)",
    "list_type": "a list", "tuple_type": "a list", "set_type": "a list",
    "dict_type": "fields", "model_type": "fields", "model_attributes_type": "fields", "mapping_type": "fields",
}  # fmt: skip


def _explain(error: ErrorDetails, model: type[BaseModel]) -> tuple[str, str]:
    kind, value, context = error["type"], error["input"], error.get("ctx", {})
    if kind == "missing":
        return "this field is missing", "add it"
    if kind == "extra_forbidden":
        known = _known_fields(model, error["loc"][:-1])
        near = get_close_matches(str(error["loc"][-1]), known, n=1)
        return "unknown field", f"did you mean {near[0]!r}?" if near else f"known are {', '.join(known)}"
    if kind in ("literal_error", "enum"):
        choices = [choice.strip("' ") for choice in context["expected"].replace(" or ", ", ").split(", ")]
        near = get_close_matches(str(value), choices, n=1)
        guess = f"did you mean {near[0]}? " if near else ""
        return f"{_shown(value)} is not allowed", f"{guess}allowed are {', '.join(choices)}"
    if kind in _EXPECTED:
        return f"{_shown(value)} is {_kind(value)}", f"{_EXPECTED[kind]} is expected"
    text = error["msg"].removeprefix("Value error, ").removeprefix("Input ").removesuffix(".")
    return (text, "") if kind == "value_error" else (f"{_shown(value)} does not fit", f"it {text}")


def _shown(value: Any) -> str:
    text = repr(value) if not isinstance(value, bool) else str(value).lower()
    return text if len(text) <= 60 else f"{text[:57]}…"


def _known_fields(model: type[BaseModel], where: Where) -> list[str]:
    """Return the field names of the model that describes *where*; steps that are no field (indices) pass through."""
    models = [model]
    for step in where:
        here = [field for known in models for name, field in _named_fields(known) if name == step]
        models = [inner for field in here for inner in _models_in(field.annotation)] or models
    return sorted({name for known in models for name, _ in _named_fields(known)})


def _named_fields(model: type[BaseModel]) -> Iterator[tuple[str, Any]]:
    for name, field in model.model_fields.items():
        yield field.alias or name, field


def _models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in get_args(annotation):
        yield from _models_in(argument)


def _fields_hint(model: type[BaseModel]) -> str:
    return ", ".join(f"{name}:" for name, _ in _named_fields(model))
