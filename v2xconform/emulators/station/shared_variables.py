"""Variables that many stations share until one of them changes something: a mapping that copies on first touch.

Whoever gets a variable from it may change the variable, so it is a copy of the station's own from then on; `peek` is for
those who only read.
"""

from collections.abc import Iterator, Mapping, MutableMapping
from copy import copy
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from v2xconform.emulators.station.device_model import Key, Variable


class SharedVariables(MutableMapping["Key", "Variable"]):
    """All variables of one station, in the order in which they were added."""

    __slots__ = ("_own", "_shared")

    def __init__(self, shared: "Mapping[Key, Variable] | None" = None) -> None:
        """`shared` must not change any more."""
        self._shared: Mapping[Key, Variable] = {} if shared is None else shared
        self._own: dict[Key, Variable] = {}

    def peek(self, key: "Key") -> "Variable | None":
        """Return a variable to be read only, None where there is none."""
        return self._own.get(key) or self._shared.get(key)

    def __getitem__(self, key: "Key") -> "Variable":
        found = self._own.get(key)
        if found is None:
            found = copy(self._shared[key])
            found.other = dict(found.other)
            self._own[key] = found
        return found

    def __setitem__(self, key: "Key", variable: "Variable") -> None:
        self._own[key] = variable

    def __delitem__(self, key: "Key") -> None:
        if key in self._shared:  # what one station lacks cannot be shared: it goes its own way from here
            self._own, self._shared = {one: self[one] for one in self}, {}
        del self._own[key]

    def __iter__(self) -> "Iterator[Key]":
        yield from self._shared
        yield from (key for key in self._own if key not in self._shared)

    def __len__(self) -> int:
        return len(self._shared) + sum(key not in self._shared for key in self._own)

    def __contains__(self, key: object) -> bool:
        return key in self._own or key in self._shared

    def freeze(self) -> "Mapping[Key, Variable]":
        """Return all variables for others to share; this mapping must not be used any more."""
        return {key: self[key] for key in self}
