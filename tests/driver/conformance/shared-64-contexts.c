/* 64 shared contexts of eight processes take turns on eight tiles: each gets all its results. Needs 8 cores. */
#include "check.h"

enum { PROCESSES = 8, EACH = 8, ROUNDS = 3, ROWS = 16, COLUMNS = 12 };

static int ready[2], go[2];

static void work(uint32_t process)
{
    static int8_t weights[EACH][ROWS * COLUMNS];
    int8_t expected[COLUMNS];
    struct context contexts[EACH];
    struct buffer buffers[EACH];
    int64_t fences[EACH];
    char byte;
    int fd = open_device();
    for (uint32_t i = 0; i < EACH; i++) {
        CHECK_EQUAL(try_context(fd, 1, AIMC_CTX_SHARED, 0, &contexts[i]), 0);
        buffers[i] = new_buffer(fd, PAGE);
        fill(weights[i], sizeof weights[i], process * EACH + i, 20);
    }
    CHECK_EQUAL(write(ready[1], "r", 1), 1);
    CHECK_EQUAL(read(go[0], &byte, 1), 1);
    for (uint32_t i = 0; i < EACH; i++)
        program_matrix(contexts[i], ROWS, COLUMNS, weights[i]);
    for (uint32_t round = 0; round < ROUNDS; round++) {
        for (uint32_t i = 0; i < EACH; i++) {
            fill(buffers[i].bytes, ROWS, round * EACH + i, 10);
            struct aimc_mvm mvm = mvm_of(contexts[i].tile, ROWS, COLUMNS, buffers[i], buffers[i]);
            mvm.output_offset = ROWS;
            fences[i] = submit(contexts[i], &mvm, 1);
            CHECK(fences[i] > 0);
        }
        for (uint32_t i = 0; i < EACH; i++) {
            CHECK_EQUAL(status_of(contexts[i], (uint64_t)fences[i]), 0);
            multiply(weights[i], COLUMNS, ROWS, COLUMNS, buffers[i].bytes, expected);
            CHECK(memcmp(buffers[i].bytes + ROWS, expected, COLUMNS) == 0);
        }
    }
}

int main(void)
{
    char byte;
    int status, fd = open_device();
    CHECK(pipe(ready) == 0 && pipe(go) == 0);
    for (uint32_t i = 0; i < PROCESSES; i++) {
        pid_t pid = fork();
        CHECK(pid >= 0);
        if (pid == 0) {
            work(i);
            _exit(0);
        }
    }
    for (int i = 0; i < PROCESSES; i++)
        CHECK_EQUAL(read(ready[0], &byte, 1), 1);
    for (uint32_t tile = 0; tile < 8; tile++)
        CHECK_EQUAL(tile_info(fd, tile).contexts, 8);
    CHECK_EQUAL(write(go[1], "gggggggg", PROCESSES), PROCESSES);
    for (int i = 0; i < PROCESSES; i++) {
        CHECK(wait(&status) > 0);
        CHECK_EQUAL(status, 0);
    }
    CHECK_EQUAL(free_tiles(), 8);
    return ok();
}
