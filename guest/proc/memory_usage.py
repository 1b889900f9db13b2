"""How much memory an address space uses, split as procfs shows it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from emulator.memory import PAGE_SIZE, Protection

if TYPE_CHECKING:
    from guest.mm.address_space import AddressSpace
    from guest.mm.vma import Vma
    from guest.services import KernelServices
    from guest.task import Process


@dataclass(frozen=True)
class MemoryUsage:
    """In bytes. Pages of shared memory count as those of files."""

    size: int = 0
    peak_size: int = 0
    resident: int = 0
    peak_resident: int = 0
    resident_file: int = 0
    data: int = 0
    stack: int = 0
    code: int = 0
    library: int = 0

    @property
    def resident_anonymous(self) -> int:
        return self.resident - self.resident_file


def is_stack(area: Vma) -> bool:
    """Whether the area is the main thread's stack."""
    return area.name == b"[stack]"


def memory_usage(mm: AddressSpace) -> MemoryUsage:
    """Of one address space."""
    size = data = stack = code = library = 0
    for area in mm.vmas:
        size += area.size
        if is_stack(area):
            stack += area.size
        elif area.protection & Protection.WRITE and not area.shared:
            data += area.size
        elif area.protection & Protection.EXECUTE:
            if area.name == mm.executable:
                code += area.size
            else:
                library += area.size
    return MemoryUsage(
        size=size,
        peak_size=max(size, mm.peak_bytes),
        resident=mm.resident_pages * PAGE_SIZE,
        peak_resident=mm.resident_peak_pages * PAGE_SIZE,
        resident_file=mm.memory.file_pages * PAGE_SIZE,
        data=data,
        stack=stack,
        code=code,
        library=library,
    )


def process_usage(process: Process) -> MemoryUsage:
    """Of a process; nothing once it is a zombie."""
    return MemoryUsage() if process.zombie or process.leader.exited else memory_usage(process.leader.mm)


def machine_usage(kernel: KernelServices) -> MemoryUsage:
    """Of all processes together, shared address spaces counted once."""
    spaces = {id(task.mm): task.mm for task in kernel.tasks.tasks() if not task.exited}
    used = [memory_usage(mm) for mm in spaces.values()]
    return MemoryUsage(
        size=sum(one.size for one in used),
        resident=sum(one.resident for one in used),
        resident_file=sum(one.resident_file for one in used),
    )
