"""All benchmarks, in the order in which they are shown. To add one: write a `Benchmark`, name it here."""

from __future__ import annotations

from aimc.bench.against_qemu import AgainstQemu
from aimc.bench.benchmark import Benchmark
from aimc.bench.cores import Cores
from aimc.bench.costs import AimcWords, BlockEntry, SystemCall
from aimc.bench.fidelities import Fidelities
from aimc.bench.start_up import Perceptron, StartUp
from aimc.errors import UsageError, did_you_mean

BENCHMARKS: tuple[type[Benchmark], ...] = (
    AgainstQemu,
    Fidelities,
    Cores,
    AimcWords,
    StartUp,
    Perceptron,
    SystemCall,
    BlockEntry,
)


def choose(names: tuple[str, ...]) -> list[type[Benchmark]]:
    """The benchmarks of these names, or all if there are none. Raises `UsageError` for an unknown name."""
    known = {benchmark.name: benchmark for benchmark in BENCHMARKS}
    for name in names:
        if name not in known:
            near = did_you_mean(name, known) or f"; known are {', '.join(known)}"
            raise UsageError(f"there is no benchmark {name!r}{near}")
    return [benchmark for benchmark in BENCHMARKS if not names or benchmark.name in names]
