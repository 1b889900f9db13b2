/* Nothing can be executed in the page, however it is mapped: SIGSEGV. */
#include "registers.h"

static uint64_t offset;
static int fd;

static void execute(void *protection)
{
    void *page = mmap(NULL, PAGE, (int)(intptr_t)protection, MAP_SHARED, fd, (off_t)offset);
    if (page == MAP_FAILED)
        _exit(2);
    ((void (*)(void))page)();
}

int main(void)
{
    struct context context = new_context(open_device(), 0);
    fd = context.fd;
    CHECK_EQUAL(try_registers(context, 0, &offset), 0);
    static const int protections[] = {PROT_READ, PROT_READ | PROT_WRITE, PROT_READ | PROT_EXEC,
                                      PROT_READ | PROT_WRITE | PROT_EXEC};
    for (size_t i = 0; i < sizeof protections / sizeof *protections; i++) {
        int status = in_child(execute, (void *)(intptr_t)protections[i]);
        CHECK(WIFSIGNALED(status));
        CHECK_EQUAL(WTERMSIG(status), SIGSEGV);
    }
    char *page = map_page(context.fd, offset);
    CHECK_EQUAL(load_4(page, AIMC_REG_ID), AIMC_REG_IDENTITY);
    return ok();
}
