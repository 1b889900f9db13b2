"""Code that changes is executed as it is, not as it was."""

from __future__ import annotations

import subprocess
import sys
import textwrap

import pytest

from emulator.memory import PAGE_SIZE, Protection
from tests.emulator.a64 import program
from tests.emulator.support import CODE, DATA, RW, RWX, RX, Board

V = 0x50000
ONE, TWO, THREE = (program(f"mov x0, #{n}", "svc #0") for n in (1, 2, 3))


def result(board: Board, pc: int) -> int:
    board.run_to_call(pc)
    return board.x(0)


def test_rewriting_code_that_ran() -> None:
    board = Board(ONE)
    assert result(board, CODE) == 1
    board.memory.write(CODE, TWO)
    assert result(board, CODE) == 2


def test_rewriting_one_byte_of_an_instruction() -> None:
    board = Board(ONE)
    assert result(board, CODE) == 1
    board.memory.write(CODE + 1, TWO[1:2])
    board.memory.write(CODE, TWO[:1])
    assert result(board, CODE) == 2


@pytest.mark.parametrize("before", [RW, RX, Protection.NONE])
def test_one_write_over_a_border_of_protections_reaches_the_code_behind_it(before: Protection) -> None:
    board = Board(ONE)
    board.memory.map(CODE - PAGE_SIZE, PAGE_SIZE, before)
    assert result(board, CODE) == 1
    board.memory.write(CODE - 16, bytes(16) + TWO)
    assert result(board, CODE) == 2


def test_unmapping_and_mapping_again() -> None:
    board = Board(ONE)
    for code, value in ((TWO, 2), (THREE, 3), (ONE, 1)):
        board.run_to_call(CODE)
        board.memory.unmap(CODE, PAGE_SIZE)
        board.memory.map(CODE, PAGE_SIZE, RX)
        board.memory.write(CODE, code)
        assert result(board, CODE) == value


def test_writing_first_and_allowing_execution_later() -> None:
    board = Board(ONE)
    for code, value in ((ONE, 1), (TWO, 2), (THREE, 3)):
        board.memory.protect(CODE, PAGE_SIZE, RW)
        board.memory.write(CODE, code)
        board.memory.protect(CODE, PAGE_SIZE, RX)
        assert result(board, CODE) == value


def test_the_program_writes_while_writable_and_executes_later() -> None:
    board = Board(program("str x2, [x1]", "svc #0"))
    board.memory.map(V, PAGE_SIZE, RX)
    for code, value in ((ONE, 1), (TWO, 2), (THREE, 3)):
        board.memory.protect(V, PAGE_SIZE, RW)
        board.engine.write_x(1, V)
        board.engine.write_x(2, int.from_bytes(code, "little"))
        board.run_to_call(CODE)
        board.memory.protect(V, PAGE_SIZE, RX)
        assert result(board, V) == value


def test_the_program_writes_code_and_says_so() -> None:
    board = Board(program("str x2, [x1]", "dc cvau, x1", "dsb sy", "ic ivau, x1", "dsb sy", "isb", "br x1"))
    board.memory.map(V, PAGE_SIZE, RWX)
    for code, value in ((ONE, 1), (TWO, 2), (THREE, 3)):
        board.engine.write_x(1, V)
        board.engine.write_x(2, int.from_bytes(code, "little"))
        before = board.core.instructions
        assert result(board, CODE) == value
        assert board.core.instructions - before == 9


def test_neighbours_that_come_and_go_bring_no_old_code_back() -> None:
    board = Board()
    board.memory.map(V, PAGE_SIZE, RX)
    board.memory.write(V, ONE)
    assert result(board, V) == 1
    board.memory.map(V - PAGE_SIZE, PAGE_SIZE, RX)
    board.memory.write(V, TWO)
    assert result(board, V) == 2
    board.memory.unmap(V - PAGE_SIZE, PAGE_SIZE)
    assert result(board, V) == 2
    board.memory.map(V + PAGE_SIZE, PAGE_SIZE, RX)
    board.memory.write(V, THREE)
    board.memory.unmap(V + PAGE_SIZE, PAGE_SIZE)
    assert result(board, V) == 3


def test_counts_follow_the_new_code() -> None:
    board = Board(program("nop", "nop", "svc #0"))
    board.run_to_call()
    board.memory.write(CODE, program("mul x0, x0, x0"))
    clock = board.core.cycles
    board.run_to_call(CODE)
    assert board.core.cycles - clock == 3 + 1 + 1


def test_many_small_mappings() -> None:
    board = Board(program("loop:", "ldr x0, [x1]", "add x1, x1, #1, lsl #12", "subs x2, x2, #1", "b.ne loop", "svc #0"))
    base, count = 0x1000_0000, 300
    for i in range(count):
        board.memory.map(base + i * PAGE_SIZE, PAGE_SIZE, RW if i % 2 else RX)
        board.memory.write(base + i * PAGE_SIZE, bytes([i % 256]))
    board.engine.write_x(1, base)
    board.engine.write_x(2, count)
    board.run_to_call()
    assert board.x(0) == (count - 1) % 256
    board.memory.unmap(base, count * PAGE_SIZE)
    assert not board.memory.is_mapped(base, 1)


def test_writing_much_code_before_anything_ran_is_safe() -> None:
    """In a process of its own: what goes wrong here is a crash."""
    script = """
        from tests.emulator.support import Board, RX
        board = Board()
        board.memory.map(0x100_0000, 2100 * 4096, RX)
        for page in range(2100):
            board.memory.write(0x100_0000 + 4096 * page, bytes(4))
    """
    assert subprocess.run([sys.executable, "-c", textwrap.dedent(script)], check=False).returncode == 0


def test_self_modifying_data_beside_code_in_one_page() -> None:
    board = Board(program("loop:", "str x2, [x1]", "subs x2, x2, #1", "b.ne loop", "svc #0"), RWX)
    board.engine.write_x(1, CODE + 64)
    board.engine.write_x(2, 50)
    board.run_to_call()
    assert board.memory.read(CODE + 64, 8) == (1).to_bytes(8, "little")
    assert board.core.instructions == 151
    assert board.memory.read(DATA, 8) == bytes(8)
