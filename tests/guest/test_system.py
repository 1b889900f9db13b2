"""Names of the machine."""

from __future__ import annotations

from guest.abi.errno import E
from tests.guest.conftest import Guest

NODENAME, DOMAINNAME = 65, 65 * 5


def name(guest: Guest, offset: int) -> bytes:
    place = guest.put(bytes(65 * 6))
    assert guest.call("uname", place) == 0
    return guest.read(place + offset, 65).split(b"\0", 1)[0]


def test_host_and_domain_name_can_be_set(guest: Guest) -> None:
    assert guest.call("sethostname", guest.put(b"new-name-and-more"), 8) == 0
    assert guest.call("setdomainname", guest.put(b"domain"), 6) == 0
    assert (name(guest, NODENAME), name(guest, DOMAINNAME)) == (b"new-name", b"domain")
    assert guest.call("sethostname", guest.put(bytes(65)), 65) == -E.EINVAL.value
    assert guest.call("sethostname", guest.put(b"x"), -1) == -E.EINVAL.value


def test_only_the_privileged_name_the_machine(guest: Guest) -> None:
    before = name(guest, NODENAME)
    assert guest.call("setuid", 1000) == 0
    assert guest.call("sethostname", guest.put(b"x"), 1) == -E.EPERM.value
    assert name(guest, NODENAME) == before
