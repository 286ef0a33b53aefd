"""The content monitor: applies the content rules to each message of the SUT (and to our own, as tester faults)."""

from collections.abc import Iterator

from v2xconform.judge.context import DELIBERATE, Context
from v2xconform.judge.finding import Finding, Severity
from v2xconform.judge.monitors.charger_rules import CHARGER_RULES, CHARGER_TRANSPORT_RULES, CODE_RULES
from v2xconform.judge.monitors.content_rules import RULES, TRANSPORT_RULES, Rule
from v2xconform.judge.monitors.value_rules import VALUE_RULES
from v2xconform.judge.monitors.vehicle_rules import VEHICLE_RULES
from v2xconform.judge.session_facts import SessionFacts
from v2xconform.trace.events import Event
from v2xconform.trace.query import is_protocol_message, response_code

_BY_MESSAGE: dict[str, list[Rule]] = {}
_NEED_TLS = (*TRANSPORT_RULES, *CHARGER_TRANSPORT_RULES)
for _rule in (*CODE_RULES, *RULES, *CHARGER_RULES, *VEHICLE_RULES, *VALUE_RULES, *_NEED_TLS):
    for _name in _rule.messages:
        _BY_MESSAGE.setdefault(_name, []).append(_rule)


class ContentMonitor:
    """Judges what messages say, in the light of what the two sides agreed before."""

    name = "content"

    def __init__(self, context: Context) -> None:
        self._context = context
        self._facts = SessionFacts()
        self._misled = False

    def see(self, event: Event) -> Iterator[Finding]:
        """Yield what this event breaks."""
        if event.kind == "open" and event.layer == "tcp":
            self._misled = False
        self._facts.see(event)
        if not is_protocol_message(event):
            return
        if event.src != self._context.sut:
            # After a message that is wrong on purpose, rules that look back at it would blame the wrong side.
            self._misled = self._misled or event.note == DELIBERATE
            return
        if self._misled:
            return
        failed = response_code(event).startswith("FAILED")
        for rule in _BY_MESSAGE.get(event.name, ()):
            if failed and rule not in CODE_RULES:
                continue  # a FAILED response means nothing but its code; its other fields are fillers
            severity: Severity = rule.severity
            if rule in _NEED_TLS and self._context.transport == "tcp":
                severity = "NOTE"
            for text in rule.check(event.body, self._facts):
                yield Finding(rule.requirement, severity, f"{event.name}: {text}", (event.id,))

    def end(self, event: Event | None) -> Iterator[Finding]:
        """Nothing is left open at the end."""
        return iter(())
