/* CTX_DESTROY cancels jobs that have not begun: whoever waits is told ECANCELED, descriptors of fences become readable,
 * eventfds count, and outputs stay as they were. */
#include "check.h"
#include <sys/eventfd.h>

static struct context context;

static void *wait_for(void *fence)
{
    CHECK_EQUAL(status_of(context, (uint64_t)(uintptr_t)fence), -ECANCELED);
    return NULL;
}

int main(void)
{
    pthread_t waiter;
    uint64_t count;
    int fd = open_device(), event = eventfd(0, EFD_NONBLOCK);
    context = new_context(fd, 0);
    struct buffer input = new_buffer(fd, PAGE), output = new_buffer(fd, PAGE);
    memset(input.bytes, 1, 4);
    memset(output.bytes, 55, 4);
    keep_busy(context);
    struct aimc_mvm mvm = mvm_of(context.tile, 4, 4, input, output);
    struct aimc_submit polled = {
        .ctx = context.ctx, .count = 1, .mvms = (uintptr_t)&mvm, .flags = AIMC_SUBMIT_FENCE_FD};
    struct aimc_submit counted = polled;
    counted.flags = AIMC_SUBMIT_EVENTFD;
    counted.fence_fd = event;
    CHECK_EQUAL(call(fd, AIMC_IOCTL_SUBMIT, &polled), 0);
    CHECK_EQUAL(call(fd, AIMC_IOCTL_SUBMIT, &counted), 0);
    CHECK_EQUAL(pthread_create(&waiter, NULL, wait_for, (void *)(uintptr_t)polled.fence), 0);
    sleep_ns(MS);
    CHECK_EQUAL(destroy_context(context), 0);
    CHECK(readable(polled.fence_fd));
    CHECK_EQUAL(read(event, &count, sizeof count), sizeof count);
    CHECK_EQUAL(count, 1);
    CHECK_EQUAL(pthread_join(waiter, NULL), 0);
    CHECK_EQUAL(output.bytes[0], 55);
    struct aimc_bo_wait wait = {.handle = output.handle};
    CHECK_EQUAL(call(fd, AIMC_IOCTL_BO_WAIT, &wait), 0);
    CHECK_EQUAL(free_tiles(), device_info(fd).tiles);
    return ok();
}
