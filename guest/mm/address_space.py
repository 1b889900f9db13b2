"""One process's address space: what Linux calls mm_struct.

Raises `Errno` with the number that the system call of the same name gives. Threads share the object.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from emulator import page_entry
from emulator.memory import PAGE_SIZE, GuestMemory, OutOfMemory, Protection
from emulator.profile import CodePlace
from guest.abi.constants import RLIM_INFINITY
from guest.abi.errno import E, Errno
from guest.costs import WorkCounters
from guest.mm.commit import CommitPolicy, Overcommit
from guest.mm.layout import (
    DEFAULT_STACK_LIMIT,
    MMAP_MIN_ADDRESS,
    STACK_GROWTH,
    STACK_GUARD_GAP,
    Layout,
    page_down,
    page_up,
)
from guest.mm.page_cache import PageCache, PageCaches
from guest.mm.vma import MappedFile, Vma, VmaList

if TYPE_CHECKING:
    from guest.fs.dentry import Dentry

MAX_MAP_COUNT = 65530
"""vm.max_map_count: more areas give ENOMEM."""
_MAP_AT_ONCE = 16 << 20
"""Files up to this size get all their pages when they are mapped: cheaper than a fault for each stretch of them."""
_FAULT_AROUND = 1 << 18
"""Other pages of files come in aligned stretches of this size."""
_READ_WRITE = Protection.READ | Protection.WRITE
_ANY_ACCESS = Protection.READ | Protection.WRITE | Protection.EXECUTE


@dataclass(frozen=True)
class CodeOrigin:
    """What code belongs to: the program that runs it, and the mapping that it comes from."""

    program: bytes
    """Guest path."""
    name: bytes
    """Guest path of the mapped file, or the name of the area; empty for anonymous memory."""
    content: PageCache | None = None
    """Of the file."""


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
        self,
        memory: GuestMemory,
        *,
        limit_bytes: int,
        layout: Layout | None = None,
        work: WorkCounters | None = None,
        caches: PageCaches | None = None,
        commit: CommitPolicy | None = None,
    ) -> None:
        self.memory = memory
        memory.pager = self.fault
        memory.place_of = self.place_of_code
        self.users = 1
        """Tasks that share it (CLONE_VM)."""
        self.limit_bytes = limit_bytes
        self.layout = layout or Layout()
        self.work = work or WorkCounters()
        self.caches = caches or PageCaches(memory.physical)
        self.vmas = VmaList()
        self.commit = commit or CommitPolicy(limit_bytes)
        self.commit.spaces.add(self)
        self.lock_future = False
        """What is mapped from now on is locked (MCL_FUTURE)."""
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
        self.program: Dentry | None = None
        """The program's file, which may have lost its name since."""
        self.peak_bytes = 0
        """Most bytes that the areas could hold for writing."""
        self._peak_resident_pages = 0
        self.refusals = 0
        """How often a request was refused because `limit_bytes` would be exceeded."""

    # -- life --------------------------------------------------------------------------------------------------

    def get(self) -> AddressSpace:
        """One more task uses it."""
        self.users += 1
        return self

    def put(self) -> None:
        """One task less; the last one releases it."""
        self.users -= 1
        if self.users == 0:
            self.release()

    def fork(self) -> AddressSpace:
        """A copy for a child process (ENOMEM). Locks are not inherited."""
        if self.commit.mode == Overcommit.NEVER and not self.commit.allows(self, self.vmas.charged_bytes):
            raise Errno(E.ENOMEM)
        with _host_limits():
            memory = self.memory.fork()
        child = AddressSpace(
            memory,
            limit_bytes=self.limit_bytes,
            layout=self.layout,
            work=self.work,
            caches=self.caches,
            commit=self.commit,
        )
        child.vmas = self.vmas.copy()
        for name in (
            "stack_limit_bytes", "data_limit_bytes", "address_limit_bytes", "mmap_base", "brk_start", "brk_end",
            "arguments", "environment", "auxiliary_vector", "executable", "program", "peak_bytes",
        ):  # fmt: skip
            setattr(child, name, getattr(self, name))
        for area in self.vmas:
            if area.dont_fork:
                child._remove(area.start, area.end)
            elif area.wipe_on_fork:
                child._clear(area)
            elif area.cache is not None:
                area.cache.mappers.add(child)
        if self.locked_bytes:
            child.set_locked(0, child.layout.task_size, False)
        self.work.mapping += len(self.vmas)
        return child

    def release(self) -> None:
        """The last user is gone: write back what has to be, give everything else back."""
        self._note_peak()
        for area in self.vmas:
            self._write_back(area)
        self.memory.close()
        self.vmas = VmaList()

    @property
    def mapped_bytes(self) -> int:
        """Size of all areas."""
        return sum(area.size for area in self.vmas)

    @property
    def locked_bytes(self) -> int:
        """Size of all locked areas."""
        return sum(area.size for area in self.vmas if area.locked)

    @property
    def data_bytes(self) -> int:
        """What counts against RLIMIT_DATA: private memory that may be written, but for the stack."""
        return sum(area.size for area in self.vmas if area.is_data)

    @property
    def resident_pages(self) -> int:
        """Pages that are in memory and were touched (RSS)."""
        return self.memory.resident_pages

    @property
    def resident_peak_pages(self) -> int:
        """The most `resident_pages` seen: at unmapping, at the end, and whenever it was asked for."""
        self._note_peak()
        return self._peak_resident_pages

    def _note_peak(self) -> None:
        self._peak_resident_pages = max(self._peak_resident_pages, self.memory.resident_pages)

    def futex_key(self, address: int) -> tuple[object, int]:
        """What a futex at `address` is the same as in other address spaces: the place in what is mapped shared."""
        area = self.vmas.find(address)
        if area is not None and area.shared and area.cache is not None:
            return area.cache, area.offset + address - area.start
        return self, address

    # -- mmap, munmap, mprotect --------------------------------------------------------------------------------

    def map(
        self,
        address: int,
        size: int,
        protection: Protection,
        *,
        fixed: bool = False,
        may_replace: bool = True,
        shared: bool = False,
        may_write: bool = True,
        file: MappedFile | None = None,
        offset: int = 0,
        name: bytes = b"",
        grows_down: bool = False,
        reserved: bool = True,
    ) -> int:
        """Map `size` bytes (rounded up to pages) and give their address.

        `address` is a hint unless `fixed`; a fixed mapping takes the place of others unless not `may_replace` (EEXIST).
        """
        if size <= 0:
            raise Errno(E.EINVAL)
        size = page_up(size)
        if size > self.layout.task_size:
            raise Errno(E.ENOMEM)
        if fixed:
            self._check_fixed(address, size)
            if not may_replace and self.vmas.overlapping(address, address + size):
                raise Errno(E.EEXIST)
            replaced = [area.slice(address, address + size) for area in self.vmas.overlapping(address, address + size)]
        else:
            address = self._place(address, size)
            replaced = []
        cache = file.pages(self.caches) if file is not None else None
        if shared and cache is None:
            cache = self.caches.new(size)
            offset = 0
            name = name or b"/dev/zero (deleted)"
        area = Vma(
            address, address + size, protection, name or (file.path if file is not None else b""), file,
            offset if cache is not None else 0, shared, may_write, grows_down, reserved, locked=self.lock_future,
            cache=cache,
        )  # fmt: skip
        self._check_limits(
            area.charged_bytes, size, freed=sum(part.charged_bytes for part in replaced),
            freed_total=sum(part.size for part in replaced), data=size if area.is_data else 0,
            freed_data=sum(part.size for part in replaced if part.is_data),
        )  # fmt: skip
        if shared and file is None and size > self.limit_bytes and self.commit.mode != Overcommit.ALWAYS:
            raise Errno(E.ENOMEM)
        if replaced:
            self._remove(address, address + size)
        self._give(area)
        self._insert(area)
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
        ENOMEM; or EACCES for a shared mapping of a file that may not be written.
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
                if not part.may_write:
                    raise Errno(E.EACCES)
                changed = replace(part, protection=protection)
                self._check_limits(
                    changed.charged_bytes, 0, freed=part.charged_bytes,
                    data=part.size if changed.is_data and not part.is_data else 0,
                )  # fmt: skip
            self._replace_protection(part, protection)
            position = part.end
        self.work.mapping += 1
        if position < end:
            raise Errno(E.ENOMEM)

    def discard(self, address: int, size: int) -> None:
        """Give private pages back (MADV_DONTNEED): anonymous ones read as zero, those of files as the file is now."""
        for area in self.vmas.overlapping(address, address + size):
            if not area.shared:
                self._clear(area.slice(address, address + size))

    def punch(self, address: int, size: int) -> None:
        """Let shared memory read as zeros and give its pages back (MADV_REMOVE; EINVAL for other memory)."""
        for area in self.vmas.overlapping(address, address + size):
            if not area.shared or area.cache is None:
                raise Errno(E.EINVAL)
            part = area.slice(address, address + size)
            area.cache.punch(part.offset, part.size)

    def advise_fork(
        self, address: int, size: int, *, dont_fork: bool | None = None, wipe_on_fork: bool | None = None
    ) -> None:
        """Say what fork does with the areas in the range; None leaves that as it is."""
        for area in self.vmas.overlapping(address, address + size):
            part = area.slice(address, address + size)
            self.vmas.remove(part.start, part.end)
            self.vmas.insert(
                replace(
                    part,
                    dont_fork=part.dont_fork if dont_fork is None else dont_fork,
                    wipe_on_fork=part.wipe_on_fork if wipe_on_fork is None else wipe_on_fork,
                )
            )

    def set_locked(self, start: int, end: int, locked: bool) -> None:
        """Lock or unlock the areas in a range; who may lock how much is the caller's affair."""
        for area in self.vmas.overlapping(start, end):
            part = area.slice(start, end)
            if part.locked != locked:
                self.vmas.remove(part.start, part.end)
                self.vmas.insert(replace(part, locked=locked))

    def populate(self, address: int, size: int, access: Protection) -> bool:
        """Touch every page of the range, as far as it goes; whether that was all of it."""
        size = page_up(size)
        return size <= 0 or self.memory.touch_range(address, size, access) >= size

    def write_back(self, address: int, size: int) -> None:
        """Write what programs stored into shared mappings of files back to the files (msync)."""
        for area in self.vmas.overlapping(address, address + size):
            self._write_back(area.slice(address, address + size))

    def file_shrunk(self, cache: PageCache, size: int, old_size: int) -> None:
        """A mapped file became shorter: accesses to whole pages beyond its end are errors from now on."""
        for area in self.vmas:
            if area.cache is cache:
                start = max(area.start, area.start + page_up(size) - area.offset)
                end = min(area.end, area.start + page_up(old_size) - area.offset)
                if start < end:
                    self._clear(area.slice(start, end))

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
            if not area.shared or not may_move:
                raise Errno(E.EINVAL)
            rest = replace(area, start=address, offset=area.offset + address - area.start)
            return self._map_again(rest, new_size, target)
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
            self._check_limits(
                extra if area.charged_bytes else 0, extra, data=extra if area.is_data else 0
            )  # fmt: skip
            self._extend_up(area, extra)
            self.work.mapping += 1
            return address
        if not may_move:
            raise Errno(E.ENOMEM)
        return self._move(area, address, old_size, new_size, None)

    def _extend_up(self, area: Vma, extra: int) -> None:
        more = replace(
            area, start=area.end, end=area.end + extra, offset=area.offset + area.size if area.cache is not None else 0
        )
        self._give(more)
        self._insert(more)

    def _move(self, area: Vma, address: int, old_size: int, new_size: int, target: int | None) -> int:
        part = area.slice(address, address + old_size)
        new = self.map(
            target or 0, new_size, area.protection, fixed=target is not None, shared=area.shared,
            may_write=area.may_write, file=area.file, offset=part.offset, name=area.name, reserved=area.reserved,
        ) if area.cache is None or area.file is not None else self._map_again(part, new_size, target)  # fmt: skip
        content = min(old_size, new_size)
        if not area.shared:
            with _host_limits():
                self.memory.move(address, new, content)
        self._remove(address, address + old_size)
        if part.locked:
            self.set_locked(new, new + new_size, True)
        return new

    def _map_again(self, area: Vma, size: int, target: int | None) -> int:
        """Map shared anonymous memory at a further place."""
        if target is not None:
            self._remove(target, target + size)
        start = target if target is not None else self._place(0, size)
        assert area.cache is not None
        if area.offset + size > area.cache.size:
            area.cache.truncate(area.offset + size)
        again = replace(area, start=start, end=start + size)
        self._give(again)
        self._insert(again)
        return start

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
                self._check_limits(new - old, new - old, data=new - old)
            except Errno:
                return self.brk_end
            heap = Vma(old, new, _READ_WRITE, b"[heap]", locked=self.lock_future)
            self._give(heap)
            self._insert(heap)
        self.brk_end = address
        return address

    def fault(self, address: int, access: Protection) -> bool:
        """A memory access was refused at `address`: load the page of a file, or grow the stack, if that makes it
        valid. False: the access is an error.
        """
        area = self.vmas.find(address)
        if area is not None:
            return area.cache is not None and allows(area.protection, access) and self._page_in(area, address)
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
        more = Vma(start, area.start, area.protection, area.name, grows_down=True)
        try:
            self._check_limits(area.start - start, area.start - start)
            self._give(more)
        except Errno:
            return False
        self._insert(more)
        return True

    def _page_in(self, area: Vma, address: int) -> bool:
        """Give the page at `address`, and some around it, their frames. False if it is beyond the end of the file."""
        assert area.cache is not None
        if self.memory.entry(address) & page_entry.PRESENT:
            return False
        if area.offset + page_down(address) - area.start >= area.cache.size:
            return False
        start = max(area.start, address & -_FAULT_AROUND)
        end = min(area.end, (address & -_FAULT_AROUND) + _FAULT_AROUND)
        try:
            self._install(area, start, end)
        except Errno:
            return False
        return True

    def _install(self, area: Vma, start: int, end: int) -> None:
        assert area.cache is not None
        first = (area.offset + start - area.start) // PAGE_SIZE
        with _host_limits():
            try:
                frames = area.cache.frames(first, (end - start) // PAGE_SIZE)
            except OutOfMemory:
                if not self.caches.evict():
                    raise
                frames = area.cache.frames(first, (end - start) // PAGE_SIZE)
            self.memory.install(start, frames, _hardware(area.protection), shared=area.shared)

    # -- profiles ----------------------------------------------------------------------------------------------

    def place_of_code(self, address: int) -> CodePlace:
        """What the code at an address belongs to now."""
        area = self.vmas.find(address)
        if area is None or area.file is None or area.cache is None:
            return CodePlace(CodeOrigin(self.executable, b"" if area is None else area.name), address)
        return CodePlace(CodeOrigin(self.executable, area.name, area.cache), area.offset + address - area.start)

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

    def _check_limits(
        self, writable: int, total: int, *, freed: int = 0, freed_total: int = 0, data: int = 0, freed_data: int = 0
    ) -> None:
        """ENOMEM if a change would exceed what there is or may be: bytes that may be written (all, and those that
        RLIMIT_DATA counts) and bytes of address space, each with what goes away.
        """
        if writable > freed and not self.commit.allows(self, writable - freed):
            self.refusals += 1
            raise Errno(E.ENOMEM)
        data_limit = self.data_limit_bytes
        if data and data_limit != RLIM_INFINITY and self.data_bytes + data - freed_data > data_limit:
            raise Errno(E.ENOMEM)
        if len(self.vmas) >= MAX_MAP_COUNT:
            raise Errno(E.ENOMEM)
        unlimited = self.address_limit_bytes == RLIM_INFINITY
        if not unlimited and self.mapped_bytes + total - freed_total > self.address_limit_bytes:
            raise Errno(E.ENOMEM)

    def _give(self, area: Vma) -> None:
        """Let the pages of an area that is about to be inserted be there."""
        with _host_limits():
            if area.cache is None:
                self.memory.map(area.start, area.size, _hardware(area.protection))
                return
            self.memory.map_backed(area.start, area.size, _hardware(area.protection), shared=area.shared)
        area.cache.mappers.add(self)
        if area.size <= _MAP_AT_ONCE and area.file is not None:
            self._install(area, area.start, area.end)

    def _clear(self, area: Vma) -> None:
        """Let the pages of an area be as if it were new."""
        with _host_limits():
            if area.cache is None:
                self.memory.map(area.start, area.size, _hardware(area.protection))
            else:
                self.memory.map_backed(area.start, area.size, _hardware(area.protection), shared=area.shared)

    def _insert(self, area: Vma) -> None:
        self.vmas.insert(area)
        self.peak_bytes = max(self.peak_bytes, self.vmas.charged_bytes)

    def _remove(self, start: int, end: int) -> None:
        self._note_peak()
        for area in self.vmas.overlapping(start, end):
            part = area.slice(start, end)
            self._write_back(part)
            # While it is known what the code belonged to, for profiles.
            self.memory.unmap(part.start, part.size)
        self.vmas.remove(start, end)

    def _write_back(self, area: Vma) -> None:
        if not area.shared or area.file is None or area.cache is None or not area.protection & Protection.WRITE:
            return
        for page in self.memory.take_written(area.start, area.size):
            offset = area.offset + page * PAGE_SIZE
            # As the program sees it: the engine may have patched instructions in the frame.
            data = self.memory.copy_in(area.start + page * PAGE_SIZE, PAGE_SIZE, force=True)
            if not data:
                continue  # registers of a device
            area.file.write_back(offset, data[: max(area.cache.size - offset, 0)])

    def _replace_protection(self, part: Vma, protection: Protection) -> None:
        if part.protection == protection:
            return
        if not protection & Protection.WRITE:
            self._write_back(part)
        with _host_limits():
            self.memory.protect(part.start, part.size, _hardware(protection))
        self.vmas.remove(part.start, part.end)
        self._insert(replace(part, protection=protection))


@contextmanager
def _host_limits() -> Iterator[None]:
    """What the machine cannot give is missing in the guest."""
    try:
        yield
    except OutOfMemory:
        raise Errno(E.ENOMEM) from None


def _hardware(protection: Protection) -> Protection:
    """The protection that the engine gets: any right makes a page readable (see `allows`)."""
    return protection | Protection.READ if protection & _ANY_ACCESS else Protection.NONE
