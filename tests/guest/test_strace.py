"""strace lines where several tasks run."""

from __future__ import annotations

import io
from typing import Any

from guest.abi.flags import CloneFlag
from guest.abi.netlink import NetlinkOption
from guest.abi.signal import ChildCode, SegvCode
from guest.abi.socket import NETLINK_KOBJECT_UEVENT, NETLINK_ROUTE, Family, Level, SocketType
from guest.abi.structs import Timespec
from guest.signal.state import SignalInfo
from guest.strace import Tracer, show_info
from guest.syscall import Pending
from guest.wait import Wakeup

THREAD = int(CloneFlag.CLONE_VM | CloneFlag.CLONE_SIGHAND | CloneFlag.CLONE_THREAD)


def test_a_call_that_another_interrupts_is_shown_in_two_parts(guest: Any) -> None:
    stream = io.StringIO()
    guest.table.tracer = tracer = Tracer(stream)
    tracer.began(guest.task)
    tracer.began(guest.kernel.tasks.find(guest.call("clone", THREAD, 0, 0, 0, 0)))
    waiting = guest.start("nanosleep", guest.put(Timespec(1).to_bytes()), 0)
    assert isinstance(waiting, Pending)
    other = guest.kernel.tasks.find(2)
    guest.table.dispatch(other, 172, [0] * 6)
    waiting.resume(Wakeup.TIMEOUT)
    tracer.ended(other, 7 << 8)
    tracer.ended(guest.task, 11 | 0x80)
    assert stream.getvalue().splitlines() == [
        "clone(child_stack=NULL, flags=CLONE_VM|CLONE_SIGHAND|CLONE_THREAD) = 2",
        "[pid     1] nanosleep({tv_sec=1, tv_nsec=0},  <unfinished ...>",
        "[pid     2] getpid() = 1",
        "[pid     1] <... nanosleep resumed>NULL) = 0",
        "[pid     2] +++ exited with 7 +++",
        "+++ killed by SIGSEGV (core dumped) +++",
    ]


def test_netlink_is_shown_by_names(guest: Any) -> None:
    stream = io.StringIO()
    guest.table.tracer = Tracer(stream)
    value, length = guest.put(bytes(4)), guest.put((4).to_bytes(4, "little"))
    for protocol in (NETLINK_KOBJECT_UEVENT, NETLINK_ROUTE, 99):
        guest.call("socket", Family.AF_NETLINK, SocketType.SOCK_RAW, protocol)
    guest.call("getsockopt", 3, Level.SOL_NETLINK, NetlinkOption.NETLINK_CAP_ACK, value, length)
    assert stream.getvalue().splitlines() == [
        "socket(AF_NETLINK, SOCK_RAW, NETLINK_KOBJECT_UEVENT) = 3",
        "socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE) = 4",
        "socket(AF_NETLINK, SOCK_RAW, 99) = -1 EPROTONOSUPPORT (Protocol not supported)",
        "getsockopt(3, SOL_NETLINK, NETLINK_CAP_ACK, [0], [4]) = 0",
    ]


def test_siginfo() -> None:
    assert show_info(SignalInfo(11, SegvCode.SEGV_MAPERR)) == "{si_signo=SIGSEGV, si_code=SEGV_MAPERR, si_addr=NULL}"
    assert show_info(SignalInfo(10, pid=3)) == "{si_signo=SIGUSR1, si_code=SI_USER, si_pid=3, si_uid=0}"
    assert show_info(SignalInfo(17, ChildCode.CLD_KILLED, pid=2, status=9)) == (
        "{si_signo=SIGCHLD, si_code=CLD_KILLED, si_pid=2, si_uid=0, si_status=SIGKILL, si_utime=0, si_stime=0}"
    )
