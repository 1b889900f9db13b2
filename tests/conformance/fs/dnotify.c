/* F_NOTIFY: a signal when something in a directory changes, once or always, until the directory is closed.
 * Expected output: qemu-aarch64 and Linux on x86-64. */
#include "conformance.h"

static volatile int count, code, descriptor, band;

static void handler(int number, siginfo_t *info, void *context)
{
    (void)number;
    (void)context;
    count++;
    code = info->si_code;
    descriptor = info->si_fd;
    band = (int)info->si_band;
}

static void show(const char *what)
{
    printf("%s: %d\n", what, count);
    count = 0;
}

TEST(dnotify)
{
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_sigaction = handler;
    action.sa_flags = SA_SIGINFO;
    MUST(sigaction(SIGUSR1, &action, NULL));
    MUST(sigaction(SIGIO, &action, NULL));
    MUST(mkdir("d", 0755));
    MUST(mkdir("e", 0755));
    int fd = open("d", O_RDONLY | O_DIRECTORY);

    /* Once, by SIGIO, which says nothing of the file. */
    CALL(fcntl(fd, F_GETOWN));
    CALL(fcntl(fd, F_NOTIFY, DN_CREATE));
    FACT(fcntl(fd, F_GETOWN) == getpid());
    write_file("d/a", "text");
    show("created");
    FACT(code == SI_KERNEL);
    write_file("d/b", "text");
    show("created again");

    /* Always, by a signal that does. */
    CALL(fcntl(fd, F_SETSIG, SIGUSR1));
    CALL(fcntl(fd, F_NOTIFY, DN_CREATE | DN_MULTISHOT));
    write_file("d/c", "text");
    show("created");
    FACT(code == 3 /* POLL_MSG */);
    FACT(descriptor == fd);
    VALUE(band);
    MUST(mkdir("d/sub", 0755));
    show("made a folder");
    write_file("d/sub/x", "text");
    show("created deeper");
    MUST(rename("d/a", "d/a2"));
    show("renamed");

    /* More events add to what was asked for. */
    CALL(fcntl(fd, F_NOTIFY, DN_DELETE));
    MUST(unlink("d/b"));
    show("removed");
    MUST(rename("d/a2", "e/a"));
    show("moved away");
    MUST(rename("e/a", "d/a"));
    show("moved here");
    CALL(fcntl(fd, F_NOTIFY, 0));
    MUST(unlink("d/a"));
    show("watched no more");

    CALL(fcntl(fd, F_NOTIFY, DN_RENAME | DN_MULTISHOT));
    MUST(rename("d/c", "d/c2"));
    show("renamed");
    CALL(fcntl(fd, F_NOTIFY, 0));
    CALL(fcntl(fd, F_NOTIFY, DN_MODIFY | DN_MULTISHOT));
    int file = open("d/c2", O_RDWR);
    CALL(write(file, "more", 4));
    show("written");
    CALL(fcntl(fd, F_NOTIFY, 0));
    CALL(fcntl(fd, F_NOTIFY, DN_ACCESS | DN_MULTISHOT));
    char b[4];
    CALL(pread(file, b, 4, 0));
    show("read");
    CALL(fcntl(fd, F_NOTIFY, 0));
    CALL(fcntl(fd, F_NOTIFY, DN_ATTRIB | DN_MULTISHOT));
    MUST(chmod("d/c2", 0600));
    show("changed mode");

    /* Closing any descriptor of the directory ends it. */
    close(dup(fd));
    MUST(chmod("d/c2", 0644));
    show("closed");
    CALL(fcntl(file, F_NOTIFY, DN_CREATE));
    CALL(fcntl(file, F_NOTIFY, 0));
    CALL(fcntl(open("d", O_PATH), F_NOTIFY, DN_CREATE));
    return 0;
}
