"""File systems in memory, files without names, and content that is mostly holes."""

from __future__ import annotations

import stat
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from guest.abi.constants import FcntlCommand, Resource, Whence
from guest.abi.errno import E
from guest.abi.flags import AT_FDCWD, OpenFlag
from guest.abi.structs import Rlimit, Stat
from guest.fs.content import CHUNK_SIZE, Budget, FileContent

if TYPE_CHECKING:
    from tests.guest.conftest import Guest

RDWR_CREATE = OpenFlag.O_RDWR | OpenFlag.O_CREAT
EDGE = CHUNK_SIZE


class Lower:
    """Content beneath."""

    def __init__(self, data: bytes) -> None:
        self.data = data

    @property
    def size(self) -> int:
        return len(self.data)

    def pread(self, size: int, offset: int) -> bytes:
        return self.data[offset : offset + size]


places = st.one_of(st.integers(0, 3 * EDGE), st.sampled_from([0, EDGE - 1, EDGE, EDGE + 1, 2 * EDGE, 2 * EDGE - 1]))
changes = st.one_of(
    st.tuples(st.just("write"), places, st.integers(1, EDGE + 10)),
    st.tuples(st.just("truncate"), places, st.just(0)),
    st.tuples(st.just("punch"), places, st.integers(1, 2 * EDGE)),
)


@given(st.integers(0, 2 * EDGE + 5), st.lists(changes, max_size=8))
def test_content_is_like_a_flat_array(lower: int, made: list[tuple[str, int, int]]) -> None:
    start = bytes(range(1, 252)) * (lower // 251 + 1)
    budget = Budget(1 << 40)
    content, model = FileContent(budget, Lower(start[:lower])), bytearray(start[:lower])
    for what, offset, size in made:
        if what == "write":
            data = bytes([size % 255 + 1]) * size
            assert content.write(offset, data) == size
            model.extend(bytes(max(0, offset - len(model))))
            model[offset : offset + size] = data
        elif what == "truncate":
            content.truncate(offset)
            del model[offset:]
            model.extend(bytes(offset - len(model)))
        else:
            content.punch(offset, size)
            end = min(offset + size, len(model))
            if end > offset:
                model[offset:end] = bytes(end - offset)
        assert content.size == len(model)
    assert content.read(0, 1 << 20) == model
    for offset in range(0, len(model), EDGE // 2 + 1):
        hole = content.next_hole(offset)
        data_at = content.next_data(offset)
        assert offset <= hole <= len(model)
        assert not any(model[offset : len(model) if data_at is None else data_at])
    assert budget.used_bytes == content.stored_bytes
    del content
    assert budget.used_bytes == 0


def test_a_huge_sparse_file_takes_little_memory(guest: Guest) -> None:
    fd = guest.call("openat", AT_FDCWD, "/tmp/big", RDWR_CREATE, 0o600)
    assert guest.call("pwrite64", fd, guest.put(b"x"), 1, 1 << 40) == 1
    assert guest.call("lseek", fd, 0, Whence.SEEK_DATA) == 1 << 40
    assert guest.call("lseek", fd, 0, Whence.SEEK_HOLE) == 0
    assert guest.call("fallocate", fd, 3, 0, 1 << 40) == 0
    assert guest.call("fallocate", fd, 2, 0, 10) == -E.EOPNOTSUPP
    assert guest.call("fallocate", fd, 8, 0, 4096) == -E.EOPNOTSUPP
    assert guest.call("ftruncate", fd, 1 << 50) == 0
    buffer = guest.put(bytes(Stat.size))
    guest.call("fstat", fd, buffer)
    found = Stat.from_bytes(guest.read(buffer, Stat.size))
    assert found.st_size == 1 << 50 and found.st_blocks < 1000


def test_a_full_file_system(guest: Guest) -> None:
    assert guest.call("mount", "none", "/tmp", "tmpfs", 0, guest.string("size=64k,mode=700")) == 0
    fd = guest.call("openat", AT_FDCWD, "/tmp/f", RDWR_CREATE, 0o600)
    data = guest.put(bytes(70_000))
    assert guest.call("write", fd, data, 70_000) == 65_536
    assert guest.call("write", fd, data, 10) == -E.ENOSPC
    assert guest.call("umount2", "/tmp", 0) == -E.EBUSY
    guest.call("close", fd)
    assert guest.call("umount2", "/tmp", 0) == 0
    assert guest.call("openat", AT_FDCWD, "/tmp/f", 0, 0) == -E.ENOENT


def test_places_in_memory_are_there_in_every_machine(guest: Guest) -> None:
    buffer = guest.put(bytes(Stat.size))
    for path, mode in (("/tmp", 0o41777), ("/dev/shm", 0o41777), ("/run", 0o40755)):
        assert guest.call("newfstatat", AT_FDCWD, path, buffer, 0) == 0
        assert Stat.from_bytes(guest.read(buffer, Stat.size)).st_mode == mode


def test_memfd_and_its_seals(guest: Guest) -> None:
    fd = guest.call("memfd_create", "mem", 3)
    assert guest.call("fcntl", fd, FcntlCommand.F_GETFD, 0) == 1
    assert guest.call("write", fd, guest.put(b"data"), 4) == 4
    assert guest.call("fcntl", fd, FcntlCommand.F_ADD_SEALS, 2 | 4) == 0
    assert guest.call("ftruncate", fd, 2) == -E.EPERM
    assert guest.call("pwrite64", fd, guest.put(b"xx"), 2, 3) == -E.EPERM
    assert guest.call("pwrite64", fd, guest.put(b"x"), 1, 3) == 1
    assert guest.call("fcntl", fd, FcntlCommand.F_ADD_SEALS, 8 | 1) == 0
    assert guest.call("pwrite64", fd, guest.put(b"x"), 1, 3) == -E.EPERM
    assert guest.call("fcntl", fd, FcntlCommand.F_GET_SEALS, 0) == 15
    assert guest.call("fcntl", fd, FcntlCommand.F_ADD_SEALS, 0) == -E.EPERM
    plain = guest.call("memfd_create", "plain", 0)
    assert guest.call("fcntl", plain, FcntlCommand.F_GET_SEALS, 0) == 1
    assert guest.task.files.get(plain).path == b"/memfd:plain (deleted)"
    assert guest.call("memfd_create", "x" * 250, 0) == -E.EINVAL


def test_a_file_without_a_name_can_get_one(guest: Guest) -> None:
    fd = guest.call("openat", AT_FDCWD, "/tmp", OpenFlag.O_TMPFILE | OpenFlag.O_RDWR, 0o600)
    guest.call("write", fd, guest.put(b"late"), 4)
    assert guest.call("linkat", fd, "", AT_FDCWD, "/tmp/named", 0x1000) == 0
    assert guest.call("openat", AT_FDCWD, "/tmp/named", 0, 0) > 0
    exclusive = guest.call("openat", AT_FDCWD, "/tmp", OpenFlag.O_TMPFILE | OpenFlag.O_EXCL | OpenFlag.O_RDWR, 0o600)
    assert guest.call("linkat", exclusive, "", AT_FDCWD, "/tmp/never", 0x1000) == -E.ENOENT
    assert guest.call("openat", AT_FDCWD, "/tmp", OpenFlag.O_TMPFILE, 0o600) == -E.EINVAL


def test_times_are_the_guests(guest: Guest) -> None:
    guest.clock.ns = 7_000_000_000
    fd = guest.call("openat", AT_FDCWD, "/tmp/f", RDWR_CREATE, 0o600)
    buffer = guest.put(bytes(Stat.size))
    guest.call("fstat", fd, buffer)
    made = guest.kernel.realtime_ns()
    guest.clock.ns += 5
    guest.call("write", fd, guest.put(b"x"), 1)
    guest.call("fstat", fd, buffer)
    found = Stat.from_bytes(guest.read(buffer, Stat.size))
    assert (found.atime.ns, found.mtime.ns, found.ctime.ns) == (made, made + 5, made + 5)


def test_directories_count_their_links_and_dead_ones_stay_dead(guest: Guest) -> None:
    guest.call("mkdirat", AT_FDCWD, "/tmp/d", 0o2775)
    guest.call("mkdirat", AT_FDCWD, "/tmp/d/e", 0o755)
    buffer = guest.put(bytes(Stat.size))
    guest.call("newfstatat", AT_FDCWD, "/tmp/d", buffer, 0)
    assert Stat.from_bytes(guest.read(buffer, Stat.size)).st_nlink == 3
    guest.call("chdir", "/tmp/d/e")
    assert guest.call("unlinkat", AT_FDCWD, "/tmp/d/e", 0x200) == 0
    assert guest.call("getcwd", buffer, 100) == -E.ENOENT
    assert guest.call("openat", AT_FDCWD, "new", RDWR_CREATE, 0o600) == -E.ENOENT


def test_nodes_lead_to_drivers(guest: Guest) -> None:
    assert guest.call("mknodat", AT_FDCWD, "/tmp/null", stat.S_IFCHR | 0o666, 0x103) == 0
    fd = guest.call("openat", AT_FDCWD, "/tmp/null", OpenFlag.O_RDWR, 0)
    assert guest.call("write", fd, guest.put(b"abc"), 3) == 3
    assert guest.call("mknodat", AT_FDCWD, "/tmp/none", stat.S_IFCHR | 0o666, 0xFFFF) == 0
    assert guest.call("openat", AT_FDCWD, "/tmp/none", 0, 0) == -E.ENXIO
    assert guest.call("mknodat", AT_FDCWD, "/tmp/fifo", stat.S_IFIFO | 0o600, 0) == 0
    assert guest.call("openat", AT_FDCWD, "/tmp/fifo", OpenFlag.O_WRONLY | OpenFlag.O_NONBLOCK, 0) == -E.ENXIO
    assert guest.call("openat", AT_FDCWD, "/tmp/fifo", OpenFlag.O_NONBLOCK, 0) > 0
    assert guest.call("openat", AT_FDCWD, "/tmp/fifo", OpenFlag.O_WRONLY, 0) > 0


def test_the_limit_on_file_size(guest: Guest) -> None:
    guest.task.process.limits.set(Resource.RLIMIT_FSIZE, Rlimit(4, 4))
    fd = guest.call("openat", AT_FDCWD, "/tmp/f", RDWR_CREATE, 0o600)
    assert guest.call("write", fd, guest.put(b"123456"), 6) == 4
    guest.task.blocked = 1 << 24
    assert guest.call("write", fd, guest.put(b"123456"), 6) == -E.EFBIG
    assert guest.call("ftruncate", fd, 5) == -E.EFBIG


def test_scattered_io_with_flags(guest: Guest) -> None:
    fd = guest.call("openat", AT_FDCWD, "/tmp/f", RDWR_CREATE, 0o600)
    text = guest.put(b"abc")
    vector = guest.put(text.to_bytes(8, "little") + (3).to_bytes(8, "little"))
    assert guest.call("pwritev2", fd, vector, 1, -1, 0, 0) == 3
    assert guest.call("pwritev2", fd, vector, 1, 0, 0, 0x10) == 3
    assert guest.call("lseek", fd, 0, 1) == 3
    assert guest.call("preadv2", fd, vector, 1, 3, 0, 0) == 3
    assert guest.call("pwritev2", fd, vector, 1, 0, 0, 0x80) == -E.EOPNOTSUPP
