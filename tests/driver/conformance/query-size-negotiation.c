/* QUERY writes as much as there is room for, clears what is left of the room, and tells the whole length. */
#include "check.h"

int main(void)
{
    int fd = open_device();
    struct aimc_device_info whole;
    struct aimc_query question = {.topic = AIMC_TOPIC_DEVICE, .size = 0};
    CHECK_EQUAL(call(fd, AIMC_IOCTL_QUERY, &question), 0);
    CHECK_EQUAL(question.size, sizeof whole);

    question.data = (uintptr_t)&whole;
    CHECK_EQUAL(call(fd, AIMC_IOCTL_QUERY, &question), 0);
    CHECK_EQUAL(question.size, sizeof whole);
    CHECK_EQUAL(whole.interface, AIMC_ACCEL_INTERFACE);
    CHECK(whole.tiles == 2 && whole.rows > 0 && whole.columns > 0);
    CHECK(whole.contexts_limit > 0 && whole.batch_limit > 0 && whole.buffer_limit > 0 && whole.job_timeout_ns > 0);

    unsigned char room[sizeof whole + 16];
    for (uint32_t size = 0; size <= sizeof room; size++) {
        memset(room, 0xA5, sizeof room);
        question.size = size;
        question.data = (uintptr_t)room;
        CHECK_EQUAL(call(fd, AIMC_IOCTL_QUERY, &question), 0);
        CHECK_EQUAL(question.size, sizeof whole);
        for (uint32_t i = 0; i < sizeof room; i++)
            CHECK_EQUAL(room[i], i >= size ? 0xA5 : i < sizeof whole ? ((unsigned char *)&whole)[i] : 0);
    }
    return ok();
}
