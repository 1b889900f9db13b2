/* UDP-Lite: its own ports, and receivers that ask for a checksum of more than the sender made.
 * Expected output: Linux on x86-64. qemu-aarch64 does not know the options of UDP-Lite. */
#include "conformance.h"
#include <netinet/in.h>
#include <sys/socket.h>

#define SEND_COVERAGE 10
#define RECEIVE_COVERAGE 11
#define LITE 136

static void cover(int fd, int option, int value)
{
    MUST(setsockopt(fd, LITE, option, &value, sizeof value));
    socklen_t size = sizeof value;
    MUST(getsockopt(fd, LITE, option, &value, &size));
    printf("coverage %d\n", value);
}

TEST(udplite)
{
    char b[16];
    int receiver = socket(AF_INET, SOCK_DGRAM, LITE), sender = socket(AF_INET, SOCK_DGRAM, LITE);
    struct sockaddr_in name;
    memset(&name, 0, sizeof name);
    name.sin_family = AF_INET;
    name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof name;
    MUST(bind(receiver, (struct sockaddr *)&name, length));
    MUST(getsockname(receiver, (struct sockaddr *)&name, &length));
    int value;
    socklen_t size = sizeof value;
    MUST(getsockopt(receiver, SOL_SOCKET, SO_PROTOCOL, &value, &size));
    VALUE(value);
    CALL(sendto(sender, "whole", 5, 0, (struct sockaddr *)&name, length));
    CALL(recv(receiver, b, sizeof b, MSG_DONTWAIT));
    int udp = socket(AF_INET, SOCK_DGRAM, 0);
    CALL(sendto(udp, "udp", 3, 0, (struct sockaddr *)&name, length));
    CALL(recv(receiver, b, sizeof b, MSG_DONTWAIT));
    CALL(bind(udp, (struct sockaddr *)&name, length));

    cover(sender, SEND_COVERAGE, 3);
    cover(sender, SEND_COVERAGE, 100000);
    cover(sender, SEND_COVERAGE, 10);
    CALL(sendto(sender, "partly covered", 14, 0, (struct sockaddr *)&name, length));
    CALL(recv(receiver, b, sizeof b, MSG_DONTWAIT));
    cover(receiver, RECEIVE_COVERAGE, 12);
    CALL(sendto(sender, "partly covered", 14, 0, (struct sockaddr *)&name, length));
    CALL(recv(receiver, b, sizeof b, MSG_DONTWAIT));
    CALL(sendto(sender, "1", 1, 0, (struct sockaddr *)&name, length));
    CALL(recv(receiver, b, sizeof b, MSG_DONTWAIT));
    cover(receiver, RECEIVE_COVERAGE, 0);
    CALL(sendto(sender, "partly covered", 14, 0, (struct sockaddr *)&name, length));
    CALL(recv(receiver, b, sizeof b, MSG_DONTWAIT));
    cover(receiver, RECEIVE_COVERAGE, 10);
    CALL(sendto(sender, "partly covered", 14, 0, (struct sockaddr *)&name, length));
    CALL(recv(receiver, b, sizeof b, MSG_DONTWAIT));
    value = 1;
    CALL(setsockopt(receiver, LITE, 99, &value, sizeof value));
    CALL(setsockopt(udp, LITE, SEND_COVERAGE, &value, sizeof value));
    CALL(socket(AF_INET, SOCK_STREAM, LITE));
    return 0;
}
