"""The signing meter of a station: meter values as OCMF texts, signed with ECDSA over P-256."""

import base64
import hashlib
import json
from dataclasses import dataclass, field

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from v2xconform.emulators.station.block import Payload


@dataclass(slots=True)
class SignedMeter:
    """One meter; its key is made when it is needed first."""

    counter: int = 0
    _key: ec.EllipticCurvePrivateKey | None = field(default=None)

    def sign(self, evse: int, reading: Payload, time: str) -> Payload:
        """Return the SignedMeterValueType of a reading."""
        self.counter += 1
        body = {
            "FV": "1.0", "GI": "v2xconform", "MS": f"EVSE{evse}", "PG": f"T{self.counter}",
            "RD": [{"TM": time, "RV": reading["value"], "RI": "1-b:1.8.0", "RU": "Wh", "ST": "G"}],
        }  # fmt: skip
        text = json.dumps(body, separators=(",", ":"))
        signature = self._secret().sign(text.encode(), ec.ECDSA(hashes.SHA256()))
        signed = f'OCMF|{text}|{{"SA":"ECDSA-secp256r1-SHA256","SD":"{signature.hex()}"}}'
        return {
            "signedMeterData": base64.b64encode(signed.encode()).decode(),
            "signingMethod": "ECDSA-secp256r1-SHA256", "encodingMethod": "OCMF", "publicKey": self._public(),
        }  # fmt: skip

    def _secret(self) -> ec.EllipticCurvePrivateKey:
        if self._key is None:
            seed = int.from_bytes(hashlib.sha256(b"signing meter of the lab").digest(), "big")
            self._key = ec.derive_private_key(seed % (2**255) + 1, ec.SECP256R1())
        return self._key

    def _public(self) -> str:
        form = serialization.PublicFormat.SubjectPublicKeyInfo
        return base64.b64encode(self._secret().public_key().public_bytes(serialization.Encoding.DER, form)).decode()
