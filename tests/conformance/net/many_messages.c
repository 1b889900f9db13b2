/* sendmmsg and recvmmsg carry several datagrams in one call.
 * Expected output: qemu-aarch64 and Linux on x86-64. */
#include "conformance.h"
#include <sys/socket.h>

TEST(many_messages)
{
    int s[2];
    char in[3][8] = {{0}};
    struct iovec out[3] = {{"one", 3}, {"two", 3}, {"three", 5}}, v[3] = {{in[0], 7}, {in[1], 7}, {in[2], 7}};
    struct mmsghdr m[3], r[3];
    memset(m, 0, sizeof m);
    memset(r, 0, sizeof r);
    MUST(socketpair(AF_UNIX, SOCK_DGRAM, 0, s));
    for (int i = 0; i < 3; i++) {
        m[i].msg_hdr.msg_iov = &out[i];
        r[i].msg_hdr.msg_iov = &v[i];
        m[i].msg_hdr.msg_iovlen = r[i].msg_hdr.msg_iovlen = 1;
    }
    CALL(sendmmsg(s[0], m, 3, 0));
    CALL(recvmmsg(s[1], r, 3, 0, NULL));
    for (int i = 0; i < 3; i++) {
        VALUE(r[i].msg_len);
        TEXT(in[i]);
    }
    CALL(recvmmsg(s[1], r, 3, MSG_DONTWAIT, NULL));
    return 0;
}
