"""Two levels of caches as lists in Python: an independent model to hold the compiled ones against."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class Counts:
    """What one cache did."""

    reads: int = 0
    writes: int = 0
    read_misses: int = 0
    write_misses: int = 0
    writebacks: int = 0


@dataclass
class LruCache:
    """Write-back, write-allocate; each set is a list of lines, the one used last at its end, or with `fifo` the one
    that came last.
    """

    sets: int
    ways: int
    fifo: bool = False
    counts: Counts = field(default_factory=Counts)
    written: set[int] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.lines: list[list[int]] = [[] for _ in range(self.sets)]

    def access(self, line: int, *, write: bool) -> tuple[bool, int | None]:
        """Whether the line was there, and the written line that had to leave for it, if one had."""
        kind = "write" if write else "read"
        setattr(self.counts, f"{kind}s", getattr(self.counts, f"{kind}s") + 1)
        lines = self.lines[line % self.sets]
        hit, victim = line in lines, None
        if hit:
            if not self.fifo:
                lines.remove(line)
                lines.append(line)
        else:
            setattr(self.counts, f"{kind}_misses", getattr(self.counts, f"{kind}_misses") + 1)
            if len(lines) == self.ways and (oldest := lines.pop(0)) in self.written:
                self.written.remove(oldest)
                self.counts.writebacks += 1
                victim = oldest
            lines.append(line)
        if write:
            self.written.add(line)
        return hit, victim


@dataclass
class TwoLevels:
    """A first-level cache before a second-level one."""

    l1: LruCache
    l2: LruCache

    def access(self, line: int, *, write: bool) -> None:
        """A miss reads the line from the second level, then writes the one that leaves to it."""
        hit, victim = self.l1.access(line, write=write)
        if not hit:
            self.l2.access(line, write=False)
        if victim is not None:
            self.l2.access(victim, write=True)
