"""Writes an issued PKI to a folder, and issues it again from there; the layout is described in certs/README.md."""

from datetime import datetime
from pathlib import Path
from typing import Any, Final

import orjson
from cryptography.hazmat.primitives.asymmetric import ec, ed448, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key
from pydantic import ValidationError

from v2xconform.pki.issuing import Credential, Pki, issue
from v2xconform.pki.keys import Key
from v2xconform.pki.recipe import Recipe
from v2xconform.pki.recipe_file import RecipeError

INDEX: Final = "index.json"
RECIPE: Final = "recipe.json"
KEYS: Final = "keys"


def write(pki: Pki, folder: Path) -> dict[str, Any]:
    """Write chains, keys, roots and OCSP responses of *pki* to *folder* and return what index.json says.

    A folder that this function wrote before is written over. Raises FileExistsError for any other folder that is not
    empty, and OSError when it cannot be written.
    """
    if folder.is_dir() and any(folder.iterdir()) and not (folder / INDEX).is_file():
        raise FileExistsError(f"{folder} is not empty and holds no {INDEX}; give a new folder")
    roots = folder / "roots"
    roots.mkdir(parents=True, exist_ok=True)
    for name in pki.recipe.anchors:
        pem = b"".join(certificate.public_bytes(Encoding.PEM) for certificate in pki.anchors(name))
        (roots / f"{name}.pem").write_bytes(pem)
    (folder / KEYS).mkdir(exist_ok=True)
    for name in pki.recipe.certificates:
        pem = pki.key(name).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        _write_key(folder / KEYS / f"{name}.key", pem)
    recipe = pki.recipe.model_dump_json(by_alias=True, exclude_unset=True, indent=1)
    (folder / RECIPE).write_text(f"{recipe}\n", encoding="utf-8")
    index = {
        "recipe": pki.recipe.recipe,
        "about": pki.recipe.about,
        "now": pki.now.isoformat(),
        "recipe_file": RECIPE,
        "keys": {name: f"{KEYS}/{name}.key" for name in pki.recipe.certificates},
        "anchors": {name: f"roots/{name}.pem" for name in pki.recipe.anchors},
        "staples": {name: {"what": s.what, "issues": s.issues} for name, s in pki.recipe.staples.items()},
        "credentials": [_write_credential(pki, credential, folder) for credential in pki.credentials()],
    }
    (folder / INDEX).write_bytes(orjson.dumps(index, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))
    return index


def read(folder: Path, now: datetime) -> Pki:
    """Issue once more what `write` has written to *folder*: the same keys, so whoever trusts its roots trusts this too.

    Validity periods and OCSP responses lie around *now*. Raises RecipeError in words.
    """
    try:
        recipe = Recipe.model_validate_json((folder / RECIPE).read_bytes())
        keys = {name: _read_key(folder / KEYS / f"{name}.key") for name in recipe.certificates}
    except OSError as error:
        raise RecipeError(
            [
                f"{error.filename}: {error.strerror}; `v2xconform pki issue RECIPE --out {folder}` writes such a folder anew"
            ]
        ) from None
    except ValidationError as error:
        raise RecipeError([f"{folder / RECIPE}: not as it was written: {error.errors()[0]['msg']}"]) from None
    return issue(recipe, now, keys=keys)


def _read_key(path: Path) -> Key:
    try:
        key = load_pem_private_key(path.read_bytes(), None)
    except (ValueError, TypeError):
        raise RecipeError([f"{path}: no private key in PEM without a password"]) from None
    if not isinstance(key, ec.EllipticCurvePrivateKey | ed448.Ed448PrivateKey | rsa.RSAPrivateKey):
        raise RecipeError([f"{path}: a key of another kind; it has to be an EC, Ed448 or RSA key"])
    return key


def _write_key(path: Path, pem: bytes) -> None:
    # Created closed, not closed afterwards: no other user can read the key in between.
    path.touch(mode=0o600)
    path.write_bytes(pem)


def _write_credential(pki: Pki, credential: Credential, folder: Path) -> dict[str, Any]:
    name = credential.name if credential.variant is None else f"{credential.name}-{credential.variant}"
    (folder / f"{name}.pem").write_bytes(credential.chain_pem())
    _write_key(folder / f"{name}.key", credential.key_pem())
    # A variant is broken in one place already, so it gets good staples only.
    kinds = ["good"] if credential.variant is not None else list(pki.recipe.staples) or ["good"]
    return {
        "credential": credential.name,
        "variant": credential.variant,
        "what": credential.what,
        "role": credential.role,
        "profile": credential.profile,
        "anchors": credential.anchors,
        "chain": f"{name}.pem",
        "key": f"{name}.key",
        "ocsp": {kind: _write_staples(pki, credential, kind, folder, f"{name}.ocsp") for kind in kinds},
        "issues": credential.issues,
        "expected_alert": credential.alerts[0] if credential.alerts else None,
        "alerts": credential.alerts,
    }


def _write_staples(pki: Pki, credential: Credential, kind: str, folder: Path, place: str) -> list[str | None]:
    """Write one DER response for each certificate of the chain; return their places, None where there is none."""
    places: list[str | None] = []
    stapled = pki.credential(credential.name, credential.variant, staple=kind)
    for at, response in enumerate(stapled.staples):
        if response is None:
            places.append(None)
            continue
        path = f"{place}/{kind}.{at}.der"
        (folder / place).mkdir(exist_ok=True)
        (folder / path).write_bytes(response)
        places.append(path)
    return places
