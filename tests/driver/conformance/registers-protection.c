/* The page obeys mprotect as memory does: a load or store that it does not allow is SIGSEGV and reaches no register. */
#include "registers.h"

static char *page;

static void load_id(void *unused)
{
    (void)unused;
    load_4(page, AIMC_REG_ID);
}

static void start(void *unused)
{
    (void)unused;
    store_4(page, AIMC_REG_PROCESS, 0);
}

static void check_killed(void (*access)(void *))
{
    int status = in_child(access, NULL);
    CHECK(WIFSIGNALED(status));
    CHECK_EQUAL(WTERMSIG(status), SIGSEGV);
}

int main(void)
{
    struct context context = new_context(open_device(), 0);
    page = map_registers(context);
    CHECK_EQUAL(mprotect(page, PAGE, PROT_READ), 0);
    check_killed(start);
    CHECK_EQUAL(in_child(load_id, NULL), 0);
    CHECK_EQUAL(mprotect(page, PAGE, PROT_NONE), 0);
    check_killed(start);
    check_killed(load_id);
    CHECK_EQUAL(tile_info(context.fd, context.tile).mvms, 0);
    CHECK_EQUAL(mprotect(page, PAGE, PROT_READ | PROT_WRITE), 0);
    CHECK_EQUAL(in_child(start, NULL), 0);
    CHECK_EQUAL(tile_info(context.fd, context.tile).mvms, 1);
    return ok();
}
