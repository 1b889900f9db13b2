"""Types of arguments that only calls on files have."""

from __future__ import annotations

from typing import Annotated

from guest.abi import files, flags
from guest.abi.inotify import InotifyInitFlag, InotifyMask
from guest.arguments import Integer, _flags, _name, signed32, unsigned32, unsigned64

ReadWriteFlags = Annotated[int, Integer(signed32, _flags(files.ReadWriteFlag))]
FallocateModes = Annotated[int, Integer(signed32, _flags(files.FallocateMode))]
FlockOperations = Annotated[int, Integer(signed32, _flags(files.FlockOperation))]
MemfdFlags = Annotated[int, Integer(unsigned32, _flags(files.MemfdFlag))]
MountFlags = Annotated[int, Integer(unsigned64, _flags(files.MountFlag))]
UmountFlags = Annotated[int, Integer(signed32, _flags(files.UmountFlag))]
CloseRangeFlags = Annotated[int, Integer(unsigned32, _flags(files.CloseRangeFlag))]
XattrFlags = Annotated[int, Integer(signed32, _flags(files.XattrFlag))]
AdviceNameOfFile = Annotated[int, Integer(signed32, _name(files.Advice))]
InotifyMasks = Annotated[int, Integer(unsigned32, _flags(InotifyMask))]
InotifyInitFlags = Annotated[int, Integer(signed32, _flags(InotifyInitFlag))]
DescriptorFlags = Annotated[int, Integer(signed32, _flags(flags.DescriptorFlag))]
