"""System accesses as programs encode them, and what a program may read."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator import system_registers
from emulator.system_registers import SystemAccess, decode, invalidates_instructions, is_cache_maintenance
from tests.emulator.a64 import word

CNTVCT, CNTFRQ, CTR = (3, 3, 14, 0, 2), (3, 3, 14, 0, 0), (3, 3, 0, 0, 1)
MIDR, MPIDR, ISAR0, PFR0 = (3, 0, 0, 0, 0), (3, 0, 0, 0, 5), (3, 0, 0, 6, 0), (3, 0, 0, 4, 0)


@pytest.mark.parametrize(
    ("text", "access"),
    [
        ("mrs x0, cntvct_el0", SystemAccess(True, CNTVCT, 0)),
        ("mrs x0, cntfrq_el0", SystemAccess(True, CNTFRQ, 0)),
        ("mrs x0, ctr_el0", SystemAccess(True, CTR, 0)),
        ("mrs x0, midr_el1", SystemAccess(True, MIDR, 0)),
        ("msr tpidr_el0, x0", SystemAccess(False, (3, 3, 13, 0, 2), 0)),
        ("ic ivau, x5", SystemAccess(False, (1, 3, 7, 5, 1), 5)),
        ("dc zva, x1", SystemAccess(False, (1, 3, 7, 4, 1), 1)),
    ],
)
def test_decoding(text: str, access: SystemAccess) -> None:
    assert decode(word(text)) == access


@pytest.mark.parametrize(
    "text", ["nop", "svc #0", "dmb ish", "clrex", "msr daifset, #2", "wfi", "ret", "add x0, x0, x1"]
)
def test_other_words_are_no_register_accesses(text: str) -> None:
    assert decode(word(text)) is None


@given(
    st.booleans(),
    st.tuples(st.integers(1, 3), st.integers(0, 7), st.integers(0, 15), st.integers(0, 15), st.integers(0, 7)),
    st.integers(0, 31),
)
def test_fields_are_where_the_architecture_puts_them(
    read: bool, register: tuple[int, int, int, int, int], rt: int
) -> None:
    op0, op1, crn, crm, op2 = register
    encoded = 0xD5000000 | read << 21 | op0 << 19 | op1 << 16 | crn << 12 | crm << 8 | op2 << 5 | rt
    assert decode(encoded) == SystemAccess(read, register, rt)


@pytest.mark.parametrize("text", ["dc cvau, x0", "dc cvac, x0", "dc civac, x0", "dc cvap, x0", "ic ivau, x5"])
def test_maintenance_by_address_is_for_programs(text: str) -> None:
    access = decode(word(text))
    assert access is not None
    assert is_cache_maintenance(access)
    assert invalidates_instructions(access) == text.startswith("ic")


@pytest.mark.parametrize(
    "text", ["ic iallu", "dc ivac, x0", "dc isw, x0", "dc zva, x1", "mrs x0, ctr_el0", "at s1e0r, x0"]
)
def test_other_maintenance_is_not(text: str) -> None:
    access = decode(word(text))
    assert access is not None
    assert not is_cache_maintenance(access)


@pytest.mark.parametrize(("time_ns", "ticks"), [(0, 0), (9, 0), (10, 1), (1_000_000_000, 100_000_000)])
def test_the_counter_shows_virtual_time_at_its_frequency(time_ns: int, ticks: int) -> None:
    assert system_registers.read(CNTVCT, time_ns, 64) == ticks
    assert system_registers.read(CNTFRQ, time_ns, 64) == 100_000_000


@pytest.mark.parametrize("line_bytes", [32, 64, 128])
def test_cache_type_says_how_long_lines_are_and_that_new_code_needs_maintenance(line_bytes: int) -> None:
    ctr = system_registers.read(CTR, 0, line_bytes)
    assert ctr is not None
    i_min_line, l1_policy, d_min_line = ctr & 15, ctr >> 14 & 3, ctr >> 16 & 15
    idc, dic, res1 = ctr >> 28 & 1, ctr >> 29 & 1, ctr >> 31
    assert 4 << i_min_line == 4 << d_min_line == line_bytes
    assert (idc, dic, res1) == (0, 0, 1)
    assert l1_policy == 2


def test_identification_names_an_arm_core() -> None:
    assert system_registers.read(MIDR, 0, 64) == 0x410FD034
    assert system_registers.read(MPIDR, 0, 64) == 1 << 31


@pytest.mark.parametrize(
    ("feature", "shift", "value"),
    [("aes", 4, 2), ("sha1", 8, 1), ("sha2", 12, 2), ("crc32", 16, 1), ("atomics", 20, 2), ("rdm", 28, 1),
     ("sha3", 32, 1), ("dot product", 44, 1), ("random numbers", 60, 0), ("tlbi", 56, 0)],
)  # fmt: skip
def test_instruction_set_register(feature: str, shift: int, value: int) -> None:
    isar0 = system_registers.read(ISAR0, 0, 64)
    assert isar0 is not None
    assert isar0 >> shift & 15 == value, feature


def test_no_pointer_authentication_is_announced() -> None:
    isar1 = system_registers.read((3, 0, 0, 6, 1), 0, 64)
    assert isar1 is not None
    assert isar1 & 0xFFF0 == 0 == isar1 >> 24 & 0xFF


def test_half_precision_is_announced() -> None:
    pfr0 = system_registers.read(PFR0, 0, 64)
    assert pfr0 is not None
    assert (pfr0 & 15, pfr0 >> 16 & 15, pfr0 >> 20 & 15) == (1, 1, 1)


@given(st.integers(4, 7), st.integers(0, 7))
def test_unallocated_identification_registers_read_as_zero_or_more(crm: int, op2: int) -> None:
    value = system_registers.read((3, 0, 0, crm, op2), 0, 64)
    assert value is not None
    assert 0 <= value < 1 << 64


@pytest.mark.parametrize(
    "register", [(3, 0, 1, 0, 0), (3, 0, 2, 0, 0), (3, 3, 9, 13, 0), (3, 3, 2, 4, 0), (3, 4, 0, 0, 0)]
)
def test_other_registers_are_not_for_programs(register: tuple[int, int, int, int, int]) -> None:
    assert system_registers.read(register, 0, 64) is None
