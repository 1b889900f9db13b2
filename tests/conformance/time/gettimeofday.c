/* gettimeofday and CLOCK_REALTIME agree; time is later than 2001.
 * Expected output: qemu-aarch64 and Linux on x86-64. */
#include "conformance.h"

TEST(gettimeofday)
{
    struct timeval v;
    struct timespec s;
    CALL(gettimeofday(&v, NULL));
    CALL(clock_gettime(CLOCK_REALTIME, &s));
    FACT(s.tv_sec - v.tv_sec <= 1);
    FACT(v.tv_sec > 1000000000);
    FACT(time(NULL) - s.tv_sec <= 1);
    return 0;
}
