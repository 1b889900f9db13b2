"""/proc/sys: settings of the kernel. One table says what there is; those that have a meaning here refer to it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from guest.abi.errno import E, Errno
from guest.kernfs import Attribute, Directory
from guest.mm.address_space import MAX_MAP_COUNT
from guest.mm.layout import MMAP_MIN_ADDRESS
from guest.proc.ipc_settings import Setting, ipc_settings, numbers
from guest.random import RandomStream
from guest.task_table import PID_MAX

if TYPE_CHECKING:
    from guest.kernfs import GeneratedFilesystem
    from guest.services import KernelServices

# Fixed values: those of a Linux 6.12 with as much as this machine has. They can be read and not changed: a write is
# refused (EACCES), since accepting it without effect would be a lie.
_FIXED: dict[str, int | str] = {
    "fs/aio-max-nr": 65536,
    "fs/aio-nr": 0,
    "fs/dentry-state": "0\t0\t45\t0\t0\t0",
    "fs/epoll/max_user_watches": 1048576,
    "fs/inode-nr": "0\t0",
    "fs/inotify/max_queued_events": 16384,
    "fs/inotify/max_user_instances": 128,
    "fs/inotify/max_user_watches": 65536,
    "fs/lease-break-time": 45,
    "fs/leases-enable": 0,
    "fs/mount-max": 100000,
    "fs/nr_open": 1048576,
    "fs/overflowgid": 65534,
    "fs/overflowuid": 65534,
    "fs/pipe-max-size": 1048576,
    "fs/pipe-user-pages-hard": 0,
    "fs/pipe-user-pages-soft": 16384,
    "fs/protected_fifos": 0,
    "fs/protected_hardlinks": 0,
    "fs/protected_regular": 0,
    "fs/protected_symlinks": 0,
    "fs/suid_dumpable": 0,
    "kernel/cap_last_cap": 40,
    "kernel/core_pattern": "core",
    "kernel/core_pipe_limit": 0,
    "kernel/core_uses_pid": 0,
    "kernel/ctrl-alt-del": 0,
    "kernel/dmesg_restrict": 0,
    "kernel/hotplug": "",
    "kernel/io_uring_disabled": 2,
    "kernel/keys/maxkeys": 200,
    "kernel/kptr_restrict": 0,
    "kernel/modules_disabled": 1,
    "kernel/ngroups_max": 65536,
    "kernel/overflowgid": 65534,
    "kernel/overflowuid": 65534,
    "kernel/panic": 0,
    "kernel/perf_event_paranoid": 4,
    "kernel/pid_max": PID_MAX,
    "kernel/printk": "7\t4\t1\t7",
    "kernel/pty/max": 4096,
    "kernel/pty/reserve": 0,
    "kernel/random/entropy_avail": 256,
    "kernel/random/poolsize": 256,
    "kernel/random/urandom_min_reseed_secs": 60,
    "kernel/random/write_wakeup_threshold": 256,
    "kernel/randomize_va_space": 0,
    "kernel/sched_rr_timeslice_ms": 100,
    "kernel/sched_rt_period_us": 1000000,
    "kernel/sched_rt_runtime_us": 950000,
    "kernel/seccomp/actions_avail": "",
    "kernel/shm_rmid_forced": 0,
    "kernel/sysrq": 0,
    "kernel/tainted": 0,
    "kernel/threads-max": PID_MAX,
    "kernel/unprivileged_bpf_disabled": 2,
    "net/core/netdev_max_backlog": 1000,
    "net/core/optmem_max": 131072,
    "net/core/rmem_default": 212992,
    "net/core/rmem_max": 212992,
    "net/core/somaxconn": 4096,
    "net/core/wmem_default": 212992,
    "net/core/wmem_max": 212992,
    "net/ipv4/ip_forward": 0,
    "net/ipv4/ip_local_port_range": "32768\t60999",
    "net/ipv4/ip_nonlocal_bind": 0,
    "net/ipv4/ip_unprivileged_port_start": 1024,
    "net/ipv4/tcp_fin_timeout": 60,
    "net/ipv4/tcp_keepalive_intvl": 75,
    "net/ipv4/tcp_keepalive_probes": 9,
    "net/ipv4/tcp_keepalive_time": 7200,
    "net/ipv4/tcp_max_syn_backlog": 4096,
    "net/ipv4/tcp_rmem": "4096\t131072\t6291456",
    "net/ipv4/tcp_wmem": "4096\t16384\t4194304",
    "net/ipv6/bindv6only": 0,
    "net/ipv6/conf/all/disable_ipv6": 0,
    "net/ipv6/conf/default/disable_ipv6": 0,
    "net/ipv6/conf/lo/disable_ipv6": 0,
    "net/unix/max_dgram_qlen": 10,
    "user/max_user_namespaces": 0,
    "vm/dirty_background_ratio": 10,
    "vm/dirty_expire_centisecs": 3000,
    "vm/dirty_ratio": 20,
    "vm/dirty_writeback_centisecs": 500,
    "vm/max_map_count": MAX_MAP_COUNT,
    "vm/min_free_kbytes": 0,
    "vm/mmap_min_addr": MMAP_MIN_ADDRESS,
    "vm/nr_hugepages": 0,
    "vm/nr_overcommit_hugepages": 0,
    "vm/panic_on_oom": 0,
    "vm/swappiness": 60,
    "vm/vfs_cache_pressure": 100,
}


def _name(text: bytes) -> bytes:
    name = text.split(b"\n", 1)[0].split(b"\0", 1)[0]
    if len(name) > 64:
        raise Errno(E.EINVAL)
    return name


def _set_hostname(kernel: KernelServices, text: bytes) -> None:
    kernel.identity = replace(kernel.identity, nodename=_name(text))


def _set_domainname(kernel: KernelServices, text: bytes) -> None:
    kernel.identity = replace(kernel.identity, domainname=_name(text))


def _open_files(kernel: KernelServices) -> bytes:
    tables = {id(task.files): task.files for task in kernel.tasks.tasks() if not task.exited}
    files = {id(file) for table in tables.values() for _, file in table}
    return b"%d\t0\t9223372036854775807" % len(files)


_COMPUTED = (
    *ipc_settings(),
    numbers("vm/overcommit_kbytes", lambda kernel: kernel.commit, ["kbytes"], 0, 2**63 - 1),
    numbers("vm/overcommit_memory", lambda kernel: kernel.commit, ["mode"], 0, 2),
    numbers("vm/overcommit_ratio", lambda kernel: kernel.commit, ["ratio"], 0, 2**31 - 1),
    Setting("fs/file-max", lambda kernel: b"9223372036854775807"),
    Setting("fs/file-nr", _open_files),
    Setting("kernel/arch", lambda kernel: kernel.identity.machine),
    Setting("kernel/domainname", lambda kernel: kernel.identity.domainname, _set_domainname),
    Setting("kernel/hostname", lambda kernel: kernel.identity.nodename, _set_hostname),
    Setting("kernel/osrelease", lambda kernel: kernel.identity.release),
    Setting("kernel/ostype", lambda kernel: kernel.identity.sysname),
    Setting("kernel/version", lambda kernel: kernel.identity.version),
    Setting("kernel/ns_last_pid", lambda kernel: str(max((t.tid for t in kernel.tasks.tasks()), default=0)).encode()),
)


def _uuid(stream: RandomStream) -> bytes:
    """A random UUID (version 4, variant 1)."""
    data = bytearray(stream.bytes(16))
    data[6] = data[6] & 0x0F | 0x40
    data[8] = data[8] & 0x3F | 0x80
    text = data.hex()
    return "-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:])).encode()


def make_sysctl(filesystem: GeneratedFilesystem, kernel: KernelServices) -> Directory:
    """The tree of /proc/sys."""
    root = Directory(filesystem)

    def add(path: str, show: Callable[[], bytes], store: Callable[[bytes], None] | None = None) -> None:
        directory, _, name = path.rpartition("/")
        root.descend(directory.encode()).children[name.encode()] = Attribute(
            filesystem, lambda: show() + b"\n", store, permissions=0o644 if store else 0o444
        )

    boot_id = _uuid(RandomStream(kernel.seed, "boot_id"))
    uuids = RandomStream(kernel.seed, "uuid")
    add("kernel/random/boot_id", lambda: boot_id)
    # As on Linux each read gives another one.
    add("kernel/random/uuid", lambda: _uuid(uuids))
    for path, value in sorted(_FIXED.items()):
        add(path, lambda value=value: str(value).encode())  # type: ignore[misc]
    for setting in _COMPUTED:
        store = setting.store
        add(
            setting.path,
            lambda setting=setting: setting.show(kernel),  # type: ignore[misc]
            None if store is None else lambda text, store=store: store(kernel, text),  # type: ignore[misc]
        )
    return root
