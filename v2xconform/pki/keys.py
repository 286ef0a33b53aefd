"""Private keys: made on demand, kept for the life of the process, never stored by anyone but `store`."""

import os
from functools import cache
from typing import Final

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed448, rsa
from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes

from v2xconform.pki.recipe import Algorithm, Digest

Key = ec.EllipticCurvePrivateKey | ed448.Ed448PrivateKey | rsa.RSAPrivateKey
PublicKey = ec.EllipticCurvePublicKey | ed448.Ed448PublicKey | rsa.RSAPublicKey
Hash = hashes.SHA256 | hashes.SHA384 | hashes.SHA512

_CURVES: Final[dict[str, ec.EllipticCurve]] = {
    "secp256r1": ec.SECP256R1(),
    "secp384r1": ec.SECP384R1(),
    "secp521r1": ec.SECP521R1(),
}
_DIGESTS: Final[dict[str, Hash]] = {
    "sha256": hashes.SHA256(),
    "sha384": hashes.SHA384(),
    "sha512": hashes.SHA512(),
}
_DIGEST_OF_CURVE: Final = {"secp256r1": "sha256", "secp384r1": "sha384", "secp521r1": "sha512"}


_ALGORITHMS: Final[dict[str, Algorithm]] = {
    "secp256r1": "secp256r1",
    "secp384r1": "secp384r1",
    "secp521r1": "secp521r1",
}
_RSA_BITS: Final[dict[Algorithm, int]] = {"rsa1024": 1024, "rsa2048": 2048, "rsa3072": 3072}


@cache
def key_for(owner: str, algorithm: Algorithm) -> Key:
    """Return the private key of *owner* on that curve (or of that length), a new one at the first call in this process."""
    if algorithm == "ed448":
        # ISO 15118-20 delivers 448 of the 456 bits of a private key [V2G20-2500]: ours need no more.
        return ed448.Ed448PrivateKey.from_private_bytes(os.urandom(56) + b"\0")
    if algorithm in _RSA_BITS:
        return rsa.generate_private_key(65537, _RSA_BITS[algorithm])
    return ec.generate_private_key(_CURVES[algorithm])


def digest_for(key: Key, wanted: Digest | None = None) -> Hash | None:
    """Return the hash with which *key* signs: the wanted one, else that of its curve; Ed448 has none."""
    if isinstance(key, ed448.Ed448PrivateKey):
        return None
    if isinstance(key, rsa.RSAPrivateKey):
        return _DIGESTS[wanted or "sha256"]
    return _DIGESTS[wanted or _DIGEST_OF_CURVE[key.curve.name]]


def algorithm_of(key: Key) -> Algorithm:
    """Return the algorithm with which `key_for` makes a key of the same kind."""
    if isinstance(key, rsa.RSAPrivateKey):
        return next(name for name, bits in _RSA_BITS.items() if bits >= key.key_size)
    return "ed448" if isinstance(key, ed448.Ed448PrivateKey) else _ALGORITHMS[key.curve.name]


def key_name(key: PublicKeyTypes) -> str:
    """Name a public key by its curve (secp521r1, ed448 …) or by kind and size (rsa2048)."""
    if isinstance(key, ec.EllipticCurvePublicKey):
        return key.curve.name
    kind = type(key).__name__.removesuffix("PublicKey").removeprefix("_").lower()
    return f"{kind}{getattr(key, 'key_size', '')}"
