/* RESET, CTX_DESTROY and close at any moment of a job's life, from before it begins until after its interrupt, leave a
 * device that works. */
#include "check.h"

enum { MOMENTS = 150, BATCH = 16 };

static void delay(int steps)
{
    for (volatile int i = 0; i < 8 * steps; i++)
        ;
}

static void works(void)
{
    const int8_t weights[16] = {3};
    int fd = open_device();
    struct context context = new_context(fd, 0);
    struct buffer buffer = new_buffer(fd, PAGE);
    program_matrix(context, 4, 4, weights);
    buffer.bytes[0] = 5;
    multiply_on_tile(context, mvm_of(context.tile, 4, 4, buffer, buffer));
    CHECK_EQUAL(buffer.bytes[0], 15);
    CHECK_EQUAL(munmap(buffer.bytes, PAGE), 0);
    CHECK_EQUAL(close(fd), 0);
}

int main(void)
{
    int cancelled = 0, done = 0;
    for (int moment = 0; moment < MOMENTS; moment++)
        for (int way = 0; way < 3; way++) {
            int fd = open_device();
            struct context context = new_context(fd, 0);
            struct buffer buffer = new_buffer(fd, PAGE);
            struct aimc_mvm mvms[BATCH];
            for (int i = 0; i < BATCH; i++)
                mvms[i] = mvm_of(context.tile, 4, 4, buffer, buffer);
            struct aimc_submit submission = {
                .ctx = context.ctx, .count = BATCH, .mvms = (uintptr_t)mvms, .flags = AIMC_SUBMIT_FENCE_FD};
            CHECK_EQUAL(call(fd, AIMC_IOCTL_SUBMIT, &submission), 0);
            delay(moment);
            if (way == 0) {
                struct aimc_reset reset = {0};
                CHECK_EQUAL(call(fd, AIMC_IOCTL_RESET, &reset), 0);
                CHECK(readable(submission.fence_fd));
                int status = status_of(context, submission.fence);
                CHECK(status == 0 || status == -ECANCELED);
                cancelled += status != 0;
                done += status == 0;
                CHECK_EQUAL(status_of(context, (uint64_t)submit(context, mvms, 1)), 0);
                CHECK_EQUAL(close(fd), 0);
            } else if (way == 1) {
                CHECK_EQUAL(destroy_context(context), 0);
                CHECK(readable(submission.fence_fd));
                CHECK_EQUAL(close(fd), 0);
            } else {
                CHECK_EQUAL(close(fd), 0);
                struct pollfd item = {.fd = submission.fence_fd, .events = POLLIN};
                CHECK_EQUAL(poll(&item, 1, 100), 1);
            }
            CHECK_EQUAL(close(submission.fence_fd), 0);
            CHECK_EQUAL(munmap(buffer.bytes, PAGE), 0);
            works();
        }
    CHECK(cancelled > 0 && done > 0);
    return ok();
}
