"""What the ends of an OCPP link bring to TLS: security profiles 2 and 3, certificates from recipes or files."""

from cryptography import x509

from v2xconform.lab.roles import Role
from v2xconform.lab.sut import OcppReach


def ocpp_trust(reach: OcppReach, role: Role, utc: float) -> tuple[x509.Certificate, ...]:
    """Return the anchors to which the certificates of the peer of `role` must lead; none without TLS. Raises LabError."""
    return ()
