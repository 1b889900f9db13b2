"""The interface by which a driver becomes part of the machine: device nodes, attributes, interrupts, uevents.

A driver is code above this layer (`driver/`) that is given the machine's `Devices` and registers what it has. It sees
tasks and open files as the kernel does and needs nothing else of `guest`. May import `guest.fs`, `guest.kernfs` and
`guest.sysfs`. Invariant: everything is registered before the first program runs, in a fixed order, so that numbers of
devices, inodes and interrupt lines are the same in every run. See docs/drivers.md.
"""
