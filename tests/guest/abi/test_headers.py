"""Numbers and layouts against the C headers, through a cross compiler's static assertions."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from guest.abi import structs
from guest.abi.constants import Resource, Signal
from guest.abi.cstruct import Struct
from guest.abi.elf import Ehdr, Phdr
from guest.abi.errno import MESSAGES, E
from guest.abi.flags import MapFlag, OpenFlag, show_flags, show_open_flags
from guest.abi.syscalls import NAMES, NUMBERS, name_of
from tests.toolchain import Target, compile_files

needs_zig = pytest.mark.skipif(not Target.MUSL.installed, reason="needs ziglang")

# C type, our structure, and pairs (C member, our member) where the names differ.
STRUCTURES: list[tuple[str, type[Struct], dict[str, str]]] = [
    ("struct stat", structs.Stat, {"atime": "st_atim", "mtime": "st_mtim", "ctime": "st_ctim"}),
    ("struct statx", structs.Statx, {}),
    ("struct statfs", structs.Statfs, {}),
    ("struct timespec", structs.Timespec, {}),
    ("struct timeval", structs.Timeval, {}),
    ("struct itimerspec", structs.Itimerspec, {}),
    ("struct tms", structs.Tms, {}),
    ("struct iovec", structs.Iovec, {}),
    ("struct rlimit", structs.Rlimit, {}),
    ("struct utsname", structs.Utsname, {}),
    ("struct winsize", structs.Winsize, {}),
    ("struct flock", structs.Flock, {}),
    ("struct pollfd", structs.Pollfd, {}),
    ("stack_t", structs.SigaltStack, {}),
    ("Elf64_Ehdr", Ehdr, {}),
    ("Elf64_Phdr", Phdr, {}),
]
SKIPPED = re.compile(r"pad|unused|spare|reserved|stx_dio|stx_mnt_id")


def compile_c(source: str, tmp_path: Path) -> None:
    path = tmp_path / "check.c"
    path.write_text(source)
    compile_files([*Target.MUSL.compiler(), "-c", path, "-o", tmp_path / "check.o"])


@needs_zig
def test_structures_have_the_size_and_offsets_of_the_headers(tmp_path: Path) -> None:
    source = "#define _GNU_SOURCE\n" + "".join(
        f"#include <{name}.h>\n"
        for name in ("stddef", "sys/stat", "sys/statfs", "time", "sys/time", "sys/times", "sys/uio", "sys/resource",
                     "sys/utsname", "sys/ioctl", "fcntl", "poll", "signal", "elf", "linux/sysinfo")
    )  # fmt: skip
    for c_type, ours, renamed in STRUCTURES:
        source += f'_Static_assert(sizeof({c_type}) == {ours.size}, "{c_type}");\n'
        for member in ours.members:
            if SKIPPED.search(member.name):
                continue
            name = renamed.get(member.name, member.name)
            source += f'_Static_assert(offsetof({c_type}, {name}) == {member.offset}, "{c_type}.{name}");\n'
    # musl pads rusage and has its own termios and sysinfo: the kernel's are checked by size.
    source += f'_Static_assert(offsetof(struct rusage, ru_nivcsw) + 8 == {structs.Rusage.size}, "rusage");\n'
    source += f'_Static_assert(offsetof(struct sysinfo, mem_unit) == {structs.Sysinfo.offset_of("mem_unit")}, "s");\n'
    compile_c(source, tmp_path)


@needs_zig
def test_numbers_are_those_of_the_headers(tmp_path: Path) -> None:
    source = "#define _GNU_SOURCE\n#include <errno.h>\n#include <fcntl.h>\n#include <sys/mman.h>\n#include <signal.h>\n"
    source += "#include <sys/resource.h>\n#include <asm/unistd.h>\n"
    for kind in (E, MapFlag, Resource, Signal):
        for name, member in kind.__members__.items():
            source += f'#ifdef {name}\n_Static_assert({name} == {member.value}, "{name}");\n#endif\n'
    for name in ("O_DIRECTORY", "O_NOFOLLOW", "O_DIRECT", "O_CLOEXEC", "O_PATH", "O_TMPFILE", "O_APPEND"):
        source += f'_Static_assert({name} == {OpenFlag[name].value}, "{name}");\n'
    for name, number in NUMBERS.items():
        source += f'#ifdef __NR_{name}\n_Static_assert(__NR_{name} == {number}, "{name}");\n#endif\n'
    compile_c(source, tmp_path)


def test_every_number_up_to_the_newest_has_a_name_but_the_reserved_ones() -> None:
    missing = {number for number in range(max(NAMES)) if number not in NAMES}
    # 38 is renameat, present; 244–259 are reserved for architectures, 295–402 for old 32-bit calls, 415 is unused.
    assert missing <= set(range(244, 260)) | set(range(295, 424))
    assert name_of(56) == "openat"
    assert name_of(5000) == "syscall_0x1388"


def test_every_error_has_a_message() -> None:
    assert set(MESSAGES) == set(E)


def test_flags_are_shown_as_strace_does() -> None:
    assert show_open_flags(0o2000000) == "O_RDONLY|O_CLOEXEC"
    assert show_open_flags(0o101) == "O_WRONLY|O_CREAT"
    assert show_open_flags(0o4010000) == "O_RDONLY|O_SYNC"
    assert show_flags(MapFlag, 0x22) == "MAP_PRIVATE|MAP_ANONYMOUS"
    assert show_flags(MapFlag, 0x8000022) == "MAP_PRIVATE|MAP_ANONYMOUS|0x8000000"
    assert show_flags(MapFlag, 0) == "0"


@pytest.mark.parametrize(
    "kind", [entry[1] for entry in STRUCTURES if entry[0] != "Elf64_Phdr" and "Ehdr" not in entry[0]]
)
def test_a_structure_survives_its_bytes(kind: type[Struct]) -> None:
    value = kind()
    assert kind.from_bytes(value.to_bytes()).to_bytes() == value.to_bytes()
    assert len(value.to_bytes()) == kind.size
