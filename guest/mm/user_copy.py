"""Kernel access to user memory: every byte is checked against the VMAs, and a bad one gives EFAULT.

Bytes are moved by whole stretches, never one by one. Counted as copied bytes for the cost table.
"""

from __future__ import annotations

from typing import TypeVar

from emulator import page_entry, record
from emulator.memory import PAGE_SIZE, Protection
from guest.abi.constants import PATH_MAX
from guest.abi.cstruct import Struct
from guest.abi.errno import E, Errno
from guest.abi.structs import Iovec
from guest.mm.address_space import AddressSpace

S = TypeVar("S", bound=Struct)
_FAULTS = record.field(record.SPACE, "faults")


def accessible_bytes(mm: AddressSpace, address: int, size: int, access: Protection) -> int:
    """How many bytes from `address` on may be accessed, up to `size`; a stack that can grow is grown."""
    memory = mm.memory
    done = memory.accessible(address, size, access)
    while done < size and mm.fault(address + done, access):
        more = memory.accessible(address + done, size - done, access)
        if not more:
            break
        done += more
    return done


def check_user(mm: AddressSpace, address: int, size: int, access: Protection) -> None:
    """Raise EFAULT unless all of the range may be accessed."""
    # Nearly always all of it is mapped: a stack that can grow is seen to only where it is not.
    if (
        size
        and mm.memory.accessible(address, size, access) < size
        and accessible_bytes(mm, address, size, access) < size
    ):
        raise Errno(E.EFAULT)


def copy_from_user(mm: AddressSpace, address: int, size: int) -> bytes:
    """`size` bytes of user memory (EFAULT)."""
    memory, work = mm.memory, mm.work
    words = memory.words
    faults = words[_FAULTS]
    data = memory.copy_in(address, size)
    done = len(data)
    while done < size and _relieved(mm, address + done, Protection.READ):
        data = memory.copy_in(address, size)
        done = len(data)
    work.page_fault += words[_FAULTS] - faults
    work.copy += done
    if done < size:
        raise Errno(E.EFAULT)
    return data


def peek_user(mm: AddressSpace, address: int, size: int) -> bytes:
    """What there is of a range, whatever its protection, up to a page that is not mapped or of which its file has lost
    the content (SIGBUS). Nothing is charged.
    """
    return mm.memory.copy_in(address, size, force=True)


def copy_to_user(mm: AddressSpace, address: int, data: bytes | bytearray | memoryview) -> None:
    """Store `data` in user memory; what lies before a byte that may not be written is stored (EFAULT)."""
    memory, work, size = mm.memory, mm.work, len(data)
    words = memory.words
    faults = words[_FAULTS]
    done = memory.copy_out(address, data)
    while done < size and _relieved(mm, address + done, Protection.WRITE):
        done += memory.copy_out(address + done, memoryview(data)[done:])
    work.page_fault += words[_FAULTS] - faults
    work.copy += done
    if done < size:
        raise Errno(E.EFAULT)


def _relieved(mm: AddressSpace, address: int, access: Protection) -> bool:
    """Whether an access failed for want of memory only, and there is some now (perhaps at somebody's expense)."""
    if mm.commit.relieve is None or mm.memory.touch(address, access) != page_entry.EXHAUSTED:
        return False
    return mm.commit.relieve() and mm.users > 0


def strncpy_from_user(mm: AddressSpace, address: int, limit: int = PATH_MAX) -> bytes | None:
    """The string at `address` without its NUL, or None if none of its first `limit` bytes is NUL (EFAULT)."""
    pieces: list[bytes] = []
    position, end = address, address + limit
    while position < end:
        piece = copy_from_user(mm, position, min(end, (position // PAGE_SIZE + 1) * PAGE_SIZE) - position)
        stop = piece.find(b"\0")
        if stop >= 0:
            pieces.append(piece[:stop])
            # Only the string itself costs copying.
            mm.work.copy -= len(piece) - stop - 1
            return b"".join(pieces)
        pieces.append(piece)
        position += len(piece)
    return None


def read_vector(mm: AddressSpace, address: int, count: int, maximum: int) -> list[Iovec]:
    """An array of struct iovec (EINVAL if there are too many or a length is negative)."""
    if not 0 <= count <= maximum:
        raise Errno(E.EINVAL)
    data = copy_from_user(mm, address, count * Iovec.size)
    vector = [Iovec.from_bytes(data[i : i + Iovec.size]) for i in range(0, len(data), Iovec.size)]
    if any(piece.iov_len >= 1 << 63 for piece in vector):
        raise Errno(E.EINVAL)
    return vector


def read_extensible(mm: AddressSpace, address: int, kind: type[S], *, length_at: int, least: int) -> S:
    """A structure that says at `length_at` how long the program's version of it is; 0 stands for the first, of `least`
    bytes. What this kernel does not know must be zero: E2BIG, and the program finds the length that is known.
    """
    length = int.from_bytes(copy_from_user(mm, address + length_at, 4), "little") or least
    data = copy_from_user(mm, address, length) if least <= length <= PAGE_SIZE else b""
    if not data or any(data[kind.size :]):
        copy_to_user(mm, address + length_at, kind.size.to_bytes(4, "little"))
        raise Errno(E.E2BIG)
    return kind.from_bytes(data[: kind.size].ljust(kind.size, b"\0"))


def write_struct(mm: AddressSpace, address: int, value: Struct) -> None:
    """Store a structure."""
    copy_to_user(mm, address, value.to_bytes())
