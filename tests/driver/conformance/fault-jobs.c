/* Jobs that meet a fault fail with the error of that fault, have no effect, and disturb nobody else's. */
#include "check.h"

int main(void)
{
    int8_t weights[16 * 16], other[16 * 16], seen[16 * 16], expected[16];
    int fd = open_device();
    struct context context = new_context(fd, 0), neighbour;
    struct buffer buffer = new_buffer(fd, PAGE), theirs = new_buffer(fd, PAGE);
    CHECK_EQUAL(try_context(fd, 1, 0, 2, &neighbour), 0);
    fill(weights, sizeof weights, 1, 20);
    fill(other, sizeof other, 2, 20);
    program_matrix(context, 16, 16, weights);
    program_matrix(neighbour, 16, 16, weights);

    inject("fail_program", "1000000 1");
    struct aimc_program program = program_of(context, 16, 16, other);
    CHECK_EQUAL(call(fd, AIMC_IOCTL_PROGRAM, &program), 0);
    CHECK_EQUAL(status_of(context, program.fence), -EIO);
    CHECK_EQUAL(read_back(context, 16, 16, seen), 0);
    CHECK(memcmp(seen, weights, sizeof weights) == 0);

    inject("fail_ecc", "1000000 1");
    struct aimc_mvm mvm = mvm_of(context.tile, 16, 16, buffer, buffer), same = mvm_of(neighbour.tile, 16, 16, theirs, theirs);
    mvm.output_offset = same.output_offset = PAGE / 2;
    fill(buffer.bytes, 16, 3, 10);
    fill(theirs.bytes, 16, 3, 10);
    multiply(weights, 16, 16, 16, buffer.bytes, expected);
    CHECK_EQUAL(status_of(context, (uint64_t)submit(context, &mvm, 1)), -EIO);
    for (int i = 0; i < 16; i++)
        CHECK_EQUAL(buffer.bytes[PAGE / 2 + i], 0);
    CHECK_EQUAL(status_of(context, (uint64_t)submit(context, &mvm, 1)), 0);
    CHECK(memcmp(buffer.bytes + PAGE / 2, expected, 16) == 0);

    inject("fail_timeout", "1000000 1");
    int64_t begin = now_ns(), slow = submit(context, &mvm, 1), quick = submit(neighbour, &same, 1);
    CHECK_EQUAL(status_of(neighbour, (uint64_t)quick), 0);
    CHECK(now_ns() - begin < MS);
    CHECK(memcmp(theirs.bytes + PAGE / 2, expected, 16) == 0);
    CHECK_EQUAL(status_of(context, (uint64_t)slow), -ETIMEDOUT);
    CHECK(now_ns() - begin >= 500 * MS);
    CHECK_EQUAL(status_of(context, (uint64_t)submit(context, &mvm, 1)), 0);
    CHECK_EQUAL(context_info(fd, context.ctx).failed, 3);
    CHECK_EQUAL(context_info(fd, neighbour.ctx).failed, 0);
    return ok();
}
