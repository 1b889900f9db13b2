"""Makes a `Profile` of what code cost: places become functions and source lines."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field

from aimc.code_file import CodeFile, CodeFunction
from aimc.config import MachineConfig
from aimc.profile import ANONYMOUS, KERNEL, FunctionCost, LineCost, Profile, ProfileTotals
from aimc.source_lines import SourceLine
from emulator.config import Fidelity
from emulator.profile import INSTRUCTION_BYTES, CodeBlock, InstructionCost
from emulator.record import SUBCYCLES
from emulator.timing.records import Cause
from guest.kernel import Kernel
from guest.mm.address_space import CodeOrigin
from guest.mm.page_cache import PageCache

_Blocks = list[tuple[CodeBlock, list[InstructionCost]]]


@dataclass(slots=True)
class _Cost:
    """Of some code."""

    subcycles: int = 0
    causes: list[int] = field(default_factory=lambda: [0] * len(Cause))
    instructions: int = 0
    by_offset: dict[int, int] = field(default_factory=lambda: defaultdict(int))
    """Executions of each instruction."""

    def add(self, offset: int, cost: InstructionCost) -> None:
        self.subcycles += cost.subcycles
        for cause, subcycles in enumerate(cost.causes):
            self.causes[cause] += subcycles
        self.instructions += cost.executions
        self.by_offset[offset] += cost.executions


def collect_profile(
    kernel: Kernel, config: MachineConfig, *, program: str, arguments: tuple[str, ...], seed: int
) -> Profile:
    """The profile of a run that is over, of a kernel that was to keep it and is not closed yet."""
    blocks: dict[CodeOrigin, _Blocks] = defaultdict(list)
    for block, costs in kernel.engine.code_profile().blocks():
        assert isinstance(block.owner, CodeOrigin)
        blocks[block.owner].append((block, costs))
    end_clock = max(core.clock for core in kernel.cores)
    whole = end_clock * len(kernel.cores)
    idle = sum(core.idle_subcycles + end_clock - core.clock for core in kernel.cores)
    files = _read_files(blocks)
    functions = []
    for origin, found in blocks.items():
        file = None if origin.content is None else files[origin.content]
        functions += _functions(origin, found, file, whole - idle)
    timed = config.hardware.fidelity is Fidelity.TIMING
    functions.append(_kernel(kernel.kernel_cycles, whole - idle, timed=timed))
    return Profile(
        program=program,
        arguments=arguments,
        seed=seed,
        preset=config.preset,
        overrides=dict(config.overrides),
        fidelity=config.hardware.fidelity.value,
        totals=ProfileTotals(
            cycles=_cycles(whole),
            idle_cycles=_cycles(idle),
            kernel_cycles=kernel.kernel_cycles,
            instructions=sum(core.instructions for core in kernel.cores),
        ),
        functions=tuple(
            sorted(functions, key=lambda it: (-it.cycles, it.program or "", it.file or "", it.function, it.offset or 0))
        ),
        warnings=tuple(sorted({warning for file in files.values() for warning in file.warnings})),
    )


def _read_files(blocks: Mapping[CodeOrigin, _Blocks]) -> dict[PageCache, CodeFile]:
    """The files that code was executed of, each read once."""
    names: dict[PageCache, str] = {}
    offsets: dict[PageCache, set[int]] = defaultdict(set)
    for origin, found in blocks.items():
        if origin.content is not None:
            names.setdefault(origin.content, _text(origin.name))
            for block, _ in found:
                offsets[origin.content].update(_offsets(block))
    return {content: CodeFile(name, content, sorted(offsets[content])) for content, name in names.items()}


def _functions(origin: CodeOrigin, blocks: _Blocks, file: CodeFile | None, busy: int) -> list[FunctionCost]:
    """The functions that blocks of one mapping belong to. `busy`: subcycles that are not idle."""
    area = CodeFunction(_text(origin.name) or ANONYMOUS, None)
    of_function: dict[CodeFunction, _Cost] = defaultdict(_Cost)
    of_line: dict[CodeFunction, dict[SourceLine, _Cost]] = defaultdict(lambda: defaultdict(_Cost))
    for block, costs in blocks:
        for offset, cost in zip(_offsets(block), costs, strict=True):
            function = area if file is None else file.function(offset) or file.unnamed(block.offset)
            of_function[function].add(offset, cost)
            if file is not None and (line := file.lines.get(offset)) is not None:
                of_line[function][line].add(offset, cost)
    return [
        _function(origin, function, cost, of_line.get(function, {}), file, busy)
        for function, cost in of_function.items()
    ]


def _function(
    origin: CodeOrigin,
    function: CodeFunction,
    cost: _Cost,
    lines: Mapping[SourceLine, _Cost],
    file: CodeFile | None,
    busy: int,
) -> FunctionCost:
    begin = function.begin
    where = None if file is None or begin is None else file.lines.get(begin)
    return FunctionCost(
        program=_text(origin.program),
        file=None if file is None else _text(origin.name),
        function=function.name,
        offset=begin,
        source=None if where is None else where.source,
        line=None if where is None else where.line,
        cycles=_cycles(cost.subcycles),
        causes=_causes(cost),
        share=cost.subcycles / busy if busy else 0.0,
        instructions=cost.instructions,
        executions=None if begin is None else cost.by_offset.get(begin, 0),
        lines=tuple(
            LineCost(
                source=line.source,
                line=line.line,
                cycles=_cycles(part.subcycles),
                causes=_causes(part),
                share=part.subcycles / busy if busy else 0.0,
                instructions=part.instructions,
                executions=max(part.by_offset.values()),
            )
            for line, part in sorted(lines.items(), key=lambda item: (-item[1].subcycles, item[0]))
        ),
    )


def _kernel(cycles: int, busy: int, *, timed: bool) -> FunctionCost:
    share = cycles * SUBCYCLES / busy if busy else 0.0
    return FunctionCost(
        program=None,
        file=None,
        function=KERNEL,
        offset=None,
        source=None,
        line=None,
        cycles=float(cycles),
        causes={"kernel": float(cycles)} if timed and cycles else {},
        share=share,
        instructions=0,
        executions=None,
        lines=(),
    )


def _offsets(block: CodeBlock) -> range:
    """Those of its instructions."""
    return range(block.offset, block.offset + INSTRUCTION_BYTES * len(block.kinds), INSTRUCTION_BYTES)


def _cycles(subcycles: int) -> float:
    return subcycles / SUBCYCLES


def _causes(cost: _Cost) -> dict[str, float]:
    return {cause.name.lower(): _cycles(cost.causes[cause]) for cause in Cause if cost.causes[cause]}


def _text(name: bytes) -> str:
    return name.decode(errors="backslashreplace")
