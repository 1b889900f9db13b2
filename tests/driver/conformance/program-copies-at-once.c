/* PROGRAM copies the matrix before it returns: the memory can have another use at once. */
#include "check.h"

int main(void)
{
    int8_t weights[64], kept[64], seen[64];
    int fd = open_device();
    struct context context = new_context(fd, 0);
    fill(weights, sizeof weights, 1, 100);
    memcpy(kept, weights, sizeof weights);
    keep_busy(context);
    struct aimc_program program = program_of(context, 8, 8, weights);
    CHECK_EQUAL(call(fd, AIMC_IOCTL_PROGRAM, &program), 0);
    memset(weights, 0, sizeof weights);
    CHECK_EQUAL(status_of(context, program.fence), 0);
    CHECK_EQUAL(read_back(context, 8, 8, seen), 0);
    CHECK(memcmp(seen, kept, sizeof kept) == 0);
    return ok();
}
