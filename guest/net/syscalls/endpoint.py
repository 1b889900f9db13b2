"""Calls that make, name, connect and end sockets."""

from __future__ import annotations

from guest.abi.errno import E, Errno
from guest.abi.socket import SOCK_CLOEXEC, SOCK_NONBLOCK, ShutdownHow
from guest.arguments import Address, Fd, Int
from guest.mm.user_copy import copy_to_user
from guest.net.arguments import (
    AcceptFlags,
    Domain,
    How,
    InSockaddr,
    LengthPointer,
    OutSockaddr,
    ProtocolNumber,
    TypeFlags,
)
from guest.net.create import make_pair, make_socket, split_type
from guest.net.socket import Socket
from guest.net.syscalls.lookup import socket_of, wait_ready
from guest.net.user import read_address, write_address
from guest.syscall import syscall
from guest.task import Task
from guest.wait import Blocking, Wait


@syscall(
    "socket",
    partial="AF_UNIX, AF_INET and AF_INET6 on the loopback, AF_NETLINK's NETLINK_ROUTE and "
    "NETLINK_KOBJECT_UEVENT; no raw sockets (EPROTONOSUPPORT for root, EPERM for others)",
)
def socket(task: Task, domain: Domain, kind: TypeFlags, protocol: ProtocolNumber) -> int:
    base, nonblocking, close_on_exec = split_type(kind)
    made = make_socket(task, domain, base, protocol, nonblocking=nonblocking)
    return task.files.install(made, close_on_exec=close_on_exec)


@syscall("socketpair")
def socketpair(task: Task, domain: Domain, kind: TypeFlags, protocol: ProtocolNumber, result: Address) -> None:
    base, nonblocking, close_on_exec = split_type(kind)
    first, second = make_pair(task, domain, base, protocol, nonblocking=nonblocking)
    # Held until both have descriptors: a failure closes what was made.
    first.get(), second.get()
    numbers: list[int] = []
    try:
        numbers.append(task.files.install(first, close_on_exec=close_on_exec))
        numbers.append(task.files.install(second, close_on_exec=close_on_exec))
        copy_to_user(task.mm, result, b"".join(number.to_bytes(4, "little") for number in numbers))
    except Errno:
        for number in numbers:
            task.files.close(number)
        raise
    finally:
        first.put()
        second.put()


@syscall("bind")
def bind(task: Task, fd: Fd, address: InSockaddr, length: Int) -> None:
    found = socket_of(task, fd)
    found.bind(task, read_address(task, address, length))


@syscall("listen")
def listen(task: Task, fd: Fd, backlog: Int) -> None:
    socket_of(task, fd).listen(task, backlog)


@syscall("connect")
def connect(task: Task, fd: Fd, address: InSockaddr, length: Int) -> int | Blocking[int]:
    found = socket_of(task, fd)
    return found.connect(task, read_address(task, address, length))


@syscall("accept")
def accept(task: Task, fd: Fd, address: OutSockaddr, length: LengthPointer) -> int | Blocking[int]:
    return _accept(task, fd, address, length, 0)


@syscall("accept4")
def accept4(task: Task, fd: Fd, address: OutSockaddr, length: LengthPointer, flags: AcceptFlags) -> int | Blocking[int]:
    if flags & ~(SOCK_CLOEXEC | SOCK_NONBLOCK):
        raise Errno(E.EINVAL)
    return _accept(task, fd, address, length, flags)


def _accept(task: Task, fd: int, address: int, length: int, flags: int) -> int | Blocking[int]:
    listener = socket_of(task, fd)
    try:
        accepted = listener.accept()
    except Errno as error:
        if error.number is not E.EAGAIN or listener.nonblocking:
            raise
        return _wait_for_connection(task, listener, address, length, flags)
    return _install(task, accepted, address, length, flags)


def _wait_for_connection(task: Task, listener: Socket, address: int, length: int, flags: int) -> Blocking[int]:
    wait = Wait((listener.readiness,), listener.deadline_ns(writing=False))
    while True:
        yield from wait_ready(task, listener, wait)
        try:
            accepted = listener.accept()
        except Errno as error:
            if error.number is not E.EAGAIN:
                raise
            continue
        return _install(task, accepted, address, length, flags)


def _install(task: Task, accepted: Socket, address: int, length: int, flags: int) -> int:
    if flags & SOCK_NONBLOCK:
        accepted.flags |= SOCK_NONBLOCK
    accepted.get()
    try:
        if address:
            try:
                name = accepted.peer_name()
            except Errno:
                # The other end has gone already.
                raise Errno(E.ECONNABORTED) from None
            write_address(task, address, length, name)
        return task.files.install(accepted, close_on_exec=bool(flags & SOCK_CLOEXEC))
    finally:
        accepted.put()


@syscall("getsockname")
def getsockname(task: Task, fd: Fd, address: OutSockaddr, length: LengthPointer) -> None:
    write_address(task, address, length, socket_of(task, fd).local_name())


@syscall("getpeername")
def getpeername(task: Task, fd: Fd, address: OutSockaddr, length: LengthPointer) -> None:
    write_address(task, address, length, socket_of(task, fd).peer_name())


@syscall("shutdown")
def shutdown(task: Task, fd: Fd, how: How) -> None:
    found = socket_of(task, fd)
    if how not in (ShutdownHow.SHUT_RD, ShutdownHow.SHUT_WR, ShutdownHow.SHUT_RDWR):
        raise Errno(E.EINVAL)
    found.shutdown(how)
