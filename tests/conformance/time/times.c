/* times and getrusage account children that were waited for.
 * Expected output: qemu-aarch64 and Linux on x86-64. */
#include "conformance.h"
#include <sys/times.h>

TEST(times)
{
    struct tms t;
    pid_t pid = fork();
    if (pid == 0) {
        struct timespec now;
        do {
            for (volatile int i = 0; i < 1000000; i++)
                ;
            clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
        } while (now.tv_sec == 0 && now.tv_nsec < 60000000);
        _exit(0);
    }
    FACT(times(&t) != (clock_t)-1);
    VALUE(t.tms_cutime + t.tms_cstime);
    show_end("child", pid);
    times(&t);
    FACT(t.tms_cutime + t.tms_cstime >= 4);
    return 0;
}
