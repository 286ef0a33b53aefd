"""The private key of a contract on its way into a car: encrypted for the OEM provisioning key, and taken out again.

One side (the mobility operator) agrees on a session key with the provisioning certificate: ephemeral ECDH on secp521r1
or X448, ConcatKDF with SHA-512. The key goes out with AES-256-GCM as IV, ciphertext and tag: 94 octets for secp521r1
[V2G20-2497], [V2G20-2499], 84 for Ed448 [V2G20-2500], [V2G20-2502]. The additional data are the PCID and the subject
key identifier of the contract certificate [V2G20-2492]. How the identifier is spelled is read in two ways in the field;
`decrypt` tries both and says which one it was. No clock; the random octets are an argument.

An Ed448 provisioning key takes part in X448 as the key that RFC 7748 (4.2) and RFC 8032 (5.2.5) derive from it
[V2G20-2491]. An Ed448 private key has 57 octets, the field has room for 56: the last octet is zero on our side.
"""

from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hashlib import shake_256
from typing import Any, Final, Literal

from cryptography import x509
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed448, x448
from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.concatkdf import ConcatKDFHash
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from v2xconform.protocols.iso15118.signatures import PrivateKey, key_kind

Tree = dict[str, Any]
KeyFlaw = Literal["", "key", "tag", "aad"]
"""What can be wrong with a delivery: another key than the certificate's, a changed tag, the PCID of another car."""
Spelling = Literal["hexadecimal", "octets"]
"""How the subject key identifier stands in the additional data."""

_FIELDS: Final = {"secp521r1": "SECP521_EncryptedPrivateKey", "ed448": "X448_EncryptedPrivateKey"}
_OCTETS: Final = {"SECP521_EncryptedPrivateKey": 66, "X448_EncryptedPrivateKey": 56}
_IV, _TAG = 12, 16
_OTHER_INFO: Final = b"\x01UV"  # algorithm, party U, party V, as in ISO 15118-2 [V2G2-818]
_P521_TAIL: Final = 0xA51868783BF2F966B7FCC0148F709A5D03BB5C9B8899C47AEBB6FB71E91386409
_P521_ORDER: Final = 2**521 - 2**260 + _P521_TAIL
"""Order of the base point of secp521r1 (SEC 2, 2.6.1): all ones above the tail."""
_P448: Final = 2**448 - 2**224 - 1
_D448: Final = -39081


@dataclass(frozen=True, slots=True)
class Delivered:
    """The outcome of `decrypt`."""

    key: PrivateKey | None
    """The private key of the contract, if it came through and belongs to the certificate."""
    problem: str = ""
    """Why there is none; empty when all is well."""
    requirement: str = ""
    """Id of the requirement that the delivery breaks."""
    spelling: Spelling | None = None


def encrypt(
    contract_key: PrivateKey,
    contract: x509.Certificate,
    provisioning_key: PublicKeyTypes,
    pcid: str,
    random_bytes: Callable[[int], bytes],
    *,
    spelling: Spelling = "hexadecimal",
    flaw: KeyFlaw = "",
) -> Tree:
    """Return ECDHCurve, DHPublicKey and the encrypted key, the fields of SignedInstallationData beside the chain.

    *provisioning_key* is the public key of the OEM provisioning certificate, *pcid* its common name. Raises ValueError
    for keys on other curves than secp521r1 and Ed448.
    """
    field = _FIELDS.get(key_kind(contract_key))
    if field is None:
        raise ValueError(f"a contract key on {key_kind(contract_key)} cannot be delivered; use secp521r1 or Ed448")
    curve, public, session_key = _agree(provisioning_key, random_bytes)
    iv = random_bytes(_IV)
    secret = random_bytes(_OCTETS[field] - 1).rjust(_OCTETS[field], b"\0") if flaw == "key" else _octets(contract_key)
    pcid = pcid[::-1] if flaw == "aad" else pcid
    sealed = AESGCM(session_key).encrypt(iv, secret, additional_data(pcid, contract, spelling))
    sealed = sealed[:-1] + bytes([sealed[-1] ^ 1]) if flaw == "tag" else sealed
    return {"ECDHCurve": curve, "DHPublicKey": _text(public), field: _text(iv + sealed)}


def decrypt(
    installation: Mapping[str, Any], contract: x509.Certificate, provisioning_key: PrivateKey, pcid: str
) -> Delivered:
    """Take the private key of *contract* out of a SignedInstallationData tree; never raises for what it holds."""
    field = next((name for name in _OCTETS if name in installation), "")
    if not field:
        return Delivered(None, "no SECP521_EncryptedPrivateKey and no X448_EncryptedPrivateKey", "V2G20-2493")
    try:
        sealed = b64decode(installation[field])
        session_key = _join(str(installation["ECDHCurve"]), b64decode(installation["DHPublicKey"]), provisioning_key)
    except (KeyError, TypeError, ValueError) as error:
        return Delivered(None, f"no session key can be agreed on: {error}", "V2G20-2491")
    wanted = _IV + _OCTETS[field] + _TAG
    if len(sealed) != wanted:
        rule = "V2G20-2499" if wanted == 94 else "V2G20-2502"
        return Delivered(None, f"{field} has {len(sealed)} octets instead of {wanted}", rule)
    spellings: tuple[Spelling, ...] = ("hexadecimal", "octets")
    for spelling in spellings:
        try:
            secret = AESGCM(session_key).decrypt(sealed[:_IV], sealed[_IV:], additional_data(pcid, contract, spelling))
        except InvalidTag:
            continue
        key = _key_of(secret, contract.public_key())
        if key is None:
            text = "the private key does not belong to the contract certificate"
            return Delivered(None, text, "V2G20-2507", spelling)
        return Delivered(key, spelling=spelling)
    return Delivered(None, f"{field} cannot be decrypted: its tag does not fit", "V2G20-2504")


def additional_data(pcid: str, contract: x509.Certificate, spelling: Spelling) -> bytes:
    """Return what is authenticated together with the key [V2G20-2492]: PCID and subject key identifier."""
    try:
        identifier = contract.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value.digest
    except (x509.ExtensionNotFound, ValueError):
        identifier = x509.SubjectKeyIdentifier.from_public_key(contract.public_key()).digest
    shown = identifier.hex().upper().encode() if spelling == "hexadecimal" else identifier
    return pcid.replace("-", "").upper().encode() + shown


# ---- the session key


def _agree(peer: PublicKeyTypes, random_bytes: Callable[[int], bytes]) -> tuple[str, bytes, bytes]:
    """Return the curve, our ephemeral public key and the session key."""
    if isinstance(peer, ec.EllipticCurvePublicKey) and peer.curve.name == "secp521r1":
        number = int.from_bytes(random_bytes(74), "big") % (_P521_ORDER - 1) + 1  # 64 bits more than the order has
        own = ec.derive_private_key(number, ec.SECP521R1())
        public = own.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        return "SECP521", public, _derived(own.exchange(ec.ECDH(), peer))
    if isinstance(peer, ed448.Ed448PublicKey):
        ephemeral = x448.X448PrivateKey.from_private_bytes(random_bytes(56))
        public = ephemeral.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        return "X448", public, _derived(ephemeral.exchange(montgomery_public(peer)))
    raise ValueError(f"a provisioning key on {key_kind(peer)} cannot take part; use secp521r1 or Ed448")


def _join(curve: str, public: bytes, own: PrivateKey) -> bytes:
    """Return the session key on the receiver's side. Raises ValueError."""
    if curve == "SECP521" and isinstance(own, ec.EllipticCurvePrivateKey) and own.curve.name == "secp521r1":
        return _derived(own.exchange(ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(own.curve, public)))
    if curve == "X448" and isinstance(own, ed448.Ed448PrivateKey):
        # The schema fixes 133 octets for either curve; [V2G20-2495] forbids to fill up the 56 of X448. Take both.
        public = public if len(public) != 133 else public[-56:] if not any(public[:-56]) else public[:56]
        return _derived(montgomery_private(own).exchange(x448.X448PublicKey.from_public_bytes(public)))
    raise ValueError(f"ECDHCurve {curve} does not fit a {key_kind(own)} provisioning key")


def _derived(secret: bytes) -> bytes:
    return ConcatKDFHash(hashes.SHA512(), 32, _OTHER_INFO).derive(secret)


def montgomery_private(key: ed448.Ed448PrivateKey) -> x448.X448PrivateKey:
    """Return the X448 key that belongs to an Ed448 key: the same scalar (RFC 8032, 5.2.5)."""
    seed = key.private_bytes(Encoding.Raw, PrivateFormat.Raw, NoEncryption())
    return x448.X448PrivateKey.from_private_bytes(shake_256(seed).digest(57)[:56])


def montgomery_public(key: ed448.Ed448PublicKey) -> x448.X448PublicKey:
    """Return the X448 key that belongs to an Ed448 key: u = y² / x² (RFC 7748, 4.2). Raises ValueError."""
    y = int.from_bytes(key.public_bytes(Encoding.Raw, PublicFormat.Raw)[:56], "little")
    x_squared = (y * y - 1) * pow(_D448 * y * y - 1, -1, _P448) % _P448
    if x_squared == 0:
        raise ValueError("the Ed448 key is of low order")
    return x448.X448PublicKey.from_public_bytes((y * y * pow(x_squared, -1, _P448) % _P448).to_bytes(56, "little"))


# ---- the private key


def _octets(key: PrivateKey) -> bytes:
    if isinstance(key, ed448.Ed448PrivateKey):
        seed = key.private_bytes(Encoding.Raw, PrivateFormat.Raw, NoEncryption())
        if seed[56]:
            raise ValueError("an Ed448 key can be delivered only if the last octet of its seed is zero")
        return seed[:56]
    return key.private_numbers().private_value.to_bytes(66, "big")


def _key_of(secret: bytes, public: PublicKeyTypes) -> PrivateKey | None:
    """Return the private key if it belongs to *public*, the key of the contract certificate."""
    wanted = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    for candidate in _candidates(secret):
        if candidate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo) == wanted:
            return candidate
    return None


def _candidates(secret: bytes) -> list[PrivateKey]:
    if len(secret) == 56:
        return [ed448.Ed448PrivateKey.from_private_bytes(seed) for seed in (secret + b"\0", b"\0" + secret)]
    number = int.from_bytes(secret, "big")
    return [ec.derive_private_key(number, ec.SECP521R1())] if 0 < number < _P521_ORDER else []


def _text(data: bytes) -> str:
    return b64encode(data).decode()
