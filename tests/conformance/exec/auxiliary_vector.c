/* The auxiliary vector tells the page size, ids and random bytes.
 * Expected output: qemu-aarch64 and Linux on x86-64. */
#include "conformance.h"
#include <sys/auxv.h>

TEST(auxiliary_vector)
{
    VALUE(getauxval(AT_PAGESZ));
    VALUE(getauxval(AT_SECURE));
    VALUE(getauxval(AT_CLKTCK));
    FACT(getauxval(AT_UID) == getuid());
    FACT(getauxval(AT_ENTRY) != 0);
    FACT(getauxval(AT_PHDR) != 0);
    FACT(getauxval(AT_RANDOM) != 0);
    FACT(getauxval(AT_EXECFN) != 0);
    FACT(getauxval(AT_HWCAP) != 0);
    return 0;
}
