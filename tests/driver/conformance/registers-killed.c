/* A process that is killed while it uses registers leaves nothing: the tile is free, and so is the memory of the page.
 * Needs a small memory. */
#include "registers.h"

enum { PROCESSES = 30 };

static int ready[2];

static void use_for_ever(void)
{
    int8_t weights[16];
    struct context context = new_context(open_device(), 0);
    memset(weights, 7, sizeof weights);
    program_matrix(context, 4, 4, weights);
    char *page = map_registers(context);
    CHECK(registers_work(page, 7));
    CHECK_EQUAL(write(ready[1], "r", 1), 1);
    for (;;)
        store_4(page, AIMC_REG_INPUT, 0x7F7F7F7F);
}

/* How much of the machine's memory a client can have as buffers. */
static uint64_t free_memory(void)
{
    struct aimc_bo_create create;
    uint64_t total = 0;
    int fd = open_device();
    for (uint64_t size = 1 << 24; size >= PAGE; size /= 2)
        while (try_buffer(fd, size, &create) == 0)
            total += size;
    CHECK_EQUAL(close(fd), 0);
    return total;
}

int main(void)
{
    char byte;
    int status;
    CHECK_EQUAL(pipe(ready), 0);
    uint64_t before = 0;
    for (int process = 0; process < PROCESSES; process++) {
        pid_t pid = fork();
        CHECK(pid >= 0);
        if (pid == 0) {
            use_for_ever();
            _exit(1);
        }
        CHECK_EQUAL(read(ready[0], &byte, 1), 1);
        CHECK_EQUAL(kill(pid, SIGKILL), 0);
        CHECK_EQUAL(waitpid(pid, &status, 0), pid);
        CHECK(WIFSIGNALED(status));
        CHECK_EQUAL(free_tiles(), 2);
        if (process == 0)
            before = free_memory(); /* what the first one made the kernel keep is kept once */
    }
    CHECK_EQUAL(free_memory(), before);
    struct context context = new_context(open_device(), 0);
    int8_t weights[16];
    CHECK_EQUAL(read_back(context, 4, 4, weights), 0);
    for (size_t i = 0; i < sizeof weights; i++)
        CHECK_EQUAL(weights[i], 0);
    CHECK(registers_work(map_registers(context), 0));
    return ok();
}
