"""Station and CSMS for ``v2xconform emulate``: what was asked for, checked and made into actors."""

import resource
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    from v2xconform.emulators.csms import Csms
    from v2xconform.emulators.ocpp_cast import OcppCast
    from v2xconform.emulators.quirks import Quirk
    from v2xconform.lab.sut import OcppReach
    from v2xconform.protocols.ocpp import Version

_PERSONAS = {"station": "lab_station", "csms": "lab_csms"}
_IDENTITY = "V2XCONFORM"
_LISTEN = "127.0.0.1:9000"
_SPARE_FILES = 100
"""Open files beside the connections."""


@dataclass(frozen=True, slots=True)
class OcppWish:
    """What the command line asks for."""

    role: str
    persona: str
    quirks: list[str]
    connect: str
    listen: str
    identity: str
    version: str
    password: str
    profile: int | None
    count: int
    cycle_s: float
    token: str
    pki: str
    chain: Path | None
    key: Path | None
    trust: list[Path]
    lenient: bool
    trace: Path | None

    @property
    def own_identity(self) -> str:
        """Identity of a station, without the number that many of them have."""
        return self.identity or (_IDENTITY if self.count > 1 else f"{_IDENTITY}-1")


def play_ocpp(wish: OcppWish) -> int:
    """Play a station, many of them, or a CSMS until Ctrl-C, and return the exit code. Raises LabError, LinkError."""
    import anyio

    from v2xconform.emulators.quirks import find_quirks

    quirks = find_quirks(wish.role, wish.quirks) if wish.quirks else []  # type: ignore[arg-type]  # one of the two
    reach = _reach(wish)
    play: Any
    if wish.role == "csms":
        from v2xconform.cli.emulate_csms import play_csms as play
    elif wish.count > 1:
        _only_single(wish, quirks, reach)
        from v2xconform.cli.emulate_fleet import play_fleet as play
    else:
        from v2xconform.cli.emulate_station import play_station as play
    try:
        anyio.run(play, wish, quirks, reach, backend="asyncio", backend_options={"use_uvloop": True})
    except KeyboardInterrupt:
        return 0  # the way in which they are meant to end
    return 0


def _only_single(wish: OcppWish, quirks: "list[Quirk]", reach: "OcppReach") -> None:
    from v2xconform.lab.yaml_lines import LabError

    if wish.trace is not None:
        raise LabError("--trace records a single station; leave --count out")
    if reach.security_profile > 1:
        raise LabError("--count is for ws:// (security profiles 0 and 1); TLS is for a single station")
    bending = next((quirk.name for quirk in quirks if quirk.bends), "")
    if bending:
        raise LabError(f"quirk {bending!r} bends messages, which a single station does; leave --count out")


def _reach(wish: OcppWish) -> "OcppReach":
    """Return how station and CSMS meet. Raises LabError for what does not fit together."""
    from v2xconform.lab.sut import Credential, OcppReach, OcppTls
    from v2xconform.lab.yaml_lines import LabError
    from v2xconform.links.addresses import split_address
    from v2xconform.protocols.ocpp.handshake import EndpointError, endpoint, identity_problem

    problem = identity_problem(wish.own_identity + (f"-{wish.count}" if wish.count > 1 else ""))
    if problem:
        raise LabError(f"--identity {wish.own_identity}: {problem}")
    secure = False
    if wish.role == "station":
        if not wish.connect:
            raise LabError("say where the CSMS is: --connect ws://HOST:PORT/PATH (the identity is put behind it)")
        try:
            secure = endpoint(wish.connect).secure
        except EndpointError as error:
            raise LabError(f"--connect: {error}") from None
    else:
        try:
            split_address(wish.listen or _LISTEN)
        except ValueError as error:
            raise LabError(str(error)) from None
        secure = bool(wish.profile and wish.profile > 1)
    profile = _profile(wish, secure)
    credential = Credential(chain=wish.chain, key=wish.key) if wish.chain is not None and wish.key is not None else None
    return OcppReach(
        url=wish.connect, listen=(wish.listen or _LISTEN) if wish.role == "csms" else "", identity=wish.own_identity,
        security_profile=profile, password=wish.password,
        tls=OcppTls(**({"pki": wish.pki} if wish.pki else {}), credential=credential, trust=wish.trust),
    )  # fmt: skip


def _profile(wish: OcppWish, secure: bool) -> Any:
    from v2xconform.lab.yaml_lines import LabError

    profile = wish.profile
    if profile is None:
        profile = (2 if wish.password else 3) if secure else (1 if wish.password else 0)
    if wish.role == "station" and secure != (profile > 1):
        scheme = "wss" if profile > 1 else "ws"
        raise LabError(
            f"--security-profile {profile} goes with {scheme}://, not with {wish.connect.partition(':')[0]}://"
        )
    if profile in (1, 2) and not wish.password:
        raise LabError(f"--security-profile {profile} needs --password")
    if profile in (0, 3) and wish.password:
        raise LabError(f"--security-profile {profile} has no password; leave --password out")
    if profile < 2 and (wish.chain is not None or wish.trust or wish.pki):
        raise LabError("--chain, --key, --trust and --pki are for TLS: use wss:// or --security-profile 2 or 3")
    return profile


def cast_of(wish: OcppWish, reach: "OcppReach") -> "OcppCast":
    """Return what makes the actors."""
    from v2xconform.emulators.ocpp_cast import OcppCast
    from v2xconform.links.ip import IpNetwork

    return OcppCast(IpNetwork(), time.time, version_of(wish), reach)


def version_of(wish: OcppWish) -> "Version":
    """Return the version of a station."""
    from v2xconform.protocols.ocpp import VERSIONS

    return next((one for one in VERSIONS if one == wish.version), "ocpp2.0.1")


def persona_of(wish: OcppWish) -> str:
    """Return the name of the persona."""
    return wish.persona or _PERSONAS[wish.role]


class SamePassword(dict[str, str]):
    """Every station has the same password."""

    def __init__(self, password: str) -> None:
        super().__init__()
        self._password = password

    def get(self, identity: str, default: Any = None) -> Any:
        """Return it, unless a station was given another one."""
        return super().get(identity, self._password)


def open_to_all(csms: "Csms", wish: OcppWish, reach: "OcppReach") -> None:
    """Let a CSMS speak what was asked for, and know whom it lets in."""
    from v2xconform.protocols.ocpp import VERSIONS

    csms.versions = (version_of(wish),) if wish.version else tuple(reversed(VERSIONS))
    csms.admission.security_profile = reach.security_profile
    csms.admission.passwords = SamePassword(reach.password)
    csms.admission.known = {wish.identity} if wish.identity else set()
    csms.admission.serials = {}
    csms.admission.organization = ""


def allow_files(needed: int = 0) -> None:
    """Let this process open as many files as it may. Raises LabError when `needed` connections are too many."""
    from v2xconform.lab.yaml_lines import LabError

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = needed + _SPARE_FILES if needed else hard
    if hard != resource.RLIM_INFINITY and wanted > hard:
        text = f"{needed} connections need {wanted} open files and the system allows {hard}"
        raise LabError(f"{text}; raise the limit (ulimit -Hn, /etc/security/limits.conf) or lower --count")
    if soft != resource.RLIM_INFINITY and (soft < wanted or not needed):
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, wanted), hard))


def say(text: str) -> None:
    """Say something that is no message, on stderr."""
    typer.echo(text, err=True)
