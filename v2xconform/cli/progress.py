"""A line that says how far long work has come: in place on a terminal, one every ten seconds elsewhere."""

import sys
from collections.abc import Callable
from typing import Final

import anyio

_PLAIN_S: Final = 10.0
_TERMINAL_S: Final = 0.5


class Progress:
    """Show what `line` returns until cancelled."""

    def __init__(self, line: Callable[[], str]) -> None:
        self._line = line
        self._shown = 0
        self._terminal = sys.stderr.isatty()

    async def show(self) -> None:
        """Show the line again and again."""
        while True:
            await anyio.sleep(_TERMINAL_S if self._terminal else _PLAIN_S)
            self.now()

    def now(self) -> None:
        """Show the line."""
        text = self._line()
        if self._terminal:
            sys.stderr.write("\r" + text.ljust(self._shown))
            self._shown = len(text)
        else:
            sys.stderr.write(text + "\n")
        sys.stderr.flush()

    def end(self) -> None:
        """Leave the line as it stands."""
        if self._terminal and self._shown:
            sys.stderr.write("\n")
            sys.stderr.flush()
