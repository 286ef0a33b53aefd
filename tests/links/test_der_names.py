"""Distinguished names out of DER, compared with what the library writes for the same name."""

import pytest
from cryptography import x509
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import strategies as st

from v2xconform.links.der_names import name_text


def name(*pairs: tuple[x509.ObjectIdentifier, str]) -> x509.Name:
    return x509.Name([x509.NameAttribute(oid, value) for oid, value in pairs])


@pytest.mark.parametrize(
    "example",
    [
        name(
            (NameOID.COUNTRY_NAME, "DE"),
            (NameOID.ORGANIZATION_NAME, "Prüfstelle, Köln"),
            (NameOID.COMMON_NAME, "V2G root"),
        ),
        name((NameOID.DOMAIN_COMPONENT, "V2G"), (NameOID.COMMON_NAME, "x" * 60), (NameOID.USER_ID, "y" * 200)),
        x509.Name([]),
    ],
    ids=["plain", "long", "empty"],
)
def test_a_name_reads_as_the_library_writes_it(example: x509.Name) -> None:
    assert name_text(example.public_bytes()) == example.rfc4514_string()


@given(st.binary(max_size=60))
def test_nothing_raises(der: bytes) -> None:
    assert isinstance(name_text(der), str)


@given(st.integers(0, 40), st.integers(0, 255))
def test_a_spoiled_name_is_hexadecimal_or_another_name(position: int, octet: int) -> None:
    der = bytearray(name((NameOID.COUNTRY_NAME, "DE"), (NameOID.COMMON_NAME, "V2G root CA")).public_bytes())
    der[position % len(der)] = octet
    assert name_text(bytes(der))
