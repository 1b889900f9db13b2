"""/proc/sysvipc shows the objects as ipcs reads them."""

from __future__ import annotations

from collections.abc import Callable

from tests.guest.conftest import Guest


def _file(guest: Guest, name: str) -> list[str]:
    fd = guest.call("openat", -100, f"/proc/sysvipc/{name}", 0, 0)
    place = guest.put(bytes(4096))
    size = guest.call("read", fd, place, 4096)
    guest.call("close", fd)
    return guest.read(place, size).decode().splitlines()


def test_every_object_is_a_line(make_guest: Callable[..., Guest]) -> None:
    guest = make_guest()
    for name in ("shm", "sem", "msg"):
        assert len(_file(guest, name)) == 1
    segment = guest.call("shmget", 0x1234, 5000, 0o1640)
    assert guest.call("shmat", segment, 0, 0) > 0
    semaphores = guest.call("semget", 0, 3, 0o1600)
    queue = guest.call("msgget", 0x4321, 0o1606)
    assert guest.call("msgsnd", queue, guest.put((9).to_bytes(8, "little") + b"hello"), 5, 0) == 0
    pid = guest.task.pid
    fields = [_file(guest, name)[1].split() for name in ("shm", "sem", "msg")]
    assert fields[0][:7] == [str(0x1234), str(segment), "640", "5000", str(pid), str(pid), "1"]
    assert fields[1][:4] == ["0", str(semaphores), "600", "3"]
    assert fields[2][:7] == [str(0x4321), str(queue), "606", "5", "1", str(pid), "0"]
    heads = [_file(guest, name)[0].split() for name in ("shm", "sem", "msg")]
    assert [len(head) for head in heads] == [len(row) for row in fields]
    # The columns of ipcs (util-linux) go by position.
    assert _file(guest, "shm")[1].index(" 5000 ") > _file(guest, "shm")[0].index("perms")
    assert guest.call("shmctl", segment, 0, 0) == 0
    assert _file(guest, "shm")[1].split()[2] == "1640", "to be destroyed with the last detach"
