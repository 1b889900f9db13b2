/* A process that got the client over a socket maps the page itself; both compute on the tile in turn. When the one that
 * asked for the registers is gone, the other goes on. */
#include "registers.h"
#include <sys/socket.h>

enum { ROUNDS = 50, SIDE = 16 };

static void send_client(int socket, int fd, uint64_t offset)
{
    struct iovec data = {&offset, sizeof offset};
    union {
        struct cmsghdr header;
        char space[CMSG_SPACE(sizeof(int))];
    } control = {.header = {.cmsg_len = CMSG_LEN(sizeof(int)), .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS}};
    struct msghdr message = {
        .msg_iov = &data, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control.space};
    memcpy(CMSG_DATA(&control.header), &fd, sizeof fd);
    CHECK_EQUAL(sendmsg(socket, &message, 0), sizeof offset);
}

static int receive_client(int socket, uint64_t *offset)
{
    int fd;
    struct iovec data = {offset, sizeof *offset};
    union {
        struct cmsghdr header;
        char space[CMSG_SPACE(sizeof(int))];
    } control;
    struct msghdr message = {
        .msg_iov = &data, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control.space};
    CHECK_EQUAL(recvmsg(socket, &message, 0), sizeof *offset);
    memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof fd);
    return fd;
}

/* One's turn is over when the other has got a byte. */
static void compute(char *page, const int8_t *weights, int socket, int begins)
{
    int8_t input[SIDE], output[SIDE], expected[SIDE];
    char byte = 't';
    for (uint32_t round = 0; round < ROUNDS; round++) {
        if (!begins || round > 0)
            CHECK_EQUAL(read(socket, &byte, 1), 1);
        fill(input, SIDE, 2 * round + (uint32_t)begins, 10);
        multiply(weights, SIDE, SIDE, SIDE, input, expected);
        multiply_by_registers(page, VECTOR, SIDE, SIDE, input, output);
        CHECK(memcmp(output, expected, SIDE) == 0);
        CHECK_EQUAL(write(socket, &byte, 1), 1);
    }
}

int main(void)
{
    static int8_t weights[SIDE * SIDE];
    int sockets[2], status;
    uint64_t offset;
    fill(weights, sizeof weights, 7, 20);
    CHECK_EQUAL(socketpair(AF_UNIX, SOCK_STREAM, 0, sockets), 0);
    pid_t pid = fork();
    CHECK(pid >= 0);
    if (pid == 0) {
        struct context context = new_context(open_device(), 0);
        pin(1);
        program_matrix(context, SIDE, SIDE, weights);
        CHECK_EQUAL(try_registers(context, 0, &offset), 0);
        send_client(sockets[1], context.fd, offset);
        compute(map_page(context.fd, offset), weights, sockets[1], 1);
        _exit(0);
    }
    pin(0);
    int fd = receive_client(sockets[0], &offset);
    char *page = map_page(fd, offset);
    compute(page, weights, sockets[0], 0);
    CHECK_EQUAL(waitpid(pid, &status, 0), pid);
    CHECK_EQUAL(status, 0);
    CHECK_EQUAL(load_4(page, AIMC_REG_ID), AIMC_REG_IDENTITY);
    CHECK_EQUAL(close(fd), 0);
    check_revoked(page);
    return ok();
}
