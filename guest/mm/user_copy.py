"""Kernel access to user memory: every byte is checked against the VMAs, and a bad one gives EFAULT.

Bytes are moved by whole stretches, never one by one. Counted as copied bytes for the cost table.
"""

from __future__ import annotations

from emulator.memory import PAGE_SIZE, ZONE_SIZE, Protection
from guest.abi.constants import PATH_MAX
from guest.abi.cstruct import Struct
from guest.abi.errno import E, Errno
from guest.abi.structs import Iovec
from guest.mm.address_space import AddressSpace, allows


def accessible_bytes(mm: AddressSpace, address: int, size: int, access: Protection) -> int:
    """How many bytes from `address` on may be accessed, up to `size`; a stack that can grow is grown."""
    area = mm.vmas.find(address)
    if area is not None and area.end >= address + size and allows(area.protection, access):
        return size
    position, end = address, address + size
    while position < end:
        area = mm.vmas.find(position)
        if area is None:
            if not mm.fault(position, access):
                break
            continue
        if not allows(area.protection, access):
            break
        position = area.end
    return min(position, end) - address


def check_user(mm: AddressSpace, address: int, size: int, access: Protection) -> None:
    """Raise EFAULT unless all of the range may be accessed."""
    if size and accessible_bytes(mm, address, size, access) < size:
        raise Errno(E.EFAULT)


def copy_from_user(mm: AddressSpace, address: int, size: int) -> bytes:
    """`size` bytes of user memory (EFAULT)."""
    check_user(mm, address, size, Protection.READ)
    mm.work.copy += size
    return mm.memory.read(address, size)


def view_from_user(mm: AddressSpace, address: int, size: int) -> memoryview | bytes:
    """Like `copy_from_user` without a copy where possible; to be used at once, before the guest runs again.

    Executable areas are copied: the engine may have patched instructions there, and only `read` shows the original
    words.
    """
    check_user(mm, address, size, Protection.READ)
    mm.work.copy += size
    area = mm.vmas.find(address)
    one_area = area is not None and area.end >= address + size and not area.protection & Protection.EXECUTE
    if size and one_area and address // ZONE_SIZE == (address + size - 1) // ZONE_SIZE:
        return mm.memory.view(address, size)
    return mm.memory.read(address, size)


def copy_to_user(mm: AddressSpace, address: int, data: bytes | bytearray | memoryview) -> None:
    """Store `data` in user memory; nothing is stored if a byte of the range may not be written (EFAULT)."""
    check_user(mm, address, len(data), Protection.WRITE)
    mm.work.copy += len(data)
    mm.memory.write(address, data)


def strncpy_from_user(mm: AddressSpace, address: int, limit: int = PATH_MAX) -> bytes | None:
    """The string at `address` without its NUL, or None if none of its first `limit` bytes is NUL (EFAULT)."""
    pieces: list[bytes] = []
    position, end = address, address + limit
    while position < end:
        length = min(end, (position // PAGE_SIZE + 1) * PAGE_SIZE) - position
        check_user(mm, position, length, Protection.READ)
        piece = mm.memory.read(position, length)
        stop = piece.find(b"\0")
        if stop >= 0:
            pieces.append(piece[:stop])
            break
        pieces.append(piece)
        position += length
    else:
        return None
    text = b"".join(pieces)
    mm.work.copy += len(text) + 1
    return text


def read_vector(mm: AddressSpace, address: int, count: int, maximum: int) -> list[Iovec]:
    """An array of struct iovec (EINVAL if there are too many or a length is negative)."""
    if not 0 <= count <= maximum:
        raise Errno(E.EINVAL)
    data = copy_from_user(mm, address, count * Iovec.size)
    vector = [Iovec.from_bytes(data[i : i + Iovec.size]) for i in range(0, len(data), Iovec.size)]
    if any(piece.iov_len >= 1 << 63 for piece in vector):
        raise Errno(E.EINVAL)
    return vector


def write_struct(mm: AddressSpace, address: int, value: Struct) -> None:
    """Store a structure."""
    copy_to_user(mm, address, value.to_bytes())
