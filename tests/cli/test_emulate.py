"""`emulate secc` and `emulate evcc` charge each other over loopback sockets, as two programs."""

import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.interruptible import interruptible
from v2xconform.trace.store import read_trace

PROGRAM = str(Path(sys.executable).with_name("v2xconform"))


@pytest.mark.parametrize("options, sdp_port", [([], "25118"), (["--tcp"], "25119")], ids=["tls", "tcp"])
def test_a_car_and_a_charger_complete_a_session(tmp_path: Path, options: list[str], sdp_port: str) -> None:
    own: dict[str, list[str]] = {"secc": [], "evcc": []}
    if "--tcp" not in options:
        recipe = "iso15118-20-p521"
        subprocess.run([PROGRAM, "pki", "issue", recipe, "--out", "pki"], cwd=tmp_path, check=True, capture_output=True)
        own = {"secc": credential("secc", "oem", "v2g"), "evcc": credential("vehicle", "v2g")}
    with subprocess.Popen(
        interruptible("emulate", "secc", "--listen", "[::1]:0", "--sdp-port", sdp_port, *options, *own["secc"]),
        cwd=tmp_path, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    ) as charger:  # fmt: skip
        try:
            assert charger.stderr is not None
            ready = charger.stderr.readline()
            found = re.search(r"TCP port (\d+)", ready)
            assert found, ready
            car = subprocess.run(
                [PROGRAM, "emulate", "evcc", "--connect", f"[::1]:{found[1]}", "--service", "DC", *options,
                 "--trace", "trace.jsonl", *own["evcc"]],
                cwd=tmp_path, capture_output=True, text=True, timeout=120,
            )  # fmt: skip
        finally:
            charger.send_signal(signal.SIGINT)
            try:
                out, err = charger.communicate(timeout=30)
            finally:
                charger.kill()
    assert car.returncode == 0, car.stderr + car.stdout[-2000:]
    assert "SessionStopRes OK" in car.stdout and "SessionStopRes OK" in out
    assert charger.returncode == 0 and "Traceback" not in err
    events = list(read_trace(tmp_path / "trace.jsonl"))
    assert any(event.name == "DC_ChargeLoopRes" for event in events)
    assert any(event.name == "established" for event in events) == ("--tcp" not in options)


def credential(name: str, *roots: str) -> list[str]:
    """Return the options that show a credential of pki/ and trust some of its roots."""
    trust = [part for root in roots for part in ("--trust", f"pki/roots/{root}.pem")]
    return ["--chain", f"pki/{name}.pem", "--key", f"pki/{name}.key", *trust]
