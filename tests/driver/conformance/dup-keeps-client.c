/* dup and fork give further descriptors of the same client, which ends with the last of them. */
#include "check.h"

static struct context context;

static void child(void *unused)
{
    (void)unused;
    uint64_t fence = keep_busy(context);
    CHECK_EQUAL(fence, 2);
    CHECK_EQUAL(status_of(context, fence), 0);
    CHECK_EQUAL(close(context.fd), 0);
}

int main(void)
{
    context = new_context(open_device(), 0);
    int first = context.fd;
    context.fd = dup(first);
    CHECK_EQUAL(keep_busy(context), 1);
    CHECK_EQUAL(close(first), 0);
    CHECK_EQUAL(free_tiles(), 1);
    CHECK_EQUAL(status_of(context, 1), 0);
    CHECK_EQUAL(in_child(child, NULL), 0);
    CHECK_EQUAL(free_tiles(), 1);
    CHECK_EQUAL(context_info(context.fd, context.ctx).submitted, 2);
    CHECK_EQUAL(close(context.fd), 0);
    CHECK_EQUAL(free_tiles(), 2);
    return ok();
}
