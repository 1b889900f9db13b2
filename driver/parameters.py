"""The driver's module parameters, /sys/module/aimc/parameters: they begin as the preset keys of the same names.

What is left in `DriverConfig` alone belongs to the hardware or is what kernel work costs, or is a fault, which debugfs
has.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import partial
from typing import TYPE_CHECKING

from driver.config import DriverConfig

if TYPE_CHECKING:
    from guest.device.module import BuiltInModule


@dataclass
class Parameters:
    """Those that root may change: each is looked at when it is needed, and a change holds from then on."""

    contexts_limit: int
    buffer_limit_bytes: int
    batch_limit: int
    queue_limit: int
    job_timeout_ns: int
    """Of jobs that begin from now on."""
    hybrid_ns: int
    quantum_ns: int
    """Of what begins from now on."""

    @classmethod
    def of(cls, config: DriverConfig) -> Parameters:
        """As they are at the start."""
        return cls(**{item.name: round(getattr(config, item.name)) for item in fields(cls)})

    def register(self, module: BuiltInModule, config: DriverConfig) -> None:
        """Show them, and those that stay what they are: devices and buffers have been made by them."""
        keys = {item.name: item.metadata["key"] for item in fields(DriverConfig)}
        for item in fields(self):
            name, key = item.name, keys[item.name]
            get, put = partial(getattr, self, name), partial(setattr, self, name)
            module.parameter(name, get, put, low=round(key.low), high=round(key.high))
        module.parameter("autosuspend_ns", lambda: round(config.autosuspend_ns))
        module.parameter("trace_events", lambda: config.trace_events)
