"""One TLS server, probed: what it accepts, presents and tolerates, and the verdict by the profile of an edition.

`probe` asks every question and returns a `Report`; `Report.tree` is its JSON. `v2xconform probe tls` prints it.
"""

import hashlib
from base64 import b64decode
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal

import anyio
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from v2xconform.links.addresses import format_address
from v2xconform.links.stream import Network
from v2xconform.links.tls import PROFILE_2, PROFILE_20, TlsPolicy
from v2xconform.links.tls_answer import multi_staples
from v2xconform.links.tls_hello import (
    Hello,
    group_name,
    signature_name,
    status_request_v2,
    suite_name,
    trusted_ca_keys,
    version_name,
)
from v2xconform.links.tls_scan import ANSWER_TIMEOUT, Accepted, Asker, GaveUp, scan
from v2xconform.links.tls_shakes import Handshake, Shown, policy_for, shake
from v2xconform.links.tls_trials import fragment_lengths, try_all
from v2xconform.links.tls_verdict import (
    GROUPS_OF_20,
    SIGNATURES_OF_20,
    SUITES_OF_20,
    Judged,
    Seen,
    Verdict,
    judge,
)
from v2xconform.pki import validate_chain
from v2xconform.pki.validation import readable
from v2xconform.trace.recorder import Recorder

ProfileName = Literal["iso15118-20", "iso15118-2"]
_POLICIES: Final[dict[str, TlsPolicy]] = {"iso15118-20": PROFILE_20, "iso15118-2": PROFILE_2}
_NOBODY: Final = Shown("no-certificate", "no certificate at all", alerts=("certificate_required", "handshake_failure"))


@dataclass(slots=True)
class Report:
    """What a probe found. `verdict` first, then `lines`; `tree` holds all of it as plain JSON."""

    target: str
    profile: str
    lines: list[Judged]
    seen: Seen
    connections: int
    seconds: float
    no_tls: str = ""
    """Why this is no TLS server; empty when it is one."""

    @property
    def verdict(self) -> Verdict:
        """FAIL when a requirement is broken or the target speaks no TLS; unknown when the probe ended early."""
        verdicts = {line.verdict for line in self.lines}
        if self.no_tls or "FAIL" in verdicts:
            return "FAIL"
        return "unknown" if self.seen.scan.stopped else "PASS"

    def tree(self) -> dict[str, Any]:
        """Return everything as plain JSON."""
        counts = {
            name: sum(line.verdict == name for line in self.lines) for name in ("PASS", "FAIL", "WARN", "unknown")
        }
        return {
            "target": self.target,
            "profile": self.profile,
            "verdict": self.verdict,
            "no_tls": self.no_tls,
            "counts": counts,
            "requirements": [
                {"id": line.id, "title": line.title, "verdict": line.verdict, "seen": line.seen} for line in self.lines
            ],
            "accepts": _accepts(self.seen),
            "certificate": _certificate(self.seen),
            "handshakes": [_shake_tree(one) for one in self.seen.shakes],
            "stopped": self.seen.scan.stopped,
            "connections": self.connections,
            "seconds": round(self.seconds, 6),
        }


async def probe(
    network: Network,
    host: str,
    port: int,
    *,
    profile: ProfileName,
    now: datetime,
    recorder: Recorder | None = None,
    shown: Sequence[Shown] = (),
    anchors: Sequence[x509.Certificate] = (),
    public: bool | None = None,
    timeout: float = ANSWER_TIMEOUT,
) -> Report:
    """Probe one server and judge it.

    `now` is the instant by which certificates are judged; `shown` are the client certificates to try, `anchors` the
    roots to which the server's chain must lead. `public` says whether the charger is a public one, which must staple.
    `timeout` is the time for one answer, in seconds. Raises LinkRefused and LinkUnavailable when there is no connection.
    """
    record = recorder or Recorder(anyio.current_time)
    asker = Asker(network, host, port, record, timeout)
    seen = Seen(profile, anchored=bool(anchors), public=public)
    try:
        await _see(asker, seen, record, shown, anchors)
    except GaveUp as end:
        seen.scan.stopped = str(end)
    no_tls = _no_tls(seen)
    if seen.chain:
        # whatever form the staples came in, they are judged one by one
        given = seen.staples_v2 if profile == "iso15118-2" and seen.staples_v2 else seen.staples
        padded = None if given is None else [*given, *[None] * (len(seen.chain) - len(given))]
        seen.issues = validate_chain(seen.chain, anchors, now, f"{profile}-secc", staples=padded)
    lines = [] if no_tls else judge(seen)
    seconds = anyio.current_time() - asker.began
    return Report(format_address(host, port), profile, lines, seen, asker.connections, seconds, no_tls)


async def _see(
    asker: Asker, seen: Seen, recorder: Recorder, shown: Sequence[Shown], anchors: Sequence[x509.Certificate]
) -> None:
    preferred = Hello(suites=SUITES_OF_20, groups=GROUPS_OF_20, signatures=SIGNATURES_OF_20)
    await scan(asker, preferred, seen.scan)
    if seen.scan.base is None and seen.scan.flight_12 is None:
        return
    policy = _POLICIES[seen.profile]
    modern = seen.profile == "iso15118-20"
    if seen.scan.accepts(0x0304 if modern else 0x0303):
        seen.profile_shake = seen.look = await shake(asker, policy, _NOBODY, recorder)
        wide = policy_for(seen.scan)
        if modern and not seen.look.finished and wide is not None:
            policy, seen.look = wide, await shake(asker, wide, _NOBODY, recorder)
    _take_chain(seen)
    if not modern and seen.scan.base_12 is not None:
        await _ask_as_older_car(asker, seen, seen.scan.base_12, anchors)
    if modern and seen.look is not None and seen.look.finished:
        for one in shown:
            seen.shakes.append(seen.look if one.credential is None else await shake(asker, policy, one, recorder))
    seen.fragments = await fragment_lengths(asker, seen.scan)
    seen.behaviours = await try_all(asker, seen.scan)


def _take_chain(seen: Seen) -> None:
    """Take chain and staples from the handshake, or from the flight of an older version, where they lie open."""
    flight = seen.scan.flight_12
    if seen.look is not None and seen.look.chain:
        seen.chain, seen.staples = seen.look.chain, seen.look.staples
    elif flight is not None and (body := flight.body("Certificate")):
        seen.chain = tuple(b64decode(der) for der in body.get("chain", ()))


async def _ask_as_older_car(asker: Asker, seen: Seen, base: Hello, anchors: Sequence[x509.Certificate]) -> None:
    """Ask what only ISO 15118-2 has: responses for every certificate, and the roots that the car trusts."""
    answer = await asker.ask(base.using(extensions=(status_request_v2(),)), whole=True)
    status = next((raw for raw in answer.raw_messages if raw[0] == 22), b"")
    seen.staples_v2 = tuple(multi_staples(status)) if status else ()
    answer = await asker.ask(base.using(staple=True), whole=True)
    status = next((raw for raw in answer.raw_messages if raw[0] == 22), b"")
    seen.staples = tuple(multi_staples(status)) if status else ()
    hashes = [hashlib.sha1(one.public_bytes(Encoding.DER), usedforsecurity=False).digest() for one in anchors]
    keys = trusted_ca_keys(hashes or [bytes(20)])
    seen.trusted_ca_keys = (await asker.ask(base.using(extensions=(keys,)))).accepted


def _no_tls(seen: Seen) -> str:
    """Say why the target speaks no TLS; empty when it does."""
    answers = list(seen.scan.versions.values())
    if any(answer.definite for answer in answers):
        return ""
    return next((f"{answer.text}" for answer in answers), seen.scan.stopped) or "no answer"


def _accepts(seen: Seen) -> dict[str, Any]:
    found = seen.scan
    return {
        "versions": {version_name(code): found.accepts(code) for code in found.versions},
        "answers": {version_name(code): answer.words for code, answer in found.versions.items()},
        "suites": {"TLSv1.3": _list(found.suites_13, suite_name), "TLSv1.2": _list(found.suites_12, suite_name)},
        "groups": {"TLSv1.3": _list(found.groups_13, group_name), "TLSv1.2": _list(found.groups_12, group_name)},
        "signature_algorithms": {
            "TLSv1.3": None if found.signatures_13 is None else [signature_name(code) for code in found.signatures_13],
            "TLSv1.2": [signature_name(code) for code in found.signatures_12],
        },
        "max_fragment_length": {str(length): kept for length, kept in seen.fragments.items()},
        "faults": found.faults,
    }


def _list(accepted: Accepted, name: Any) -> dict[str, Any]:
    return {"accepted": [name(code) for code in accepted.codes], "order": accepted.order}


def _certificate(seen: Seen) -> dict[str, Any]:
    request = None if seen.look is None else seen.look.request
    flight = seen.scan.flight_12
    if request is None and flight is not None and seen.look is None:
        request = flight.body("CertificateRequest")
    let_in = {"accepted": False, "refused": True}.get(seen.look.outcome) if seen.look and seen.look.finished else None
    shakes = [one for one in (seen.look, *seen.shakes) if one is not None and one.outcome == "accepted"]
    granted = [one.tickets for one in shakes if one.facts is not None and one.facts.version == "TLSv1.3"]
    ticket_12 = None if flight is None or flight.hello is None else 35 in flight.hello.extensions
    return {
        "chain": [_subject(der) for der in seen.chain],
        "issues": [
            {"code": one.code, "requirement": one.requirement, "severity": one.severity, "text": one.text}
            for one in seen.issues
        ],
        "stapled": None if seen.staples is None else [staple is not None for staple in seen.staples],
        "stapled_v2": None if seen.staples_v2 is None else [staple is not None for staple in seen.staples_v2],
        "client_certificate": {
            "requested": None if seen.look is None or not seen.look.finished else request is not None,
            "required": let_in if request is not None else (None if let_in is None else False),
            "authorities": [] if request is None else request.get("certificate_authorities", []),
            "signature_algorithms": [] if request is None else request.get("signature_algorithms", []),
        },
        "session_tickets": {"TLSv1.3": max(granted, default=None), "TLSv1.2": ticket_12},
    }


def _shake_tree(one: Handshake) -> dict[str, Any]:
    return {
        "name": one.name, "what": one.what, "outcome": one.outcome, "alert": one.alert, "late": one.late,
        "text": one.text, "fitting_alerts": list(one.fitting), "seconds": round(one.seconds, 6),
    }  # fmt: skip


def _subject(der: bytes) -> str:
    certificate = readable(der)
    return f"unreadable: {certificate}" if isinstance(certificate, str) else certificate.subject.rfc4514_string()
