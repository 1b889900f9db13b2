"""The table of all system calls: imports every module that declares some."""

from __future__ import annotations

import guest.child_wait
import guest.clone
import guest.credential_calls
import guest.events.aio
import guest.events.epoll_syscalls
import guest.events.eventfd
import guest.events.perf_event
import guest.events.pidfd
import guest.events.pipe
import guest.events.poll
import guest.events.select
import guest.events.splice
import guest.events.timerfd
import guest.exec
import guest.exit
import guest.fs.syscalls.descriptors
import guest.fs.syscalls.fcntl
import guest.fs.syscalls.io
import guest.fs.syscalls.memfd
import guest.fs.syscalls.metadata
import guest.fs.syscalls.mounts
import guest.fs.syscalls.names
import guest.fs.syscalls.space
import guest.fs.syscalls.watching
import guest.fs.syscalls.xattr
import guest.futex.syscalls
import guest.ipc.mqueue_syscalls
import guest.ipc.msg_syscalls
import guest.ipc.sem_syscalls
import guest.ipc.shm_syscalls
import guest.mm.syscalls
import guest.net.syscalls.endpoint
import guest.net.syscalls.options
import guest.net.syscalls.transfer
import guest.process
import guest.sched.priority_syscalls
import guest.sched.syscalls
import guest.signal.kill
import guest.signal.signalfd
import guest.signal.syscalls
import guest.signal.timer_syscalls
import guest.system
import guest.time  # noqa: F401
from guest.syscall import SyscallTable


def make_table() -> SyscallTable:
    """A table with fresh statistics: one per run."""
    return SyscallTable()
