"""TLS of the charging cable: which policy, credential and trust an actor uses, and what it refuses beyond OpenSSL."""

from base64 import b64decode
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Final, Literal

from cryptography import x509
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from v2xconform.emulators.quirks import TlsQuirk
from v2xconform.lab.sut import Credential as CredentialFiles
from v2xconform.lab.sut import Tls
from v2xconform.lab.yaml_lines import LabError
from v2xconform.links.errors import LinkError
from v2xconform.links.stream import Stream
from v2xconform.links.tls import PROFILE_2, PROFILE_20, PROFILE_20_P256, Presented, TlsPolicy
from v2xconform.pki import Pki, RecipeError, issue, load_recipe, validate_chain
from v2xconform.pki.store import read

_POLICIES = {"iso15118-20": PROFILE_20, "iso15118-20-p256": PROFILE_20_P256, "iso15118-2": PROFILE_2}
_PEER_PROFILE = {"secc": "vehicle", "evcc": "secc"}
_CREDENTIAL = {"secc": "secc", "evcc": "vehicle"}
_PEER_ANCHORS = {"secc": ("oem", "v2g"), "evcc": ("v2g",)}


@dataclass(frozen=True, slots=True)
class TlsSettings:
    """What one end of the cable brings to a TLS connection."""

    policy: TlsPolicy
    peer_profile: str = ""
    """Profile by which this end refuses the peer's chain after the handshake; empty: the handshake decides alone."""


_SERVES_S: Final = 12 * 3600.0
"""A PKI is issued around an instant, and its shortest certificates and staples begin or end a day from there."""
_issued: dict[str, float] = {}
"""Recipe or folder -> instant around which it was issued last."""


@cache
def lab_pki(recipe: str, instant: float) -> Pki:
    """Return the PKI of a recipe, or of a folder that was issued, around an instant. Raises LabError."""
    try:
        if Path(recipe).is_dir():
            return read(Path(recipe), datetime.fromtimestamp(instant, UTC))
        return issue(load_recipe(recipe), datetime.fromtimestamp(instant, UTC))
    except RecipeError as error:
        raise LabError(str(error)) from None


def pki_of(tls: Tls, utc: float) -> Pki:
    """Return the PKI of a TLS section at a wall-clock instant: the same one for half a day from the first use on.

    A car that comes back to its paused session has to show the certificate that it has shown before ([V2G20-2677]),
    whatever hour has struck meanwhile.
    """
    since = _issued.get(tls.pki)
    if since is None or not since <= utc < since + _SERVES_S:
        since = _issued[tls.pki] = utc // 3600 * 3600
    return lab_pki(tls.pki, since)


def trust_of(tls: Tls, role: Literal["secc", "evcc"], utc: float) -> tuple[x509.Certificate, ...]:
    """Return the anchors to which the certificates of the peer of `role` must lead. Raises LabError."""
    if tls.trust:
        return tuple(certificate for path in tls.trust for certificate in _read_chain(path))
    return pki_of(tls, utc).anchors(*_PEER_ANCHORS[role])


def settings_of(
    tls: Tls,
    role: Literal["secc", "evcc"],
    utc: float,
    *,
    strict: bool,
    variant: str = "",
    quirk: TlsQuirk | None = None,
) -> TlsSettings:
    """Return the TLS settings of an actor in `role`.

    `strict`: it refuses what it must refuse (an emulated SUT). A tester is not strict: it records what is wrong with the
    peer's chain and goes on. `variant` shows a broken credential of the recipe. Raises LabError.
    """
    quirk = quirk or TlsQuirk()
    policy = _POLICIES[tls.profile]
    pki = pki_of(tls, utc)
    variant = variant or quirk.variant
    if tls.credential is not None and not (variant or quirk.credential):
        credential: Presented | None = _read_credential(tls.credential)
        staple = None
    elif variant == "none":
        credential, staple = None, None
    else:
        try:
            issued = pki.credential(
                quirk.credential or _CREDENTIAL[role], variant or None, staple=quirk.staple_kind or "good"
            )
        except KeyError as error:
            raise LabError(str(error.args[0])) from None
        credential = Presented(issued.chain, issued.key) if issued.chain else None
        staple = issued.ocsp
    anchors = trust_of(tls, role, utc)
    verify = strict if quirk.verify is None else quirk.verify
    policy = policy.using(
        credential=credential, trust=anchors, verify=verify, name=f"{policy.name} ({role})",
        staple=None if quirk.staple is False else staple,
        request_staple=policy.request_staple if quirk.request_staple is None else quirk.request_staple,
        certificate_authorities=()
        if quirk.authorities is False or role == "evcc"
        else tuple(anchor.subject for anchor in pki.anchors("v2g", "oem")),
    )  # fmt: skip
    changes = {
        "minimum": quirk.minimum,
        "maximum": quirk.maximum,
        "suites": quirk.suites,
        "groups": quirk.groups,
        "signatures": quirk.signatures,
    }
    policy = policy.using(**{name: value for name, value in changes.items() if value})
    if policy.minimum == "TLSv1.2":
        policy = policy.using(suites_12=policy.suites_12 or "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-ECDSA-AES128-SHA256")
    if quirk.require_peer_certificate is not None:
        policy = policy.using(require_peer_certificate=quirk.require_peer_certificate)
    elif not strict and role == "secc":
        policy = policy.using(require_peer_certificate=True)
    suffix = "-p256" if tls.profile == "iso15118-20-p256" else ""
    peer_profile = f"iso15118-20-{_PEER_PROFILE[role]}{suffix}" if verify and strict else ""
    return TlsSettings(policy, peer_profile)


async def refuse_bad_chain(stream: Stream, settings: TlsSettings, utc: float) -> None:
    """Close the stream and raise LinkError when the peer's chain breaks a mandatory rule that OpenSSL does not know."""
    if not settings.peer_profile or stream.tls is None or not stream.tls.peer_chain:
        return
    chain = [b64decode(der) for der in stream.tls.peer_chain]
    now = datetime.fromtimestamp(utc, UTC)
    staple = stream.tls.staple if settings.policy.request_staple else None
    staples = [b64decode(staple)] if staple else None
    for problem in validate_chain(chain, settings.policy.trust, now, settings.peer_profile, staples=staples):
        if problem.severity == "must" and problem.code != "staple-missing":
            text = f"the chain of {stream.tap.dst} is refused: {problem.text}"
            stream.tap.outgoing(kind="note", layer="tls", name=text)
            await stream.close()
            raise LinkError("tls", text)


def read_credential(files: CredentialFiles) -> tuple[tuple[x509.Certificate, ...], object]:
    """Return the chain and the private key that stand in two PEM files. Raises LabError."""
    read = _read_credential(files)
    return tuple(read.chain), read.key


def read_roots(path: Path) -> list[x509.Certificate]:
    """Return the certificates in a PEM file. Raises LabError."""
    return _read_chain(path)


def _read_credential(files: CredentialFiles) -> Presented:
    try:
        key = load_pem_private_key(files.key.read_bytes(), None)
    except (OSError, ValueError, TypeError) as error:
        raise LabError(f"{files.key}: no readable PEM key without password: {error}") from None
    return Presented(tuple(_read_chain(files.chain)), key)  # type: ignore[arg-type]  # OpenSSL judges the kind of key


def _read_chain(path: Path) -> list[x509.Certificate]:
    try:
        return x509.load_pem_x509_certificates(path.read_bytes())
    except (OSError, ValueError) as error:
        raise LabError(f"{path}: no readable PEM certificates: {error}") from None
