"""Identifiers: reused late, never for another object; keys; who may do what."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guest.abi.errno import E, Errno
from guest.abi.ipc import GetFlag
from guest.credentials import Credentials
from guest.ipc.ids import READ, WRITE, Identifiers, IpcObject

ROOT = Credentials()
USER = Credentials(1000, 1000, 1000, 1000, 1000, 1000, 1000, 1000, (50,), effective=0, permitted=0)


def make(table: Identifiers[IpcObject], key: int = 0, mode: int = 0o600, flags: int = 0) -> int:
    return table.get(key, flags | mode, ROOT, make=lambda: IpcObject(key, mode, ROOT))


@given(st.lists(st.integers(min_value=0, max_value=200), max_size=300))
def test_an_identifier_leads_to_its_object_or_to_nothing(choices: list[int]) -> None:
    table: Identifiers[IpcObject] = Identifiers()
    alive: dict[int, IpcObject] = {}
    gone: list[int] = []
    for choice in choices:
        if alive and choice % 3 == 0:
            number = sorted(alive)[choice % len(alive)]
            table.remove(alive.pop(number))
            gone.append(number)
        else:
            number = make(table)
            assert number not in alive
            assert number not in gone, "an identifier of before must not mean something new"
            alive[number] = table.find(number)
    assert [one.id for one in table] == sorted(alive, key=lambda number: number & 0x7FFF)
    for number in gone:
        with pytest.raises(Errno) as raised:
            table.find(number)
        assert raised.value.number in (E.EINVAL, E.EIDRM)


def test_indices_are_used_in_turn() -> None:
    table: Identifiers[IpcObject] = Identifiers()
    for expected in range(64):
        number = make(table)
        assert number == expected
        table.remove(table.find(number))
    assert make(table) == 1 << 15, "the second round has the next sequence number"


def test_keys() -> None:
    table: Identifiers[IpcObject] = Identifiers()
    with pytest.raises(Errno, match="ENOENT"):
        make(table, key=5)
    number = make(table, key=5, flags=GetFlag.IPC_CREAT)
    assert make(table, key=5) == number
    with pytest.raises(Errno, match="EEXIST"):
        make(table, key=5, flags=GetFlag.IPC_CREAT | GetFlag.IPC_EXCL)
    assert make(table) != make(table), "IPC_PRIVATE is always a new one"


@pytest.mark.parametrize(
    ("mode", "credentials", "read", "write"),
    [
        (0o600, USER, False, False),
        (0o604, USER, True, False),
        (0o602, USER, False, True),
        (0o066, Credentials(), True, True),  # CAP_IPC_OWNER
        (0o640, Credentials(euid=7, egid=7, groups=(0,), effective=0), True, False),
        (0o400, Credentials(euid=0, effective=0), True, False),
        (0o066, Credentials(euid=0, effective=0), False, False),
    ],
)
def test_permissions(mode: int, credentials: Credentials, read: bool, write: bool) -> None:
    one = IpcObject(0, mode, ROOT)
    assert (one.allows(credentials, READ), one.allows(credentials, WRITE)) == (read, write)
