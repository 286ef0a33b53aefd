"""What is to be done later, for objects without a clock: callbacks at instants, kept in order.

`timer` says when `fire` has something to do. A key stands for at most one entry: setting it again moves it.
"""

import heapq
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import count

Due = Callable[[float], None]


@dataclass(slots=True)
class Agenda:
    """Entries in the order of their instants, those of one instant in the order in which they were made."""

    _heap: list[tuple[float, int, str, Due]] = field(default_factory=list)
    _keys: dict[str, int] = field(default_factory=dict)
    _numbers: Iterator[int] = field(default_factory=count)

    def at(self, instant: float, due: Due, key: str = "") -> None:
        """Do something at an instant; a `key` replaces what was planned under it."""
        number = next(self._numbers)
        if key:
            self._keys[key] = number
        heapq.heappush(self._heap, (instant, number, key, due))

    def cancel(self, key: str) -> None:
        """Forget what was planned under a key, if anything."""
        self._keys.pop(key, None)

    def planned(self, key: str) -> bool:
        """Tell whether something is planned under a key."""
        return key in self._keys

    def clear(self) -> None:
        """Forget everything."""
        self._heap.clear()
        self._keys.clear()

    def timer(self) -> float | None:
        """Return the next instant, None when nothing is planned."""
        while self._heap and not self._alive(self._heap[0]):
            heapq.heappop(self._heap)
        return self._heap[0][0] if self._heap else None

    def fire(self, now: float) -> None:
        """Do all that is due at `now`; what these entries plan for `now` itself is done as well."""
        while (instant := self.timer()) is not None and instant <= now:
            _, _, key, due = heapq.heappop(self._heap)
            if key:
                del self._keys[key]
            due(now)

    def _alive(self, entry: tuple[float, int, str, Due]) -> bool:
        _, number, key, _ = entry
        return not key or self._keys.get(key) == number
