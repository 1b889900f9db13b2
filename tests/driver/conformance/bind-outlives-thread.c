/* A binding is the process's: it goes on when the thread that made it ends, also if that was the first thread. */
#include "check.h"

static struct context context;

static void *bind_and_end(void *unused)
{
    CHECK_EQUAL(bind_tile(context, 0, 0), 0);
    CHECK(instructions_work());
    return unused;
}

static void *go_on(void *first)
{
    CHECK_EQUAL(pthread_join(*(pthread_t *)first, NULL), 0);
    CHECK(instructions_work());
    CHECK_EQUAL(tile_info(context.fd, context.tile).bound, 1);
    ok();
    exit(0);
}

int main(void)
{
    static pthread_t self;
    pthread_t thread;
    self = pthread_self();
    context = new_context(open_device(), 0);
    pin(0);
    CHECK_EQUAL(pthread_create(&thread, NULL, bind_and_end, NULL), 0);
    CHECK_EQUAL(pthread_join(thread, NULL), 0);
    CHECK(instructions_work());
    CHECK_EQUAL(pthread_create(&thread, NULL, go_on, &self), 0);
    pthread_exit(NULL);
}
