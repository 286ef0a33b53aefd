"""Turn the bundle of a run into what people read: one HTML file; and into what machines read: JUnit, OCPP messages.

`write_report` writes ``report.html``, `write_junit` ``junit.xml``, `write_open_ocpp_trace` lines for tools of others; all start
from `read_bundle`, which takes a folder as it is: finished, interrupted or damaged. This floor reads files and nothing else.
"""

from v2xconform.report.bundle import Bundle, NoBundleError, read_bundle
from v2xconform.report.junit import write_junit
from v2xconform.report.open_ocpp_trace import write_open_ocpp_trace
from v2xconform.report.page import Written, write_report
from v2xconform.report.summary import Summary, summarise

__all__ = [
    "Bundle",
    "NoBundleError",
    "Summary",
    "Written",
    "read_bundle",
    "summarise",
    "write_junit",
    "write_open_ocpp_trace",
    "write_report",
]
