/* TCP: every state that a program can see. */
#include "say.h"

#define A(x) (struct sockaddr *)&x, sizeof x

static void pair(int *server, int *client) {
    struct sockaddr_in a = v4("127.0.0.1", 0);
    int l = socket(AF_INET, SOCK_STREAM, 0);
    bind(l, A(a));
    listen(l, 5);
    a = v4("127.0.0.1", port_of(l));
    *client = socket(AF_INET, SOCK_STREAM, 0);
    if (connect(*client, A(a)) < 0) perror("connect");
    *server = accept(l, 0, 0);
    close(l);
}

int main(void) {
    char b[65536];
    int s, c;
    count_sigpipe();
    int u = FD(socket(AF_INET, SOCK_STREAM, 0));
    events("fresh", u);
    SAY(recv(u, b, 1, 0));
    SAY(send(u, b, 1, 0));
    printf("broken %d\n", pipes_broken);
    SAY(send(u, b, 1, MSG_NOSIGNAL));
    printf("broken %d\n", pipes_broken);
    SAY(shutdown(u, SHUT_RD));
    SAY(shutdown(u, 7));
    SAY(accept(u, 0, 0));
    show_name("fresh name", u, 0);
    show_name("fresh peer", u, 1);
    struct sockaddr_in none = v4("127.0.0.1", 1);
    SAY(connect(u, A(none)));
    events("refused", u);
    pending("refused", u);
    SAY(connect(u, A(none)));
    close(u);

    u = FD(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0));
    SAY(connect(u, A(none)));
    events("refused later", u);
    SAY(connect(u, A(none)));
    events("told", u);
    SAY(connect(u, A(none)));
    pending("refused", u);
    pending("again", u);
    SAY(recv(u, b, 1, 0));
    close(u);

    struct sockaddr_in any = v4("127.0.0.1", 0);
    int l = socket(AF_INET, SOCK_STREAM, 0);
    SAY(bind(l, A(any)));
    SAY(bind(l, A(any)));
    int port = port_of(l);
    struct sockaddr_in a = v4("127.0.0.1", port);
    int second = socket(AF_INET, SOCK_STREAM, 0);
    SAY(bind(second, A(a)));
    SAY(listen(l, 1));
    SAY(option(l, SOL_SOCKET, SO_ACCEPTCONN));
    SAY(listen(l, 2));
    events("listening", l);
    SAY(recv(l, b, 1, 0));
    SAY(send(l, b, 1, MSG_NOSIGNAL));
    SAY(connect(l, A(a)));
    set(second, SOL_SOCKET, SO_REUSEADDR, 1);
    SAY(bind(second, A(a)));
    set(l, SOL_SOCKET, SO_REUSEADDR, 1);
    SAY(bind(second, A(a)));
    close(second);
    int nb = FD(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0));
    SAY(connect(nb, A(a)));
    events("connecting", nb);
    pending("connecting", nb);
    SAY(connect(nb, A(a)));
    SAY(connect(nb, A(a)));
    events("listener", l);
    int got = FD(accept4(l, 0, 0, SOCK_NONBLOCK | SOCK_CLOEXEC));
    SAY((fcntl(got, F_GETFL) & (O_NONBLOCK | O_ACCMODE)));
    SAY(fcntl(got, F_GETFD));
    SAY(recv(got, b, 1, 0));
    show_name("accepted", got, 0);
    show_name("accepted peer", got, 1);
    events("accepted", got);
    int nbl = fcntl(l, F_SETFL, O_NONBLOCK);
    (void)nbl;
    SAY(accept(l, 0, 0));
    SAY(accept4(l, 0, 0, 1));
    SAY(shutdown(l, SHUT_WR));
    SAY(shutdown(l, SHUT_RD));
    SAY(accept(l, 0, 0));
    events("shut listener", l);
    close(l); close(nb); close(got);

    puts("-- half close");
    pair(&s, &c);
    SAY(send(c, "hello", 5, 0));
    events("server", s);
    SAY(shutdown(c, SHUT_WR));
    events("client", c);
    events("server", s);
    SAY(send(c, "x", 1, MSG_NOSIGNAL));
    SAY(recv(s, b, 3, MSG_PEEK));
    SAY(recv(s, b, 3, 0));
    SAY(recv(s, b, 10, 0));
    SAY(recv(s, b, 10, 0));
    SAY(send(s, "back", 4, 0));
    SAY(recv(c, b, 10, 0));
    show_name("half closed peer", s, 1);
    SAY(shutdown(s, SHUT_WR));
    events("client", c);
    events("server", s);
    show_name("closed peer", s, 1);
    SAY(recv(c, b, 10, 0));
    SAY(shutdown(c, SHUT_RDWR));
    close(s); close(c);

    puts("-- close with unread data");
    pair(&s, &c);
    SAY(send(s, "unread", 6, 0));
    SAY(send(c, "mine", 4, 0));
    close(c);
    events("reset", s);
    SAY(send(s, "x", 1, 0));
    printf("broken %d\n", pipes_broken);
    SAY(recv(s, b, 10, 0));
    SAY(recv(s, b, 10, 0));
    SAY(send(s, "x", 1, MSG_NOSIGNAL));
    close(s);

    puts("-- write to a closed peer");
    pair(&s, &c);
    close(c);
    events("peer gone", s);
    SAY(recv(s, b, 10, 0));
    SAY(send(s, "x", 1, MSG_NOSIGNAL));
    events("after reset", s);
    pending("after reset", s);
    SAY(send(s, "x", 1, MSG_NOSIGNAL));
    SAY(recv(s, b, 10, 0));
    show_name("peer", s, 1);
    close(s);

    puts("-- linger 0");
    pair(&s, &c);
    struct linger now = {1, 0};
    SAY(setsockopt(c, SOL_SOCKET, SO_LINGER, &now, sizeof now));
    close(c);
    events("reset", s);
    SAY(recv(s, b, 1, 0));
    SAY(recv(s, b, 1, 0));
    close(s);

    puts("-- receive shut");
    pair(&s, &c);
    SAY(shutdown(s, SHUT_RD));
    events("server", s);
    SAY(recv(s, b, 1, 0));
    SAY(send(c, "late", 4, 0));
    SAY(recv(s, b, 10, 0));
    SAY(recv(s, b, 10, 0));
    SAY(send(s, "fine", 4, 0));
    SAY(recv(c, b, 10, 0));
    close(s); close(c);

    puts("-- flags");
    pair(&s, &c);
    SAY(recv(s, b, 10, MSG_DONTWAIT));
    SAY(recv(s, b, 10, MSG_OOB));
    SAY(send(c, "0123456789", 10, 0));
    int n = 0;
    SAY(ioctl(s, FIONREAD, &n));
    printf("%d to read\n", n);
    SAY(recv(s, b, 4, MSG_TRUNC));
    SAY(recv(s, b, 4, 0));
    printf("%.4s\n", b);
    SAY(read(s, b, 100));
    SAY(write(c, "abc", 3));
    struct iovec v[2] = {{b, 2}, {b + 10, 5}};
    SAY(readv(s, v, 2));
    printf("%.2s %.1s\n", b, b + 10);
    v[0].iov_len = 3; v[1].iov_len = 4;
    SAY(writev(c, v, 2));
    SAY(recv(s, b, 100, 0));
    SAY(recv(s, b, 0, MSG_DONTWAIT));
    SAY(send(c, b, 0, 0));
    SAY(sendto(c, "to", 2, 0, A(a)));
    SAY(recv(s, b, 100, 0));
    struct sockaddr_in from;
    socklen_t size = sizeof from;
    SAY(send(c, "from", 4, 0));
    SAY(recvfrom(s, b, 100, 0, (struct sockaddr *)&from, &size));
    printf("size %u\n", size);
    if (fork() == 0) {
        for (int i = 0; i < 5; i++) { usleep(2000); if (write(c, "12345678", 8) != 8) _exit(1); }
        _exit(0);
    }
    SAY(recv(s, b, 40, MSG_WAITALL));
    wait(0);
    SAY(lseek(s, 0, SEEK_SET));
    SAY(pread(s, b, 1, 0));
    close(s); close(c);

    puts("-- big");
    pair(&s, &c);
    set(c, SOL_SOCKET, SO_SNDBUF, 20000);
    if (fork() == 0) {
        close(s);
        memset(b, 'z', sizeof b);
        long done = 0;
        for (int i = 0; i < 50; i++) { long r = write(c, b, sizeof b); if (r > 0) done += r; }
        _exit(done == 50 * 65536 ? 0 : 1);
    }
    close(c);
    long total = 0, r;
    while ((r = read(s, b, 50000)) > 0) total += r;
    printf("total %ld\n", total);
    int status;
    wait(&status);
    printf("status %d\n", status);
    close(s);

    puts("-- bad arguments");
    u = socket(AF_INET, SOCK_STREAM, 0);
    SAY(bind(u, (void *)&a, 4));
    SAY(bind(u, (void *)8, 16));
    SAY(bind(u, (void *)&a, 2000));
    struct sockaddr_in6 six = v6("::1", 1);
    SAY(bind(u, A(six)));
    SAY(connect(u, A(six)));
    SAY(connect(u, (void *)&a, 1));
    struct sockaddr_in other = v4("203.0.113.7", 80);
    SAY(bind(u, A(other)));
    struct sockaddr_in elsewhere = v4("127.1.2.3", 0);
    SAY(bind(u, A(elsewhere)));
    show_name("elsewhere", u, 0);
    SAY(getsockname(u, (void *)8, &size));
    size = 3;
    SAY(getsockname(u, (struct sockaddr *)&from, &size));
    printf("size %u\n", size);
    SAY(getsockname(u, (struct sockaddr *)&from, (void *)8));
    close(u);
    SAY(bind(0x7000, A(a)));
    SAY(bind(1, A(a)));
    SAY(socket(AF_INET, SOCK_STREAM, IPPROTO_UDP));
    SAY(socket(AF_INET, SOCK_SEQPACKET, 0));
    SAY(socket(AF_INET, 77, 0));
    SAY(socket(99, SOCK_STREAM, 0));
    SAY(socket(AF_INET, SOCK_STREAM, 300));
    SAY(socketpair(AF_INET, SOCK_STREAM, 0, &s));
    SAY(socket(AF_UNIX, SOCK_RDM, 0));
    SAY(socket(AF_UNIX, SOCK_STREAM, 5));

    puts("-- reuseport");
    int one = socket(AF_INET, SOCK_STREAM, 0), two = socket(AF_INET, SOCK_STREAM, 0);
    set(one, SOL_SOCKET, SO_REUSEPORT, 1);
    set(two, SOL_SOCKET, SO_REUSEPORT, 1);
    SAY(bind(one, A(any)));
    a = v4("127.0.0.1", port_of(one));
    SAY(bind(two, A(a)));
    SAY(listen(one, 1));
    SAY(listen(two, 1));
    close(one); close(two);

    puts("-- disconnect");
    pair(&s, &c);
    struct sockaddr un = {.sa_family = AF_UNSPEC};
    SAY(connect(c, &un, sizeof un));
    show_name("peer", c, 1);
    events("left", s);
    SAY(recv(s, b, 1, 0));
    close(s); close(c);
    return 0;
}
