"""Random system calls: whatever a program passes, it gets a result or an error number, and only what is its own.

Each example is a session of one task on a fresh machine. AIMC_FUZZ_CALLS says how many calls all sessions make.
"""

from __future__ import annotations

import contextlib
import gc
import hashlib
import os
import random
import resource
import shutil
import signal
import stat
from collections.abc import Iterator
from pathlib import Path
from types import FrameType

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from emulator.memory import BadAddress, Protection
from guest.arguments import PathType
from guest.syscall import Declaration, Pending, declarations
from guest.syscall_table import make_table
from guest.task import TaskExit
from guest.wait import Wakeup
from tests.end_to_end.elf import EXIT_0, program
from tests.guest.conftest import SCRATCH, SCRATCH_SIZE, Guest

CALLS = int(os.environ.get("AIMC_FUZZ_CALLS", "2000"))
SESSION = 40
"""Calls of one example."""
SECONDS = 60
"""A session that takes longer hangs; it usually takes a hundredth of one."""
HOST_BYTES = 2 << 30
"""A session may not make this process larger by more: a length must not become an allocation."""

SECRET = b"what-only-the-host-knows "
HIDDEN = "hidden-name-of-the-host"
PATHS: tuple[bytes, ...] = (
    b"", b"/", b".", b"..", b"file", b"/dir", b"/dir/inner", b"/new", b"dir/new", b"/tmp", b"/tmp/a", b"/tmp/b", b"/none/x",
    b"../../..", b"/../../../../etc/passwd", b"../outside/secret", b"/out", b"/abs", b"/outdir", b"/outdir/secret",
    b"/abs/x", b"/loop", b"/dir/../outdir/..", b"file/", b"/prog", b"/script", b"/dev/null", b"/dev/zero", b"/dev/full",
    b"/dev/random", b"/dev/tty", b"/dev/ptmx", b"/dev/pts/0", b"/dev/shm/x", b"/dev/fd/0", b"/proc/self", b"/proc/self/exe",
    b"/proc/self/cwd/../..", b"/proc/self/root/../../outside/secret", b"/proc/self/fd/3", b"/proc/self/maps",
    b"/proc/self/mem", b"/proc/self/status", b"/proc/1/environ", b"/proc/self/task", b"/proc/sys/kernel/hostname",
    b"/proc/99999/stat", b"/sys", b"/sys/devices/system/cpu", b"\xff\xfe", b"x" * 255, b"x" * 256, b"/a" * 600, b"tmpfs",
    b"proc", b"user.name", b"security.capability", b"/proc/self/fdinfo/4", b"/proc/self/ns", b"/tmp/fifo",
)  # fmt: skip
STRINGS = SCRATCH + 0x1000
BUFFERS = SCRATCH + 0x8000
USED = 0x2_0000
"""Bytes of the scratch memory that hold strings and buffers."""


def _strings() -> tuple[bytes, tuple[int, ...]]:
    data, places = bytearray(), []
    for path in PATHS:
        places.append(STRINGS + len(data))
        data += path + b"\0"
    assert STRINGS + len(data) < BUFFERS
    return bytes(data), tuple(places)


STRING_BYTES, STRING_PLACES = _strings()
END = SCRATCH + SCRATCH_SIZE
GOOD = tuple(BUFFERS + 0x400 * place for place in range(24))
BAD = (0, 1, 8, 0xFFF, 0x1000, END, END + 0x1000, (1 << 48) - 8, 1 << 48, 1 << 55, (1 << 63) - 1, 1 << 63, (1 << 64) - 1,
       (1 << 64) - 4096)  # fmt: skip
EDGES = (
    END - 1,
    END - 3,
    END - 4,
    END - 8,
    END - 16,
    SCRATCH,
    SCRATCH - 1,
    SCRATCH - 8,
    BUFFERS + 0xFFF,
    BUFFERS + 0x1FFC,
)
CROOKED = tuple(place + shift for place in GOOD[:4] for shift in (1, 2, 4, 7))
POINTERS = GOOD * 3 + STRING_PLACES[:20] + CROOKED + EDGES + BAD
SMALL = tuple(range(33))
BITS = tuple(1 << bit for bit in range(64))
LIMITS = (-1, -2, -100, -4095, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, (1 << 31) - 4096, (1 << 63) - 1, 1 << 63, (1 << 63) + 1,
          4095, 4096, 4097, 65535, 65536, 1 << 20, (1 << 20) + 1, 0x7FFFF000)  # fmt: skip
NUMBERS = tuple(value & (1 << 64) - 1 for value in (*SMALL, *SMALL, *BITS, *LIMITS))
FLAGS = tuple(1 << one | 1 << other for one in range(24) for other in range(one)) + NUMBERS
FILES = tuple(range(3, 22)) * 3 + tuple(
    value & (1 << 64) - 1 for value in (0, 1, 2, -1, -100, -100, 500, 1023, 1 << 31)
)
ANY = NUMBERS + POINTERS + FILES


def _argument(name: str, parameter: object) -> st.SearchStrategy[int]:
    """Mostly what the call wants there, now and then anything."""
    if isinstance(parameter, PathType):
        pool = STRING_PLACES * 4 + EDGES + BAD
    elif name in {"fd", "directory", "source", "target", "epoll", "old_directory", "new_directory", "out", "pidfd"}:
        pool = FILES
    elif type(parameter).__name__ in {"Integer", "Conditional"}:
        pool = FLAGS if name in {"flags", "mode", "mask", "options"} else NUMBERS + POINTERS
    else:
        pool = POINTERS
    return st.sampled_from(pool + ANY[:: max(1, 8 * len(ANY) // len(pool))])


def _has_pointer(call: Declaration) -> bool:
    return any(type(kind).__name__ not in {"Integer", "Conditional"} for _, kind in call.parameters)


make_table()
TESTED = [call for call in declarations() if call.name not in {"exit", "exit_group"}]
WEIGHTED = [call for call in TESTED for _ in range(1 + 2 * _has_pointer(call) + bool(call.parameters))]
ARGUMENTS = {
    call.name: st.tuples(*[_argument(name, kind) for name, kind in call.parameters], *[st.sampled_from(ANY)]).map(
        lambda values: values[:6]
    )
    for call in TESTED
}
CALL = st.sampled_from([call.name for call in WEIGHTED]).flatmap(lambda name: st.tuples(st.just(name), ARGUMENTS[name]))


class Hangs(AssertionError):
    """A session did not end."""


def _raise_hangs(number: int, frame: FrameType | None) -> None:
    raise Hangs(f"no end after {SECONDS} s")


@pytest.fixture
def bounded() -> Iterator[None]:
    """Host time and memory have an end, also where a call would take them all."""
    old = signal.signal(signal.SIGALRM, _raise_hangs)
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    now = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (now + HOST_BYTES if hard == -1 else min(hard, now + HOST_BYTES), hard))
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()
    signal.alarm(0)
    signal.signal(signal.SIGALRM, old)
    resource.setrlimit(resource.RLIMIT_AS, (soft, hard))


def _make_folders(folder: Path) -> Path:
    outside, root = folder / "outside", folder / "root"
    outside.mkdir(parents=True)
    (outside / "secret").write_bytes(SECRET * 50)
    (outside / HIDDEN).write_bytes(SECRET)
    (root / "dir").mkdir(parents=True)
    (root / "file").write_bytes(b"content of a file " * 700)
    (root / "dir" / "inner").write_bytes(b"inner")
    (root / "prog").write_bytes(program(EXIT_0))
    (root / "script").write_bytes(b"#!/prog x\n")
    for name in ("prog", "script"):
        (root / name).chmod(0o755)
    (root / "out").symlink_to("../outside/secret")
    (root / "abs").symlink_to(outside / "secret")
    (root / "outdir").symlink_to("../outside")
    (root / "loop").symlink_to("loop")
    return root


def _state(folder: Path) -> str:
    """Names, attributes and content of everything in a folder."""
    found = hashlib.sha256()
    for path in sorted([folder, *folder.rglob("*")]):
        status = path.lstat()
        found.update(repr((path, status.st_mode, status.st_uid, status.st_gid, status.st_nlink)).encode())
        if not stat.S_ISDIR(status.st_mode):
            found.update(repr((status.st_size, status.st_mtime_ns)).encode())
        if stat.S_ISREG(status.st_mode):
            found.update(path.read_bytes())
    return found.hexdigest()


def _open_files(guest: Guest) -> None:
    """Descriptors 3 to 21, one or two of each kind."""
    for path, flags in (
        (b"/file", 0), (b"/dir", 0), (b"/", 0), (b"/tmp/a", 0o102), (b"/dev/null", 2), (b"/dev/zero", 2), (b"/proc/self/maps", 0),
        (b"/proc/self/mem", 2), (b"/dev/ptmx", 2), (b"/outdir", 0o10000000), (b"/dir/inner", 2),
    ):  # fmt: skip
        guest.call("openat", -100, path, flags, 0o600)
    guest.call("pipe2", BUFFERS, 0)
    for name, arguments in (
        ("eventfd2", (3, 0)), ("epoll_create1", (0,)), ("timerfd_create", (1, 0)), ("inotify_init1", (0,)),
        ("memfd_create", (b"x", 2)), ("pidfd_open", (1, 0)),
    ):  # fmt: skip
        guest.call(name, *arguments)


def _refresh(guest: Guest) -> None:
    """Strings are where the arguments say, whatever the calls before have done to the memory."""
    guest.mm = guest.task.mm
    try:
        guest.mm.memory.write(STRINGS, STRING_BYTES)
    except BadAddress:
        guest.mm.map(SCRATCH, SCRATCH_SIZE, Protection.READ | Protection.WRITE, fixed=True)
        guest.mm.memory.write(STRINGS, STRING_BYTES)


def _fill(guest: Guest, source: random.Random) -> None:
    """Buffers: random bytes, small numbers, and structures that begin with good pointers."""
    data = bytearray(source.randbytes(0x400 * len(GOOD)))
    for place in range(len(GOOD)):
        if place % 3:
            pool = (SMALL, ANY)[place % 3 - 1]
            words = [source.choice(pool) if source.random() < 0.7 else source.choice(GOOD) for _ in range(0x80)]
            data[0x400 * place : 0x400 * (place + 1)] = b"".join(word.to_bytes(8, "little") for word in words)
    guest.mm.memory.write(BUFFERS, data)


def _pass_time(guest: Guest, until_ns: int) -> None:
    """To a moment of guest time; what happens every nanosecond is not waited for to the last time."""
    timers = guest.kernel.timers
    for _ in range(20):
        due = timers.next_deadline_ns()
        if due is None or due > until_ns:
            break
        guest.clock.ns = max(guest.clock.ns, due)
        timers.fire(guest.clock.ns)
    guest.clock.ns = max(guest.clock.ns, until_ns)


def _finish(guest: Guest, result: int | Pending) -> int | None:
    """The result of a call that may wait: its time passes, then a signal comes, then its task ends (None)."""
    for _ in range(3):
        if not isinstance(result, Pending):
            return result
        deadline = result.wait.deadline_ns
        if deadline is None or deadline > guest.clock.ns + 100_000_000_000:
            break
        _pass_time(guest, deadline)
        result = result.resume(Wakeup.TIMEOUT)
    if isinstance(result, Pending):
        result = result.interrupt()
    if isinstance(result, Pending):
        result.cancel()
        return None
    return result


def _check_output(guest: Guest) -> None:
    """Nothing of the host has come into the program's memory or onto its output."""
    with contextlib.suppress(BadAddress):
        seen = guest.task.mm.memory.read(SCRATCH, USED)
        assert SECRET not in seen, "content of a file outside the root was read"
        assert HIDDEN.encode() not in seen, "a folder outside the root was listed"


def _run(guest: Guest, calls: list[tuple[str, tuple[int, ...]]], seed: int) -> None:
    _open_files(guest)
    source = random.Random(seed)
    _refresh(guest)
    _fill(guest, source)
    for number, (name, arguments) in enumerate(calls):
        _refresh(guest)
        if number % 10 == 9:
            _fill(guest, source)
        try:
            result = _finish(guest, guest.start(name, *arguments))
        except TaskExit:
            return
        assert result is None or -4095 <= result < 1 << 63, f"{name} gives {result}"
        _check_output(guest)
        _pass_time(guest, guest.clock.ns + 1000)
    written = guest.stdout.getvalue() + guest.stderr.getvalue()
    assert SECRET not in written and HIDDEN.encode() not in written


def _end(guest: Guest) -> None:
    for task in guest.kernel.tasks.tasks():
        task.release()
    guest.task.release()
    guest.kernel.tree.close()


@pytest.mark.skipif("AIMC_FUZZ_CALLS" not in os.environ, reason="not yet proven: runs only with AIMC_FUZZ_CALLS set")
@settings(
    derandomize=True,
    database=None,
    deadline=None,
    max_examples=max(1, CALLS // SESSION),
    phases=(Phase.explicit, Phase.generate, Phase.shrink),
    suppress_health_check=list(HealthCheck),
)
@given(calls=st.lists(CALL, min_size=SESSION, max_size=SESSION), seed=st.integers(0, 1 << 32), writable=st.booleans())
def test_any_call_with_any_arguments(
    tmp_path: Path, bounded: None, calls: list[tuple[str, tuple[int, ...]]], seed: int, writable: bool
) -> None:
    folder = tmp_path / "session"
    root = _make_folders(folder)
    outside = _state(folder / "outside")
    inside = None if writable else _state(root)
    guest = Guest(root, b"input\n" * 10, writable=writable)
    physical = guest.scheduling.physical
    signal.alarm(SECONDS)
    try:
        _run(guest, calls, seed)
    finally:
        signal.alarm(0)
        _end(guest)
        after = _state(folder / "outside")
        unchanged = writable or inside == _state(root)
        present = sorted(path.name for path in folder.iterdir())
        shutil.rmtree(folder)
    assert after == outside, "something outside the root was changed"
    assert unchanged, "the root was changed, though it is not writable"
    assert present == ["outside", "root"], "something was made outside the root"
    del guest
    gc.collect()
    assert physical.used_bytes == 0, "memory of the machine was not given back"
