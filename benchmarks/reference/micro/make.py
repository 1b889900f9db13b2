"""Build the micro kernels: one static AArch64 program per mechanism, a loop around a few instructions.

Usage: python make.py OUTPUT_FOLDER [NAME…]   (needs the ziglang package)
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

COMPILER = ["-m", "ziglang", "cc", "-target", "aarch64-linux-musl", "-mcpu=cortex_a53", "-nostdlib", "-static", "-s"]


def repeat(text: str, times: int) -> str:
    """`text` so many times, with {i} its number, {r} a register's and {o} an offset."""
    return "\n".join(
        text.replace("{i}", str(i)).replace("{r}", str(i % 8 + 1)).replace("{o}", str(8 * i)) for i in range(times)
    )


# name: (body of the loop, iterations, code before the loop).
# x20 counts down; x19 points to 16 MiB of zeroed memory; x21 = 0.
KERNELS: dict[str, tuple[str, int, str]] = {
    "empty": ("", 20000, ""),
    "nop8": (repeat("nop", 8), 10000, ""),
    "alu_dep8": (repeat("add x1, x1, #1", 8), 10000, ""),
    "alu_indep8": (repeat("add x{r}, x21, #{i}", 8), 10000, ""),
    "shift_dep8": (repeat("add x1, x1, x1, lsl #3", 8), 10000, ""),
    "mul_dep8": (repeat("mul x1, x1, x1", 8), 10000, ""),
    "mul_indep8": (repeat("mul x{r}, x21, x21", 8), 10000, ""),
    "madd_dep8": (repeat("madd x1, x21, x21, x1", 8), 10000, ""),
    "mul_alu8": (repeat("mul x1, x21, x21\nadd x2, x21, #1", 4), 10000, ""),
    "div_dep4": (repeat("udiv x1, x1, x22", 4), 5000, "mov x1, #1000\nmov x22, #3"),
    "div_indep4": (repeat("udiv x{r}, x23, x22", 4), 5000, "mov x23, #1000\nmov x22, #3"),
    "fadd_dep8": (repeat("fadd d1, d1, d2", 8), 10000, ""),
    "fadd_indep8": (repeat("fadd d{r}, d20, d21", 8), 10000, ""),
    "fmul_dep8": (repeat("fmul d1, d1, d2", 8), 10000, ""),
    "fmadd_dep8": (repeat("fmadd d1, d2, d3, d1", 8), 10000, ""),
    "fdiv_dep4": (repeat("fdiv d1, d1, d2", 4), 5000, "fmov d1, #1.0\nfmov d2, #2.0"),
    "fsqrt_dep4": (repeat("fsqrt d1, d1", 4), 5000, "fmov d1, #2.0"),
    "fcmp_csel8": (repeat("fcmp d1, d2\ncsel x1, x2, x3, gt", 4), 10000, ""),
    "scvtf_fcvtzs8": (repeat("scvtf d1, x1\nfcvtzs x1, d1", 4), 10000, ""),
    "vadd_dep8": (repeat("add v1.16b, v1.16b, v2.16b", 8), 10000, ""),
    "vadd_indep8": (repeat("add v{r}.16b, v20.16b, v21.16b", 8), 10000, ""),
    "vmla_dep8": (repeat("mla v1.8h, v2.8h, v3.8h", 8), 10000, ""),
    "vsmlal_indep8": (repeat("smlal v{r}.8h, v20.8b, v21.8b", 8), 10000, ""),
    "vaddv8": (repeat("addv s1, v2.4s", 8), 10000, ""),
    "vtogpr8": (repeat("umov w1, v1.s[0]\nmov v1.s[0], w1", 4), 10000, ""),
    "valu_ld8": (repeat("ldr q1, [x19, #{i}]\nadd v2.16b, v1.16b, v2.16b".replace("{i}", "16"), 4), 10000, ""),
    "csel_dep8": (repeat("cmp x1, x2\ncsel x1, x2, x1, eq", 4), 10000, ""),
    "ld_indep8": (repeat("ldr x{r}, [x19, #{o}]", 8), 10000, ""),
    "ld_dep8": (repeat("ldr x1, [x1]", 8), 10000, "mov x1, x19\nstr x1, [x1]"),
    "ld_use8": (repeat("ldr x{r}, [x19, #{o}]\nadd x9, x9, x{r}", 4), 10000, ""),
    "ld_alu8": (repeat("ldr x{r}, [x19, #{o}]\nadd x9, x21, #1", 4), 10000, ""),
    "ld_post8": (repeat("ldr x{r}, [x10], #8", 8), 4000, "mov x10, x19"),
    "ldp8": (repeat("ldp x1, x2, [x19, #{o}]", 8), 10000, ""),
    "ldrq8": (repeat("ldr q{r}, [x19, #{i}]".replace("{i}", "32"), 8), 10000, ""),
    "ld1x4_4": (repeat("ld1 {v0.16b-v3.16b}, [x19]", 4), 10000, ""),
    "ld_cross8": (repeat("ldur x{r}, [x19, #60]", 8), 10000, ""),
    "ldrb8": (repeat("ldrb w{r}, [x19, #{i}]", 8), 10000, ""),
    "st_same8": (repeat("str x1, [x19, #{o}]", 8), 10000, ""),
    "st_lines8": (
        repeat("str x1, [x19, #{i}]", 8)
        .replace("#0]", "#0]")
        .replace("#1]", "#64]")
        .replace("#2]", "#128]")
        .replace("#3]", "#192]")
        .replace("#4]", "#256]")
        .replace("#5]", "#320]")
        .replace("#6]", "#384]")
        .replace("#7]", "#448]"),
        10000,
        "",
    ),
    "stp8": (repeat("stp x1, x2, [x19, #{o}]", 8), 10000, ""),
    "strq8": (repeat("str q1, [x19, #32]", 8), 10000, ""),
    "st_ld_fwd8": (repeat("str x1, [x19]\nldr x1, [x19]", 4), 10000, ""),
    "st_ld_other8": (repeat("str x1, [x19]\nldr x2, [x19, #128]", 4), 10000, ""),
    "st_alu8": (repeat("str x1, [x19]\nadd x1, x1, #1", 4), 10000, ""),
    "chase_l1": ("ldr x1, [x1]\n" * 4, 20000, "LIST 16384 64"),
    "chase_l2": ("ldr x1, [x1]\n" * 4, 20000, "LIST 262144 64"),
    "chase_dram": ("ldr x1, [x1]\n" * 4, 6000, "LIST 8388608 4160"),
    "stream_ld": ("ldr x1, [x10], #64\nldr x2, [x10], #64", 20000, "mov x10, x19"),
    "stream_ld_dense": (repeat("ldr x{r}, [x10], #8", 8), 20000, "mov x10, x19"),
    "stream_st": ("str x1, [x10], #64\nstr x2, [x10], #64", 20000, "mov x10, x19"),
    "stream_st_dense": (repeat("str x{r}, [x10], #8", 8), 20000, "mov x10, x19"),
    "stream_copy": (
        repeat("ldr x1, [x10], #8\nstr x1, [x11], #8", 4),
        20000,
        "mov x10, x19\nadd x11, x19, #2048, lsl #12",
    ),
    "dczva": ("dc zva, x10\nadd x10, x10, #64", 20000, "mov x10, x19"),
    "br_fall8": (repeat("cbnz x21, 9f", 8) + "\n9:", 10000, ""),
    "br_taken8": (repeat("b 1{i}f\nnop\n1{i}:", 8), 10000, ""),
    "br_alternate": ("eor x1, x1, #1\ncbz x1, 1f\nnop\n1:", 20000, ""),
    "br_pattern4": ("add x1, x1, #1\nand x2, x1, #3\ncbz x2, 1f\nnop\n1:", 20000, ""),
    "br_random": (
        "lsr x2, x1, #7\neor x1, x1, x2\nlsl x2, x1, #9\neor x1, x1, x2\ntbz x1, #17, 1f\nnop\n1:",
        20000,
        "mov x1, #12345",
    ),
    "loop_inner4": ("mov x1, #4\n1: subs x1, x1, #1\nb.ne 1b", 10000, ""),
    "loop_inner40": ("mov x1, #40\n1: subs x1, x1, #1\nb.ne 1b", 2000, ""),
    "call_ret4": (repeat("bl leaf", 4), 10000, ""),
    "call_depth": ("bl deep1", 5000, ""),
    "indirect_same": ("adr x1, 1f\nbr x1\nnop\n1:", 20000, ""),
    "indirect_2": ("eor x2, x2, #1\nadr x1, 1f\nadd x1, x1, x2, lsl #3\nbr x1\n1: nop\nb 2f\nnop\nb 2f\n2:", 20000, ""),
    "icache_walk": ("b big", 12, ""),
    "atomic_xr4": (repeat("1{i}: ldxr x1, [x19]\nadd x1, x1, #1\nstxr w2, x1, [x19]\ncbnz w2, 1{i}b", 4), 5000, ""),
    "dmb4": (repeat("str x1, [x19]\ndmb ish", 4), 5000, ""),
    "isb2": (repeat("isb", 2), 5000, ""),
    "mrs_tpidr4": (repeat("mrs x1, tpidr_el0", 4), 10000, ""),
    "svc": ("mov x8, #172\nsvc #0", 3000, ""),
    "cm_queue8": (repeat(".inst 0x21008120", 8), 10000, ""),
    "cm_queue_alu8": (repeat("add x9, x9, #1\n.inst 0x21008120", 4), 10000, ""),
    "cm_dequeue_use8": (repeat(".inst 0x2100000a\nadd x11, x11, x10", 4), 10000, ""),
    "cm_process2": (repeat(".inst 0x01000000", 2), 3000, ""),
    "cm_process_alu": (".inst 0x01000000\n" + repeat("add x{r}, x21, #1", 16), 3000, ""),
    "cm_mvm": (repeat(".inst 0x21008120", 16) + "\n.inst 0x01000000\n" + repeat(".inst 0x2100000a", 16), 2000, ""),
    "cm_param_write4": (repeat(".inst 0x41081d2a", 4), 5000, ""),
}

# The same mechanisms in bodies long enough to hide the loop branch.
for name, line in {
    "nop64": "nop",
    "alu_dep64": "add x1, x1, #1",
    "alu_indep64": "add x{r}, x21, #1",
    "mul_indep64": "mul x{r}, x21, x21",
    "fadd_indep64": "fadd d{r}, d20, d21",
    "vadd_indep64": "add v{r}.16b, v20.16b, v21.16b",
    "ld_indep64": "ldr x{r}, [x19]",
    "st64": "str x1, [x19]",
    "ldp64": "ldp x1, x2, [x19]",
    "stp64": "stp x1, x2, [x19]",
    "ldrq64": "ldr q{r}, [x19]",
    "strq64": "str q1, [x19]",
    "cm_queue64": ".inst 0x21008120",
    "cm_dequeue64": ".inst 0x2100000a",
    "br_fall64": "cbnz x21, after",
    "csel_dep64": "csel x1, x2, x1, eq",
    "cmp_indep64": "cmp x21, #{r}",
}.items():
    KERNELS[name] = (repeat(line, 64), 2000, "")
for name, pair in {
    "mul_alu64": "mul x1, x21, x21\nadd x2, x21, #1",
    "ld_alu64": "ldr x1, [x19]\nadd x2, x21, #1",
    "st_alu64": "str x1, [x19]\nadd x2, x21, #1",
    "fadd_alu64": "fadd d1, d20, d21\nadd x2, x21, #1",
    "fadd_ld64": "ldr x1, [x19]\nfadd d1, d20, d21",
    "ld_st64": "ldr x1, [x19]\nstr x2, [x19, #8]",
    "alu_br64": "add x1, x21, #1\ncbnz x21, after",
    "queue_alu64": ".inst 0x21008120\nadd x2, x21, #1",
    "ld_use64": "ldr x1, [x19]\nadd x2, x1, #1",
    "mul_use64": "mul x1, x21, x21\nadd x2, x1, #1",
    "fadd_use64": "fadd d1, d20, d21\nfadd d2, d1, d21",
    "vmla_ld64": "ldr q1, [x19]\nmla v{r}.8h, v20.8h, v21.8h",
}.items():
    KERNELS[name] = (repeat(pair, 32), 2000, "")

LIST = """
    mov x1, x19
    mov x2, #0
    ldr x3, ={size}
    ldr x4, ={step}
1:  add x5, x2, x4
    cmp x5, x3
    b.lo 2f
    sub x5, x5, x3
    cbnz x5, 2f
2:  add x6, x19, x5
    add x7, x19, x2
    str x6, [x7]
    mov x2, x5
    cmp x2, x4
    b.lo 3f
    b 1b
3:  mov x1, x19
"""


def source(name: str) -> str:
    """The assembly text of a kernel."""
    body, count, before = KERNELS[name]
    if before.startswith("LIST"):
        _, size, step = before.split()
        before = LIST.format(size=int(size) // int(step) * int(step), step=step)
    big = "big:\n" + repeat("add x{r}, x21, #1", 24576) + "\nb after\n" if name == "icache_walk" else "big: b after\n"
    return f""".text
.global _start
_start:
    adrp x19, pool
    add x19, x19, :lo12:pool
    mov x21, #0
    {before}
    ldr x20, ={count}
    .balign 64
loop:
{body}
after:
    subs x20, x20, #1
    b.ne loop
    mov x0, #0
    mov x8, #93
    svc #0
leaf: ret
deep1: stp x29, x30, [sp, #-16]!
    bl deep2
    ldp x29, x30, [sp], #16
    ret
deep2: stp x29, x30, [sp, #-16]!
    bl deep3
    ldp x29, x30, [sp], #16
    ret
deep3: stp x29, x30, [sp, #-16]!
    bl leaf
    ldp x29, x30, [sp], #16
    ret
{big}
.bss
.balign 4096
pool: .skip 16777216
"""


def main(output: Path, names: list[str]) -> None:
    """Build the kernels of these names, or all."""
    output.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        for name in names or KERNELS:
            file = Path(scratch) / f"{name}.S"
            file.write_text(source(name))
            subprocess.run([sys.executable, *COMPILER, str(file), "-o", str(output / name)], check=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
