/* While a shared context is bound, jobs of others that share the tile either fail with EBUSY or wait; both contexts
 * keep their weights. */
#include "check.h"

int main(void)
{
    int8_t mine[16], yours[16];
    uint32_t word = 0x01010101;
    struct aimc_wait wait;
    pin(0);
    struct context first = new_context(open_device(), AIMC_CTX_SHARED);
    struct context second = new_context(open_device(), AIMC_CTX_SHARED);
    struct buffer buffer = new_buffer(second.fd, PAGE);
    memset(mine, 3, sizeof mine);
    memset(yours, 5, sizeof yours);
    program_matrix(first, 4, 4, mine);
    program_matrix(second, 4, 4, yours);
    memset(buffer.bytes, 1, 4);
    struct aimc_mvm mvm = mvm_of(second.tile, 4, 4, buffer, buffer);
    mvm.output_offset = 4;
    for (int round = 0; round < 3; round++) {
        CHECK_EQUAL(bind_tile(first, 0, 0), 0);
        CHECK_EQUAL(bind_tile(second, 0, 0), -EBUSY);
        int64_t fence = submit(second, &mvm, 1);
        CHECK(fence > 0 || fence == -EBUSY);
        sleep_ns(2 * MS);
        if (fence > 0)
            CHECK_EQUAL(wait_until(second, (uint64_t)fence, 0, &wait), -ETIME);
        aimc_cm_queue(word);
        aimc_cm_process();
        CHECK_EQUAL(aimc_cm_dequeue(), 0x0C0C0C0C);
        CHECK_EQUAL(bind_tile(first, 0, AIMC_BIND_OFF), 0);
        if (fence < 0)
            fence = submit(second, &mvm, 1);
        CHECK_EQUAL(status_of(second, (uint64_t)fence), 0);
        CHECK_EQUAL(buffer.bytes[4], 20);
        buffer.bytes[4] = 0;
    }
    return ok();
}
