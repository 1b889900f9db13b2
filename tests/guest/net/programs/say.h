/* Prints what calls return, so that two systems can be compared. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

static long said(const char *text, long result) {
    if (result < 0) printf("%s: error %d\n", text, errno);
    else printf("%s: %ld\n", text, result);
    fflush(stdout);
    return result;
}

#define SAY(call) said(#call, (long)(call))
/* A descriptor's number may differ under an emulator: only whether there is one. */
#define FD(call) (errno = 0, sayfd(#call, (call)))

static int sayfd(const char *text, int fd) {
    if (fd < 0) printf("%s: error %d\n", text, errno);
    else printf("%s: ok\n", text);
    return fd;
}

static void events(const char *text, int fd) {
    struct pollfd p = {.fd = fd, .events = POLLIN | POLLOUT | POLLPRI | POLLRDHUP | POLLRDNORM | POLLWRNORM | POLLWRBAND};
    int n = poll(&p, 1, 0);
    printf("poll %s: %d %#x\n", text, n, (unsigned)p.revents);
}

static void pending(const char *text, int fd) {
    int error = -1;
    socklen_t size = sizeof error;
    getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size);
    printf("SO_ERROR %s: %d\n", text, error);
}

static int option(int fd, int level, int name) {
    int value = -12345;
    socklen_t size = sizeof value;
    if (getsockopt(fd, level, name, &value, &size) < 0) return -errno;
    return value;
}

static int set(int fd, int level, int name, int value) {
    return setsockopt(fd, level, name, &value, sizeof value);
}

static int pipes_broken;
static void on_pipe(int number) { (void)number; pipes_broken++; }
static inline void count_sigpipe(void) { signal(SIGPIPE, on_pipe); }

static inline struct sockaddr_in v4(const char *ip, int port) {
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(port)};
    inet_pton(AF_INET, ip, &a.sin_addr);
    return a;
}

static inline struct sockaddr_in6 v6(const char *ip, int port) {
    struct sockaddr_in6 a = {.sin6_family = AF_INET6, .sin6_port = htons(port)};
    inet_pton(AF_INET6, ip, &a.sin6_addr);
    return a;
}

static inline int port_of(int fd) {
    struct sockaddr_in6 a;
    socklen_t size = sizeof a;
    getsockname(fd, (struct sockaddr *)&a, &size);
    return ntohs(a.sin6_port);
}

static inline void show_name(const char *text, int fd, int peer) {
    struct sockaddr_storage a;
    char ip[64] = "";
    socklen_t size = sizeof a;
    memset(&a, 0, sizeof a);
    int r = peer ? getpeername(fd, (struct sockaddr *)&a, &size) : getsockname(fd, (struct sockaddr *)&a, &size);
    if (r < 0) { printf("%s: error %d\n", text, errno); return; }
    if (a.ss_family == AF_INET) inet_ntop(AF_INET, &((struct sockaddr_in *)&a)->sin_addr, ip, sizeof ip);
    if (a.ss_family == AF_INET6) inet_ntop(AF_INET6, &((struct sockaddr_in6 *)&a)->sin6_addr, ip, sizeof ip);
    if (a.ss_family == AF_UNIX) {
        struct sockaddr_un *u = (void *)&a;
        int n = size - offsetof(struct sockaddr_un, sun_path);
        for (int i = 0; i < n && i < 40; i++) sprintf(ip + strlen(ip), u->sun_path[i] ? "%c" : "@", u->sun_path[i]);
    }
    printf("%s: family %d size %u %s\n", text, a.ss_family, size, ip);
}
