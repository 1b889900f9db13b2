"""/sys of a machine with several cores."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from guest.abi.errno import E
from guest.abi.flags import O_ACCMODE, OpenFlag
from guest.device.registry import Devices
from guest.kernfs import Attribute, Directory
from guest.services import CacheDescription

O_RDONLY = 0
READ_ONLY_ATTRIBUTE = "/sys/kernel/fscaps"


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
    guest.kernel.devices.add_on_bus("thing", "platform")
    pending, links = [(b"/sys", guest.kernel.devices.sysfs)], 0
    while pending:
        path, directory = pending.pop()
        for name, child in directory.children.items():
            if isinstance(child, Directory):
                pending.append((path + b"/" + name, child))
            elif child.is_link:
                links += 1
                place = path + b"/" + name
                assert guest.call("faccessat", -100, place, 0) == 0, (place, child.readlink())
    assert links >= 4


def open_attribute(guest: Any, flags: int) -> int:
    fd: int = guest.call("openat", -100, READ_ONLY_ATTRIBUTE, flags)
    if fd >= 0:
        guest.call("close", fd)
    return fd


def test_root_too_cannot_open_what_nobody_may_write(guest: Any) -> None:
    """As on Linux 6.18, where the check of kernfs_fop_open asks for the mode's bits whoever opens."""
    for flags in (OpenFlag.O_WRONLY, OpenFlag.O_RDWR, OpenFlag.O_WRONLY | OpenFlag.O_TRUNC):
        assert open_attribute(guest, flags) == -E.EACCES
    for flags in (O_RDONLY, OpenFlag.O_TRUNC, O_ACCMODE):
        assert open_attribute(guest, flags) >= 0


def test_a_mode_that_promises_too_much(guest: Any) -> None:
    """The mode decides whether an attribute is opened; what it cannot do then is an input/output error."""
    assert guest.call("fchmodat", -100, READ_ONLY_ATTRIBUTE, 0o200) == 0
    assert open_attribute(guest, O_RDONLY) == -E.EACCES
    fd = guest.call("openat", -100, READ_ONLY_ATTRIBUTE, OpenFlag.O_WRONLY)
    assert guest.call("write", fd, guest.put(b"1"), 1) == -E.EIO
    assert guest.call("pwrite64", fd, guest.put(b"1"), 1, 0) == -E.EIO


def test_no_control_groups(guest: Any) -> None:
    assert guest.call("faccessat", -100, "/sys/fs/cgroup", 0) < 0
    assert guest.call("faccessat", -100, "/sys/kernel/debug", 0) == 0
