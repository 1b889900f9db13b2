/* A signal interrupts CTX_DESTROY (EINTR): the context is as it was, and its jobs go on. */
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
    uint64_t running = keep_busy(context), waiting = keep_busy(context);
    sleep_ns(20000);
    CHECK_EQUAL(sigaction(SIGALRM, &action, NULL), 0);
    CHECK_EQUAL(setitimer(ITIMER_REAL, &timer, NULL), 0);
    CHECK_EQUAL(destroy_context(context), -EINTR);
    CHECK_EQUAL(signals, 1);
    CHECK_EQUAL(status_of(context, running), 0);
    CHECK_EQUAL(status_of(context, waiting), 0);
    CHECK_EQUAL(status_of(context, keep_busy(context)), 0);
    CHECK_EQUAL(destroy_context(context), 0);
    return ok();
}
