/* unshare gives a thread descriptors of its own.
 * Expected output: qemu-aarch64 and Linux on x86-64. */
#include "conformance.h"

static void *run(void *argument)
{
    (void)argument;
    CALL(unshare(CLONE_FILES));
    CALL(close(0));
    return NULL;
}
TEST(unshare_files)
{
    pthread_join(start(run, NULL), NULL);
    CALL(fcntl(0, F_GETFD));
    CALL(unshare(0x1));
    return 0;
}
