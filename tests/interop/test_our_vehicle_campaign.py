"""A short campaign of ours on josev's vehicle: every test case plugs a new josev in."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import orjson
import pytest

from .campaign import disagreements, load_expectations
from .install import install
from .namespace import PACKAGE, ROOT, run_in_namespace
from .ours import V2XCONFORM

SUT = ROOT / "profiles" / "suts" / "josev-evcc.yaml"
LIMIT_S = 600.0


@pytest.mark.long
@pytest.mark.interop
def test_a_campaign_plugs_josev_in_and_finds_what_is_wrong_with_it(tmp_path: Path) -> None:
    install()
    expected = load_expectations(Path(__file__).with_name("josev_vehicle_expectations.yaml"))
    chosen = [part for row in expected.shards["vehicle"] for part in ("--testcase", row)]
    path = os.pathsep.join((str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)))
    command = [*V2XCONFORM, "run", "iso15118-20-evcc", "--sut", str(SUT), "--out", str(tmp_path / "runs"), *chosen]
    told = {"PATH": path, "V2X_FOLDER": str(tmp_path), "V2X_PLUG": f"{PACKAGE}.plug"}
    done = run_in_namespace(command, env={**os.environ, **told}, timeout=LIMIT_S)
    assert done.returncode == 1, done.stdout + done.stderr
    (run,) = (tmp_path / "runs").iterdir()
    results = [orjson.loads(line) for line in (run / "results.jsonl").read_bytes().splitlines()]
    assert {result["testcase"] for result in results} == set(expected.shards["vehicle"])
    assert list(disagreements(expected, results)) == []
