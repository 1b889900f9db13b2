/* A binding that another thread ends, on another core, ends for a thread in the middle of its instructions: SIGILL.
 * So it is with TILE_BIND, CTX_DESTROY, RESET and close. */
#include "check.h"

static volatile int running;

static void *use(void *unused)
{
    struct sigaction action = {.sa_handler = undefined_instruction};
    pin(0);
    CHECK_EQUAL(sigaction(SIGILL, &action, NULL), 0);
    if (sigsetjmp(after_instruction, 1) == 0)
        for (;;) {
            aimc_cm_queue(0x01010101);
            aimc_cm_process();
            running = 1;
        }
    return unused;
}

int main(void)
{
    struct aimc_reset reset = {0};
    pin(1);
    for (int way = 0; way < 4; way++) {
        pthread_t thread;
        int fd = open_device();
        struct context context = new_context(fd, 0);
        CHECK_EQUAL(bind_tile(context, 0, 0), 0);
        running = 0;
        CHECK_EQUAL(pthread_create(&thread, NULL, use, NULL), 0);
        while (!running)
            sleep_ns(10000);
        int result = way == 0   ? bind_tile(context, 0, AIMC_BIND_OFF)
                     : way == 1 ? destroy_context(context)
                     : way == 2 ? call(fd, AIMC_IOCTL_RESET, &reset)
                                : close(fd);
        CHECK_EQUAL(result, 0);
        CHECK_EQUAL(pthread_join(thread, NULL), 0);
        if (way != 3)
            CHECK_EQUAL(close(fd), 0);
    }
    return ok();
}
