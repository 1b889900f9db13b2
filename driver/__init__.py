"""The AIMC kernel-driver model: `/dev/accel/accel0`, its ioctls, tile ownership, jobs, interrupts, power and faults.

Not written yet: this package is empty. Until it exists each core owns its tile from the start, and programs reach
the tile by instructions alone.

May import `guest` (whose character-device interface it will implement) and `emulator`; knows no command line.
"""
