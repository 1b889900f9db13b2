/* poll: readiness, hang-up, bad descriptors, negative ones, and timeouts.
 * Expected output: qemu-aarch64 and Linux on x86-64. */
#include "conformance.h"

TEST(poll)
{
    int p[2];
    MUST(pipe(p));
    struct pollfd set[4] = {{p[0], POLLIN, 0}, {p[1], POLLOUT, 0}, {99, POLLIN, 0}, {-5, POLLIN, 0}};
    CALL(poll(set, 4, 0));
    for (int i = 0; i < 4; i++)
        VALUE(set[i].revents);
    MUST(write(p[1], "x", 1));
    CALL(poll(set, 1, -1));
    VALUE(set[0].revents);
    close(p[1]);
    CALL(poll(set, 1, -1));
    VALUE(set[0].revents);
    char c;
    MUST(read(p[0], &c, 1));
    CALL(poll(set, 1, -1));
    VALUE(set[0].revents);
    long long before = now_ms();
    CALL(poll(NULL, 0, 30));
    FACT(now_ms() - before >= 30);
    int q[2];
    MUST(pipe(q));
    close(q[0]);
    struct pollfd w = {q[1], POLLOUT, 0};
    CALL(poll(&w, 1, 0));
    VALUE(w.revents);
    return 0;
}
