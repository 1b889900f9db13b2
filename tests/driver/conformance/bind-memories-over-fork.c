/* What a thread queued stays its own when it forks, whatever its child does meanwhile. */
#include "check.h"

static void *client;

static void child(void *unused)
{
    (void)unused;
    CHECK(client == NULL);
    CHECK(!instructions_work());
    sched_yield();
}

int main(void)
{
    const int8_t ones[8 * 4] = {[0 ... 31] = 1};
    struct context context = new_context(open_device(), 0);
    pin(0);
    program_matrix(context, 8, 4, ones);
    CHECK_EQUAL(bind_tile(context, 0, 0), 0);
    aimc_cm_queue(0x01010101);
    CHECK_EQUAL(in_child(child, NULL), 0);
    aimc_cm_queue(0x02020202);
    aimc_cm_process();
    CHECK_EQUAL(in_child(child, NULL), 0);
    CHECK_EQUAL(aimc_cm_dequeue(), 0x0C0C0C0C);
    return ok();
}
