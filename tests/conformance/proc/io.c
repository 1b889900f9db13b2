/* /proc/PID/io counts what read and write moved, errors as calls without bytes.
 * Expected output: qemu-aarch64 and Linux on x86-64. */
#include "conformance.h"

struct io {
    long long rchar, wchar, syscr, syscw;
};

/* Read without stdio, so that the reading itself is one call of known size. */
static struct io counts(void)
{
    char text[512] = {0};
    struct io found;
    int fd = open("/proc/self/io", O_RDONLY);
    MUST(read(fd, text, sizeof text - 1));
    close(fd);
    sscanf(text, "rchar: %lld wchar: %lld syscr: %lld syscw: %lld", &found.rchar, &found.wchar, &found.syscr,
           &found.syscw);
    return found;
}

TEST(io)
{
    char buffer[1000] = {0};
    int fd = open("f", O_RDWR | O_CREAT, 0600);
    struct iovec two[2] = {{buffer, 100}, {buffer + 100, 200}};
    fflush(stdout);
    struct io a = counts();
    write(fd, buffer, 1000);
    pwrite(fd, buffer, 10, 5);
    writev(fd, two, 2);
    struct io b = counts();
    printf("written: %lld bytes, %lld calls\n", b.wchar - a.wchar, b.syscw - a.syscw);
    fflush(stdout);
    lseek(fd, 0, SEEK_SET);
    b = counts();
    read(fd, buffer, 500);
    pread(fd, buffer, 1000, 1200);
    readv(fd, two, 2);
    struct io c = counts();
    /* Besides, the first look at the counters was read. */
    printf("calls: %lld\n", c.syscr - b.syscr);
    FACT(c.rchar - b.rchar >= 900);
    FACT(c.wchar == b.wchar);
    int pipe_ends[2];
    pipe2(pipe_ends, O_NONBLOCK);
    fflush(stdout);
    b = counts();
    read(pipe_ends[0], buffer, 10);
    read(-1, buffer, 10);
    c = counts();
    printf("in vain: %lld\n", c.syscr - b.syscr - 1);
    return 0;
}
