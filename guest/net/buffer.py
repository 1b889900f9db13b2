"""Bytes and messages on their way to a receiver."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from guest.net.ancillary import Ancillary

_SKB_OVERHEAD = 256
_SHARED_INFO = 320
_LARGEST_SLAB = 8192
_PAGE = 4096


def truesize(size: int) -> int:
    """What a message of `size` bytes counts against buffer limits: with the kernel's own structures
    (SKB_TRUESIZE of linux/skbuff.h; a head in a power-of-two slab, the rest in pages).
    """
    head = (size + 63 & ~63) + _SHARED_INFO
    if head <= _LARGEST_SLAB:
        return (1 << (head - 1).bit_length()) + _SKB_OVERHEAD
    return (head + _PAGE - 1) // _PAGE * _PAGE + _SKB_OVERHEAD


class Segment:
    """What one call sent, or what is left of it."""

    __slots__ = ("ancillary", "charge", "data")

    def __init__(self, data: bytes | memoryview, ancillary: Ancillary | None, charge: int) -> None:
        self.data = data
        self.ancillary = ancillary
        self.charge = charge


class StreamBuffer:
    """One direction of a connection: a queue of segments. Bytes are never moved, only cut."""

    __slots__ = ("charged", "segments", "size")

    def __init__(self) -> None:
        self.segments: deque[Segment] = deque()
        self.size = 0
        """Bytes."""
        self.charged = 0
        """Bytes as they count against the limit."""

    def push(self, data: bytes | memoryview, ancillary: Ancillary | None, charge: int) -> None:
        """Add at the end; `data` must never change."""
        self.segments.append(Segment(data, ancillary, charge))
        self.size += len(data)
        self.charged += charge

    def take(self, size: int) -> bytes | memoryview:
        """Remove and give up to `size` bytes, whatever came with them."""
        segments = self.segments
        first = segments[0]
        length = len(first.data)
        if length == size or (length < size and len(segments) == 1):
            segments.popleft()
            self.size -= length
            self.charged -= first.charge
            return first.data
        pieces: list[bytes | memoryview] = []
        left = min(size, self.size)
        self.size -= left
        while left:
            first = segments[0]
            length = len(first.data)
            if length <= left:
                segments.popleft()
                self.charged -= first.charge
                pieces.append(first.data)
                left -= length
            else:
                view = memoryview(first.data)
                pieces.append(view[:left])
                first.data = view[left:]
                left = 0
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    def peek(self, size: int) -> bytes:
        """Up to `size` bytes, which stay."""
        pieces: list[bytes | memoryview] = []
        for segment in self.segments:
            if size <= 0:
                break
            pieces.append(memoryview(segment.data)[:size])
            size -= len(segment.data)
        return b"".join(pieces)

    def clear(self) -> None:
        """Drop everything, files on their way included."""
        segments, self.segments = self.segments, deque()
        self.size = self.charged = 0
        for segment in segments:
            if segment.ancillary is not None:
                segment.ancillary.release()
