"""The recorder: whatever happens in a test case goes through here, is stamped once, kept, and written at once."""

import math
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from v2xconform.trace.events import Event, Kind, to_line

Listener = Callable[[Event], None]
STALL_S: Final = 0.005
"""The loop is later than this before it counts as a stall; less is within what was measured before the run."""


class Recorder:
    """Collect the events of one test case in order; hand each to listeners; write each to a file before going on.

    Call `add` for everything that happens. Monitors subscribe with `subscribe` and may add findings while they are
    called. `clock` returns seconds (``anyio.current_time`` in a run, so virtual time is recorded as such).
    """

    def __init__(self, clock: Callable[[], float], path: Path | None = None, began: datetime | None = None) -> None:
        self.events: list[Event] = []
        self.began = began or datetime.now(UTC)
        self.key_log: list[str] = []
        """NSS key log lines of the TLS connections of this test case."""
        self._clock = clock
        self._zero = clock()
        self._listeners: list[Listener] = []
        self._file = path.open("wb", buffering=0) if path else None
        self._links: dict[str, int] = {}
        self._due = math.inf

    def add(
        self,
        *,
        kind: Kind,
        layer: str,
        name: str,
        link: str = "",
        src: str = "",
        dst: str = "",
        body: Any = None,
        raw: bytes | None = None,
        ref: dict[str, Any] | None = None,
        note: str = "",
        at: float | None = None,
    ) -> Event:
        """Record one event and return it; `at` is the instant in seconds of the clock when it is not now."""
        if self._due < math.inf:
            self.notice_stall()
        t_ns = round(((self._clock() if at is None else at) - self._zero) * 1e9)
        utc = (self.began + timedelta(microseconds=t_ns / 1e3)).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        number = len(self.events) + 1
        event = Event(number, t_ns, utc, link, src, dst, layer, kind, name, body, raw, ref or {}, note)
        self.events.append(event)
        if self._file is not None:
            self._file.write(to_line(event))
        for listener in self._listeners:
            listener(event)
        return event

    def expect(self, due: float) -> None:
        """Say when the tester will be back on its loop (seconds of the clock); `watch_loop` does."""
        self._due = due

    def notice_stall(self) -> None:
        """Record a stall when the tester is not back as expected: before anything else, which has waited as long."""
        now = self._clock()
        late = now - self._due
        if late > STALL_S:
            self._due = now
            body = {"seconds": round(late, 6)}
            self.add(kind="stall", layer="lab", name="the tester did not run", src="tester", body=body, at=now)

    def subscribe(self, listener: Listener) -> None:
        """Call `listener` with each event from now on, in the order of subscription, after it was written."""
        self._listeners.append(listener)

    def link_name(self, kind: str) -> str:
        """Return a name for a new link that no other link of this trace has: tcp1, tcp2, udp1 …"""
        self._links[kind] = self._links.get(kind, 0) + 1
        return f"{kind}{self._links[kind]}"

    def now(self) -> float:
        """Seconds since the trace began."""
        return self._clock() - self._zero

    def close(self) -> None:
        """Close the file. The events stay readable in memory."""
        if self._file is not None:
            self._file.close()
            self._file = None
