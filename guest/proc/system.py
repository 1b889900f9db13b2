"""Files about the whole machine: meminfo, stat, cpuinfo, uptime, loadavg…"""

from __future__ import annotations

from typing import TYPE_CHECKING

from emulator.system_registers import COUNTER_FREQUENCY_HZ, MIDR_EL1
from guest.abi.constants import CLOCK_TICKS_PER_SECOND
from guest.proc.accounting import activity_of, state_of
from guest.proc.memory_usage import machine_usage
from guest.sched.load_average import FIXED_SHIFT

if TYPE_CHECKING:
    from guest.services import KernelServices

_TICK_NS = 10**9 // CLOCK_TICKS_PER_SECOND
_JIFFY_NS = 4_000_000
"""Of a kernel with HZ=250."""
# In the order of the bits of AT_HWCAP (arch/arm64/kernel/cpuinfo.c).
_HWCAP_NAMES = (
    "fp", "asimd", "evtstrm", "aes", "pmull", "sha1", "sha2", "crc32", "atomics", "fphp", "asimdhp", "cpuid",
    "asimdrdm", "jscvt", "fcma", "lrcpc", "dcpop", "sha3", "sm3", "sm4", "asimddp", "sha512", "sve", "asimdfhm", "dit",
    "uscat", "ilrcpc", "flagm", "ssbs", "sb", "paca", "pacg",
)  # fmt: skip


def cpuinfo(kernel: KernelServices) -> bytes:
    """/proc/cpuinfo of arm64."""
    features = " ".join(name for bit, name in enumerate(_HWCAP_NAMES) if kernel.cpu.hwcap >> bit & 1)
    identity = MIDR_EL1
    blocks = [
        f"processor\t: {number}\n"
        # Two ticks of the delay loop for each tick of the counter, 100 times a second (cpuinfo.c, c_show).
        f"BogoMIPS\t: {COUNTER_FREQUENCY_HZ * 2 / 10**6:.2f}\n"
        f"Features\t: {features}\n"
        f"CPU implementer\t: {identity >> 24:#04x}\n"
        f"CPU architecture: 8\n"
        f"CPU variant\t: {identity >> 20 & 15:#x}\n"
        f"CPU part\t: {identity >> 4 & 0xFFF:#05x}\n"
        f"CPU revision\t: {identity & 15}\n\n"
        for number in range(kernel.cpu.cores)
    ]
    return "".join(blocks).encode()


def meminfo(kernel: KernelServices) -> bytes:
    """/proc/meminfo. There is no page cache apart from mapped pages, and no swap."""
    used = machine_usage(kernel)
    locked = sum(mm.locked_bytes for mm in kernel.commit.spaces)
    total = kernel.memory_bytes
    free = max(total - used.resident, 0)
    figures = {
        "MemTotal": total, "MemFree": free, "MemAvailable": free, "Buffers": 0,
        "Cached": used.resident_file, "SwapCached": 0, "Active": used.resident, "Inactive": 0,
        "Active(anon)": used.resident_anonymous, "Inactive(anon)": 0, "Active(file)": used.resident_file,
        "Inactive(file)": 0, "Unevictable": locked, "Mlocked": locked, "SwapTotal": 0, "SwapFree": 0,
        "Zswap": 0, "Zswapped": 0,
        "Dirty": 0, "Writeback": 0, "AnonPages": used.resident_anonymous, "Mapped": used.resident_file,
        "Shmem": 0, "KReclaimable": 0, "Slab": 0, "SReclaimable": 0, "SUnreclaim": 0,
        "KernelStack": 16384 * len(kernel.tasks.tasks()), "PageTables": -(-used.resident // (512 * 4096)) * 4096,
        "SecPageTables": 0, "NFS_Unstable": 0, "Bounce": 0, "WritebackTmp": 0,
        "CommitLimit": kernel.commit.limit_bytes,
        "Committed_AS": kernel.commit.committed_bytes, "VmallocTotal": 133141626880 << 10,
        "VmallocUsed": 0, "VmallocChunk": 0, "Percpu": 0,
        "AnonHugePages": 0, "ShmemHugePages": 0, "ShmemPmdMapped": 0, "FileHugePages": 0, "FilePmdMapped": 0,
    }  # fmt: skip
    rows = [f"{name + ':':<16}{size // 1024:>8} kB" for name, size in figures.items()]
    rows += [f"{'HugePages_' + name + ':':<16}{0:>8}" for name in ("Total", "Free", "Rsvd", "Surp")]
    rows += [f"{'Hugepagesize:':<16}{2048:>8} kB", f"{'Hugetlb:':<16}{0:>8} kB"]
    return ("\n".join(rows) + "\n").encode()


def stat(kernel: KernelServices) -> bytes:
    """/proc/stat."""
    activity = activity_of(kernel)
    cores = [activity.core_activity(number) for number in range(kernel.cpu.cores)]
    totals = activity.machine_activity()

    def row(label: str, user: int, system: int, idle: int) -> str:
        return f"{label} {user // _TICK_NS} 0 {system // _TICK_NS} {idle // _TICK_NS} 0 0 0 0 0 0"

    rows = [
        row(
            "cpu ", sum(core.user_ns for core in cores), sum(core.system_ns for core in cores),
            sum(core.idle_ns for core in cores),
        ),
        *(row(f"cpu{number}", core.user_ns, core.system_ns, core.idle_ns) for number, core in enumerate(cores)),
        f"intr {totals.interrupts}",
        f"ctxt {totals.context_switches}",
        f"btime {kernel.identity.epoch_ns // 10**9}",
        f"processes {kernel.tasks.created}",
        f"procs_running {running(kernel)}",
        "procs_blocked 0",
        "softirq 0 0 0 0 0 0 0 0 0 0 0",
    ]  # fmt: skip
    return ("\n".join(rows) + "\n").encode()


def running(kernel: KernelServices) -> int:
    """Runnable tasks."""
    return sum(state_of(task) == "R" for task in kernel.tasks.tasks())


def uptime(kernel: KernelServices) -> bytes:
    """/proc/uptime: time since the start, and idle time of all cores together."""
    activity = activity_of(kernel)
    idle = sum(activity.core_activity(number).idle_ns for number in range(kernel.cpu.cores))
    return f"{_centiseconds(kernel.clock.now_ns())} {_centiseconds(idle)}\n".encode()


def _centiseconds(ns: int) -> str:
    return f"{ns // 10**9}.{ns // 10**7 % 100:02}"


def loadavg(kernel: KernelServices) -> bytes:
    """/proc/loadavg."""
    tasks = kernel.tasks.tasks()
    last = max((task.tid for task in tasks), default=0)
    shown = " ".join(_load(average) for average in activity_of(kernel).machine_activity().load_averages)
    return f"{shown} {running(kernel)}/{len(tasks)} {last}\n".encode()


def _load(average: int) -> str:
    average += (1 << FIXED_SHIFT) // 200  # rounds to hundredths
    return f"{average >> FIXED_SHIFT}.{(average & (1 << FIXED_SHIFT) - 1) * 100 >> FIXED_SHIFT:02}"


_SCHEDSTAT_VERSION = 16


def schedstat(kernel: KernelServices) -> bytes:
    """/proc/schedstat: for each core yields, -, switches, idle switches, wake-ups and local ones (0: not counted), then
    time used, time waited for the core, and how often a thread got it.
    """
    activity = activity_of(kernel)
    rows = [f"version {_SCHEDSTAT_VERSION}", f"timestamp {kernel.clock.now_ns() // _JIFFY_NS}"]
    for number in range(kernel.cpu.cores):
        core = activity.core_activity(number)
        used = core.user_ns + core.system_ns
        rows.append(f"cpu{number} 0 0 {core.context_switches} 0 0 0 {used} {core.wait_ns} {core.dispatches}")
    return ("\n".join(rows) + "\n").encode()


def version(kernel: KernelServices) -> bytes:
    """/proc/version."""
    known = kernel.identity
    return b"%s version %s (aimc@aimc) (cc) %s\n" % (known.sysname, known.release, known.version)


def vmstat(kernel: KernelServices) -> bytes:
    """/proc/vmstat: the counters that this kernel keeps."""
    used = machine_usage(kernel)
    figures = {
        "nr_free_pages": max(kernel.memory_bytes - used.resident, 0) // 4096,
        "nr_anon_pages": used.resident_anonymous // 4096,
        "nr_mapped": used.resident_file // 4096,
        "nr_file_pages": used.resident_file // 4096,
        "nr_dirty": 0,
        "nr_writeback": 0,
        "nr_shmem": 0,
        "pgpgin": 0,
        "pgpgout": 0,
        "pswpin": 0,
        "pswpout": 0,
        "pgfault": activity_of(kernel).machine_activity().page_faults,
        "pgmajfault": 0,
        "oom_kill": kernel.commit.kills,
    }
    return "".join(f"{name} {value}\n" for name, value in figures.items()).encode()


def zoneinfo(kernel: KernelServices) -> bytes:
    """/proc/zoneinfo: one node with one zone."""
    used = machine_usage(kernel)
    pages = kernel.memory_bytes // 4096
    return (
        f"Node 0, zone   Normal\n"
        f"  pages free     {max(pages - used.resident // 4096, 0)}\n"
        f"        min      0\n        low      0\n        high     0\n"
        f"        spanned  {pages}\n        present  {pages}\n        managed  {pages}\n"
        f"  start_pfn:           0\n"
    ).encode()


def interrupts(kernel: KernelServices) -> bytes:
    """/proc/interrupts: the lines that drivers have asked for."""
    cores = range(kernel.cpu.cores)
    rows = ["           " + "       ".join(f"CPU{number:<4}" for number in cores).rstrip()]
    for line in kernel.devices.interrupts.lines():
        counts = "".join(f"{line.counts[number]:>10} " for number in cores)
        rows.append(f"{line.number:>3}: {counts}    GICv3 {line.number} Level     {line.name}")
    return ("\n".join(rows) + "\n").encode()


def devices(kernel: KernelServices) -> bytes:
    """/proc/devices: majors and who has them."""
    rows = [f"{major:>3} {name}" for major, name in kernel.devices.majors()]
    return ("Character devices:\n" + "".join(f"{row}\n" for row in rows) + "\nBlock devices:\n").encode()


_FILESYSTEMS = (
    "nodev\tsysfs", "nodev\ttmpfs", "nodev\tproc", "nodev\tdevtmpfs", "nodev\tdebugfs", "nodev\tsockfs",
    "nodev\tpipefs", "nodev\tdevpts", "\text4", "nodev\toverlay",
)  # fmt: skip


def filesystems(kernel: KernelServices) -> bytes:
    """/proc/filesystems."""
    return ("\n".join(_FILESYSTEMS) + "\n").encode()
