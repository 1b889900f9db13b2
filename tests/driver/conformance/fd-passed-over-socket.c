/* A client passed over a socket lives on in the process that got it, with its contexts and weights. */
#include "check.h"
#include <sys/socket.h>

int main(void)
{
    int sockets[2], status;
    struct context context;
    struct iovec data = {&context, sizeof context};
    union {
        struct cmsghdr header;
        char space[CMSG_SPACE(sizeof(int))];
    } control = {0};
    struct msghdr message = {
        .msg_iov = &data, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control.space};
    CHECK_EQUAL(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, sockets), 0);
    pid_t pid = fork();
    CHECK(pid >= 0);
    if (pid == 0) {
        const int8_t weights[16] = {1, 2, 3, 4};
        context = new_context(open_device(), 0);
        program_matrix(context, 4, 4, weights);
        control.header = (struct cmsghdr){
            .cmsg_len = CMSG_LEN(sizeof(int)), .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS};
        memcpy(CMSG_DATA(&control.header), &context.fd, sizeof(int));
        CHECK(sendmsg(sockets[1], &message, 0) > 0);
        _exit(0);
    }
    CHECK_EQUAL(waitpid(pid, &status, 0), pid);
    CHECK_EQUAL(status, 0);
    CHECK_EQUAL(free_tiles(), 1);
    CHECK_EQUAL(recvmsg(sockets[0], &message, 0), sizeof context);
    memcpy(&context.fd, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof(int));

    struct buffer input = new_buffer(context.fd, PAGE), output = new_buffer(context.fd, PAGE);
    input.bytes[0] = 10;
    multiply_on_tile(context, mvm_of(context.tile, 4, 4, input, output));
    CHECK_EQUAL(output.bytes[3], 40);
    CHECK_EQUAL(close(context.fd), 0);
    CHECK_EQUAL(free_tiles(), 2);
    return ok();
}
