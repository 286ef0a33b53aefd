"""A queue of few things: an empty deque takes 600 bytes, which counts where there are thousands of connections."""

from typing import TypeVar

T = TypeVar("T")


class Queue(list[T]):
    """First in, first out."""

    __slots__ = ()

    def popleft(self) -> T:
        """Take the first one."""
        return self.pop(0)

    def appendleft(self, thing: T) -> None:
        """Let one go before all others."""
        self.insert(0, thing)
