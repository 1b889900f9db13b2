/* UDP and IPv6. */
#include "say.h"
#define A(x) (struct sockaddr *)&x, sizeof x

static void from(const char *text, int fd, int flags) {
    char b[100], ip[64] = "";
    struct sockaddr_in6 a;
    memset(&a, 0, sizeof a);
    socklen_t size = sizeof a;
    long r = recvfrom(fd, b, sizeof b, flags, (void *)&a, &size);
    if (r < 0) { printf("%s: error %d\n", text, errno); return; }
    if (a.sin6_family == AF_INET) inet_ntop(AF_INET, &((struct sockaddr_in *)&a)->sin_addr, ip, sizeof ip);
    else inet_ntop(AF_INET6, &a.sin6_addr, ip, sizeof ip);
    printf("%s: %ld %.*s from family %d size %u %s\n", text, r, (int)r, b, a.sin6_family, size, ip);
}

int main(void) {
    static char big[70000];
    char b[100];
    struct sockaddr_in any = v4("0.0.0.0", 0), local = v4("127.0.0.1", 0);
    int s = FD(socket(AF_INET, SOCK_DGRAM, 0)), c = FD(socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0));
    events("fresh", s);
    show_name("fresh", s, 0);
    show_name("peer", s, 1);
    SAY(send(s, "x", 1, 0));
    SAY(shutdown(s, SHUT_RD));
    close(s);
    s = socket(AF_INET, SOCK_DGRAM, 0);
    SAY(bind(s, A(any)));
    struct sockaddr_in to = v4("127.0.0.1", port_of(s)), second = v4("127.0.0.2", port_of(s));
    show_name("any", s, 0);
    SAY(sendto(c, "hello", 5, 0, A(to)));
    show_name("autobound", c, 0);
    printf("%d\n", port_of(c) >= 32768);
    from("hello", s, 0);
    SAY(sendto(c, "second", 6, 0, A(second)));
    from("second", s, 0);
    SAY(recv(c, b, 1, 0));
    SAY(sendto(c, big, 65507, 0, A(to)));
    SAY(sendto(c, big, 65508, 0, A(to)));
    SAY(recv(s, b, 10, MSG_TRUNC | MSG_PEEK));
    int n;
    SAY(ioctl(s, FIONREAD, &n));
    printf("%d\n", n);
    SAY(recv(s, b, 10, 0));
    SAY(sendto(c, "", 0, 0, A(to)));
    events("empty one", s);
    SAY(recv(s, b, 10, 0));
    SAY(connect(c, A(to)));
    show_name("connected", c, 0);
    show_name("connected peer", c, 1);
    SAY(send(c, "a", 1, 0));
    from("connected", s, 0);
    struct sockaddr_in nobody = v4("127.0.0.1", 9);
    SAY(connect(c, A(nobody)));
    SAY(send(c, "lost", 4, 0));
    events("refused", c);
    SAY(recv(c, b, 10, 0));
    SAY(recv(c, b, 10, 0));
    SAY(send(c, "lost", 4, 0));
    SAY(send(c, "lost", 4, 0));
    pending("c", c);
    struct sockaddr un = {.sa_family = AF_UNSPEC};
    SAY(connect(c, &un, sizeof un));
    show_name("dissolved peer", c, 1);
    SAY(sendto(c, "nobody", 6, 0, A(nobody)));
    SAY(recv(c, b, 10, 0));
    nobody.sin_port = 0;
    SAY(sendto(c, "nobody", 6, 0, A(nobody)));
    SAY(sendto(c, "nobody", 6, 0, (void *)&nobody, 7));
    SAY(sendto(c, "nobody", 6, MSG_OOB, A(to)));
    int d = socket(AF_INET, SOCK_DGRAM, 0);
    struct sockaddr_in same = to;
    SAY(bind(d, A(same)));
    set(d, SOL_SOCKET, SO_REUSEADDR, 1);
    SAY(bind(d, A(same)));
    set(s, SOL_SOCKET, SO_REUSEADDR, 1);
    SAY(bind(d, A(same)));
    SAY(sendto(c, "exact", 5, 0, A(to)));
    from("the more exact one", d, MSG_DONTWAIT);
    from("the other", s, MSG_DONTWAIT);
    SAY(shutdown(d, SHUT_WR));
    close(d);
    SAY(connect(c, A(to)));
    SAY(shutdown(c, SHUT_WR));
    SAY(send(c, "x", 1, MSG_NOSIGNAL));
    SAY(shutdown(c, SHUT_RD));
    events("shut", c);
    SAY(recv(c, b, 1, 0));
    close(c); close(s);
    SAY(listen(socket(AF_INET, SOCK_DGRAM, 0), 1));
    SAY(accept(socket(AF_INET, SOCK_DGRAM, 0), 0, 0));
    struct sockaddr_in broadcast = v4("127.255.255.255", 9999);
    c = socket(AF_INET, SOCK_DGRAM, 0);
    SAY(sendto(c, "all", 3, 0, A(broadcast)));
    close(c);

    puts("-- packet information");
    s = socket(AF_INET, SOCK_DGRAM, 0);
    SAY(bind(s, A(any)));
    SAY(set(s, IPPROTO_IP, IP_PKTINFO, 1));
    SAY(set(s, IPPROTO_IP, IP_RECVTTL, 1));
    to = v4("127.0.0.7", port_of(s));
    c = socket(AF_INET, SOCK_DGRAM, 0);
    SAY(sendto(c, "info", 4, 0, A(to)));
    char control[200];
    struct iovec v = {b, sizeof b};
    struct sockaddr_in name;
    struct msghdr m = {.msg_name = &name, .msg_namelen = sizeof name, .msg_iov = &v, .msg_iovlen = 1,
                       .msg_control = control, .msg_controllen = sizeof control};
    SAY(recvmsg(s, &m, 0));
    printf("name %u control %zu\n", m.msg_namelen, (size_t)m.msg_controllen);
    for (struct cmsghdr *h = CMSG_FIRSTHDR(&m); h; h = CMSG_NXTHDR(&m, h)) {
        if (h->cmsg_level == IPPROTO_IP && h->cmsg_type == IP_PKTINFO) {
            struct in_pktinfo *i = (void *)CMSG_DATA(h);
            printf("index %d to %s\n", i->ipi_ifindex, inet_ntoa(i->ipi_addr));
        } else printf("level %d type %d value %d\n", h->cmsg_level, h->cmsg_type, *(int *)CMSG_DATA(h));
    }
    close(s); close(c);

    puts("-- IPv6");
    struct sockaddr_in6 any6 = v6("::", 0), one6 = v6("::1", 0);
    s = FD(socket(AF_INET6, SOCK_DGRAM, 0));
    SAY(option(s, IPPROTO_IPV6, IPV6_V6ONLY));
    SAY(bind(s, A(any6)));
    show_name("any", s, 0);
    struct sockaddr_in6 to6 = v6("::1", port_of(s)), mapped = v6("::ffff:127.0.0.1", port_of(s));
    to = v4("127.0.0.1", port_of(s));
    c = socket(AF_INET, SOCK_DGRAM, 0);
    SAY(sendto(c, "four", 4, 0, A(to)));
    from("four", s, 0);
    int c6 = socket(AF_INET6, SOCK_DGRAM, 0);
    SAY(sendto(c6, "six", 3, 0, A(to6)));
    from("six", s, 0);
    SAY(sendto(c6, "mapped", 6, 0, A(mapped)));
    from("mapped", s, 0);
    SAY(connect(c6, A(mapped)));
    show_name("mapped", c6, 0);
    show_name("mapped peer", c6, 1);
    SAY(set(s, IPPROTO_IPV6, IPV6_V6ONLY, 1));
    int only = socket(AF_INET6, SOCK_DGRAM, 0);
    SAY(set(only, IPPROTO_IPV6, IPV6_V6ONLY, 1));
    SAY(bind(only, A(any6)));
    to = v4("127.0.0.1", port_of(only));
    int four = socket(AF_INET, SOCK_DGRAM, 0);
    SAY(bind(four, A(to)));
    SAY(sendto(only, "x", 1, 0, A(mapped)));
    struct sockaddr_in conflict = v4("127.0.0.1", port_of(s));
    int f2 = socket(AF_INET, SOCK_DGRAM, 0);
    SAY(bind(f2, A(conflict)));
    close(s); close(c); close(c6); close(only); close(four); close(f2);

    int l = FD(socket(AF_INET6, SOCK_STREAM, 0));
    SAY(bind(l, A(any6)));
    SAY(listen(l, 5));
    to = v4("127.0.0.1", port_of(l));
    to6 = v6("::1", port_of(l));
    c = socket(AF_INET, SOCK_STREAM, 0);
    SAY(connect(c, A(to)));
    int got = FD(accept(l, 0, 0));
    show_name("dual", got, 0);
    show_name("dual peer", got, 1);
    close(got); close(c);
    c = socket(AF_INET6, SOCK_STREAM, 0);
    SAY(connect(c, A(to6)));
    got = FD(accept(l, 0, 0));
    show_name("six", got, 0);
    show_name("six peer", got, 1);
    SAY(bind(c, A(one6)));
    close(got); close(c); close(l);
    c = socket(AF_INET6, SOCK_STREAM, 0);
    SAY(connect(c, A(to6)));
    close(c);
    c = socket(AF_INET, SOCK_STREAM, 0);
    to = v4("0.0.0.0", 1);
    SAY(connect(c, A(to)));
    return 0;
}
