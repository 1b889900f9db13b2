/* A lost device gives ENODEV to every command and POLLERR | POLLHUP to poll, fails its jobs, and works after RESET. */
#include "check.h"
#include "commands.h"

int main(void)
{
    int fd = open_device();
    struct context context = new_context(fd, 0);
    struct aimc_wait wait;
    struct aimc_submit submit = {.ctx = context.ctx, .count = 1, .flags = AIMC_SUBMIT_FENCE_FD};
    struct buffer buffer = new_buffer(fd, PAGE);
    struct aimc_mvm mvm = mvm_of(context.tile, 16, 16, buffer, buffer);
    submit.mvms = (uintptr_t)&mvm;
    keep_busy(context);
    CHECK_EQUAL(call(fd, AIMC_IOCTL_SUBMIT, &submit), 0);
    CHECK(!readable(submit.fence_fd));

    inject("wedged", "1");
    CHECK(readable(submit.fence_fd));
    struct pollfd client = {.fd = fd, .events = POLLIN};
    CHECK_EQUAL(poll(&client, 1, 0), 1);
    CHECK_EQUAL(client.revents, POLLERR | POLLHUP);
    struct aimc_query question = {.topic = AIMC_TOPIC_TILE};
    struct aimc_ctx_create create = {.tiles = 1};
    struct aimc_bo_create more = {.size = PAGE};
    CHECK_EQUAL(call(fd, AIMC_IOCTL_QUERY, &question), -ENODEV);
    CHECK_EQUAL(call(fd, AIMC_IOCTL_CTX_CREATE, &create), -ENODEV);
    CHECK_EQUAL(call(fd, AIMC_IOCTL_BO_CREATE, &more), -ENODEV);
    CHECK_EQUAL(call(fd, AIMC_IOCTL_SUBMIT, &submit), -ENODEV);
    CHECK_EQUAL(wait_until(context, submit.fence, FOREVER, &wait), -ENODEV);

    struct aimc_reset reset = {0, 0};
    CHECK_EQUAL(call(fd, AIMC_IOCTL_RESET, &reset), 0);
    CHECK_EQUAL(poll(&client, 1, 0), 0);
    CHECK_EQUAL(wait_until(context, submit.fence, FOREVER, &wait), 0);
    CHECK_EQUAL(wait.status, -EIO);
    CHECK_EQUAL(status_of(context, (uint64_t)keep_busy(context)), 0);
    return ok();
}
