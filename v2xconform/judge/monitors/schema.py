"""The schema monitor: every payload must decode, every tree must satisfy its schema, every frame header must be right."""

from base64 import b64decode
from collections.abc import Iterator
from typing import Any

from v2xconform.judge.context import DELIBERATE, Context
from v2xconform.judge.finding import Finding, Severity, Whose
from v2xconform.protocols.exi import codec
from v2xconform.trace.events import Event
from v2xconform.trace.query import field_at

# Oddities of a decoded stream: code -> (requirement, severity). A stream that holds any other one breaks the schema.
_ODDITIES: dict[str, tuple[str, Severity]] = {
    "empty-value": ("X20-ExiForm", "NOTE"),
    "empty-element": (
        "X20-ExiForm",
        "NOTE",
    ),  # EXIficient writes empty strings so; an empty number breaks the schema anyway
    "trailing-bytes": ("X20-ExiForm", "SHOULD"),
    "padding": ("X20-ExiForm", "SHOULD"),
    "string-table-hit": ("V2G2-600", "MUST"),
}


class SchemaMonitor:
    """Judges form: EXI, schema, V2GTP and SDP headers of what the SUT sends; our own faults become tester faults."""

    name = "schema"

    def __init__(self, context: Context) -> None:
        self._sut = context.sut
        self._deliberate: set[int] = set()
        self._faulty: set[str] = set()
        """Values of the SUT that break a schema: the tester may have to repeat them."""

    def see(self, event: Event) -> Iterator[Finding]:
        """Yield what this event breaks."""
        if event.note == DELIBERATE:
            self._deliberate.add(event.id)
            return
        if event.kind not in ("message", "oddity", "undecodable", "fault"):
            return
        own = event.src != self._sut
        if own and (event.kind == "fault" or event.ref.get("message") in self._deliberate):
            return
        whose: Whose = "tester" if own else "sut"
        body = event.body if isinstance(event.body, dict) else {}
        if event.kind == "message" and event.layer != "sdp":
            for violation in codec(event.layer).validate(event.name, event.body):
                value = str(field_at(body, violation.path.replace("[", ".").replace("]", "")))
                if own and value in self._faulty:
                    continue  # we only repeat what the other side has assigned: SessionID, ParameterSetID …
                if not own:
                    self._faulty.add(value)
                severity: Severity = "NOTE" if _contradicted(violation.path, body) else "MUST"
                text = f"{event.name}.{violation.path}: {violation.text}"
                yield Finding("X20-Schema", severity, text, (event.id,), whose)
        elif event.kind == "oddity":
            requirement, severity = _ODDITIES.get(str(body.get("code")), ("X20-Schema", "MUST"))
            if body.get("code") == "trailing-bytes" and not _of_zeros(str(body.get("text", ""))):
                requirement, severity = "X20-V2gtpHeader", "MUST"  # the length counts what belongs to no message
            events = (event.id, int(event.ref["message"])) if "message" in event.ref else (event.id,)
            yield Finding(requirement, severity, f"{body.get('path', '')}: {body.get('text', '')}", events, whose)
        elif event.kind == "undecodable":
            text = f"a payload that is no valid EXI stream: {body.get('error', '')} (bit {body.get('bit', '?')})"
            yield Finding("X20-Exi", "MUST", text, (event.id,), whose)
        elif event.kind == "fault":
            sdp = "X20-Sdp" if self._sut == "secc" else "X20-SdpRequest"
            requirement = sdp if event.layer == "sdp" else "X20-V2gtpHeader"
            yield Finding(requirement, "MUST", str(body.get("text", event.name)), (event.id,), whose)

    def end(self, event: Event | None) -> Iterator[Finding]:
        """Nothing is left open at the end."""
        return iter(())


def _of_zeros(text: str) -> bool:
    """Tell whether bytes behind a document are zeros, as real cars pad their streams."""
    return set(text.rpartition(": ")[2]) <= set("0…")


def _contradicted(path: str, tree: dict[str, Any]) -> bool:
    """Tell whether the text of the standard wants what its schema forbids: 56 octets of X448 where 133 are fixed."""
    installation = tree.get("SignedInstallationData")
    if path != "SignedInstallationData.DHPublicKey" or not isinstance(installation, dict):
        return False
    public = installation.get("DHPublicKey")  # [V2G20-2495]
    return installation.get("ECDHCurve") == "X448" and isinstance(public, str) and len(b64decode(public)) == 56
