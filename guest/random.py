"""Entropy of the machine: everything random that a guest sees comes from the seed."""

from __future__ import annotations

import hashlib


class RandomStream:
    """An endless, reproducible stream of bytes for one purpose.

    BLAKE2b in counter mode keyed by seed and purpose: streams of different purposes are independent, so that one more
    read of one of them does not change another. Stable across Python versions, unlike the `random` module's derived
    methods.
    """

    def __init__(self, seed: int, purpose: str) -> None:
        self._key = hashlib.blake2b(f"{seed}:{purpose}".encode()).digest()
        self._counter = 0
        self._rest = b""

    def bytes(self, size: int) -> bytes:
        """The next `size` bytes."""
        pieces = [self._rest]
        have = len(self._rest)
        while have < size:
            block = hashlib.blake2b(self._counter.to_bytes(8, "little"), key=self._key).digest()
            self._counter += 1
            pieces.append(block)
            have += len(block)
        data = b"".join(pieces)
        self._rest = data[size:]
        return data[:size]
