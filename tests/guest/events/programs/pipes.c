// Pipes between threads, FIFOs, splice and sendfile: prints facts that do not depend on speed.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

static int there[2], back[2];

static void *echo(void *unused) {
    char byte;
    while (read(there[0], &byte, 1) == 1) {
        byte++;
        write(back[1], &byte, 1);
    }
    close(back[1]);
    return NULL;
}

static void ping_pong(void) {
    pthread_t thread;
    unsigned sum = 0;
    char byte;
    pipe(there);
    pipe(back);
    pthread_create(&thread, NULL, echo, NULL);
    for (int i = 0; i < 500; i++) {
        byte = i;
        write(there[1], &byte, 1);
        read(back[0], &byte, 1);
        sum = sum * 31 + (unsigned char)byte;
    }
    close(there[1]);
    printf("ping-pong %u end %zd\n", sum, read(back[0], &byte, 1));
    pthread_join(thread, NULL);
}

static void *produce(void *end) {
    int fd = *(int *)end;
    char *data = malloc(300000);
    for (int i = 0; i < 300000; i++)
        data[i] = i * 7 + i / 251;
    ssize_t done = write(fd, data, 300000);
    close(fd);
    free(data);
    return (void *)done;
}

static void big_transfer(void) {
    int ends[2];
    pthread_t thread;
    void *written;
    unsigned sum = 0;
    size_t total = 0;
    static unsigned char buffer[7777];
    pipe(ends);
    pthread_create(&thread, NULL, produce, &ends[1]);
    for (ssize_t n; (n = read(ends[0], buffer, sizeof buffer)) > 0; total += n)
        for (ssize_t i = 0; i < n; i++)
            sum = sum * 31 + buffer[i];
    pthread_join(thread, &written);
    printf("big %zu %zd %u\n", total, (ssize_t)written, sum);
    close(ends[0]);
}

static void sizes(void) {
    static char data[200000];
    int size[] = {1, 100, 1000, 3000, 4095, 4096, 4097, 5000, 9000, 70000, 200000};
    for (unsigned i = 0; i < sizeof size / sizeof *size; i++) {
        int ends[2], count = 0, available;
        ssize_t n, last = 0;
        pipe2(ends, O_NONBLOCK);
        while ((n = write(ends[1], data, size[i])) > 0)
            count++, last = n;
        ioctl(ends[0], FIONREAD, &available);
        printf("size %d: %d writes, last %zd, errno %d, available %d", size[i], count, last, errno, available);
        read(ends[0], data, 5000);
        printf(", then %zd %zd\n", write(ends[1], data, 1), write(ends[1], data, 5000));
        close(ends[0]);
        close(ends[1]);
    }
}

static void show_poll(const char *what, int fd) {
    struct pollfd item = {fd, POLLIN | POLLOUT, 0};
    int n = poll(&item, 1, 0);
    printf("%s: %d %#x\n", what, n, item.revents);
}

static void states(void) {
    int ends[2];
    char buffer[100];
    static char page[65536];
    pipe2(ends, O_NONBLOCK);
    show_poll("empty reader", ends[0]);
    show_poll("empty writer", ends[1]);
    write(ends[1], page, sizeof page);
    show_poll("full reader", ends[0]);
    show_poll("full writer", ends[1]);
    read(ends[0], buffer, 100);
    show_poll("nearly full writer", ends[1]);
    close(ends[1]);
    show_poll("reader without writer", ends[0]);
    while (read(ends[0], page, sizeof page) > 0)
        ;
    show_poll("reader at end", ends[0]);
    close(ends[0]);
    pipe(ends);
    close(ends[0]);
    show_poll("writer without reader", ends[1]);
    signal(SIGPIPE, SIG_IGN);
    printf("write %zd", write(ends[1], "x", 1));
    printf(" errno %d\n", errno);
    close(ends[1]);
    printf("bad flags %d %d\n", pipe2(ends, O_APPEND), errno);
}

static void packets(void) {
    int ends[2];
    char buffer[5000];
    pipe2(ends, O_DIRECT | O_NONBLOCK);
    write(ends[1], "first", 5);
    write(ends[1], "second", 6);
    struct iovec pieces[] = {{"th", 2}, {"ird", 3}};
    writev(ends[1], pieces, 2);
    printf("packets %zd", read(ends[0], buffer, 3));
    printf(" %zd", read(ends[0], buffer, 100));
    printf(" %zd %.5s", read(ends[0], buffer, 100), buffer);
    printf(" %zd", write(ends[1], buffer, 5000));
    printf(" %zd", read(ends[0], buffer, 5000));
    printf(" %zd\n", read(ends[0], buffer, 5000));
    close(ends[0]);
    close(ends[1]);
}

static void *open_writer(void *name) {
    int fd = open(name, O_WRONLY);
    write(fd, "through the fifo", 16);
    close(fd);
    return NULL;
}

static void fifo(void) {
    pthread_t thread;
    char buffer[100];
    printf("mkfifo %d", mkfifo("fifo", 0600));
    printf(" again %d %d\n", mkfifo("fifo", 0600), errno);
    printf("writer without reader %d %d\n", open("fifo", O_WRONLY | O_NONBLOCK), errno);
    int quick = open("fifo", O_RDONLY | O_NONBLOCK);
    show_poll("fresh fifo", quick);
    printf("read %zd\n", read(quick, buffer, 10));
    close(quick);
    pthread_create(&thread, NULL, open_writer, "fifo");
    int fd = open("fifo", O_RDONLY);
    ssize_t n = 0, more;
    while ((more = read(fd, buffer + n, 100 - n)) > 0)
        n += more;
    printf("read %zd %.*s end %zd\n", n, (int)n, buffer, more);
    show_poll("fifo at end", fd);
    close(fd);
    pthread_join(thread, NULL);
    fd = open("fifo", O_RDWR);
    write(fd, "self", 4);
    show_poll("both ends", fd);
    printf("read %zd\n", read(fd, buffer, 100));
    close(fd);
    unlink("fifo");
}

static void splices(void) {
    int ends[2], others[2];
    static char data[20000], buffer[20000];
    for (int i = 0; i < 20000; i++)
        data[i] = i * 13 + i / 100;
    int fd = open("data", O_RDWR | O_CREAT | O_TRUNC, 0600);
    write(fd, data, sizeof data);
    pipe2(ends, O_NONBLOCK);
    pipe2(others, O_NONBLOCK);
    loff_t from = 100;
    printf("splice %zd from %lld", splice(fd, &from, ends[1], NULL, 9000, 0), (long long)from);
    printf(" tee %zd", tee(ends[0], others[1], 5000, 0));
    printf(" read %zd %d", read(others[0], buffer, 20000), memcmp(buffer, data + 100, 5000));
    printf(" pipe %zd", splice(ends[0], NULL, others[1], NULL, 4000, 0));
    printf(" read %zd %d", read(others[0], buffer, 20000), memcmp(buffer, data + 100, 4000));
    int out = open("out", O_RDWR | O_CREAT | O_TRUNC, 0600);
    loff_t to = 10;
    printf(" out %zd %lld", splice(ends[0], NULL, out, &to, 20000, 0), (long long)to);
    printf(" %zd\n", pread(out, buffer, 20000, 0));
    printf("empty %zd %d\n", splice(ends[0], NULL, out, NULL, 10, 0), errno);
    printf("two files %zd %d\n", splice(fd, NULL, out, NULL, 10, 0), errno);
    printf("same pipe %zd %d\n", tee(ends[0], ends[1], 10, 0), errno);
    printf("offset of pipe %zd %d\n", splice(ends[0], &from, out, NULL, 10, 0), errno);
    struct iovec pieces[] = {{data, 3000}, {data + 5000, 3000}};
    printf("vmsplice %zd", vmsplice(ends[1], pieces, 2, 0));
    printf(" read %zd %d %d\n", read(ends[0], buffer, 20000), memcmp(buffer, data, 3000),
           memcmp(buffer + 3000, data + 5000, 3000));
    off_t offset = 50;
    printf("sendfile %zd %lld", sendfile(ends[1], fd, &offset, 1000), (long long)offset);
    printf(" read %zd %d\n", read(ends[0], buffer, 20000), memcmp(buffer, data + 50, 1000));
    lseek(fd, 19000, SEEK_SET);
    printf("sendfile %zd at %lld\n", sendfile(out, fd, NULL, 5000), (long long)lseek(fd, 0, SEEK_CUR));
    printf("sendfile from pipe %zd %d\n", sendfile(out, ends[0], NULL, 10), errno);
    unlink("data");
    unlink("out");
}

int main(void) {
    ping_pong();
    big_transfer();
    sizes();
    states();
    packets();
    splices();
    fifo();
    return 0;
}
