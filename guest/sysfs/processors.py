"""/sys/devices/system/cpu and /sys/devices/system/node."""

from __future__ import annotations

from typing import TYPE_CHECKING

from emulator.system_registers import MIDR_EL1
from guest.kernfs import Attribute, Directory, Link
from guest.proc.memory_usage import machine_usage
from guest.proc.task_status import cpu_list, cpu_mask

if TYPE_CHECKING:
    from collections.abc import Callable

    from guest.services import CacheDescription, KernelServices

_HZ_PER_KHZ = 1000
_KERNEL_MAX = 255
_VULNERABILITIES = ("l1tf", "mds", "meltdown", "spec_store_bypass", "spectre_v1", "spectre_v2")


def add_processors(root: Directory, kernel: KernelServices) -> None:
    """Fill in the directories of processors and of the memory node."""
    cpu = root.descend(b"devices/system/cpu")
    every = (1 << kernel.cpu.cores) - 1
    for name in ("online", "possible", "present", "enabled"):
        _text(cpu, name, cpu_list(every))
    for name in ("offline", "isolated"):
        _text(cpu, name, "")
    _text(cpu, "kernel_max", str(_KERNEL_MAX))
    _text(cpu, "smt/active", "0")
    _text(cpu, "smt/control", "notsupported")
    for name in _VULNERABILITIES:
        _text(cpu, f"vulnerabilities/{name}", "Not affected")
    on_bus = root.descend(b"bus/cpu/devices").children
    for number in range(kernel.cpu.cores):
        core = b"cpu%d" % number
        _add_core(cpu.directory(core), kernel, number)
        on_bus[core] = Link(root.filesystem, b"../../../devices/system/cpu/" + core)
    _add_node(root, kernel, every)


def _text(directory: Directory, path: str, value: str) -> None:
    content = value.encode() + b"\n"
    _computed(directory, path, lambda: content)


def _computed(directory: Directory, path: str, show: Callable[[], bytes]) -> None:
    *above, name = path.encode().split(b"/")
    for part in above:
        directory = directory.directory(part)
    directory.children[name] = Attribute(directory.filesystem, show)


def _add_core(core: Directory, kernel: KernelServices, number: int) -> None:
    every, own = (1 << kernel.cpu.cores) - 1, 1 << number
    # One package with one cluster of cores that do not share a pipeline.
    for name, value in (("core_id", number), ("physical_package_id", 0), ("cluster_id", 0)):
        _text(core, f"topology/{name}", str(value))
    for name, mask in (
        ("core_siblings", every), ("package_cpus", every), ("cluster_cpus", every), ("thread_siblings", own),
        ("core_cpus", own),
    ):  # fmt: skip
        _text(core, f"topology/{name}", cpu_mask(mask))
        _text(core, f"topology/{name}_list", cpu_list(mask))
    _text(core, "cpu_capacity", "1024")
    _text(core, "online", "1")
    _text(core, "regs/identification/midr_el1", f"{MIDR_EL1:#018x}")
    _text(core, "regs/identification/revidr_el1", f"{0:#018x}")
    core.children[b"node0"] = Link(core.filesystem, b"../../node/node0")
    core.children[b"subsystem"] = Link(core.filesystem, b"../../../../bus/cpu")
    if kernel.cpu.frequency_hz:
        _add_frequency(core, kernel.cpu.frequency_hz, every)
    for index, cache in enumerate(kernel.cpu.caches):
        _add_cache(core, index, cache, every if cache.shared else own)


def _add_frequency(core: Directory, frequency_hz: int, every: int) -> None:
    """One frequency for all cores: the preset's."""
    khz = str(frequency_hz // _HZ_PER_KHZ)
    for name in ("cpuinfo_max_freq", "cpuinfo_min_freq", "cpuinfo_cur_freq", "scaling_max_freq", "scaling_min_freq",
                 "scaling_cur_freq"):  # fmt: skip
        _text(core, f"cpufreq/{name}", khz)
    _text(core, "cpufreq/scaling_available_frequencies", khz)
    _text(core, "cpufreq/scaling_available_governors", "performance")
    _text(core, "cpufreq/scaling_governor", "performance")
    _text(core, "cpufreq/scaling_driver", "aimc")
    members = " ".join(str(number) for number in range(every.bit_length()))
    for name in ("affected_cpus", "related_cpus"):
        _text(core, f"cpufreq/{name}", members)


def _add_cache(core: Directory, index: int, cache: CacheDescription, shared: int) -> None:
    sets = cache.size_bytes // (cache.line_bytes * cache.ways)
    for name, value in (
        ("level", str(cache.level)), ("type", cache.kind), ("size", f"{cache.size_bytes // 1024}K"),
        ("coherency_line_size", str(cache.line_bytes)), ("ways_of_associativity", str(cache.ways)),
        ("number_of_sets", str(sets)), ("shared_cpu_map", cpu_mask(shared)), ("shared_cpu_list", cpu_list(shared)),
    ):  # fmt: skip
        _text(core, f"cache/index{index}/{name}", value)


def _add_node(root: Directory, kernel: KernelServices, every: int) -> None:
    nodes = root.descend(b"devices/system/node")
    for name in ("online", "possible", "has_cpu", "has_memory", "has_normal_memory"):
        _text(nodes, name, "0")
    node = nodes.directory(b"node0")
    _text(node, "cpulist", cpu_list(every))
    _text(node, "cpumap", cpu_mask(every))
    _text(node, "distance", "10")

    def meminfo() -> bytes:
        used = machine_usage(kernel).resident
        rows = (("MemTotal", kernel.memory_bytes), ("MemFree", max(kernel.memory_bytes - used, 0)), ("MemUsed", used))
        return "".join(f"Node 0 {name + ':':<16}{size // 1024:>8} kB\n" for name, size in rows).encode()

    _computed(node, "meminfo", meminfo)
    for number in range(kernel.cpu.cores):
        node.children[b"cpu%d" % number] = Link(root.filesystem, b"../../cpu/cpu%d" % number)
