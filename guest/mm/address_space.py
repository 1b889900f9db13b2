"""One process's address space: what Linux calls mm_struct.

Raises `Errno` with the number that the system call of the same name gives. Threads share the object.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from emulator.memory import PAGE_SIZE, GuestMemory, HostMemoryExhausted, Protection
from guest.abi.constants import RLIM_INFINITY
from guest.abi.errno import E, Errno
from guest.costs import WorkCounters
from guest.futex_table import FutexTable
from guest.mm.layout import (
    DEFAULT_STACK_LIMIT,
    MMAP_MIN_ADDRESS,
    STACK_GROWTH,
    STACK_GUARD_GAP,
    Layout,
    page_down,
    page_up,
)
from guest.mm.vma import MappedFile, Vma, VmaList

MAX_MAP_COUNT = 65530
"""vm.max_map_count: more areas give ENOMEM."""
_COPY_CHUNK = 1 << 20
_READ_WRITE = Protection.READ | Protection.WRITE
_ANY_ACCESS = Protection.READ | Protection.WRITE | Protection.EXECUTE


def allows(protection: Protection, access: Protection) -> bool:
    """Whether an area's protection permits an access.

    On arm64 without enhanced privileged-access-never, any of the three rights makes a page readable
    (`arch/arm64/mm/fault.c`, do_page_fault).
    """
    if access & Protection.WRITE:
        return bool(protection & Protection.WRITE)
    if access & Protection.EXECUTE:
        return bool(protection & Protection.EXECUTE)
    return bool(protection & _ANY_ACCESS)


class AddressSpace:
    """VMAs, heap and stack over a `GuestMemory`, with a limit on the bytes that a program may write."""

    def __init__(
        self, memory: GuestMemory, *, limit_bytes: int, layout: Layout | None = None, work: WorkCounters | None = None
    ) -> None:
        self.memory = memory
        self.limit_bytes = limit_bytes
        self.layout = layout or Layout()
        self.work = work or WorkCounters()
        self.vmas = VmaList()
        self.futexes = FutexTable()
        # Copies of RLIMIT_STACK, RLIMIT_DATA and RLIMIT_AS, set by prlimit64: the limits belong to the process.
        self.stack_limit_bytes = DEFAULT_STACK_LIMIT
        self.data_limit_bytes = RLIM_INFINITY
        self.address_limit_bytes = RLIM_INFINITY
        self.mmap_base = self.layout.mmap_base(self.stack_limit_bytes)
        self.brk_start = self.brk_end = 0
        self.arguments = (0, 0)
        """Addresses of the argument strings, for /proc/self/cmdline."""
        self.environment = (0, 0)
        self.auxiliary_vector = b""
        self.executable: bytes = b""
        """Guest path of the program, for /proc/self/exe."""
        self.peak_bytes = 0
        self.refusals = 0
        """How often a request was refused because `limit_bytes` would be exceeded."""

    @property
    def mapped_bytes(self) -> int:
        """Size of all areas."""
        return sum(area.size for area in self.vmas)

    # -- mmap, munmap, mprotect --------------------------------------------------------------------------------

    def map(
        self,
        address: int,
        size: int,
        protection: Protection,
        *,
        fixed: bool = False,
        replace: bool = True,
        shared: bool = False,
        file: MappedFile | None = None,
        offset: int = 0,
        name: bytes = b"",
        grows_down: bool = False,
    ) -> int:
        """Map `size` bytes (rounded up to pages) and give their address.

        `address` is a hint unless `fixed`; a fixed mapping takes the place of others unless not `replace` (EEXIST). A
        file's content is read in now; what lies beyond its end is zero (Linux: SIGBUS for whole pages beyond).
        """
        if size <= 0:
            raise Errno(E.EINVAL)
        size = page_up(size)
        if size > self.layout.task_size:
            raise Errno(E.ENOMEM)
        if fixed:
            self._check_fixed(address, size)
            if not replace and self.vmas.overlapping(address, address + size):
                raise Errno(E.EEXIST)
            replaced = [area.slice(address, address + size) for area in self.vmas.overlapping(address, address + size)]
        else:
            address = self._place(address, size)
            replaced = []
        self._check_limits(
            size if protection & Protection.WRITE else 0, size, freed=sum(area.charged_bytes for area in replaced),
            freed_total=sum(area.size for area in replaced),
        )  # fmt: skip
        if replaced:
            self._remove(address, address + size)
        self._host_map(address, size, _hardware(protection))
        if file is not None:
            self._read_in(file, offset, address, size)
            name = name or file.path
        self._insert(Vma(address, address + size, protection, name, file, offset if file else 0, shared, grows_down))
        self.work.mapping += 1
        return address

    def unmap(self, address: int, size: int) -> None:
        """Remove every mapping in the range (EINVAL if it is not page-aligned, empty or outside the user half)."""
        size = page_up(size)
        if address % PAGE_SIZE or size <= 0 or address < 0 or address + size > self.layout.task_size:
            raise Errno(E.EINVAL)
        self._remove(address, address + size)
        self.work.mapping += 1

    def protect(self, address: int, size: int, protection: Protection) -> None:
        """Change the protection of the range. As Linux does, what lies before the first hole is changed, then
        ENOMEM.
        """
        size = page_up(size)
        if address % PAGE_SIZE:
            raise Errno(E.EINVAL)
        if size == 0:
            return
        end = address + size
        if size < 0 or end > self.layout.task_size:
            raise Errno(E.ENOMEM)
        position = address
        for area in self.vmas.overlapping(address, end):
            if area.start > position:
                break
            part = area.slice(address, end)
            if protection & Protection.WRITE:
                self._check_limits(part.size, 0, freed=part.charged_bytes)
            self._replace_protection(part, protection)
            position = part.end
        self.work.mapping += 1
        if position < end:
            raise Errno(E.ENOMEM)

    def discard(self, address: int, size: int) -> None:
        """Give private pages back (MADV_DONTNEED): anonymous ones read as zero, those of files as the file is now."""
        for area in self.vmas.overlapping(address, address + size):
            part = area.slice(address, address + size)
            if part.shared:
                continue
            self.memory.unmap(part.start, part.size)
            self._host_map(part.start, part.size, _hardware(part.protection))
            if part.file is not None:
                self._read_in(part.file, part.offset, part.start, part.size)

    # -- mremap ------------------------------------------------------------------------------------------------

    def remap(self, address: int, old_size: int, new_size: int, *, may_move: bool, target: int | None = None) -> int:
        """Change the size of a mapping, in place if possible; `target` is a fixed new address."""
        old_size, new_size = page_up(old_size), page_up(new_size)
        if address % PAGE_SIZE or new_size <= 0 or old_size < 0:
            raise Errno(E.EINVAL)
        area = self.vmas.find(address)
        if area is None:
            raise Errno(E.EFAULT)
        if old_size == 0:
            # Duplicates a shared mapping; a private one cannot be duplicated.
            raise Errno(E.EINVAL)
        if address + old_size > area.end:
            raise Errno(E.EFAULT)
        if target is not None:
            self._check_fixed(target, new_size)
            if target < address + old_size and address < target + new_size:
                raise Errno(E.EINVAL)
            return self._move(area, address, old_size, new_size, target)
        if new_size <= old_size:
            if new_size < old_size:
                self.unmap(address + new_size, old_size - new_size)
            return address
        extra = new_size - old_size
        end = address + old_size
        if end == area.end and self._is_free(end, extra):
            self._check_limits(extra if area.charged_bytes else 0, extra)
            self._extend_up(area, extra)
            self.work.mapping += 1
            return address
        if not may_move:
            raise Errno(E.ENOMEM)
        return self._move(area, address, old_size, new_size, None)

    def _extend_up(self, area: Vma, extra: int) -> None:
        self._host_map(area.end, extra, _hardware(area.protection))
        offset = area.offset + area.size if area.file else 0
        if area.file is not None:
            self._read_in(area.file, offset, area.end, extra)
        self._insert(
            Vma(area.end, area.end + extra, area.protection, area.name, area.file, offset, area.shared, area.grows_down)
        )

    def _move(self, area: Vma, address: int, old_size: int, new_size: int, target: int | None) -> int:
        part = area.slice(address, address + old_size)
        content = min(old_size, new_size)
        new = self.map(
            target or 0, new_size, area.protection, fixed=target is not None, shared=area.shared, file=area.file,
            offset=part.offset, name=area.name,
        )  # fmt: skip
        for done in range(0, content, _COPY_CHUNK):
            length = min(_COPY_CHUNK, content - done)
            self.memory.write(new + done, self.memory.read(address + done, length))
        self._remove(address, address + old_size)
        return new

    # -- heap and stack ----------------------------------------------------------------------------------------

    def set_brk_start(self, address: int) -> None:
        """The heap begins here (page-aligned: the end of the program)."""
        self.brk_start = self.brk_end = page_up(address)

    def brk(self, address: int) -> int:
        """Move the end of the heap; the end as it is afterwards, unchanged if it cannot be moved."""
        if address < self.brk_start:
            return self.brk_end
        old, new = page_up(self.brk_end), page_up(address)
        if new < old:
            self._remove(new, old)
        elif new > old:
            if new - self.brk_start > self.data_limit_bytes or not self._is_free(old, new - old):
                return self.brk_end
            try:
                self._check_limits(new - old, new - old)
            except Errno:
                return self.brk_end
            self._host_map(old, new - old, _READ_WRITE)
            self._insert(Vma(old, new, _READ_WRITE, b"[heap]"))
        self.brk_end = address
        return address

    def fault(self, address: int, access: Protection) -> bool:
        """A memory access failed at `address`: grow the stack if that makes it valid. False: the access is an error."""
        if self.vmas.find(address) is not None:
            return False
        area = self.vmas.next_after(address)
        if area is None or not area.grows_down or not allows(area.protection, access):
            return False
        page = page_down(address)
        lowest = area.end - min(self.stack_limit_bytes, area.end - MMAP_MIN_ADDRESS)
        previous = self.vmas.before(address)
        if previous is not None and allows(previous.protection, Protection.READ):
            lowest = max(lowest, previous.end + STACK_GUARD_GAP)
        elif previous is not None:
            lowest = max(lowest, previous.end)
        if page < lowest:
            return False
        start = max(min(page, page_down(area.start - STACK_GROWTH)), page_up(lowest))
        try:
            self._check_limits(area.start - start, area.start - start)
        except Errno:
            return False
        self._host_map(start, area.start - start, _hardware(area.protection))
        self._insert(Vma(start, area.start, area.protection, area.name, grows_down=True))
        return True

    def release(self) -> None:
        """The last user is gone: unmap everything."""
        for area in list(self.vmas):
            self._remove(area.start, area.end)

    # -- inside ------------------------------------------------------------------------------------------------

    def _place(self, hint: int, size: int) -> int:
        """Where a mapping without a fixed address goes: at its hint if that is free, else top-down below mmap_base."""
        if hint:
            hint = max(page_up(hint), MMAP_MIN_ADDRESS)
            if hint + size <= self.layout.task_size and self._is_free(hint, size):
                return hint
        # Second round as in Linux: if all is taken below mmap_base, anywhere.
        for ceiling in (self.mmap_base, self.layout.task_size):
            end = ceiling
            for area in self.vmas.highest_first():
                if area.end < end and end - area.end >= size:
                    break
                end = min(end, area.start - STACK_GUARD_GAP if area.grows_down else area.start)
            if end - size >= MMAP_MIN_ADDRESS:
                return end - size
        raise Errno(E.ENOMEM)

    def _is_free(self, address: int, size: int) -> bool:
        if address < MMAP_MIN_ADDRESS or address + size > self.layout.task_size:
            return False
        area = self.vmas.next_after(address)
        if area is None:
            return True
        return address + size <= (area.start - STACK_GUARD_GAP if area.grows_down else area.start)

    def _check_fixed(self, address: int, size: int) -> None:
        if address % PAGE_SIZE:
            raise Errno(E.EINVAL)
        if address < 0 or address + size > self.layout.task_size:
            raise Errno(E.ENOMEM)
        if address < MMAP_MIN_ADDRESS:
            raise Errno(E.EPERM)

    def _check_limits(self, writable: int, total: int, *, freed: int = 0, freed_total: int = 0) -> None:
        if self.vmas.charged_bytes + writable - freed > self.limit_bytes and writable > freed:
            self.refusals += 1
            raise Errno(E.ENOMEM)
        if len(self.vmas) >= MAX_MAP_COUNT:
            raise Errno(E.ENOMEM)
        unlimited = self.address_limit_bytes == RLIM_INFINITY
        if not unlimited and self.mapped_bytes + total - freed_total > self.address_limit_bytes:
            raise Errno(E.ENOMEM)

    def _host_map(self, address: int, size: int, protection: Protection) -> None:
        with _host_limits():
            self.memory.map(address, size, protection)

    def _insert(self, area: Vma) -> None:
        self.vmas.insert(area)
        self.peak_bytes = max(self.peak_bytes, self.vmas.charged_bytes)

    def _remove(self, start: int, end: int) -> None:
        for area in self.vmas.remove(start, end):
            self.memory.unmap(area.start, area.size)

    def _replace_protection(self, part: Vma, protection: Protection) -> None:
        if part.protection == protection:
            return
        self.vmas.remove(part.start, part.end)
        with _host_limits():
            self.memory.protect(part.start, part.size, _hardware(protection))
        self._insert(
            Vma(part.start, part.end, protection, part.name, part.file, part.offset, part.shared, part.grows_down)
        )

    def _read_in(self, file: MappedFile, offset: int, address: int, size: int) -> None:
        done = 0
        while done < size:
            data = file.pread(min(_COPY_CHUNK, size - done), offset + done)
            if not data:
                break
            self.memory.write(address + done, data)
            done += len(data)
        self.work.copy += done


@contextmanager
def _host_limits() -> Iterator[None]:
    """What the host cannot give is missing in the guest."""
    try:
        yield
    except HostMemoryExhausted:
        raise Errno(E.ENOMEM) from None


def _hardware(protection: Protection) -> Protection:
    """The protection that the engine gets: any right makes a page readable (see `allows`)."""
    return protection | Protection.READ if protection & _ANY_ACCESS else Protection.NONE
