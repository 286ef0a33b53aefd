"""XML signatures over EXI: make and verify what ISO 15118-2 and -20 put into Header.Signature. No clock, no I/O.

Each signed element is encoded as a fragment of its message schema; the digests stand in SignedInfo, which is encoded as
a fragment itself and signed (XML Signature, EXI as canonicalization). Two forms of SignedInfo are about: a fragment of
the xmldsig schema alone (what josev and libcbv2g do) and one of the message schema; `verify` tries both and says which
one it was. `sign` makes the Signature element; `verify` judges one: it returns issues and never raises for bad input.

Algorithms belong to the key: ecdsa-sha256 with sha256 on secp256r1 (ISO 15118-2), ecdsa-sha512 with sha512 on secp521r1
[V2G20-2674], Ed448 with sha512 [V2G20-2319]. SignatureValue is r and s side by side, each as long as the curve's order.
"""

import binascii
from base64 import b64decode, b64encode
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256, sha512
from typing import Any, Final, Literal

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed448
from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature

from v2xconform.protocols.exi import ExiEncodeError, codec

Tree = dict[str, Any]
PrivateKey = ec.EllipticCurvePrivateKey | ed448.Ed448PrivateKey
Form = Literal["xmldsig", "message"]
"""Schema of the SignedInfo fragment: that of XML Signature alone, or that of the messages."""
Flaw = Literal["", "missing", "digest", "value", "id", "digest-algorithm", "method", "form", "der"]
"""What a misbehaving signer does: no signature at all, a digest of something else, a changed SignatureValue, a reference
to another Id, sha256 digests, ecdsa-sha256, SignedInfo in the form of the message schema, a DER signature."""

EXI: Final = "http://www.w3.org/TR/canonical-exi/"
SHA256: Final = "http://www.w3.org/2001/04/xmlenc#sha256"
SHA512: Final = "http://www.w3.org/2001/04/xmlenc#sha512"
ECDSA_SHA256: Final = "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256"
ECDSA_SHA512: Final = "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha512"
ED448: Final = "http://www.w3.org/2021/04/xmldsig-more#eddsa-ed448"  # RFC 9231, 2.3.12

_HASHES: Final = {SHA256: sha256, SHA512: sha512}


@dataclass(frozen=True, slots=True)
class _Suite:
    """What belongs to one kind of key."""

    method: str
    digest: str
    octets: int
    """Length of r and of s."""


_SUITES: Final = {
    "secp256r1": _Suite(ECDSA_SHA256, SHA256, 32),
    "secp521r1": _Suite(ECDSA_SHA512, SHA512, 66),
    "ed448": _Suite(ED448, SHA512, 57),
}
_ECDSA: Final[dict[str, hashes.HashAlgorithm]] = {ECDSA_SHA256: hashes.SHA256(), ECDSA_SHA512: hashes.SHA512()}
_METHODS: Final = {"iso15118-2": (ECDSA_SHA256,), "iso15118-20": (ECDSA_SHA512, ED448)}
_DIGESTS: Final = {"iso15118-2": (SHA256,), "iso15118-20": (SHA512,)}
_EDITION_RULE: Final = {"iso15118-2": "V2G2-006", "iso15118-20": "V2G20-2674"}

CODES: Final = {
    "missing-signature": "the message has no Signature although it needs one",
    "malformed": "the Signature lacks a part or holds one that cannot be read",
    "canonicalization": "the canonicalization method is not EXI",
    "transform": "a transform other than EXI",
    "method": "a signature method that the edition does not know",
    "method-of-key": "the signature method does not belong to the signer's key",
    "digest-algorithm": "a digest algorithm that the edition does not know",
    "reference": "a reference that names no element of the message, or more than one",
    "missing-reference": "an element that has to be signed is not referenced",
    "digest": "the digest is not that of the referenced element",
    "value-encoding": "the SignatureValue is not r and s side by side",
    "value": "the SignatureValue does not verify with the signer's key",
    "form": "SignedInfo was signed as a fragment of the message schema",
}
"""Every code of `SignatureIssue`, and what it means."""


@dataclass(frozen=True, slots=True)
class SignatureIssue:
    """One thing that is wrong with a signature."""

    code: str
    """A key of `CODES`."""
    text: str
    """What was found and what would be right."""
    requirement: str = ""
    """Id of the requirement that it breaks, where one is known."""
    fatal: bool = True
    """False: the signature can be trusted all the same."""


@dataclass(frozen=True, slots=True)
class Verified:
    """The outcome of `verify`."""

    issues: tuple[SignatureIssue, ...]
    form: Form | None = None
    """The form of SignedInfo with which the value verified; None if it did with neither."""
    signed: tuple[str, ...] = ()
    """Names of the elements whose digests are right."""
    method: str = ""

    @property
    def trustworthy(self) -> bool:
        """Whether what `signed` names comes from the holder of the key, unchanged."""
        return not any(issue.fatal for issue in self.issues)


@dataclass(frozen=True, slots=True)
class Part:
    """An element to sign; it has to carry its ``@Id``."""

    name: str
    tree: Mapping[str, Any]


def key_kind(key: PrivateKey | PublicKeyTypes) -> str:
    """Name a key by its curve: secp256r1, secp521r1, ed448; another kind by its class."""
    if isinstance(key, ec.EllipticCurvePrivateKey | ec.EllipticCurvePublicKey):
        return key.curve.name
    if isinstance(key, ed448.Ed448PrivateKey | ed448.Ed448PublicKey):
        return "ed448"
    return type(key).__name__


# ---- making


def sign(
    protocol: str,
    parts: Sequence[Part],
    key: PrivateKey,
    *,
    form: Form = "xmldsig",
    transforms: bool = True,
    flaw: Flaw = "",
) -> Tree:
    """Return the Signature element for *parts* of a message of *protocol*; put it into ``Header.Signature``.

    *flaw* makes exactly one thing wrong (``missing`` is the caller's: it leaves the element out). Raises
    `ExiEncodeError` for a part that cannot be encoded and KeyError for a key of an unknown curve.
    """
    suite = _SUITES[key_kind(key)]
    digest = SHA256 if flaw == "digest-algorithm" else suite.digest
    method = ECDSA_SHA256 if flaw == "method" else suite.method
    form = "message" if flaw == "form" else form
    steps: Tree = {"Transforms": {"Transform": [{"@Algorithm": EXI}]}} if transforms else {}
    references = [
        {
            "@URI": f"#{'other' if flaw == 'id' else ''}{part.tree['@Id']}",
            **steps,
            "DigestMethod": {"@Algorithm": digest},
            "DigestValue": b64encode(_changed(digest_of(protocol, part, digest), flaw == "digest")).decode(),
        }
        for part in parts
    ]
    info: Tree = {
        "CanonicalizationMethod": {"@Algorithm": EXI},
        "SignatureMethod": {"@Algorithm": method},
        "Reference": references,
    }
    value = _value(key, signed_info(protocol, info, form), method, der=flaw == "der")
    return {"SignedInfo": info, "SignatureValue": {"#": b64encode(_changed(value, flaw == "value")).decode()}}


def digest_of(protocol: str, part: Part, digest: str = SHA512) -> bytes:
    """Return the digest of an element, encoded as a fragment of its message schema."""
    return _HASHES[digest](codec(protocol).encode_fragment(part.name, part.tree)).digest()


def signed_info(protocol: str, info: Mapping[str, Any], form: Form) -> bytes:
    """Return SignedInfo as the bytes that are signed: an EXI fragment in one of the two forms."""
    return codec("xmldsig" if form == "xmldsig" else protocol).encode_fragment("SignedInfo", info)


def _changed(data: bytes, change: bool) -> bytes:
    return data[:-1] + bytes([data[-1] ^ 1]) if change else data


def _value(key: PrivateKey, data: bytes, method: str, *, der: bool) -> bytes:
    if isinstance(key, ed448.Ed448PrivateKey):
        value = key.sign(data)
        return bytes([0x04, len(value)]) + value if der else value  # an OCTET STRING: Ed448 has no DER form of its own
    encoded = key.sign(data, ec.ECDSA(_ECDSA[method]))
    if der:
        return encoded
    r, s = decode_dss_signature(encoded)
    octets = _SUITES[key_kind(key)].octets
    return r.to_bytes(octets, "big") + s.to_bytes(octets, "big")


# ---- verifying


def elements_with_id(tree: Any, name: str = "") -> Iterator[Part]:
    """Yield every element of a message that carries an Id, in order; those of the signature itself are left out."""
    if isinstance(tree, list):
        for entry in tree:
            yield from elements_with_id(entry, name)
    elif isinstance(tree, dict):
        if name and "@Id" in tree:
            yield Part(name, tree)
        for child, below in tree.items():
            if not child.startswith(("@", "#")) and child != "Signature":
                yield from elements_with_id(below, child)


def verify(protocol: str, tree: Mapping[str, Any], key: PublicKeyTypes, needed: Iterable[str] = ()) -> Verified:
    """Judge the Signature in the header of a message with the signer's public *key*.

    *protocol* is the short name of the message set (iso15118-2, iso15118-20-common …); *needed* are the names of the
    elements that have to be signed. Whatever a device sends is an answer: no exception is raised for it.
    """
    header = tree.get("Header")
    signature = header.get("Signature") if isinstance(header, dict) else None
    if signature is None:
        return Verified((SignatureIssue("missing-signature", CODES["missing-signature"]),))
    try:
        return _judge(protocol, tree, signature, key, tuple(needed))
    except (KeyError, TypeError, ValueError, AttributeError, IndexError, binascii.Error, ExiEncodeError) as error:
        text = f"the Signature cannot be read: {type(error).__name__} {error}"
        return Verified((SignatureIssue("malformed", text),))


def _judge(
    protocol: str, tree: Mapping[str, Any], signature: Mapping[str, Any], key: PublicKeyTypes, needed: tuple[str, ...]
) -> Verified:
    edition = "iso15118-2" if protocol == "iso15118-2" else "iso15118-20"
    info = signature["SignedInfo"]
    issues: list[SignatureIssue] = []
    canonicalization = info["CanonicalizationMethod"]["@Algorithm"]
    if canonicalization != EXI:
        text = f"CanonicalizationMethod {canonicalization}; it must be {EXI}"
        issues.append(SignatureIssue("canonicalization", text))
    method = str(info["SignatureMethod"]["@Algorithm"])
    if method not in _METHODS[edition]:
        right = " or ".join(_METHODS[edition])
        text = f"SignatureMethod {method}; it must be {right}"
        issues.append(SignatureIssue("method", text, _EDITION_RULE[edition], fatal=method not in _ECDSA))
    signed, found = _references(protocol, tree, info, edition)
    issues += found
    for name in needed:
        if name not in signed and not any(name in issue.text for issue in found if issue.code == "digest"):
            issues.append(SignatureIssue("missing-reference", f"{name} is not among the signed elements"))
    form, problem = _check_value(protocol, info, signature, method, key)
    if problem is not None:
        issues.append(problem)
    elif form == "message":
        text = f"SignedInfo is signed as a fragment of {protocol}; others sign it as a fragment of the xmldsig schema"
        issues.append(SignatureIssue("form", text, fatal=False))
    return Verified(tuple(issues), form, signed, method)


def _references(
    protocol: str, tree: Mapping[str, Any], info: Mapping[str, Any], edition: str
) -> tuple[tuple[str, ...], list[SignatureIssue]]:
    issues: list[SignatureIssue] = []
    signed: list[str] = []
    parts = list(elements_with_id(tree))
    references = info["Reference"]
    for reference in references if isinstance(references, list) else [references]:
        uri = str(reference.get("@URI", ""))
        wanted = [part for part in parts if uri.startswith("#") and part.tree["@Id"] == uri[1:]]
        transforms = reference.get("Transforms", {}).get("Transform", [])
        for transform in transforms if isinstance(transforms, list) else [transforms]:
            if transform.get("@Algorithm") != EXI:
                issues.append(SignatureIssue("transform", f"Transform {transform.get('@Algorithm')}; only {EXI} fits"))
        if len(wanted) != 1:
            ids = ", ".join(str(part.tree["@Id"]) for part in parts) or "none"
            issues.append(SignatureIssue("reference", f"Reference {uri!r} fits {len(wanted)} elements; Ids: {ids}"))
            continue
        digest = reference["DigestMethod"]["@Algorithm"]
        if digest not in _DIGESTS[edition]:
            text = f"DigestMethod {digest} for {wanted[0].name}; it must be {' or '.join(_DIGESTS[edition])}"
            rule = _EDITION_RULE[edition]
            issues.append(SignatureIssue("digest-algorithm", text, rule, fatal=digest not in _HASHES))
        if digest not in _HASHES:
            continue
        if digest_of(protocol, wanted[0], digest) == b64decode(reference["DigestValue"]):
            signed.append(wanted[0].name)
        else:
            issues.append(
                SignatureIssue("digest", f"the digest of {wanted[0].name} ({uri}) is not that of the element")
            )
    return tuple(signed), issues


def _check_value(
    protocol: str, info: Mapping[str, Any], signature: Mapping[str, Any], method: str, key: PublicKeyTypes
) -> tuple[Form | None, SignatureIssue | None]:
    given = signature["SignatureValue"]
    value = b64decode(given["#"] if isinstance(given, dict) else given)
    kind = key_kind(key)
    suite = _SUITES.get(kind)
    if suite is None or (method == ED448) != (kind == "ed448") or (kind != "ed448" and method not in _ECDSA):
        text = f"SignatureMethod {method} with a {kind} key"
        return None, SignatureIssue("method-of-key", text)
    forms: tuple[Form, ...] = ("xmldsig", "message")
    encoded = {form: signed_info(protocol, info, form) for form in forms}
    for form in forms:
        if len(value) == 2 * suite.octets and _verifies(key, value, encoded[form], method, suite):
            return form, None
    if kind != "ed448" and any(_verifies_der(key, value, encoded[form], method) for form in forms):
        text = f"the SignatureValue is DER; it must be r and s side by side ({2 * suite.octets} octets)"
        return None, SignatureIssue("value-encoding", text)
    if len(value) != 2 * suite.octets:
        text = f"the SignatureValue has {len(value)} octets; with a {kind} key it has {2 * suite.octets}"
        return None, SignatureIssue("value-encoding", text)
    return None, SignatureIssue("value", f"the SignatureValue does not verify with the signer's {kind} key")


def _verifies(key: PublicKeyTypes, value: bytes, data: bytes, method: str, suite: _Suite) -> bool:
    if isinstance(key, ed448.Ed448PublicKey):
        try:
            key.verify(value, data)
        except InvalidSignature:
            return False
        return True
    r, s = int.from_bytes(value[: suite.octets], "big"), int.from_bytes(value[suite.octets :], "big")
    return _verifies_der(key, encode_dss_signature(r, s), data, method)


def _verifies_der(key: PublicKeyTypes, value: bytes, data: bytes, method: str) -> bool:
    assert isinstance(key, ec.EllipticCurvePublicKey)
    try:
        key.verify(value, data, ec.ECDSA(_ECDSA[method]))
    except InvalidSignature:
        return False
    return True
