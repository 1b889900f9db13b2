/* System calls can neither read the page nor write to it (EFAULT), and nothing of the tile changes. */
#include "registers.h"

int main(void)
{
    int8_t weights[16], ones[4] = {1, 1, 1, 1}, output[4];
    int ends[2], zeros = open("/dev/zero", O_RDONLY);
    struct context context = new_context(open_device(), 0);
    memset(weights, 3, sizeof weights);
    program_matrix(context, 4, 4, weights);
    char *page = map_registers(context);
    queue_by(WORD, page, ones);
    CHECK_EQUAL(pipe(ends), 0);

    for (size_t offset = 0; offset < PAGE; offset += 8) {
        CHECK_EQUAL(write(ends[1], page + offset, 8), -1);
        CHECK_EQUAL(errno, EFAULT);
    }
    CHECK(!readable(ends[0]));
    for (size_t offset = 0; offset < PAGE; offset += 8) {
        CHECK_EQUAL(read(zeros, page + offset, 8), -1);
        CHECK_EQUAL(errno, EFAULT);
    }
    /* What a pipe holds is not lost by it. */
    CHECK_EQUAL(write(ends[1], "held", 4), 4);
    CHECK_EQUAL(read(ends[0], page + AIMC_REG_INPUT, 4), -1);
    CHECK_EQUAL(errno, EFAULT);
    CHECK_EQUAL(read(ends[0], output, 4), 4);
    CHECK_EQUAL(memcmp(output, "held", 4), 0);

    CHECK_EQUAL(call(context.fd, AIMC_IOCTL_QUERY, page + AIMC_REG_INPUT), -EFAULT);
    struct context other;
    CHECK_EQUAL(try_context(context.fd, 1, 0, 2, &other), 0);
    struct aimc_program program = program_of(other, 2, 2, (int8_t *)page + AIMC_REG_OUTPUT);
    CHECK_EQUAL(call(context.fd, AIMC_IOCTL_PROGRAM, &program), -EFAULT);
    CHECK_EQUAL(read_back(other, 2, 2, (int8_t *)page + AIMC_REG_INPUT), -EFAULT);
    CHECK_EQUAL(syscall(SYS_clock_gettime, CLOCK_MONOTONIC, page + AIMC_REG_PROCESS), -1);
    CHECK_EQUAL(errno, EFAULT);

    CHECK_EQUAL(tile_info(context.fd, context.tile).mvms, 0);
    store_4(page, AIMC_REG_PROCESS, 0);
    dequeue_by(WORD, page, output);
    CHECK_EQUAL(output[0], 12);
    CHECK_EQUAL(load_8(page, AIMC_REG_STATUS + 8 * AIMC_STATUS_MISUSE), 0);
    return ok();
}
