"""The ioctls of the device, one module for each subject; each lists its commands in a table `COMMANDS`.

A handler gets the open file, the task that calls and the arguments (`driver.client.Handler`). Invariant: it looks at
everything that may be wrong before it changes anything, so that a command that fails has no effect.
"""
