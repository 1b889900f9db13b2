"""Making tasks: clone, clone3, and unshare of what can be shared without namespaces (`kernel/fork.c`)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Annotated

from guest.abi.constants import RLIM_INFINITY, SIGNAL_COUNT, Resource, Signal
from guest.abi.errno import E, Errno
from guest.abi.flags import CloneFlag, show_flags
from guest.abi.process import CLONE_ARGS_SIZE_VER0, CLONE_CLEAR_SIGHAND, CLONE_INTO_CGROUP, CSIGNAL, CloneArgs
from guest.arguments import ArgumentType, Integer, Shown, Size, show_address, unsigned64
from guest.credentials import Capability
from guest.events.pidfd import make_pidfd
from guest.ipc.sem_syscalls import exit_process
from guest.mm.user_copy import copy_from_user, copy_to_user
from guest.signal.state import SignalStack
from guest.signal.timers import timers_of
from guest.syscall import syscall
from guest.task import Process, Task
from guest.wait import Blocking, Wait, WaitQueue

_NAMESPACES = (
    CloneFlag.CLONE_NEWNS | CloneFlag.CLONE_NEWCGROUP | CloneFlag.CLONE_NEWUTS | CloneFlag.CLONE_NEWIPC
    | CloneFlag.CLONE_NEWUSER | CloneFlag.CLONE_NEWPID | CloneFlag.CLONE_NEWNET
)  # fmt: skip
_NEWTIME = 0x80
"""Of clone3 and unshare: clone has the exit signal there."""
_PAGE = 4096


class Killable(Wait):
    """A wait that only a fatal signal ends; others are delivered after it."""


def show_clone_flags(value: int) -> str:
    """clone's first argument: flags, then the exit signal."""
    text = show_flags(CloneFlag, value & ~CSIGNAL) if value & ~CSIGNAL else ""
    signal = value & CSIGNAL
    if signal:
        name = Signal(signal).name if signal in Signal.__members__.values() else str(signal)
        text += f"|{name}" if text else name
    return text or "0"


class _CloneArgsType(ArgumentType):
    """struct clone_args: read before the call."""

    def show(self, shown: Shown) -> str:
        try:
            size = min(shown.registers[shown.index + 1], CloneArgs.size)
            args = CloneArgs.from_bytes(copy_from_user(shown.task.mm, shown.raw, size).ljust(CloneArgs.size, b"\0"))
        except Errno:
            return show_address(shown.raw)
        flags = show_flags(CloneFlag, args.flags & 0xFFFFFFFF) if args.flags & 0xFFFFFFFF else ""
        if args.flags & CLONE_CLEAR_SIGHAND:
            flags += "|CLONE_CLEAR_SIGHAND" if flags else "CLONE_CLEAR_SIGHAND"
        parts = [f"flags={flags or 0}"]
        named = ((name, getattr(args, name)) for name in ("pidfd", "child_tid", "parent_tid"))
        parts += [f"{name}={value:#x}" for name, value in named if value]
        signal = args.exit_signal
        name = Signal(signal).name if signal in Signal.__members__.values() else str(signal)
        parts += [f"exit_signal={name}", f"stack={show_address(args.stack)}", f"stack_size={args.stack_size:#x}"]
        if args.flags & CloneFlag.CLONE_SETTLS:
            parts.append(f"tls={args.tls:#x}")
        return "{" + ", ".join(parts) + "}"


class _CloneType(ArgumentType):
    """clone's arguments as strace prints them: by name, the stack first, and none that the flags do not mention."""

    def __init__(self, name: str = "", mask: int = 0) -> None:
        self._name = name
        self._mask = mask

    def show(self, shown: Shown) -> str:
        flags, stack = shown.registers[:2]
        if not self._name:
            return f"child_stack={show_address(stack)}, flags={show_clone_flags(flags)}"
        return f"{self._name}={show_address(shown.raw)}" if flags & self._mask else ""


CloneFlags = Annotated[int, _CloneType()]
_TIDS = int(CloneFlag.CLONE_CHILD_SETTID | CloneFlag.CLONE_CHILD_CLEARTID)
CloneStack = Annotated[int, _CloneType("child_stack")]
ParentTid = Annotated[int, _CloneType("parent_tid", int(CloneFlag.CLONE_PARENT_SETTID | CloneFlag.CLONE_PIDFD))]
ThreadPointer = Annotated[int, _CloneType("tls", int(CloneFlag.CLONE_SETTLS))]
ChildTid = Annotated[int, _CloneType("child_tidptr", _TIDS)]
UnshareFlags = Annotated[int, Integer(unsigned64, lambda value: show_flags(CloneFlag, value))]
CloneArgsPtr = Annotated[int, _CloneArgsType()]


@dataclass(frozen=True)
class _Request:
    """What clone and clone3 ask for. Addresses are 0 where nothing is wanted."""

    flags: int
    exit_signal: int
    stack: int
    """The first stack pointer; 0 for the parent's."""
    tls: int
    parent_tid: int
    child_tid: int
    pidfd: int
    clear_handlers: bool = False


@syscall("clone", partial="no namespaces, no tracing")
def clone(
    task: Task, flags: CloneFlags, stack: CloneStack, parent_tid: ParentTid, tls: ThreadPointer, child_tid: ChildTid
) -> int | Blocking[int]:
    # The upper half of the register does not count: that room belongs to clone3.
    if flags & CloneFlag.CLONE_PIDFD and flags & (CloneFlag.CLONE_PARENT_SETTID | CloneFlag.CLONE_DETACHED):
        raise Errno(E.EINVAL)
    return _clone(
        task,
        _Request(
            flags=flags & 0xFFFFFFFF & ~CSIGNAL & ~CloneFlag.CLONE_DETACHED,
            exit_signal=flags & CSIGNAL,
            stack=stack,
            tls=tls,
            parent_tid=parent_tid,
            child_tid=child_tid,
            pidfd=parent_tid,
        ),
    )


@syscall("clone3", partial="no namespaces, no chosen numbers, no control groups")
def clone3(task: Task, arguments: CloneArgsPtr, size: Size) -> int | Blocking[int]:
    if size > _PAGE:
        raise Errno(E.E2BIG)
    if size < CLONE_ARGS_SIZE_VER0:
        raise Errno(E.EINVAL)
    data = copy_from_user(task.mm, arguments, size)
    if any(data[CloneArgs.size :]):
        raise Errno(E.E2BIG)
    args = CloneArgs.from_bytes(data[: CloneArgs.size].ljust(CloneArgs.size, b"\0"))
    if args.flags & ~(0xFFFFFFFF | CLONE_CLEAR_SIGHAND | CLONE_INTO_CGROUP) or args.flags & (
        CSIGNAL | CloneFlag.CLONE_DETACHED | CLONE_INTO_CGROUP
    ):
        raise Errno(E.EINVAL)
    if args.set_tid or args.set_tid_size or args.exit_signal > SIGNAL_COUNT:
        raise Errno(E.EINVAL)
    if args.flags & (CloneFlag.CLONE_THREAD | CloneFlag.CLONE_PARENT) and args.exit_signal:
        raise Errno(E.EINVAL)
    if bool(args.stack) != bool(args.stack_size) or args.stack + args.stack_size > task.mm.layout.task_size:
        raise Errno(E.EINVAL)
    clear = bool(args.flags & CLONE_CLEAR_SIGHAND)
    if clear and args.flags & CloneFlag.CLONE_SIGHAND:
        raise Errno(E.EINVAL)
    return _clone(
        task,
        _Request(
            flags=args.flags & 0xFFFFFFFF,
            exit_signal=args.exit_signal,
            stack=args.stack + args.stack_size,
            tls=args.tls,
            parent_tid=args.parent_tid,
            child_tid=args.child_tid,
            pidfd=args.pidfd,
            clear_handlers=clear,
        ),
    )


def _check(task: Task, flags: int) -> None:
    if flags & _NAMESPACES:
        raise Errno(E.EINVAL)
    if flags & CloneFlag.CLONE_THREAD and not flags & CloneFlag.CLONE_SIGHAND:
        raise Errno(E.EINVAL)
    if flags & CloneFlag.CLONE_SIGHAND and not flags & CloneFlag.CLONE_VM:
        raise Errno(E.EINVAL)
    if flags & CloneFlag.CLONE_PIDFD and flags & CloneFlag.CLONE_THREAD:
        raise Errno(E.EINVAL)
    if flags & CloneFlag.CLONE_PARENT and task.process.parent is None:
        # Process 1 must adopt its own children.
        raise Errno(E.EINVAL)
    limit = task.process.limits.get(Resource.RLIMIT_NPROC).rlim_cur
    who = task.credentials
    if who.uid and not (who.capable(Capability.CAP_SYS_ADMIN) or who.capable(Capability.CAP_SYS_RESOURCE)):
        of_user = sum(1 for other in task.kernel.tasks.tasks() if other.credentials.uid == who.uid)
        if of_user >= limit:
            raise Errno(E.EAGAIN)


def _clone(task: Task, request: _Request) -> int | Blocking[int]:
    _check(task, request.flags)
    flags = request.flags
    child = _make_child(task, request)
    kernel = task.kernel
    try:
        if flags & CloneFlag.CLONE_PIDFD:
            fd = task.files.install(make_pidfd(child.process, 0), close_on_exec=True)
            try:
                copy_to_user(task.mm, request.pidfd, fd.to_bytes(4, "little"))
            except Errno:
                task.files.close(fd)
                raise
        if flags & CloneFlag.CLONE_PARENT_SETTID:
            _try_put(task, request.parent_tid, child.tid)
    except Errno:
        child.release()
        raise
    if flags & CloneFlag.CLONE_CHILD_SETTID:
        _try_put(child, request.child_tid, child.tid)
    if flags & CloneFlag.CLONE_CHILD_CLEARTID:
        child.clear_child_tid = request.child_tid
    if not flags & CloneFlag.CLONE_THREAD:
        parent = child.process.parent
        assert parent is not None
        parent.children.append(child.process)
    child.process.threads.append(child)
    kernel.tasks.add(child)
    kernel.work.task += 1
    if child.is_leader and child.process.limits.get(Resource.RLIMIT_CPU).rlim_cur != RLIM_INFINITY:
        timers_of(child.process, kernel).cpu_limit.follow()
    done = None
    if flags & CloneFlag.CLONE_VFORK:
        done = child.vfork_done = WaitQueue()
    thread_pointer = request.tls if flags & CloneFlag.CLONE_SETTLS else None
    kernel.scheduling.start_task(child, task, stack=request.stack, thread_pointer=thread_pointer)
    return child.tid if done is None else _wait_for_memory(child, done)


def _wait_for_memory(child: Task, done: WaitQueue) -> Blocking[int]:
    """vfork: until the child runs another program or is over."""
    number = child.tid
    while child.vfork_done is done:
        yield Killable(queues=(done,))
    return number


def _try_put(task: Task, address: int, number: int) -> None:
    """Linux does not look at whether these stores succeed."""
    try:
        copy_to_user(task.mm, address, number.to_bytes(4, "little"))
    except Errno:
        return


def _make_child(task: Task, request: _Request) -> Task:
    """The new task, unknown to all others; `release` undoes it."""
    flags = request.flags
    number = task.kernel.tasks.allocate()
    mm = task.mm.get() if flags & CloneFlag.CLONE_VM else task.mm.fork()
    if flags & CloneFlag.CLONE_FILES:
        files = task.files
        files.users += 1
    else:
        files = task.files.copy()
    handlers = task.handlers if flags & CloneFlag.CLONE_SIGHAND else task.handlers.copy()
    if request.clear_handlers:
        handlers.exec()
    own_stack = flags & (CloneFlag.CLONE_VM | CloneFlag.CLONE_VFORK) == CloneFlag.CLONE_VM
    return Task(
        tid=number,
        process=task.process if flags & CloneFlag.CLONE_THREAD else _make_process(task, request, number),
        mm=mm,
        files=files,
        fs=task.fs if flags & CloneFlag.CLONE_FS else task.fs.copy(),
        handlers=handlers,
        kernel=task.kernel,
        credentials=task.credentials,
        name=task.name,
        blocked=task.blocked,
        signal_stack=SignalStack() if own_stack else replace(task.signal_stack),
        sched=task.sched.for_child(),
        timer_slack_ns=task.timer_slack_ns,
        no_new_privileges=task.no_new_privileges,
        started_ns=task.kernel.clock.now_ns(),
    )


def _make_process(task: Task, request: _Request, number: int) -> Process:
    own = task.process
    sibling = request.flags & CloneFlag.CLONE_PARENT
    return Process(
        pid=number,
        parent=own.parent if sibling else own,
        limits=own.limits.copy(),
        group=own.group,
        session=own.session,
        exit_signal=own.exit_signal if sibling else request.exit_signal,
        controlling_terminal=own.controlling_terminal,
        personality=own.personality,
        dumpable=own.dumpable,
        oom_score_adj=own.oom_score_adj,
    )


@syscall("unshare", partial="files and directories; no namespaces")
def unshare(task: Task, flags: UnshareFlags) -> None:
    known = CloneFlag.CLONE_FS | CloneFlag.CLONE_FILES | CloneFlag.CLONE_SYSVSEM
    alone = CloneFlag.CLONE_THREAD | CloneFlag.CLONE_SIGHAND | CloneFlag.CLONE_VM
    if flags & ~(known | alone):
        raise Errno(E.EINVAL)
    if flags & alone and len(task.process.threads) > 1:
        raise Errno(E.EINVAL)
    if flags & CloneFlag.CLONE_SYSVSEM:
        exit_process(task.kernel, task.process)
    if flags & CloneFlag.CLONE_FS:
        task.fs = task.fs.copy()
    if flags & CloneFlag.CLONE_FILES:
        unshare_files(task)


def unshare_files(task: Task) -> None:
    """Give the task a descriptor table that no other task sees."""
    if task.files.users > 1:
        shared, task.files = task.files, task.files.copy()
        shared.release()
