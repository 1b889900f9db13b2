"""Names of Unix sockets: inodes of kind S_IFSOCK in the file tree, and abstract names, which begin with a NUL."""

from __future__ import annotations

import stat as _stat
from collections.abc import Hashable
from typing import TYPE_CHECKING

from guest.abi.errno import E, Errno
from guest.abi.flags import AT_FDCWD
from guest.abi.socket import SUN_PATH_SIZE, Family, SocketIoctl
from guest.fs import permission
from guest.fs.inode import Inode
from guest.fs.path_walk import Target
from guest.net.ancillary import Ancillary, PeerIdentity
from guest.net.buffer import truesize
from guest.net.message import Outgoing
from guest.net.socket import Socket, put_int

if TYPE_CHECKING:
    from guest.services import KernelServices
    from guest.task import Task

_FAMILY = int(Family.AF_UNIX).to_bytes(2, "little")
_AUTOBIND_NAMES = 1 << 20


def encode_name(name: bytes | None) -> bytes:
    """struct sockaddr_un of a name; None is a socket without one."""
    if name is None:
        return _FAMILY
    return _FAMILY + (name if name.startswith(b"\0") else name + b"\0")


def parse_name(address: bytes) -> bytes:
    """The name in a struct sockaddr_un (EINVAL); empty to ask for an automatic one."""
    if len(address) < 2 or len(address) > 2 + SUN_PATH_SIZE or address[:2] != _FAMILY:
        raise Errno(E.EINVAL)
    name = address[2:]
    return name if name.startswith(b"\0") else name.split(b"\0", 1)[0] if name else b""


class UnixSocket(Socket):
    """What streams and datagrams have in common: a name, the owner's identity."""

    def __init__(self, kernel: KernelServices, kind: int, *, nonblocking: bool) -> None:
        super().__init__(kernel, Family.AF_UNIX, kind, 0, nonblocking=nonblocking)
        self.name: bytes | None = None
        self._path_key: Hashable = None
        self._inode: Inode | None = None
        self.peer_is: PeerIdentity | None = None
        """Who was at the other end when the connection was made."""

    # -- names -------------------------------------------------------------------------------------------------

    def bind(self, task: Task, address: bytes) -> None:
        name = parse_name(address)
        if not name:
            self.autobind()
            return
        if name.startswith(b"\0"):
            if self.name is not None:
                raise Errno(E.EINVAL)
            if (self.kind, name) in self.net.abstract_names:
                raise Errno(E.EADDRINUSE)
            self.net.abstract_names[(self.kind, name)] = self
        else:
            target = _place_of_node(task, name)
            if self.name is not None:
                raise Errno(E.EINVAL)
            self._inode = _make_node(task, target)
            self._path_key = self._inode.key
            self.net.paths[self._path_key] = self
        self.name = name

    def autobind(self) -> None:
        """Take an abstract name of five hexadecimal digits, unless there is a name."""
        if self.name is not None:
            return
        for _ in range(_AUTOBIND_NAMES):
            name = b"\0%05x" % self.net.next_autobind
            self.net.next_autobind = (self.net.next_autobind + 1) % _AUTOBIND_NAMES
            if (self.kind, name) not in self.net.abstract_names:
                self.net.abstract_names[(self.kind, name)] = self
                self.name = name
                return
        raise Errno(E.ENOSPC)

    def forget_name(self) -> None:
        """The socket is closed: its inode stays, but nobody is behind it any more."""
        if self._inode is not None:
            if self.net.paths.get(self._path_key) is self:
                del self.net.paths[self._path_key]
            self._inode = None
        elif self.name is not None and self.net.abstract_names.get((self.kind, self.name)) is self:
            del self.net.abstract_names[(self.kind, self.name)]

    def find_peer(self, task: Task, address: bytes) -> UnixSocket:
        """The socket of a name (ECONNREFUSED if there is none; ENOENT, EACCES… of the path; EPROTOTYPE)."""
        name = parse_name(address)
        if not name:
            raise Errno(E.EINVAL)
        if name.startswith(b"\0"):
            found = self.net.abstract_names.get((self.kind, name))
        else:
            inode = task.fs.find(task.files, AT_FDCWD, name).inode
            permission.check(inode, task.credentials, permission.WRITE)
            found = self.net.paths.get(inode.key) if inode.kind == _stat.S_IFSOCK else None
        if found is None:
            raise Errno(E.ECONNREFUSED)
        if found.kind != self.kind:
            raise Errno(E.EPROTOTYPE)
        return found

    def local_name(self) -> bytes:
        return encode_name(self.name)

    # -- messages ----------------------------------------------------------------------------------------------

    def accompany(self, out: Outgoing, peer: UnixSocket | None) -> Ancillary | None:
        """What goes with a message: what the sender gave, and who it is where one of the ends wants to know."""
        if self.passes_credentials or (peer is not None and peer.passes_credentials):
            ancillary = out.ancillary or Ancillary()
            if ancillary.identity is None:
                ancillary.identity = PeerIdentity.real(out.task)
            return ancillary
        return out.ancillary

    def charge_of(self, size: int) -> int:
        """What a message of `size` bytes counts against the sender's buffer."""
        return truesize(size)

    # -- other -------------------------------------------------------------------------------------------------

    def peer_identity(self) -> bytes:
        return self.peer_is.to_bytes() if self.peer_is is not None else super().peer_identity()

    def unread(self) -> int:
        """Bytes for FIONREAD."""
        raise NotImplementedError

    def unsent(self) -> int:
        """What counts against the send buffer, for SIOCOUTQ."""
        raise NotImplementedError

    def available(self) -> int:
        if self.listening:
            raise Errno(E.EINVAL)
        return self.unread()

    def ioctl(self, task: Task, command: int, argument: int) -> int:
        if command == SocketIoctl.SIOCOUTQ:
            return put_int(task, argument, self.unsent())
        if command == SocketIoctl.SIOCATMARK:
            return put_int(task, argument, 0)
        return super().ioctl(task, command, argument)


def _place_of_node(task: Task, path: bytes) -> Target:
    """Where the inode of a socket is to be made (EADDRINUSE if the name exists)."""
    target = task.fs.walk(task.files, AT_FDCWD, path, follow=False)
    if target.dentry is not None:
        raise Errno(E.EADDRINUSE)
    if target.wants_directory:
        raise Errno(E.ENOENT)
    target.directory.check_writable()
    permission.check_create(target.directory.inode, task.credentials)
    return target


def _make_node(task: Task, target: Target) -> Inode:
    directory = target.directory.inode
    attributes = permission.attributes_of_new(directory, 0o777 & ~task.fs.umask, task.credentials, is_directory=False)
    return directory.mknod(target.name, _stat.S_IFSOCK, attributes)
