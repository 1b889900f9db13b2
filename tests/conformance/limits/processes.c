/* RLIMIT_NPROC stops a fork bomb of an ordinary user, threads included, and not root.
 * Expected output: Linux on x86-64; qemu-aarch64 fails where it cannot have threads of its own. */
#include "conformance.h"

static int ends[2];

static void *wait_for_end(void *argument)
{
    char c;
    (void)!read(ends[0], &c, 1);
    return argument;
}

TEST(processes)
{
    MUST(pipe(ends));
    pid_t pid = fork();
    if (pid == 0) {
        struct rlimit limit = {10, 10};
        MUST(setrlimit(RLIMIT_NPROC, &limit));
        for (int i = 0; i < 12; i++) {
            pid_t child = fork();
            if (child == 0)
                _exit(0);
            if (child < 0)
                printf("root: %s\n", errno_name(errno));
            waitpid(child, NULL, 0);
        }
        MUST(setgid(34567));
        MUST(setuid(34567));
        int made = 0;
        pid_t child;
        while (made < 100 && (child = fork()) != 0) {
            if (child < 0)
                break;
            made++;
        }
        if (child == 0) {
            close(ends[1]);
            wait_for_end(NULL);
            _exit(0);
        }
        printf("%d children, then %s\n", made, errno_name(errno));
        pthread_t thread;
        FACT(pthread_create(&thread, NULL, wait_for_end, NULL) == EAGAIN);
        MUST(write(ends[1], "x", 1));
        MUST(wait(NULL));
        FACT(pthread_create(&thread, NULL, wait_for_end, NULL) == 0);
        CALL(fork());
        fflush(stdout);
        close(ends[1]);
        _exit(0);
    }
    close(ends[1]);
    show_end("child", pid);
    return 0;
}
