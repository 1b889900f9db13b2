"""One address space on one Unicorn instance: executes a context on a core until Python is needed.

Programs run at EL0, so that what Linux would trap traps here. The engine handles what belongs to the hardware itself
(new blocks, first use of an AIMC instruction, counters and identification registers, cache maintenance) and hands the
rest to whoever called `run`.
"""

from __future__ import annotations

import ctypes
import struct
from dataclasses import dataclass
from typing import Any

import numpy as np
import unicorn
from unicorn import arm64_const as arm64
from unicorn.unicorn_const import (
    UC_CTL_IO_WRITE,
    UC_CTL_TLB_FLUSH,
    UC_HOOK_BLOCK,
    UC_HOOK_INSN,
    UC_HOOK_INTR,
    UC_HOOK_MEM_INVALID,
    UC_HOOK_TLB_FILL,
    UC_TLB_VIRTUAL,
)

from emulator import isa, record, system_registers, unicorn_library
from emulator.aimc_sites import PATCH_WORD, AimcSites
from emulator.block import BlockTable, ClassCounts, decode_block, subcycles_per_class
from emulator.config import HardwareConfig
from emulator.core import Core
from emulator.instruction_class import InstructionClass, classify
from emulator.memory import PAGE_SIZE, GuestMemory, Protection, Run
from emulator.native_code import hook_addresses
from emulator.record import ExitReason
from emulator.stop import Access, Stop, StopKind, access_of

# Exception numbers of UC_HOOK_INTR (QEMU's EXCP_*).
_EXCEPTION_UNDEFINED = 1
_EXCEPTION_SVC = 2
_EXCEPTION_BREAKPOINT = 7

_MEMORY_ERRORS = frozenset(
    {
        unicorn.UC_ERR_READ_UNMAPPED,
        unicorn.UC_ERR_WRITE_UNMAPPED,
        unicorn.UC_ERR_FETCH_UNMAPPED,
        unicorn.UC_ERR_READ_PROT,
        unicorn.UC_ERR_WRITE_PROT,
        unicorn.UC_ERR_FETCH_PROT,
    }
)

_CACHE_LINE = 64

_MAY_LEAVE = frozenset({InstructionClass.BRANCH, InstructionClass.SYSTEM, InstructionClass.UNKNOWN})
"""Classes of instructions behind which there may be data."""

_RARE = frozenset({InstructionClass.UNKNOWN, InstructionClass.SYSTEM})
"""Classes of the words that a new block is examined for."""

_CORE = record.field(record.ENGINE, "core")
_EXIT_REASON = record.field(record.ENGINE, "exit_reason")
_EXIT_DETAIL = record.field(record.ENGINE, "exit_detail")
_SLICE_END = record.field(record.CORE, "slice_end")
_BLOCK = record.field(record.CORE, "block")
_NO_EXIT = int(ExitReason.NONE)
_EXCEPTION_EXIT = int(ExitReason.EXCEPTION)

_V_REGISTERS = tuple(range(arm64.UC_ARM64_REG_V0, arm64.UC_ARM64_REG_V0 + 32))
_NZCV = 0xF000_0000

_WFI = 0xD503207F
"""Unicorn ends the run behind it; nothing is waited for, as with WFE."""

_FIRST_TLB_FILL_LIMIT = 2048
_LARGEST_TLB_FILL_LIMIT = 1 << 22


class EngineError(Exception):
    """Unicorn failed in a way that no program should be able to cause."""


@dataclass(eq=False)
class Context:
    """Saved registers of something that runs in an engine; opaque outside it."""

    saved: Any
    pc: int


@dataclass
class ProcessorState:
    """The registers of a program, unsigned."""

    x: list[int]
    """X0 to X30."""
    sp: int
    pc: int
    nzcv: int
    """The condition flags, in bits 31 to 28."""
    v: list[int]
    """V0 to V31, 128 bits each."""
    fpsr: int
    fpcr: int
    thread_pointer: int


class Engine:
    """An address space, its translated code, and the contexts that run in it."""

    def __init__(self, config: HardwareConfig) -> None:
        self._uc = unicorn_library.open_arm64()
        self._handle = self._uc._uch
        self._record = record.new(record.ENGINE)
        self._state = self._record[0]
        self._numbers = np.array(unicorn_library.X_REGISTERS, np.int64)
        self._scratch = np.zeros(1, np.int64)
        self._state["emu_stop"] = unicorn_library.function_address("uc_emu_stop")
        self._state["reg_read"] = unicorn_library.function_address("uc_reg_read")
        self._state["reg_write"] = unicorn_library.function_address("uc_reg_write")
        self._state["registers"] = record.address_of(self._numbers)
        self._state["scratch"] = record.address_of(self._scratch)
        self._call = unicorn_library.RegisterBatch((unicorn_library.X_REGISTERS[8], *unicorn_library.X_REGISTERS[:6]))
        self._words = record.words(self._record)
        self._pc = unicorn_library.RegisterBatch((arm64.UC_ARM64_REG_PC,))
        self._all = unicorn_library.RegisterBatch(
            (*unicorn_library.X_REGISTERS, arm64.UC_ARM64_REG_SP, arm64.UC_ARM64_REG_PC)
        )
        self._pristine = self._enter_el0()
        self._uc.ctl_set_tlb_mode(UC_TLB_VIRTUAL)
        self._state["tlb_fill_limit"] = _FIRST_TLB_FILL_LIMIT
        self._fault_hook: int | None = None
        self._current: Context | None = None
        user = record.address_of(self._record)
        hooks = hook_addresses()
        for kind, address, instruction in (
            (UC_HOOK_BLOCK, hooks["on_block"], 0),
            (UC_HOOK_INTR, hooks["on_interrupt"], 0),
            (UC_HOOK_TLB_FILL, hooks["on_tlb_fill"], 0),
            (UC_HOOK_INSN, hooks["on_system_read"], arm64.UC_ARM64_INS_MRS),
        ):
            unicorn_library.add_hook(self._handle, kind, address, user, instruction)
        self._blocks = BlockTable(subcycles_per_class(config))
        self._publish_blocks()
        self._sites = AimcSites()
        self._publish_sites()
        self._forbidden: dict[int, int] = {}
        self.unknown_words: dict[int, int] = {}
        """Instruction words that the decoder does not know, with the number of blocks that hold them."""
        self.memory = GuestMemory(self)

    def close(self) -> None:
        """Free translated code and memory; only counters may be asked for afterwards."""
        self._current = self._pristine = self._uc = None  # Unicorn is closed with the last reference, before its memory
        self.memory.close()

    # -- contexts and registers --------------------------------------------------------------------------------

    def new_context(self, pc: int, stack_pointer: int) -> Context:
        """A context at EL0 with all other registers zero."""
        self._save()
        self._uc.context_restore(self._pristine)
        self._current = Context(self._uc.context_save(), pc)
        self._uc.reg_write(arm64.UC_ARM64_REG_SP, stack_pointer)
        return self._current

    def copy_context(self, context: Context) -> Context:
        """A further context with the registers of `context`; does not change which one is current."""
        self.activate(context)
        return Context(self._uc.context_save(), context.pc)

    def activate(self, context: Context) -> None:
        """Make a context the current one, whose registers the methods below read and write."""
        if self._current is not context:
            self._save()
            self._uc.context_restore(context.saved)
            self._current = context

    def call_arguments(self) -> list[int]:
        """X8 and X0 to X5 of the current context: a system call's number and arguments, unsigned."""
        return self._call.read(self._handle)

    def read_x(self, number: int) -> int:
        """Xn of the current context; n = 31 gives 0."""
        return 0 if number == isa.ZERO_REGISTER else int(self._uc.reg_read(unicorn_library.X_REGISTERS[number]))

    def write_x(self, number: int, value: int) -> None:
        """Set Xn of the current context, modulo 2^64; n = 31 is ignored."""
        if number != isa.ZERO_REGISTER:
            unicorn_library.write_register(self._handle, unicorn_library.X_REGISTERS[number], value)

    def registers(self) -> list[int]:
        """X0 to X30, SP and PC of the current context, for messages."""
        return self._all.read(self._handle)

    def read_state(self, context: Context) -> ProcessorState:
        """All that a program can see of its registers, for signal frames and debuggers."""
        self.activate(context)
        read = self._uc.reg_read
        general = self._all.read(self._handle)
        return ProcessorState(
            x=general[:31],
            sp=general[31],
            pc=context.pc,
            nzcv=int(read(arm64.UC_ARM64_REG_NZCV)) & _NZCV,
            v=[int(read(register)) for register in _V_REGISTERS],
            fpsr=int(read(arm64.UC_ARM64_REG_FPSR)),
            fpcr=int(read(arm64.UC_ARM64_REG_FPCR)),
            thread_pointer=int(read(arm64.UC_ARM64_REG_TPIDR_EL0)),
        )

    def write_state(self, context: Context, state: ProcessorState) -> None:
        """Set them all."""
        self.activate(context)
        write = self._uc.reg_write
        for number, value in enumerate(state.x):
            unicorn_library.write_register(self._handle, unicorn_library.X_REGISTERS[number], value)
        write(arm64.UC_ARM64_REG_SP, state.sp)
        context.pc = state.pc
        write(arm64.UC_ARM64_REG_NZCV, state.nzcv & _NZCV)
        for register, value in zip(_V_REGISTERS, state.v, strict=True):
            write(register, value)
        write(arm64.UC_ARM64_REG_FPSR, state.fpsr)
        write(arm64.UC_ARM64_REG_FPCR, state.fpcr)
        write(arm64.UC_ARM64_REG_TPIDR_EL0, state.thread_pointer)

    def set_thread_pointer(self, context: Context, value: int) -> None:
        """TPIDR_EL0 (CLONE_SETTLS)."""
        self.activate(context)
        self._uc.reg_write(arm64.UC_ARM64_REG_TPIDR_EL0, value)

    def set_stack_pointer(self, context: Context, value: int) -> None:
        """SP."""
        self.activate(context)
        self._uc.reg_write(arm64.UC_ARM64_REG_SP, value)

    # -- running -----------------------------------------------------------------------------------------------

    def run(self, core: Core, context: Context) -> Stop:
        """Execute `context` on `core` until something other than the hardware must act."""
        self.activate(context)
        own, cores = self._words, core.words
        slice_end = cores[_SLICE_END]
        while True:
            own[_EXIT_REASON] = _NO_EXIT
            cores[_BLOCK] = -1
            own[_CORE] = core.address
            error = unicorn_library.start(self._handle, context.pc)
            own[_CORE] = 0
            context.pc = self._pc.read_first(self._handle)
            reason = own[_EXIT_REASON]
            if cores[_SLICE_END] < 0:
                self._grow_tlb()
                cores[_SLICE_END] = slice_end
                if reason == ExitReason.SLICE:
                    continue
            if reason == _EXCEPTION_EXIT and own[_EXIT_DETAIL] == _EXCEPTION_SVC:
                return Stop(StopKind.SYSTEM_CALL, context.pc)  # by far the most frequent stop
            stop = self._stop(core, context, error)
            if stop is not None:
                return stop

    def _stop(self, core: Core, context: Context, error: int) -> Stop | None:
        """What the end of a stretch of native execution means; None to go on."""
        pc = context.pc
        match ExitReason(int(self._state["exit_reason"])):
            case ExitReason.UNKNOWN_BLOCK:
                self._add_block(int(self._state["exit_address"]), int(self._state["exit_size"]))
                return None
            case ExitReason.SLICE:
                return Stop(StopKind.SLICE, pc)
            case ExitReason.INSTRUCTION_LIMIT:
                return Stop(StopKind.INSTRUCTION_LIMIT, pc)
            case ExitReason.EXCEPTION:
                return self._exception(core, context, int(self._state["exit_detail"]))
            case ExitReason.MEMORY_FAULT:
                self._blocks.cut(core.state, pc)
                self._locate_fault(False)
                address = int(self._state["exit_address"]) & 0xFFFF_FFFF_FFFF_FFFF
                return Stop(StopKind.MEMORY_FAULT, pc, address, access_of(int(self._state["exit_detail"])))
            case ExitReason.NONE if error in _MEMORY_ERRORS:
                self._blocks.cut(core.state, pc)
                self._locate_fault(True)
                return None
            case ExitReason.NONE if pc == unicorn_library.NO_END:
                return Stop(StopKind.MEMORY_FAULT, pc, pc, Access.EXECUTE)
            case ExitReason.NONE if error == unicorn.UC_ERR_OK and self._word(pc - 4) == _WFI:
                return None
            case ExitReason.NONE:
                raise EngineError(f"Unicorn stopped at {pc:#x} by itself: {unicorn_library.error_text(error)}")

    def _exception(self, core: Core, context: Context, number: int) -> Stop | None:
        pc = context.pc
        self._blocks.cut(core.state, pc)
        if number == _EXCEPTION_UNDEFINED:
            return self._undefined(core, context)
        kind = StopKind.BREAKPOINT if number == _EXCEPTION_BREAKPOINT else StopKind.EXCEPTION
        return Stop(kind, pc, detail=number if kind is StopKind.EXCEPTION else self._word(pc))

    def _undefined(self, core: Core, context: Context) -> Stop | None:
        word = self._word(context.pc)
        if isa.decode(word) is not None:
            self._patch(context.pc)
            return None
        access = system_registers.decode(word)
        if access is not None and system_registers.zeroes_line(access):
            return self._zero_line(core, context, access.rt)
        if access is None or not self._system_access(core, access):
            return Stop(StopKind.UNDEFINED, context.pc, detail=word)
        self._blocks.retire(core.state, InstructionClass.SYSTEM)
        context.pc += 4
        return None

    def _zero_line(self, core: Core, context: Context, register: int) -> Stop | None:
        """DC ZVA. It traps because Unicorn drops its stores to pages that refuse them and goes on without a fault."""
        address = self.read_x(register)
        if not self.memory.protection(address) & Protection.WRITE:
            return Stop(StopKind.MEMORY_FAULT, context.pc, address, Access.WRITE)
        self.memory.write(address & -_CACHE_LINE, bytes(_CACHE_LINE))
        self._blocks.retire(core.state, InstructionClass.SYSTEM)
        context.pc += 4
        return None

    def _system_access(self, core: Core, access: system_registers.SystemAccess) -> bool:
        """Carry out a trapped system access; False if a program may not do it."""
        if system_registers.is_cache_maintenance(access):
            if system_registers.invalidates_instructions(access):
                start = self.read_x(access.rt) & -_CACHE_LINE
                for first, end in self.memory.executable(start, start + _CACHE_LINE):
                    self.code_changed(first, end)
            return True
        value = system_registers.read(access.register, core.time_ns) if access.read else None
        if value is None:
            return False
        self.write_x(access.rt, value)
        return True

    # -- blocks and sites --------------------------------------------------------------------------------------

    def instruction_classes(self) -> ClassCounts:
        """Instructions retired in this address space, by class; shape (len(InstructionClass),)."""
        return self._blocks.classes()

    def _add_block(self, address: int, size: int) -> None:
        code = self.memory.read(address, size)
        block = decode_block(address, code)
        # Every block passes here: look at single words only if one of the rare classes is there.
        if not _RARE.isdisjoint(block.sequence):
            self._examine(address, code)
        if self._blocks.add(block):
            self._publish_blocks()

    def _examine(self, address: int, code: bytes) -> None:
        words = struct.unpack(f"<{len(code) // 4}I", code)
        for offset, (word, (kind, _)) in enumerate(zip(words, classify(words), strict=True)):
            if system_registers.reads_random_number(word):
                self._forbid(address + 4 * offset, word)
            if kind is InstructionClass.UNKNOWN:
                self.unknown_words[word] = self.unknown_words.get(word, 0) + 1

    def _word(self, address: int) -> int:
        """The program's own instruction word at `address`."""
        return int.from_bytes(self.memory.read(address, 4), "little")

    def _patch(self, address: int) -> None:
        """Take over the AIMC word at `address` and those that execution reaches from it without a branch, in its page.

        Up to the first branch all is code, never data, so nothing else can be mistaken for an AIMC word.
        """
        words: dict[int, int] = {}
        code = self.memory.read(address, PAGE_SIZE - address % PAGE_SIZE)
        for offset, (word,) in enumerate(struct.iter_unpack("<I", code)):
            if isa.decode(word) is not None:
                words[address + 4 * offset] = word
            elif classify([word])[0].instruction_class in _MAY_LEAVE:
                break
        first, last = min(words), max(words)
        patch = PATCH_WORD.to_bytes(4, "little")
        for site in words:
            self.memory.view(site, 4)[:] = patch
        self.memory.shadow.update(words)
        self._sites.add(words)
        self._publish_sites()
        self._forget_translations(first, last + 4)

    def _forbid(self, address: int, word: int) -> None:
        """Put an undefined word in the place of one that Unicorn would execute although it is not announced."""
        self._forbidden[address] = self.memory.shadow[address] = word
        self.memory.view(address, 4)[:] = bytes(4)
        self._forget_translations(address, address + 4)

    def _forget_translations(self, start: int, end: int) -> None:
        self._uc.ctl_remove_cache(start, end)

    def _publish_blocks(self) -> None:
        self._state["blocks"] = record.address_of(self._blocks.table)
        self._state["block_mask"] = (len(self._blocks.table) - 1) * record.BLOCK.itemsize

    def _publish_sites(self) -> None:
        self._state["sites"] = record.address_of(self._sites.table)
        self._state["site_mask"] = len(self._sites.table) - 1

    # -- GuestMemory's observer --------------------------------------------------------------------------------

    def run_added(self, run: Run, host_address: int) -> None:
        """Map a stretch of memory into Unicorn."""
        self._uc.mem_map_ptr(run.start, run.end - run.start, int(run.protection), ctypes.c_void_p(host_address))

    def run_removed(self, run: Run) -> None:
        """Unmap it."""
        self._uc.mem_unmap(run.start, run.end - run.start)

    def code_changed(self, start: int, end: int) -> None:
        """Forget all that was derived from code in [start, end); words that are still patches become the program's
        again.
        """
        for address, word in self._sites.remove(start, end).items():
            del self.memory.shadow[address]
            if self._word(address) == PATCH_WORD:
                self.memory.view(address, 4)[:] = word.to_bytes(4, "little")
        for address in [at for at in self._forbidden if start < at + 4 and at < end]:
            word = self._forbidden.pop(address)
            del self.memory.shadow[address]
            if self._word(address) == 0:
                self.memory.view(address, 4)[:] = word.to_bytes(4, "little")
        self._publish_sites()
        self._blocks.drop(start, end)
        self._forget_translations(start, end)

    # -- Unicorn's soft MMU ------------------------------------------------------------------------------------

    def _locate_fault(self, wanted: bool) -> None:
        """Add or remove the hook that tells the address of a memory fault.

        While such a hook exists, Unicorn sends all stores through its slow path (a third of the speed), so it is
        added only after a fault, and the instruction is run again.
        """
        if wanted and self._fault_hook is None:
            user = record.address_of(self._record)
            self._fault_hook = unicorn_library.add_hook(
                self._handle, UC_HOOK_MEM_INVALID, hook_addresses()["on_invalid_access"], user
            )
        elif not wanted and self._fault_hook is not None:
            unicorn_library.delete_hook(self._handle, self._fault_hook)
            self._fault_hook = None

    def _grow_tlb(self) -> None:
        """Flush Unicorn's TLB, which doubles it if most of its entries were in use (256 at first)."""
        self._uc.ctl(UC_CTL_TLB_FLUSH, UC_CTL_IO_WRITE)
        self._state["tlb_fills"] = 0
        self._state["tlb_fill_limit"] = min(2 * int(self._state["tlb_fill_limit"]), _LARGEST_TLB_FILL_LIMIT)

    # -- inside ------------------------------------------------------------------------------------------------

    def _save(self) -> None:
        if self._current is not None:
            self._uc.context_update(self._current.saved)

    def _enter_el0(self) -> Any:
        """Drop to EL0 by an exception return (writing PSTATE does not) and return that state."""
        stub, target = PAGE_SIZE, 2 * PAGE_SIZE
        eret, nop = 0xD69F03E0, 0xD503201F
        self._uc.mem_map(stub, 2 * PAGE_SIZE, int(Protection.READ | Protection.EXECUTE))
        self._uc.mem_write(stub, eret.to_bytes(4, "little"))
        self._uc.mem_write(target, nop.to_bytes(4, "little"))
        self._uc.reg_write(arm64.UC_ARM64_REG_CPACR_EL1, 3 << 20)  # no trap of floating point and SIMD
        sctlr = int(self._uc.reg_read(arm64.UC_ARM64_REG_CP_REG, (1, 0, 3, 0, 0)))
        # UCI and UCT clear: cache maintenance and CTR_EL0 trap, which tells us of new code. DZE clear: DC ZVA traps
        # (see `_zero_line`), and DCZID_EL0 tells programs not to use it.
        self._uc.reg_write(arm64.UC_ARM64_REG_CP_REG, (1, 0, 3, 0, 0, sctlr & ~(1 << 14 | 1 << 26 | 1 << 15)))
        self._uc.reg_write(arm64.UC_ARM64_REG_CP_REG, (4, 0, 3, 0, 0, 0))  # SPSR_EL1: EL0, interrupts enabled
        self._uc.reg_write(arm64.UC_ARM64_REG_CP_REG, (4, 0, 3, 0, 1, target))  # ELR_EL1
        self._uc.emu_start(stub, target)
        state = self._uc.context_save()
        self._uc.mem_unmap(stub, 2 * PAGE_SIZE)
        return state
