"""The file server of the lab, a plain object: a station of ours fetches firmware from it and stores logs in it.

It stands for what is reached with HTTP(S) and FTP at ``files.lab``. It does no I/O, so a station without sockets can use it;
what a transfer takes is `seconds`. Devices use servers of their own, which the PIXIT of a profile name.

    /firmware/2.0.0.bin   the good firmware file; /firmware/broken.bin one that cannot be installed
    /logs/                takes every file with a name of its own below it
    /slow/                the same as /logs/, only that it takes its time
    /exact/upload.bin     takes a file at this very place
    /locked/              the same as /logs/ for the user ``uploader`` with the password ``lab-secret``
    /moved/               answers 307 to /logs/, which an upload must not follow ([2.1 N01.FR.30])
"""

from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit

from v2xconform.emulators.lab_firmware import lab_firmware

HOST: Final = "files.lab"
USER: Final = ("uploader", "lab-secret")
SCHEMES: Final = ("http", "https", "ftp")
_SLOW_S: Final = 20.0


@dataclass(frozen=True, slots=True)
class Transfer:
    """What came of a transfer."""

    status: int
    """HTTP status; 0 when the server was not reached."""
    data: bytes = b""
    location: str = ""
    """Where a redirection leads."""

    @property
    def done(self) -> bool:
        """It succeeded."""
        return 200 <= self.status < 300


@dataclass(slots=True)
class FileServer:
    """One file server."""

    seconds: float = 1.0
    """How long each transfer takes."""
    uploads: dict[str, bytes] = field(default_factory=dict)
    """Path -> file, of all that was stored."""

    def upload_s(self, url: str) -> float:
        """Return how long it takes to store a file at a URL."""
        return max(self.seconds, _SLOW_S) if urlsplit(url).path.startswith("/slow/") else self.seconds

    def get(self, url: str) -> Transfer:
        """Return the file at a URL."""
        firmware = lab_firmware()
        files = {"/firmware/2.0.0.bin": firmware.good.data, "/firmware/broken.bin": firmware.broken.data}
        where = urlsplit(url)
        if where.scheme not in SCHEMES or where.hostname != HOST:
            return Transfer(0)
        found = files.get(where.path)
        return Transfer(404) if found is None else Transfer(200, found)

    def put(self, url: str, data: bytes, user: tuple[str, str] | None = None) -> Transfer:
        """Store a file at a URL; `user` is that of HTTP Basic authentication."""
        where = urlsplit(url)
        if where.scheme not in SCHEMES or where.hostname != HOST:
            return Transfer(0)
        folder, _, name = where.path.rpartition("/")
        if folder == "/moved":
            return Transfer(307, location=f"{where.scheme}://{HOST}/logs/{name or 'moved.log'}")
        if folder == "/locked" and user != USER:
            return Transfer(401)
        if folder not in ("/logs", "/slow", "/locked", "/exact") or (folder == "/exact" and name != "upload.bin"):
            return Transfer(404)
        if not name:
            return Transfer(405)
        self.uploads[where.path] = data
        return Transfer(201)
