/* CTX_DESTROY waits for what is under way: when it returns, that job's outputs are there. */
#include "check.h"

int main(void)
{
    int8_t ones[16];
    int fd = open_device();
    struct context context = new_context(fd, 0);
    struct buffer input = new_buffer(fd, PAGE), output = new_buffer(fd, PAGE);
    memset(ones, 1, sizeof ones);
    memset(input.bytes, 1, 4);
    program_matrix(context, 4, 4, ones);
    uint32_t count = device_info(fd).batch_limit;
    if (count > 256)
        count = 256;
    struct aimc_mvm *mvms = malloc(count * sizeof *mvms);
    for (uint32_t i = 0; i < count; i++) {
        mvms[i] = mvm_of(context.tile, 4, 4, input, output);
        mvms[i].output_offset = 4 * i;
    }
    CHECK(submit(context, mvms, count) > 0);
    sleep_ns(2000);
    CHECK_EQUAL(destroy_context(context), 0);
    CHECK_EQUAL(output.bytes[0], 4);
    CHECK_EQUAL(output.bytes[4 * count - 1], 4);
    return ok();
}
