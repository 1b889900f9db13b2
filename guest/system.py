"""System calls about the machine as a whole: identity, memory, entropy, processors."""

from __future__ import annotations

from guest.abi.errno import E, Errno
from guest.abi.flags import RandomFlag
from guest.abi.structs import Sysinfo, Utsname
from guest.arguments import Address, OutBuffer, OutPtr, Pid, RandomFlags, Size, UInt
from guest.mm.user_copy import copy_from_user, copy_to_user
from guest.syscall import syscall
from guest.task import Task
from guest.wait import Blocking, Reschedule

_RANDOM_CHUNK = 1 << 20


@syscall("uname")
def uname(task: Task, result: OutPtr[Utsname]) -> None:
    known = task.kernel.identity
    result.put(Utsname(known.sysname, known.nodename, known.release, known.version, known.machine, known.domainname))


@syscall("sysinfo", partial="no load averages; free memory is the limit less what this process may write")
def sysinfo(task: Task, result: OutPtr[Sysinfo]) -> None:
    total = task.kernel.memory_bytes
    free = max(total - task.mm.vmas.charged_bytes, 0)
    uptime = task.kernel.clock.now_ns() // 10**9
    result.put(Sysinfo(uptime=uptime, totalram=total, freeram=free, procs=1))


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


@syscall("sched_yield")
def sched_yield(task: Task) -> Blocking[None]:
    yield Reschedule()


def _check_thread(task: Task, tid: int) -> None:
    if tid not in (0, task.tid):
        raise Errno(E.ESRCH)


@syscall("sched_getaffinity", partial="the caller only")
def sched_getaffinity(task: Task, tid: Pid, size: UInt, mask: Address) -> int:
    _check_thread(task, tid)
    cores = task.kernel.cpu.cores
    # The kernel's mask has whole 64-bit words for all possible cores.
    needed = -(-cores // 64) * 8
    if size < needed or size % 8:
        raise Errno(E.EINVAL)
    copy_to_user(task.mm, mask, ((1 << cores) - 1).to_bytes(needed, "little"))
    return needed


@syscall("sched_setaffinity", partial="the caller only, and only masks that hold every core")
def sched_setaffinity(task: Task, tid: Pid, size: UInt, mask: Address) -> None:
    _check_thread(task, tid)
    wanted = int.from_bytes(copy_from_user(task.mm, mask, min(size, 128)), "little")
    every = (1 << task.kernel.cpu.cores) - 1
    if wanted & every != every:
        raise Errno(E.EINVAL)


@syscall("getcpu")
def getcpu(task: Task, cpu: Address, node: Address) -> None:
    if cpu:
        copy_to_user(task.mm, cpu, task.kernel.clock.current_core(task).to_bytes(4, "little"))
    if node:
        copy_to_user(task.mm, node, bytes(4))
