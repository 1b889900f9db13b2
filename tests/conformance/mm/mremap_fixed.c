/* MREMAP_FIXED moves a mapping to a given place.
 * Expected output: qemu-aarch64 and Linux on x86-64. */
#include "conformance.h"

TEST(mremap_fixed)
{
    char *room = mmap(NULL, 4 * 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    char *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    strcpy(p, "moved");
    FACT(mremap(p, 4096, 4096, MREMAP_MAYMOVE | MREMAP_FIXED, room + 4096) == room + 4096);
    TEXT(room + 4096);
    CALL(mremap(room + 4096, 4096, 4096, MREMAP_FIXED, room) == MAP_FAILED ? -1 : 0);
    CALL(mremap(room + 1, 4096, 4096, MREMAP_MAYMOVE) == MAP_FAILED ? -1 : 0);
    return 0;
}
