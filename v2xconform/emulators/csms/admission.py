"""Whom a CSMS lets in: subprotocol, identity, password (Part 4 chapter 3, A00)."""

from base64 import b64decode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.x509.oid import NameOID

from v2xconform.pki.requests import subject_value
from v2xconform.protocols.ocpp.handshake import choose, credentials, identity_of, identity_problem

if TYPE_CHECKING:
    from v2xconform.emulators.csms.csms import Csms


@dataclass(frozen=True, slots=True)
class AdmissionPolicy:
    """Duties at the door."""

    checks_identity: bool = True
    checks_password: bool = True
    checks_user: bool = True
    """The user of Basic authentication is the identity in the URL."""
    refuses_unknown: bool = True
    """404 for an identity that it does not know, where it knows its stations."""
    no_common_protocol: str = "close"
    """close: completes the handshake and closes (Part 4 3.2); refuse: HTTP 400; stay: leaves the socket open."""
    own_order: bool = False
    """Chooses by its own order instead of the client's."""
    supports: tuple[str, ...] = ()
    """Subprotocols in place of those of its version."""
    names: str = ""
    """Subprotocol that it names whatever was offered."""
    on_escapes: str = ""
    """What it does to a target with percent-encoded characters (a name of `ocpp_door`), in place of decoding it."""
    on_second: str = ""
    """What it does to a second connection of the same identity."""
    deflate: bool = True
    keeps_level: bool = True
    """Lets no station come back with a lower security profile than it has had ([A05.FR.07])."""
    checks_certificate: bool = True
    """Security profile 3: looks at the certificate of the station at all ([A00.FR.402])."""
    checks_common_name: bool = True
    """Security profile 3: the common name is the serial number of the station ([A00.FR.405])."""
    checks_organization: bool = True
    """Security profile 3: O is the operator ([A00.FR.404])."""


@dataclass(frozen=True, slots=True)
class Admitted:
    """The decision about one opening handshake."""

    status: int
    identity: str = ""
    subprotocol: str = ""
    text: str = ""
    close: bool = False
    """Complete the handshake, and close at once."""


@dataclass(slots=True)
class Admission:
    """The door of one CSMS."""

    csms: "Csms"
    passwords: dict[str, str] = field(default_factory=dict)
    """Identity -> password; empty: nobody needs one."""
    known: set[str] = field(default_factory=set)
    """Identities of its stations; empty: everybody is welcome."""
    security_profile: int = 0
    serials: dict[str, str] = field(default_factory=dict)
    """Identity -> serial number of its station, where it is known."""
    organization: str = ""
    """The operator, as O of its stations' certificates; empty: it is not looked at."""
    levels: dict[str, int] = field(default_factory=dict)
    """Identity -> security profile of its last connection."""
    shown: dict[str, str] = field(default_factory=dict)
    """Identity -> common name of the certificate that it has shown last."""

    def entered(self, identity: str, profile: int | None, chain: Sequence[str]) -> None:
        """A station was let in."""
        self.levels[identity] = self.security_profile if profile is None else profile
        self.shown[identity] = _names(chain)[0]

    def certificate_problem(self, identity: str, chain: Sequence[str]) -> str:
        """Return why the certificate of a station is not accepted, empty when it is (its path was checked by TLS)."""
        policy = self.csms.policy.admission
        if not policy.checks_certificate:
            return ""
        if not chain:
            return "the station has shown no certificate"
        name, organization = _names(chain)
        wanted = self.serials.get(identity, "")
        if policy.checks_common_name and wanted and name != wanted:
            return f"the certificate is of {name!r}, not of {wanted}"
        if policy.checks_organization and self.organization and self.organization not in organization:
            return f"the certificate is of {organization!r}, not of {self.organization}"
        return ""

    def decide(
        self, target: str, headers: Mapping[str, str], offered: tuple[str, ...], *, profile: int | None = None,
        chain: Sequence[str] = (),
    ) -> Admitted:  # fmt: skip
        """Return what to answer; `headers` have names in lower case, `chain` is the certificate of the station."""
        policy = self.csms.policy.admission
        identity = identity_of(target)
        problem = identity_problem(identity)
        if problem and policy.checks_identity:
            return Admitted(404, text=problem)
        if self.known and identity not in self.known and policy.refuses_unknown:
            return Admitted(404, text=f"no station {identity} is known here")
        level = self.security_profile if profile is None else profile
        if policy.keeps_level and level < self.levels.get(identity, 0):
            return Admitted(403, text="this station has a higher security profile by now")
        if level == 3:
            problem = self.certificate_problem(identity, chain)
            if problem:
                return Admitted(403, text=problem)
        if level in (1, 2):
            found = credentials(headers.get("authorization", ""))
            good = (self.passwords.get(identity, ""), *self.csms.security.old_of(identity))
            if policy.checks_password and (found is None or found[1] not in good):
                return Admitted(401, text="user or password is wrong")
            if policy.checks_user and found is not None and found[0] != identity:
                return Admitted(401, text="the user is not the identity of the URL")
        supported = policy.supports or self.csms.versions
        chosen = policy.names or (choose(supported, offered) if policy.own_order else choose(offered, supported))
        if not chosen:
            if policy.no_common_protocol == "refuse":
                return Admitted(400, text="no common subprotocol")
            return Admitted(101, identity, "", close=policy.no_common_protocol == "close")
        return Admitted(101, identity, chosen)


def _names(chain: Sequence[str]) -> tuple[str, str]:
    """Return common name and organization of a leaf, empty without one."""
    if not chain:
        return "", ""
    subject = x509.load_der_x509_certificate(b64decode(chain[0])).subject
    return subject_value(subject, NameOID.COMMON_NAME), subject_value(subject, NameOID.ORGANIZATION_NAME)
