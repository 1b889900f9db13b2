/* A signal interrupts READBACK (EINTR): nothing was written, and it can be repeated. */
#include "check.h"
#include <sys/time.h>

static volatile int signals;

static void count(int number)
{
    (void)number;
    signals++;
}

int main(void)
{
    int8_t seen[64];
    struct sigaction action = {.sa_handler = count};
    struct itimerval timer = {.it_value.tv_usec = 500};
    struct context context = new_context(open_device(), 0);
    memset(seen, 0x44, sizeof seen);
    keep_busy(context);
    CHECK_EQUAL(sigaction(SIGALRM, &action, NULL), 0);
    CHECK_EQUAL(setitimer(ITIMER_REAL, &timer, NULL), 0);
    CHECK_EQUAL(read_back(context, 8, 8, seen), -EINTR);
    CHECK_EQUAL(signals, 1);
    sleep_ns(20 * MS); /* nor is it written later */
    for (size_t i = 0; i < sizeof seen; i++)
        CHECK_EQUAL(seen[i], 0x44);
    CHECK_EQUAL(read_back(context, 8, 8, seen), 0);
    for (size_t i = 0; i < sizeof seen; i++)
        CHECK_EQUAL(seen[i], 1);
    return ok();
}
