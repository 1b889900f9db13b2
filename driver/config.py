"""The configuration of the driver and of the device's way to memory: preset keys `driver.…`.

Those that a driver of Linux would have as module parameters are such (`driver/parameters.py`).
"""

from __future__ import annotations

from dataclasses import dataclass

from emulator.config import key


@dataclass(frozen=True)
class DriverConfig:
    """Limits of clients, and what jobs cost on top of the tile's own work (`tile.…`)."""

    contexts_limit: int = key("", "contexts of one client", 1, 1 << 16)
    buffer_limit_bytes: int = key("byte", "memory in the buffers of one client", 1 << 12, 1 << 40)
    batch_limit: int = key("", "multiplications in one job", 1, 1 << 16)
    queue_limit: int = key("", "jobs of one context that may wait", 1, 1 << 16)
    job_timeout_ns: float = key("ns", "a job that takes longer has hung", 1e3, 1e15)
    quantum_ns: float = key("ns", "a context that shares a tile keeps it for so long if it needs it", 0, 1e15)
    job_cycles: int = key("cycle", "kernel work of queueing a job and of completing it", 0, 10**9)
    mvm_cycles: int = key("cycle", "kernel work of checking one multiplication of a job", 0, 10**9)
    doorbell_ns: float = key("ns", "from a write to the device's register until it begins", 0, 1e9)
    dma_latency_ns: float = key("ns", "from a request of the device until memory answers, for each direction", 0, 1e9)
    dma_bytes_per_ns: float = key("byte/ns", "bandwidth between memory and tiles", 1e-6, 1e6)
    interrupt_latency_ns: float = key("ns", "from the end of a job until its core takes the interrupt", 0, 1e9)
    poll_ns: float = key("ns", "between two looks of a core that waits by polling", 1, 1e9)
    fail_program_ppm: int = key("", "of a million programming jobs, how many fail", 0, 1_000_000)
    fail_timeout_ppm: int = key("", "of a million jobs, how many hang", 0, 1_000_000)
    fail_ecc_ppm: int = key("", "of a million batches of multiplications, how many are not transferred", 0, 1_000_000)
    fault_schedule: str = key("", "faults by time: TIME_NS FILE=VALUE, several with commas between; empty for none")
    trace_events: int = key("", "events that are kept to be looked at; 0 for none", 0, 1 << 24)
    autosuspend_ns: float = key("ns", "a tile that nothing needs for so long has its clock stopped", 0, 1e15)
    wake_ns: float = key("ns", "until a tile whose clock was stopped works again", 0, 1e12)
    hybrid_ns: float = key("ns", "so long a hybrid wait polls before it waits for the interrupt", 0, 1e12)
    calibrate_ns: float = key("ns", "measuring a tile's drift and compensating for it", 0, 1e15)
