"""Reads recipes from YAML and says in one line where a recipe is wrong: file, line, what, and what would be right."""

from difflib import get_close_matches
from pathlib import Path
from typing import Any, Final

from pydantic import BaseModel, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from v2xconform.content import content
from v2xconform.pki import recipe as fields
from v2xconform.pki.certificates import encoding_problem
from v2xconform.pki.profiles import PROFILES
from v2xconform.pki.recipe import Recipe, changed, contradictions, merged
from v2xconform.pki.validation import CODES

KeyPath = tuple[str | int, ...]


class RecipeError(ValueError):
    """A recipe that cannot be used; one line for each problem: ``file:line: what; what would be right``."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = tuple(problems)


def recipes() -> list[str]:
    """Return the names of the shipped recipes; each can be given to `load_recipe`."""
    return sorted(path.stem for path in content("certs").glob("*.yaml"))


def load_recipe(source: str | Path) -> Recipe:
    """Load a recipe from a file, or a shipped one by name (`recipes`), and check it. Next: `v2xconform.pki.issue`.

    ``extends: FILE`` takes everything from another recipe first. Raises RecipeError with file and line.
    """
    path = Path(source)
    if path.suffix not in (".yaml", ".yml") and not path.is_file():
        path = content("certs") / f"{source}.yaml"
        if not path.is_file():
            raise RecipeError([f"{source}: no such recipe; give a .yaml file or one of {', '.join(recipes())}"])
    tree, lines = _tree(path, ())
    try:
        recipe = Recipe.model_validate(tree)
    except ValidationError as error:
        raise RecipeError(_explained(error, lines, path)) from None
    problems = [
        f"{_line(lines, ('certificates', name), path)}: {problem}"
        for name, spec in recipe.certificates.items()
        if (problem := encoding_problem(spec))
    ]
    for name, credential in recipe.credentials.items():
        for title, variant in credential.variants.items():
            for certificate, change in variant.change.items():
                at: KeyPath = ("credentials", name, "variants", title, "change", certificate)
                try:
                    if certificate in recipe.certificates:
                        problem = encoding_problem(changed(recipe.certificates[certificate], change))
                        problems += [f"{_line(lines, at, path)}: {problem}"] * bool(problem)
                except ValidationError as error:
                    problems += _explained(error, lines, path, at)
    if not problems:
        problems = [f"{_line(lines, at, path)}: {text}" for at, text in contradictions(recipe, CODES, PROFILES)]
    if problems:
        raise RecipeError(problems)
    return recipe


def _tree(path: Path, below: tuple[Path, ...]) -> tuple[dict[str, Any], dict[KeyPath, str]]:
    """Read a file and what it extends; with it the place (file:line) of every key."""
    if path.resolve() in below:
        raise RecipeError([f"{path}:1: extends itself; a recipe must extend another one"])
    try:
        document = YAML(typ="rt").load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise RecipeError([f"{path}: {error.strerror}; give the name of a YAML file that can be read"]) from None
    except UnicodeDecodeError:
        raise RecipeError([f"{path}: not UTF-8 text; a recipe is a YAML file"]) from None
    except YAMLError as error:
        mark = error.problem_mark if isinstance(error, MarkedYAMLError) else None
        what = (error.problem if isinstance(error, MarkedYAMLError) else None) or str(error)
        line = mark.line + 1 if mark else 1
        raise RecipeError([f"{path}:{line}: not YAML: {what.splitlines()[0]}"]) from None
    except RecursionError:
        raise RecipeError([f"{path}:1: the levels go too deep; a recipe has seven at most"]) from None
    except ValueError as error:
        # A scalar that looks like a date or a number and is none.
        raise RecipeError([f"{path}:1: not YAML: {error}"]) from None
    if not isinstance(document, CommentedMap):
        raise RecipeError([f"{path}:1: a recipe is a mapping of fields: {', '.join(Recipe.model_fields)}"])
    lines: dict[KeyPath, str] = {}
    tree = _plain(document, (), lines, path)
    if "extends" not in tree:
        return tree, lines
    extended = tree.pop("extends")
    if not isinstance(extended, str) or not (path.parent / extended).is_file():
        raise RecipeError([f"{lines[('extends',)]}: extends {extended!r}, which is no file beside this one"])
    lower, lower_lines = _tree(path.parent / extended, (*below, path.resolve()))
    return merged(lower, tree), {**lower_lines, **lines}


def _plain(node: Any, at: KeyPath, lines: dict[KeyPath, str], path: Path) -> Any:
    match node:
        case CommentedMap():
            for key in node:
                place = node.lc.data.get(key) if node.lc.data else None
                if place:
                    lines[(*at, key)] = f"{path}:{place[0] + 1}"
            return {key: _plain(value, (*at, key), lines, path) for key, value in node.items()}
        case CommentedSeq():
            return [_plain(value, (*at, index), lines, path) for index, value in enumerate(node)]
        case _:
            return node


def _line(lines: dict[KeyPath, str], at: KeyPath, path: Path) -> str:
    """Return the place of a key, or of the nearest one above it."""
    while at and at not in lines:
        at = at[:-1]
    return lines.get(at, f"{path}:1")


def _explained(error: ValidationError, lines: dict[KeyPath, str], path: Path, under: KeyPath = ()) -> list[str]:
    texts = []
    for problem in error.errors():
        at = (*under, *(step for step in problem["loc"] if step != "[key]"))
        last, kind = at[-1] if at else "recipe", problem["type"]
        if kind == "extra_forbidden":
            known = _known_fields(at)
            close = get_close_matches(str(last), known, 1)
            right = f"did you mean '{close[0]}'?" if close else f"known are {', '.join(known)}"
            text = f"unknown field '{last}'; {right}"
        elif kind == "missing":
            text = f"field '{last}' is missing"
        elif kind == "literal_error":
            text = f"'{problem['input']}' is not allowed for '{last}'; allowed are {problem['ctx']['expected']}"
        else:
            text = f"'{last}': {problem['msg'].removeprefix('Value error, ')}"
        texts.append(f"{_line(lines, at, path)}: {text}")
    return texts


_SHAPES: Final[dict[tuple[str, ...], type[BaseModel]]] = {
    (): Recipe,
    ("certificates", "*"): fields.CertificateSpec,
    ("certificates", "*", "valid"): fields.Validity,
    ("credentials", "*"): fields.CredentialSpec,
    ("credentials", "*", "variants", "*"): fields.VariantSpec,
    ("credentials", "*", "variants", "*", "change", "*"): fields.CertificateSpec,
    ("credentials", "*", "variants", "*", "change", "*", "valid"): fields.Validity,
    ("staples", "*"): fields.StapleSpec,
    ("staples", "*", "valid"): fields.Validity,
}


def _known_fields(at: KeyPath) -> list[str]:
    """Return the fields that are allowed where the unknown field *at* stands."""
    for shape, model in _SHAPES.items():
        above = at[:-1]
        if len(above) == len(shape) and all(s in ("*", a) for s, a in zip(shape, above, strict=True)):
            return [field.alias or name for name, field in model.model_fields.items()] + ["extends"] * (not above)
    return []
