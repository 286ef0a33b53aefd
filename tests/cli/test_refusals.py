"""Wrong arguments, verb by verb: exit code 2 and one line on stderr that says where, what is wrong and what is right."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = str(Path(sys.executable).with_name("v2xconform"))
SECC = "iso15118-20-secc"

FILES = {
    "broken.yaml": "name: [1\n",
    "text.yaml": "just text\n",
    "typo.yaml": 'name: x\nsecc:\n  adress: "[::1]:1"\n',
    "nowhere.yaml": "name: x\n",
    "address.yaml": "name: x\nsecc: {address: nonsense, sdp: false}\n",
    "device.yaml": 'name: x\nsecc: {address: "[::1]:1", sdp: false}\n',
    "pics.yaml": 'name: x\nsecc: {address: "[::1]:1"}\npics: {DX: "yes"}\n',
    "answer.yaml": 'name: x\nsecc: {address: "[::1]:1"}\npics: {DC: perhaps}\n',
    "persona.yaml": "name: x\nemulator: {persona: v2g_chargr}\n",
    "quirk.yaml": "name: x\nemulator: {persona: v2g_charger, quirks: [no_such_quirk]}\n",
    "trust.yaml": 'name: x\nsecc: {address: "[::1]:1", tls: {trust: [no.pem]}}\n',
    "recipe.yaml": 'name: x\nsecc: {address: "[::1]:1", tls: {pki: nopki}}\n',
    "profile.yaml": (
        "id: p\ntitle: t\nversion: '1'\nprotocol: iso15118-20\nrole: secc\ncatalogue: iso15118-20\n"
        "testcases: [no/such/folder]\npersona: v2g_charger\ntester_persona: v2g_ev\npics: {}\n"
    ),
    "car.yaml": "role: lorry\n",
}

REFUSED = [
    ("run", "missing argument 'profile'; see `v2xconform run --help`"),
    ("frobnicate", "no such command 'frobnicate'; see `v2xconform --help`"),
    ("run x --jobs many", "invalid value for '--jobs' / '-j'"),
    ("list cars", "'cars' is not one of 'profiles', 'testcases'"),
    ("run nope", "profile 'nope' does not exist; there are: iso15118-20-evcc, iso15118-20-secc"),
    ("run missing.yaml", "missing.yaml: no such file"),
    ("run broken.yaml", "broken.yaml:2: not YAML"),
    ("run profile.yaml", "test cases 'no/such/folder' do not exist"),
    (f"run {SECC} --sut devise.yaml", "devise.yaml: no such file; did you mean device.yaml?"),
    (f"run {SECC} --sut folder", "folder: cannot be read: Is a directory"),
    (f"run {SECC} --sut noise.bin", "noise.bin: cannot be read: not UTF-8 text"),
    (f"run {SECC} --sut broken.yaml", "broken.yaml:2: not YAML"),
    (f"run {SECC} --sut text.yaml", "text.yaml:1: text where fields were expected"),
    (f"run {SECC} --sut typo.yaml", "typo.yaml:3: secc.adress: unknown field; did you mean 'address'?"),
    (f"run {SECC} --sut nowhere.yaml", "say how the SUT is reached"),
    (f"run {SECC} --sut address.yaml", "'nonsense' is not an address like [fe80::1%eth0]:15118"),
    (f"run {SECC} --sut pics.yaml", "PICS DX of SUT 'x' are unknown; known: AC, DC"),
    (f"run {SECC} --sut answer.yaml", "answer.yaml:3: pics.DC: 'perhaps' is not allowed; allowed are yes, no, unknown"),
    (f"run {SECC} --sut persona.yaml", "v2g_chargr: no persona of this name; there are "),
    (f"run {SECC} --sut quirk.yaml", "quirk 'no_such_quirk' of the role secc does not exist"),
    (f"run {SECC} --sut trust.yaml", "no.pem: no readable PEM certificates"),
    (f"run {SECC} --sut recipe.yaml", "nopki: no such recipe; give a .yaml file or one of "),
    (f"run {SECC} -t TC_NOBODY", "no test case of iso15118-20-secc matches 'TC_NOBODY'"),
    (f"run {SECC} --quirk no_such_quirk", "quirk 'no_such_quirk' of the role secc does not exist"),
    (f"run {SECC} --sut device.yaml --quirk x", "--quirk bends our own emulator"),
    (f"run {SECC} --sut device.yaml --jobs 2", "a device is one device: --jobs is for self-hosted runs only"),
    (f"run {SECC} --sut device.yaml --clock virtual", "a real device lives in real time: use --clock real"),
    ("run iso15118-20-evcc --sut device.yaml", "does not say how its role evcc is reached; add `evcc:`"),
    (
        f"run {SECC} -t *DC_Session_001 --out noise.bin",
        "the run cannot be stored here: Not a directory; choose another",
    ),
    ("list testcases --profile nope", "profile 'nope' does not exist"),
    ("list personas --profile nope", "profile 'nope' does not exist"),
    ("judge missing", "missing: no run of v2xconform is here"),
    ("judge folder", "folder: no run of v2xconform is here"),
    ("judge noise.bin", "noise.bin: no run of v2xconform is here"),
    ("report missing", "missing: no such folder"),
    ("report folder", "folder: no run is stored here"),
    ("check missing", "missing: not a folder"),
    ("check noise.bin", "noise.bin: not a folder"),
    ("check folder", "folder: no lab is here"),
    ("init noise.bin", "noise.bin: File exists"),
    ("init lab", "lab: profiles exist already; give another folder"),
    ("selftest nope", "profile 'nope' does not exist"),
    ("emulate secc --persona nope", "nope: no persona of this name"),
    (
        "emulate secc --persona car.yaml",
        "car.yaml:1: role: role 'lorry' is no emulator; use role: ev, charger, station, csms",
    ),
    ("emulate secc --persona compact_ev", "this persona is a car; a charger (role: charger) is needed here"),
    ("emulate evcc --persona v2g_charger", "this persona is a charger; a car (role: ev) is needed here"),
    ("emulate secc --quirk nope", "quirk 'nope' of the role secc does not exist"),
    ("emulate secc --iface nosuch0", "there is no interface 'nosuch0'; this host has lo"),
    ("emulate evcc --iface nosuch0", "there is no interface 'nosuch0'; this host has lo"),
    ("emulate secc --listen nonsense", "'nonsense' is not an address like"),
    ("emulate secc --listen ::1:99", "put an IPv6 address in brackets"),
    ("emulate evcc --connect nonsense", "'nonsense' is not an address like"),
    ("emulate secc --connect [::1]:1", "--connect is for the car (evcc), --listen for the charger (secc)"),
    ("emulate secc --chain x.pem", "--chain and --key belong together"),
    ("emulate secc --chain x.pem --key y.pem", "y.pem: no readable PEM key without password"),
    ("emulate secc --trust noise.bin", "noise.bin: no readable PEM certificates"),
    ("emulate secc --pki nope", "nope: no such recipe"),
    ("emulate secc --service XX", "--service is AC, DC, AC_BPT or DC_BPT"),
    ("emulate secc --trace folder", "folder: Is a directory"),
]


def call(folder: Path, *arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [PROGRAM, *arguments], cwd=folder, capture_output=True, text=True, timeout=60, env={**os.environ, **environment}
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("place")
    for name, text in FILES.items():
        (made / name).write_text(text, encoding="utf-8")
    (made / "noise.bin").write_bytes(b"\xff\xfe\x00")
    (made / "folder").mkdir()
    (made / "lab" / "profiles").mkdir(parents=True)
    return made


def refused(done: "subprocess.CompletedProcess[str]", text: str) -> None:
    assert done.returncode == 2, done.stderr
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 1, done.stderr
    assert text in done.stderr


@pytest.mark.parametrize("line, text", REFUSED, ids=[line for line, _ in REFUSED])
def test_a_mistake_costs_one_line(folder: Path, line: str, text: str) -> None:
    before = sorted(path.name for path in folder.iterdir())
    refused(call(folder, *line.split()), text)
    assert sorted(path.name for path in folder.iterdir()) == before, "nothing is left behind"


@pytest.mark.parametrize(
    "line", ["run", f"run {SECC} --repeat 0", "list nope", "emulate nope", "judge", "nope", "run --nope"]
)
def test_wrong_usage_is_no_traceback(folder: Path, line: str) -> None:
    done = call(folder, *line.split())
    assert done.returncode == 2 and "Traceback" not in done.stderr and done.stdout == ""


def test_a_port_that_is_taken(folder: Path) -> None:
    with socket.socket(socket.AF_INET6) as taken:
        taken.bind(("::1", 0))
        taken.listen()
        address = f"[::1]:{taken.getsockname()[1]}"
        refused(call(folder, "emulate", "secc", "--listen", address), "another program has the port")


@pytest.mark.skipif(
    subprocess.run(["unshare", "-Urn", "true"], capture_output=True).returncode != 0, reason="needs unshare"
)
def test_an_interface_without_ipv6(folder: Path) -> None:
    script = (
        "ip link add cable type veth peer name other && sysctl -q -w net.ipv6.conf.cable.disable_ipv6=1; ip link set cable up; "
        f"exec {PROGRAM} emulate secc --iface cable"
    )
    done = subprocess.run(
        ["unshare", "-Urn", "sh", "-c", script], cwd=folder, capture_output=True, text=True, timeout=60
    )
    refused(done, "cable")


def test_several_mistakes_cost_a_line_each(folder: Path) -> None:
    (folder / "three.yaml").write_text("nam: x\nsecc: {interface: 3}\ntolerance_s: -1\n")
    done = call(folder, "run", SECC, "--sut", "three.yaml")
    (folder / "three.yaml").unlink()
    assert done.returncode == 2
    lines = done.stderr.splitlines()
    assert len(lines) == 4 and all(line.startswith("v2xconform run: three.yaml:") for line in lines), done.stderr
