"""josev as a process: the station (JosevSecc) or the vehicle (JosevEvcc) on one interface.

Use them inside the namespace (see sessions.py for whole sessions seen from outside):

    with JosevSecc("v0", folder, protocols=("ISO_15118_20_AC",)) as secc:   # answers SDP from here on
        with JosevEvcc("v1", folder, config=EVCC_CONFIG) as evcc:
            completed = evcc.wait(60)

josev reports in its log only: its exit code says little, and after a failed session its vehicle stays alive. So the
log is read, and the process is ended here by its id.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from .install import FOLDER, Installation

SECC_READY = "UDP server started"
EVCC_READY = "EVCC Settings"  # missing when josev could not read the configuration: then it takes silent defaults
EVCC_STOPPED = "SessionStopRes received"
SECC_CONNECTED = "Starting a new communication session"
SECC_ENDED = "The data link will"
EVCC_GAVE_UP = (
    "Shutting down high-level communication",
    "Security mismatch, can't initiate",  # SDP answered with the other security than asked for
    "when trying to connect to host",  # TCP or TLS did not come up
    "BrokenPipeError",  # its peer closed TLS; it neither ends nor complains further
)

START_LIMIT = 60.0  # s: 2 s on an idle machine, ten times that when two cores carry many tests
POLL = 0.05  # s
PASSED_ON = ("HOME", "LANG", "LC_ALL", "TMPDIR")  # nothing else: PROTOCOLS or AUTH_MODES may mean something to others

MESSAGE = re.compile(r"(?P<what>Message to encode|Decoded message) \(ns=[^)]*\): (?P<json>\{.*\})$", re.MULTILINE)
# "SSL context not created": josev then goes on without TLS.
COMPLAINT = re.compile(r"ERROR|Exception|Reason:|Security mismatch|SSL context not created")


@dataclass(frozen=True)
class Logged:
    """One message as josev logged it."""

    sent: bool
    """True: by this josev; False: received by it."""
    name: str
    tree: dict[str, object]
    """josev's JSON: binary content as hexadecimal or base64 text, physical values as objects."""

    @property
    def response_code(self) -> str | None:
        """ResponseCode of a response."""
        code = self.tree.get("ResponseCode")
        return None if code is None else str(code)

    def __str__(self) -> str:
        return " ".join(filter(None, (">" if self.sent else "<", self.name, self.response_code)))


class JosevError(RuntimeError):
    """josev did not start or did not do what it was asked; the text ends with the last of its complaints."""


class JosevProcess:
    """A josev process that writes into a log file; a context manager, ends the process on leaving."""

    module = ""
    ready_text = ""

    def __init__(
        self,
        interface: str,
        folder: Path,
        *,
        settings: Mapping[str, str] | None = None,
        tls13: bool = False,
        installation: Installation | None = None,
    ) -> None:
        self.installation = installation or Installation(FOLDER)
        self.folder = folder
        self.log_file = folder / f"{self.module.split('.')[1]}.log"
        self.settings = {"ENABLE_TLS_1_3": str(tls13).lower(), **(settings or {}), "NETWORK_INTERFACE": interface}
        self.ready_after = 0.0
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def log(self) -> str:
        """All that josev has written so far."""
        return self.log_file.read_text(encoding="utf-8", errors="replace") if self.log_file.exists() else ""

    @property
    def running(self) -> bool:
        """Whether the process is there."""
        return self._process is not None and self._process.poll() is None

    @property
    def pid(self) -> int | None:
        """The process id, None before it was started."""
        return self._process.pid if self._process else None

    @property
    def exit_code(self) -> int | None:
        """The exit code, negative for a signal; None while it runs. It says little about the session."""
        return self._process.poll() if self._process else None

    def arguments(self) -> list[str]:
        """What follows the module on the command line."""
        return []

    def start(self) -> None:
        """Start the process and return when it is ready; raises JosevError."""
        environment = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
        environment["PATH"] = os.pathsep.join((str(self.installation.java_folder), os.environ.get("PATH", os.defpath)))
        environment |= {"PKI_PATH": f"{self.installation.pki}/", "PYTHONUNBUFFERED": "1"}
        environment |= {**self.settings, "MESSAGE_LOG_JSON": "true"}
        begin = time.monotonic()
        with self.log_file.open("wb") as log:
            self._process = subprocess.Popen(
                [str(self.installation.python), "-m", self.module, *self.arguments()],
                env=environment,
                cwd=self.folder,  # josev reads a file .env of its working folder
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        try:
            if not self.wait_for((self.ready_text,), START_LIMIT):
                raise JosevError(f"{self.module} is not ready: {self.complaints() or 'no complaint in its log'}")
        except BaseException:
            self.stop()
            raise
        self.ready_after = time.monotonic() - begin

    def wait_for(self, texts: Sequence[str], limit: float) -> bool:
        """Wait until one of ``texts`` is in the log (True), the process ended or ``limit`` seconds passed (False)."""
        deadline = time.monotonic() + limit
        while time.monotonic() < deadline:
            ended = not self.running
            log = self.log
            if any(text in log for text in texts):
                return True
            if ended:
                return False
            self._pause()
        return False

    def stop(self) -> None:
        """End the process; its Java process ends by itself when its standard input closes."""
        if self._process is None:
            return
        for end in (self._process.terminate, self._process.kill):
            if self._process.poll() is not None:
                break
            end()
            try:
                self._process.wait(10)
            except subprocess.TimeoutExpired:
                continue
        self._process.wait()

    def messages(self) -> list[Logged]:
        """The messages of the session, in order."""
        found = []
        for match in MESSAGE.finditer(self.log):
            ((name, tree),) = json.loads(match["json"]).items()
            if name == "V2G_Message":  # ISO 15118-2 and DIN 70121 wrap their messages
                ((name, tree),) = tree["Body"].items()
            if name.endswith(("Req", "Res")):  # the rest is fragments that are signed
                found.append(Logged(match["what"] == "Message to encode", name, tree))
        return found

    @property
    def completed(self) -> bool:
        """Whether the session came to its end: SessionStopRes with OK, sent or received."""
        last = [message for message in self.messages() if message.name == "SessionStopRes"]
        return bool(last) and str(last[-1].response_code).startswith("OK")

    def complaints(self, last: int = 6) -> str:
        """The last lines of the log that tell of a failure."""
        lines = [line.strip()[:300] for line in self.log.splitlines() if COMPLAINT.search(line)]
        return "\n".join(lines[-last:])

    def _pause(self) -> None:
        assert self._process is not None
        try:
            self._process.wait(POLL)
        except subprocess.TimeoutExpired:
            return

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_exception: type[BaseException] | BaseException | TracebackType | None) -> None:
        self.stop()


class JosevSecc(JosevProcess):
    """josev as the charging station; ready when it answers SDP requests on its interface."""

    module = "iso15118.secc.main"
    ready_text = SECC_READY

    def __init__(
        self,
        interface: str,
        folder: Path,
        *,
        protocols: Sequence[str] = (),
        auth_modes: Sequence[str] = ("EIM",),
        enforce_tls: bool = False,
        settings: Mapping[str, str] | None = None,
        tls13: bool = False,
        installation: Installation | None = None,
    ) -> None:
        """``protocols`` in order of priority (default: all four); ``settings`` are further variables and win."""
        own = {"AUTH_MODES": ",".join(auth_modes), "SECC_ENFORCE_TLS": str(enforce_tls).lower()}
        if protocols:
            own["PROTOCOLS"] = ",".join(protocols)
        merged = {**own, **(settings or {})}
        super().__init__(interface, folder, settings=merged, tls13=tls13, installation=installation)


class JosevEvcc(JosevProcess):
    """josev as the vehicle: one session as its configuration says, begun as soon as it has started."""

    module = "iso15118.evcc.main"
    ready_text = EVCC_READY

    def __init__(
        self,
        interface: str,
        folder: Path,
        *,
        config: Mapping[str, object],
        settings: Mapping[str, str] | None = None,
        tls13: bool = False,
        installation: Installation | None = None,
    ) -> None:
        """``config`` has the keys of josev's JSON configuration (supportedProtocols, useTls, chargeLoopCycle, …)."""
        super().__init__(interface, folder, settings=settings, tls13=tls13, installation=installation)
        self.config_file = folder / "evcc_config.json"
        self.config_file.write_text(json.dumps(dict(config), indent=2) + "\n", encoding="utf-8")

    def arguments(self) -> list[str]:
        """The configuration file."""
        return [str(self.config_file)]

    def wait(self, limit: float, *, until_closed: bool = True) -> bool:
        """Wait for the end of the session and say whether it completed; end josev when it gave up or hangs.

        josev closes TCP five seconds after SessionStopRes and exits; ``until_closed=False`` does not wait for that.
        """
        deadline = time.monotonic() + limit
        self.wait_for((EVCC_STOPPED, *EVCC_GAVE_UP), limit)
        if self.completed and until_closed:
            while self.running and time.monotonic() < deadline:
                self._pause()
        self.stop()
        return self.completed
