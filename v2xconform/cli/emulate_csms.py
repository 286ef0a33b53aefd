"""A CSMS for ``v2xconform emulate``: for one station or for thousands, with requests that are typed."""

import sys
import time
from typing import TYPE_CHECKING, Any

import anyio
import typer

from v2xconform.cli import typed
from v2xconform.cli.emulate_ocpp import OcppWish, allow_files, cast_of, open_to_all, persona_of, say
from v2xconform.cli.progress import Progress
from v2xconform.cli.typed import NotUnderstood
from v2xconform.links.addresses import format_address, split_address

if TYPE_CHECKING:
    from v2xconform.emulators.csms import Csms
    from v2xconform.emulators.csms_crowd import CsmsCrowd
    from v2xconform.emulators.quirks import Quirk
    from v2xconform.lab.sut import OcppReach

_HELP = """[IDENTITY] ACTION [JSON]   send a request, the smallest valid one without JSON; IDENTITY where there are several
list                       the stations that are connected
quit                       end"""
_SHOWN = 20
"""With more stations than that only the progress is shown."""


async def play_csms(wish: OcppWish, quirks: "list[Quirk]", reach: "OcppReach") -> None:
    """Play it until cancelled. Raises LabError, LinkError."""
    allow_files()
    lean = wish.trace is None and not quirks and reach.security_profile < 2 and not _peculiar(wish)
    await (_lean(wish, reach) if lean else _recorded(wish, quirks, reach))


def _peculiar(wish: OcppWish) -> bool:
    from v2xconform.lab.persona import load_csms

    return bool(load_csms(persona_of(wish)).policy)


def _ready(wish: OcppWish, csms: "Csms", where: str, profile: int) -> None:
    versions = " and ".join(csms.versions)
    what = f"CSMS {csms.persona.name} listens on {where} ({versions}, security profile {profile})"
    say(f"{what}; help lists commands, Ctrl-C ends it")


async def _recorded(wish: OcppWish, quirks: "list[Quirk]", reach: "OcppReach") -> None:
    from v2xconform.cli.emulate_shown import show
    from v2xconform.emulators.ocpp_cast import OcppWishes
    from v2xconform.links.clock import real_clock
    from v2xconform.trace.recorder import Recorder

    host, port = split_address(reach.listen)
    recorder = Recorder(real_clock, wish.trace)
    try:
        actor = cast_of(wish, reach).csms(
            persona_of(wish), host, port, OcppWishes(), quirks=quirks, recorder=recorder if wish.lenient else None
        )
        actor.recorder = recorder
        open_to_all(actor.csms, wish, reach)
        recorder.subscribe(show)
        async with anyio.create_task_group() as group:
            await group.start(actor.serve)
            scheme = "wss" if reach.security_profile > 1 else "ws"
            _ready(wish, actor.csms, f"{scheme}://{format_address(host, actor.port)}/", reach.security_profile)
            operator = Operator(actor.csms, actor.request, lambda: list(actor.conversations))
            operator.quit = group.cancel_scope.cancel
            await typed.obey(operator.obey, say)
            await anyio.sleep_forever()
    finally:
        recorder.close()


async def _lean(wish: OcppWish, reach: "OcppReach") -> None:
    from v2xconform.emulators.csms_crowd import CsmsCrowd
    from v2xconform.emulators.ocpp_cast import OcppWishes

    host, port = split_address(reach.listen)
    actor = cast_of(wish, reach).csms(persona_of(wish), host, port, OcppWishes(), quirks=(), recorder=None)
    open_to_all(actor.csms, wish, reach)
    crowd = CsmsCrowd(actor.csms)
    crowd.watch = watcher = Watcher(crowd)
    await crowd.listen(host, port)
    _ready(wish, crowd.csms, f"ws://{format_address(host, crowd.port)}/", reach.security_profile)
    progress = Progress(lambda: line_of(crowd))
    try:
        async with anyio.create_task_group() as group:
            operator = Operator(crowd.csms, crowd.request, lambda: list(crowd.ends))
            operator.quit = group.cancel_scope.cancel
            group.start_soon(typed.obey, operator.obey, say)
            while not watcher.silent:
                watcher.flush()
                await anyio.sleep(0.1)
            say(f"more than {_SHOWN} stations: messages are not shown any more; --trace FILE records all of them")
            await progress.show()
    finally:
        progress.end()
        watcher.flush()
        with anyio.CancelScope(shield=True):
            await crowd.close()
        say(line_of(crowd))


def line_of(crowd: "CsmsCrowd") -> str:
    """Return how things stand."""
    counts = crowd.counts
    return (
        f"{counts.connected} connected, {counts.opened} connections in all, {counts.calls_heard} calls heard, "
        f"{counts.calls_sent} sent; {counts.refused} refused, {counts.lost} lost, {counts.errors} CALLERRORs, "
        f"{counts.unreadable} unreadable"
    )


class Watcher:
    """Shows what passes while there are few stations."""

    def __init__(self, crowd: "CsmsCrowd") -> None:
        self.silent = False
        self._crowd = crowd
        self._began = time.monotonic()
        self._asked: dict[tuple[str, bool, str], str] = {}
        self._lines: list[str] = []

    def __call__(self, identity: str, own: bool, frame: Any, text: str) -> None:
        """Show one frame, or what happened in words."""
        if len(self._crowd.ends) > _SHOWN:
            self.silent, self._crowd.watch = True, None
            self.flush()
            return
        from v2xconform.cli.emulate_shown import shortened
        from v2xconform.trace.capture.summary import printable

        end = self._crowd.ends.get(identity)
        layer = end.subprotocol if end is not None else ""
        ends = f"csms -> {identity}" if own else f"{identity} -> csms"
        what = text or self._named(identity, own, frame, shortened)
        self._lines.append(printable(f"{time.monotonic() - self._began:10.4f}  {ends}  {layer:9}  {what}"))

    def flush(self) -> None:
        """Write what has come together."""
        if self._lines:
            text, self._lines = "\n".join(self._lines), []
            typer.echo(text)
            sys.stdout.flush()

    def _named(self, identity: str, own: bool, frame: Any, shortened: Any) -> str:
        from v2xconform.protocols.ocpp import frames

        if isinstance(frame, frames.Unreadable):
            return f"! {frame.fault.kind}: {frame.fault.text}"
        faults = "".join(f"  ! {fault.text}" for fault in frame.faults)
        if frame.type == frames.CALL:
            self._asked[identity, own, frame.id] = frame.action
            return f"{frame.action}Request {shortened(frame.payload)}{faults}"
        if frame.type == frames.SEND:
            return f"{frame.action} {shortened(frame.payload)}{faults}"
        action = self._asked.pop((identity, not own, frame.id), "")
        if frame.is_error:
            name = "CallError" if frame.type == frames.CALLERROR else "CallResultError"
            return f"{name} {frame.code} {frame.description} (to {action or frame.id}){faults}"
        return f"{action}Response {shortened(frame.payload)}{faults}"


class Operator:
    """Makes a CSMS do what is typed."""

    def __init__(self, csms: "Csms", request: Any, connected: Any) -> None:
        self._csms = csms
        self._request = request
        self._connected = connected
        self.quit: Any = None

    def obey(self, line: str) -> None:
        """Do what a line says. Raises NotUnderstood."""
        from v2xconform.protocols.ocpp.actions import ACTIONS

        if line == "help":
            say(_HELP)
            return
        if line == "quit":
            self.quit()
            return
        connected = self._connected()
        if line == "list":
            say("\n".join(connected) or "no station is connected")
            return
        first, _, rest = line.partition(" ")
        if first in connected:
            identity, words = first, rest
        elif len(connected) == 1:
            identity, words = connected[0], line
        elif first[:1].isupper() and first in ACTIONS["ocpp2.1"]["csms"]:
            raise NotUnderstood(
                "no station is connected"
                if not connected
                else f"{len(connected)} stations are connected: IDENTITY {line}"
            )
        else:
            raise NotUnderstood(f"{first!r} is neither a connected station nor a command; help lists them")
        session = self._csms.sessions.get(identity)
        version = session.rpc.version if session is not None else self._csms.versions[0]
        action, payload = typed.request(words, ACTIONS[version]["csms"], version)
        if not self._request(identity, action, payload):
            raise NotUnderstood(f"{identity} is not connected")
