"""What a task is doing, as text: stat, status, statm, limits, sched and their small relatives."""

from __future__ import annotations

from typing import TYPE_CHECKING

from emulator.memory import Protection
from guest import accounting
from guest.abi.constants import CLOCK_TICKS_PER_SECOND, RLIM_INFINITY, SIG_IGN, SIGNAL_COUNT, Resource
from guest.proc.accounting import STATES, activity_of, state_of
from guest.proc.memory_usage import process_usage
from guest.services import CpuTime
from guest.time import process_time

if TYPE_CHECKING:
    from guest.task import Task

_TICK_NS = 10**9 // CLOCK_TICKS_PER_SECOND
_PF_FORKNOEXEC, _PF_RANDOMIZE = 0x40, 0x400000
_NO_LIMIT = 2**64 - 1


def cpu_list(mask: int) -> str:
    """A set of cores as ranges: `0-3,5`."""
    numbers = [number for number in range(mask.bit_length()) if mask >> number & 1]
    ranges: list[tuple[int, int]] = []
    for number in numbers:
        if ranges and ranges[-1][1] == number - 1:
            ranges[-1] = ranges[-1][0], number
        else:
            ranges.append((number, number))
    return ",".join(str(first) if first == last else f"{first}-{last}" for first, last in ranges)


def cpu_mask(mask: int) -> str:
    """A set of cores as hexadecimal words: `ff`."""
    words = [f"{mask & 0xFFFFFFFF:x}"]
    while mask := mask >> 32:
        words = [f"{mask & 0xFFFFFFFF:x}", words[0].zfill(8), *words[1:]]
    return ",".join(words)


def allowed_cores(task: Task) -> int:
    """The cores that a task may run on."""
    return task.sched.affinity & (1 << task.kernel.cpu.cores) - 1


def thread_time(task: Task) -> CpuTime:
    """Processor time of one thread."""
    return task.kernel.clock.cpu_time(task)


def _priority(task: Task) -> int:
    """As /proc/PID/stat shows it: 20 + nice, or -1 - priority for a real-time task."""
    real_time = task.sched.real_time_priority
    return -1 - real_time if real_time else 20 + task.sched.nice


def _terminal(task: Task) -> tuple[int, int]:
    """Device and foreground group of the controlling terminal."""
    terminal = task.process.controlling_terminal
    return (terminal.device, terminal.foreground_group or -1) if terminal is not None else (0, -1)


def stat(task: Task, *, thread: bool) -> bytes:
    """/proc/PID/stat, or of one thread (`fs/proc/array.c`, do_task_stat)."""
    process, sched = task.process, task.sched
    usage = process_usage(process)
    used = thread_time(task) if thread else process_time(task)
    counts = accounting.of_task(task) if thread else accounting.of_process(process)
    device, foreground = _terminal(task)
    alive = usage.size > 0
    mm = task.mm
    ignored, caught = _handler_masks(task)
    flags = _PF_RANDOMIZE | (0 if process.programs or process.parent is None else _PF_FORKNOEXEC)
    code_start, code_end = _code_range(task) if alive else (0, 0)
    fields: list[int | str] = [
        task.tid, f"({task.name.decode(errors='replace')})", state_of(task), process.parent_pid, process.group,
        process.session, device, foreground, flags, counts.minor_faults, process.waited_accounting.minor_faults,
        0, 0, used.user_ns // _TICK_NS, used.system_ns // _TICK_NS,
        process.waited_children.user_ns // _TICK_NS, process.waited_children.system_ns // _TICK_NS,
        _priority(task), sched.nice, len(process.threads), 0, task.started_ns // _TICK_NS,
        usage.size, usage.resident // 4096, _stat_limit(task, Resource.RLIMIT_RSS), code_start, code_end,
        _stack_start(task) if alive else 0, 0, 0, _low(task.pending.mask), _low(task.blocked), _low(ignored),
        _low(caught), 0, 0, 0, process.exit_signal, task.kernel.clock.current_core(task), sched.priority,
        int(sched.policy), 0, 0, 0, *_data_range(task, alive), mm.brk_start if alive else 0,
        *(mm.arguments if alive else (0, 0)), *(mm.environment if alive else (0, 0)), process.exit_code or 0,
    ]  # fmt: skip
    return (" ".join(map(str, fields)) + "\n").encode()


def _low(mask: int) -> int:
    """The first 31 signals: all that this file has room for."""
    return mask & 0x7FFFFFFF


def _stat_limit(task: Task, resource: Resource) -> int:
    return task.process.limits.get(resource).rlim_cur


def _code_range(task: Task) -> tuple[int, int]:
    areas = [
        area for area in task.mm.vmas
        if area.name == task.mm.executable and area.protection & Protection.EXECUTE
    ]  # fmt: skip
    return (areas[0].start, areas[-1].end) if areas else (0, 0)


def _data_range(task: Task, alive: bool) -> tuple[int, int]:
    if not alive:
        return 0, 0
    areas = [
        area for area in task.mm.vmas
        if area.name == task.mm.executable and area.protection & Protection.WRITE
    ]  # fmt: skip
    return (areas[0].start, areas[-1].end) if areas else (0, 0)


def _stack_start(task: Task) -> int:
    """Where the stack pointer was at the program's start: below the argument strings."""
    return task.mm.arguments[0] & ~15


def statm(task: Task) -> bytes:
    """/proc/PID/statm, in pages."""
    usage = process_usage(task.process)
    pages = (
        usage.size, usage.resident, usage.resident_file, usage.code, 0,
        usage.data + usage.stack, 0,
    )  # fmt: skip
    return (" ".join(str(size // 4096) for size in pages) + "\n").encode()


def _handler_masks(task: Task) -> tuple[int, int]:
    """Signals that are ignored and caught."""
    ignored = caught = 0
    for number in range(1, SIGNAL_COUNT + 1):
        handler = task.handlers.get(number).sa_handler
        if handler == SIG_IGN:
            ignored |= 1 << (number - 1)
        elif handler:
            caught |= 1 << (number - 1)
    return ignored, caught


def _tracked_files(task: Task) -> int:
    """FDSize: the size of the descriptor table, which grows by powers of two from 64."""
    highest = max((fd for fd, _ in task.files), default=0)
    size = 64
    while size <= highest:
        size *= 2
    return size


def status(task: Task) -> bytes:
    """/proc/PID/status."""
    process, credentials = task.process, task.credentials
    switches = task.sched.statistics
    usage = process_usage(process)
    ignored, caught = _handler_masks(task)
    allowed = allowed_cores(task)
    pending_limit = process.limits.get(Resource.RLIMIT_SIGPENDING).rlim_cur
    queued = sum(info_mask.bit_count() for info_mask in (task.pending.mask, process.pending.mask))
    name = task.name.decode(errors="replace").replace("\\", "\\\\").replace("\n", "\\n")
    rows = [
        f"Name:\t{name}",
        f"Umask:\t{task.fs.umask:04o}",
        f"State:\t{STATES[state_of(task)]}",
        f"Tgid:\t{process.pid}",
        "Ngid:\t0",
        f"Pid:\t{task.tid}",
        f"PPid:\t{process.parent_pid}",
        "TracerPid:\t0",
        f"Uid:\t{credentials.uid}\t{credentials.euid}\t{credentials.suid}\t{credentials.fsuid}",
        f"Gid:\t{credentials.gid}\t{credentials.egid}\t{credentials.sgid}\t{credentials.fsgid}",
        f"FDSize:\t{_tracked_files(task)}",
        "Groups:\t" + "".join(f"{group} " for group in credentials.groups).ljust(1),
        f"NStgid:\t{process.pid}",
        f"NSpid:\t{task.tid}",
        f"NSpgid:\t{process.group}",
        f"NSsid:\t{process.session}",
        "Kthread:\t0",
    ]
    if usage.size:
        rows += [
            f"{label}:\t{size // 1024:8} kB"
            for label, size in (
                ("VmPeak", usage.peak_size), ("VmSize", usage.size), ("VmLck", task.mm.locked_bytes), ("VmPin", 0),
                ("VmHWM", usage.peak_resident), ("VmRSS", usage.resident), ("RssAnon", usage.resident_anonymous),
                ("RssFile", usage.resident_file), ("RssShmem", 0), ("VmData", usage.data),
                ("VmStk", usage.stack), ("VmExe", usage.code), ("VmLib", usage.library),
                ("VmPTE", -(-usage.resident // (512 * 4096)) * 4096), ("VmSwap", 0), ("HugetlbPages", 0),
            )
        ]  # fmt: skip
        rows += ["CoreDumping:\t0", "THP_enabled:\t0", "untag_mask:\t0xffffffffffffffff"]
    rows += [
        f"Threads:\t{len(process.threads)}",
        f"SigQ:\t{queued}/{pending_limit}",
        f"SigPnd:\t{task.pending.mask:016x}",
        f"ShdPnd:\t{process.pending.mask:016x}",
        f"SigBlk:\t{task.blocked:016x}",
        f"SigIgn:\t{ignored:016x}",
        f"SigCgt:\t{caught:016x}",
        f"CapInh:\t{credentials.inheritable:016x}",
        f"CapPrm:\t{credentials.permitted:016x}",
        f"CapEff:\t{credentials.effective:016x}",
        f"CapBnd:\t{credentials.bounding:016x}",
        "CapAmb:\t0000000000000000",
        f"NoNewPrivs:\t{int(task.no_new_privileges)}",
        "Seccomp:\t0",
        "Seccomp_filters:\t0",
        "Speculation_Store_Bypass:\tnot vulnerable",
        "SpeculationIndirectBranch:\tunknown",
        f"Cpus_allowed:\t{cpu_mask(allowed)}",
        f"Cpus_allowed_list:\t{cpu_list(allowed)}",
        "Mems_allowed:\t1",
        "Mems_allowed_list:\t0",
        f"voluntary_ctxt_switches:\t{switches.voluntary_switches}",
        f"nonvoluntary_ctxt_switches:\t{switches.involuntary_switches}",
    ]
    return ("\n".join(rows) + "\n").encode(errors="replace")


_LIMITS = (
    ("Max cpu time", Resource.RLIMIT_CPU, "seconds"),
    ("Max file size", Resource.RLIMIT_FSIZE, "bytes"),
    ("Max data size", Resource.RLIMIT_DATA, "bytes"),
    ("Max stack size", Resource.RLIMIT_STACK, "bytes"),
    ("Max core file size", Resource.RLIMIT_CORE, "bytes"),
    ("Max resident set", Resource.RLIMIT_RSS, "bytes"),
    ("Max processes", Resource.RLIMIT_NPROC, "processes"),
    ("Max open files", Resource.RLIMIT_NOFILE, "files"),
    ("Max locked memory", Resource.RLIMIT_MEMLOCK, "bytes"),
    ("Max address space", Resource.RLIMIT_AS, "bytes"),
    ("Max file locks", Resource.RLIMIT_LOCKS, "locks"),
    ("Max pending signals", Resource.RLIMIT_SIGPENDING, "signals"),
    ("Max msgqueue size", Resource.RLIMIT_MSGQUEUE, "bytes"),
    ("Max nice priority", Resource.RLIMIT_NICE, ""),
    ("Max realtime priority", Resource.RLIMIT_RTPRIO, ""),
    ("Max realtime timeout", Resource.RLIMIT_RTTIME, "us"),
)


def io(task: Task, *, thread: bool) -> bytes:
    """/proc/PID/io. No byte comes from a disk, or goes to one."""
    process = task.process
    # As on Linux a process takes over what the children did that it has waited for.
    counts = task.accounting if thread else accounting.of_process(process) + process.waited_accounting
    return (
        f"rchar: {counts.read_bytes}\nwchar: {counts.written_bytes}\n"
        f"syscr: {counts.read_calls}\nsyscw: {counts.write_calls}\n"
        "read_bytes: 0\nwrite_bytes: 0\ncancelled_write_bytes: 0\n"
    ).encode()


def limits(task: Task) -> bytes:
    """/proc/PID/limits."""
    rows = [f"{'Limit':<25} {'Soft Limit':<20} {'Hard Limit':<20} {'Units':<10}"]
    for title, resource, unit in _LIMITS:
        limit = task.process.limits.get(resource)
        soft, hard = (
            "unlimited" if value == RLIM_INFINITY else str(value) for value in (limit.rlim_cur, limit.rlim_max)
        )
        rows.append(f"{title:<25} {soft:<20} {hard:<20} " + (f"{unit:<10}" if unit else ""))
    return ("\n".join(rows) + "\n").encode()


def schedstat(task: Task) -> bytes:
    """/proc/PID/schedstat: time on a core, time waiting for one, how often it got one."""
    counts, used = task.sched.statistics, thread_time(task)
    return f"{used.user_ns + used.system_ns} {counts.wait_ns} {counts.dispatches}\n".encode()


def sched(task: Task) -> bytes:
    """/proc/PID/sched: the lines whose meaning does not depend on Linux's own scheduler."""
    counts, used, real_time = task.sched.statistics, thread_time(task), task.sched.real_time_priority
    title = f"{task.name.decode(errors='replace')} ({task.tid}, #threads: {len(task.process.threads)})"
    figures = [
        ("se.exec_start", _milliseconds(task.kernel.clock.now_ns())),
        ("se.sum_exec_runtime", _milliseconds(used.user_ns + used.system_ns)),
        ("se.nr_migrations", str(counts.migrations)),
        ("nr_switches", str(counts.voluntary_switches + counts.involuntary_switches)),
        ("nr_voluntary_switches", str(counts.voluntary_switches)),
        ("nr_involuntary_switches", str(counts.involuntary_switches)),
        ("policy", str(int(task.sched.policy))),
        ("prio", str(99 - real_time if real_time else 120 + task.sched.nice)),
    ]
    rows = [title, "-" * 67, *(f"{name:<45}:{value:>21}" for name, value in figures)]
    return ("\n".join(rows) + "\n").encode()


def _milliseconds(ns: int) -> str:
    return f"{ns // 10**6}.{ns % 10**6:06}"


def wchan(task: Task) -> bytes:
    """/proc/PID/wchan: where a task waits. The name is that of the system call: there are no kernel functions here."""
    if state_of(task) != "S":
        return b"0"
    return f"__arm64_sys_{activity_of(task.kernel).waiting_in(task)}".encode()
