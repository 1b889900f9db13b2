/* A client that was opened for reading maps its buffers for reading only (EACCES). */
#include "check.h"

int main(void)
{
    int fd = open(DEVICE, O_RDONLY);
    CHECK(fd >= 0);
    struct aimc_bo_create create;
    CHECK_EQUAL(try_buffer(fd, PAGE, &create), 0);
    struct aimc_bo_mmap map = {.handle = create.handle};
    CHECK_EQUAL(call(fd, AIMC_IOCTL_BO_MMAP, &map), 0);
    CHECK(mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, (off_t)map.offset) == MAP_FAILED);
    CHECK_EQUAL(errno, EACCES);
    void *memory = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, fd, (off_t)map.offset);
    CHECK(memory != MAP_FAILED);
    CHECK_EQUAL(mprotect(memory, PAGE, PROT_READ | PROT_WRITE), -1);
    CHECK_EQUAL(errno, EACCES);
    return ok();
}
