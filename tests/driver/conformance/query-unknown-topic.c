/* QUERY refuses a topic that it does not know, an index that has no meaning, and tiles and contexts that are not. */
#include "check.h"

int main(void)
{
    int fd = open_device();
    char room[256];
    CHECK_EQUAL(query(fd, 3, 0, room, sizeof room), -EINVAL);
    CHECK_EQUAL(query(fd, UINT32_MAX, 0, room, sizeof room), -EINVAL);
    CHECK_EQUAL(query(fd, AIMC_TOPIC_DEVICE, 1, room, sizeof room), -EINVAL);
    CHECK_EQUAL(query(fd, AIMC_TOPIC_TILE, device_info(fd).tiles, room, sizeof room), -ENOENT);
    CHECK_EQUAL(query(fd, AIMC_TOPIC_TILE, UINT32_MAX, room, sizeof room), -ENOENT);
    CHECK_EQUAL(query(fd, AIMC_TOPIC_CONTEXT, 0, room, sizeof room), -ENOENT);
    struct context context = new_context(fd, 0);
    CHECK_EQUAL(query(fd, AIMC_TOPIC_CONTEXT, context.ctx, room, sizeof room), 0);
    CHECK_EQUAL(query(fd, AIMC_TOPIC_CONTEXT, context.ctx + 1, room, sizeof room), -ENOENT);
    return ok();
}
