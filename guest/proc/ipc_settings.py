"""Limits of IPC under /proc/sys: what is written there holds from then on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from guest.abi.errno import E, Errno

if TYPE_CHECKING:
    from guest.services import KernelServices


@dataclass(frozen=True)
class Setting:
    """A setting that is looked up; `store` changes it."""

    path: str
    show: Callable[[KernelServices], bytes]
    store: Callable[[KernelServices, bytes], None] | None = None


def numbers(
    path: str, holder: Callable[[KernelServices], object], names: Sequence[str], lowest: int, highest: int
) -> Setting:
    """A setting of one or more integers, attributes of `holder`, each from `lowest` to `highest` (EINVAL)."""

    def show(kernel: KernelServices) -> bytes:
        return "\t".join(str(getattr(holder(kernel), name)) for name in names).encode()

    def store(kernel: KernelServices, text: bytes) -> None:
        try:
            values = [int(word) for word in text.split(b"\0", 1)[0].split()]
        except ValueError:
            raise Errno(E.EINVAL) from None
        if not values or any(not lowest <= value <= highest for value in values):
            raise Errno(E.EINVAL)
        # Fewer values than there are change the first ones.
        for name, value in zip(names, values, strict=False):
            setattr(holder(kernel), name, value)

    return Setting(path, show, store)


_INT, _LONG = 2**31 - 1, 2**64 - 1
_IPC_MNI = 32768


def ipc_settings() -> tuple[Setting, ...]:
    """Those of System V IPC and of POSIX message queues."""

    def limits(kernel: KernelServices) -> object:
        return kernel.ipc.limits

    def queues(kernel: KernelServices) -> object:
        return kernel.ipc.mqueue.limits

    return (
        numbers("kernel/msgmax", limits, ["msgmax"], 0, _INT),
        numbers("kernel/msgmnb", limits, ["msgmnb"], 0, _INT),
        numbers("kernel/msgmni", limits, ["msgmni"], 0, _IPC_MNI),
        numbers("kernel/sem", limits, ["semmsl", "semmns", "semopm", "semmni"], 0, _INT),
        numbers("kernel/shmall", limits, ["shmall"], 0, _LONG),
        numbers("kernel/shmmax", limits, ["shmmax"], 0, _LONG),
        numbers("kernel/shmmni", limits, ["shmmni"], 0, _IPC_MNI),
        numbers("fs/mqueue/msg_default", queues, ["msg_default"], 1, 65536),
        numbers("fs/mqueue/msg_max", queues, ["msg_max"], 1, 65536),
        numbers("fs/mqueue/msgsize_default", queues, ["msgsize_default"], 128, 16 << 20),
        numbers("fs/mqueue/msgsize_max", queues, ["msgsize_max"], 128, 16 << 20),
        numbers("fs/mqueue/queues_max", queues, ["queues_max"], 0, _INT),
    )
