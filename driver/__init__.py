"""The AIMC kernel-driver model: `/dev/accel/accel0`, its ioctls, tile ownership, jobs, interrupts.

`accelerator.Accelerator` registers it with a machine; the interface to programs is
`libaimc/include/uapi/aimc_accel.h`, which `uapi.py` repeats in Python.

May import `guest` (whose character-device interface it implements) and `emulator`; knows no command line.
"""
