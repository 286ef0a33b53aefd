"""Quirks: declared misbehaviour of an emulator, the mutants that prove that a test case can fail.

They are YAML below emulators/quirks/: one file per theme and role, a list under ``quirks:``. Each is data only: fields of the
session policy, of the persona, bends of messages, TLS and SDP settings.
"""

from functools import cache
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict

from v2xconform.content import content
from v2xconform.emulators.bends import Bend
from v2xconform.lab.roles import Role
from v2xconform.lab.yaml_lines import LabError, load_yaml


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class TlsQuirk(_Strict):
    """How the TLS end deviates; None keeps what the PKI recipe and the profile say."""

    credential: str = ""
    """Another credential of the PKI recipe in place of the usual one: vehicle-other, secc-other."""
    variant: str = ""
    """Variant of the own credential in the PKI recipe: expired, unknown-root …"""
    minimum: str = ""
    maximum: str = ""
    require_peer_certificate: bool | None = None
    verify: bool | None = None
    staple: bool | None = None
    staple_kind: str = ""
    """Staple of the PKI recipe instead of a good one: revoked, expired …"""
    request_staple: bool | None = None
    suites: str = ""
    groups: str = ""
    signatures: str = ""
    authorities: bool | None = None
    checks_name: bool | None = None
    """An OCPP station that does not look for whom the certificate of the CSMS is."""
    plain_too: bool = False
    """A charger that also serves ISO 15118-20 to cars that ask for no TLS."""


class SdpQuirk(_Strict):
    """How the SDP end deviates."""

    silent: bool = False
    answer_delay_s: float = 0.0
    answers_wrong_header: bool = False
    answers_wrong_length: bool = False
    answers_unknown_security: bool = False
    answers_udp: bool = False
    security: str = ""
    """TLS or None, whatever is true."""
    transport: str = ""
    port_change: int = 0
    raw: str = ""
    """Bytes (hexadecimal) in place of the datagram."""
    copies: int = 1
    most_answers: int | None = None
    """A charger that answers so many requests and then no more; None = all of them."""
    interval_s: float | None = None
    attempts: int | None = None
    """How often a car asks (50 at most, [V2G2-161]); more of them also last longer than the usual patience."""
    accepts_faults: bool = False
    """A car that uses an answer with a broken header or reserved codes."""
    accepts_less_security: bool = False
    """A car that goes on without TLS although it asked for it [V2G2-628]."""


class Quirk(_Strict):
    """One misbehaviour with its reason."""

    name: str
    what: str
    requirement: str
    """The requirement that it breaks: a key of the catalogue."""
    protocol: str = ""
    """The only protocol (of a profile) in which it can be seen; empty = every one of the role."""
    policy: dict[str, Any] = {}
    """Fields of the role's policy; for OCPP roles by block: ``{rpc: {checks_schema: false}}``."""
    persona: dict[str, Any] = {}
    bends: list[Bend] = []
    tls: TlsQuirk = TlsQuirk()
    sdp: SdpQuirk = SdpQuirk()
    good: bool = False
    """True for a harmless peculiarity: it must NOT be caught (a false alarm otherwise)."""


class QuirkFile(_Strict):
    """One file below emulators/quirks/."""

    role: Role
    quirks: list[Quirk]


@cache
def load_quirks(role: Role, folder: Path | None = None) -> dict[str, Quirk]:
    """Return all quirks of a role by name, in the order of the files. Raises LabError."""
    found: dict[str, Quirk] = {}
    for path in sorted((folder or content("emulators") / "quirks").glob("*.yaml")):
        file = load_yaml(path, QuirkFile)
        if file.role != role:
            continue
        for quirk in file.quirks:
            if quirk.name in found:
                raise LabError(f"{path}: quirk {quirk.name!r} exists twice for the role {role}; names must differ")
            found[quirk.name] = quirk
    return found


def quirks_of(role: Role, protocol: str) -> dict[str, Quirk]:
    """Return the quirks of a role that can be seen in a protocol. Raises LabError."""
    return {name: quirk for name, quirk in load_quirks(role).items() if quirk.protocol in ("", protocol)}


def find_quirks(role: Role, names: list[str]) -> list[Quirk]:
    """Return the named quirks. Raises LabError that lists what there is."""
    known = load_quirks(role)
    for name in names:
        if name not in known:
            from difflib import get_close_matches

            near = get_close_matches(name, known, 1)
            hint = f"did you mean {near[0]!r}?" if near else f"see `v2xconform list quirks` ({len(known)} of this role)"
            raise LabError(f"quirk {name!r} of the role {role} does not exist; {hint}")
    return [known[name] for name in names]
