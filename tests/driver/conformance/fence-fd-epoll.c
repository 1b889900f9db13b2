/* Descriptors of fences work with epoll: each tells once that its jobs are done, in the order of the jobs. */
#include "check.h"
#include <sys/epoll.h>

int main(void)
{
    int fd = open_device(), epoll = epoll_create1(EPOLL_CLOEXEC), fences[3];
    struct context context = new_context(fd, 0);
    struct buffer buffer = new_buffer(fd, PAGE);
    struct aimc_mvm mvm = mvm_of(context.tile, 4, 4, buffer, buffer);
    for (int i = 0; i < 3; i++) {
        struct aimc_submit submission = {
            .ctx = context.ctx, .count = 1, .mvms = (uintptr_t)&mvm, .flags = AIMC_SUBMIT_FENCE_FD};
        keep_busy(context);
        CHECK_EQUAL(call(fd, AIMC_IOCTL_SUBMIT, &submission), 0);
        fences[i] = submission.fence_fd;
        struct epoll_event event = {.events = EPOLLIN | EPOLLET, .data.u32 = (uint32_t)i};
        CHECK_EQUAL(epoll_ctl(epoll, EPOLL_CTL_ADD, fences[i], &event), 0);
    }
    struct epoll_event event;
    CHECK_EQUAL(epoll_wait(epoll, &event, 1, 0), 0);
    for (uint32_t i = 0; i < 3; i++) {
        CHECK_EQUAL(epoll_wait(epoll, &event, 1, -1), 1);
        CHECK_EQUAL(event.data.u32, i);
        CHECK_EQUAL(event.events, EPOLLIN);
        for (uint32_t j = 0; j < 3; j++)
            CHECK_EQUAL(readable(fences[j]), j <= i);
    }
    CHECK_EQUAL(epoll_wait(epoll, &event, 1, 20), 0);
    return ok();
}
