"""What the blocks of a CSMS share: how a request of a station is handled, and how it is refused."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from v2xconform.emulators.csms.session import StationSession

Payload = dict[str, Any]


class Refused(Exception):  # noqa: N818 - an answer: the station gets a CALLERROR
    """Raised by a handler to answer with CALLERROR."""

    def __init__(self, code: str, description: str = "") -> None:
        super().__init__(description or code)
        self.code = code
        self.description = description


Handler = Callable[["StationSession", Payload, float], Payload]
"""Takes the session of the station, the payload of a valid request and the instant; returns that of the response.

What has to follow the response is planned with ``session.agenda.at(now, …)``.
"""
