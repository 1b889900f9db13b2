/* A signal interrupts BO_WAIT (EINTR), which can be repeated. */
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
    int fd = open_device();
    struct context context = new_context(fd, 0);
    struct buffer buffer = new_buffer(fd, PAGE);
    struct aimc_mvm mvm = mvm_of(context.tile, 4, 4, buffer, buffer);
    keep_busy(context);
    CHECK(submit(context, &mvm, 1) > 0);
    CHECK_EQUAL(sigaction(SIGALRM, &action, NULL), 0);
    CHECK_EQUAL(setitimer(ITIMER_REAL, &timer, NULL), 0);
    struct aimc_bo_wait wait = {.handle = buffer.handle, .timeout_ns = FOREVER};
    CHECK_EQUAL(call(fd, AIMC_IOCTL_BO_WAIT, &wait), -EINTR);
    CHECK_EQUAL(signals, 1);
    CHECK_EQUAL(call(fd, AIMC_IOCTL_BO_WAIT, &wait), 0);
    return ok();
}
