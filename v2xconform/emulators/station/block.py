"""What the blocks of a station share: how a request of the CSMS is handled, and how it is refused."""

from collections.abc import Callable
from typing import Any

Payload = dict[str, Any]


class Refused(Exception):  # noqa: N818 - an answer: the CSMS gets a CALLERROR
    """Raised by a handler to answer with CALLERROR."""

    def __init__(self, code: str, description: str = "") -> None:
        super().__init__(description or code)
        self.code = code
        self.description = description


Handler = Callable[[Payload, float], Payload]
"""Takes the payload of a valid request and the instant; returns that of the response. May raise `Refused`.

What has to follow the response (reports, resets, status changes) is planned with ``station.agenda.at(now, …)``: the agenda
is looked at only after the response has been sent ([Part 2 FR.05]).
"""

Triggered = Callable[[float], None] | str | None
"""What a block says to TriggerMessage: how to send the message that is asked for (called with the instant, once the
response has gone out), a TriggerMessageStatus (Rejected, NotImplemented) where it will not, None where the message is not its.

A block that has messages to trigger offers ``trigger(payload, now) -> Triggered`` with the payload of TriggerMessageRequest;
`remote_control` asks the blocks in turn and answers NotImplemented where none has the message ([F06.FR.08]). While the boot is
pending the message must go out all the same: send it with ``station.call(…, before_boot=True)`` ([B02.FR.02]).
"""


def status_info(reason: str, text: str = "") -> Payload:
    """Return a statusInfo; reason codes are those of the appendix of Part 2."""
    return {"reasonCode": reason, **({"additionalInfo": text} if text else {})}
