"""/sys of a machine with several cores."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from guest.device.registry import Devices
from guest.kernfs import Attribute, Directory
from guest.services import CacheDescription


def content(root: Directory, path: str) -> bytes:
    directory: Any = root
    for name in path.encode().split(b"/"):
        directory = directory.lookup(name)
    assert isinstance(directory, Attribute)
    assert directory.show is not None
    return directory.show()


def test_processors(guest: Any) -> None:
    cache = CacheDescription(2, "Unified", 1 << 20, 64, 16, shared=True)
    guest.kernel.cpu = replace(guest.kernel.cpu, cores=4, frequency_hz=2_300_000_000, caches=(cache,))
    root = Devices(guest.kernel).sysfs
    cpu = "devices/system/cpu"
    assert content(root, f"{cpu}/online") == b"0-3\n"
    assert content(root, f"{cpu}/cpu3/topology/core_siblings") == b"f\n"
    assert content(root, f"{cpu}/cpu3/topology/thread_siblings_list") == b"3\n"
    assert content(root, f"{cpu}/cpu1/cpufreq/cpuinfo_max_freq") == b"2300000\n"
    assert content(root, f"{cpu}/cpu1/cache/index0/size") == b"1024K\n"
    assert content(root, f"{cpu}/cpu1/cache/index0/number_of_sets") == b"1024\n"
    assert content(root, f"{cpu}/cpu1/cache/index0/shared_cpu_list") == b"0-3\n"
    assert content(root, f"{cpu}/cpu0/regs/identification/midr_el1") == b"0x00000000410fd034\n"
    assert content(root, "devices/system/node/node0/cpulist") == b"0-3\n"
    assert content(root, "kernel/mm/transparent_hugepage/enabled") == b"always madvise [never]\n"


def test_links_lead_somewhere(guest: Any) -> None:
    """Each symbolic link of sysfs names something that is there."""
    guest.kernel.devices.add("thing", "group")
    pending, links = [(b"/sys", guest.kernel.devices.sysfs)], 0
    while pending:
        path, directory = pending.pop()
        for name, child in directory.children.items():
            if isinstance(child, Directory):
                pending.append((path + b"/" + name, child))
            elif child.is_link and name != b"subsystem":
                links += 1
                place = path + b"/" + name
                assert guest.call("faccessat", -100, place, 0) == 0, (place, child.readlink())
    assert links >= 4


def test_no_control_groups(guest: Any) -> None:
    assert guest.call("faccessat", -100, "/sys/fs/cgroup", 0) < 0
    assert guest.call("faccessat", -100, "/sys/kernel/debug", 0) == 0
