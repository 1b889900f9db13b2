"""Starting programs: process 1 of a machine, execve and execveat (`fs/exec.c`, `fs/binfmt_script.c`).

The new address space is complete before anything of the old program is given up, so a program that cannot be started
leaves its caller as it was.
"""

from __future__ import annotations

import stat as _stat
from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated

from emulator.memory import GuestMemory
from emulator.physical_memory import OutOfMemory
from guest.abi.errno import E, Errno
from guest.abi.flags import AT_FDCWD, AtFlag
from guest.accounting import peak_resident_bytes
from guest.arguments import ArgumentType, AtFlags, DirFd, Path, Shown, quote, show_address
from guest.clone import unshare_files
from guest.credentials import ALL_CAPABILITIES, Credentials
from guest.elf import ExecError, ExecErrorKind
from guest.exit import leave_memory
from guest.fs.context import FsContext
from guest.fs.fdtable import FileTable
from guest.fs.file import File
from guest.fs.inode import Inode
from guest.fs.permission import EXECUTE, check
from guest.fs.streams import Streams
from guest.loader import MAX_STRING, EntryState, Identity, ProgramArguments, load
from guest.mm.address_space import AddressSpace
from guest.mm.layout import Layout
from guest.mm.user_copy import copy_from_user, strncpy_from_user
from guest.random import RandomStream
from guest.services import KernelServices
from guest.signal.state import SignalHandlers, SignalStack
from guest.syscall import syscall
from guest.task import Process, Task
from guest.tty.console import open_standard_files

_SCRIPT_HEAD = 256
"""BINPRM_BUF_SIZE: how much of a file is looked at for its interpreter's name."""
_SCRIPT_DEPTH = 5
_MAX_STRINGS = 0x7FFFFFFF
_SHOWN_STRINGS = 32
"""strace prints so many of a vector."""


class _VectorType(ArgumentType):
    """char *const[]: the handler gets the address."""

    def show(self, shown: Shown) -> str:
        try:
            strings = _strings(shown.task, shown.raw, _SHOWN_STRINGS + 1)
        except Errno:
            return show_address(shown.raw)
        if shown.raw == 0:
            return "NULL"
        more = ", ..." if len(strings) > _SHOWN_STRINGS else ""
        return "[" + ", ".join(quote(text) for text in strings[:_SHOWN_STRINGS]) + more + "]"


class _EnvironmentType(ArgumentType):
    """The environment: strace prints how many variables it has."""

    def show(self, shown: Shown) -> str:
        try:
            count = len(_strings(shown.task, shown.raw, 1 << 16))
        except Errno:
            return show_address(shown.raw)
        return f"{show_address(shown.raw)} /* {count} var{'' if count == 1 else 's'} */"


Strings = Annotated[int, _VectorType()]
Environment = Annotated[int, _EnvironmentType()]


def create_first_task(
    kernel: KernelServices,
    memory: GuestMemory,
    program: bytes,
    argv: Sequence[bytes],
    environment: Sequence[bytes],
    streams: Streams,
    *,
    cwd: bytes = b"/",
    credentials: Credentials | None = None,
    layout: Layout | None = None,
) -> tuple[Task, EntryState]:
    """Process 1, ready to run `program` (a guest path, see `FileTree.place_program`) in the empty `memory`.

    Raises Errno if the program or `cwd` cannot be opened, ExecError if the program is not one that runs here.
    """
    root = kernel.tree.root
    fs = FsContext(root, root, kernel.work)
    files = FileTable()
    fs.cwd = fs.find(files, AT_FDCWD, cwd)
    if not fs.cwd.inode.is_directory:
        raise Errno(E.ENOTDIR)
    number = kernel.tasks.allocate()
    process = Process(pid=number, parent=None, group=number, session=number)
    for file in open_standard_files(kernel, streams, process):
        files.install(file)
    mm = AddressSpace(
        memory,
        limit_bytes=kernel.memory_bytes,
        layout=layout,
        work=kernel.work,
        caches=kernel.caches,
        commit=kernel.commit,
    )
    task = Task(
        tid=number,
        process=process,
        mm=mm,
        files=files,
        fs=fs,
        handlers=SignalHandlers(),
        kernel=kernel,
        credentials=credentials or Credentials(),
    )
    image = fs.open(files, AT_FDCWD, program, 0, 0).get()
    entry = _Program(task, mm, program, list(argv), environment).load(image)
    _name(task, program)
    process.threads.append(task)
    kernel.tasks.add(task)
    return task, entry


@syscall("execve")
def execve(task: Task, path: Path, argv: Strings, environment: Environment) -> int:
    return _execute(task, AT_FDCWD, path, argv, environment, 0)


@syscall("execveat")
def execveat(task: Task, directory: DirFd, path: Path, argv: Strings, environment: Environment, flags: AtFlags) -> int:
    if flags & ~(AtFlag.AT_EMPTY_PATH | AtFlag.AT_SYMLINK_NOFOLLOW):
        raise Errno(E.EINVAL)
    return _execute(task, directory, path, argv, environment, flags)


def _execute(task: Task, directory: int, path: bytes, argv: int, environment: int, flags: int) -> int:
    image = _open_program(task, directory, path, flags)
    name = path
    if directory != AT_FDCWD and not path.startswith(b"/"):
        name = b"/dev/fd/%d/%s" % (directory, path) if path else b"/dev/fd/%d" % directory
    try:
        arguments = _strings(task, argv, _MAX_STRINGS)
        variables = _strings(task, environment, _MAX_STRINGS)
    except Errno:
        image.put()
        raise
    try:
        memory = task.kernel.scheduling.new_memory()
    except OutOfMemory:
        image.put()
        raise Errno(E.ENOMEM) from None
    mm = AddressSpace(
        memory,
        limit_bytes=task.mm.limit_bytes,
        layout=task.mm.layout,
        work=task.kernel.work,
        caches=task.kernel.caches,
        commit=task.kernel.commit,
    )
    program = _Program(task, mm, name, arguments or [b""], variables)
    try:
        apply_limits_to(mm, task)
        entry = program.load(image)
    except ExecError as error:
        mm.put()
        raise Errno(_errno(error)) from error
    except (Errno, OutOfMemory) as error:
        mm.put()
        if isinstance(error, OutOfMemory):
            raise Errno(E.ENOMEM) from None
        raise
    _replace_program(task, mm, program.credentials)
    _name(task, path or name)
    task.kernel.scheduling.start_program(task, entry.pc, entry.sp)
    return 0


def _open_program(task: Task, directory: int, path: bytes, flags: int) -> File:
    """The program's file, checked for what exec asks of it, with a reference."""
    if not path:
        if not flags & AtFlag.AT_EMPTY_PATH:
            raise Errno(E.ENOENT)
        dentry = task.files.get(directory).dentry
    else:
        follow = not flags & AtFlag.AT_SYMLINK_NOFOLLOW
        dentry = task.fs.find(task.files, directory, path, follow=follow, credentials=task.credentials)
        if dentry.inode.is_link:
            raise Errno(E.ELOOP)
    if dentry.inode.kind != _stat.S_IFREG:
        raise Errno(E.EACCES)
    check(dentry.inode, task.credentials, EXECUTE)
    if _is_open_for_writing(task.kernel, dentry.inode):
        raise Errno(E.ETXTBSY)
    return dentry.inode.open(dentry, 0).get()


def _is_open_for_writing(kernel: KernelServices, inode: Inode) -> bool:
    """Whether any task could still change the program (deny_write_access)."""
    tables = {id(task.files): task.files for task in kernel.tasks.tasks() if not task.exited}
    return any(
        file.writable and file.dentry.inode.kind == _stat.S_IFREG and file.dentry.inode.same_as(inode)
        for table in tables.values()
        for _, file in table
    )


def _strings(task: Task, address: int, limit: int) -> list[bytes]:
    """A vector of strings that ends with NULL; a NULL vector is empty. EFAULT, E2BIG."""
    strings: list[bytes] = []
    room = max(task.mm.stack_limit_bytes // 4, MAX_STRING)
    while address and len(strings) < limit:
        pointer = int.from_bytes(copy_from_user(task.mm, address, 8), "little")
        if not pointer:
            break
        text = strncpy_from_user(task.mm, pointer, MAX_STRING)
        if text is None:
            raise Errno(E.E2BIG)
        room -= len(text) + 9
        if room < 0:
            raise Errno(E.E2BIG)
        strings.append(text)
        address += 8
    return strings


_ERRNO_OF = {ExecErrorKind.TOO_BIG: E.E2BIG, ExecErrorKind.INTERPRETER: E.ENOENT}


def _errno(error: ExecError) -> E:
    """What execve gives for a program that cannot be loaded."""
    if isinstance(error.__cause__, Errno):
        return error.__cause__.number
    if error.kind is ExecErrorKind.INTERPRETER and isinstance(error.__cause__, ExecError):
        return E.ELIBBAD
    return _ERRNO_OF.get(error.kind, E.ENOEXEC)


def _open_interpreter(task: Task, name: bytes) -> File:
    """The interpreter that a script names. Raises ExecError, with the cause."""
    try:
        return _open_program(task, AT_FDCWD, name, 0)
    except Errno as error:
        shown = name.decode(errors="replace")
        why = "is not there" if error.number in (E.ENOENT, E.ENOTDIR) else f"cannot be opened: {error}"
        raise ExecError(ExecErrorKind.INTERPRETER, f"its interpreter {shown} {why}") from error


class _Program:
    """One program on its way into an empty address space, by way of the interpreters that scripts name."""

    def __init__(
        self, task: Task, mm: AddressSpace, path: bytes, argv: list[bytes], environment: Sequence[bytes]
    ) -> None:
        self._task = task
        self._mm = mm
        self._path = path
        self._argv = argv
        self._environment = environment
        self.credentials = task.credentials

    def load(self, image: File) -> EntryState:
        """Load it; `image` is given back. Raises Errno and ExecError."""
        opened = [image]
        task = self._task

        def open_interpreter(name: bytes) -> File | None:
            try:
                opened.append(_open_program(task, AT_FDCWD, name, 0))
            except Errno as error:
                if error.number in (E.ENOENT, E.ENOTDIR):
                    return None
                raise
            return opened[-1]

        try:
            interpreted = self._path
            depth = 0
            while script := _script(opened[-1]):
                depth += 1
                if depth > _SCRIPT_DEPTH:
                    raise Errno(E.ELOOP)
                interpreter, argument = script
                self._argv[:1] = [interpreter, *([argument] if argument is not None else []), interpreted]
                interpreted = interpreter
                opened.append(_open_interpreter(task, interpreter))
            self.credentials, secure = credentials_for(task, opened[-1])
            entry = load(
                self._mm,
                opened[-1],
                ProgramArguments(self._path, self._argv, self._environment),
                open_interpreter=open_interpreter,
                cpu=task.kernel.cpu,
                identity=Identity.of(self.credentials, secure=secure),
                random_bytes=RandomStream(
                    task.kernel.seed, f"AT_RANDOM of {task.pid}, program {task.process.programs}"
                ).bytes(16),
            )
        finally:
            for file in opened:
                file.put()
        task.process.programs += 1
        task.kernel.work.exec += 1
        return entry


def _script(image: File) -> tuple[bytes, bytes | None] | None:
    """The interpreter and its one argument that the first line of a script names; None for another kind of file."""
    head = image.pread(_SCRIPT_HEAD, 0)
    if not head.startswith(b"#!"):
        return None
    line, newline, _ = head[2:].partition(b"\n")
    line = line.strip(b" \t\0")
    name, *rest = line.replace(b"\t", b" ").split(b" ", 1)
    if not name or (not newline and not rest and len(head) == _SCRIPT_HEAD):
        raise Errno(E.ENOEXEC)  # no name, or one that may be cut off
    argument = rest[0].strip(b" ") if rest else b""
    return name.split(b"\0")[0], argument or None


def credentials_for(task: Task, image: File) -> tuple[Credentials, bool]:
    """Who the task is in the program, and whether that is more than it was (AT_SECURE)."""
    old = task.credentials
    status = image.dentry.inode.stat()
    euid, egid = old.euid, old.egid
    if not task.no_new_privileges:
        if status.st_mode & _stat.S_ISUID:
            euid = status.st_uid
        if status.st_mode & (_stat.S_ISGID | _stat.S_IXGRP) == _stat.S_ISGID | _stat.S_IXGRP:
            egid = status.st_gid
    permitted = old.inheritable
    if 0 in (old.uid, euid):
        permitted |= old.bounding & ALL_CAPABILITIES
    effective = permitted if euid == 0 else 0
    new = replace(
        old, euid=euid, suid=euid, fsuid=euid, egid=egid, sgid=egid, fsgid=egid,
        permitted=permitted, effective=effective,
    )  # fmt: skip
    return new, euid != old.uid or egid != old.gid


def apply_limits_to(mm: AddressSpace, task: Task) -> None:
    """A new address space has the limits of its process."""
    for name in ("stack_limit_bytes", "data_limit_bytes", "address_limit_bytes"):
        setattr(mm, name, getattr(task.mm, name))
    mm.mmap_base = mm.layout.mmap_base(mm.stack_limit_bytes)


def _replace_program(task: Task, mm: AddressSpace, credentials: Credentials) -> None:
    """From here on there is no way back."""
    kernel, process = task.kernel, task.process
    kernel.scheduling.end_other_threads(task)
    if not task.is_leader:
        kernel.tasks.take_leadership(task)
    leave_memory(task)
    if process.timers is not None:
        process.timers.exec()
    process.peak_bytes = peak_resident_bytes(task.mm, process)
    task.mm.put()
    task.mm = mm
    unshare_files(task)
    task.files.exec()
    task.handlers = task.handlers.copy()
    task.handlers.exec()
    task.signal_stack = SignalStack()
    if credentials.euid != task.credentials.euid or credentials.egid != task.credentials.egid:
        task.parent_death_signal = 0
        process.dumpable = 0
    else:
        process.dumpable = 1
    task.credentials = credentials


def _name(task: Task, path: bytes) -> None:
    task.name = path.rsplit(b"/", 1)[-1][:15]
