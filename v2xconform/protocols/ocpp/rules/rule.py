"""What a semantic rule is made of."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any, Literal

from v2xconform.protocols.ocpp import Version

Tree = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Broken:
    """One place at which a rule is broken."""

    path: str
    text: str
    """What was expected and what is there."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One requirement on single messages."""

    requirement: str
    at: str
    """Message name; * and ? stand for any text."""
    look: Callable[[str, Tree, Tree], Iterator[Broken]]
    """Called with the name, the tree and, for an answer, the payload of its request."""
    severity: Literal["MUST", "SHOULD"] = "MUST"
    versions: tuple[Version, ...] = ("ocpp2.0.1", "ocpp2.1")

    def fits(self, version: Version, name: str) -> bool:
        """Tell whether the rule is for messages of this name."""
        return version in self.versions and fnmatchcase(name, self.at)


def leaves(tree: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Yield every plain value of a tree with its dotted path; what is below customData is nobody's business."""
    if isinstance(tree, Mapping):
        for key, value in tree.items():
            if key != "customData":
                yield from leaves(value, f"{path}.{key}" if path else key)
    elif isinstance(tree, list):
        for place, value in enumerate(tree):
            yield from leaves(value, f"{path}.{place}" if path else str(place))
    else:
        yield path, tree
