"""The monitor of tariffs (2.1): a tariffId names one tariff for ever, since costs of the past refer to it ([I08.FR.08])."""

from collections.abc import Iterator
from typing import Any

from v2xconform.judge.context import DELIBERATE, Context
from v2xconform.judge.finding import Finding, Whose
from v2xconform.trace.events import Event


class TariffsMonitor:
    """Sees all tariffs that a CSMS gives a station."""

    name = "ocpp-tariffs"

    def __init__(self, context: Context) -> None:
        self._whose: Whose = "sut" if context.sut == "csms" else "tester"
        self._known: dict[str, tuple[dict[str, Any], Event]] = {}

    def see(self, event: Event) -> Iterator[Finding]:
        """Yield what this event breaks."""
        if event.kind != "message" or event.layer != "ocpp2.1" or event.src != "csms" or event.note == DELIBERATE:
            return
        tariff = event.body.get("tariff") if isinstance(event.body, dict) else None
        if not isinstance(tariff, dict):
            return
        content = {key: value for key, value in tariff.items() if key not in ("validFrom", "customData")}
        known, first = self._known.setdefault(str(tariff.get("tariffId")), (content, event))
        if known != content:
            text = f"the tariffId {tariff.get('tariffId')} is that of another tariff"
            yield Finding("I08.FR.08", "MUST", text, (first.id, event.id), self._whose)

    def end(self, event: Event | None) -> Iterator[Finding]:
        """Nothing is left open at the end."""
        return iter(())
