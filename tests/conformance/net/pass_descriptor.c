/* SCM_RIGHTS passes an open file to another process.
 * Expected output: qemu-aarch64 and Linux on x86-64. */
#include "conformance.h"
#include <sys/socket.h>

TEST(pass_descriptor)
{
    int s[2];
    char data, control[CMSG_SPACE(sizeof(int))];
    struct iovec v = {&data, 1};
    struct msghdr m = {.msg_iov = &v, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
    MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, s));
    pid_t pid = fork();
    if (pid == 0) {
        write_file("f", "passed");
        int fd = open("f", O_RDONLY);
        struct cmsghdr *c = CMSG_FIRSTHDR(&m);
        c->cmsg_level = SOL_SOCKET;
        c->cmsg_type = SCM_RIGHTS;
        c->cmsg_len = CMSG_LEN(sizeof(int));
        memcpy(CMSG_DATA(c), &fd, sizeof fd);
        MUST(sendmsg(s[0], &m, 0));
        _exit(0);
    }
    show_end("child", pid);
    CALL(recvmsg(s[1], &m, MSG_CMSG_CLOEXEC));
    struct cmsghdr *c = CMSG_FIRSTHDR(&m);
    FACT(c && c->cmsg_type == SCM_RIGHTS && c->cmsg_len == CMSG_LEN(sizeof(int)));
    int fd;
    memcpy(&fd, CMSG_DATA(c), sizeof fd);
    char b[8] = {0};
    CALL(read(fd, b, 8));
    TEXT(b);
    CALL(fcntl(fd, F_GETFD));
    return 0;
}
