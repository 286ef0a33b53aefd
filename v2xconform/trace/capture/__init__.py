"""Captures of other tools: pcap and pcapng files, down to the V2GTP messages in them.

`read_capture` is the door; `SchemaChoice` says with which codec a message is to be read. The floors inside, bottom
up: packets (file formats), dissect (link layer, IP), reassembly (TCP), tls and tls_ciphers (records that a keylog
opens), frames (V2GTP), reader.
"""

from v2xconform.trace.capture.keylog import KeyLog
from v2xconform.trace.capture.packets import CaptureError, Remark, is_capture
from v2xconform.trace.capture.reader import Found, read_capture

__all__ = ["CaptureError", "Found", "KeyLog", "Remark", "is_capture", "read_capture"]
