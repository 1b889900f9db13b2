/* O_ASYNC: signals to the owner when a pipe or socket becomes ready.
 * Expected output: Linux on x86-64. qemu-aarch64 is not followed. */
#include "conformance.h"
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

static volatile int count, code, descriptor, band;

static void handler(int number, siginfo_t *info, void *context)
{
    (void)number;
    (void)context;
    count++;
    code = info->si_code;
    descriptor = info->si_fd;
    band = (int)info->si_band;
}

static void show(const char *what, int fd)
{
    printf("%s: %d", what, count);
    if (count)
        printf(", code %d, the file: %s, band %d", code, descriptor == fd ? "yes" : "no", band);
    printf("\n");
    count = 0;
}

static void watch(int fd)
{
    MUST(fcntl(fd, F_SETOWN, getpid()));
    MUST(fcntl(fd, F_SETSIG, SIGRTMIN));
    MUST(fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_ASYNC | O_NONBLOCK));
}

TEST(sigio)
{
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_sigaction = handler;
    action.sa_flags = SA_SIGINFO | SA_RESTART;
    MUST(sigaction(SIGIO, &action, NULL));
    MUST(sigaction(SIGRTMIN, &action, NULL));
    char b[70000];
    memset(b, 0, sizeof b);

    int file = open("f", O_RDWR | O_CREAT, 0600);
    CALL(fcntl(file, F_SETFL, O_ASYNC));
    FACT(fcntl(file, F_GETFL) & O_ASYNC);

    /* Nobody owns it, then somebody without a signal of its own. */
    int p[2];
    MUST(pipe(p));
    CALL(fcntl(p[0], F_SETFL, O_ASYNC));
    FACT(fcntl(p[0], F_GETFL) & O_ASYNC);
    MUST(write(p[1], "x", 1));
    show("no owner", p[0]);
    MUST(fcntl(p[0], F_SETOWN, getpid()));
    MUST(write(p[1], "x", 1));
    printf("SIGIO: %d, from the kernel: %s\n", count, code == SI_KERNEL ? "yes" : "no");
    count = 0;

    watch(p[0]);
    watch(p[1]);
    MUST(write(p[1], "x", 1));
    show("written", p[0]);
    MUST(write(p[1], "x", 1));
    show("written again", p[0]);
    /* On Linux the writer is told of every read, here only when there is room again. */
    MUST(read(p[0], b, 1));
    count = 0;
    while (write(p[1], b, 4096) > 0)
        ;
    count = 0;
    MUST(read(p[0], b, sizeof b));
    show("read much of a full one", p[1]);
    MUST(fcntl(p[0], F_SETFL, O_NONBLOCK));
    MUST(write(p[1], "x", 1));
    show("asked no more", p[0]);
    MUST(fcntl(p[0], F_SETFL, O_NONBLOCK | O_ASYNC));
    close(p[1]);
    show("no writer", p[0]);

    int s[2];
    MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, s));
    watch(s[0]);
    MUST(write(s[1], "x", 1));
    show("sent", s[0]);
    close(s[1]);
    show("closed", s[0]);

    int on = 1, u = socket(AF_INET, SOCK_DGRAM, 0), from = socket(AF_INET, SOCK_DGRAM, 0);
    struct sockaddr_in name;
    memset(&name, 0, sizeof name);
    name.sin_family = AF_INET;
    name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof name;
    MUST(bind(u, (struct sockaddr *)&name, length));
    MUST(getsockname(u, (struct sockaddr *)&name, &length));
    MUST(fcntl(u, F_SETOWN, getpid()));
    MUST(fcntl(u, F_SETSIG, SIGRTMIN));
    CALL(ioctl(u, FIOASYNC, &on));
    FACT(fcntl(u, F_GETFL) & O_ASYNC);
    MUST(sendto(from, "x", 1, 0, (struct sockaddr *)&name, length));
    show("a datagram", u);
    MUST(sendto(from, "x", 1, 0, (struct sockaddr *)&name, length));
    show("another", u);
    on = 0;
    CALL(ioctl(u, FIOASYNC, &on));
    MUST(sendto(from, "x", 1, 0, (struct sockaddr *)&name, length));
    show("asked no more", u);
    return 0;
}
