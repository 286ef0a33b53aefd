"""The opening handshake of OCPP-J: identity in the path, choice of the subprotocol, Basic authentication (Part 4, ch. 3)."""

import binascii
from base64 import b64decode, b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote, unquote, urlsplit

IDENTITY_CHARACTERS: Final = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789*-_=:+|@.")
"""identifierString (Part 2, data types); an identity has no colon besides."""
MAX_IDENTITY: Final = 48
DEFAULT_PORTS: Final = {"ws": 80, "wss": 443}


class EndpointError(ValueError):
    """A URL that is none of a CSMS; the text says what would be right."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a CSMS is reached."""

    secure: bool
    host: str
    port: int
    path: str
    """Path of the endpoint without the identity, without a slash at its end."""

    def url(self) -> str:
        """Return it as text."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{'wss' if self.secure else 'ws'}://{host}:{self.port}{self.path}"

    def target(self, identity: str) -> str:
        """Return the request target for a station: the path with its identity, percent-encoded (Part 4 3.1.1)."""
        return f"{self.path}/{quote(identity, safe='')}"


def endpoint(url: str) -> Endpoint:
    """Return a CSMS URL (ws:// or wss://) in parts. Raises EndpointError."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise EndpointError(f"{url!r} is no URL: {error}") from None
    if parts.scheme not in DEFAULT_PORTS or not parts.hostname:
        raise EndpointError(f"{url!r} is not the URL of a CSMS, as in ws://192.0.2.1:9000/ocpp or wss://csms.example")
    return Endpoint(
        parts.scheme == "wss", parts.hostname, port or DEFAULT_PORTS[parts.scheme], parts.path.rstrip("/")
    )  # fmt: skip


def identity_of(target: str) -> str:
    """Return the identity at the end of a request target, percent-decoded."""
    return unquote(target.partition("?")[0].rpartition("/")[2])


def identity_problem(identity: str) -> str:
    """Return what is wrong with an identity, empty when nothing is (Part 4 3.1.1, A00.FR.204)."""
    if not identity:
        return "the identity is empty"
    if len(identity) > MAX_IDENTITY:
        return f"the identity has {len(identity)} characters; {MAX_IDENTITY} are the most"
    strange = sorted(set(identity) - IDENTITY_CHARACTERS | ({":"} & set(identity)))
    return f"the identity holds {' '.join(strange)}, which no identity may" if strange else ""


def choose(offered: Sequence[str], supported: Sequence[str]) -> str:
    """Return the first offered subprotocol that is supported, empty when there is none (Part 4 3.1.2)."""
    return next((name for name in offered if name in supported), "")


def basic(user: str, password: str) -> str:
    """Return the value of an Authorization header; the password goes as UTF-8 text ([A00.FR.205])."""
    return "Basic " + b64encode(f"{user}:{password}".encode()).decode()


def credentials(header: str) -> tuple[str, str] | None:
    """Return user and password of an Authorization header, None when it is no readable Basic one."""
    scheme, _, value = header.strip().partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        user, colon, password = b64decode(value.strip(), validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return None
    return (user, password) if colon else None
