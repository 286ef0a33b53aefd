"""Whom a CSMS lets in: subprotocol, identity, password (Part 4 chapter 3, A00)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

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

    def decide(self, target: str, headers: Mapping[str, str], offered: tuple[str, ...]) -> Admitted:
        """Return what to answer; `headers` have names in lower case."""
        policy = self.csms.policy.admission
        identity = identity_of(target)
        problem = identity_problem(identity)
        if problem and policy.checks_identity:
            return Admitted(404, text=problem)
        if self.known and identity not in self.known and policy.refuses_unknown:
            return Admitted(404, text=f"no station {identity} is known here")
        if self.security_profile in (1, 2):
            found = credentials(headers.get("authorization", ""))
            if policy.checks_password and (found is None or found[1] != self.passwords.get(identity, "")):
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
