"""Memory areas as text: maps, smaps and smaps_rollup."""

from __future__ import annotations

from typing import TYPE_CHECKING

from emulator.memory import PAGE_SIZE, Protection
from guest.abi.errno import Errno
from guest.abi.structs import split_device
from guest.fs.dentry import Dentry
from guest.fs.path_walk import walk

if TYPE_CHECKING:
    from guest.mm.address_space import AddressSpace
    from guest.mm.vma import Vma
    from guest.task import Task

_NAME_COLUMN = 73
"""Names of areas begin here (`fs/proc/task_mmu.c`: 25 + 6 pointer widths - 1)."""
_ROLLUP = (
    "Rss", "Pss", "Pss_Dirty", "Pss_Anon", "Pss_File", "Pss_Shmem", "Shared_Clean", "Shared_Dirty", "Private_Clean",
    "Private_Dirty", "Referenced", "Anonymous", "KSM", "LazyFree", "AnonHugePages", "ShmemPmdMapped", "FilePmdMapped",
    "Shared_Hugetlb", "Private_Hugetlb", "Swap", "SwapPss", "Locked",
)  # fmt: skip
_ONLY_IN_ROLLUP = ("Pss_Anon", "Pss_File", "Pss_Shmem")


def maps(task: Task) -> bytes:
    """/proc/PID/maps."""
    return b"".join(_line(task, area) for area in task.mm.vmas)


def smaps(task: Task) -> bytes:
    """/proc/PID/smaps."""
    return b"".join(_line(task, area) + _details(task.mm, area) for area in task.mm.vmas)


def smaps_rollup(task: Task) -> bytes:
    """/proc/PID/smaps_rollup: the sums over all areas."""
    areas = list(task.mm.vmas)
    if not areas:
        return b""
    totals = dict.fromkeys(_ROLLUP, 0)
    for area in areas:
        for name, value in _figures(task.mm, area).items():
            totals[name] += value
    head = _head(areas[0].start, areas[-1].end, "---p", 0, (0, 0), 0)
    return head.encode() + b"[rollup]\n" + _show(totals)


def _line(task: Task, area: Vma) -> bytes:
    rights = "".join(
        letter if area.protection & right else "-"
        for letter, right in (("r", Protection.READ), ("w", Protection.WRITE), ("x", Protection.EXECUTE))
    )
    device, inode = _file_identity(task, area)
    head = _head(area.start, area.end, rights + ("s" if area.shared else "p"), area.offset, device, inode).encode()
    name = _name(area)
    if not name:
        return head.rstrip(b" ") + b" \n"
    return head + name.replace(b"\n", b"\\012") + b"\n"


def _name(area: Vma) -> bytes:
    """What the area is of; a file under the name that it has now."""
    return area.file.path if area.file is not None and area.name.startswith(b"/") else area.name


def _head(start: int, end: int, rights: str, offset: int, device: tuple[int, int], inode: int) -> str:
    major, minor = device
    return f"{start:08x}-{end:08x} {rights} {offset:08x} {major:02x}:{minor:02x} {inode} ".ljust(_NAME_COLUMN)


def _file_identity(task: Task, area: Vma) -> tuple[tuple[int, int], int]:
    """Device and inode of the mapped file."""
    if area.file is None or not area.name.startswith(b"/"):
        return (0, 0), 0
    dentry = getattr(area.file, "dentry", None)
    if isinstance(dentry, Dentry):
        found = dentry.inode.stat()
        return split_device(found.st_dev), found.st_ino
    root = task.kernel.tree.root
    try:
        found = walk(root, root, area.name, follow=True).existing().inode.stat()
    except Errno:
        return (0, 0), 0
    return split_device(found.st_dev), found.st_ino


def _figures(mm: AddressSpace, area: Vma) -> dict[str, int]:
    """The figures that smaps and the roll-up share, in bytes."""
    used = mm.memory.usage(area.start, area.end)
    private, private_dirty = used.pages - used.shared, used.dirty - used.shared_dirty
    figures = dict.fromkeys(_ROLLUP, 0)
    figures |= {
        "Rss": used.pages * PAGE_SIZE,
        "Pss": used.split_bytes,
        "Pss_Dirty": used.split_dirty_bytes,
        "Pss_Anon": used.split_bytes - used.split_file_bytes,
        "Pss_File": used.split_file_bytes,
        "Shared_Clean": (used.shared - used.shared_dirty) * PAGE_SIZE,
        "Shared_Dirty": used.shared_dirty * PAGE_SIZE,
        "Private_Dirty": private_dirty * PAGE_SIZE,
        "Private_Clean": (private - private_dirty) * PAGE_SIZE,
        "Referenced": used.pages * PAGE_SIZE,
        "Anonymous": (used.pages - used.of_file) * PAGE_SIZE,
        "Locked": used.split_bytes if area.locked else 0,
    }
    return figures


def _details(mm: AddressSpace, area: Vma) -> bytes:
    figures = {"Size": area.size, "KernelPageSize": 4096, "MMUPageSize": 4096}
    figures |= {name: value for name, value in _figures(mm, area).items() if name not in _ONLY_IN_ROLLUP}
    return _show(figures) + b"THPeligible:           0\nVmFlags: " + _flags(area) + b"\n"


def _show(figures: dict[str, int]) -> bytes:
    return "".join(f"{name + ':':<16}{value // 1024:>8} kB\n" for name, value in figures.items()).encode()


def _flags(area: Vma) -> bytes:
    flags = [
        name
        for name, present in (
            ("rd", area.protection & Protection.READ),
            ("wr", area.protection & Protection.WRITE),
            ("ex", area.protection & Protection.EXECUTE),
            ("sh", area.shared),
            ("mr", True),
            ("mw", area.may_write),
            ("me", True),
            ("ms", area.shared),
            ("gd", area.grows_down),
            ("lo", area.locked),
            ("ac", area.protection & Protection.WRITE),
        )
        if present
    ]
    return "".join(f"{flag} " for flag in flags).encode()
