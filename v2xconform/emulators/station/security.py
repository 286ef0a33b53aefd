"""Block A: the station's own certificate, and the security events that it reports (A02 to A05).

Passwords (A01) and security profiles (A05) are the business of `connection`, which uses them.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from cryptography import x509
from cryptography.x509.oid import NameOID

from v2xconform.emulators.station.block import Handler, Payload, Triggered, status_info
from v2xconform.pki import validate_chain
from v2xconform.pki.hash_data import hash_data
from v2xconform.pki.keys import Key, key_for
from v2xconform.pki.recipe import Algorithm
from v2xconform.pki.requests import make_request, read_pem, subject_value
from v2xconform.protocols.ocpp.rpc import Failure

if TYPE_CHECKING:
    from v2xconform.emulators.station.station import Station

STATION: Final = "ChargingStationCertificate"
_TRIGGERS: Final = {
    "SignChargingStationCertificate": STATION,
    "SignV2GCertificate": "V2GCertificate",
    "SignV2G20Certificate": "V2G20Certificate",
}
"""MessageTriggerEnumType -> CertificateSigningUseEnumType. This station has no certificate for both ends of it, so there is
no SignCombinedCertificate."""
_ROOTS: Final = {
    STATION: "CSMSRootCertificate",
    "V2GCertificate": "V2GRootCertificate",
    "V2G20Certificate": "V2GRootCertificate",
}
_EVENT_RETRY_S: Final = 30.0
_RENEWAL: Final = timedelta(days=30)
"""So long before its end a station asks for a new certificate by itself ([A03.FR.02])."""


@dataclass(frozen=True, slots=True)
class SecurityPolicy:
    """Duties of the block."""

    refuses_passwords: bool = False
    """Answers Rejected to a new BasicAuthPassword."""
    uses_new_password: bool = True
    """Comes back with the password that SetVariables has brought (A01)."""
    sends_csr: bool = True
    """Sends SignCertificate after TriggerMessage ([A02.FR.03])."""
    csr_key: Algorithm = "secp256r1"
    csr_in_pem: bool = True
    csr_named: bool = True
    """The common name of the CSR is the serial number ([A00.FR.511])."""
    new_key: bool = True
    """Makes a new key pair for each CSR ([A02.FR.02])."""
    names_type: bool = True
    """Sends certificateType ([A02.FR.13])."""
    checks_dates: bool = True
    checks_chain: bool = True
    checks_key: bool = True
    """Refuses a certificate for another key than that of its CSR."""
    checks_subject: bool = True
    """Refuses a certificate with another common name ([A02.FR.06], [A00.FR.511])."""
    refuses_invalid: bool = True
    """Answers Rejected to an invalid certificate ([A02.FR.07])."""
    refuses_valid: bool = False
    reports_invalid: bool = True
    """InvalidChargingStationCertificate ([A02.FR.07])."""
    switches: bool = True
    """Comes back with the new certificate ([A02.FR.08])."""
    shows_old_certificate: bool = False
    """Comes back, and shows the old certificate."""
    repeats_csr: bool = True
    """Sends the CSR again while no certificate comes ([A02.FR.17])."""
    doubles_wait: bool = True
    """Waits twice as long before each repetition ([A02.FR.18])."""
    csr_wait_factor: float = 1.0
    repeats_after_rejection: bool = False
    """Sends the CSR again although the CSMS has rejected it."""
    matches_request_id: bool = True
    """2.1: refuses a certificate for a request that it has not made ([A02.FR.26])."""
    reports_events: bool = True
    """Sends SecurityEventNotification for critical events ([A04.FR.01])."""
    queues_events: bool = True
    """Keeps events while it is offline ([A04.FR.02])."""
    silent_about: tuple[str, ...] = ()
    """Events that it does not report."""


@dataclass(frozen=True, slots=True)
class StationCredential:
    """A certificate of the station with its chain and key."""

    chain: tuple[x509.Certificate, ...]
    key: Key


@dataclass(slots=True)
class _Asked:
    """A CSR for which a certificate is awaited."""

    kind: str
    key: Key
    csr: str
    request_id: int
    repetitions: int = 0
    wait_s: float = 0.0


@dataclass(slots=True)
class Security:
    """The block of one station."""

    station: "Station"
    credential: StationCredential | None = None
    """What it shows to the CSMS in security profile 3."""
    v2g: dict[str, StationCredential] = field(default_factory=dict)
    """What it shows to cars, by CertificateSigningUseEnumType."""
    log: list[tuple[str, str]] = field(default_factory=list)
    """The security log: time, event ([A04.FR.04]). No password stands in it ([A01.FR.12])."""
    queue: list[Payload] = field(default_factory=list)
    """Events that the CSMS has not confirmed yet."""
    handlers: dict[str, Handler] = field(default_factory=dict)
    _asked: dict[str, _Asked] = field(default_factory=dict)
    _requests: int = 0
    _sending: bool = False
    _older: StationCredential | None = None

    def __post_init__(self) -> None:
        self.handlers = {
            "CertificateSigned": self.certificate_signed,
            "SetNetworkProfile": self.station.connection.set_profile,
        }
        if self.station.variables.has("SecurityCtrlr.BasicAuthPassword"):
            self.station.variables.on_change("SecurityCtrlr.BasicAuthPassword", self._password_changed)
            if self.station.policy.security.refuses_passwords:
                self.station.variables.guard(
                    "SecurityCtrlr.BasicAuthPassword", lambda value: "no new password is taken"
                )

    @property
    def now_utc(self) -> datetime:
        """The wall clock."""
        return datetime.fromtimestamp(self.station.utc(), UTC)

    @property
    def has_certificate(self) -> bool:
        """Whether there is a certificate of its own that is valid now."""
        if self.credential is None:
            return False
        leaf = self.credential.chain[0]
        return leaf.not_valid_before_utc <= self.now_utc <= leaf.not_valid_after_utc

    @property
    def shown(self) -> StationCredential | None:
        """What TLS shows to the CSMS."""
        old = self.station.policy.security.shows_old_certificate and self._older is not None
        return self._older if old else self.credential

    # ---- events

    def event(self, kind: str, now: float, info: str = "") -> None:
        """Log a critical event and report it, now or once the CSMS can be reached (A04)."""
        policy, stamp = self.station.policy.security, self.station.timestamp()
        self.log.append((stamp, kind))
        if not policy.reports_events or kind in policy.silent_about:
            return
        if not policy.queues_events and not self.station.online:
            return
        self.queue.append({"type": kind, "timestamp": stamp, **({"techInfo": info[:255]} if info else {})})
        self._report(now)

    def online(self, now: float) -> None:
        """A connection is there; after a plain reconnect nothing else has to happen first."""
        self._report(now)

    def boot_accepted(self, now: float) -> None:
        """The CSMS has accepted the station."""
        self._report(now)
        self._renew_in_time(now)

    def offline(self, now: float) -> None:
        """What was sent is confirmed by nobody any more."""
        self._sending = False

    def reset(self, now: float) -> None:
        """Power was lost: events are kept, requests for certificates are not."""
        self._sending = False
        self._asked.clear()

    def _report(self, now: float) -> None:
        if self._sending or not self.queue or not self.station.online:
            return
        self._sending = True
        self.station.call("SecurityEventNotification", self.queue[0], now, self._confirmed, self._unconfirmed)

    def _confirmed(self, answer: Payload, now: float) -> None:
        self._sending = False
        del self.queue[:1]
        self._report(now)

    def _unconfirmed(self, failure: Failure, now: float) -> None:
        self._sending = False
        if failure.kind != "lost":
            self.station.agenda.at(now + _EVENT_RETRY_S, self._report, "security.events")

    def _password_changed(self, value: str, now: float) -> None:
        self.log.append((self.station.timestamp(), "BasicAuthPassword was changed"))  # [A01.FR.11]

    def tls_failed(self, why: str, now: float) -> None:
        """The CSMS could not be trusted: `why` is certificate, version or suite."""
        kinds = {
            "certificate": "InvalidCsmsCertificate",  # [A00.FR.310]
            "version": "InvalidTLSVersion",  # [A00.FR.316]
            "suite": "InvalidTLSCipherSuite",  # [A00.FR.323]
        }
        if why in kinds:
            self.event(kinds[why], now)

    # ---- the own certificate

    def trigger(self, payload: Payload, now: float) -> Triggered:
        """Offer SignCertificate to TriggerMessage ([F06.FR.10], A02)."""
        kind = _TRIGGERS.get(payload["requestedMessage"])
        if kind is None or (kind == "V2G20Certificate" and self.station.version != "ocpp2.1"):
            return None
        if not self.station.policy.security.sends_csr:
            return _nothing
        return self._asking(kind)

    def _asking(self, kind: str) -> Callable[[float], None]:
        return lambda now: self.ask(kind, now)

    def _renew_in_time(self, now: float) -> None:
        if self.station.connection.level != 3 or self.credential is None or STATION in self._asked:
            return
        if self.credential.chain[0].not_valid_after_utc - self.now_utc < _RENEWAL:  # [A03.FR.02]
            self.ask(STATION, now)

    def ask(self, kind: str, now: float) -> None:
        """Make a key pair and ask the CSMS for a certificate of it (A02, A03)."""
        policy, persona = self.station.policy.security, self.station.persona
        self._requests += 1
        owner = self.station.new_id() if policy.new_key else "always the same"
        key = key_for(f"station/{self.station.identity}/{owner}", policy.csr_key)
        organization = self.station.variables.text("SecurityCtrlr.OrganizationName", "v2xconform")
        name = persona.serial if policy.csr_named else "charger"
        csr = make_request(key, name, organization, "" if kind == STATION else "CPO")
        if not policy.csr_in_pem:
            csr = "".join(csr.splitlines()[1:-1])
        self._asked[kind] = asked = _Asked(kind, key, csr, self._requests)
        asked.wait_s = self.station.variables.number("SecurityCtrlr.CertSigningWaitMinimum", 60.0)
        self._send(asked, now)

    def _send(self, asked: _Asked, now: float) -> None:
        tree: Payload = {"csr": asked.csr}
        if self.station.policy.security.names_type:
            tree["certificateType"] = asked.kind
        if self.station.version == "ocpp2.1":
            tree["requestId"] = asked.request_id
            roots = self.station.certificates.roots(_ROOTS[asked.kind])
            if asked.kind != STATION and roots:
                tree["hashRootCertificate"] = hash_data(roots[0], roots[0])  # [A02.FR.27]

        def answered(answer: Payload, at: float) -> None:
            if answer["status"] == "Accepted" or self.station.policy.security.repeats_after_rejection:
                self._wait(asked, at)
            else:
                self._asked.pop(asked.kind, None)

        def failed(failure: Failure, at: float) -> None:
            if failure.kind in ("timeout", "lost"):
                self._wait(asked, at)

        self.station.call("SignCertificate", tree, now, answered, failed, before_boot=True)

    def _wait(self, asked: _Asked, now: float) -> None:
        """Plan to send the CSR again, should no certificate come ([A02.FR.17] to [A02.FR.19])."""
        policy = self.station.policy.security
        times = self.station.variables.number("SecurityCtrlr.CertSigningRepeatTimes", 0)
        if not policy.repeats_csr or asked.repetitions >= times:
            return

        def again(at: float) -> None:
            if self._asked.get(asked.kind) is asked:
                asked.repetitions += 1
                asked.wait_s *= 2 if policy.doubles_wait else 1
                self._send(asked, at)

        self.station.agenda.at(now + asked.wait_s * policy.csr_wait_factor, again, f"security.{asked.kind}")

    def certificate_signed(self, payload: Payload, now: float) -> Payload:
        """Answer CertificateSigned (A02, A03)."""
        policy, kind = self.station.policy.security, payload.get("certificateType", STATION)
        asked = self._asked.get(kind)
        number = payload.get("requestId")
        if policy.matches_request_id and number is not None and (asked is None or number != asked.request_id):
            return {"status": "Rejected", "statusInfo": status_info("InvalidRequestId")}
        problem = self._problem(payload["certificateChain"], kind, asked)
        if problem and policy.refuses_invalid:
            self._asked.pop(kind, None)  # [A02.FR.20]: no repetition after a certificate that was no good
            if policy.reports_invalid:
                self.station.agenda.at(now, lambda at: self.event("InvalidChargingStationCertificate", at, problem))
            return {"status": "Rejected", "statusInfo": status_info("InvalidCertificate", problem[:512])}
        if policy.refuses_valid:
            return {"status": "Rejected", "statusInfo": status_info("InvalidCertificate")}
        self._asked.pop(kind, None)
        if asked is not None:
            self._take(kind, asked, payload["certificateChain"], now)
        return {"status": "Accepted"}

    def _take(self, kind: str, asked: _Asked, text: str, now: float) -> None:
        try:
            taken = StationCredential(tuple(read_pem(text)), asked.key)
        except ValueError:
            return
        if kind != STATION:
            self.v2g[kind] = taken
            self.station.agenda.at(now, lambda at: self.station.certificates.ask_status(taken.chain, at))
            return
        self._older, self.credential = self.credential, taken
        if self.station.connection.level == 3 and self.station.policy.security.switches:
            self.station.connection.renew(now)

    def _problem(self, text: str, kind: str, asked: _Asked | None) -> str:
        """Return what is wrong with a certificate chain, empty when nothing is ([A02.FR.06])."""
        policy = self.station.policy.security
        try:
            chain = read_pem(text)
        except ValueError:
            return "the chain cannot be read as PEM"
        if asked is None:
            return "nobody has asked for a certificate"
        leaf = chain[0]
        if policy.checks_key and leaf.public_key() != asked.key.public_key():
            return "the certificate is for another key than that of the CSR"
        if policy.checks_subject and kind == STATION:
            name = subject_value(leaf.subject, NameOID.COMMON_NAME)
            if name != self.station.persona.serial:
                return f"the certificate is for {name!r}, not for {self.station.persona.serial}"
        found = validate_chain(chain, self.station.certificates.roots(_ROOTS[kind]), self.now_utc, "ocpp-station")
        dates = ("expired", "not-yet-valid")
        for issue in found:
            checked = policy.checks_dates if issue.code in dates else policy.checks_chain
            if issue.severity == "must" and checked:
                return issue.text
        return ""


def _nothing(now: float) -> Any:
    """Nothing is sent although it was promised."""
