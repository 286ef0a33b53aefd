"""The test PKI that josev reads, and credentials for our side that go with it; all P-256 and SHA-256.

    python tests/interop/pki.py FOLDER

Needs nothing but `cryptography`. josev reads only ``iso15118_2/``, for ISO 15118-20 sessions too, under fixed names
(CertPath, KeyPath and KeyPasswordPath in its shared/security.py). Beside that folder lie ``vehicle/`` (a TLS client
under josev's OEM root, which its station trusts) and ``station/`` (a TLS server under its V2G root, which its vehicle
trusts). ``index.json`` says what is where, with paths relative to FOLDER. Nothing of this may be used outside tests.
"""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtendedKeyUsageOID, NameOID

PASSWORD = b"12345"
EVCCID = "WMIV2XCONFORM0001"
SECCID = "V2XCONFORMSECC01"
EMAID = "UKSWI123456791A"  # eMAID = common name of the contract certificate [V2G2-108]
OCSP = "http://ocsp.invalid/"  # josev reads the address out of contract and MO certificates and never calls it

CA_USAGE = ("key_cert_sign", "crl_sign")
USAGES = (
    *("digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement"),
    *("key_cert_sign", "crl_sign", "encipher_only", "decipher_only"),
)


@dataclass(frozen=True)
class Profile:
    """One certificate to make: whose name it carries, who signs it and what it may do."""

    name: str
    issuer: str
    common_name: str
    days: int
    usage: tuple[str, ...]
    component: str | None = None  # DC=; the -20 vehicle certificate has none [V2G20-2339]
    path_length: int | None = None
    is_ca: bool = True
    purpose: x509.ObjectIdentifier | None = None
    ocsp: bool = False
    organization: str = "v2xconform"


def _root(name: str, component: str, common_name: str, *, ocsp: bool = False) -> Profile:
    return Profile(name, name, common_name, 3650, CA_USAGE, component, ocsp=ocsp)


def _sub(name: str, issuer: str, component: str, common_name: str, length: int, **more: Any) -> Profile:
    return Profile(name, issuer, common_name, 1460, CA_USAGE, component, length, **more)


def _leaf(name: str, issuer: str, common_name: str, days: int, *usage: str, **more: Any) -> Profile:
    return Profile(name, issuer, common_name, days, usage, is_ca=False, **more)


SIGNS_TARIFF = ("digital_signature", "content_commitment", *CA_USAGE)
TLS_USAGE = ("digital_signature", "key_agreement")
JOSEV = (  # issuers before the issued
    _root("v2gRootCA", "V2G", "V2GRootCA"),
    _sub("cpoSubCA1", "v2gRootCA", "V2G", "CPOSubCA1", 1),
    _sub("cpoSubCA2", "cpoSubCA1", "V2G", "CPOSubCA2", 0),
    _leaf("seccLeaf", "cpoSubCA2", "SECCCert", 60, *TLS_USAGE, component="CPO"),  # DC=CPO [V2G2-925]
    _sub("cpsSubCA1", "v2gRootCA", "CPS", "ProvSubCA1", 1),
    _sub("cpsSubCA2", "cpsSubCA1", "CPS", "ProvSubCA2", 0),
    _leaf("cpsLeaf", "cpsSubCA2", "CPS Leaf", 90, "digital_signature", component="CPS"),
    _root("moRootCA", "MO", "MORootCA", ocsp=True),
    _sub("moSubCA1", "moRootCA", "MO", "MOSubCA1", 1, ocsp=True),
    Profile("moSubCA2", "moSubCA1", "MOSubCA2", 1460, SIGNS_TARIFF, "MO", 0, ocsp=True),
    _leaf(
        *("contractLeaf", "moSubCA2", EMAID, 730),
        *("digital_signature", "content_commitment", "key_encipherment", "key_agreement"),
        component="MO",
        ocsp=True,
    ),
    _root("oemRootCA", "OEM", "OEMRootCA"),
    _sub("oemSubCA1", "oemRootCA", "OEM", "OEMSubCA1", 1),
    _sub("oemSubCA2", "oemSubCA1", "OEM", "OEMSubCA2", 0),
    _leaf("oemLeaf", "oemSubCA2", "OEMProvCert", 1460, *TLS_USAGE, component="OEM"),
)
OURS = (
    _sub("vehicleSubCA1", "oemRootCA", "OEM", "VehicleSubCA1", 1),
    _sub("vehicleSubCA2", "vehicleSubCA1", "OEM", "VehicleSubCA2", 0),
    # Common name = EVCCID, organization = OEM and nothing else [V2G20-2339] [V2G20-2598]; Annex B.8.
    _leaf("vehicle", "vehicleSubCA2", EVCCID, 730, "digital_signature", purpose=ExtendedKeyUsageOID.CLIENT_AUTH),
    _leaf(*("station", "cpoSubCA2", SECCID, 60, *TLS_USAGE), component="CPO", purpose=ExtendedKeyUsageOID.SERVER_AUTH),
)
JOSEV_CHAINS = {
    "cpoCertChain.pem": ("seccLeaf", "cpoSubCA2", "cpoSubCA1"),
    "oemCertChain.pem": ("oemLeaf", "oemSubCA2", "oemSubCA1"),
}
JOSEV_PASSWORDS = ("seccLeaf", "oemLeaf", "contractLeaf", "cpsLeaf", "moSubCA2Leaf")
OUR_CHAINS = {
    "vehicle": (("vehicle", "vehicleSubCA2", "vehicleSubCA1"), "v2gRootCA"),
    "station": (("station", "cpoSubCA2", "cpoSubCA1"), "oemRootCA"),
}


@dataclass(frozen=True)
class Credential:
    """A certificate with its private key."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    @property
    def pem(self) -> bytes:
        """The certificate as PEM."""
        return self.certificate.public_bytes(serialization.Encoding.PEM)


def issue(profile: Profile, issuer: Credential | None, now: datetime) -> Credential:
    """Make a key and its certificate; without an issuer it signs itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    public, signer = key.public_key(), issuer.key if issuer else key
    subject = _name(profile)
    usage = {name: name in profile.usage for name in USAGES}
    authority = x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key())
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.certificate.subject if issuer else subject)
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=profile.days))
        .add_extension(x509.BasicConstraints(ca=profile.is_ca, path_length=profile.path_length), critical=True)
        .add_extension(x509.KeyUsage(**usage), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
        .add_extension(authority, critical=False)
    )
    if profile.purpose:
        builder = builder.add_extension(x509.ExtendedKeyUsage([profile.purpose]), critical=False)
    if profile.ocsp:
        place = x509.UniformResourceIdentifier(OCSP)
        access = x509.AccessDescription(AuthorityInformationAccessOID.OCSP, place)
        builder = builder.add_extension(x509.AuthorityInformationAccess([access]), critical=False)
    return Credential(builder.sign(signer, hashes.SHA256()), key)


def _name(profile: Profile) -> x509.Name:
    attributes = [(NameOID.COMMON_NAME, profile.common_name), (NameOID.ORGANIZATION_NAME, profile.organization)]
    if profile.component:
        attributes += [(NameOID.COUNTRY_NAME, "DE"), (NameOID.DOMAIN_COMPONENT, profile.component)]
    return x509.Name([x509.NameAttribute(oid, value) for oid, value in attributes])


def write_pki(folder: Path, now: datetime) -> Path:
    """Make every credential anew under ``folder``; return the path of index.json."""
    made: dict[str, Credential] = {}
    for profile in (*JOSEV, *OURS):
        made[profile.name] = issue(profile, made.get(profile.issuer), now)
    certs, keys = folder / "iso15118_2" / "certs", folder / "iso15118_2" / "private_keys"
    for place in (certs, keys, *(folder / name for name in OUR_CHAINS)):
        place.mkdir(parents=True, exist_ok=True)
    for profile in JOSEV:
        credential = made[profile.name]
        (certs / f"{profile.name}Cert.pem").write_bytes(credential.pem)
        (certs / f"{profile.name}Cert.der").write_bytes(credential.certificate.public_bytes(serialization.Encoding.DER))
        _write_key(keys / f"{profile.name}.key", credential.key, PASSWORD)
    for name, members in JOSEV_CHAINS.items():
        (certs / name).write_bytes(b"".join(made[member].pem for member in members))
    for name in JOSEV_PASSWORDS:
        (keys / f"{name}Password.txt").write_bytes(PASSWORD + b"\n")
    for name, (members, trusted) in OUR_CHAINS.items():
        (folder / name / "chain.pem").write_bytes(b"".join(made[member].pem for member in members))
        (folder / name / "trust.pem").write_bytes(made[trusted].pem)
        _write_key(folder / name / "key.pem", made[members[0]].key, None)
    index = folder / "index.json"
    index.write_text(json.dumps(_index(made), indent=2) + "\n", encoding="utf-8")
    return index


def _write_key(path: Path, key: ec.EllipticCurvePrivateKey, password: bytes | None) -> None:
    protection = serialization.BestAvailableEncryption(password) if password else serialization.NoEncryption()
    pkcs8 = serialization.PrivateFormat.PKCS8
    path.write_bytes(key.private_bytes(serialization.Encoding.PEM, pkcs8, protection))
    path.chmod(0o600)


def _index(made: dict[str, Credential]) -> dict[str, object]:
    ends = min(credential.certificate.not_valid_after_utc for credential in made.values())
    files = {"chain": "chain.pem (leaf first, no root)", "key": "key.pem (PKCS #8, no password)", "trust": "trust.pem"}
    return {
        "about": f"test PKI for runs against josev, P-256 only; in each of our folders: {', '.join(files.values())}",
        "valid_until": ends.isoformat(),
        "josev": {
            "PKI_PATH": ".",
            "v2g_root": "iso15118_2/certs/v2gRootCACert.pem",
            "oem_root": "iso15118_2/certs/oemRootCACert.pem",
            "password": PASSWORD.decode(),
        },
        "vehicle": {
            "for": "our EVCC against josev's SECC",
            "chain": "vehicle/chain.pem",
            "key": "vehicle/key.pem",
            "trust": "vehicle/trust.pem",
            "evccid": EVCCID,
            "contract_chain": [f"iso15118_2/certs/{name}Cert.pem" for name in ("contractLeaf", "moSubCA2", "moSubCA1")],
            "contract_key": "iso15118_2/private_keys/contractLeaf.key",
            "emaid": EMAID,
        },
        "station": {
            "for": "our SECC against josev's EVCC",
            "chain": "station/chain.pem",
            "key": "station/key.pem",
            "trust": "station/trust.pem",
            "mo_root": "iso15118_2/certs/moRootCACert.pem",
            "seccid": SECCID,
        },
    }


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    write_pki(Path(sys.argv[1]), datetime.now(UTC))
