/* A mapping that is made longer does not reach beyond its buffer: nothing else can be seen there. */
#include "check.h"

static int8_t *longer;

static void look(void *unused)
{
    (void)unused;
    CHECK_EQUAL(longer[PAGE], 0x5A); /* dies, or finds what it must not */
}

int main(void)
{
    int fd = open_device();
    struct buffer first = new_buffer(fd, PAGE), second = new_buffer(fd, PAGE);
    memset(second.bytes, 0x5A, PAGE);
    first.bytes[0] = 1;
    longer = mremap(first.bytes, PAGE, 2 * PAGE, MREMAP_MAYMOVE);
    if (longer == MAP_FAILED) {
        CHECK(errno == EFAULT || errno == EINVAL);
        CHECK_EQUAL(first.bytes[0], 1);
        return ok();
    }
    CHECK_EQUAL(longer[0], 1);
    int status = in_child(look, NULL);
    CHECK(WIFSIGNALED(status));
    CHECK_EQUAL(WTERMSIG(status), SIGBUS);
    return ok();
}
