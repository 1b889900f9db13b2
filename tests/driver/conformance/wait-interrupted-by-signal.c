/* A signal with a handler interrupts WAIT (EINTR), which can be repeated. */
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
    struct sigaction action = {.sa_handler = count};
    struct itimerval timer = {.it_value.tv_usec = 500};
    struct aimc_wait wait;
    struct context context = new_context(open_device(), 0);
    uint64_t fence = keep_busy(context);
    CHECK_EQUAL(sigaction(SIGALRM, &action, NULL), 0);
    CHECK_EQUAL(setitimer(ITIMER_REAL, &timer, NULL), 0);
    CHECK_EQUAL(wait_until(context, fence, FOREVER, &wait), -EINTR);
    CHECK_EQUAL(signals, 1);
    CHECK_EQUAL(wait_until(context, fence, 0, &wait), -ETIME);
    CHECK_EQUAL(wait_until(context, fence, FOREVER, &wait), 0);
    CHECK_EQUAL(signals, 1);
    return ok();
}
