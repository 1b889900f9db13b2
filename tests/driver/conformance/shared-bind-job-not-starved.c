/* A thread that multiplies by instructions without end does not keep jobs of another context from ending, and goes on
 * between them; also on a device that has aged. */
#include "check.h"

static volatile int stop;
static volatile uint32_t products;

static void *multiply_for_ever(void *unused)
{
    int8_t ones[4] = {1, 1, 1, 1}, output[4];
    pin(0);
    while (!stop) {
        multiply_by_instructions(4, 4, ones, output);
        CHECK_EQUAL(output[0], 12);
        products++;
    }
    return unused;
}

int main(void)
{
    int8_t weights[16];
    pthread_t thread;
    struct aimc_wait wait;
    pin(1);
    struct context bound = new_context(open_device(), AIMC_CTX_SHARED);
    struct context other = new_context(open_device(), AIMC_CTX_SHARED);
    struct buffer buffer = new_buffer(other.fd, PAGE);
    struct aimc_mvm mvm = mvm_of(other.tile, 4, 4, buffer, buffer);
    mvm.output_offset = 4;
    memset(weights, 3, sizeof weights);
    program_matrix(bound, 4, 4, weights);
    memset(weights, 5, sizeof weights);
    program_matrix(other, 4, 4, weights);
    memset(buffer.bytes, 1, 4);
    CHECK_EQUAL(bind_tile(bound, 0, 0), 0);
    CHECK_EQUAL(pthread_create(&thread, NULL, multiply_for_ever, NULL), 0);
    for (int job = 0; job < 10; job++) {
        uint32_t before = products;
        int64_t begin = now_ns();
        while (products < before + 20)
            CHECK(now_ns() - begin < 100 * MS);
        if (job == 5) {
            struct aimc_advance_time advance = {.delta_ns = 3600 * 1000 * MS};
            CHECK_EQUAL(call(other.fd, AIMC_IOCTL_ADVANCE_TIME, &advance), 0);
        }
        buffer.bytes[4] = 0;
        int64_t fence = submit(other, &mvm, 1);
        CHECK(fence > 0);
        CHECK_EQUAL(wait_until(other, (uint64_t)fence, now_ns() + 100 * MS, &wait), 0);
        CHECK_EQUAL(wait.status, 0);
        CHECK_EQUAL(buffer.bytes[4], 20);
    }
    stop = 1;
    CHECK_EQUAL(pthread_join(thread, NULL), 0);
    return ok();
}
