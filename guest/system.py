"""System calls about the machine as a whole: identity, memory, entropy."""

from __future__ import annotations

from dataclasses import replace

from guest.abi.errno import E, Errno
from guest.abi.flags import RandomFlag
from guest.abi.structs import Sysinfo, Utsname
from guest.arguments import Address, Int, OutBuffer, OutPtr, RandomFlags, Size
from guest.credentials import Capability
from guest.mm.user_copy import copy_from_user, copy_to_user
from guest.proc.accounting import activity_of
from guest.sched.load_average import FIXED_SHIFT
from guest.syscall import syscall
from guest.task import Task

_RANDOM_CHUNK = 1 << 20
_LOAD_SHIFT = 16
"""Bits behind the point of the load averages (SI_LOAD_SHIFT)."""
_LONGEST_NAME = 64
"""__NEW_UTS_LEN."""


@syscall("uname")
def uname(task: Task, result: OutPtr[Utsname]) -> None:
    known = task.kernel.identity
    result.put(Utsname(known.sysname, known.nodename, known.release, known.version, known.machine, known.domainname))


@syscall("sethostname")
def sethostname(task: Task, name: Address, length: Int) -> None:
    kernel = task.kernel
    kernel.identity = replace(kernel.identity, nodename=_new_name(task, name, length))


@syscall("setdomainname")
def setdomainname(task: Task, name: Address, length: Int) -> None:
    kernel = task.kernel
    kernel.identity = replace(kernel.identity, domainname=_new_name(task, name, length))


def _new_name(task: Task, name: int, length: int) -> bytes:
    if not task.credentials.capable(Capability.CAP_SYS_ADMIN):
        raise Errno(E.EPERM)
    if not 0 <= length <= _LONGEST_NAME:
        raise Errno(E.EINVAL)
    return copy_from_user(task.mm, name, length).split(b"\0", 1)[0]


@syscall("sysinfo")
def sysinfo(task: Task, result: OutPtr[Sysinfo]) -> None:
    kernel = task.kernel
    averages = activity_of(kernel).machine_activity().load_averages
    result.put(
        Sysinfo(
            uptime=kernel.clock.now_ns() // 10**9,
            loads=tuple(average << _LOAD_SHIFT - FIXED_SHIFT for average in averages),
            totalram=kernel.memory_bytes,
            freeram=kernel.caches.physical.free_bytes,
            procs=sum(len(process.threads) for process in kernel.tasks.processes()),
        )
    )


@syscall("getrandom", note="from the seed")
def getrandom(task: Task, buffer: OutBuffer, size: Size, flags: RandomFlags) -> int:
    both = RandomFlag.GRND_RANDOM | RandomFlag.GRND_INSECURE
    if flags & ~(both | RandomFlag.GRND_NONBLOCK) or flags & both == both:
        raise Errno(E.EINVAL)
    size = min(size, 0x7FFFFFFF)
    done = 0
    while done < size:
        length = min(_RANDOM_CHUNK, size - done)
        copy_to_user(task.mm, buffer + done, task.kernel.random.bytes(length))
        done += length
    return done
