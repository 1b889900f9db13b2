/* A timerfd counts expirations, tells the time left, and can be disarmed.
 * Expected output: qemu-aarch64 and Linux on x86-64. */
#include "conformance.h"
#include <sys/timerfd.h>

TEST(timerfd)
{
    uint64_t v;
    struct itimerspec t = {{0, 10000000}, {0, 10000000}}, now;
    int fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
    CALL(read(fd, &v, 8));
    CALL(timerfd_settime(fd, 0, &t, NULL));
    struct pollfd p = {fd, POLLIN, 0};
    CALL(poll(&p, 1, 1000));
    CALL(read(fd, &v, 8));
    FACT(v >= 1);
    sleep_ms(55);
    CALL(read(fd, &v, 8));
    FACT(v >= 4 && v <= 50);
    CALL(timerfd_gettime(fd, &now));
    VALUE(now.it_interval.tv_nsec);
    FACT(now.it_value.tv_nsec > 0 && now.it_value.tv_nsec <= 10000000);
    memset(&t, 0, sizeof t);
    CALL(timerfd_settime(fd, 0, &t, NULL));
    CALL(poll(&p, 1, 20));
    CALL(timerfd_create(77, 0));
    t.it_value.tv_nsec = -1;
    CALL(timerfd_settime(fd, 0, &t, NULL));
    CALL(timerfd_settime(0, 0, &t, NULL));
    return 0;
}
