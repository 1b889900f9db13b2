/* pthread_kill reaches that thread; a process signal goes to a thread that does not block it.
 * Expected output: qemu-aarch64 and Linux on x86-64. */
#include "conformance.h"

static pthread_t volatile ran_in;
static volatile int count;
static int p[2];
static volatile int errors[2];
static void handler(int number)
{
    (void)number;
    ran_in = pthread_self();
    count++;
}
static void *run(void *argument)
{
    char c;
    (void)argument;
    for (int i = 0; i < 2; i++)
        errors[i] = read(p[0], &c, 1) == -1 ? errno : 0;
    return NULL;
}
TEST(thread_directed)
{
    struct sigaction action = {.sa_handler = handler};
    sigset_t set;
    MUST(pipe(p));
    sigaction(SIGUSR1, &action, NULL);
    pthread_t t = start(run, NULL);
    sleep_ms(20);
    FACT(pthread_kill(t, SIGUSR1) == 0);
    while (count < 1)
        sleep_ms(1);
    FACT(pthread_equal(ran_in, t));
    sleep_ms(20);
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    pthread_sigmask(SIG_BLOCK, &set, NULL);
    kill(getpid(), SIGUSR1);
    while (count < 2)
        sleep_ms(1);
    FACT(pthread_equal(ran_in, t));
    pthread_join(t, NULL);
    TEXT(errno_name(errors[0]));
    TEXT(errno_name(errors[1]));
    return 0;
}
