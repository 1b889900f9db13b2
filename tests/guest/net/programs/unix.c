/* Unix sockets: names, streams, messages, what goes with them. */
#include "say.h"

static struct sockaddr_un path(const char *name) {
    struct sockaddr_un a = {.sun_family = AF_UNIX};
    strcpy(a.sun_path, name);
    return a;
}
#define A(x) (struct sockaddr *)&x, sizeof x

static long send_with(int fd, const char *text, int *fds, int n, struct ucred *who, int flags) {
    char control[256] = {0};
    struct iovec v = {(char *)text, strlen(text)};
    struct msghdr m = {.msg_iov = &v, .msg_iovlen = 1, .msg_control = control};
    struct cmsghdr *h = (struct cmsghdr *)control;
    size_t used = 0;
    if (n) {
        h->cmsg_level = SOL_SOCKET; h->cmsg_type = SCM_RIGHTS; h->cmsg_len = CMSG_LEN(n * sizeof(int));
        memcpy(CMSG_DATA(h), fds, n * sizeof(int));
        used += CMSG_SPACE(n * sizeof(int));
        h = (struct cmsghdr *)(control + used);
    }
    if (who) {
        h->cmsg_level = SOL_SOCKET; h->cmsg_type = SCM_CREDENTIALS; h->cmsg_len = CMSG_LEN(sizeof *who);
        memcpy(CMSG_DATA(h), who, sizeof *who);
        used += CMSG_SPACE(sizeof *who);
    }
    m.msg_controllen = used;
    return sendmsg(fd, &m, flags);
}

static int received_fd;
static void receive(const char *text, int fd, size_t size, size_t room, int flags) {
    char b[4096], control[256];
    struct iovec v = {b, size};
    struct msghdr m = {.msg_iov = &v, .msg_iovlen = 1, .msg_control = control, .msg_controllen = room};
    received_fd = -1;
    long r = recvmsg(fd, &m, flags);
    if (r < 0) { printf("%s: error %d\n", text, errno); return; }
    printf("%s: %ld %.*s flags %#x controllen %zu", text, r, (int)(r < 20 ? r : 20), b, m.msg_flags, (size_t)m.msg_controllen);
    for (struct cmsghdr *h = CMSG_FIRSTHDR(&m); h; h = CMSG_NXTHDR(&m, h)) {
        if (h->cmsg_type == SCM_RIGHTS) {
            int n = (h->cmsg_len - CMSG_LEN(0)) / 4;
            int fds[64];
            memcpy(fds, CMSG_DATA(h), n * 4);
            received_fd = fds[0];
            printf(" rights %d cloexec %d", n, fcntl(fds[0], F_GETFD));
            for (int i = 1; i < n; i++) close(fds[i]);
        } else if (h->cmsg_type == SCM_CREDENTIALS) {
            struct ucred c;
            memcpy(&c, CMSG_DATA(h), sizeof c);
            printf(" credentials own %d uid %d gid %d", c.pid == getpid(), c.uid, c.gid);
        }
    }
    puts("");
}

int main(void) {
    char b[70000];
    int p[2], fds[3], n;
    memset(b, 'b', sizeof b);
    count_sigpipe();
    umask(022);

    puts("-- stream");
    SAY(socketpair(AF_UNIX, SOCK_STREAM, 0, p));
    show_name("pair", p[0], 0);
    show_name("pair peer", p[0], 1);
    events("pair", p[0]);
    SAY(write(p[0], "hello", 5));
    SAY(write(p[0], "world", 5));
    events("has data", p[1]);
    SAY(ioctl(p[1], FIONREAD, &n));
    printf("%d\n", n);
    SAY(recv(p[1], b, 3, MSG_PEEK));
    SAY(recv(p[1], b, 7, 0));
    SAY(recv(p[1], b, 7, 0));
    SAY(recv(p[1], b, 7, MSG_DONTWAIT));
    SAY(shutdown(p[0], SHUT_WR));
    events("shut", p[0]);
    events("peer shut", p[1]);
    SAY(read(p[1], b, 5));
    SAY(write(p[0], b, 5));
    printf("broken %d\n", pipes_broken);
    SAY(shutdown(p[0], SHUT_RD));
    events("both shut", p[0]);
    events("peer both shut", p[1]);
    SAY(send(p[1], b, 5, MSG_NOSIGNAL));
    close(p[0]); close(p[1]);

    SAY(socketpair(AF_UNIX, SOCK_STREAM, 0, p));
    SAY(write(p[0], "for the other", 13));
    SAY(write(p[1], "unread", 6));
    close(p[0]);
    events("closed with unread", p[1]);
    SAY(read(p[1], b, 100));
    SAY(read(p[1], b, 100));
    SAY(read(p[1], b, 100));
    SAY(send(p[1], b, 1, MSG_NOSIGNAL));
    close(p[1]);

    puts("-- names");
    struct sockaddr_un a = path("socket.one");
    unlink("socket.one");
    int l = FD(socket(AF_UNIX, SOCK_STREAM, 0));
    events("fresh", l);
    SAY(recv(l, b, 1, 0));
    SAY(send(l, b, 1, MSG_NOSIGNAL));
    SAY(listen(l, 1));
    SAY(bind(l, A(a)));
    SAY(bind(l, A(a)));
    struct stat st;
    SAY(stat("socket.one", &st));
    printf("mode %o\n", st.st_mode);
    show_name("bound", l, 0);
    int c = FD(socket(AF_UNIX, SOCK_STREAM, 0));
    SAY(bind(c, A(a)));
    SAY(connect(c, A(a)));
    SAY(listen(l, 0));
    events("listening", l);
    SAY(connect(c, A(a)));
    SAY(write(c, "early", 5));
    events("one arrived", l);
    struct ucred u = {0};
    socklen_t size = sizeof u;
    SAY(getsockopt(c, SOL_SOCKET, SO_PEERCRED, &u, &size));
    printf("own %d uid %d\n", u.pid == getpid(), u.uid == getuid());
    int c2 = FD(socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0));
    SAY(connect(c2, A(a)));
    int got = FD(accept(l, 0, 0));
    show_name("accepted", got, 0);
    show_name("accepted peer", got, 1);
    show_name("client peer", c, 1);
    SAY(connect(c, A(a)));
    SAY(read(got, b, 10));
    SAY(connect(c2, A(a)));
    close(c); close(c2); close(got);
    close(l);
    c = socket(AF_UNIX, SOCK_STREAM, 0);
    SAY(connect(c, A(a)));
    SAY(unlink("socket.one"));
    SAY(connect(c, A(a)));
    struct sockaddr_un missing = path("no/such");
    SAY(bind(c, A(missing)));
    close(open("regular", O_CREAT | O_WRONLY, 0644));
    struct sockaddr_un file = path("regular");
    SAY(connect(c, A(file)));
    SAY(bind(c, A(file)));
    unlink("regular");
    SAY(bind(c, (void *)&a, 1));
    SAY(bind(c, (void *)&a, 111));
    struct sockaddr_un abstract = {.sun_family = AF_UNIX, .sun_path = "\0hidden"};
    SAY(bind(c, (void *)&abstract, 2 + 7));
    show_name("abstract", c, 0);
    SAY(listen(c, 5));
    int d = socket(AF_UNIX, SOCK_DGRAM, 0);
    SAY(connect(d, (void *)&abstract, 2 + 7));
    SAY(bind(d, (void *)&abstract, 2 + 7));
    SAY(bind(d, (void *)&abstract, 2));
    SAY(connect(d, (void *)&abstract, 2));
    close(c);
    int e = socket(AF_UNIX, SOCK_STREAM, 0);
    SAY(connect(e, (void *)&abstract, 2 + 7));
    close(e); close(d);
    a = path("socket.two");
    unlink("socket.two");
    l = socket(AF_UNIX, SOCK_STREAM, 0);
    SAY(bind(l, A(a)));
    SAY(listen(l, 5));
    c = socket(AF_UNIX, SOCK_STREAM, 0);
    SAY(connect(c, A(a)));
    close(l);
    events("never accepted", c);
    SAY(read(c, b, 1));
    SAY(read(c, b, 1));
    close(c);
    unlink("socket.two");

    puts("-- datagrams");
    SAY(socketpair(AF_UNIX, SOCK_DGRAM, 0, p));
    events("pair", p[0]);
    SAY(send(p[0], "first", 5, 0));
    SAY(send(p[0], "second", 6, 0));
    SAY(send(p[0], "", 0, 0));
    SAY(recv(p[1], b, 3, MSG_TRUNC));
    SAY(ioctl(p[1], FIONREAD, &n));
    printf("%d\n", n);
    SAY(recv(p[1], b, 100, 0));
    SAY(recv(p[1], b, 100, 0));
    SAY(recv(p[1], b, 100, MSG_DONTWAIT));
    close(p[1]);
    events("peer gone", p[0]);
    SAY(send(p[0], "x", 1, 0));
    SAY(send(p[0], "x", 1, 0));
    close(p[0]);
    struct sockaddr_un da = path("dgram.a"), db = path("dgram.b");
    unlink("dgram.a"); unlink("dgram.b");
    int x = socket(AF_UNIX, SOCK_DGRAM, 0), y = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0);
    SAY(bind(x, A(da)));
    SAY(sendto(y, "anonymous", 9, 0, A(da)));
    struct sockaddr_un from;
    size = sizeof from;
    SAY(recvfrom(x, b, 100, 0, (void *)&from, &size));
    printf("size %u\n", size);
    SAY(bind(y, A(db)));
    SAY(sendto(y, "named", 5, 0, A(da)));
    size = sizeof from;
    SAY(recvfrom(x, b, 100, 0, (void *)&from, &size));
    printf("size %u %s\n", size, from.sun_path);
    SAY(send(y, "x", 1, 0));
    SAY(connect(y, A(da)));
    int sent = 0;
    while (send(y, "m", 1, 0) == 1) sent++;
    printf("filled with %d, error %d\n", sent, errno);
    events("full", y);
    SAY(recv(x, b, 1, 0));
    events("room", y);
    int z = socket(AF_UNIX, SOCK_DGRAM, 0);
    SAY(connect(x, A(db)));
    SAY(sendto(z, "x", 1, 0, A(da)));
    SAY(sendto(z, b, 0, MSG_OOB, A(da)));
    SAY(shutdown(x, SHUT_RD));
    SAY(send(y, "x", 1, MSG_NOSIGNAL));
    events("shut", x);
    int small = set(z, SOL_SOCKET, SO_SNDBUF, 5000);
    (void)small;
    SAY(sendto(z, b, 60000, 0, A(db)));
    SAY(sendto(z, b, 10, 0, A(missing)));
    SAY(accept(x, 0, 0));
    SAY(listen(x, 1));
    struct sockaddr un = {.sa_family = AF_UNSPEC};
    SAY(connect(y, &un, sizeof un));
    SAY(send(y, "x", 1, 0));
    close(x); close(y); close(z);
    unlink("dgram.a"); unlink("dgram.b");

    puts("-- seqpacket");
    SAY(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, p));
    SAY(send(p[0], "one", 3, 0));
    SAY(send(p[0], "three", 5, 0));
    receive("cut", p[1], 2, 0, 0);
    receive("whole", p[1], 20, 0, 0);
    SAY(send(p[0], "last", 4, 0));
    close(p[0]);
    events("closed", p[1]);
    SAY(recv(p[1], b, 100, 0));
    SAY(recv(p[1], b, 100, 0));
    SAY(send(p[1], "x", 1, MSG_NOSIGNAL));
    close(p[1]);

    puts("-- rights");
    SAY(socketpair(AF_UNIX, SOCK_STREAM, 0, p));
    int pi[2];
    SAY(pipe(pi));
    fds[0] = pi[1]; fds[1] = pi[0]; fds[2] = pi[1];
    SAY(send_with(p[0], "files", fds, 1, 0, 0));
    SAY(send_with(p[0], "more", fds, 3, 0, 0));
    SAY(write(p[0], "plain", 5));
    receive("one", p[1], 100, sizeof b > 200 ? 200 : 0, 0);
    SAY(write(received_fd, "through", 7));
    SAY(read(pi[0], b, 100));
    close(received_fd);
    receive("three in room for two", p[1], 4, CMSG_LEN(2 * sizeof(int)), MSG_CMSG_CLOEXEC);
    close(received_fd);
    receive("plain", p[1], 100, 200, 0);
    SAY(send_with(p[0], "lost", fds, 2, 0, 0));
    receive("no room", p[1], 100, 0, 0);
    SAY(send_with(p[0], "read", fds, 1, 0, 0));
    SAY(read(p[1], b, 100));
    int bad = 999;
    SAY(send_with(p[0], "bad", &bad, 1, 0, 0));
    SAY(send_with(p[0], "peeked", fds, 1, 0, 0));
    receive("peek", p[1], 3, 200, MSG_PEEK);
    close(received_fd);
    receive("part", p[1], 3, 200, 0);
    close(received_fd);
    receive("rest", p[1], 3, 200, 0);
    SAY(send_with(p[0], "in flight", fds + 1, 1, 0, 0));
    close(p[0]); close(p[1]);
    close(pi[0]);
    SAY(write(pi[1], "x", 1));
    close(pi[1]);

    puts("-- credentials");
    SAY(socketpair(AF_UNIX, SOCK_DGRAM, 0, p));
    SAY(send(p[0], "before", 6, 0));
    SAY(set(p[1], SOL_SOCKET, SO_PASSCRED, 1));
    SAY(option(p[1], SOL_SOCKET, SO_PASSCRED));
    SAY(send(p[0], "after", 5, 0));
    receive("before", p[1], 100, 200, 0);
    receive("after", p[1], 100, 200, 0);
    struct ucred me = {getpid(), getuid(), getgid()}, other = {getpid(), 12345, 1};
    SAY(send_with(p[0], "explicit", 0, 0, &me, 0));
    receive("explicit", p[1], 100, 200, 0);
    fds[0] = p[0];
    SAY(send_with(p[0], "both", fds, 1, &me, 0));
    receive("both", p[1], 100, 200, 0);
    close(received_fd);
    SAY(send_with(p[0], "cut", 0, 0, &me, 0));
    receive("cut", p[1], 100, 20, 0);
    (void)other;
    close(p[0]); close(p[1]);

    puts("-- mmsg");
    SAY(socketpair(AF_UNIX, SOCK_DGRAM, 0, p));
    struct iovec v[3] = {{"one", 3}, {"two", 3}, {"three", 5}};
    struct mmsghdr mm[3];
    memset(mm, 0, sizeof mm);
    for (int i = 0; i < 3; i++) { mm[i].msg_hdr.msg_iov = v + i; mm[i].msg_hdr.msg_iovlen = 1; }
    SAY(sendmmsg(p[0], mm, 3, 0));
    printf("%u %u %u\n", mm[0].msg_len, mm[1].msg_len, mm[2].msg_len);
    char in[3][10];
    for (int i = 0; i < 3; i++) { v[i].iov_base = in[i]; v[i].iov_len = 4; mm[i].msg_len = 0; }
    SAY(recvmmsg(p[1], mm, 2, 0, 0));
    SAY(recvmmsg(p[1], mm + 2, 1, MSG_WAITFORONE, 0));
    printf("%u %u %u flags %#x\n", mm[0].msg_len, mm[1].msg_len, mm[2].msg_len, mm[2].msg_hdr.msg_flags);
    SAY(recvmmsg(p[1], mm, 2, MSG_DONTWAIT, 0));
    close(p[0]); close(p[1]);

    puts("-- inherited");
    SAY(socketpair(AF_UNIX, SOCK_STREAM, 0, p));
    if (fork() == 0) {
        close(p[0]);
        long k = 0, r;
        while ((r = read(p[1], b, sizeof b)) > 0) k += r;
        dprintf(p[1], "%ld", k);
        _exit(0);
    }
    close(p[1]);
    memset(b, 'x', sizeof b);
    for (int i = 0; i < 20; i++) SAY(write(p[0], b, 65536));
    SAY(shutdown(p[0], SHUT_WR));
    n = read(p[0], b, 100);
    printf("child counted %.*s\n", n, b);
    wait(0);
    return 0;
}
