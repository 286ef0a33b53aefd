"""Block A at the CSMS: passwords, station certificates, serial numbers (A01 to A03, B01)."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from v2xconform.emulators.csms.block import Handler, Payload
from v2xconform.emulators.ocpp_tls import Authority
from v2xconform.pki.requests import request_problem

if TYPE_CHECKING:
    from v2xconform.emulators.csms.csms import Csms
    from v2xconform.emulators.csms.session import StationSession

STATION: Final = "ChargingStationCertificate"


@dataclass(frozen=True, slots=True)
class SecurityPolicy:
    """Duties of the block."""

    answers_csr: str = ""
    """Status in place of the one that the CSR deserves ([A02.FR.11], [A02.FR.12])."""
    sends_certificate: bool = True
    """Sends CertificateSigned for a CSR that it has accepted."""
    withholds: int = 0
    """So many CSRs are accepted and never followed by a certificate."""
    delay_s: float = 0.0
    """From the accepted CSR to its certificate."""
    flaw: str = ""
    """What is wrong with the certificates that it has issued; see `Authority.chain`."""
    names_type: bool = True
    """Repeats certificateType ([A02.FR.14])."""
    echoes_request_id: bool = True
    """2.1: repeats requestId ([A02.FR.25])."""
    takes_new_password: bool = True
    """Lets the station in with the password that it has accepted ([A01.FR.03])."""
    drops_old_password: bool = True
    """Lets nobody in with the old one any more ([A01.FR.03])."""
    keeps_password_on_refusal: bool = True
    """Keeps the old one where the station has refused the new one ([A01.FR.04])."""
    checks_serial: bool = True
    """Security profile 3: closes the connection of a station that boots with another serial number than that of its
    certificate ([B01.FR.12])."""


@dataclass(slots=True)
class Security:
    """The block of one CSMS."""

    csms: "Csms"
    authority: Authority | None = None
    """Who issues certificates for stations; None: CSRs are refused."""
    handlers: dict[str, Handler] = field(default_factory=dict)
    old_passwords: dict[str, str] = field(default_factory=dict)
    """Identity -> password that was replaced."""
    _requests: int = 0

    def __post_init__(self) -> None:
        self.handlers = {"SignCertificate": self.sign_certificate}

    def sign_certificate(self, session: "StationSession", payload: Payload, now: float) -> Payload:
        """Answer SignCertificate, and send the certificate when the authority has issued it (A02, A03)."""
        policy = self.csms.policy.security
        good = self.authority is not None and not request_problem(payload["csr"])
        status = policy.answers_csr or ("Accepted" if good else "Rejected")
        self._requests += 1
        if status == "Accepted" and good and policy.sends_certificate and self._requests > policy.withholds:
            session.agenda.at(now + policy.delay_s, lambda at: self._send(session, payload, at))
        return {"status": status}

    def _send(self, session: "StationSession", asked: Payload, now: float) -> None:
        policy, kind = self.csms.policy.security, asked.get("certificateType", STATION)
        assert self.authority is not None, "without an authority no CSR is accepted"
        tree: Payload = {"certificateChain": self.authority.chain(asked["csr"], kind, self.csms.utc(), policy.flaw)}
        if policy.names_type and "certificateType" in asked:
            tree["certificateType"] = kind
        if policy.echoes_request_id and "requestId" in asked:
            tree["requestId"] = asked["requestId"]
        session.call("CertificateSigned", tree, now)

    def learn(self, session: "StationSession", action: str, asked: Payload, answer: Payload) -> None:
        """Take what the station has answered: a password that it has accepted is the one that holds now (A01)."""
        if action != "SetVariables":
            return
        for wanted, result in zip(asked["setVariableData"], answer["setVariableResult"], strict=False):
            if wanted["component"]["name"] == "SecurityCtrlr" and wanted["variable"]["name"] == "BasicAuthPassword":
                accepted = result["attributeStatus"] in ("Accepted", "RebootRequired")
                self._password(session.identity, wanted["attributeValue"], accepted=accepted)

    def _password(self, identity: str, new: str, *, accepted: bool) -> None:
        policy, passwords = self.csms.policy.security, self.csms.admission.passwords
        changes = policy.takes_new_password if accepted else not policy.keeps_password_on_refusal
        if not changes:
            return
        if identity in passwords and not policy.drops_old_password:
            self.old_passwords[identity] = passwords[identity]
        passwords[identity] = new

    def old_of(self, identity: str) -> list[str]:
        """Return passwords that should not be good any more, and are."""
        return [self.old_passwords[identity]] if identity in self.old_passwords else []

    def booted(self, session: "StationSession", payload: Payload, now: float) -> None:
        """A station boots: its serial number is that of its certificate ([B01.FR.11])."""
        shown = self.csms.admission.shown.get(session.identity, "")
        serial = payload["chargingStation"].get("serialNumber", "")
        level = self.csms.admission.levels.get(session.identity, 0)
        if level == 3 and shown and serial and serial != shown and self.csms.policy.security.checks_serial:
            session.agenda.at(now, lambda at: setattr(session, "hang_up", "serial number and certificate differ"))
