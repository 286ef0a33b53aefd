"""Turn the bundle of a run into what people read: one HTML file, and JUnit for machines.

`write_report` writes ``report.html``, `write_junit` writes ``junit.xml``; both start from `read_bundle`, which takes a
folder as it is: finished, interrupted or damaged. This floor reads files and nothing else.
"""

from v2xconform.report.bundle import Bundle, NoBundleError, read_bundle
from v2xconform.report.junit import write_junit
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
    "write_report",
]
