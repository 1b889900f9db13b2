"""Users, groups and capabilities, as `man 7 credentials` and `man 7 capabilities` have them."""

from __future__ import annotations

from guest.abi.errno import E
from guest.credentials import ALL_CAPABILITIES
from tests.guest.conftest import Guest

KEEP = -1


def ids(guest: Guest, call: str) -> tuple[int, ...]:
    place = guest.put(bytes(12))
    assert guest.call(call, place, place + 4, place + 8) == 0
    data = guest.read(place, 12)
    return tuple(int.from_bytes(data[at : at + 4], "little") for at in (0, 4, 8))


def test_the_guest_begins_as_root_with_every_capability(guest: Guest) -> None:
    assert ids(guest, "getresuid") == ids(guest, "getresgid") == (0, 0, 0)
    assert guest.task.credentials.effective == ALL_CAPABILITIES


def test_setuid_of_root_is_for_ever_and_gives_up_capabilities(guest: Guest) -> None:
    assert guest.call("setuid", 1000) == 0
    assert ids(guest, "getresuid") == (1000, 1000, 1000)
    assert guest.task.credentials.permitted == guest.task.credentials.effective == 0
    assert guest.call("setuid", 0) == -E.EPERM.value
    assert guest.call("setuid", KEEP) == -E.EINVAL.value


def test_a_saved_user_can_be_taken_up_again(guest: Guest) -> None:
    assert guest.call("setresuid", KEEP, 1000, KEEP) == 0
    assert ids(guest, "getresuid") == (0, 1000, 0)
    assert guest.task.credentials.effective == 0
    assert guest.call("setresuid", KEEP, 0, KEEP) == 0
    assert guest.task.credentials.effective == ALL_CAPABILITIES


def test_setreuid_swaps_users_without_privilege(guest: Guest) -> None:
    guest.call("setresuid", 1, 2, 2)
    assert guest.call("setreuid", 2, 1) == 0
    assert ids(guest, "getresuid") == (2, 1, 1)
    assert guest.call("setreuid", 3, KEEP) == -E.EPERM.value


def test_groups_are_set_and_given(guest: Guest) -> None:
    place = guest.put(b"".join(number.to_bytes(4, "little") for number in (5, 6, 7)))
    assert guest.call("setgroups", 3, place) == 0
    assert guest.call("getgroups", 0, 0) == 3
    assert guest.call("getgroups", 2, place) == -E.EINVAL.value
    assert guest.task.credentials.in_group(6)


def test_setfsuid_gives_the_old_number(guest: Guest) -> None:
    assert guest.call("setfsuid", 7) == 0
    assert guest.call("setfsuid", KEEP) == 7


def test_capget_tells_its_version_and_the_sets(guest: Guest) -> None:
    header = guest.put(bytes(8))
    assert guest.call("capget", header, 0) == 0
    assert int.from_bytes(guest.read(header, 4), "little") == 0x20080522
    data = guest.put(bytes(24))
    assert guest.call("capget", header, data) == 0
    assert guest.read(data, 4) == b"\xff\xff\xff\xff"


def test_capset_only_takes_away(guest: Guest) -> None:
    header = guest.put((0x20080522).to_bytes(8, "little"))
    data = guest.put(bytes(24))
    assert guest.call("capset", header, data) == 0
    assert guest.task.credentials.effective == 0
    guest.mm.memory.write(data, b"\1")
    assert guest.call("capset", header, data) == -E.EPERM.value
