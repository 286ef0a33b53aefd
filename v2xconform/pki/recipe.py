"""What a recipe may say: the fields of certs/*.yaml, and which values of them make sense together.

A recipe names certificates (who signs whom), credentials (which chain and key a role presents), variants of a
credential (one thing broken, the rest valid) and OCSP staples. Load one with `v2xconform.pki.recipe_file.load_recipe`.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Annotated, Any, Final, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer, model_validator

Algorithm = Literal["secp521r1", "ed448", "secp256r1", "secp384r1", "rsa1024", "rsa2048", "rsa3072"]
Digest = Literal["sha256", "sha384", "sha512"]
SubjectField = Literal["CN", "O", "OU", "C", "DC"]
KeyUsageBit = Literal[
    "digitalSignature", "nonRepudiation", "keyEncipherment", "dataEncipherment", "keyAgreement", "keyCertSign",
    "cRLSign",
]  # fmt: skip
Purpose = Literal["serverAuth", "clientAuth", "codeSigning", "OCSPSigning"]
ExtensionName = Literal["basicConstraints", "keyUsage", "subjectKeyIdentifier", "authorityKeyIdentifier"]
Alert = Literal[
    "handshake_failure", "bad_certificate", "unsupported_certificate", "certificate_revoked", "certificate_expired",
    "certificate_unknown", "illegal_parameter", "unknown_ca", "decrypt_error", "certificate_required",
    "bad_certificate_status_response",
]  # fmt: skip

_UNITS: Final = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
_LONGEST: Final = timedelta(days=18_250)


def _span(value: object) -> timedelta:
    """Read a span of time such as -30d, 12h, 90m or 5s."""
    if isinstance(value, timedelta):
        return value
    match = re.fullmatch(r"([+-]?\d{1,9})([smhd])", str(value))
    if match is None:
        raise ValueError(f"{value!r} is no span of time; write a whole number and s, m, h or d, such as -30d or 12h")
    span = timedelta(**{_UNITS[match[2]]: int(match[1])})
    if abs(span) > _LONGEST:
        raise ValueError(f"{value!r} is more than fifty years; the longest span is {_LONGEST.days}d")
    return span


def _written(span: timedelta) -> str:
    """Write a span as `_span` reads it."""
    seconds = round(span.total_seconds())
    return f"{seconds // 86_400}d" if seconds % 86_400 == 0 else f"{seconds}s"


Span = Annotated[timedelta, BeforeValidator(_span), PlainSerializer(_written, when_used="json")]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Validity(_Part):
    """A period around the instant at which the recipe is issued: both ends are spans from there."""

    start: Span = Field(default=timedelta(days=-1), alias="from")
    end: Span = Field(alias="to")

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.end <= self.start:
            raise ValueError("the period ends before it begins; without 'from' it begins a day before the instant")
        return self


class CertificateSpec(_Part):
    """One X.509 certificate. Whatever is not written is left at what every profile of the V2G PKI wants."""

    subject: dict[SubjectField, str]
    """Relative distinguished names in the order in which they are written."""
    issuer: str | None = None
    """The certificate that signs this one; none means self-signed, a root."""
    algorithm: Algorithm | None = None
    """Curve of the key; none takes the recipe's."""
    digest: Digest | None = None
    """Hash of the signature; none takes what belongs to the issuer's curve. Without meaning for an Ed448 issuer."""
    valid: Validity
    ca: bool = False
    path_length: int | None = Field(default=None, ge=0)
    key_usage: tuple[KeyUsageBit, ...] = ()
    extended_key_usage: tuple[Purpose, ...] = ()
    subject_alternative_names: tuple[str, ...] = ()
    """DNS names and IP addresses."""
    authority_key_identifier_of: str | None = None
    """Names the wrong certificate on purpose; none takes the issuer."""
    omit: tuple[ExtensionName, ...] = ()
    not_critical: tuple[Literal["basicConstraints", "keyUsage"], ...] = ()
    unknown_critical_extension: bool = False
    filler: int = Field(default=0, ge=0, le=16_000)
    """Bytes of an extension without meaning, to make the certificate large."""


class VariantSpec(_Part):
    """A credential with one thing changed."""

    what: str
    issues: tuple[str, ...]
    """Codes of `v2xconform.pki.validation.CODES` that the receiver's path validation must find."""
    alerts: tuple[Alert, ...] = Field(min_length=1)
    """TLS alerts that fit as an answer (RFC 8446, 6.2), the best first."""
    change: dict[str, dict[str, Any]] = {}
    """Certificate name -> fields to change; a field set to null goes back to its default."""
    leaf: str | None = None
    """Another certificate, with its own key, in place of the leaf."""
    chain: tuple[str, ...] | None = None
    """Exactly these certificates are sent, leaf first; none means the whole path below the root."""
    tamper: str | None = None
    """This certificate gets one bit of its signature flipped."""


class CredentialSpec(_Part):
    """What one role presents in the TLS handshake, and how the other side judges it."""

    role: Literal["secc", "evcc", "csms", "station"]
    leaf: str
    profile: str
    """A name of `v2xconform.pki.profiles.PROFILES`."""
    anchors: tuple[str, ...] = Field(min_length=1)
    """The anchors with which the receiver of this credential must verify it."""
    variants: dict[str, VariantSpec] = {}


class StapleSpec(_Part):
    """An OCSP response for one certificate."""

    what: str
    issues: tuple[str, ...] = ()
    status: Literal["good", "revoked", "unknown", "try-later"] = "good"
    valid: Validity = Validity.model_validate({"from": "-1h", "to": "1d"})
    signer: str | None = None
    """The certificate that signs; none means the issuer of the certificate asked about."""
    delegate: tuple[Purpose, ...] | None = None
    """Sign with a responder certificate of the same issuer instead, with these extended key usages."""
    about: str | None = None
    """Answer for this certificate instead of the one asked about."""
    tamper: bool = False
    missing: bool = False

    @model_validator(mode="after")
    def _one_signer(self) -> Self:
        if self.signer is not None and self.delegate is not None:
            raise ValueError("'signer' and 'delegate' both say who signs; keep one of them")
        return self


class Recipe(_Part):
    """A whole PKI. Next: `v2xconform.pki.issue`."""

    recipe: str = Field(pattern=r"^[a-z0-9][a-z0-9.-]*$")
    about: str
    algorithm: Algorithm
    certificates: dict[str, CertificateSpec] = Field(min_length=1)
    anchors: dict[str, tuple[str, ...]] = Field(min_length=1)
    credentials: dict[str, CredentialSpec] = Field(min_length=1)
    staples: dict[str, StapleSpec] = {}


def changed(spec: CertificateSpec, fields: Mapping[str, Any]) -> CertificateSpec:
    """Return *spec* with *fields* laid over it. Raises pydantic.ValidationError when the outcome makes no sense."""
    return CertificateSpec.model_validate(merged(spec.model_dump(by_alias=True, exclude_unset=True), fields))


def merged(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """Lay one mapping over another, level by level; null removes what lay below, lists are replaced whole."""
    result = dict(below)
    for key, value in above.items():
        if value is None:
            result.pop(key, None)
        elif isinstance(value, Mapping) and isinstance(result.get(key), Mapping):
            result[key] = merged(result[key], value)
        else:
            result[key] = value
    return result


Problem = tuple[tuple[str | int, ...], str]
"""Where in the recipe (keys from the top), and what is wrong; what would be right."""


def contradictions(recipe: Recipe, issue_codes: Mapping[str, str], profiles: Mapping[str, object]) -> Iterator[Problem]:
    """Yield what no single field shows: names that lead nowhere, circles, unknown issue codes and profiles."""
    known = recipe.certificates
    yield from issuer_problems(known, {})
    for name, members in recipe.anchors.items():
        for certificate in members:
            yield from _unknown(certificate, known, ("anchors", name), "certificate")
    for name, credential in recipe.credentials.items():
        at = ("credentials", name)
        yield from _unknown(credential.leaf, known, (*at, "leaf"), "certificate")
        yield from _unknown(credential.profile, profiles, (*at, "profile"), "profile")
        for anchor in credential.anchors:
            yield from _unknown(anchor, recipe.anchors, (*at, "anchors"), "anchor")
        for title, variant in credential.variants.items():
            yield from _variant_problems(variant, known, issue_codes, (*at, "variants", title))
    for name, staple in recipe.staples.items():
        for code in staple.issues:
            yield from _unknown(code, issue_codes, ("staples", name, "issues"), "issue code")
        for field in ("signer", "about"):
            if (certificate := getattr(staple, field)) is not None:
                yield from _unknown(certificate, known, ("staples", name, field), "certificate")


def _variant_problems(
    variant: VariantSpec, known: Mapping[str, CertificateSpec], codes: Mapping[str, str], at: tuple[str | int, ...]
) -> Iterator[Problem]:
    for code in variant.issues:
        yield from _unknown(code, codes, (*at, "issues"), "issue code")
    for field, names in {
        "leaf": [variant.leaf] if variant.leaf else [],
        "tamper": [variant.tamper] if variant.tamper else [],
        "chain": variant.chain or [],
        "change": variant.change,
    }.items():
        for certificate in names:
            yield from _unknown(certificate, known, (*at, field), "certificate")
    specs = dict(known)
    for certificate, fields in variant.change.items():
        if certificate in known:
            specs[certificate] = changed(known[certificate], fields)
    yield from issuer_problems(specs, variant.change, (*at, "change"))


def issuer_problems(
    specs: Mapping[str, CertificateSpec], only: Mapping[str, object], at: tuple[str | int, ...] = ("certificates",)
) -> Iterator[Problem]:
    """Yield where issuers lead nowhere or in a circle; *only* these certificates are looked at (all when empty)."""
    for name, spec in specs.items():
        if only and name not in only:
            continue
        where = (*at, name, "issuer")
        if spec.issuer is not None and spec.issuer not in specs:
            yield from _unknown(spec.issuer, specs, where, "certificate")
            continue
        if spec.authority_key_identifier_of is not None:
            yield from _unknown(
                spec.authority_key_identifier_of, specs, (*at, name, "authority_key_identifier_of"), "certificate"
            )
        path, above = [name], spec.issuer
        while above is not None and above in specs and above not in path:
            path.append(above)
            above = specs[above].issuer
        if above == name:
            circle = " -> ".join([*path, name])
            yield where, f"the issuers run in a circle ({circle}); a root is a certificate without issuer"


def _unknown(name: str, known: Mapping[str, object], at: tuple[str | int, ...], what: str) -> Iterator[Problem]:
    if name not in known:
        yield at, f"unknown {what} '{name}'; known are {', '.join(known)}"
