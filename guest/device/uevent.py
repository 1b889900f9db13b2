"""What a uevent may hold, and how a program asks for one by writing to a device's `uevent` file.

The limits and the syntax are those of lib/kobject_uevent.c.
"""

from __future__ import annotations

import re

from guest.abi.errno import E, Errno

BUFFER_BYTES = 2048
"""UEVENT_BUFFER_SIZE: all variables of an event with their ends."""
_VARIABLES = 64
"""UEVENT_NUM_ENVP."""
_ACTIONS = rb"add|remove|change|move|online|offline|bind|unbind"
_UUID = rb"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
_WORD = rb"[0-9A-Za-z]+"
_SYNTHETIC = re.compile(rb"(%s)(?: (%s)((?: %s=%s)*))?" % (_ACTIONS, _UUID, _WORD, _WORD))

Properties = tuple[tuple[str, str], ...]


def check_size(properties: Properties) -> None:
    """Refuse more variables, or longer ones, than an event may have (ENOMEM)."""
    size = sum(len(f"{key}={value}".encode()) + 1 for key, value in properties)
    if len(properties) > _VARIABLES or size > BUFFER_BYTES:
        raise Errno(E.ENOMEM)


def parse_synthetic(text: bytes) -> tuple[str, Properties]:
    """The action and the properties of an event that a program makes up: `ACTION [UUID [KEY=VALUE ...]]` (EINVAL).

    The UUID is there for the program to find its own event; keys are marked as made up by it.
    """
    found = _SYNTHETIC.fullmatch(text[:-1] if text[-1:] in (b"\n", b"\0") else text)
    if found is None:
        raise Errno(E.EINVAL)
    action, uuid, arguments = (part.decode() if part is not None else None for part in found.groups())
    assert action is not None
    if uuid is None or arguments is None:
        return action, (("SYNTH_UUID", "0"),)
    pairs = (argument.split("=") for argument in arguments.split())
    properties = (("SYNTH_UUID", uuid), *((f"SYNTH_ARG_{key}", value) for key, value in pairs))
    try:
        check_size(properties)
    except Errno:
        raise Errno(E.EINVAL) from None
    return action, properties
