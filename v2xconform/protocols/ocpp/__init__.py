"""OCPP-J 2.0.1 and 2.1: frames, schemas, rules and sessions without I/O.

The name of a version is that of its WebSocket subprotocol; the trace, the command line and lab files use it too.
Messages are named as their schemas: ``BootNotificationRequest``, ``BootNotificationResponse``; the error frames, which
have no schema, are `CALL_ERROR` and `CALL_RESULT_ERROR`.
"""

from typing import Final, Literal

Version = Literal["ocpp2.0.1", "ocpp2.1"]
VERSIONS: Final[tuple[Version, ...]] = ("ocpp2.0.1", "ocpp2.1")

CALL_ERROR: Final = "CallError"
CALL_RESULT_ERROR: Final = "CallResultError"


def is_ocpp(layer: str) -> bool:
    """Tell whether a layer of the trace is a version of OCPP."""
    return layer in VERSIONS


def ends_connection(layer: str, kind: str) -> bool:
    """Tell whether an event of this layer and kind is the end of a connection, orderly or not: a reset says so on TCP alone."""
    return kind == "close" and layer in ("websocket", "tcp", "tls")
