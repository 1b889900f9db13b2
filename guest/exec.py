"""Creating the first process of a machine."""

from __future__ import annotations

from collections.abc import Sequence

from emulator.memory import GuestMemory
from guest.abi.errno import E, Errno
from guest.abi.flags import AT_FDCWD
from guest.credentials import Credentials
from guest.fs.context import FsContext
from guest.fs.fdtable import FileTable
from guest.fs.file import File
from guest.fs.streams import Streams, standard_files
from guest.loader import EntryState, Identity, ProgramArguments, load
from guest.mm.address_space import AddressSpace
from guest.mm.layout import Layout
from guest.random import RandomStream
from guest.services import KernelServices
from guest.signal_state import SignalHandlers
from guest.task import Process, Task

FIRST_PID = 1


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
    for file in standard_files(streams):
        files.install(file)
    process = Process(pid=FIRST_PID, parent=None)
    task = Task(
        tid=FIRST_PID,
        process=process,
        mm=AddressSpace(memory, limit_bytes=kernel.memory_bytes, layout=layout, work=kernel.work),
        files=files,
        fs=fs,
        handlers=SignalHandlers(),
        kernel=kernel,
        credentials=credentials or Credentials(),
    )
    process.threads.append(task)
    entry = load_program(task, program, argv, environment)
    return task, entry


def load_program(task: Task, path: bytes, argv: Sequence[bytes], environment: Sequence[bytes]) -> EntryState:
    """Load a program into the task's empty address space and name the task after it. Raises Errno, ExecError."""
    image = task.fs.open(task.files, AT_FDCWD, path, 0, 0).get()
    opened = [image]

    def open_interpreter(name: bytes) -> File | None:
        try:
            opened.append(task.fs.open(task.files, AT_FDCWD, name, 0, 0).get())
        except Errno as error:
            if error.number in (E.ENOENT, E.ENOTDIR):
                return None
            raise
        return opened[-1]

    if image.dentry.inode.is_directory:
        raise Errno(E.EACCES)
    try:
        entry = load(
            task.mm,
            image,
            ProgramArguments(path, argv, environment),
            open_interpreter=open_interpreter,
            cpu=task.kernel.cpu,
            identity=Identity(task.credentials.uid, task.credentials.gid),
            random_bytes=RandomStream(task.kernel.seed, f"AT_RANDOM of {task.pid}").bytes(16),
        )
    finally:
        for file in opened:
            file.put()
    task.name = path.rsplit(b"/", 1)[-1][:15]
    task.kernel.work.exec += 1
    return entry
