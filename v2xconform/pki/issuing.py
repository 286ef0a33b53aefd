"""From a recipe to keys, chains and OCSP responses, in memory. `v2xconform.pki.store` writes them to a folder."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, TypeVar

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from v2xconform.pki.certificates import build, encoding_problem, name_of, tampered_certificate
from v2xconform.pki.keys import Key, algorithm_of, key_for
from v2xconform.pki.recipe import (
    CertificateSpec,
    CredentialSpec,
    Recipe,
    StapleSpec,
    VariantSpec,
    changed,
    issuer_problems,
)
from v2xconform.pki.staples import respond

_T = TypeVar("_T")

# A span of a recipe is fifty years at most; X.509 dates go from 1950 to 9999 (RFC 5280, 4.1.2.5).
_FIRST_YEAR, _LAST_YEAR = 2001, 9900

_AS_IT_IS = VariantSpec(what="valid", issues=(), alerts=("certificate_unknown",))


@dataclass(frozen=True, slots=True)
class Credential:
    """What one role presents in a TLS handshake. Get it from `Pki.credential`."""

    name: str
    variant: str | None
    """None for the valid one."""
    what: str
    """The variant in words."""
    role: str
    chain: tuple[x509.Certificate, ...]
    """As it is sent: leaf first, no root; empty when the variant sends none."""
    key: Key
    """Private key of the leaf."""
    staple: str
    """Name of the staple."""
    staples: tuple[bytes | None, ...]
    """A DER OCSP response for each certificate of the chain, or None where the staple is `missing`."""
    anchors: tuple[str, ...]
    """The anchors with which the receiver verifies; see `Pki.anchors`."""
    profile: str
    """The profile for `validate_chain`."""
    issues: tuple[str, ...]
    """Codes that `validate_chain` must find in it; empty for the valid one."""
    alerts: tuple[str, ...]
    """TLS alerts that fit as the receiver's answer, the best first; empty for the valid one."""

    @property
    def leaf(self) -> x509.Certificate | None:
        """The first certificate of the chain."""
        return self.chain[0] if self.chain else None

    @property
    def ocsp(self) -> bytes | None:
        """The DER OCSP response for the leaf, the one that OpenSSL's server callback takes."""
        return self.staples[0] if self.staples else None

    def chain_pem(self) -> bytes:
        """Return the chain as PEM, leaf first."""
        return b"".join(certificate.public_bytes(Encoding.PEM) for certificate in self.chain)

    def key_pem(self) -> bytes:
        """Return the private key as PKCS #8 PEM without a password."""
        return self.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


@dataclass(frozen=True, slots=True)
class _Issued:
    certificate: x509.Certificate
    key: Key
    issuer: str | None


@dataclass(slots=True)
class Pki:
    """An issued recipe: everything in it is made when it is asked for, once."""

    recipe: Recipe
    now: datetime
    """The instant around which all validity periods lie."""
    _specs: dict[str, CertificateSpec]
    _kept: Mapping[str, Key] = field(default_factory=dict)
    """Certificate name -> key that it has from an earlier issue."""
    _issued: dict[tuple[str, str], _Issued] = field(default_factory=dict)
    _credentials: dict[tuple[str, str | None, str], Credential] = field(default_factory=dict)

    def credential(self, name: str, variant: str | None = None, *, staple: str = "good") -> Credential:
        """Return a credential of the recipe, valid or as one of its variants, with one of the recipe's staples.

        Raises KeyError that lists what there is.
        """
        spec = _one(self.recipe.credentials, name, "credential")
        change = _AS_IT_IS if variant is None else _one(spec.variants, variant, f"variant of {name}")
        place = (name, variant, staple)
        if place not in self._credentials:
            staple_spec = (
                _one(self.recipe.staples, staple, "staple")
                if staple in self.recipe.staples or (staple != "good")
                else StapleSpec(what="good")
            )
            self._credentials[place] = self._made(name, spec, variant, change, staple, staple_spec)
        return self._credentials[place]

    def credentials(self) -> list[Credential]:
        """Return all credentials: each valid one, followed by its variants."""
        return [
            self.credential(name, variant)
            for name, spec in self.recipe.credentials.items()
            for variant in (None, *spec.variants)
        ]

    def anchors(self, *names: str) -> tuple[x509.Certificate, ...]:
        """Return the root certificates of the named anchors (all without a name). Raises KeyError with the known."""
        groups = [_one(self.recipe.anchors, name, "anchor") for name in names or self.recipe.anchors]
        return tuple(self.certificate(member) for member in dict.fromkeys(m for group in groups for m in group))

    def certificate(self, name: str) -> x509.Certificate:
        """Return one certificate of the recipe, CA or leaf. Raises KeyError with the known."""
        _one(self._specs, name, "certificate")
        return self._issue(name, self._specs, "").certificate

    def key(self, name: str) -> Key:
        """Return the private key of one certificate of the recipe, to sign with a CA of it for instance."""
        _one(self._specs, name, "certificate")
        return self._key(name, self._specs[name])

    def _made(
        self, name: str, spec: CredentialSpec, variant: str | None, change: VariantSpec, staple: str, answer: StapleSpec
    ) -> Credential:
        specs = {
            **self._specs,
            **{certificate: changed(self._specs[certificate], fields) for certificate, fields in change.change.items()},
        }
        scope = f"{name}/{variant}" if variant else ""
        leaf = change.leaf or spec.leaf
        path = self._path(leaf, specs)
        sent = path if change.chain is None else change.chain
        dirty = self._dirty({*path, *sent}, specs, change.change)
        issued = {one: self._issue(one, specs, scope if one in dirty else "", dirty) for one in sent}
        responses = (self._staple(issued[one], specs, scope, dirty, answer, staple) for one in sent)
        return Credential(
            name=name,
            variant=variant,
            what=change.what,
            role=spec.role,
            chain=tuple(
                tampered_certificate(issued[one].certificate) if one == change.tamper else issued[one].certificate
                for one in sent
            ),
            key=self._key(leaf, specs[leaf]),
            staple=staple,
            staples=tuple(responses),
            anchors=spec.anchors,
            profile=spec.profile,
            issues=change.issues,
            alerts=change.alerts if variant else (),
        )

    def _staple(
        self,
        asked: _Issued,
        specs: Mapping[str, CertificateSpec],
        scope: str,
        dirty: set[str],
        answer: StapleSpec,
        title: str,
    ) -> bytes | None:
        if answer.missing:
            return None
        issuer = (
            asked
            if asked.issuer is None
            else self._issue(asked.issuer, specs, scope if asked.issuer in dirty else "", dirty)
        )
        signer = issuer if answer.signer is None else self._issue(answer.signer, self._specs, "")
        about = asked.certificate if answer.about is None else self.certificate(answer.about)
        return respond(
            answer,
            about,
            issuer.certificate,
            issuer.key,
            signer.certificate,
            signer.key,
            now=self.now,
            scope=f"{self.recipe.recipe}/{scope}/{title}",
        )

    def _path(self, name: str, specs: Mapping[str, CertificateSpec]) -> tuple[str, ...]:
        """Return the certificate and those above it, without the root (unless it is one)."""
        path = [name]
        while (above := specs[path[-1]].issuer) is not None and specs[above].issuer is not None:
            path.append(above)
        return tuple(path)

    def _dirty(self, names: set[str], specs: Mapping[str, CertificateSpec], changes: Mapping[str, object]) -> set[str]:
        """Return which certificates differ from the valid ones: the changed, and all below a changed one."""
        dirty = set()
        for name in names:
            line: list[str] = []
            above: str | None = name
            while above is not None:
                line.append(above)
                if above in changes:
                    dirty.update(line)
                above = specs[above].issuer
        return dirty

    def _key(self, name: str, spec: CertificateSpec) -> Key:
        kept = self._kept.get(name)
        algorithm = spec.algorithm or self.recipe.algorithm
        same = kept is not None and spec.subject == self.recipe.certificates[name].subject
        if kept is not None and same and algorithm_of(kept) == algorithm:
            return kept
        # With the subject: two cars of one recipe (see `issue`, change) do not share a key.
        return key_for(f"{self.recipe.recipe}/{name}/{spec.subject}", algorithm)

    def _issue(
        self, name: str, specs: Mapping[str, CertificateSpec], scope: str, dirty: set[str] | None = None
    ) -> _Issued:
        if (name, scope) not in self._issued:
            spec = specs[name]
            signer = spec.issuer or name
            authority = spec.authority_key_identifier_of or signer
            certificate = build(
                spec,
                self._key(name, spec).public_key(),
                issuer=name_of(specs[signer]),
                issuer_key=self._key(signer, specs[signer]),
                authority=self._key(authority, specs[authority]).public_key(),
                now=self.now,
                scope=f"{self.recipe.recipe}/{name}/{scope}/{self.now.isoformat()}/{spec.subject}",
            )
            self._issued[name, scope] = _Issued(certificate, self._key(name, spec), spec.issuer)
        return self._issued[name, scope]


def issue(
    recipe: Recipe,
    now: datetime,
    *,
    change: Mapping[str, Mapping[str, Any]] | None = None,
    keys: Mapping[str, Key] | None = None,
) -> Pki:
    """Issue a recipe around the instant *now* (with a time zone; whole seconds count). Next: `Pki.credential`.

    *change* alters certificates of the recipe first, such as ``{"vehicle": {"subject": {"CN": evccid}}}``; fields as in
    a recipe. Keys are new in each process and the same within it, so with the same *now* the certificates are the same
    to the byte; *keys* (certificate name -> key) are those of an earlier issue, see `v2xconform.pki.store.read`. Raises
    ValueError for an instant without time zone or out of reach and for a change that makes no sense, KeyError for an
    unknown certificate.
    """
    if now.tzinfo is None:
        raise ValueError(f"now = {now.isoformat()} has no time zone; give UTC, such as datetime.now(UTC)")
    if not _FIRST_YEAR <= now.year <= _LAST_YEAR:
        raise ValueError(f"now = {now.isoformat()}: give an instant from {_FIRST_YEAR} to {_LAST_YEAR}")
    specs = dict(recipe.certificates)
    for name, fields in (change or {}).items():
        specs[name] = changed(_one(specs, name, "certificate"), fields)
        if problem := encoding_problem(specs[name]):
            raise ValueError(f"change of {name}: {problem}")
    for at, text in issuer_problems(specs, change or {}) if change else ():
        raise ValueError(f"change of {at[1]}: {text}")
    return Pki(recipe, now.astimezone(UTC).replace(microsecond=0), specs, keys or {})


def with_staples(credential: Credential, staples: Sequence[bytes | None]) -> Credential:
    """Return the credential with other OCSP responses, one for each certificate of its chain."""
    return replace(credential, staple="own", staples=tuple(staples))


def _one(known: Mapping[str, _T], name: str, what: str) -> _T:
    if name not in known:
        raise KeyError(f"unknown {what} '{name}'; there are {', '.join(known)}")
    return known[name]
