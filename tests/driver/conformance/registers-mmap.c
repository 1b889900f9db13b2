/* The page is mapped shared, as one page, by who may write; asking again gives the same offset. */
#include "registers.h"

static int map_error(size_t size, int protection, int flags, int fd, uint64_t offset)
{
    return mmap(NULL, size, protection, flags, fd, (off_t)offset) == MAP_FAILED ? errno : 0;
}

int main(void)
{
    const int both = PROT_READ | PROT_WRITE;
    int8_t weights[16];
    uint64_t offset, again;
    struct context context = new_context(open_device(), 0);
    memset(weights, 2, sizeof weights);
    program_matrix(context, 4, 4, weights);
    CHECK_EQUAL(try_registers(context, 0, &offset), 0);
    CHECK_EQUAL(offset % PAGE, 0);
    CHECK(offset != 0);
    CHECK_EQUAL(try_registers(context, 0, &again), 0);
    CHECK_EQUAL(again, offset);
    CHECK_EQUAL(map_error(PAGE, both, MAP_PRIVATE, context.fd, offset), EINVAL);
    CHECK_EQUAL(map_error(PAGE, PROT_READ, MAP_PRIVATE, context.fd, offset), EINVAL);
    CHECK_EQUAL(map_error(2 * PAGE, both, MAP_SHARED, context.fd, offset), EINVAL);
    CHECK_EQUAL(map_error(PAGE, both, MAP_SHARED, context.fd, offset + PAGE), EINVAL);
    CHECK_EQUAL(map_error(PAGE, both, MAP_SHARED, context.fd, offset - PAGE), EINVAL);
    int other = open_device(); /* another client has nothing there */
    CHECK_EQUAL(map_error(PAGE, both, MAP_SHARED, other, offset), EINVAL);

    char *first = map_page(context.fd, offset), *second = map_page(context.fd, offset);
    int8_t ones[4] = {1, 1, 1, 1}, output[4];
    queue_by(WORD, first, ones); /* both show the same registers */
    store_4(second, AIMC_REG_PROCESS, 0);
    dequeue_by(WORD, first, output);
    CHECK_EQUAL(output[0], 8);

    CHECK_EQUAL(end_registers(context), 0);
    CHECK_EQUAL(map_error(PAGE, both, MAP_SHARED, context.fd, offset), EINVAL);
    CHECK_EQUAL(try_registers(context, 0, &again), 0);
    CHECK(registers_work(map_page(context.fd, again), 2));
    check_revoked(second);

    int reading = open(DEVICE, O_RDONLY);
    CHECK(reading >= 0);
    struct context viewed;
    CHECK_EQUAL(try_context(reading, 1, 0, 2, &viewed), 0);
    CHECK_EQUAL(try_registers(viewed, 0, &offset), 0);
    CHECK_EQUAL(map_error(PAGE, both, MAP_SHARED, reading, offset), EACCES);
    char *page = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, reading, (off_t)offset);
    CHECK(page != MAP_FAILED);
    CHECK_EQUAL(load_4(page, AIMC_REG_ID), AIMC_REG_IDENTITY);
    CHECK_EQUAL(mprotect(page, PAGE, both), -1);
    CHECK_EQUAL(errno, EACCES);
    return ok();
}
