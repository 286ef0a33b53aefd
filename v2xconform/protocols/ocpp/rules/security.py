"""Rules on single messages: certificates, passwords, security events, network profiles (blocks A, M, B09)."""

import binascii
import re
from base64 import b64decode
from collections.abc import Iterator
from typing import Any, Final

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from v2xconform.protocols.ocpp.handshake import EndpointError, endpoint
from v2xconform.protocols.ocpp.rules.rule import Broken, Rule, Tree

_HEX: Final = re.compile(r"[0-9A-Fa-f]+")
_DIGITS: Final = {"SHA256": 64, "SHA384": 96, "SHA512": 128}
"""Hexadecimal digits of a hash."""
_PASSWORD: Final = ("securityctrlr", "basicauthpassword")
_SHORTEST: Final = 16
_LONGEST: Final = 64
"""Characters of a password: maxLimit of BasicAuthPassword is 64 at most ([A00.FR.205])."""
_RSA_BITS: Final = 2048
_EC_BITS: Final = 224


def _csr(name: str, tree: Tree, request: Tree) -> Iterator[Broken]:
    text = tree["csr"]
    if "-----BEGIN " not in text:
        yield Broken("csr", "the CSR is not encoded in PEM")
        return
    try:
        csr = x509.load_pem_x509_csr(text.encode())
        signed = csr.is_signature_valid
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        yield Broken("csr", f"the CSR cannot be read as PKCS #10: {error or type(error).__name__}")
        return
    if not signed:
        yield Broken("csr", "the signature of the CSR does not fit its key")


def _csr_key(name: str, tree: Tree, request: Tree) -> Iterator[Broken]:
    try:
        key = x509.load_pem_x509_csr(tree["csr"].encode()).public_key()
    except (ValueError, TypeError, UnsupportedAlgorithm):
        return  # that is the finding of the rule above
    if isinstance(key, rsa.RSAPublicKey) and key.key_size < _RSA_BITS:
        yield Broken("csr", f"the CSR has an RSA key of {key.key_size} bits; {_RSA_BITS} are the least")
    if isinstance(key, ec.EllipticCurvePublicKey) and key.key_size < _EC_BITS:
        yield Broken("csr", f"the CSR has an EC key of {key.key_size} bits; {_EC_BITS} are the least")


def _pem(name: str, tree: Tree, request: Tree) -> Iterator[Broken]:
    field = "certificateChain" if name == "CertificateSignedRequest" else "certificate"
    try:
        x509.load_pem_x509_certificates(tree[field].encode())
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        yield Broken(field, f"no X.509 certificates in PEM: {str(error).split('.')[0] or type(error).__name__}")


def _listed(name: str, tree: Tree, request: Tree) -> Iterator[Broken]:
    there = "certificateHashDataChain" in tree
    if tree["status"] == "Accepted" and not there:
        yield Broken("certificateHashDataChain", "status Accepted, and no hash data")
    if tree["status"] == "NotFound" and there:
        yield Broken("certificateHashDataChain", "status NotFound, and hash data all the same")


def _kinds(name: str, tree: Tree, request: Tree) -> Iterator[Broken]:
    wanted = request.get("certificateType")
    for place, one in enumerate(tree.get("certificateHashDataChain", ())):
        if wanted and one["certificateType"] not in wanted:
            text = f"a {one['certificateType']}, where {', '.join(wanted)} was asked for"
            yield Broken(f"certificateHashDataChain.{place}.certificateType", text)


def _hashes(name: str, tree: Tree, request: Tree) -> Iterator[Broken]:
    for path, data in _hash_data(tree):
        digits = _DIGITS.get(data.get("hashAlgorithm", ""), 0)
        for part in ("issuerNameHash", "issuerKeyHash"):
            value = str(data.get(part, ""))
            if digits and (len(value) != digits or not _HEX.fullmatch(value)):
                text = f"{value[:20]!r}… is no {data['hashAlgorithm']} hash in {digits} hexadecimal digits"
                yield Broken(f"{path}.{part}", text)
        serial = str(data.get("serialNumber", ""))
        if not _HEX.fullmatch(serial):
            yield Broken(f"{path}.serialNumber", f"{serial!r} is not hexadecimal")


def _hash_data(tree: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Yield every CertificateHashDataType of a tree with its path."""
    if isinstance(tree, dict):
        if "issuerNameHash" in tree and "issuerKeyHash" in tree:
            yield path, tree
            return
        for key, value in tree.items():
            if key != "customData":
                yield from _hash_data(value, f"{path}.{key}" if path else key)
    elif isinstance(tree, list):
        for place, value in enumerate(tree):
            yield from _hash_data(value, f"{path}.{place}")


def _ocsp(name: str, tree: Tree, request: Tree) -> Iterator[Broken]:
    if tree["status"] == "Accepted" and not tree.get("ocspResult"):
        yield Broken("ocspResult", "status Accepted, and no OCSP response")


def _ocsp_der(name: str, tree: Tree, request: Tree) -> Iterator[Broken]:
    text = tree.get("ocspResult", "")
    if not text:
        return
    try:
        first = b64decode(text, validate=True)[:1]
    except (binascii.Error, ValueError):
        yield Broken("ocspResult", "it is no base64")
        return
    if first != b"\x30":
        yield Broken("ocspResult", "it is no DER: an OCSPResponse is a SEQUENCE")


def _new_password(name: str, tree: Tree, request: Tree) -> Iterator[Broken]:
    for place, one in enumerate(tree["setVariableData"]):
        length = len(one["attributeValue"])
        if _is_password(one) and not _SHORTEST <= length <= _LONGEST:
            text = f"a password of {length} characters; {_SHORTEST} are the least, {_LONGEST} the most"
            yield Broken(f"setVariableData.{place}.attributeValue", text)


def _password_read(name: str, tree: Tree, request: Tree) -> Iterator[Broken]:
    for place, one in enumerate(tree["getVariableResult"]):
        if _is_password(one) and one.get("attributeValue") and one.get("attributeType", "Actual") == "Actual":
            yield Broken(f"getVariableResult.{place}", "BasicAuthPassword is told; it can only be written")


def _password_reported(name: str, tree: Tree, request: Tree) -> Iterator[Broken]:
    for place, one in enumerate(tree.get("reportData", ())):
        told = any(attribute.get("value") for attribute in one["variableAttribute"])
        if _is_password(one) and told:
            yield Broken(f"reportData.{place}", "BasicAuthPassword is told; it can only be written")


def _is_password(one: Any) -> bool:
    return (one["component"]["name"].lower(), one["variable"]["name"].lower()) == _PASSWORD


def _contract(name: str, tree: Tree, request: Tree) -> Iterator[Broken]:
    if tree["exiResponse"] == request.get("exiRequest", ""):
        yield Broken("exiResponse", "it is what the car has asked, not an answer to it")


def _profile(name: str, tree: Tree, request: Tree) -> Iterator[Broken]:
    data = tree["connectionData"]
    try:
        where = endpoint(data["ocppCsmsUrl"])
    except EndpointError as error:
        yield Broken("connectionData.ocppCsmsUrl", str(error))
        return
    level = data["securityProfile"]
    if where.secure != (level in (2, 3)):
        yield Broken("connectionData.ocppCsmsUrl", f"{data['ocppCsmsUrl']} does not fit security profile {level}")


SECURITY_RULES: Final[tuple[Rule, ...]] = (
    Rule("A02.FR.03", "SignCertificateRequest", _csr),
    Rule("A00.FR.501", "SignCertificateRequest", _csr_key),
    Rule("A00.FR.507", "CertificateSignedRequest", _pem),
    Rule("A00.FR.507", "InstallCertificateRequest", _pem),
    Rule("M03.FR.04", "GetInstalledCertificateIdsResponse", _listed),
    Rule("M03.FR.03", "GetInstalledCertificateIdsResponse", _kinds),
    Rule("M03.FR.04", "GetInstalledCertificateIdsResponse", _hashes),
    Rule("M04.FR.07", "DeleteCertificateRequest", _hashes),
    Rule("M06.FR.06", "GetCertificateStatusRequest", _hashes),
    Rule("M06.FR.03", "GetCertificateStatusResponse", _ocsp),
    Rule("M06.FR.09", "GetCertificateStatusResponse", _ocsp_der),
    Rule("M01.FR.01", "Get15118EVCertificateResponse", _contract),
    Rule("A00.FR.205", "SetVariablesRequest", _new_password),
    Rule("A01.FR.12", "GetVariablesResponse", _password_read),
    Rule("A01.FR.12", "NotifyReportRequest", _password_reported),
    Rule("B09.FR.01", "SetNetworkProfileRequest", _profile),
)
