"""The driver's structures and numbers are those of the header that programs are compiled with."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import libaimc
from driver import uapi
from emulator.register_layout import IDENTITY, WINDOW_BYTES, Register
from guest.abi.cstruct import Struct
from tests.toolchain import Target, compile_files

HEADER = Path(libaimc.INCLUDE_DIR) / "uapi" / "aimc_accel.h"
CONSTANTS = {
    "AIMC_ACCEL_INTERFACE": uapi.INTERFACE,
    "AIMC_ACCEL_MAJOR": uapi.MAJOR,
    "AIMC_TOPIC_DEVICE": uapi.Topic.DEVICE,
    "AIMC_TOPIC_TILE": uapi.Topic.TILE,
    "AIMC_TOPIC_CONTEXT": uapi.Topic.CONTEXT,
    "AIMC_CTX_SHARED": uapi.CtxFlag.SHARED,
    "AIMC_PRIORITY_LOW": uapi.Priority.LOW,
    "AIMC_PRIORITY_NORMAL": uapi.Priority.NORMAL,
    "AIMC_PRIORITY_HIGH": uapi.Priority.HIGH,
    "AIMC_BIND_OFF": uapi.BindFlag.OFF,
    **{f"AIMC_REG_{register.name}": register for register in Register},
    "AIMC_REG_WINDOW": WINDOW_BYTES,
    "AIMC_REG_IDENTITY": IDENTITY,
    "AIMC_PROGRAM_BO": uapi.ProgramFlag.BO,
    "AIMC_PROGRAM_VERIFY": uapi.ProgramFlag.VERIFY,
    "AIMC_SUBMIT_FENCE_FD": uapi.SubmitFlag.FENCE_FD,
    "AIMC_SUBMIT_EVENTFD": uapi.SubmitFlag.EVENTFD,
    "AIMC_WAIT_POLL": uapi.WaitFlag.POLL,
    "AIMC_WAIT_HYBRID": uapi.WaitFlag.HYBRID,
    "AIMC_POWER_AUTO": uapi.Power.AUTO,
    "AIMC_POWER_ON": uapi.Power.ON,
    **{f"AIMC_COUNTER_{counter.name}": counter for counter in uapi.Counter},
    "AIMC_HEALTH_DEAD": uapi.HealthFlag.DEAD,
}
STRUCTURES: dict[str, type[Struct]] = {
    "aimc_device_info": uapi.DeviceInfo,
    "aimc_tile_info": uapi.TileInfo,
    "aimc_context_info": uapi.ContextInfo,
    "aimc_mvm": uapi.Mvm,
    "aimc_wait": uapi.WaitFence,
    **{
        "aimc_" + re.sub(r"(?<!^)(?=[A-Z])", "_", kind.__name__).lower(): kind
        for kind in uapi.COMMANDS
        if kind is not uapi.WaitFence
    },
}


def _members(name: str) -> list[str]:
    """The names of a structure's members in the header, in order."""
    text = re.sub(r"/\*.*?\*/", "", HEADER.read_text(encoding="utf-8"), flags=re.DOTALL)
    found = re.search(rf"struct {name} \{{(.*?)\}};", text, re.DOTALL)
    assert found is not None, f"the header has no struct {name}"
    return re.findall(r"(\w+);", found[1])


def _compiled(tmp_path: Path) -> dict[str, int]:
    """What a compiler makes of the header: values of constants, sizes, offsets."""
    expressions = [*CONSTANTS, *(f"AIMC_IOCTL_{name}" for name in uapi.NAMES)]
    for name in STRUCTURES:
        expressions.append(f"sizeof(struct {name})")
        for member in _members(name):
            expressions.append(f"offsetof(struct {name}, {member})")
            expressions.append(f"sizeof(((struct {name} *)0)->{member})")
    source, program = tmp_path / "uapi.c", tmp_path / "uapi"
    lines = [f'    printf("%s = %llu\\n", "{each}", (unsigned long long)({each}));' for each in expressions]
    source.write_text(
        "#include <uapi/aimc_accel.h>\n#include <stddef.h>\n#include <stdio.h>\nint main(void) {\n"
        + "\n".join(lines)
        + "\n    return 0;\n}\n"
    )
    warnings = ("-Wall", "-Wextra", "-Werror")
    compile_files([*Target.HOST.compiler(), *warnings, f"-I{libaimc.INCLUDE_DIR}", source, "-o", program])
    output = subprocess.run([program], capture_output=True, text=True, check=True, timeout=60).stdout
    return {name: int(value) for name, _, value in (line.rpartition(" = ") for line in output.splitlines())}


def test_numbers_and_layouts_are_those_of_the_header(tmp_path: Path) -> None:
    compiled = _compiled(tmp_path)
    expected: dict[str, int] = {name: int(value) for name, value in CONSTANTS.items()}
    expected |= {f"AIMC_IOCTL_{name}": uapi.command(number) for number, name in enumerate(uapi.NAMES)}
    for name, kind in STRUCTURES.items():
        expected[f"sizeof(struct {name})"] = kind.size
        ours = list(kind.__dataclass_fields__)
        theirs = _members(name)
        assert [{"length": "size"}.get(member, member) for member in ours] == theirs, name
        for member, theirs_name in zip(ours, theirs, strict=True):
            # A structure whose only member that is not zero is this one shows where and how long it is.
            position = kind(**{member: -1 if _is_signed(kind, member) else _largest(compiled, name, theirs_name)})
            data = position.to_bytes()
            expected[f"offsetof(struct {name}, {theirs_name})"] = data.index(0xFF)
            expected[f"sizeof(((struct {name} *)0)->{theirs_name})"] = data.count(0xFF)
    assert compiled == expected


def _is_signed(kind: type[Struct], member: str) -> bool:
    return (kind, member) in {
        (uapi.Submit, "fence_fd"), (uapi.WaitFence, "timeout_ns"), (uapi.WaitFence, "status"),
        (uapi.BoWait, "timeout_ns"),
    }  # fmt: skip


def _largest(compiled: dict[str, int], name: str, member: str) -> int:
    return (1 << 8 * compiled[f"sizeof(((struct {name} *)0)->{member})"]) - 1


def test_the_header_has_no_structure_that_python_lacks() -> None:
    assert set(re.findall(r"^struct (\w+) \{", HEADER.read_text(encoding="utf-8"), re.MULTILINE)) == set(STRUCTURES)
