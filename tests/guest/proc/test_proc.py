"""Files of /proc: their layout is Linux's, their values are the machine's."""

from __future__ import annotations

import re
import stat
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from guest.abi.errno import E, Errno
from guest.abi.structs import Stat
from guest.proc.task_status import cpu_list, cpu_mask
from guest.services import CpuTime
from guest.task import Process, Task

Read = Callable[[str], bytes]
SYMLINK_NOFOLLOW = 0x100


@pytest.fixture
def read(guest: Any) -> Read:
    buffer = guest.put(bytes(4096))

    def read(path: str) -> bytes:
        fd = guest.call("openat", -100, path, 0)
        assert fd >= 0, f"{path}: {fd}"
        pieces = []
        while size := guest.call("read", fd, buffer, 4096):
            assert size > 0, f"{path}: {size}"
            pieces.append(bytes(guest.read(buffer, size)))
        guest.call("close", fd)
        return b"".join(pieces)

    return read


def names(guest: Any, path: str) -> list[bytes]:
    fd = guest.call("openat", -100, path, 0o200000)
    listed = [entry.name for entry in guest.task.files.get(fd).entries()]
    guest.call("close", fd)
    return listed


def link(guest: Any, path: str) -> bytes:
    buffer = guest.put(bytes(256))
    return bytes(guest.read(buffer, guest.call("readlinkat", -100, path, buffer, 256)))


def add_process(guest: Any, pid: int) -> Task:
    own = guest.task
    process = Process(pid=pid, parent=own.process)
    task = Task(pid, process, own.mm.get(), own.files.copy(), own.fs, own.handlers, own.kernel, name=b"child")
    process.threads.append(task)
    guest.kernel.tasks.add(task)
    return task


def test_self_is_the_caller(guest: Any, read: Read) -> None:
    assert link(guest, "/proc/self") == b"1"
    assert link(guest, "/proc/thread-self") == b"1/task/1"
    assert read("/proc/self/comm") == b"test\n"


def test_every_file_can_be_read(guest: Any, read: Read) -> None:
    """Also under sysfs: nothing fails but what must."""
    unreadable, changing = {b"pagemap", b"mem"}, {b"fd", b"fdinfo"}
    pending, seen = ["/proc", "/sys"], 0
    while pending:
        directory = pending.pop()
        for name in names(guest, directory):
            path = f"{directory}/{name.decode()}"
            found = guest.put(bytes(Stat.size))
            assert guest.call("newfstatat", -100, path, found, SYMLINK_NOFOLLOW) == 0, path
            mode = Stat.from_bytes(bytes(guest.read(found, Stat.size))).st_mode
            if stat.S_ISDIR(mode) and name not in {b".", b"..", *changing}:
                pending.append(path)
            elif stat.S_ISREG(mode) and mode & 0o400 and name not in unreadable:
                read(path)
                seen += 1
    assert seen > 250


def test_stat_has_all_fields(guest: Any, read: Read) -> None:
    guest.clock.used = CpuTime(user_ns=1_230_000_000, system_ns=50_000_000)
    text = read("/proc/self/stat").decode()
    number, name, state, *rest = text.split()
    assert (number, name, state) == ("1", "(test)", "R")
    assert len(rest) == 49
    assert rest[10:12] == ["123", "5"]
    assert rest[19] == str(guest.mm.mapped_bytes)


def test_status(guest: Any, read: Read) -> None:
    guest.task.blocked = 0x204
    guest.task.credentials = replace(guest.task.credentials, groups=(4, 24))
    text = read("/proc/self/status").decode()
    fields = dict(line.split(":\t", 1) for line in text.splitlines())
    assert fields["State"] == "R (running)"
    assert fields["SigBlk"] == "0000000000000204"
    assert fields["Groups"] == "4 24 "
    assert fields["VmSize"] == f"{guest.mm.mapped_bytes // 1024:8} kB"
    assert fields["Cpus_allowed_list"] == "0"


def test_memory_in_use_is_counted_in_pages(guest: Any, read: Read) -> None:
    before = int(read("/proc/self/statm").split()[1])
    guest.mm.memory.write(0x10_0000 + 0x50000, bytes(8 * 4096))
    assert int(read("/proc/self/statm").split()[1]) == before + 8
    rollup = read("/proc/self/smaps_rollup").decode()
    assert f"Rss:            {(before + 8) * 4:8} kB\n" in rollup
    assert int(read("/proc/meminfo").split()[1]) == guest.kernel.memory_bytes // 1024


def test_maps_have_linux_columns(guest: Any, read: Read) -> None:
    address = guest.call("mmap", 0, 8192, 5, 2, guest.call("openat", -100, "/dev/zero", 0), 0)
    rows = read("/proc/self/maps").decode().splitlines()
    assert rows[0] == "00100000-00200000 rw-p 00000000 00:00 0 "
    row = next(row for row in rows if row.startswith(f"{address:x}"))
    assert re.fullmatch(r"[0-9a-f]+-[0-9a-f]+ r-xp 00000000 [0-9a-f:]+ \d+ +/dev/zero", row)
    assert row.index("/dev/zero") == 73


def test_arguments_may_be_overwritten(guest: Any, read: Read) -> None:
    start = guest.put(b"prog\0-x\0")
    guest.mm.arguments = (start, start + 8)
    assert read("/proc/self/cmdline") == b"prog\0-x\0"
    guest.mm.memory.write(start, b"title   ")
    assert read("/proc/self/cmdline").startswith(b"title")


def test_descriptors(guest: Any, read: Read) -> None:
    fd = guest.call("openat", -100, "/dev/null", 0o2000001)
    assert link(guest, f"/proc/self/fd/{fd}") == b"/dev/null"
    assert link(guest, "/proc/self/fd/0") == b"pipe:[stdin]"
    assert f"flags:\t0{0o2400001:o}\n".encode() in read(f"/proc/self/fdinfo/{fd}")
    assert guest.call("openat", -100, "/proc/self/fd/77", 0) == -E.ENOENT.value
    assert names(guest, "/proc/self/fd")[2:] == [b"0", b"1", b"2", b"3", b"4"]
    again = guest.call("openat", -100, f"/proc/self/fd/{fd}", 1)
    assert guest.task.files.get(again).dentry.inode is guest.task.files.get(fd).dentry.inode


def test_standard_streams_can_be_opened_by_name(guest: Any) -> None:
    fd = guest.call("openat", -100, "/dev/stdout", 1)
    guest.call("write", fd, guest.put(b"out"), 3)
    assert guest.stdout.getvalue() == b"out"


def test_own_places(guest: Any) -> None:
    guest.call("chdir", "/tmp")
    assert link(guest, "/proc/self/cwd") == b"/tmp"
    assert link(guest, "/proc/self/root") == b"/"
    fd = guest.call("openat", -100, "/proc/self/cwd/new", 0o102, 0o600)
    assert fd >= 0
    assert link(guest, f"/proc/self/fd/{fd}") == b"/tmp/new"


def test_name_can_be_written_by_its_process_only(guest: Any, read: Read) -> None:
    add_process(guest, 2)
    fd = guest.call("openat", -100, "/proc/self/comm", 1 | 0o1000)
    assert guest.call("write", fd, guest.put(b"a name that is too long\n"), 24) == 24
    assert read("/proc/1/comm") == b"a name that is \n"
    other = guest.call("openat", -100, "/proc/2/comm", 1)
    assert guest.call("write", other, guest.put(b"x"), 1) == -E.EINVAL.value


def test_processes_come_and_go(guest: Any, read: Read) -> None:
    task = add_process(guest, 2)
    assert b"2" in names(guest, "/proc")
    assert read("/proc/2/status").startswith(b"Name:\tchild\n")
    kept = guest.call("openat", -100, "/proc/2/status", 0)
    task.process.exit_code = 0
    assert b"State:\tZ (zombie)\n" in read("/proc/2/status")
    assert b"VmSize" not in read("/proc/2/status")
    guest.kernel.tasks.remove_process(task.process)
    assert guest.call("openat", -100, "/proc/2/status", 0) == -E.ENOENT.value
    assert guest.call("read", kept, guest.put(bytes(64)), 64) == -E.ESRCH.value


def test_stopped_process(guest: Any, read: Read) -> None:
    add_process(guest, 2).process.stopped = 19
    assert read("/proc/2/stat").split()[2] == b"T"


def test_threads(guest: Any, read: Read) -> None:
    own = guest.task
    thread = Task(5, own.process, own.mm.get(), own.files, own.fs, own.handlers, own.kernel, name=b"worker")
    own.process.threads.append(thread)
    guest.kernel.tasks.add(thread)
    assert names(guest, "/proc/self/task")[2:] == [b"1", b"5"]
    assert read("/proc/self/task/5/comm") == b"worker\n"
    assert b"5" not in names(guest, "/proc")
    assert read("/proc/5/status").splitlines()[5] == b"Pid:\t5"


def test_memory_of_a_process(guest: Any) -> None:
    text = guest.put(b"secret")
    fd = guest.call("openat", -100, "/proc/self/mem", 0)
    buffer = guest.put(bytes(16))
    assert guest.call("pread64", fd, buffer, 6, text) == 6
    assert guest.read(buffer, 6) == b"secret"
    assert guest.call("pread64", fd, buffer, 6, 0x4000) == -E.EIO.value
    page_map = guest.call("openat", -100, "/proc/self/pagemap", 0)
    assert guest.call("read", page_map, buffer, 8) == -E.EPERM.value


def test_content_is_made_anew_from_the_beginning(guest: Any) -> None:
    fd = guest.call("openat", -100, "/proc/uptime", 0)
    buffer = guest.put(bytes(64))
    size = guest.call("read", fd, buffer, 64)
    assert guest.read(buffer, size) == b"0.00 0.00\n"
    guest.clock.ns = 2_500_000_000
    assert guest.call("read", fd, buffer, 64) == 0
    guest.call("lseek", fd, 0, 0)
    size = guest.call("read", fd, buffer, 64)
    assert guest.read(buffer, size).startswith(b"2.50 ")


def test_settings(guest: Any, read: Read) -> None:
    fd = guest.call("openat", -100, "/proc/sys/kernel/hostname", 1)
    guest.call("write", fd, guest.put(b"other\n"), 6)
    assert read("/proc/sys/kernel/hostname") == b"other\n"
    assert guest.kernel.identity.nodename == b"other"
    assert read("/proc/sys/kernel/random/boot_id") == read("/proc/sys/kernel/random/boot_id")
    assert read("/proc/sys/kernel/random/uuid") != read("/proc/sys/kernel/random/uuid")
    fixed = guest.call("openat", -100, "/proc/sys/vm/swappiness", 1)
    assert fixed < 0 or guest.call("write", fixed, guest.put(b"1"), 1) == -E.EINVAL.value


def test_oom_adjustment(guest: Any, read: Read) -> None:
    fd = guest.call("openat", -100, "/proc/self/oom_score_adj", 2)
    assert guest.call("write", fd, guest.put(b"1001"), 4) == -E.EINVAL.value
    assert guest.call("write", fd, guest.put(b"-500"), 4) == 4
    assert read("/proc/self/oom_score_adj") == b"-500\n"
    assert read("/proc/self/oom_adj") == b"-8\n"


def test_mounts(guest: Any, read: Read) -> None:
    assert b"proc /proc proc rw,relatime 0 0\n" in read("/proc/mounts")
    rows = [line.split() for line in read("/proc/self/mountinfo").splitlines()]
    numbers = {row[4]: row[0] for row in rows}
    parents = {row[4]: row[1] for row in rows}
    assert parents[b"/dev/pts"] == numbers[b"/dev"]
    assert parents[b"/proc"] == numbers[b"/"]


def test_inode_numbers_are_unique_and_stay(guest: Any) -> None:
    def numbers() -> dict[bytes, int]:
        fd = guest.call("openat", -100, "/proc/self", 0o200000)
        return {entry.name: entry.inode for entry in guest.task.files.get(fd).entries()[2:]}

    first = numbers()
    assert len(set(first.values())) == len(first)
    assert numbers() == first


def test_core_sets() -> None:
    assert cpu_list(0b101111) == "0-3,5"
    assert cpu_list(0) == ""
    assert cpu_mask(0xFF) == "ff"
    assert cpu_mask(1 << 32 | 1) == "1,00000001"


def test_nothing_can_be_made_in_proc(guest: Any) -> None:
    assert guest.call("mkdirat", -100, "/proc/x", 0o755) < 0
    assert guest.call("unlinkat", -100, "/proc/version", 0) < 0
    with pytest.raises(Errno):
        guest.kernel.tree.root.lookup(b"proc").inode.lookup(b"nothing")
