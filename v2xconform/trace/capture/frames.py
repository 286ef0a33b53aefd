"""Find V2GTP frames in what a capture shows: any port, damaged streams, starts in the middle (ISO 15118-2, 7.8.3).

A device's framer refuses a broken header; a reader of captures has to find the next good one. So this finder locks on
to a plausible header, stays locked while frames follow each other, and searches again after a gap or a fault.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from v2xconform.protocols.v2gtp import HEADER_LENGTH, INVERSE, PAYLOAD_TYPES, VERSION, check_header
from v2xconform.trace.capture.reassembly import Stamp

LONGEST_PAYLOAD: Final = 262_144
"""Longest payload that counts as plausible, in octets; real V2G messages stay below 64 KiB."""
_PREAMBLE: Final = bytes((VERSION, INVERSE))


@dataclass(frozen=True, slots=True)
class Frame:
    """One V2GTP frame with the packet that completed it."""

    payload_type: int
    payload: bytes
    stamp: Stamp


def plausible(header: bytes) -> bool:
    """Tell whether 8 octets look like the header of a frame that a V2G device would send."""
    if header[:2] != _PREAMBLE or len(header) < HEADER_LENGTH:
        return False
    return int.from_bytes(header[2:4], "big") in PAYLOAD_TYPES and 0 < _length(header) <= LONGEST_PAYLOAD


def frame_in_datagram(data: bytes, stamp: Stamp) -> Frame | None:
    """Return the frame of a UDP datagram, or None if it holds none or not all of it."""
    if not plausible(data[:HEADER_LENGTH]) or HEADER_LENGTH + _length(data) > len(data):
        return None
    return Frame(int.from_bytes(data[2:4], "big"), data[HEADER_LENGTH : HEADER_LENGTH + _length(data)], stamp)


def _length(header: bytes | bytearray) -> int:
    return int.from_bytes(header[4:8], "big")


class FrameFinder:
    """Cut the frames out of one direction of a stream: give octets to `take`, tell gaps to `gap`, the end to `end`.

    Frames go to `found` and faults to `fault` (text, packet, whether a message was lost), in the order of the stream.
    """

    def __init__(
        self, found: Callable[[Frame], None], fault: Callable[[str, int, bool], None], *, whole: bool = True
    ) -> None:
        self._found = found
        self._fault = fault
        self._buffer = bytearray()
        self._locked = False
        self._whole = whole
        self._skipped = 0
        self._packet = 0
        self.frames = 0
        """Frames found so far."""

    def take(self, data: bytes, stamp: Stamp) -> None:
        """Take the next octets of the stream."""
        buffer = self._buffer
        buffer += data
        self._packet = stamp.packet
        while len(buffer) >= HEADER_LENGTH:
            header = bytes(buffer[:HEADER_LENGTH])
            if plausible(header) or (self._locked and check_header(header, LONGEST_PAYLOAD) is None):
                end = HEADER_LENGTH + _length(header)
                self._locked = True
                if len(buffer) < end:
                    return
                frame = Frame(int.from_bytes(header[2:4], "big"), bytes(buffer[HEADER_LENGTH:end]), stamp)
                del buffer[:end]
                self._report_skipped(stamp)
                self.frames += 1
                self._found(frame)
            elif self._locked:
                self._skip_fault(header, stamp)
            elif not self._search():
                return

    def gap(self, missing: int, stamp: Stamp) -> None:
        """Forget the message under way: `missing` octets are not in the capture. The search starts anew."""
        if self._locked:
            cut = f", a message was cut after {len(self._buffer)} octets" if self._buffer else ""
            self._fault(
                f"{missing} octets are not in the capture{cut}; going on at the next header", stamp.packet, True
            )
        self._buffer.clear()
        self._locked = False

    def end(self) -> None:
        """Say so if a message is incomplete: the stream or the capture is over."""
        if self._locked and self._buffer:
            held = len(self._buffer)
            wanted = "its header"
            if held >= HEADER_LENGTH:
                wanted = f"{HEADER_LENGTH + _length(self._buffer)} octets"
            self._fault(f"the last message is cut: {held} octets of {wanted}", self._packet, True)
        self._buffer.clear()

    def _skip_fault(self, header: bytes, stamp: Stamp) -> None:
        """Report a frame with a broken header; skip it if its length leads to the end or to another frame."""
        fault = check_header(header, LONGEST_PAYLOAD)
        buffer = self._buffer
        end = HEADER_LENGTH + _length(header)
        after = bytes(buffer[end : end + 2])
        if end <= len(buffer) and after in (b"", _PREAMBLE, _PREAMBLE[:1]):
            shown = bytes(buffer[:end][:64]).hex() + ("…" if end > 64 else "")
            del buffer[:end]
        else:
            shown = header.hex()
            self._locked = False
            del buffer[:1]
        self._fault(f"V2GTP header: {fault.text if fault else 'unknown fault'} ({shown})", stamp.packet, True)

    def _search(self) -> bool:
        """Drop octets up to the next place where a header may begin; False if more octets are needed."""
        buffer = self._buffer
        at = buffer.find(_PREAMBLE, 1)
        found = at >= 0
        if not found:
            # The last octet may be the first one of a preamble.
            at = len(buffer) - (1 if buffer[-1] == _PREAMBLE[0] else 0)
        self._skipped += at
        del buffer[:at]
        return found

    def _report_skipped(self, stamp: Stamp) -> None:
        """Tell of octets before the first frame of a stream whose beginning was seen: they should have been one."""
        if self._whole and self._skipped and not self.frames:
            self._fault(f"{self._skipped} octets before the first V2GTP frame are none", stamp.packet, True)
        self._skipped = 0
