/* /proc/self/task has one folder for each thread.
 * Expected output: Linux on x86-64, as qemu-aarch64 has a thread of its own. */
#include "conformance.h"
#include <dirent.h>

static int gate[2];
static void *run(void *argument)
{
    char c;
    (void)argument;
    if (read(gate[0], &c, 1) < 0)
        return argument;
    return NULL;
}
static int threads(void)
{
    int count = 0;
    DIR *d = opendir("/proc/self/task");
    struct dirent *e;
    while ((e = readdir(d)))
        count += e->d_name[0] != '.';
    closedir(d);
    return count;
}
TEST(task)
{
    MUST(pipe(gate));
    VALUE(threads());
    pthread_t a = start(run, NULL), b = start(run, NULL);
    VALUE(threads());
    close(gate[1]);
    pthread_join(a, NULL);
    pthread_join(b, NULL);
    return 0;
}
