"""Numbers of tasks, and who is found under them."""

from __future__ import annotations

from typing import Any

import pytest

from guest.abi.errno import E, Errno
from guest.abi.flags import CloneFlag
from guest.task_table import PID_MAX, TaskTable

THREAD = int(CloneFlag.CLONE_VM | CloneFlag.CLONE_SIGHAND | CloneFlag.CLONE_THREAD | CloneFlag.CLONE_FILES)


def test_numbers_grow_and_are_not_given_again_at_once(guest: Any) -> None:
    assert [guest.call("clone", THREAD, 0, 0, 0, 0) for _ in range(3)] == [2, 3, 4]
    table: TaskTable = guest.kernel.tasks
    last = table.find(4)
    assert last is not None
    table.remove_task(last)
    assert table.find(4) is None
    assert guest.call("clone", THREAD, 0, 0, 0, 0) == 5


def test_after_the_last_number_free_ones_from_300_on_are_given() -> None:
    table = TaskTable()
    numbers = [table.allocate() for _ in range(PID_MAX)]
    assert numbers[:3] == [1, 2, 3]
    assert max(numbers) == PID_MAX - 1
    assert numbers[-1] == 300


def test_no_number_is_left(guest: Any) -> None:
    table: TaskTable = guest.kernel.tasks
    table._numbers_in_use = lambda: set(range(PID_MAX))  # type: ignore[method-assign]
    table._last, table._wrapped = PID_MAX - 1, True
    with pytest.raises(Errno) as caught:
        table.allocate()
    assert caught.value.number is E.EAGAIN


def test_groups_and_sessions_list_their_members(guest: Any) -> None:
    child = guest.call("clone", 17, 0, 0, 0, 0)
    table: TaskTable = guest.kernel.tasks
    assert [process.pid for process in table.group(1)] == [1, child]
    assert guest.call("setpgid", child, 0) == 0
    assert [process.pid for process in table.group(child)] == [child]
    assert [process.pid for process in table.session(1)] == [1, child]
    assert guest.call("getpgid", child) == child
    assert guest.call("getsid", child) == 1
    assert guest.call("setpgid", 77, 0) == -E.ESRCH
