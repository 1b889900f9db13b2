"""Content of a file in memory: chunks that exist where something was written, zeros elsewhere.

A file of the sysroot that the guest changes starts with its old content as `source`, which is read where it is still
needed and copied chunk by chunk where it is written.
"""

from __future__ import annotations

from typing import Protocol

from emulator.memory import PAGE_SIZE, OutOfMemory
from guest.abi.errno import E, Errno
from guest.mm.page_cache import PageCache, PageCaches

CHUNK_SIZE = 1 << 16


class ContentSource(Protocol):
    """Content that does not change and lies beneath."""

    @property
    def size(self) -> int: ...

    def pread(self, size: int, offset: int) -> bytes:
        """Up to `size` bytes at `offset`."""


class Budget:
    """Bytes that the files of one file system may take together."""

    def __init__(self, limit_bytes: int) -> None:
        self.limit_bytes = limit_bytes
        self.used_bytes = 0

    def take(self, size: int) -> None:
        """ENOSPC if it is not there."""
        if self.used_bytes + size > self.limit_bytes:
            raise Errno(E.ENOSPC)
        self.used_bytes += size

    def give(self, size: int) -> None:
        self.used_bytes -= size


class FileContent:
    """Bytes 0 to `size`, sparse."""

    def __init__(self, budget: Budget | None = None, source: ContentSource | None = None) -> None:
        self.size = source.size if source is not None else 0
        self.stored_bytes = 0
        """Memory that the chunks take."""
        self._budget = budget
        self._source = source
        self._source_end = self.size
        """The source counts up to here: a truncated file does not get its old content back by growing."""
        self._chunks: dict[int, bytearray] = {}
        # A chunk may be shorter than its size: the rest is zeros.
        self._holes: set[int] = set()
        # Chunks of the source that were punched out.
        self._pages: PageCache | None = None
        # Once the file was mapped, the pages of the mappings are the content, and what lies here only their source.

    def __del__(self) -> None:
        if self._budget is not None and self.stored_bytes:
            self._budget.give(self.stored_bytes)

    def read(self, offset: int, size: int) -> bytes:
        """Up to `size` bytes at `offset`; fewer at the end."""
        if self._pages is not None:
            return self._pages.read(offset, size)
        size = min(size, self.size - offset)
        if size <= 0:
            return b""
        index, start = divmod(offset, CHUNK_SIZE)
        if start + size <= CHUNK_SIZE:
            return self._piece(index, start, size)
        if not self._chunks and not self._holes and self._source is not None and offset + size <= self._source_end:
            return self._source.pread(size, offset)
        pieces: list[bytes] = []
        while size:
            piece = self._piece(index, start, min(size, CHUNK_SIZE - start))
            pieces.append(piece)
            size -= len(piece)
            index, start = index + 1, 0
        return b"".join(pieces)

    def write(self, offset: int, data: bytes | memoryview) -> int:
        """Store `data`, which makes the file longer if need be (ENOSPC); how many bytes were stored."""
        if self._pages is not None:
            try:
                done = self._pages.write(offset, data)
            except OutOfMemory:
                raise Errno(E.ENOSPC) from None
            self.size = self._pages.size
            return done
        size, done = len(data), 0
        index, start = divmod(offset, CHUNK_SIZE)
        while done < size:
            length = min(size - done, CHUNK_SIZE - start)
            try:
                chunk = self._own(index)
                grow = start + length - len(chunk)
                if grow > 0:
                    self._take(grow)
            except Errno:
                if not done:
                    raise
                break
            if start > len(chunk):
                chunk.extend(bytes(start - len(chunk)))
            chunk[start : start + length] = data[done : done + length]
            done += length
            index, start = index + 1, 0
        self.size = max(self.size, offset + done)
        return done

    def truncate(self, size: int) -> None:
        """Cut, or grow by zeros that take no memory."""
        if self._pages is not None:
            self._pages.truncate(size)
            self.size = size
            return
        if size < self.size:
            self._source_end = min(self._source_end, size)
            last, rest = divmod(size, CHUNK_SIZE)
            if len(self._chunks) <= self.size // CHUNK_SIZE - last:
                beyond = [index for index in self._chunks if index > last or (index == last and not rest)]
            else:
                beyond = list(range(last + (rest > 0), self.size // CHUNK_SIZE + 1))
            for index in beyond:
                self._drop(index)
            chunk = self._chunks.get(last)
            if chunk is not None and len(chunk) > rest:
                self._give(len(chunk) - rest)
                del chunk[rest:]
        self.size = size

    def punch(self, offset: int, size: int) -> None:
        """Make a range read as zeros; whole chunks in it take no memory any more. The size stays."""
        if self._pages is not None:
            self._pages.punch(offset, size)
            return
        end = min(offset + size, self.size)
        first, start = divmod(offset, CHUNK_SIZE)
        last, stop = divmod(end, CHUNK_SIZE)
        if stop and end == self.size:
            last, stop = last + 1, 0
        if first == last:
            self._zero(first, start, stop)
            return
        if start:
            self._zero(first, start, CHUNK_SIZE)
            first += 1
        if stop:
            self._zero(last, 0, stop)
        for index in [index for index in self._chunks if first <= index < last]:
            self._drop(index)
        self._holes.update(range(first, min(last, -(-self._source_end // CHUNK_SIZE))))

    def _zero(self, index: int, start: int, stop: int) -> None:
        """Clear a part of a chunk, if there is anything in it."""
        if stop > start and self._is_data(index):
            chunk = self._own(index)
            stop = min(stop, len(chunk))
            if stop > start:
                chunk[start:stop] = bytes(stop - start)

    def has_writable_mapping(self) -> bool:
        """Whether a program may still store into the content through a shared mapping."""
        return self._pages is not None and self._pages.has_writable_mapping()

    def pages(self, caches: PageCaches) -> PageCache:
        """The content as pages that can be mapped; from now on they hold it."""
        if self._pages is None:
            content = FileContent(source=self._source)
            content.size, content._source_end = self.size, self._source_end
            content._chunks, content._holes = self._chunks, self._holes
            self._pages = PageCache(caches.physical, self.size, lambda size, offset: content.read(offset, size))
        return self._pages

    def next_data(self, offset: int) -> int | None:
        """Where the first byte at or after `offset` is that does not belong to a hole; None if there is none."""
        index = offset // CHUNK_SIZE
        if self._is_data(index):
            return offset if offset < self.size else None
        later = [other for other in self._chunks if other > index]
        following = min(later) if later else None
        if self._source_end > offset:
            for other in range(index + 1, -(-self._source_end // CHUNK_SIZE)):
                if following is not None and other >= following:
                    break
                if other not in self._holes:
                    following = other
                    break
        return None if following is None or following * CHUNK_SIZE >= self.size else following * CHUNK_SIZE

    def next_hole(self, offset: int) -> int:
        """Where the first hole at or after `offset` begins; the end of the file counts as one."""
        index = offset // CHUNK_SIZE
        if not self._is_data(index):
            return offset
        while self._is_data(index):
            index += 1
        return min(index * CHUNK_SIZE, self.size)

    def _is_data(self, index: int) -> bool:
        if self._pages is not None:
            first = index * CHUNK_SIZE // PAGE_SIZE
            return any(self._pages.has(page) for page in range(first, first + CHUNK_SIZE // PAGE_SIZE))
        return index in self._chunks or self._in_source(index)

    def _in_source(self, index: int) -> bool:
        return index * CHUNK_SIZE < self._source_end and index not in self._holes

    def _piece(self, index: int, start: int, size: int) -> bytes:
        chunk = self._chunks.get(index)
        if chunk is not None:
            data = bytes(chunk[start : start + size])
        elif self._source is not None and self._in_source(index):
            offset = index * CHUNK_SIZE + start
            data = self._source.pread(max(min(size, self._source_end - offset), 0), offset)
        else:
            return bytes(size)
        return data if len(data) == size else data + bytes(size - len(data))

    def _own(self, index: int) -> bytearray:
        """The chunk, to be changed: with what the source has for it."""
        chunk = self._chunks.get(index)
        if chunk is None:
            chunk = bytearray()
            if self._source is not None and self._in_source(index):
                length = min(CHUNK_SIZE, self._source_end - index * CHUNK_SIZE)
                self._take(length)
                chunk += self._source.pread(length, index * CHUNK_SIZE)
            self._chunks[index] = chunk
            self._holes.discard(index)
        return chunk

    def _drop(self, index: int) -> None:
        chunk = self._chunks.pop(index, None)
        if chunk is not None:
            self._give(len(chunk))
        self._holes.discard(index)

    def _take(self, size: int) -> None:
        if self._budget is not None:
            self._budget.take(size)
        self.stored_bytes += size

    def _give(self, size: int) -> None:
        if self._budget is not None:
            self._budget.give(size)
        self.stored_bytes -= size
