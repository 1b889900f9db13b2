"""Time, identity, limits, signals and entropy."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from guest.abi.constants import ClockId, PrctlOption, Resource, Signal
from guest.abi.errno import E
from guest.abi.structs import Rlimit, Sigaction, SigaltStack, Sysinfo, Timespec, Timeval, Tms, Utsname
from guest.services import DEFAULT_EPOCH_NS, CpuTime

if TYPE_CHECKING:
    from tests.guest.conftest import Guest


def test_clocks_are_virtual(guest: Guest) -> None:
    guest.clock.ns = 3_000_000_007
    guest.clock.used = CpuTime(2_000_000_000, 500)
    place = guest.put(bytes(16))

    def read(clock: int) -> int:
        assert guest.call("clock_gettime", clock, place) == 0
        return Timespec.from_bytes(guest.read(place, 16)).ns

    assert read(ClockId.CLOCK_MONOTONIC) == 3_000_000_007
    assert read(ClockId.CLOCK_REALTIME) == DEFAULT_EPOCH_NS + 3_000_000_007
    assert read(ClockId.CLOCK_MONOTONIC_COARSE) == 3_000_000_000
    assert read(ClockId.CLOCK_PROCESS_CPUTIME_ID) == 2_000_000_500
    assert guest.call("clock_gettime", 99, place) == -E.EINVAL
    guest.call("gettimeofday", place, 0)
    assert Timeval.from_bytes(guest.read(place, 16)).tv_usec == 0
    times = guest.put(bytes(32))
    assert guest.call("times", times) == 300
    assert Tms.from_bytes(guest.read(times, 32)).tms_utime == 200
    assert guest.call("nanosleep", guest.put(Timespec(0, 10**9).to_bytes()), 0) == -E.EINVAL


def test_identity(guest: Guest) -> None:
    place = guest.put(bytes(Utsname.size))
    assert guest.call("uname", place) == 0
    found = Utsname.from_bytes(guest.read(place, Utsname.size))
    assert found.machine.rstrip(b"\0") == b"aarch64"
    assert [guest.call(name) for name in ("getpid", "gettid", "getppid", "getuid", "getegid")] == [1, 1, 0, 0, 0]
    assert guest.call("set_tid_address", 0x5000) == 1
    assert guest.task.clear_child_tid == 0x5000
    place = guest.put(bytes(Sysinfo.size))
    assert guest.call("sysinfo", place) == 0
    assert Sysinfo.from_bytes(guest.read(place, Sysinfo.size)).totalram == 64 << 20
    mask = guest.put(bytes(128))
    assert guest.call("sched_getaffinity", 0, 128, mask) == 8
    assert guest.read(mask, 8) == b"\1" + bytes(7)


def test_limits_are_read_set_and_enforced(guest: Guest) -> None:
    place = guest.put(bytes(16))
    assert guest.call("prlimit64", 0, Resource.RLIMIT_STACK, 0, place) == 0
    assert Rlimit.from_bytes(guest.read(place, 16)).rlim_cur == 8 << 20
    new = guest.put(Rlimit(4, 8).to_bytes())
    assert guest.call("prlimit64", 0, Resource.RLIMIT_NOFILE, new, 0) == 0
    assert [guest.call("dup", 0), guest.call("dup", 0)] == [3, -E.EMFILE]
    assert guest.call("prlimit64", 0, 99, 0, place) == -E.EINVAL
    assert guest.call("prlimit64", 0, Resource.RLIMIT_NOFILE, guest.put(Rlimit(9, 8).to_bytes()), 0) == -E.EINVAL
    guest.call("setrlimit", Resource.RLIMIT_AS, guest.put(Rlimit(2 << 20, 2 << 20).to_bytes()))
    assert guest.call("mmap", 0, 2 << 20, 3, 0x22, -1, 0) == -E.ENOMEM


def test_signal_actions_and_masks_are_kept(guest: Guest) -> None:
    new = guest.put(Sigaction(0x4000, 0x10000000, 0, 1 << 8).to_bytes())
    old = guest.put(b"\xff" * 32)
    assert guest.call("rt_sigaction", Signal.SIGUSR1, new, old, 8) == 0
    assert Sigaction.from_bytes(guest.read(old, 32)) == Sigaction()
    assert guest.call("rt_sigaction", Signal.SIGUSR1, 0, old, 8) == 0
    # SIGKILL (9) cannot be in a mask.
    assert Sigaction.from_bytes(guest.read(old, 32)) == Sigaction(0x4000, 0x10000000, 0, 0)
    assert guest.call("rt_sigaction", Signal.SIGKILL, new, 0, 8) == -E.EINVAL
    assert guest.call("rt_sigaction", 65, new, 0, 8) == -E.EINVAL
    every = guest.put(b"\xff" * 8)
    assert guest.call("rt_sigprocmask", 2, every, old, 8) == 0
    assert guest.task.blocked == (1 << 64) - 1 & ~(1 << 8 | 1 << 18)
    assert guest.call("rt_sigprocmask", 7, every, 0, 8) == -E.EINVAL
    stack = guest.put(SigaltStack(0x7000, 0, 0x4000).to_bytes())
    assert guest.call("sigaltstack", stack, 0) == 0
    assert guest.call("sigaltstack", 0, old) == 0
    assert SigaltStack.from_bytes(guest.read(old, 24)) == SigaltStack(0x7000, 0, 0x4000)


def test_signals_to_itself(guest: Guest) -> None:
    assert guest.call("tgkill", 1, 1, Signal.SIGABRT) == 0
    assert guest.task.attention
    info = guest.task.pending.take(0)
    assert info is not None
    assert info.number == Signal.SIGABRT
    assert guest.call("kill", 1, 0) == 0
    assert guest.call("kill", 1, Signal.SIGCHLD) == 0
    assert guest.call("kill", 55, Signal.SIGTERM) == -E.ESRCH
    guest.call("rt_sigprocmask", 0, guest.put((1 << 14).to_bytes(8, "little")), 0, 8)
    assert guest.call("kill", 1, Signal.SIGTERM) == 0
    place = guest.put(bytes(8))
    guest.call("rt_sigpending", place, 8)
    assert guest.read(place, 8) == (1 << 14).to_bytes(8, "little")


def test_a_handled_signal_waits_for_delivery(guest: Guest) -> None:
    guest.call("rt_sigaction", Signal.SIGUSR1, guest.put(Sigaction(0x4000).to_bytes()), 0, 8)
    assert guest.call("tkill", 1, Signal.SIGUSR1) == 0
    info = guest.task.pending.take(0)
    assert info is not None
    assert (info.number, info.code, info.pid) == (Signal.SIGUSR1, -6, 1)
    assert guest.task.pending.take(0) is None


def test_entropy_comes_from_the_seed(make_guest: Callable[..., Guest]) -> None:
    def draw() -> bytes:
        guest = make_guest()
        place = guest.put(bytes(40))
        assert guest.call("getrandom", place, 40, 0) == 40
        return guest.read(place, 40)

    assert draw() == draw() != bytes(40)


def test_names(guest: Guest) -> None:
    assert guest.call("prctl", PrctlOption.PR_SET_NAME, "a rather long name") == 0
    place = guest.put(bytes(16))
    assert guest.call("prctl", PrctlOption.PR_GET_NAME, place) == 0
    assert guest.read(place, 16) == b"a rather long n\0"
    assert guest.call("prctl", 12345) == -E.EINVAL


def test_memory_calls(guest: Guest) -> None:
    place = guest.call("mmap", 0, 8192, 3, 0x22, -1, 0)
    guest.mm.memory.write(place, b"x" * 8192)
    assert guest.call("madvise", place, 4096, 4) == 0
    assert guest.read(place + 4095, 2) == b"\0x"
    assert guest.call("mprotect", place, 4096, 1) == 0
    assert guest.call("getrandom", place, 8, 0) == -E.EFAULT
    assert guest.call("munmap", place, 8192) == 0
    assert guest.call("munmap", place + 1, 8192) == -E.EINVAL
    assert guest.call("mmap", 0, 0, 3, 0x22, -1, 0) == -E.EINVAL
    assert guest.call("mmap", 0, 4096, 3, 0x20, -1, 0) == -E.EINVAL
    assert guest.call("mmap", 0, 4096, 3, 0x2, 99, 0) == -E.EBADF
    assert guest.call("mmap", 0, 1 << 40, 3, 0x22, -1, 0) == -E.ENOMEM
    assert guest.call("madvise", place, 4096, 4) == -E.ENOMEM
    assert guest.call("membarrier", 0, 0, 0) > 0
