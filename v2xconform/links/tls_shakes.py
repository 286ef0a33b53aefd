"""Whole TLS handshakes with a server: what it presents inside of the encryption, and whom it lets in.

In TLS 1.3 a client is done before the server has looked at its certificate, so an outcome is only known when the server
has had time to refuse: by an alert at the first read, or by going away.
"""

from base64 import b64decode
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal

import anyio
from cryptography.hazmat.primitives.asymmetric import ec

from v2xconform.links.errors import LinkError, LinkUnavailable
from v2xconform.links.stream import Stream
from v2xconform.links.tls import TlsFailed, TlsPolicy, tls_client
from v2xconform.links.tls_facts import TlsFacts
from v2xconform.links.tls_hello import group_name, signature_name, suite_name
from v2xconform.links.tls_policy import Presented
from v2xconform.links.tls_scan import Asker, Scan
from v2xconform.trace.events import Event
from v2xconform.trace.recorder import Recorder

SETTLE: Final = 0.15
"""Seconds without a complaint after which a client seems to be let in; more when the handshake itself was slow."""
CONFIRM: Final = 0.4
"""The same for a second look, before anybody is said to be let in: a charger may check the chain after the handshake."""
_READS: Final = 64
_OPENSSL_GROUPS: Final = {
    "secp521r1": "P-521", "x448": "X448", "secp256r1": "P-256", "secp384r1": "P-384", "x25519": "X25519",
}  # fmt: skip
_SIGNATURE_OF_CURVE: Final = {"secp256r1": "ecdsa_secp256r1_sha256", "secp384r1": "ecdsa_secp384r1_sha384"}


@dataclass(frozen=True, slots=True)
class Shown:
    """What the prober shows as client."""

    name: str
    what: str
    credential: Presented | None = None
    """None shows no certificate."""
    good: bool = False
    alerts: tuple[str, ...] = ()
    """Alerts that fit as the server's answer, the best first; empty for the good one."""
    must: bool = True
    """Whether a broken one must be refused, or only should."""


@dataclass(slots=True)
class Handshake:
    """How one handshake ended."""

    name: str
    what: str
    outcome: Literal["accepted", "refused", "not shown", "unknown"]
    """not shown: the server's CertificateRequest does not let a client send such a certificate."""
    alert: str = ""
    """The server's alert."""
    late: bool = False
    """True when the refusal came after the client's handshake was over, as TLS 1.3 has it."""
    text: str = ""
    finished: bool = False
    """True when the client's handshake came to its end."""
    facts: TlsFacts | None = None
    chain: tuple[bytes, ...] = ()
    staples: tuple[bytes | None, ...] = ()
    request: dict[str, Any] | None = None
    """The CertificateRequest, None when none came."""
    tickets: int = 0
    seconds: float = 0.0
    """How long the client's part took."""
    extensions: list[str] = field(default_factory=list)
    """Names in EncryptedExtensions."""
    fitting: tuple[str, ...] = ()
    """Alerts that fit as a refusal of what was shown."""
    must: bool = True
    """Whether what was shown must be refused, or only should."""


async def shake(asker: Asker, policy: TlsPolicy, shown: Shown, recorder: Recorder) -> Handshake:
    """Shake hands under a policy and wait for what the server says to the certificate shown. Raises GaveUp, no LinkError."""
    if shown.good:
        return await _shake(asker, policy, shown, recorder, CONFIRM)
    done = await _shake(asker, policy, shown, recorder, SETTLE)
    if done.outcome == "accepted" and done.request is not None:
        return await _shake(asker, policy, shown, recorder, CONFIRM)
    return done


async def _shake(asker: Asker, policy: TlsPolicy, shown: Shown, recorder: Recorder, settle: float) -> Handshake:
    first = len(recorder.events)
    began = anyio.current_time()
    done = Handshake(shown.name, shown.what, "unknown", fitting=shown.alerts, must=shown.must)
    try:
        stream = await asker.connect()
        tls = await tls_client(stream, _with(policy, shown), timeout=asker.timeout)
    except TlsFailed as failure:
        _refusal(done, failure)
    except LinkUnavailable as error:
        done.text = str(error)
    except LinkError as error:
        done.text = f"no connection: {error}"
    else:
        done.finished, done.facts, done.seconds = True, tls.tls, anyio.current_time() - began
        with anyio.move_on_after(2 * asker.timeout):
            await _wait_for_refusal(tls, max(settle, 4 * done.seconds), done)
        await tls.close()
    _collect(done, recorder.events[first:], shown)
    return done


def _with(policy: TlsPolicy, shown: Shown) -> TlsPolicy:
    credential = shown.credential
    signatures = policy.signatures
    if credential is not None and isinstance(credential.key, ec.EllipticCurvePrivateKey):
        needed = _SIGNATURE_OF_CURVE.get(credential.key.curve.name, "")
        if needed and needed not in signatures.split(":"):  # a leaf on a wrong curve must be able to go out
            signatures = f"{signatures}:{needed}"
    return policy.using(credential=credential, verify=False, signatures=signatures)


async def _wait_for_refusal(tls: Stream, settle: float, done: Handshake) -> None:
    """Listen as long as a refusal may take, then say goodbye: what the server had to say comes before its own."""
    done.outcome = "accepted"
    goodbye = False
    try:
        with anyio.move_on_after(settle):
            for _ in range(_READS):
                if not await tls.receive():
                    done.outcome, done.late = "refused", True
                    done.text = "closed the connection after the handshake, without an alert"
                    return
        goodbye = True
        await tls.finish()
        for _ in range(_READS):
            if not await tls.receive():
                return
    except TlsFailed as failure:
        _refusal(done, failure, late=True)
    except LinkError as error:
        if not goodbye:
            done.outcome, done.late, done.text = "refused", True, f"after the handshake: {error}"


def _refusal(done: Handshake, failure: TlsFailed, *, late: bool = False) -> None:
    done.text, done.late = str(failure), late
    if failure.alert_from == "received":
        done.outcome, done.alert = "refused", failure.alert or ""
    elif failure.alert_from is None and not late:
        done.outcome = "refused"
    elif not late:
        done.outcome, done.text = "unknown", f"the prober could not go on: {failure}"


def _collect(done: Handshake, events: Sequence[Event], shown: Shown) -> None:
    """Take what the server presented, and what really went out, from the trace."""
    for event in events:
        if event.kind != "handshake" or not isinstance(event.body, dict):
            continue
        own, body = event.src == "tester", event.body
        match event.name:
            case "Certificate" if not own:
                done.chain = tuple(b64decode(der) for der in body.get("chain", ()))
                staples = body.get("staples")
                if staples is not None:
                    done.staples = tuple(b64decode(one) if one else None for one in staples)
            case "CertificateStatus" if not own:
                done.staples = tuple(b64decode(one) if one else None for one in body.get("staples", ()))
            case "Certificate" if shown.credential is not None and not body.get("chain"):
                done.outcome = "not shown"
                done.text = "the server's CertificateRequest does not allow such a certificate, so none was sent"
            case "CertificateRequest" if not own:
                done.request = body
            case "EncryptedExtensions" if not own:
                done.extensions = list(body.get("extensions", ()))
            case "NewSessionTicket" if not own:
                done.tickets += 1


def policy_for(found: Scan) -> TlsPolicy | None:
    """Return a policy of TLS 1.3 with all that the server accepts, for servers that refuse the profile's lists."""
    groups = [_OPENSSL_GROUPS[name] for code in found.groups_13.codes if (name := group_name(code)) in _OPENSSL_GROUPS]
    if not groups or not found.suites_13.codes or not found.signatures_13:
        return None
    return TlsPolicy(
        "what the server accepts",
        suites=":".join(suite_name(code) for code in found.suites_13.codes),
        groups=":".join(groups),
        signatures=":".join(signature_name(code) for code in found.signatures_13),
        request_staple=True,
    )
