"""What a TLS certificate chain must look like, as tables: one profile for each edition and role.

The requirement ids are those of ISO 15118-2 [V2G2-…] and ISO 15118-20 [V2G20-…]; a code without an id here rests on
RFC 5280 alone, and the finding says which clause.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final, Literal

Severity = Literal["must", "should"]


@dataclass(frozen=True, slots=True)
class Profile:
    """The demands on one kind of leaf and the path above it."""

    name: str
    about: str
    algorithms: Mapping[str, str]
    """Curve of the key -> signature algorithm that belongs to it."""
    purpose: Literal["serverAuth", "clientAuth"] | None
    """Use in TLS; None for a certificate that stands in messages."""
    purpose_required: bool
    """Whether the extended key usage must be present; a present one must name the purpose in any case."""
    size_limit: int
    """Largest certificate, bytes of DER."""
    requirements: Mapping[str, str]
    """Issue code (or code:edwards) -> id of the requirement that it breaks."""
    path_limit: int = 3
    """Certificates below the root: two sub-CAs and the leaf."""
    domain_component: str | None = None
    common_name: Literal["", "eMAID", "PCID"] = ""
    """What the common name has to be."""
    vehicle_subject: bool = False
    """Whether the subject is CN = EVCCID and O = OEM and nothing else."""
    sub_ca_above_leaf: bool = True
    """Whether the root itself must not issue leaves."""
    staple_required: bool = False
    softened: frozenset[str] = frozenset()
    """Codes whose requirement is known for another edition only: a doubt, not a breach."""


_CURVES_20: Final = {"secp521r1": "ecdsa-with-SHA512", "ed448": "ed448"}
_CURVES_2: Final = {"secp256r1": "ecdsa-with-SHA256"}

_REQUIREMENTS_20: Final = {
    "wrong-curve": "V2G20-2674",
    "wrong-curve:edwards": "V2G20-2319",
    "wrong-signature-algorithm": "V2G20-2674",
    "wrong-signature-algorithm:edwards": "V2G20-2319",
    "chain-too-long": "V2G2-009",
    "staple-missing": "V2G20-2388",
    "staple-too-long": "V2G20-1021",
    "revoked": "V2G20-1240",
    "staple-status-unknown": "V2G20-1240",
    "staple-expired": "V2G20-2409",
    "staple-not-yet-valid": "V2G20-2409",
    "staple-wrong-signer": "V2G20-2409",
    "staple-bad-signature": "V2G20-2409",
    "staple-other-certificate": "V2G20-2409",
    "staple-unsuccessful": "V2G20-2409",
    "staple-unreadable": "V2G20-2409",
}
_SECC_20: Final = {**_REQUIREMENTS_20, "domain-component": "V2G2-925", "root-issued-leaf": "V2G2-867"}
_VEHICLE_20: Final = {
    **_REQUIREMENTS_20, "evccid": "V2G20-2598", "subject": "V2G20-2339", "unknown-root": "V2G20-2331",
}  # fmt: skip
_SECC_2: Final = {
    "wrong-curve": "V2G2-007",
    "wrong-signature-algorithm": "V2G2-006",
    "chain-too-long": "V2G2-009",
    "too-large": "V2G2-010",
    "domain-component": "V2G2-925",
    "root-issued-leaf": "V2G2-867",
    "bad-signature": "V2G2-875",
    "staple-missing": "V2G2-871",
    **{code: "V2G2-875" for code in _REQUIREMENTS_20 if code.startswith("staple-") and code != "staple-missing"},
    "revoked": "V2G2-875",
}

_ALL: Final = (
    Profile(
        "iso15118-20-secc",
        "TLS server certificate of a charging station, ISO 15118-20",
        algorithms=_CURVES_20,
        purpose="serverAuth",
        purpose_required=False,
        size_limit=1600,
        requirements=_SECC_20,
        domain_component="CPO",
        staple_required=True,
        softened=frozenset({"domain-component", "root-issued-leaf"}),
    ),
    Profile(
        "iso15118-20-vehicle",
        "TLS client certificate of a car, ISO 15118-20 (Annex B.8)",
        algorithms=_CURVES_20,
        purpose="clientAuth",
        purpose_required=True,
        size_limit=1600,
        requirements=_VEHICLE_20,
        vehicle_subject=True,
        sub_ca_above_leaf=False,
    ),
    Profile(
        "iso15118-20-secc-p256",
        "as iso15118-20-secc for counterparts that know prime256v1 only; departs from [V2G20-2674] on purpose",
        algorithms=_CURVES_2,
        purpose="serverAuth",
        purpose_required=False,
        size_limit=1600,
        requirements={code: id_ for code, id_ in _SECC_20.items() if not code.startswith("wrong-")},
        domain_component="CPO",
        staple_required=True,
        softened=frozenset({"domain-component", "root-issued-leaf"}),
    ),
    Profile(
        "iso15118-20-vehicle-p256",
        "as iso15118-20-vehicle for counterparts that know prime256v1 only; departs from [V2G20-2674] on purpose",
        algorithms=_CURVES_2,
        purpose="clientAuth",
        purpose_required=True,
        size_limit=1600,
        requirements={code: id_ for code, id_ in _VEHICLE_20.items() if not code.startswith("wrong-")},
        vehicle_subject=True,
        sub_ca_above_leaf=False,
    ),
    Profile(
        "iso15118-2-secc",
        "TLS server certificate of a charging station, ISO 15118-2",
        algorithms=_CURVES_2,
        purpose="serverAuth",
        purpose_required=False,
        size_limit=800,
        requirements=_SECC_2,
        domain_component="CPO",
        staple_required=True,
    ),
)


def _in_messages(
    kind: str, about: str, common_name: Literal["", "eMAID", "PCID"], component: str | None
) -> list[Profile]:
    """Return the profile of a certificate that stands in messages, and that for prime256v1."""
    edition_20 = Profile(
        f"iso15118-20-{kind}",
        f"{about}, ISO 15118-20",
        algorithms=_CURVES_20,
        purpose=None,
        purpose_required=False,
        size_limit=1600,
        requirements={**_REQUIREMENTS_20, "common-name": "V2G2-108" if common_name == "eMAID" else "V2G2-933"},
        domain_component=component,
        common_name=common_name,
    )
    known = {code: id_ for code, id_ in edition_20.requirements.items() if not code.startswith("wrong-")}
    about = f"as iso15118-20-{kind} for counterparts that know prime256v1 only; departs from [V2G20-2674] on purpose"
    name = f"iso15118-20-{kind}-p256"
    return [edition_20, replace(edition_20, name=name, about=about, algorithms=_CURVES_2, requirements=known)]


_MESSAGES: Final = (
    *_in_messages("contract", "contract certificate", "eMAID", None),
    *_in_messages("oem-provisioning", "OEM provisioning certificate", "PCID", None),
    *_in_messages("cps", "certificate of a certificate provisioning service", "", "CPS"),
)

_OCPP_ALGORITHMS: Final = {
    "secp256r1": "ecdsa-with-SHA256",
    "secp384r1": "ecdsa-with-SHA384",
    "secp521r1": "ecdsa-with-SHA512",
    "secp224r1": "ecdsa-with-SHA224",
    "rsa2048": "sha256WithRSAEncryption",
    "rsa3072": "sha384WithRSAEncryption",
    "rsa4096": "sha512WithRSAEncryption",
    **dict.fromkeys(("brainpoolP256r1", "brainpoolP384r1", "brainpoolP512r1"), "ecdsa-with-SHA256"),
    "ed25519": "ed25519",
    "ed448": "ed448",
}
"""Keys of 112 bits of security at least, and what signs with them: any of the signatures will do for any of the keys."""
_OCPP_SOFT: Final = frozenset({
    "basic-constraints", "key-usage", "extended-key-usage", "wrong-signature-algorithm", "root-issued-leaf", "too-large",
})  # fmt: skip
"""OCPP only recommends these, or leaves them open ([A00.FR.505], [A00.FR.506], [A00.FR.512], [A00.FR.514])."""


def _of_ocpp(name: str, about: str, purpose: Literal["serverAuth", "clientAuth"], path: str) -> Profile:
    """Return the profile of one end of an OCPP link; `path` is the requirement on its certification path."""
    broken = ("expired", "not-yet-valid", "bad-signature", "unknown-root", "missing-issuer", "not-a-ca", "path-length")
    return Profile(
        name,
        about,
        algorithms=_OCPP_ALGORITHMS,
        purpose=purpose,
        purpose_required=False,
        size_limit=5600,
        requirements={"wrong-curve": "A00.FR.501", **dict.fromkeys(broken, path)},
        path_limit=8,
        sub_ca_above_leaf=False,
        softened=_OCPP_SOFT,
    )


_OCPP: Final = (
    _of_ocpp("ocpp-csms", "TLS server certificate of a CSMS, OCPP", "serverAuth", "A00.FR.307"),
    _of_ocpp("ocpp-station", "TLS client certificate of a charging station, OCPP", "clientAuth", "A00.FR.403"),
)

PROFILES: Final[Mapping[str, Profile]] = {profile.name: profile for profile in (*_ALL, *_MESSAGES, *_OCPP)}
