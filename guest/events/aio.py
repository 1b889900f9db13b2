"""Asynchronous input and output, which this kernel is built without: programs fall back to plain calls or threads."""

from __future__ import annotations

from typing import NoReturn

from guest.abi.errno import E, Errno
from guest.syscall import syscall
from guest.task import Task

_NOTE = "refused with ENOSYS, as by a kernel built without {}"
_CALLS = {
    "CONFIG_AIO": ("io_setup", "io_destroy", "io_submit", "io_cancel", "io_getevents", "io_pgetevents"),
    "CONFIG_IO_URING": ("io_uring_setup", "io_uring_enter", "io_uring_register"),
}


def _refuse(task: Task) -> NoReturn:
    raise Errno(E.ENOSYS)


for _option, _names in _CALLS.items():
    for _name in _names:
        syscall(_name, note=_NOTE.format(_option))(_refuse)
