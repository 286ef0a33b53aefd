"""Every signature in the captures of others, as far as the signer's certificate stands in the same capture."""

from base64 import b64decode
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509

from v2xconform.protocols.iso15118.signatures import Verified, verify
from v2xconform.trace.capture import KeyLog
from v2xconform.trace.capture.decoding import Decoded, Decoder
from v2xconform.trace.capture.inputs import Trouble, units_of

CAPTURES = Path(__file__).resolve().parents[3].parent / "shared" / "data" / "captures"
Signed = tuple[str, str, Verified | None]


def signed_messages(path: Path) -> Iterator[Signed]:
    """Yield name, protocol and outcome of each signed message; None where the signer is not in the capture."""
    keys = path.with_suffix(".keys")
    decoder, contract = Decoder(), ""
    with path.open("rb") as file:
        for unit in units_of(file, KeyLog(keys.read_bytes()) if keys.exists() else KeyLog()):
            decoded = unit if isinstance(unit, Trouble) else decoder.decode(unit)
            if not isinstance(decoded, Decoded) or not isinstance(decoded.tree, dict):
                continue
            tree = decoded.tree
            name = next(iter(tree["Body"])) if "Body" in tree else decoded.name
            body = tree["Body"][name] if "Body" in tree else tree
            for holder in ("ContractSignatureCertChain", "PnC_AReqAuthorizationMode"):
                chain: dict[str, Any] = body.get(holder) or {} if isinstance(body, dict) else {}
                contract = chain.get("ContractCertificateChain", chain).get("Certificate", contract)
            header = tree.get("Header")
            if not isinstance(header, dict) or "Signature" not in header:
                continue
            signer = _signer(name, body) or (contract if name.endswith("Req") else "")
            if signer:
                key = x509.load_der_x509_certificate(b64decode(signer)).public_key()
                yield name, decoded.protocol, verify(decoded.protocol, tree, key)
            else:
                yield name, decoded.protocol, None


def _signer(name: str, body: dict[str, Any]) -> str:
    provisioning = body.get("OEMProvisioningCert") or body.get("OEMProvisioningCertificateChain", {}).get("Certificate")
    service = body.get("SAProvisioningCertificateChain", {}).get("Certificate")
    return str(provisioning or service or "")


@pytest.mark.skipif(not CAPTURES.is_dir(), reason="the captures are not here")
def test_signatures_in_captures() -> None:
    found = [one for path in sorted(CAPTURES.glob("*/*.pcap*")) for one in signed_messages(path)]
    outcomes = Counter(
        (protocol, name, verified.trustworthy if verified is not None else None) for name, protocol, verified in found
    )
    assert outcomes == {
        ("iso15118-2", "AuthorizationReq", True): 4,
        ("iso15118-2", "CertificateInstallationReq", True): 1,
        ("iso15118-2", "CertificateInstallationRes", True): 1,
        ("iso15118-2", "CertificateUpdateReq", True): 1,
        ("iso15118-2", "CertificateUpdateRes", True): 1,
        ("iso15118-2", "MeteringReceiptReq", True): 2,
        ("iso15118-20-common", "AuthorizationReq", True): 8,
        # RISE-V2G leaves the signature of its last receipt in the headers that follow.
        ("iso15118-2", "ChargingStatusReq", False): 7,
        ("iso15118-2", "PowerDeliveryReq", False): 1,
        # Tariffs are signed by a sub-CA of the mobility operator, which a session with EIM does not show.
        ("iso15118-2", "ChargeParameterDiscoveryRes", None): 4,
    }
    for name, _, verified in found:
        if verified is not None:
            assert verified.form == "xmldsig"
            assert verified.trustworthy or [issue.code for issue in verified.issues] == ["reference"]
        if name in ("CertificateInstallationRes", "CertificateUpdateRes"):
            assert verified is not None and len(verified.signed) == 4
