/* A signal interrupts a wait that polls as any other (EINTR), and soon. */
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
    struct context context = new_context(open_device(), 0);
    CHECK_EQUAL(sigaction(SIGALRM, &action, NULL), 0);
    struct aimc_wait wait = {
        .ctx = context.ctx, .flags = AIMC_WAIT_POLL, .fence = keep_busy(context), .timeout_ns = FOREVER};
    int64_t begin = now_ns();
    CHECK_EQUAL(setitimer(ITIMER_REAL, &timer, NULL), 0);
    CHECK_EQUAL(call(context.fd, AIMC_IOCTL_WAIT, &wait), -EINTR);
    CHECK_EQUAL(signals, 1);
    CHECK(now_ns() - begin < MS);
    CHECK_EQUAL(call(context.fd, AIMC_IOCTL_WAIT, &wait), 0);
    CHECK_EQUAL(wait.status, 0);
    return ok();
}
