"""The SUT description: one YAML file that says what is under test, how it is reached and what it claims.

``v2xconform init DIR`` copies examples out; ``v2xconform check DIR`` reads them all. `load_sut` is for the code.
"""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from v2xconform.lab.pics import Answer
from v2xconform.lab.roles import FAMILY, Role
from v2xconform.lab.yaml_lines import load_yaml
from v2xconform.links.addresses import split_address
from v2xconform.protocols.ocpp.handshake import EndpointError, endpoint

StimulusName = Literal[
    "plug", "unplug", "authorize", "stop", "pause", "standby", "exit-standby", "renegotiate-schedule",
    "renegotiate-services", "confirm-metering", "request", "power-cycle", "park", "leave", "unpark", "fault", "tamper",
    "go-offline", "go-online", "limit", "unlimit", "start-button", "stop-button", "der-alarm", "use-der", "grid",
    "registration", "repair",
]  # fmt: skip
"""What a lab can make a device do outside the protocol. `request` makes a CSMS send a request (see `Stimulus.text`)."""


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


class OcppTls(_Strict):
    """How the tester speaks TLS with a station or a CSMS."""

    pki: str = "ocpp"
    """Recipe in certs/ (or a path), or a folder that `v2xconform pki issue` has written."""
    credential: Credential | None = None
    """What the tester shows; made from the recipe when absent."""
    trust: list[Path] = []
    """Roots to which the certificates of the SUT must lead; from the recipe when empty."""


class OcppReach(_Strict):
    """How the SUT is reached in OCPP: where the CSMS under test is, or where the station under test arrives."""

    url: str = ""
    """CSMS under test: its URL without the identity, ``ws://192.0.2.1:9000/ocpp`` or ``wss://…``."""
    listen: str = ""
    """Station under test: address and port at which the tester's CSMS waits for it."""
    identity: Annotated[str, Field(max_length=48)] = "V2XCONFORM-1"
    """Identity of the station: that of the tester's towards a CSMS, that of the station under test."""
    spare_identities: list[str] = []
    """More identities that a CSMS under test knows; test cases with several stations need them."""
    security_profile: Literal[0, 1, 2, 3] = 1
    """1 Basic authentication, 2 TLS and Basic, 3 TLS with a client certificate; 0 none of them (benches)."""
    password: str = "v2xconform-lab-0001"
    """Basic authentication password of the station, 16 to 40 characters."""
    server_name: str = ""
    """Station under test with TLS: name that the tester's certificate bears; empty = that of the recipe."""
    tls: OcppTls = OcppTls()

    @field_validator("url")
    @classmethod
    def _is_a_url(cls, url: str) -> str:
        if url:
            try:
                endpoint(url)
            except EndpointError as error:
                raise ValueError(str(error)) from None
        return url

    @field_validator("listen")
    @classmethod
    def _is_an_address(cls, listen: str) -> str:
        if listen:
            split_address(listen)
        return listen


class Stimulus(_Strict):
    """How the lab makes the SUT do something outside the protocol."""

    kind: Literal["prompt", "shell", "http", "none"]
    text: str = ""
    """What to ask the operator, the command line, or the URL (POST). The facts of the moment can stand in it as
    ``{identity}``, ``{evse}``, ``{connector}``, ``{token}`` (the id; ``{token_type}`` is its type), ``{action}``,
    ``{payload}`` …; an HTTP call carries them as JSON, a token as IdTokenType."""
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
    station: OcppReach | None = None
    """Where the charging station under test arrives; the tester is the CSMS."""
    csms: OcppReach | None = None
    """How the CSMS under test is reached; the tester is the station."""
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
    """How long the tester waits for an EV under test to appear after it was plugged in; twice as long for the boot of OCPP."""
    tester_persona: str = ""
    """Persona of the tester's side in place of the profile's: a name, or a YAML file (relative to the description)."""
    stimuli: dict[StimulusName, Stimulus] = {}
    expected_failures: list[ExpectedFailure] = []

    @model_validator(mode="after")
    def _reachable(self) -> "Sut":
        if self.emulator is None and not (self.secc or self.evcc or self.station or self.csms):
            raise ValueError(
                "say how the SUT is reached: a section `secc:` (a charger), `evcc:` (a car), `station:`, `csms:` or `emulator:`"
            )
        if self.csms is not None and not self.csms.url:
            raise ValueError("csms: give `url:`, as in ws://192.0.2.1:9000/ocpp")
        if self.station is not None and not self.station.listen:
            raise ValueError("station: give `listen:`, the address and port where the station arrives")
        for role, reach in (("secc", self.secc), ("evcc", self.evcc)):
            if reach and not (reach.interface or reach.address or reach.sdp_address):
                raise ValueError(f"{role}: give `interface:` (for SDP) or `address:`")
            if role == "secc" and reach and not reach.sdp and not reach.address:
                raise ValueError("secc: `sdp: false` needs `address:`")
        return self

    def reach(self, role: Role) -> Reach | None:
        """Return how a role on the cable is reached, None where the description does not say."""
        return {"secc": self.secc, "evcc": self.evcc}.get(role)

    def ocpp_reach(self, role: Role) -> OcppReach | None:
        """Return how a role of OCPP is reached, None where the description does not say."""
        return {"station": self.station, "csms": self.csms}.get(role)

    def describes(self, role: Role) -> bool:
        """Tell whether the description says how a role is reached."""
        return (self.reach(role) if FAMILY[role] == "v2g" else self.ocpp_reach(role)) is not None


def load_sut(path: Path) -> Sut:
    """Read a SUT description; its paths are absolute afterwards. Raises LabError with file and line."""
    sut, folder = load_yaml(path, Sut), path.resolve().parent
    changes: dict[str, object] = {
        role: reach.model_copy(update={"tls": _from(folder, reach.tls)})
        for role, reach in (("secc", sut.secc), ("evcc", sut.evcc))
        if reach is not None
    }
    changes |= {
        role: reach.model_copy(update={"tls": _ocpp_from(folder, reach.tls)})
        for role, reach in (("station", sut.station), ("csms", sut.csms))
        if reach is not None
    }
    if sut.tester_persona.endswith((".yaml", ".yml")):
        changes["tester_persona"] = str(folder / sut.tester_persona)
    return sut.model_copy(update=changes)


def _ocpp_from(folder: Path, tls: OcppTls) -> OcppTls:
    changes: dict[str, object] = {"trust": [folder / path for path in tls.trust]}
    if tls.credential is not None:
        changes["credential"] = Credential(chain=folder / tls.credential.chain, key=folder / tls.credential.key)
    if (folder / tls.pki).is_dir():
        changes["pki"] = str(folder / tls.pki)
    return tls.model_copy(update=changes)


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
