"""Writes an issued PKI to a folder; the layout is described in certs/README.md."""

from pathlib import Path
from typing import Any, Final

import orjson
from cryptography.hazmat.primitives.serialization import Encoding

from v2xconform.pki.issuing import Credential, Pki

INDEX: Final = "index.json"


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
    index = {
        "recipe": pki.recipe.recipe,
        "about": pki.recipe.about,
        "now": pki.now.isoformat(),
        "anchors": {name: f"roots/{name}.pem" for name in pki.recipe.anchors},
        "staples": {name: {"what": s.what, "issues": s.issues} for name, s in pki.recipe.staples.items()},
        "credentials": [_write_credential(pki, credential, folder) for credential in pki.credentials()],
    }
    (folder / INDEX).write_bytes(orjson.dumps(index, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))
    return index


def _write_credential(pki: Pki, credential: Credential, folder: Path) -> dict[str, Any]:
    name = credential.name if credential.variant is None else f"{credential.name}-{credential.variant}"
    (folder / f"{name}.pem").write_bytes(credential.chain_pem())
    key = folder / f"{name}.key"
    # Created closed, not closed afterwards: no other user can read the key in between.
    key.touch(mode=0o600)
    key.write_bytes(credential.key_pem())
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
