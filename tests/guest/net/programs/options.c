/* Options, interfaces and netlink. */
#include "say.h"
#include <ifaddrs.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <netdb.h>

static void both(const char *text, int level, int name, int value) {
    for (int type = SOCK_STREAM; type <= SOCK_DGRAM; type++) {
        int s = socket(AF_INET, type, 0);
        int before = option(s, level, name), error = set(s, level, name, value) < 0 ? errno : 0;
        printf("%s %s: %d, set %d -> error %d, %d\n", text, type == SOCK_STREAM ? "tcp" : "udp", before, value, error,
               option(s, level, name));
        close(s);
    }
}
#define BOTH(level, name, value) both(#name, level, name, value)

int main(void) {
    BOTH(SOL_SOCKET, SO_REUSEADDR, 5);
    BOTH(SOL_SOCKET, SO_TYPE, 5);
    BOTH(SOL_SOCKET, SO_ERROR, 5);
    BOTH(SOL_SOCKET, SO_BROADCAST, -1);
    BOTH(SOL_SOCKET, SO_KEEPALIVE, 1);
    BOTH(SOL_SOCKET, SO_OOBINLINE, 1);
    BOTH(SOL_SOCKET, SO_PRIORITY, 3);
    BOTH(SOL_SOCKET, SO_REUSEPORT, 1);
    BOTH(SOL_SOCKET, SO_RCVLOWAT, 0);
    BOTH(SOL_SOCKET, SO_RCVLOWAT, 100);
    BOTH(SOL_SOCKET, SO_SNDLOWAT, 100);
    BOTH(SOL_SOCKET, SO_PROTOCOL, 1);
    BOTH(SOL_SOCKET, SO_DOMAIN, 1);
    BOTH(SOL_SOCKET, SO_ACCEPTCONN, 1);
    BOTH(SOL_SOCKET, SO_PASSCRED, 0);
    BOTH(SOL_SOCKET, 999, 1);
    BOTH(IPPROTO_IP, IP_TTL, 5);
    BOTH(IPPROTO_IP, IP_TTL, 256);
    BOTH(IPPROTO_IP, IP_TOS, 16);
    BOTH(IPPROTO_IP, IP_MTU_DISCOVER, 2);
    BOTH(IPPROTO_IP, IP_RECVERR, 1);
    BOTH(IPPROTO_IP, IP_MULTICAST_TTL, 7);
    BOTH(IPPROTO_IP, IP_MULTICAST_LOOP, 0);
    BOTH(IPPROTO_IP, IP_MTU, 0);
    BOTH(IPPROTO_IPV6, IPV6_V6ONLY, 1);
    BOTH(IPPROTO_TCP, TCP_NODELAY, 7);
    BOTH(IPPROTO_TCP, TCP_CORK, 1);
    BOTH(IPPROTO_TCP, TCP_KEEPIDLE, 60);
    BOTH(IPPROTO_TCP, TCP_KEEPIDLE, 0);
    BOTH(IPPROTO_TCP, TCP_KEEPINTVL, 10);
    BOTH(IPPROTO_TCP, TCP_KEEPCNT, 200);
    BOTH(IPPROTO_TCP, TCP_MAXSEG, 20);
    BOTH(IPPROTO_TCP, TCP_SYNCNT, 3);
    BOTH(IPPROTO_TCP, TCP_USER_TIMEOUT, 5000);
    BOTH(IPPROTO_TCP, TCP_USER_TIMEOUT, -1);
    BOTH(IPPROTO_TCP, 999, 1);
    BOTH(12345, 1, 1);
    BOTH(SOL_SOCKET, SO_SNDBUF, 10000);
    BOTH(SOL_SOCKET, SO_RCVBUF, 1);
    int s = socket(AF_INET, SOCK_STREAM, 0);
    struct timeval t = {2, 250000}, got = {0};
    socklen_t size = sizeof got;
    SAY(setsockopt(s, SOL_SOCKET, SO_RCVTIMEO, &t, sizeof t));
    SAY(getsockopt(s, SOL_SOCKET, SO_RCVTIMEO, &got, &size));
    printf("%ld.%06ld size %u\n", (long)got.tv_sec, (long)got.tv_usec, size);
    t.tv_usec = 2000000;
    SAY(setsockopt(s, SOL_SOCKET, SO_SNDTIMEO, &t, sizeof t));
    SAY(setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &t, 1));
    SAY(setsockopt(s, SOL_SOCKET, SO_REUSEADDR, (void *)8, 4));
    SAY(setsockopt(s, SOL_SOCKET, SO_LINGER, &t, 4));
    struct linger l = {7, 9};
    SAY(setsockopt(s, SOL_SOCKET, SO_LINGER, &l, sizeof l));
    size = sizeof l;
    memset(&l, 0, sizeof l);
    SAY(getsockopt(s, SOL_SOCKET, SO_LINGER, &l, &size));
    printf("linger %d %d size %u\n", l.l_onoff, l.l_linger, size);
    struct ucred u;
    size = sizeof u;
    SAY(getsockopt(s, SOL_SOCKET, SO_PEERCRED, &u, &size));
    printf("%d %d %d\n", u.pid, u.uid, u.gid);
    int number = -1;
    size = 2;
    SAY(getsockopt(s, SOL_SOCKET, SO_TYPE, &number, &size));
    printf("%#x size %u\n", number, size);
    unsigned char byte = 99;
    size = 1;
    SAY(getsockopt(s, IPPROTO_IP, IP_TTL, &byte, &size));
    printf("%u size %u\n", byte, size);
    byte = 33;
    SAY(setsockopt(s, IPPROTO_IP, IP_TTL, &byte, 1));
    SAY(option(s, IPPROTO_IP, IP_TTL));
    char name[16] = "";
    size = sizeof name;
    SAY(setsockopt(s, IPPROTO_TCP, TCP_CONGESTION, "nonesuch", 8));
    SAY(setsockopt(s, IPPROTO_TCP, TCP_CONGESTION, "reno", 4));
    SAY(getsockopt(s, IPPROTO_TCP, TCP_CONGESTION, name, &size));
    printf("%s\n", name);
    int un = socket(AF_UNIX, SOCK_STREAM, 0);
    SAY(set(un, IPPROTO_TCP, TCP_NODELAY, 1));
    SAY(option(un, SOL_SOCKET, SO_DOMAIN));
    SAY(set(un, SOL_SOCKET, SO_REUSEPORT, 1));
    SAY(set(un, SOL_SOCKET, SO_KEEPALIVE, 1));

    puts("-- interfaces");
    SAY(if_nametoindex("lo"));
    SAY(if_nametoindex("nonesuch0"));
    char iname[IF_NAMESIZE] = "";
    if_indextoname(1, iname);
    printf("%s\n", iname);
    struct ifreq r;
    memset(&r, 0, sizeof r);
    strcpy(r.ifr_name, "lo");
    SAY(ioctl(s, SIOCGIFFLAGS, &r));
    printf("%#x\n", r.ifr_flags & (IFF_UP | IFF_LOOPBACK | IFF_RUNNING));
    SAY(ioctl(s, SIOCGIFADDR, &r));
    printf("%s\n", inet_ntoa(((struct sockaddr_in *)&r.ifr_addr)->sin_addr));
    SAY(ioctl(s, SIOCGIFNETMASK, &r));
    printf("%s\n", inet_ntoa(((struct sockaddr_in *)&r.ifr_addr)->sin_addr));
    SAY(ioctl(s, SIOCGIFMTU, &r));
    printf("%d\n", r.ifr_mtu);
    strcpy(r.ifr_name, "nonesuch0");
    SAY(ioctl(s, SIOCGIFADDR, &r));
    SAY(ioctl(s, 0x12345678, &r));
    struct ifaddrs *all, *i;
    SAY(getifaddrs(&all));
    for (i = all; i; i = i->ifa_next)
        if (!strcmp(i->ifa_name, "lo") && i->ifa_addr)
            printf("lo family %d flags %#x netmask %d\n", i->ifa_addr->sa_family,
                   i->ifa_flags & (IFF_UP | IFF_LOOPBACK | IFF_RUNNING), i->ifa_netmask != 0);
    freeifaddrs(all);

    puts("-- netlink");
    int n = FD(socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE));
    struct sockaddr_nl a = {.nl_family = AF_NETLINK}, mine;
    SAY(bind(n, (void *)&a, sizeof a));
    size = sizeof mine;
    SAY(getsockname(n, (void *)&mine, &size));
    printf("%u own %d\n", size, mine.nl_pid == getpid());
    struct { struct nlmsghdr h; struct rtgenmsg g; } q = {
        {.nlmsg_len = NLMSG_LENGTH(sizeof(struct rtgenmsg)), .nlmsg_type = RTM_GETADDR,
         .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP, .nlmsg_seq = 7}, {AF_INET}};
    SAY(sendto(n, &q, sizeof q.h + sizeof q.g, 0, (void *)&a, sizeof a) > 0);
    char b[32768];
    int found = 0, done = 0;
    while (!done) {
        long k = recv(n, b, sizeof b, 0);
        for (struct nlmsghdr *h = (void *)b; NLMSG_OK(h, k); h = NLMSG_NEXT(h, k)) {
            if (h->nlmsg_seq != 7 || h->nlmsg_pid != mine.nl_pid) puts("wrong header");
            if (h->nlmsg_type == NLMSG_DONE) { done = 1; break; }
            if (h->nlmsg_type == RTM_NEWADDR && ((struct ifaddrmsg *)NLMSG_DATA(h))->ifa_index == 1) found++;
        }
    }
    printf("%d address of lo\n", found);
    SAY(recv(n, b, 1, MSG_DONTWAIT));
    struct { struct nlmsghdr h; struct ifinfomsg g; } one = {
        {.nlmsg_len = NLMSG_LENGTH(sizeof(struct ifinfomsg)), .nlmsg_type = RTM_GETLINK,
         .nlmsg_flags = NLM_F_REQUEST, .nlmsg_seq = 8}, {.ifi_index = 1}};
    SAY(send(n, &one, sizeof one, 0));
    long k = recv(n, b, sizeof b, 0);
    printf("type %d index %d\n", ((struct nlmsghdr *)b)->nlmsg_type,
           ((struct ifinfomsg *)NLMSG_DATA(b))->ifi_index);
    one.g.ifi_index = 7777;
    SAY(send(n, &one, sizeof one, 0));
    k = recv(n, b, sizeof b, 0);
    printf("type %d error %d\n", ((struct nlmsghdr *)b)->nlmsg_type, ((struct nlmsgerr *)NLMSG_DATA(b))->error);
    SAY(socket(AF_NETLINK, SOCK_STREAM, NETLINK_ROUTE));
    return 0;
}
