/* Netlink sockets of two protocols: ports, groups, requests, messages among programs, uevents that root makes up. */
#include "say.h"
#include <grp.h>
#include <linux/netlink.h>
#define A(x) (struct sockaddr *)&x, sizeof x
#ifndef SOL_NETLINK
#define SOL_NETLINK 270
#endif

static struct sockaddr_nl nl(unsigned port, unsigned groups) {
    return (struct sockaddr_nl){.nl_family = AF_NETLINK, .nl_pid = port, .nl_groups = groups};
}

static struct sockaddr_nl name_of(int fd, int peer) {
    struct sockaddr_nl a = {0};
    socklen_t size = sizeof a;
    if (peer) getpeername(fd, (void *)&a, &size);
    else getsockname(fd, (void *)&a, &size);
    return a;
}

/* The port in words: those that Linux chooses at random differ. */
static const char *port_text(unsigned port) {
    return port == 0 ? "none" : port == (unsigned)getpid() ? "own" : (int)port < -4096 ? "other" : "wrong";
}

static void named(const char *text, int fd) {
    struct sockaddr_nl a = name_of(fd, 0);
    printf("%s: port %s groups %#x\n", text, port_text(a.nl_pid), a.nl_groups);
}

static long request(char *buffer, int type, int flags, const void *body, size_t size) {
    struct nlmsghdr h = {.nlmsg_len = NLMSG_LENGTH(size), .nlmsg_type = type, .nlmsg_flags = flags, .nlmsg_seq = 7};
    memcpy(buffer, &h, sizeof h);
    if (size) memcpy(buffer + sizeof h, body, size);
    return NLMSG_LENGTH(size);
}

/* A datagram with what comes along; a sequence number is shown as #, since others may make events as well. */
static void receive(const char *text, int fd, int flags) {
    char b[4096], control[256];
    struct sockaddr_nl a = {0};
    struct iovec v = {b, sizeof b};
    struct msghdr m = {.msg_name = &a, .msg_namelen = sizeof a, .msg_iov = &v, .msg_iovlen = 1,
                       .msg_control = control, .msg_controllen = sizeof control};
    long n = recvmsg(fd, &m, flags | MSG_DONTWAIT);
    if (n < 0) { printf("%s: error %d\n", text, errno); return; }
    printf("%s: from port %s group mask %#x:", text, port_text(a.nl_pid), a.nl_groups);
    for (long i = 0; i < n; i++) {
        if (i >= 7 && !memcmp(b + i - 7, "SEQNUM=", 7)) {
            putchar('#');
            while (i < n && b[i]) i++;
            if (i == n) break;
        }
        putchar(b[i] > ' ' && b[i] < 127 ? b[i] : b[i] ? '?' : ' ');
    }
    for (struct cmsghdr *c = CMSG_FIRSTHDR(&m); c; c = CMSG_NXTHDR(&m, c)) {
        int values[3] = {0};
        memcpy(values, CMSG_DATA(c), c->cmsg_len - CMSG_LEN(0));
        if (c->cmsg_level == SOL_NETLINK) printf(" [group %d]", values[0]);
        else printf(" [process %s %d %d]", values[0] == getpid() ? "own" : values[0] ? "?" : "0", values[1], values[2]);
    }
    puts("");
}

static void acknowledged(const char *text, int fd) {
    char b[4096];
    struct nlmsghdr *h = (void *)b;
    struct nlmsgerr *e = NLMSG_DATA(h);
    long n = recv(fd, b, sizeof b, MSG_DONTWAIT);
    if (n < 0) { printf("%s: error %d\n", text, errno); return; }
    printf("%s: %ld bytes, type %d flags %#x sequence %d: error %d of type %d flags %#x\n", text, n, h->nlmsg_type,
           h->nlmsg_flags, h->nlmsg_seq, e->error, e->msg.nlmsg_type, e->msg.nlmsg_flags);
}

int main(void) {
    char b[300000];
    struct sockaddr_nl kernel = nl(0, 0), one = nl(0, 1), many = nl(0, 0x82);
    int own = getpid();
    setvbuf(stdout, NULL, _IONBF, 0);

    puts("-- which there are");
    SAY(socket(AF_NETLINK, SOCK_RAW, 1));
    SAY(socket(AF_NETLINK, SOCK_RAW, 31));
    SAY(socket(AF_NETLINK, SOCK_RAW, 32));
    SAY(socket(AF_NETLINK, SOCK_SEQPACKET, NETLINK_KOBJECT_UEVENT));
    SAY(socket(AF_NETLINK, SOCK_SEQPACKET, 99));
    int a = FD(socket(AF_NETLINK, SOCK_DGRAM, NETLINK_KOBJECT_UEVENT));
    int c = FD(socket(AF_NETLINK, SOCK_RAW, NETLINK_KOBJECT_UEVENT));
    int r = FD(socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE));
    printf("type %d protocol %d domain %d\n", option(a, SOL_SOCKET, SO_TYPE), option(a, SOL_SOCKET, SO_PROTOCOL),
           option(a, SOL_SOCKET, SO_DOMAIN));

    puts("-- ports and groups");
    named("fresh", a);
    events("fresh", a);
    SAY(bind(a, (void *)&one, sizeof one - 1));
    struct sockaddr_nl wrong = {.nl_family = AF_INET};
    SAY(bind(a, A(wrong)));
    SAY(bind(a, A(one)));
    named("bound", a);
    SAY(bind(a, A(one)));
    struct sockaddr_nl again = nl(own, 0xffffffff);
    SAY(bind(a, A(again)));
    named("all groups", a);
    again.nl_groups = 0;
    SAY(bind(a, A(again)));
    named("no groups", a);
    SAY(bind(c, A(again)));
    SAY(bind(c, A(kernel)));
    named("second", c);
    SAY(bind(r, A(kernel)));
    named("of the other protocol", r);
    for (int group = -1; group < 2; group++) SAY(set(c, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, group));
    SAY(set(c, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, 32));
    SAY(set(c, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, 33));
    named("two groups", c);
    SAY(set(c, SOL_NETLINK, NETLINK_DROP_MEMBERSHIP, 32));
    SAY(set(c, SOL_NETLINK, NETLINK_DROP_MEMBERSHIP, 33));
    named("one group", c);
    socklen_t size = 64;
    SAY(getsockopt(r, SOL_NETLINK, NETLINK_LIST_MEMBERSHIPS, b, &size));
    printf("%u bytes\n", size);
    SAY(set(r, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, 36));
    size = 64;
    SAY(getsockopt(r, SOL_NETLINK, NETLINK_LIST_MEMBERSHIPS, b, &size));
    printf("%u bytes: %#x %#x\n", size, ((unsigned *)b)[0], ((unsigned *)b)[1]);
    named("beyond the address", r);

    puts("-- options");
    for (int name = 0; name < 15; name++)
        if (name != NETLINK_LIST_MEMBERSHIPS) printf("%d: %d\n", name, option(c, SOL_NETLINK, name));
    for (int name = NETLINK_PKTINFO; name < 15; name++)
        if (name != 5) printf("%d: %d\n", name, set(c, SOL_NETLINK, name, 3) < 0 ? -errno : option(c, SOL_NETLINK, name));
    for (int name = NETLINK_PKTINFO; name < 15; name++) set(c, SOL_NETLINK, name, 0);
    SAY(setsockopt(c, SOL_NETLINK, NETLINK_CAP_ACK, b, 1));
    size = 2;
    SAY(getsockopt(c, SOL_NETLINK, NETLINK_CAP_ACK, b, &size));
    SAY(set(c, SOL_TCP, NETLINK_CAP_ACK, 1));
    SAY(listen(c, 1));
    SAY(shutdown(c, SHUT_RD));
    SAY(ioctl(c, FIONREAD, b));

    puts("-- requests for uevents");
    int s = FD(socket(AF_NETLINK, SOCK_DGRAM, NETLINK_KOBJECT_UEVENT));
    again.nl_groups = 1;
    bind(a, A(again));
    set(a, SOL_SOCKET, SO_PASSCRED, 1);
    set(c, SOL_NETLINK, NETLINK_DROP_MEMBERSHIP, 1);
    SAY(send(s, "", 0, 0));
    named("not sent", s);
    SAY(send(s, "no header", 9, 0));
    named("sent", s);
    acknowledged("nothing", s);
    SAY(send(s, b, request(b, 16, NLM_F_REQUEST, "x@/y\0A=b", 9), 0));
    acknowledged("not asked for", s);
    receive("event", a, 0);
    SAY(send(s, b, request(b, 16, NLM_F_REQUEST | NLM_F_ACK, "x@/y\0A=b", 9), 0));
    acknowledged("asked for", s);
    receive("event", a, MSG_PEEK);
    receive("again", a, 0);
    SAY(send(s, b, request(b, 16, NLM_F_ACK, "x", 1), 0));
    acknowledged("no request", s);
    SAY(send(s, b, request(b, NLMSG_NOOP, NLM_F_REQUEST | NLM_F_ACK, "", 0), 0));
    acknowledged("of no protocol", s);
    receive("no event", a, 0);
    static char large[4000];
    SAY(send(s, b, request(b, 16, NLM_F_REQUEST, large, 2030), 0));
    acknowledged("too long", s);
    SAY(set(s, SOL_NETLINK, NETLINK_CAP_ACK, 1));
    SAY(send(s, b, request(b, 16, NLM_F_REQUEST, large, 2030), 0));
    acknowledged("too long, capped", s);
    long first = request(b, 16, NLM_F_REQUEST | NLM_F_ACK, "one", 4);
    long second = request(b + first, 16, NLM_F_REQUEST | NLM_F_ACK, "two", 4);
    SAY(send(s, b, first + second, 0));
    acknowledged("first", s);
    acknowledged("second", s);
    acknowledged("end", s);
    for (int i = 0; i < 2; i++) {
        long n = recv(a, b, sizeof b, MSG_DONTWAIT);
        printf("first of %ld bytes: %s\n", n > 24, b);
    }
    SAY(set(a, SOL_NETLINK, NETLINK_PKTINFO, 1));
    send(s, b, request(b, 16, NLM_F_REQUEST, "x", 2), 0);
    receive("with its group", a, 0);
    SAY(set(a, SOL_NETLINK, NETLINK_PKTINFO, 0));
    send(s, b, request(b, 16, NLM_F_REQUEST, "0123456789", 11), 0);
    SAY(recv(a, b, 4, MSG_PEEK | MSG_TRUNC) > 4);
    SAY(recv(a, b, 4, 0));
    SAY(recv(a, b, 4, MSG_DONTWAIT));

    puts("-- messages among programs");
    struct sockaddr_nl nobody = nl(99999, 0), friend = nl(own, 0), both = nl(99999, 1);
    SAY(sendto(s, "hi", 2, 0, A(nobody)));
    SAY(sendto(s, "hi", 2, 0, A(friend)));
    receive("to a port", a, 0);
    SAY(sendto(s, "hi", 2, 0, A(one)));
    receive("to a group", a, 0);
    SAY(sendto(s, "hi", 2, 0, A(both)));
    receive("to a group and a missing port", a, 0);
    SAY(sendto(s, "hi", 2, 0, A(many)));
    receive("to another group", a, 0);
    set(a, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, 8);
    SAY(sendto(s, "hi", 2, 0, A(many)));
    receive("to the first group only", a, 0);
    SAY(sendto(a, "hi", 2, 0, A(one)));
    receive("not to the sender", a, 0);
    SAY(connect(s, A(friend)));
    printf("peer own %d\n", name_of(s, 1).nl_pid == (unsigned)own);
    SAY(send(s, "hi", 2, 0));
    receive("connected", a, 0);
    SAY(connect(s, A(many)));
    printf("peer group mask %#x\n", name_of(s, 1).nl_groups);
    SAY(connect(a, A(nobody)));
    SAY(sendto(s, "hi", 2, 0, A(friend)));
    struct sockaddr unspecified = {.sa_family = AF_UNSPEC};
    SAY(connect(a, &unspecified, sizeof unspecified.sa_family));
    SAY(sendto(s, "hi", 2, 0, A(friend)));
    receive("connected no more", a, 0);
    SAY(connect(s, A(kernel)));
    int limit = option(s, SOL_SOCKET, SO_SNDBUF);
    SAY(send(s, b, limit - 31, 0));
    SAY(send(s, b, limit - 32, 0) == limit - 32);

    puts("-- members without a port");
    int unbound = FD(socket(AF_NETLINK, SOCK_DGRAM, NETLINK_KOBJECT_UEVENT));
    SAY(set(unbound, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, 1));
    SAY(send(s, b, request(b, 16, NLM_F_REQUEST, "x", 2), 0));
    receive("bound", a, 0);
    receive("not bound", unbound, 0);

    puts("-- a full receive buffer");
    SAY(set(a, SOL_SOCKET, SO_RCVBUF, 5000));
    for (int i = 0; i < 50; i++) send(s, b, request(b, 16, NLM_F_REQUEST, "x", 2), 0);
    events("full", a);
    SAY(recv(a, b, sizeof b, MSG_DONTWAIT));
    events("told", a);
    SAY(recv(a, b, sizeof b, MSG_DONTWAIT) > 0);
    send(s, b, request(b, 16, NLM_F_REQUEST, "late", 5), 0);
    int seen = 0;
    while (recv(a, b, sizeof b, MSG_DONTWAIT) > 0) seen += !strcmp(b, "late");
    printf("%d of what came before the queue was empty\n", seen);
    send(s, b, request(b, 16, NLM_F_REQUEST, "after", 6), 0);
    receive("after", a, 0);
    for (int i = 0; i < 50; i++) send(s, b, request(b, 16, NLM_F_REQUEST, "x", 2), 0);
    pending("full", a);
    pending("told", a);
    SAY(recv(a, b, sizeof b, MSG_DONTWAIT) > 0);
    while (recv(a, b, sizeof b, MSG_DONTWAIT) > 0) continue;
    SAY(set(a, SOL_NETLINK, NETLINK_NO_ENOBUFS, 1));
    for (int i = 0; i < 50; i++) send(s, b, request(b, 16, NLM_F_REQUEST, "x", 2), 0);
    pending("full, not to be told", a);
    SAY(set(a, SOL_NETLINK, NETLINK_NO_ENOBUFS, 0));
    while (recv(a, b, sizeof b, MSG_DONTWAIT) > 0) continue;
    long sent = 0;
    for (int i = 0; i < 50; i++) sent += sendto(s, "x", 1, MSG_DONTWAIT, A(friend)) > 0;
    printf("a program that would wait: %d, error %d\n", sent > 1 && sent < 49, errno);
    while (recv(a, b, sizeof b, MSG_DONTWAIT) > 0) continue;
    printf("after %d\n", errno);

    puts("-- who is not root");
    setgroups(0, NULL);
    setgid(65534);
    setuid(65534);
    int u = FD(socket(AF_NETLINK, SOCK_DGRAM, NETLINK_KOBJECT_UEVENT));
    SAY(bind(u, A(one)));
    SAY(set(u, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, 2));
    SAY(sendto(u, "hi", 2, 0, A(friend)));
    SAY(sendto(u, "hi", 2, 0, A(one)));
    SAY(connect(u, A(friend)));
    SAY(connect(u, A(kernel)));
    SAY(send(u, b, request(b, 16, NLM_F_REQUEST, "x", 2), 0));
    acknowledged("denied", u);
    receive("nothing", a, 0);
    return 0;
}
