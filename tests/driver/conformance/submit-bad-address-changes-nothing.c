/* A batch that cannot be read to its end is EFAULT, and none of it is done. */
#include "check.h"

int main(void)
{
    int8_t weights[16];
    int fd = open_device();
    struct context context = new_context(fd, 0);
    struct buffer input = new_buffer(fd, PAGE), output = new_buffer(fd, PAGE);
    memset(weights, 1, sizeof weights);
    memset(input.bytes, 1, 4);
    program_matrix(context, 4, 4, weights);
    char *memory = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK(memory != MAP_FAILED);
    CHECK_EQUAL(munmap(memory + PAGE, PAGE), 0);
    struct aimc_mvm *mvms = (struct aimc_mvm *)(memory + PAGE) - 1;
    *mvms = mvm_of(context.tile, 4, 4, input, output);

    CHECK_EQUAL(submit(context, mvms, 2), -EFAULT);
    CHECK_EQUAL(submit(context, NULL, 1), -EFAULT);
    CHECK_EQUAL(submit(context, (void *)(memory + PAGE), 1), -EFAULT);
    CHECK_EQUAL(submit(context, (void *)-64ull, 1), -EFAULT);
    struct aimc_context_info info = context_info(fd, context.ctx);
    CHECK_EQUAL(info.submitted, 1);
    CHECK_EQUAL(info.last_fence, 1);
    sleep_ns(MS);
    CHECK_EQUAL(output.bytes[0], 0);
    CHECK_EQUAL(submit(context, mvms, 1), 2);
    CHECK_EQUAL(status_of(context, 2), 0);
    CHECK_EQUAL(output.bytes[0], 4);
    return ok();
}
