/* What does not depend on the machine of uname, sysconf and getpid.
 * Expected output: qemu-aarch64 and Linux on x86-64. */
#include "conformance.h"
#include <sys/utsname.h>

TEST(uname_and_ids)
{
    struct utsname name;
    CALL(uname(&name));
    TEXT(name.sysname);
    VALUE(sysconf(_SC_PAGESIZE));
    VALUE(sysconf(_SC_CLK_TCK));
    FACT(getpid() > 0);
    FACT(sysconf(_SC_NPROCESSORS_ONLN) >= 1);
    return 0;
}
