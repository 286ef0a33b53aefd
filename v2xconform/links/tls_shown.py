"""The client certificates that a probe shows: from PEM files, from a recipe, or from the folder of `pki issue`."""

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import orjson
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, rsa
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from v2xconform.links.tls_policy import Presented
from v2xconform.links.tls_shakes import Shown
from v2xconform.pki import issue, load_recipe
from v2xconform.pki.store import INDEX

_KEYS: Final = (ec.EllipticCurvePrivateKey, ed448.Ed448PrivateKey, ed25519.Ed25519PrivateKey, rsa.RSAPrivateKey)
_VEHICLE: Final = "vehicle"
"""The credential of a recipe that a car shows in TLS; it has others for other ends [V2G20-2342]."""
_DOUBTFUL: Final = ("key-agreement-only", "no-extended-key-usage", "missing-evccid", "extra-subject", "too-large")
"""Variants that break the vehicle's certificate profile alone; many TLS libraries let them pass."""


class ShownError(ValueError):
    """A file that cannot be used; one line that names it and says what would be right."""


def read_certificates(path: Path) -> tuple[x509.Certificate, ...]:
    """Return the certificates of a PEM file. Raises ShownError."""
    try:
        return tuple(x509.load_pem_x509_certificates(_bytes(path)))
    except ValueError as error:
        if isinstance(error, ShownError):
            raise
        raise ShownError(f"{path}: no PEM certificates in it ({error}); give the chain as PEM, leaf first") from None


def read_credential(chain: Path, key: Path) -> Presented:
    """Return a chain and its private key, both PEM, the key without password. Raises ShownError."""
    certificates = read_certificates(chain)
    try:
        private = load_pem_private_key(_bytes(key), None)
    except (ValueError, TypeError) as error:
        if isinstance(error, ShownError):
            raise
        raise ShownError(f"{key}: no private key as PEM without password ({error})") from None
    if not isinstance(private, _KEYS):
        raise ShownError(f"{key}: a {type(private).__name__} cannot be used in TLS; give an EC, Ed448 or RSA key")
    if private.public_key() != certificates[0].public_key():
        raise ShownError(f"{key}: not the key of the first certificate in {chain}; the leaf comes first")
    return Presented(certificates, private)


def from_recipe(source: str, now: datetime) -> tuple[list[Shown], tuple[x509.Certificate, ...]]:
    """Return the car's certificates of a recipe, good and broken, and the V2G roots of it. Raises RecipeError.

    A recipe has new keys in every process: only servers of the same process can trust them.
    """
    pki = issue(load_recipe(source), now)
    cars = [one for one in pki.credentials() if one.name == _VEHICLE]
    shown = [
        _shown(one.variant, one.what, Presented(one.chain, one.key) if one.chain else None, one.alerts) for one in cars
    ]
    return shown, pki.anchors("v2g") if "v2g" in pki.recipe.anchors else ()


def from_folder(folder: Path) -> tuple[list[Shown], tuple[x509.Certificate, ...]]:
    """Return the same from a folder that `v2xconform pki issue` wrote. Raises ShownError."""
    try:
        index: Any = orjson.loads(_bytes(folder / INDEX))
        shown = [
            _shown(one["variant"], one["what"], _stored(folder, one), one["alerts"])
            for one in index["credentials"]
            if one["credential"] == _VEHICLE
        ]
        anchors = read_certificates(folder / index["anchors"]["v2g"]) if "v2g" in index["anchors"] else ()
    except (orjson.JSONDecodeError, KeyError, TypeError) as error:
        text = f"{folder / INDEX}: not the index of `v2xconform pki issue` ({type(error).__name__}: {error})"
        raise ShownError(text) from None
    return shown, anchors


def _stored(folder: Path, entry: dict[str, Any]) -> Presented | None:
    chain = folder / str(entry["chain"])
    return read_credential(chain, folder / str(entry["key"])) if _bytes(chain).strip() else None


def _shown(variant: str | None, what: str, credential: Presented | None, alerts: Iterable[str]) -> Shown:
    return Shown(variant or "good", what, credential, variant is None, tuple(alerts), variant not in _DOUBTFUL)


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ShownError(f"{path}: {error.strerror}; give a file that can be read") from None
