"""A TLS endpoint without sockets: bytes in, bytes out, and a decrypted transcript. The only module that knows OpenSSL.

`OpenSSL._util` is private to pyOpenSSL; it is used for four things that have no public door: the lists of groups and
signature algorithms, the message callback, the names in a CertificateRequest, and the texts of verify errors.
"""

import contextlib
from collections import deque
from collections.abc import Iterable
from typing import Any, Final, Literal

from cryptography import x509
from OpenSSL import SSL, crypto
from OpenSSL._util import ffi, lib

from v2xconform.links.errors import LinkError, LinkUnavailable
from v2xconform.links.tls_messages import ALERTS
from v2xconform.links.tls_policy import TlsPolicy

_VERSIONS: Final = {"TLSv1.1": SSL.TLS1_1_VERSION, "TLSv1.2": SSL.TLS1_2_VERSION, "TLSv1.3": SSL.TLS1_3_VERSION}
_CHUNK: Final = 65536
_NO_AUTO_CHAIN: Final = 0x8  # SSL_MODE_NO_AUTO_CHAIN: send the chain of the policy and nothing out of the trust store
_HANDSHAKE: Final = 22
_ALERT: Final = 21


class TlsFailed(LinkError):  # noqa: N818  named like the other ends of a link
    """TLS refused to go on. `alert` and `alert_from` ("sent", "received") say which end gave up, where one said so."""

    def __init__(
        self, text: str, alert: str | None = None, alert_from: Literal["sent", "received"] | None = None
    ) -> None:
        super().__init__("tls", text)
        self.alert = alert
        self.alert_from = alert_from


class TlsEndpoint:
    """One end of a TLS connection. Feed `receive`, take `data_to_send` away, call `handshake` until it says True.

    Nothing that a peer sends raises anything but `TlsFailed`. Raises LinkUnavailable for a policy that it cannot play.
    """

    def __init__(self, policy: TlsPolicy, role: Literal["client", "server"]) -> None:
        self.policy = policy
        self.role = role
        self.established = False
        self.closed = False
        """True once the peer has sent close_notify."""
        self.error: TlsFailed | None = None
        self.transcript: deque[tuple[bool, int, bytes]] = deque()
        """Messages not yet taken away: sent by this end, content type (22 handshake, 21 alert), bytes."""
        self.key_log: deque[str] = deque()
        """Key log lines not yet taken away."""
        self.verify_errors: list[str] = []
        self.staple: bytes | None = None
        self._last_alert: tuple[bool, int] | None = None
        try:
            self._context = self._build()
            self._connection = SSL.Connection(self._context, None)
            self._begin()
        except (SSL.Error, crypto.Error, TypeError, ValueError) as error:
            raise LinkUnavailable("tls", f"TLS policy {policy.name!r} cannot be played: {describe(error)}") from None

    def receive(self, data: bytes) -> None:
        """Take bytes from the peer; call `handshake` or `read` next."""
        if data:
            self._connection.bio_write(data)

    def data_to_send(self) -> bytes:
        """Return the bytes that have to go to the peer now."""
        output = bytearray()
        with contextlib.suppress(SSL.WantReadError, SSL.Error):
            while True:
                output += self._connection.bio_read(_CHUNK)
        return bytes(output)

    def handshake(self) -> bool:
        """Go on with the handshake and tell whether it is finished. Raises TlsFailed."""
        if not self.established:
            try:
                self._connection.do_handshake()
            except SSL.WantReadError:
                return False
            except (SSL.Error, ValueError) as error:
                raise self._failed(error) from None
            self.established = True
        return True

    def read(self, limit: int) -> bytes:
        """Return plaintext, b"" when there is none now or the peer has closed (see `closed`). Raises TlsFailed."""
        if self.error is not None:
            raise self.error
        try:
            return self._connection.recv(limit)
        except SSL.WantReadError:
            return b""
        except SSL.ZeroReturnError:
            self.closed = True
            return b""
        except (SSL.Error, ValueError) as error:
            raise self._failed(error) from None

    def write(self, plaintext: bytes) -> None:
        """Encrypt plaintext; take it away with `data_to_send`. Raises TlsFailed."""
        if self.error is not None:
            raise self.error
        try:
            for at in range(0, len(plaintext), _CHUNK):
                self._connection.sendall(plaintext[at : at + _CHUNK])
        except SSL.Error as error:
            raise self._failed(error) from None

    def close_notify(self) -> None:
        """Say that nothing more will come; take the alert away with `data_to_send`."""
        if self.error is None:
            with contextlib.suppress(SSL.Error):
                self._connection.shutdown()

    def facts(self) -> dict[str, Any]:
        """Return version, suite, group and application protocol of an established connection."""
        connection = self._connection
        return {
            "version": connection.get_protocol_version_name(),
            "suite": connection.get_cipher_name(),
            "group": connection.get_group_name() if hasattr(connection, "get_group_name") else None,
            "alpn": connection.get_alpn_proto_negotiated().decode("ascii", "replace"),
        }

    def _begin(self) -> None:
        if self.role == "server":
            self._connection.set_accept_state()
            return
        self._connection.set_connect_state()
        if self.policy.request_staple:
            self._connection.request_ocsp()
        if self.policy.server_name:
            self._connection.set_tlsext_host_name(self.policy.server_name.encode("idna"))

    def _build(self) -> SSL.Context:
        policy = self.policy
        context = SSL.Context(SSL.TLS_METHOD)
        context.set_min_proto_version(_VERSIONS[policy.minimum])
        context.set_max_proto_version(_VERSIONS[policy.maximum])
        context.set_options(SSL.OP_NO_RENEGOTIATION)
        context.set_mode(_NO_AUTO_CHAIN)
        context.set_session_cache_mode(SSL.SESS_CACHE_OFF)
        if policy.suites:
            context.set_tls13_ciphersuites(policy.suites.encode())
        if policy.suites_12:
            context.set_cipher_list(policy.suites_12.encode())
        self._set_list(context, "groups", "SSL_CTX_set1_curves_list", policy.groups)
        self._set_list(context, "signature algorithms", "SSL_CTX_set1_sigalgs_list", policy.signatures)
        store = context.get_cert_store()
        if store is None:
            raise ValueError("the library gives no trust store")
        if policy.partial_chain:
            store.set_flags(crypto.X509StoreFlags.PARTIAL_CHAIN)
        for anchor in policy.trust:
            store.add_cert(crypto.X509.from_cryptography(anchor))
        self._present(context)
        self._demand(context)
        context.set_keylog_callback(lambda _connection, line: self.key_log.append(line.decode("ascii", "replace")))
        # the library holds no reference to the callback: whoever drops it crashes the process
        self._callback = ffi.callback("void(int,int,int,const void*,size_t,SSL*,void*)", self._on_message)
        lib.SSL_CTX_set_msg_callback(context._context, self._callback)
        return context

    def _present(self, context: SSL.Context) -> None:
        policy = self.policy
        chain = list(policy.credential.chain) if policy.credential else []
        if policy.credential and chain:
            context.use_certificate(chain[0])
            for certificate in chain[1:]:
                context.add_extra_chain_cert(certificate)
            context.use_privatekey(policy.credential.key)
        for other in policy.more_credentials:
            context.use_certificate(other.chain[0])
            context.use_privatekey(other.key)
        if self.role == "server" and policy.staple is not None:
            staple = policy.staple
            context.set_ocsp_server_callback(lambda _connection, _data: staple)
        if self.role == "client" and policy.request_staple:
            context.set_ocsp_client_callback(self._keep_staple)
        if policy.alpn:
            offered = [protocol.encode() for protocol in policy.alpn]
            if self.role == "client":
                context.set_alpn_protos(offered)
            else:
                context.set_alpn_select_callback(
                    lambda _connection, wanted: next((p for p in offered if p in wanted), SSL.NO_OVERLAPPING_PROTOCOLS)
                )

    def _demand(self, context: SSL.Context) -> None:
        policy = self.policy
        mode = SSL.VERIFY_PEER
        if self.role == "server":
            mode = (
                SSL.VERIFY_PEER | SSL.VERIFY_FAIL_IF_NO_PEER_CERT
                if policy.require_peer_certificate
                else SSL.VERIFY_NONE
            )
            context.set_session_id(b"v2xconform")
            if policy.certificate_authorities:
                lib.SSL_CTX_set_client_CA_list(context._context, _name_stack(policy.certificate_authorities))
        context.set_verify(mode, self._verified)

    def _verified(self, _connection: Any, certificate: Any, code: int, depth: int, good: int) -> bool:
        if not good:
            text = ffi.string(lib.X509_verify_cert_error_string(code)).decode("utf-8", "replace")
            self.verify_errors.append(f"{text} (depth {depth}, {_subject(certificate)})")
        return bool(good) or not self.policy.verify

    def _keep_staple(self, _connection: Any, response: bytes, _data: Any) -> bool:
        self.staple = response or None
        return True

    @staticmethod
    def _set_list(context: SSL.Context, what: str, setter: str, names: str) -> None:
        if names and not getattr(lib, setter)(context._context, names.encode()):
            lib.ERR_clear_error()
            raise ValueError(f"the library does not know all of the {what} {names!r}")

    def _on_message(self, sent: int, _version: int, kind: int, buffer: Any, length: int, _ssl: Any, _arg: Any) -> None:
        if kind in (_HANDSHAKE, _ALERT):
            data = bytes(ffi.buffer(buffer, length))
            self.transcript.append((bool(sent), kind, data))
            if kind == _ALERT and len(data) == 2 and data[1] != 0:
                self._last_alert = bool(sent), data[1]

    def _failed(self, error: Exception) -> TlsFailed:
        text = describe(error)
        alert, alert_from = None, None
        if self._last_alert is not None:
            sent, code = self._last_alert
            alert, alert_from = ALERTS.get(code, f"alert {code}"), "sent" if sent else "received"
            text = f"{text} (alert {alert} {alert_from})"
        if self.verify_errors and self.policy.verify:
            text = f"{text}: {self.verify_errors[0]}"
        self.error = TlsFailed(text, alert, "sent" if alert_from == "sent" else "received" if alert_from else None)
        return self.error


def describe(error: Exception) -> str:
    """Return what the library complains of in one line."""
    if isinstance(error, SSL.SysCallError):
        return "the connection ended inside the handshake"
    entries = error.args[0] if error.args and isinstance(error.args[0], list) else []
    texts = [str(entry[-1]) for entry in entries if entry and entry[-1]]
    return "; ".join(dict.fromkeys(texts)) or str(error) or type(error).__name__


def _subject(certificate: Any) -> str:
    try:
        return str(certificate.to_cryptography().subject.rfc4514_string())
    except Exception:  # noqa: BLE001  whatever a peer put there, the complaint about it must not be lost
        return "unreadable certificate"


def _name_stack(names: Iterable[x509.Name]) -> Any:
    """Return names as the list of the library, which takes ownership of it."""
    stack = lib.sk_X509_NAME_new_null()
    for name in names:
        der = name.public_bytes()
        buffer = ffi.new("unsigned char[]", der)
        position = ffi.new("const unsigned char **", buffer)
        lib.sk_X509_NAME_push(stack, lib.d2i_X509_NAME(ffi.NULL, position, len(der)))
    return stack
