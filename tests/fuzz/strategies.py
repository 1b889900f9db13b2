"""Sequences of random calls, for Hypothesis."""

from __future__ import annotations

import functools
from random import Random
from typing import Any

from hypothesis import strategies

import guest.syscall_table  # noqa: F401  (declares the calls)
from guest.abi.syscalls import HIGHEST, NUMBERS
from guest.syscall import Declaration, declarations
from tests.fuzz import generate as st
from tests.fuzz.declared import FD, anything, call_of
from tests.fuzz.generate import Generator, mixed
from tests.fuzz.kinds import PATHS, numbers
from tests.fuzz.typical import TYPICAL, either, good_fd, kernel_paths, u64
from tests.fuzz.values import Call, Result, Sequence

_ENDING = {"exit", "exit_group", "rt_sigreturn"}
"""The less of these, the longer the others are tried."""


def _made(call: Declaration) -> Generator[Call]:
    """A call as its declaration allows, or as programs make it."""
    free = call_of(call)
    if call.name not in TYPICAL:
        return free
    typical = st.tuples(*TYPICAL[call.name]).map(functools.partial(Call, call.number))
    return mixed(typical, free)


_declared = {call.name: _made(call) for call in declarations()}
_known = [_declared[call.name] for call in declarations() if call.name not in _ENDING and call.parameters]
_plain = [_declared[call.name] for call in declarations() if call.name not in _ENDING and not call.parameters]
_ends = [_declared[name] for name in sorted(_ENDING)]
_often = [
    _declared[name]
    for name in (
        "openat",
        "socket",
        "pipe2",
        "dup",
        "memfd_create",
        "mmap",
        "munmap",
        "clone",
        "read",
        "write",
        "ioctl",
        "execve",
        "fcntl",
        "close",
    )
]
_on_descriptors = [_declared[call.name] for call in declarations() if call.parameters and call.parameters[0][1] is FD]
_unknown = st.builds(Call, mixed(st.integers(0, HIGHEST + 5), numbers), st.lists(anything, 0, 6).map(tuple))
_OPENING: dict[str, tuple[Generator[Any], ...]] = {
    "openat": (
        st.just(-100),
        mixed(either(*[path + b"\0" for path in PATHS if path.startswith(b"/") and len(path) < 99]), kernel_paths),
        st.sampled_from([0, 0, 0, 2, 1, 0o102, 0o2102, 0o4000]),
        st.just(0o644),
    ),
    "memfd_create": (either(b"m\0"), st.sampled_from([1, 3])),
    "dup": (good_fd,),
    "eventfd2": (st.integers(0, 3), st.integers(0, 1)),
    "socket": TYPICAL["socket"],
    "pidfd_open": (st.just(1), st.just(0)),
    "inotify_init1": (st.just(0),),
    "epoll_create1": (st.just(0),),
    "timerfd_create": (st.integers(0, 1), st.just(0)),
    "signalfd4": (st.just(-1), either(u64(-1), u64(512)), st.just(8), st.just(0)),
}
_openers = [
    st.tuples(*values).map(functools.partial(Call, NUMBERS[name]))
    for name, values in _OPENING.items()
    for _ in range(1 + 8 * (name == "openat"))
]
_pools = [*[_known] * 20, *[_often] * 6, _plain, [_unknown]]


def _one_of(random: Random, pool: list[Generator[Call]]) -> Call:
    return random.choice(pool).make(random)


def calls(seed: int) -> tuple[Call, ...]:
    """The calls that a number stands for: one, or a few on a file that the first of them opens."""
    random = Random(seed)
    kind = random.randrange(128)
    if kind == 127:
        return (_one_of(random, _ends),)
    if kind > 112:
        made = [_one_of(random, _openers)]
        for position in range(random.randint(1, 4)):
            call = _one_of(random, _on_descriptors)
            made.append(Call(call.number, (Result(position + 1), *call.arguments[1:])))
        return tuple(made)
    return (_one_of(random, _pools[kind % len(_pools)]),)


@strategies.composite
def sequences(draw: strategies.DrawFn, length: int = 40) -> Sequence:
    """What to do with one machine.

    The numbers are drawn through Hypothesis's generator of random numbers, because it makes most of its examples by
    copying parts of earlier ones, and here that would only be the same calls again. 0, to which all shrink that do not
    matter, is no call.
    """
    random = draw(strategies.randoms(use_true_random=False))
    seeds = [random.getrandbits(23) for _ in range(length)]
    made = tuple(call for seed in seeds if seed for call in calls(seed))
    return Sequence(
        made, traced=draw(strategies.booleans()), writable=draw(strategies.sampled_from([False, False, False, True]))
    )
