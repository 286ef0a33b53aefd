"""TLS connections held in memory with pyOpenSSL: what went over the wire, and the key log that opens it."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from OpenSSL import SSL

NO_ENCRYPT_THEN_MAC = 1 << 19
"""SSL_OP_NO_ENCRYPT_THEN_MAC of OpenSSL, which pyOpenSSL does not name."""


@dataclass
class TlsTalk:
    """Who sent which octets: 0 the client, 1 the server."""

    flights: list[tuple[int, bytes]] = field(default_factory=list)
    key_log: list[str] = field(default_factory=list)

    @property
    def key_log_text(self) -> str:
        return "\n".join(self.key_log) + "\n"


@cache
def _identity() -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "secc")])
    builder = x509.CertificateBuilder(name, name, key.public_key(), 7)
    now = datetime.now(UTC)
    builder = builder.not_valid_before(now).not_valid_after(now + timedelta(days=1))
    return builder.sign(key, hashes.SHA256()), key


def hold(
    said: list[tuple[int, bytes]],
    *,
    version: int,
    cipher: bytes | None = None,
    options: int = 0,
    server_curve: ec.EllipticCurve | None = None,
) -> TlsTalk:
    """Hold a connection of exactly this version and cipher suite in which the given plaintexts are exchanged.

    A `server_curve` that is not the client's first choice makes the server send a HelloRetryRequest.
    """
    talk = TlsTalk()
    ends = [_end(talk, server, version, cipher, options, server_curve) for server in (False, True)]
    done = [False, False]
    while not all(done):
        for side in (0, 1):
            try:
                ends[side].do_handshake()
                done[side] = True
            except SSL.WantReadError:
                pass
            _pass_on(talk, ends, side)
    for side, plain in said:
        ends[side].sendall(plain)
        _pass_on(talk, ends, side)
        received = b""
        while len(received) < len(plain):
            received += ends[1 - side].recv(65536)
        assert received == plain
    for side in (0, 1):
        ends[side].shutdown()
        _pass_on(talk, ends, side)
    return talk


def _end(
    talk: TlsTalk, server: bool, version: int, cipher: bytes | None, options: int, server_curve: ec.EllipticCurve | None
) -> SSL.Connection:
    context = SSL.Context(SSL.TLS_SERVER_METHOD if server else SSL.TLS_CLIENT_METHOD)
    context.set_min_proto_version(version)
    context.set_max_proto_version(version)
    context.set_options(options)
    if cipher is not None:
        if version == SSL.TLS1_3_VERSION:
            context.set_cipher_list(b"ALL:@SECLEVEL=0")
            context.set_tls13_ciphersuites(cipher)
        else:
            context.set_cipher_list(cipher)
    if server:
        if server_curve is not None:
            context.set_tmp_ecdh(server_curve)
        certificate, key = _identity()
        context.use_certificate(certificate)
        context.use_privatekey(key)
    else:
        context.set_keylog_callback(lambda _, line: talk.key_log.append(line.decode()))
    connection = SSL.Connection(context, None)
    if server:
        connection.set_accept_state()
    else:
        connection.set_connect_state()
    return connection


def _pass_on(talk: TlsTalk, ends: list[SSL.Connection], side: int) -> None:
    try:
        data = ends[side].bio_read(1 << 20)
    except SSL.WantReadError:
        return
    talk.flights.append((side, data))
    ends[1 - side].bio_write(data)
