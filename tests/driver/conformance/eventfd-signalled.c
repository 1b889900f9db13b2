/* With AIMC_SUBMIT_EVENTFD each job adds 1 to an eventfd of the caller when its fence is reached. */
#include "check.h"
#include <sys/eventfd.h>

int main(void)
{
    uint64_t count;
    int fd = open_device(), event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    struct context context = new_context(fd, 0);
    struct buffer buffer = new_buffer(fd, PAGE);
    struct aimc_mvm mvms[2] = {mvm_of(context.tile, 4, 4, buffer, buffer), mvm_of(context.tile, 4, 4, buffer, buffer)};
    struct aimc_submit submission = {.ctx = context.ctx, .count = 2, .mvms = (uintptr_t)mvms,
                                     .flags = AIMC_SUBMIT_EVENTFD, .fence_fd = event};
    keep_busy(context);
    for (int i = 0; i < 3; i++)
        CHECK_EQUAL(call(fd, AIMC_IOCTL_SUBMIT, &submission), 0);
    CHECK_EQUAL(submission.fence_fd, event);
    CHECK_EQUAL(read(event, &count, sizeof count), -1);
    CHECK_EQUAL(errno, EAGAIN);
    CHECK_EQUAL(status_of(context, submission.fence), 0);
    CHECK_EQUAL(read(event, &count, sizeof count), sizeof count);
    CHECK_EQUAL(count, 3);

    /* A program that waits in read is woken, and the descriptor may be closed while the job is under way. */
    CHECK_EQUAL(fcntl(event, F_SETFL, 0), 0);
    keep_busy(context);
    int copy = dup(event);
    CHECK_EQUAL(call(fd, AIMC_IOCTL_SUBMIT, &submission), 0);
    CHECK_EQUAL(close(event), 0);
    CHECK_EQUAL(read(copy, &count, sizeof count), sizeof count);
    CHECK_EQUAL(count, 1);
    return ok();
}
