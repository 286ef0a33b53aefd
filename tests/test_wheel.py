"""The wheel works where no checkout is: campaign, report, lab of one's own."""

import json
import os
import subprocess
import sys
import venv
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Install the wheel into a venv of its own that borrows the libraries, and nothing else, of this one."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "build", "--wheel", "--outdir", str(folder), str(ROOT)]
    done = subprocess.run(build, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    (wheel,) = folder.glob("*.whl")
    place = folder / "venv"
    venv.create(place, with_pip=False)
    (site,) = place.glob("lib/python*/site-packages")
    pip = [sys.executable, "-m", "pip", "--python", str(place / "bin" / "python")]
    install = [*pip, "install", "--quiet", "--no-deps", "--no-index", "--disable-pip-version-check", str(wheel)]
    done = subprocess.run(install, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    ours = next(path for path in sys.path if path.endswith("site-packages"))
    # A plain path line lends the libraries; lines of other .pth files (an editable checkout) are not followed from here.
    (site / "libraries.pth").write_text(f"{ours}\n")
    return place / "bin" / "v2xconform"


@pytest.fixture
def empty(tmp_path: Path) -> Path:
    folder = tmp_path / "empty"
    folder.mkdir()
    return folder


def call(program: Path, folder: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "PYTEST"))}
    return subprocess.run([program, *arguments], cwd=folder, capture_output=True, text=True, timeout=300, env=clean)


def test_the_code_is_that_of_the_wheel(program: Path, empty: Path) -> None:
    code = "import v2xconform, v2xconform.content as c; print(v2xconform.__file__); print(c.content('testcases'))"
    python = program.with_name("python")
    done = subprocess.run([python, "-c", code], cwd=empty, capture_output=True, text=True, timeout=60, check=True)
    lines = done.stdout.splitlines()
    assert len(lines) == 2 and all(line.startswith(str(program.parents[1])) for line in lines), lines


def test_a_campaign_from_an_empty_folder(program: Path, empty: Path) -> None:
    done = call(program, empty, "run", "iso15118-20-secc", "-t", "*DC_Session_001")
    assert done.returncode == 0, done.stdout + done.stderr
    (folder,) = (empty / "reports" / "runs").iterdir()
    assert (folder / "report.html").stat().st_size > 10_000
    assert json.loads((folder / "manifest.json").read_text())["exit_code"] == 0
    again = call(program, empty, "judge", str(folder))
    assert again.returncode == 0 and "verdicts are as they were" in again.stdout


def test_a_lab_of_ones_own(program: Path, empty: Path) -> None:
    made = call(program, empty, "init", "lab")
    assert made.returncode == 0, made.stderr
    own = ("run", "lab/profiles/iso15118-20-secc.yaml", "-t", "*DC_Session_001")
    done = call(program, empty, *own)
    assert done.returncode == 0, done.stdout + done.stderr
    checked = call(program, empty, "check", "lab")
    assert checked.returncode == 0, checked.stdout
