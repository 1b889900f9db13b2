"""The processor: one Unicorn instance that executes contexts on cores until Python is needed.

Address spaces are page tables (`memory.py`) that the TLB-fill hook walks; running a context of another address space
means flushing Unicorn's TLB, while translated code is kept and shared, since it belongs to physical pages.

Programs run at EL0, so that what Linux would trap traps here. The engine handles what belongs to the hardware itself
(new blocks, first use of an AIMC instruction, counters and identification registers, cache maintenance) and hands the
rest to whoever called `run`.
"""

from __future__ import annotations

import ctypes
import weakref
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import unicorn
from unicorn import arm64_const as arm64
from unicorn.unicorn_const import (
    UC_HOOK_BLOCK,
    UC_HOOK_INSN,
    UC_HOOK_INTR,
    UC_HOOK_MEM_FETCH_UNMAPPED,
    UC_HOOK_MEM_INVALID,
    UC_HOOK_MEM_READ,
    UC_HOOK_MEM_WRITE,
    UC_HOOK_TLB_FILL,
    UC_PROT_ALL,
    UC_PROT_READ,
    UC_PROT_WRITE,
    UC_TLB_VIRTUAL,
)

from emulator import context_layout, isa, page_entry, record, system_registers, unicorn_library
from emulator.aimc_sites import PATCH_WORD
from emulator.block import BlockTable, ClassCounts, Decoder
from emulator.config import Fidelity, HardwareConfig, ZeroPage
from emulator.core import FOREVER, Core
from emulator.instruction_class import InstructionClass
from emulator.memory import PAGE_SIZE, GuestMemory, Protection
from emulator.native_code import function, hook_addresses, timing_addresses
from emulator.physical_memory import PhysicalMemory
from emulator.profile import CodeProfile, SpaceProfile
from emulator.record import ExitReason, TurnsEnd
from emulator.region_lookup import RegionLookup
from emulator.space_code import SpaceCode, poke
from emulator.stop import Access, Stop, StopKind, access_of
from emulator.tile_registers import TileRegisters
from emulator.timing.core_timing import CoreTiming, SharedTiming
from emulator.word_table import shared_table, words_of

if TYPE_CHECKING:
    from emulator.turns import Turns

# Exception numbers of UC_HOOK_INTR (QEMU's EXCP_*).
_EXCEPTION_UNDEFINED = 1
_EXCEPTION_SVC = 2
_EXCEPTION_BREAKPOINT = 7

_PROTECTION = {Access.READ: Protection.READ, Access.WRITE: Protection.WRITE, Access.EXECUTE: Protection.EXECUTE}
_ADDRESS = (1 << 56) - 1
"""What remains of an address without its top byte, which is the program's own."""
_LINEAR = 0xFFFF_0000_0000_0000
"""Physical memory appears here while translations are dropped."""
_PATCH_BYTES = PATCH_WORD.to_bytes(4, "little")
_READ_AHEAD = 256
"""Bytes behind a block with unknown words whose words are decoded with them: it is likely to go on there."""


_MAY_LEAVE = frozenset({InstructionClass.BRANCH, InstructionClass.SYSTEM, InstructionClass.UNKNOWN})
"""Classes of instructions behind which there may be data."""

_WORD = (1 << 64) - 1
_CORE = record.field(record.ENGINE, "core")
_EXIT_REASON = record.field(record.ENGINE, "exit_reason")
_EXIT_DETAIL = record.field(record.ENGINE, "exit_detail")
_SPACE = record.field(record.ENGINE, "space")
_TLB_FILLS = record.field(record.ENGINE, "tlb_fills")
_SLICE_END = record.field(record.CORE, "slice_end")
_BLOCK = record.field(record.CORE, "block")
_TILE = record.field(record.CORE, "tile")
_CHANGED = record.field(record.SPACE, "changed")
_PC = record.field(record.CONTEXT, "pc")
_CURRENT = record.field(record.TURNS, "current")
_CHOSEN = record.field(record.TURNS, "chosen")
_LAST = record.field(record.TURNS, "last")
_ERROR = record.field(record.TURNS, "error")
_TURN_END = record.field(record.TURNS, "slice_end")
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


class Context:
    """Saved registers of something that runs in an engine; opaque outside it."""

    def __init__(self, saved: Any, pc: int, memory: GuestMemory) -> None:
        """`saved`: of Unicorn's binding. `memory`: the address space that it runs in."""
        self.saved = saved
        self.memory = memory
        state = record.new(record.CONTEXT)
        state["saved"], state["space"] = saved.context.value, memory.address
        self.address = record.address_of(state)
        self._words = record.words(state)
        self.pc = pc

    @property
    def pc(self) -> int:
        """Where it goes on."""
        return self._words[_PC] & _WORD

    @pc.setter
    def pc(self, pc: int) -> None:
        self._words[_PC] = unicorn_library.signed(pc)


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
    """A machine's memory, its address spaces, their translated code, and the contexts that run in them."""

    def __init__(self, config: HardwareConfig, *, page_fault_cycles: int = 0, profile: bool = False) -> None:
        """`page_fault_cycles`: what the first touch of a page by a program costs the core. `profile`: keep what blocks
        cost. Raises OutOfMemory.
        """
        self.physical = PhysicalMemory(config.memory.size_bytes, own_zeros=config.memory.zero_page is ZeroPage.PRIVATE)
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
        self._context_layout = context_layout.find(self._uc)
        self._pristine = self._enter_el0()
        # And no exits are set: otherwise Unicorn looks for translations of the address `until` after each run.
        self._uc.ctl_exits_enabled(True)
        self._uc.ctl_set_tlb_mode(UC_TLB_VIRTUAL)
        for base, rights in (
            (unicorn_library.PHYSICAL_BASE, UC_PROT_ALL),
            (unicorn_library.DATA_BASE, UC_PROT_READ | UC_PROT_WRITE),
        ):
            self._uc.mem_map_ptr(base, self.physical.size_bytes, rights, ctypes.c_void_p(self.physical.base))
        hooks, user = hook_addresses(), record.address_of(self._record)
        unicorn_library.map_registers(
            self._handle,
            unicorn_library.REGISTER_BASE,
            self.physical.size_bytes,
            hooks["on_register_read"],
            hooks["on_register_write"],
            user,
        )
        self.tile_registers = TileRegisters(self.physical, config.tile, config.core.frequency_hz * 1e-9)
        self._state["register_pages"] = self.tile_registers.address
        self._state["nowhere"] = unicorn_library.DATA_BASE + self.physical.size_bytes
        self._state["fault_subcycles"] = page_fault_cycles * record.SUBCYCLES
        self._state["tlb_fill_limit"] = _FIRST_TLB_FILL_LIMIT
        self._current: Context | None = None
        self._take_turns = function("call_take_turns")
        self._timed = config.fidelity is Fidelity.TIMING
        for kind, address, instruction in (
            (UC_HOOK_BLOCK, timing_addresses()["on_timed_block"] if self._timed else hooks["on_block"], 0),
            (UC_HOOK_INTR, hooks["on_interrupt"], 0),
            (UC_HOOK_TLB_FILL, hooks["on_tlb_fill"], 0),
            (UC_HOOK_INSN, hooks["on_system_read"], arm64.UC_ARM64_INS_MRS),
        ):
            unicorn_library.add_hook(self._handle, kind, address, user, instruction)
        # Never called, for no physical address is there. But Unicorn looks for it at the address of each block that it
        # translates, and what it does if there is no hook takes as long as a third of the translation: it goes through
        # its whole TLB to have stores to the code noticed (tlb_reset_dirty_by_vaddr). We notice them in other ways.
        unicorn_library.add_hook(
            self._handle, UC_HOOK_MEM_FETCH_UNMAPPED, hooks["on_invalid_access"], user, first=0, last=(1 << 48) - 1
        )
        self._config = config
        self._lookup: RegionLookup | None = None
        self.timing: SharedTiming | None = None
        """What cores share at timing fidelity."""
        if self._timed:
            self.timing = self._make_timing(config, user)
        self._words_known = shared_table()
        self._decoder = Decoder(config, self._words_known)
        self._state["decoder"] = self._decoder.address
        self._profile = CodeProfile(self._decoder.costs.tolist(), timed=self._timed) if profile else None
        self._retired = np.zeros(len(InstructionClass), np.int64)
        self._spaces: dict[GuestMemory, SpaceCode] = {}
        self._shared_patches: dict[int, dict[int, int]] = {}
        """Of frames in shared memory: the program's words by their offsets."""
        self.unknown_words: dict[int, int] = {}
        """Instruction words that the decoder does not know, with the number of blocks that hold them."""

    def _make_timing(self, config: HardwareConfig, user: int) -> SharedTiming:
        """Have all accesses noted, and places chosen where caches see memory."""
        frames = self.physical.size_bytes // PAGE_SIZE
        timing = SharedTiming(config, frames, register_pages=self.tile_registers.address)
        self._state["placement"] = record.address_of(timing.placement)
        self._state["placed"] = record.address_of(timing.placed)
        self._state["colours"] = timing.colours
        unicorn_library.add_hook(
            self._handle,
            UC_HOOK_MEM_READ | UC_HOOK_MEM_WRITE,
            timing_addresses()["on_access"],
            user,
            first=unicorn_library.PHYSICAL_BASE,
            last=unicorn_library.DATA_BASE + self.physical.size_bytes - 1,
        )
        size = self.physical.size_bytes
        self._lookup = RegionLookup(
            self._handle, [(unicorn_library.DATA_BASE, size), (unicorn_library.PHYSICAL_BASE, size)]
        )
        offset = unicorn_library.skip_sync_offset()
        if offset is not None:
            self._state["skip_sync"] = self._handle.value + offset
        return timing

    def close(self) -> None:
        """Free translated code and memory; only counters may be asked for afterwards."""
        for memory in list(self._spaces):
            memory.close()
        self._words_known.save()
        if self._lookup is not None:
            self._lookup.close()
        # Unicorn is closed with the last reference, before its memory.
        self._current = self._pristine = self._uc = None
        self.physical.close()

    # -- address spaces ----------------------------------------------------------------------------------------

    def new_memory(self) -> GuestMemory:
        """An empty address space. Raises OutOfMemory."""
        # Weakly, so that an engine that nobody uses any more is gone at once, with all that it holds of the host.
        memory = GuestMemory(self.physical, weakref.proxy(self))
        self._add_space(memory, SpaceCode(self._block_table(memory)))
        return memory

    def forked(self, parent: GuestMemory, child: GuestMemory) -> None:
        """`CodeObserver`: the same code in a further address space."""
        self._add_space(child, self._spaces[parent].copy(self._block_table(child)))

    def _add_space(self, memory: GuestMemory, code: SpaceCode) -> None:
        self._spaces[memory] = code
        code.attach(memory)

    def _block_table(self, memory: GuestMemory) -> BlockTable:
        profile = None
        if self._profile is not None:
            profile = SpaceProfile(self._profile, lambda address: memory.place_of(address))
        return BlockTable(self._decoder, profile=profile)

    def released(self, memory: GuestMemory) -> None:
        """`CodeObserver`: an address space is over; what it counted stays."""
        blocks = self._spaces.pop(memory).blocks
        blocks.account()
        self._retired += blocks.classes()
        if self._words[_SPACE] == memory.address:
            self._words[_SPACE] = 0

    def code_changed(self, memory: GuestMemory, start: int, end: int) -> None:
        """`CodeObserver`: forget all that was derived from code in [start, end)."""
        code = self._spaces[memory]
        for address in code.forget(memory, start, end):
            self._forget_translations(memory, address, address + 4)
        if self._words[_SPACE] == memory.address:
            code.publish(self._words)

    # -- contexts and registers --------------------------------------------------------------------------------

    def new_context(self, memory: GuestMemory, pc: int, stack_pointer: int) -> Context:
        """A context at EL0 in `memory` with all other registers zero; becomes the current one."""
        self._save()
        self._uc.context_restore(self._pristine)
        self._current = Context(self._uc.context_save(), _without_tag(pc), memory)
        self._uc.reg_write(arm64.UC_ARM64_REG_SP, stack_pointer)
        return self._current

    def copy_context(self, context: Context, memory: GuestMemory | None = None) -> Context:
        """A further context with the registers of `context`, in its address space or another."""
        self.activate(context)
        return Context(self._uc.context_save(), context.pc, memory or context.memory)

    def activate(self, context: Context) -> None:
        """Make a context the current one, whose registers the methods below read and write."""
        if self._current is not context:
            self._save()
            unicorn_library.restore_context(self._handle, context.saved)
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
        context.pc = _without_tag(state.pc)
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
        """Execute `context` on `core` until something other than the hardware must act.

        The address of a memory fault is that of its page, see `fault_address`. Accesses that the address space's
        pager makes valid do not stop.
        """
        self.activate(context)
        slice_end = core.words[_SLICE_END]
        if self.timing is not None:
            self._enter_pipeline(core, self.timing)
        return self._go_on(core, context, slice_end)

    def _go_on(self, core: Core, context: Context, slice_end: int) -> Stop:
        """`run`, when `context` is the current one."""
        own, cores = self._words, core.words
        while True:
            memory = context.memory
            if own[_SPACE] != memory.address or memory.words[_CHANGED] or self.physical.has_stale:
                self._enter(memory)
            own[_EXIT_REASON] = _NO_EXIT
            cores[_BLOCK] = -1
            own[_CORE] = core.address
            error = unicorn_library.start(self._handle, context.pc)
            own[_CORE] = 0
            context.pc = self._pc.read_first(self._handle)
            stop = self._stopped(core, context, error, slice_end)
            if stop is not None:
                return stop

    def _stopped(self, core: Core, context: Context, error: int, slice_end: int) -> Stop | None:
        """What the end of a stretch of native execution means; None to go on."""
        own, cores = self._words, core.words
        reason = own[_EXIT_REASON]
        if cores[_SLICE_END] < 0:
            self._grow_tlb()
            cores[_SLICE_END] = slice_end
            if reason == ExitReason.SLICE:
                return None
        if reason == _EXCEPTION_EXIT and own[_EXIT_DETAIL] == _EXCEPTION_SVC:
            if core.timing is not None:
                core.retire(context.pc)
            return Stop(StopKind.SYSTEM_CALL, context.pc)  # by far the most frequent stop
        return self._stop(core, context, error)

    def prepare_turns(self, turns: Any) -> None:
        """Tell a TURNS record what compiled code must know of this engine."""
        turns["engine"] = record.address_of(self._record)
        turns["handle"] = self._handle.value
        for field, name in (
            ("emu_start", "uc_emu_start"),
            ("context_save", "uc_context_save"),
            ("context_restore", "uc_context_restore"),
            ("ctl", "uc_ctl"),
        ):
            turns[field] = unicorn_library.function_address(name)
        layout = self._context_layout
        if layout is not None:
            turns["registers"], turns["context_data"] = layout.registers, layout.data
            turns["vectors"], turns["vector_stride"] = layout.vectors, layout.stride
            turns["rest"] = layout.vectors + context_layout.VECTORS * layout.stride
            turns["rest_bytes"] = layout.size - int(turns["rest"])
        turns["advance"] = timing_addresses()["call_advance"] if self._timed else 0

    def take_turns(self, turns: Turns) -> tuple[int, Stop | None]:
        """See `RunLoop.take_turns`."""
        words = turns.words
        words[_CURRENT] = self._current.address if self._current is not None else 0
        outcome = self._take_turns(turns.address)
        last, chosen = words[_LAST], words[_CHOSEN]
        if last >= 0:
            self._current = turns.assignments[last].context
        if outcome == TurnsEnd.PAUSED:
            return chosen, None
        core, context = turns.assignments[chosen].core, turns.assignments[chosen].context
        if outcome == TurnsEnd.NOT_READY:
            return chosen, self.run(core, context)
        stop = self._stopped(core, context, words[_ERROR], words[_TURN_END])
        return chosen, stop or self._go_on(core, context, words[_TURN_END])

    def _enter_pipeline(self, core: Core, shared: SharedTiming) -> None:
        """A core's pipeline begins where its clock is, with nothing under way if it did something else meanwhile."""
        if core.timing is None:
            core.equip(CoreTiming(core.number, self._config, shared, profile=self._profile is not None))
        core.leave_kernel()

    def _cut(self, core: Core, context: Context, pc: int) -> None:
        """The block entered last ended before `pc`, by an exception."""
        left = self._code(context).blocks.cut(core.state, pc)
        if core.timing is not None:
            core.retire(pc, left)

    def _enter(self, memory: GuestMemory) -> None:
        """Let Unicorn see `memory` as it is now."""
        if self.physical.has_stale:
            stale = self.physical.take_stale()
            if stale is None:
                self._uc.ctl_flush_tb()
            else:
                for frame in stale:
                    self._forget_frame(frame, 0, PAGE_SIZE)
        if self._words[_SPACE] != memory.address:
            self._words[_SPACE] = memory.address
            self._spaces[memory].publish(self._words)
        memory.words[_CHANGED] = 0
        unicorn_library.flush_tlb(self._handle)
        self._words[_TLB_FILLS] = 0

    def _stop(self, core: Core, context: Context, error: int) -> Stop | None:
        """`_stopped`, for all but the end of a TLB and system calls."""
        pc = context.pc
        match ExitReason(int(self._state["exit_reason"])):
            case ExitReason.UNKNOWN_BLOCK:
                self._add_block(core, context, int(self._state["exit_address"]), int(self._state["exit_size"]))
                return None
            case ExitReason.SLICE:
                return Stop(StopKind.SLICE, pc)
            case ExitReason.INSTRUCTION_LIMIT:
                return Stop(StopKind.INSTRUCTION_LIMIT, pc)
            case ExitReason.EXCEPTION:
                return self._exception(core, context, int(self._state["exit_detail"]))
            case ExitReason.MEMORY_FAULT:
                self._cut(core, context, pc)
                return self._memory_fault(context, access_of(int(self._state["exit_detail"])))
            case ExitReason.NONE if error == unicorn.UC_ERR_OK and self._word(context, pc - 4) == _WFI:
                return None
            case ExitReason.NONE:
                raise EngineError(f"Unicorn stopped at {pc:#x} by itself: {unicorn_library.error_text(error)}")

    def _memory_fault(self, context: Context, access: Access) -> Stop | None:
        address = int(self._state["exit_address"]) & 0xFFFF_FFFF_FFFF_FFFF
        memory = context.memory
        if memory.pager is not None and memory.pager(address, _PROTECTION[access]):
            return None
        exhausted = memory.touch(address, _PROTECTION[access]) == page_entry.EXHAUSTED
        return Stop(StopKind.OUT_OF_MEMORY if exhausted else StopKind.MEMORY_FAULT, context.pc, address, access)

    def fault_address(self, core: Core, context: Context, stop: Stop) -> int:
        """The exact address of the memory fault that `run` has just stopped at with `stop`.

        Unicorn tells only the page of an address that its TLB misses, but reports the address of an access to memory
        that does not exist. So the instruction runs once more, with the page leading nowhere. Where that fails, which
        is with atomic operations, the instruction's base register is the address, as with DC ZVA.
        """
        if stop.access is Access.EXECUTE:
            return stop.pc if stop.pc // PAGE_SIZE == stop.address // PAGE_SIZE else stop.address
        self.activate(context)
        word = self._word(context, context.pc)
        system_access = system_registers.decode(word)
        if system_access is not None:  # DC ZVA
            return self._base_of_fault(system_access.rt, stop)
        limits = ("slice_end", "sync_end", "instruction_end")
        before = {name: core.state[name] for name in ("clock", "instructions", "faults", *limits)}
        for name in limits:
            core.state[name] = FOREVER
        hook = unicorn_library.add_hook(
            self._handle, UC_HOOK_MEM_INVALID, hook_addresses()["on_invalid_access"], record.address_of(self._record)
        )
        self._state["locating"] = 1
        while True:
            self._words[_EXIT_REASON] = _NO_EXIT
            core.words[_BLOCK] = -1
            self._words[_CORE] = core.address
            unicorn_library.start(self._handle, context.pc)
            self._words[_CORE] = 0
            if self._words[_EXIT_REASON] != ExitReason.UNKNOWN_BLOCK:
                break
            # A block begins where the instruction stands that was in the middle of another.
            self._add_block(core, context, int(self._state["exit_address"]), int(self._state["exit_size"]))
        self._state["locating"] = 0
        self._code(context).blocks.cut(core.state, context.pc)
        if core.timing is not None:
            core.timing.forget_block()
        unicorn_library.delete_hook(self._handle, hook)
        unicorn_library.flush_tlb(self._handle)
        for name, value in before.items():
            core.state[name] = value
        self._uc.reg_write(arm64.UC_ARM64_REG_PC, context.pc)
        offset = int(self._state["exit_address"]) - int(self._state["nowhere"])
        if self._words[_EXIT_REASON] == ExitReason.MEMORY_FAULT and 0 <= offset < PAGE_SIZE:
            return stop.address + offset
        return self._base_of_fault(word >> 5 & 31, stop)

    def _base_of_fault(self, register: int, stop: Stop) -> int:
        """The address in a register, if it lies in the page that the fault is about; else that page."""
        base = self.registers()[register] & _ADDRESS
        return base if base // PAGE_SIZE == stop.address // PAGE_SIZE else stop.address

    def _exception(self, core: Core, context: Context, number: int) -> Stop | None:
        pc = context.pc
        if number == _EXCEPTION_UNDEFINED:
            return self._undefined(core, context)
        self._cut(core, context, pc)
        kind = StopKind.BREAKPOINT if number == _EXCEPTION_BREAKPOINT else StopKind.EXCEPTION
        return Stop(kind, pc, detail=number if kind is StopKind.EXCEPTION else self._word(context, pc))

    def _undefined(self, core: Core, context: Context) -> Stop | None:
        pc = context.pc
        word = self._word(context, pc)
        access = system_registers.decode(word)
        if access is None or not system_registers.is_allowed(access):
            self._cut(core, context, pc)
            if isa.decode(word) is None:
                return Stop(StopKind.UNDEFINED, pc, detail=word)
            if not core.words[_TILE]:
                return Stop(StopKind.TILE_DISABLED, pc, detail=word)
            self._patch(context.memory, pc)
            return None
        # The core's part of it is accounted for as that of any instruction: its block ended behind it.
        self._cut(core, context, pc + 4)
        self._system_access(core, context, access)
        context.pc = pc + 4
        return None

    def _system_access(self, core: Core, context: Context, access: system_registers.SystemAccess) -> None:
        """Carry out a trapped system access that a program may do."""
        if access.read:
            value = system_registers.read(access.register, core.time_ns, self._config.coherence.line_bytes)
            assert value is not None
            self.write_x(access.rt, value)
        elif system_registers.invalidates_instructions(access):
            line_bytes = self._config.coherence.line_bytes
            start = self.read_x(access.rt) & _ADDRESS & -line_bytes
            self.code_changed(context.memory, start, start + line_bytes)
            self._forget_translations(context.memory, start, start + line_bytes)

    # -- blocks and sites --------------------------------------------------------------------------------------

    def instruction_classes(self) -> ClassCounts:
        """Instructions retired, by class; shape (len(InstructionClass),)."""
        return sum((code.blocks.classes() for code in self._spaces.values()), self._retired)

    def code_profile(self) -> CodeProfile:
        """What code has cost so far, with `profile`; nothing is added to it from now on."""
        assert self._profile is not None
        for code in self._spaces.values():
            code.blocks.account()
        return self._profile

    def _code(self, context: Context) -> SpaceCode:
        return self._spaces[context.memory]

    def _add_block(self, core: Core, context: Context, address: int, size: int) -> None:
        """Describe a block that the block hook could not: it has unknown or remarkable words, or there is no room."""
        memory, space = context.memory, self._code(context)
        code = memory.read(address, size)
        if self._shared_patches and _PATCH_BYTES in code and self._adopt_patches(memory, address, code):
            code = memory.read(address, size)
        end = address + size
        ahead = memory.accessible(end, min(_READ_AHEAD, -end % PAGE_SIZE), Protection.EXECUTE)
        self._decoder.learn(words_of(code + memory.copy_in(end, ahead & -4, force=True)))
        self._examine(memory, address, code)
        placed = 0
        if self.timing is not None:
            page = int(self.timing.placement[memory.entry(address) >> page_entry.FRAME_SHIFT])
            placed = page * PAGE_SIZE + address % PAGE_SIZE
        if not self._decoder.has_room(size // 4):
            if core.timing is not None:
                # The block before this one is not accounted for yet, and its micro-operations are about to go.
                core.retire(address, placed=placed)
            for other in self._spaces.values():
                other.blocks.clear()
            self._decoder.forget_sequences()
        space.blocks.add(address, code, placed)
        space.publish(self._words)

    def _examine(self, memory: GuestMemory, address: int, code: bytes) -> None:
        for offset, word in enumerate(words_of(code)):
            if system_registers.reads_random_number(word):
                self._forbid(memory, address + 4 * offset, word)
            if self._words_known.classified(word).instruction_class is InstructionClass.UNKNOWN:
                self.unknown_words[word] = self.unknown_words.get(word, 0) + 1

    @staticmethod
    def _word(context: Context, address: int) -> int:
        """The program's own instruction word at `address`."""
        return int.from_bytes(context.memory.read(address, 4), "little")

    def _patch(self, memory: GuestMemory, address: int) -> None:
        """Take over the AIMC word at `address` and those that execution reaches from it without a branch, in its page.

        Up to the first branch all is code, never data, so nothing else can be mistaken for an AIMC word.
        """
        words: dict[int, int] = {}
        code = memory.read(address, PAGE_SIZE - address % PAGE_SIZE)
        for offset, word in enumerate(words_of(code)):
            if isa.decode(word) is not None:
                words[address + 4 * offset] = word
            elif self._words_known.classified(word).instruction_class in _MAY_LEAVE:
                break
        for site in words:
            poke(memory, site, PATCH_WORD)
        memory.shadow.update(words)
        space = self._spaces[memory]
        space.sites.add(words)
        space.publish(self._words)
        self._forget_translations(memory, min(words), max(words) + 4)
        entry = memory.entry(address)
        if entry & page_entry.SHARED:
            self._share_patches(memory, entry >> page_entry.FRAME_SHIFT, words)

    def _share_patches(self, memory: GuestMemory, frame: int, words: dict[int, int]) -> None:
        """Other address spaces that map the frame have to find its patches when they enter their blocks again."""
        patches = self._shared_patches.setdefault(frame, {})
        patches.update({address % PAGE_SIZE: word for address, word in words.items()})
        for other, code in self._spaces.items():
            for page in code.blocks.pages() if other is not memory else ():
                entry = other.entry(page)
                if entry & page_entry.PRESENT and entry >> page_entry.FRAME_SHIFT == frame:
                    code.blocks.drop(page, page + PAGE_SIZE)

    def _adopt_patches(self, memory: GuestMemory, address: int, code: bytes) -> bool:
        """Take over the patches that another address space made in shared memory; whether there are any in `code`."""
        words: dict[int, int] = {}
        for site, word in zip(range(address, address + len(code), 4), words_of(code), strict=True):
            if word == PATCH_WORD:
                patches = self._shared_patches.get(memory.entry(site) >> page_entry.FRAME_SHIFT, {})
                original = patches.get(site % PAGE_SIZE)
                if original is not None:
                    words[site] = original
        memory.shadow.update(words)
        space = self._spaces[memory]
        space.sites.add(words)
        space.publish(self._words)
        return bool(words)

    def _forbid(self, memory: GuestMemory, address: int, word: int) -> None:
        """Put an undefined word in the place of one that Unicorn would execute although it is not announced."""
        self._spaces[memory].forbidden[address] = memory.shadow[address] = word
        poke(memory, address, 0)
        self._forget_translations(memory, address, address + 4)

    def _forget_translations(self, memory: GuestMemory, start: int, end: int) -> None:
        """Drop the translations of code that is at [start, end) of an address space."""
        for page in range(start & -PAGE_SIZE, end, PAGE_SIZE):
            entry = memory.entry(page)
            if entry & page_entry.PRESENT:
                first, last = max(start - page, 0), min(end - page, PAGE_SIZE)
                self._forget_frame(entry >> page_entry.FRAME_SHIFT, first, last)
        memory.words[_CHANGED] += 1

    def _forget_frame(self, frame: int, first: int, end: int) -> None:
        """Drop the translations of bytes [first, end) of a frame, through the window where all of memory can be seen.

        The TLB must be flushed afterwards, for the window must not stay open.
        """
        address = _LINEAR + frame * PAGE_SIZE
        self._state["linear"] = 1
        self._uc.ctl_remove_cache(address + first, address + end)
        self._state["linear"] = 0

    # -- Unicorn's soft MMU ------------------------------------------------------------------------------------

    def _grow_tlb(self) -> None:
        """Flush Unicorn's TLB, which doubles it if most of its entries were in use (256 at first)."""
        unicorn_library.flush_tlb(self._handle)
        self._state["tlb_fills"] = 0
        self._state["tlb_fill_limit"] = min(2 * int(self._state["tlb_fill_limit"]), _LARGEST_TLB_FILL_LIMIT)

    # -- inside ------------------------------------------------------------------------------------------------

    def _save(self) -> None:
        if self._current is not None:
            unicorn_library.save_context(self._handle, self._current.saved)

    def _enter_el0(self) -> Any:
        """Drop to EL0 by an exception return (writing PSTATE does not) and return that state."""
        stub, target = PAGE_SIZE, 2 * PAGE_SIZE
        eret, nop = 0xD69F03E0, 0xD503201F
        self._uc.mem_map(stub, 2 * PAGE_SIZE, int(Protection.READ | Protection.EXECUTE))
        self._uc.mem_write(stub, eret.to_bytes(4, "little"))
        self._uc.mem_write(target, nop.to_bytes(4, "little"))
        self._uc.reg_write(arm64.UC_ARM64_REG_CPACR_EL1, 3 << 20)  # no trap of floating point and SIMD
        sctlr = int(self._uc.reg_read(arm64.UC_ARM64_REG_CP_REG, (1, 0, 3, 0, 0)))
        # UCI and UCT clear: cache maintenance and CTR_EL0 trap, which tells us of new code. DZE set: DC ZVA is allowed.
        self._uc.reg_write(arm64.UC_ARM64_REG_CP_REG, (1, 0, 3, 0, 0, sctlr & ~(1 << 26 | 1 << 15) | 1 << 14))
        # TBI0: the top byte of an address is the program's own, as Linux has it.
        self._uc.reg_write(arm64.UC_ARM64_REG_CP_REG, (2, 0, 3, 0, 2, 1 << 37))
        self._uc.reg_write(arm64.UC_ARM64_REG_CP_REG, (4, 0, 3, 0, 0, 0))  # SPSR_EL1: EL0, interrupts enabled
        self._uc.reg_write(arm64.UC_ARM64_REG_CP_REG, (4, 0, 3, 0, 1, target))  # ELR_EL1
        self._uc.emu_start(stub, target)
        state = self._uc.context_save()
        self._uc.mem_unmap(stub, 2 * PAGE_SIZE)
        return state


def _without_tag(pc: int) -> int:
    """Where execution goes on at `pc`: the top byte of an address of a program is not part of it (TBI0)."""
    return pc & _ADDRESS if not pc >> 55 & 1 else pc
