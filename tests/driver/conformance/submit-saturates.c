/* Sums that do not fit int8 become 127 or -128. */
#include "check.h"

int main(void)
{
    const int8_t weights[2 * 8] = {127, -128, 127, 64, 63, -64, -127, 0, 1, -128, 1, 64, 64, -64, -1, 0};
    const int8_t wanted[8] = {127, -128, 127, 127, 127, -128, -128, 0};
    int fd = open_device();
    struct context context = new_context(fd, 0);
    struct buffer input = new_buffer(fd, 2), output = new_buffer(fd, 8);
    program_matrix(context, 2, 8, weights);
    input.bytes[0] = input.bytes[1] = 1;
    multiply_on_tile(context, mvm_of(context.tile, 2, 8, input, output));
    CHECK(memcmp(output.bytes, wanted, 8) == 0);
    input.bytes[0] = input.bytes[1] = -128;
    multiply_on_tile(context, mvm_of(context.tile, 2, 8, input, output));
    for (int j = 0; j < 8; j++)
        CHECK_EQUAL(output.bytes[j], wanted[j] > 0 ? -128 : wanted[j] < 0 ? 127 : 0);
    return ok();
}
