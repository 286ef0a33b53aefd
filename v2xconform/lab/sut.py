"""The SUT description: one YAML file that says what is under test, how it is reached and what it claims.

``v2xconform init DIR`` copies examples out; ``v2xconform check DIR`` reads them all. `load_sut` is for the code.
"""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from v2xconform.lab.pics import Answer
from v2xconform.lab.yaml_lines import load_yaml
from v2xconform.links.addresses import split_address

Role = Literal["secc", "evcc"]


StimulusName = Literal[
    "plug", "unplug", "authorize", "stop", "pause", "standby", "exit-standby", "renegotiate-schedule",
    "renegotiate-services", "confirm-metering",
]  # fmt: skip
"""What a lab can make a device do outside the protocol."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Credential(_Strict):
    """Files of one certificate chain with its key, PEM; paths are relative to the SUT description."""

    chain: Path
    """Leaf first, then its sub-CAs; without the root."""
    key: Path


class Tls(_Strict):
    """How the tester speaks TLS with the SUT."""

    version: Literal["1.3", "1.2"] = "1.3"
    profile: Literal["iso15118-20", "iso15118-20-p256", "iso15118-2"] = "iso15118-20"
    """Which suites, groups and signature algorithms the tester offers; -p256 is for benches without the -20 curves."""
    pki: str = "iso15118-20-p521"
    """Recipe in certs/ (or a path) from which the tester makes what the files below do not give; or, for a device that
    shall trust the lab, the folder that `v2xconform pki issue` has written (relative to the SUT description)."""
    credential: Credential | None = None
    """What the tester shows; made from the recipe when absent."""
    trust: list[Path] = []
    """Roots to which the certificates of the SUT must lead; from the recipe when empty."""
    contract: Credential | None = None
    """Contract that the tester's EV shows in Plug & Charge; from the recipe when absent."""
    provisioning: Credential | None = None
    """OEM provisioning certificate of the tester's EV; from the recipe when absent."""
    contract_trust: list[Path] = []
    """Roots of mobility operators to which contracts must lead; from the recipe when empty."""


class Reach(_Strict):
    """How one role of the SUT is reached."""

    interface: str = ""
    """Network interface on the charging cable's side; needed for SDP and link-local addresses."""
    address: str = ""
    """Address and port, ``[fe80::1]:50000``; empty: found out with SDP (SECC), or chosen by us (EVCC)."""
    sdp: bool = True
    """False: no SECC discovery, connect to `address` at once."""
    sdp_address: str = ""
    """Where SDP requests go instead of the multicast group ff02::1 (for benches without multicast)."""
    sdp_port: Annotated[int, Field(ge=1, le=65535)] = 15118
    transport: Literal["tls", "tcp"] = "tls"
    """tcp is for development benches: ISO 15118-20 allows TLS 1.3 only."""
    tls: Tls = Tls()

    @field_validator("address")
    @classmethod
    def _is_an_address(cls, address: str) -> str:
        if address:
            split_address(address)
        return address


class Stimulus(_Strict):
    """How the lab makes the SUT do something outside the protocol."""

    kind: Literal["prompt", "shell", "http", "none"]
    text: str = ""
    """What to ask the operator, the command line, or the URL (POST)."""
    timeout_s: Annotated[float, Field(gt=0)] = 60.0


class Emulator(_Strict):
    """The SUT is one of our own emulators (self-hosted: says nothing about a device)."""

    persona: str
    quirks: list[str] = []


class ExpectedFailure(_Strict):
    """A known deviation: shown as expected when it fails, and failing the run when it does not (stale)."""

    testcase: str
    reason: str
    link: str = ""


class Sut(_Strict):
    """The whole description."""

    name: str
    maker: str = ""
    firmware: str = ""
    serial: str = ""
    secc: Reach | None = None
    """How the charger is reached; the tester is the EV."""
    evcc: Reach | None = None
    """Where the EV under test arrives; the tester is the charger."""
    emulator: Emulator | None = None
    pics: dict[str, Answer] = {}
    pixit: dict[str, float | str | bool] = {}
    tolerance_s: Annotated[float, Field(ge=0, le=10)] = 0.25
    """Added to every upper time limit (par_CMN_Transmission_Delay of the public suites)."""
    close_tolerance_s: Annotated[float, Field(ge=0, le=60)] = 0.25
    """Added to the time in which a connection has to be closed."""
    settle_s: Annotated[float, Field(ge=0, le=600)] = 0.0
    """Pause between two test cases: some devices need it before they answer again."""
    sdp_patience_s: Annotated[float, Field(gt=0, le=600)] = 10.0
    """How long the tester repeats SDP requests (every 250 ms) before a preamble counts as not reached."""
    session_patience_s: Annotated[float, Field(gt=0, le=3600)] = 60.0
    """How long the tester waits for an EV under test to appear after it was plugged in."""
    tester_persona: str = ""
    """Persona of the tester's side in place of the profile's: a name, or a YAML file (relative to the description)."""
    stimuli: dict[StimulusName, Stimulus] = {}
    expected_failures: list[ExpectedFailure] = []

    @model_validator(mode="after")
    def _reachable(self) -> "Sut":
        if self.emulator is None and self.secc is None and self.evcc is None:
            raise ValueError(
                "say how the SUT is reached: a section `secc:` (a charger), `evcc:` (a car) or `emulator:`"
            )
        for role, reach in (("secc", self.secc), ("evcc", self.evcc)):
            if reach and not (reach.interface or reach.address or reach.sdp_address):
                raise ValueError(f"{role}: give `interface:` (for SDP) or `address:`")
            if role == "secc" and reach and not reach.sdp and not reach.address:
                raise ValueError("secc: `sdp: false` needs `address:`")
        return self

    def reach(self, role: Role) -> Reach | None:
        """Return how that role is reached, None where the description does not say."""
        return self.secc if role == "secc" else self.evcc


def load_sut(path: Path) -> Sut:
    """Read a SUT description; its paths are absolute afterwards. Raises LabError with file and line."""
    sut, folder = load_yaml(path, Sut), path.resolve().parent
    changes: dict[str, object] = {
        role: reach.model_copy(update={"tls": _from(folder, reach.tls)})
        for role, reach in (("secc", sut.secc), ("evcc", sut.evcc))
        if reach is not None
    }
    if sut.tester_persona.endswith((".yaml", ".yml")):
        changes["tester_persona"] = str(folder / sut.tester_persona)
    return sut.model_copy(update=changes)


def _from(folder: Path, tls: Tls) -> Tls:
    changes: dict[str, object] = {
        name: Credential(chain=folder / files.chain, key=folder / files.key)
        for name, files in (
            ("credential", tls.credential),
            ("contract", tls.contract),
            ("provisioning", tls.provisioning),
        )
        if files is not None
    }
    if (folder / tls.pki).is_dir():
        changes["pki"] = str(folder / tls.pki)
    changes |= {name: [folder / path for path in getattr(tls, name)] for name in ("trust", "contract_trust")}
    return tls.model_copy(update=changes)
