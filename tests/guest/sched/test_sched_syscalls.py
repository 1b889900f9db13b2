"""The scheduling calls: what they store, whom they refuse, and that the scheduler hears of it."""

from __future__ import annotations

from typing import Any

from guest.abi.errno import E
from guest.abi.sched import SCHED_RESET_ON_FORK, Policy, SchedAttr, SchedParam
from guest.credentials import Credentials

NOBODY = Credentials(uid=65534, euid=65534, suid=65534, fsuid=65534, effective=0, permitted=0)


def _param(guest: Any, priority: int) -> int:
    address: int = guest.put(SchedParam(priority).to_bytes())
    return address


def test_policy_and_priority(guest: Any) -> None:
    sched = guest.task.sched
    assert guest.call("sched_getscheduler", 0) == Policy.SCHED_OTHER
    assert guest.call("sched_setscheduler", 0, Policy.SCHED_RR | SCHED_RESET_ON_FORK, _param(guest, 10)) == 0
    assert (sched.policy, sched.priority, sched.reset_on_fork) == (Policy.SCHED_RR, 10, True)
    assert ("parameters_changed", guest.task) in guest.scheduling.asked
    assert guest.call("sched_getscheduler", 1) == Policy.SCHED_RR | SCHED_RESET_ON_FORK
    assert guest.call("sched_setparam", 0, _param(guest, 99)) == 0
    result = guest.put(bytes(4))
    assert guest.call("sched_getparam", 0, result) == 0
    assert guest.read(result, 4) == b"\x63\0\0\0"
    child = sched.for_child()
    assert (child.policy, child.priority, child.reset_on_fork) == (Policy.SCHED_OTHER, 0, False)


def test_what_is_no_policy(guest: Any) -> None:
    for policy, priority in ((Policy.SCHED_FIFO, 0), (Policy.SCHED_FIFO, 100), (Policy.SCHED_OTHER, 1), (4, 0), (6, 0)):
        assert guest.call("sched_setscheduler", 0, policy, _param(guest, priority)) == -E.EINVAL
    assert guest.call("sched_setscheduler", 0, Policy.SCHED_OTHER, 0) == -E.EINVAL
    assert guest.call("sched_setscheduler", 999, Policy.SCHED_OTHER, _param(guest, 0)) == -E.ESRCH
    assert guest.call("sched_getscheduler", -1) == -E.EINVAL
    assert [guest.call("sched_get_priority_max", policy) for policy in range(6)] == [0, 99, 99, 0, -E.EINVAL, 0]
    assert [guest.call("sched_get_priority_min", policy) for policy in (0, 1, 2)] == [0, 1, 1]


def test_without_privilege_one_may_only_do_worse(guest: Any) -> None:
    guest.task.credentials = NOBODY
    assert guest.call("sched_setscheduler", 0, Policy.SCHED_FIFO, _param(guest, 1)) == -E.EPERM
    assert guest.call("setpriority", 0, 0, 5) == 0
    assert guest.call("setpriority", 0, 0, 4) == -E.EACCES
    assert guest.call("getpriority", 0, 0) == 15
    assert guest.call("sched_setscheduler", 0, Policy.SCHED_IDLE, _param(guest, 0)) == 0
    assert guest.call("sched_setscheduler", 0, Policy.SCHED_OTHER, _param(guest, 0)) == -E.EPERM


def test_attributes_of_several_sizes(guest: Any) -> None:
    wanted = SchedAttr(size_=56, sched_policy=Policy.SCHED_BATCH, sched_nice=-50).to_bytes()
    assert guest.call("sched_setattr", 0, guest.put(wanted), 0) == 0
    assert (guest.task.sched.policy, guest.task.sched.nice) == (Policy.SCHED_BATCH, -20)
    result = guest.put(b"\xff" * 64)
    assert guest.call("sched_getattr", 0, result, 64, 0) == 0
    found = SchedAttr.from_bytes(guest.read(result, 56))
    assert (found.size_, found.sched_policy, found.sched_nice) == (56, Policy.SCHED_BATCH, -20)
    assert guest.call("sched_getattr", 0, result, 47, 0) == -E.EINVAL
    too_long = guest.put((64).to_bytes(4, "little") + bytes(56) + b"\1\0\0\0")
    assert guest.call("sched_setattr", 0, too_long, 0) == -E.E2BIG
    assert guest.read(too_long, 4) == (56).to_bytes(4, "little")
    assert guest.call("sched_setattr", 0, guest.put(wanted), 1) == -E.EINVAL


def test_affinity_has_only_cores_that_exist(guest: Any) -> None:
    mask = guest.put(b"\xff" * 8)
    assert guest.call("sched_setaffinity", 0, 8, mask) == 0
    assert guest.call("sched_getaffinity", 0, 8, mask) == 8
    assert guest.read(mask, 8) == b"\1" + bytes(7)
    assert guest.call("sched_setaffinity", 0, 8, guest.put(b"\xfe" + bytes(7))) == -E.EINVAL
    assert guest.call("sched_getaffinity", 0, 7, mask) == -E.EINVAL
    assert guest.call("sched_getaffinity", 77, 8, mask) == -E.ESRCH


def test_nice_values_are_cut_and_whose_they_are_is_checked(guest: Any) -> None:
    assert guest.call("setpriority", 1, 0, 100) == 0
    assert guest.call("getpriority", 1, guest.task.process.group) == 1
    assert guest.call("setpriority", 2, 0, -3) == 0
    assert guest.call("getpriority", 2, 0) == 23
    assert guest.call("getpriority", 3, 0) == -E.EINVAL
    assert guest.call("getpriority", 0, 4242) == -E.ESRCH


def test_io_priorities(guest: Any) -> None:
    assert guest.call("ioprio_get", 1, 0) == 0
    assert guest.call("ioprio_set", 1, 0, 2 << 13 | 7) == 0
    assert guest.call("ioprio_get", 1, 0) == 2 << 13 | 7
    assert guest.call("ioprio_set", 1, 0, 1) == -E.EINVAL
    assert guest.call("ioprio_set", 1, 0, 4 << 13) == -E.EINVAL
    assert guest.call("ioprio_set", 9, 0, 0) == -E.EINVAL


def test_slice_and_processor(guest: Any) -> None:
    address = guest.put(bytes(16))
    assert guest.call("sched_rr_get_interval", 0, address) == 0
    assert int.from_bytes(guest.read(address + 8, 8), "little") == 3_000_000
    assert guest.call("getcpu", address, address + 4, 0) == 0
    assert guest.read(address, 8) == bytes(8)
