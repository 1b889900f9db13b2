/* What options and ancillary data put in the header of a datagram is what the receiver is told.
 * Expected output: qemu-aarch64 and Linux on x86-64. */
#include "conformance.h"
#include <netinet/in.h>
#include <sys/socket.h>

static int receiver, sender;
static struct sockaddr_storage name;
static socklen_t length = sizeof name;

static void on(int level, int option, int value)
{
    MUST(setsockopt(receiver, level, option, &value, sizeof value));
}

static int send_with(int level, int type, const void *value, size_t size)
{
    union {
        char bytes[64];
        struct cmsghdr align;
    } control;
    memset(&control, 0, sizeof control);
    struct iovec part = {"text", 4};
    struct msghdr message = {
        .msg_name = &name, .msg_namelen = length, .msg_iov = &part, .msg_iovlen = 1,
        .msg_control = control.bytes, .msg_controllen = CMSG_SPACE(size),
    };
    struct cmsghdr *head = CMSG_FIRSTHDR(&message);
    head->cmsg_level = level;
    head->cmsg_type = type;
    head->cmsg_len = CMSG_LEN(size);
    memcpy(CMSG_DATA(head), value, size);
    return (int)sendmsg(sender, &message, 0);
}

static void show(void)
{
    char control[256] __attribute__((aligned(8))), text[8];
    struct iovec part = {text, sizeof text};
    struct msghdr message = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control,
    };
    ssize_t got = recvmsg(receiver, &message, MSG_DONTWAIT);
    printf("got %d:", (int)got);
    for (struct cmsghdr *head = got < 0 ? NULL : CMSG_FIRSTHDR(&message); head; head = CMSG_NXTHDR(&message, head)) {
        int value = 0;
        memcpy(&value, CMSG_DATA(head), head->cmsg_len - CMSG_LEN(0) < 4 ? head->cmsg_len - CMSG_LEN(0) : 4);
        printf(" level %d type %d length %d value %d", head->cmsg_level, head->cmsg_type,
               (int)(head->cmsg_len - CMSG_LEN(0)), value);
    }
    printf("\n");
}

static void pair(int family)
{
    memset(&name, 0, sizeof name);
    length = sizeof name;
    receiver = socket(family, SOCK_DGRAM, 0);
    sender = socket(family, SOCK_DGRAM, 0);
    if (family == AF_INET6) {
        struct sockaddr_in6 *address = (struct sockaddr_in6 *)&name;
        address->sin6_family = AF_INET6;
        address->sin6_addr = in6addr_loopback;
        length = sizeof *address;
    } else {
        struct sockaddr_in *address = (struct sockaddr_in *)&name;
        address->sin_family = AF_INET;
        address->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        length = sizeof *address;
    }
    MUST(bind(receiver, (struct sockaddr *)&name, length));
    MUST(getsockname(receiver, (struct sockaddr *)&name, &length));
}

TEST(ip_header)
{
    int value, wrong = 256;
    unsigned char byte = 0x20;

    pair(AF_INET6);
    MUST(sendto(sender, "text", 4, 0, (struct sockaddr *)&name, length));
    show();
    on(IPPROTO_IPV6, IPV6_RECVHOPLIMIT, 1);
    on(IPPROTO_IPV6, IPV6_RECVTCLASS, 7);
    socklen_t size = sizeof value;
    MUST(getsockopt(receiver, IPPROTO_IPV6, IPV6_RECVTCLASS, &value, &size));
    VALUE(value);
    MUST(sendto(sender, "text", 4, 0, (struct sockaddr *)&name, length));
    show();
    value = 9;
    CALL(setsockopt(sender, IPPROTO_IPV6, IPV6_UNICAST_HOPS, &value, sizeof value));
    CALL(setsockopt(sender, IPPROTO_IPV6, IPV6_TCLASS, &value, sizeof value));
    MUST(sendto(sender, "text", 4, 0, (struct sockaddr *)&name, length));
    show();
    value = 2;
    CALL(send_with(IPPROTO_IPV6, IPV6_HOPLIMIT, &value, sizeof value));
    show();
    CALL(send_with(IPPROTO_IPV6, IPV6_TCLASS, &value, sizeof value));
    show();
    value = -1;
    CALL(send_with(IPPROTO_IPV6, IPV6_HOPLIMIT, &value, sizeof value));
    show();
    CALL(send_with(IPPROTO_IPV6, IPV6_HOPLIMIT, &wrong, sizeof wrong));
    CALL(send_with(IPPROTO_IPV6, IPV6_HOPLIMIT, &byte, sizeof byte));
    CALL(send_with(IPPROTO_IPV6, IPV6_TCLASS, &wrong, sizeof wrong));

    pair(AF_INET);
    on(IPPROTO_IP, IP_RECVTTL, 1);
    on(IPPROTO_IP, IP_RECVTOS, 1);
    MUST(sendto(sender, "text", 4, 0, (struct sockaddr *)&name, length));
    show();
    value = 9;
    CALL(setsockopt(sender, IPPROTO_IP, IP_TTL, &value, sizeof value));
    value = 0x10;
    CALL(setsockopt(sender, IPPROTO_IP, IP_TOS, &value, sizeof value));
    MUST(sendto(sender, "text", 4, 0, (struct sockaddr *)&name, length));
    show();
    value = 2;
    CALL(send_with(IPPROTO_IP, IP_TTL, &value, sizeof value));
    show();
    CALL(send_with(IPPROTO_IP, IP_TOS, &byte, sizeof byte));
    show();
    value = 0;
    CALL(send_with(IPPROTO_IP, IP_TTL, &value, sizeof value));
    CALL(send_with(IPPROTO_IP, IP_TOS, &wrong, sizeof wrong));
    CALL(send_with(IPPROTO_IPV6, IPV6_HOPLIMIT, &value, sizeof value));
    show();
    return 0;
}
