/* Talks to the host's loopback: connects to a port, then listens on one and serves what comes. */
#include "say.h"

int main(int argc, char **argv) {
    char b[300000];
    struct sockaddr_in a = v4("127.0.0.1", atoi(argv[1]));
    if (!strcmp(argv[2], "client")) {
        int s = socket(AF_INET, SOCK_STREAM, 0);
        if (SAY(connect(s, (void *)&a, sizeof a)) < 0) return 1;
        memset(b, 'g', sizeof b);
        int pid = fork();
        if (!pid) {
            SAY(send(s, b, sizeof b, 0));
            SAY(shutdown(s, SHUT_WR));
            _exit(0);
        }
        long total = 0, r;
        while ((r = recv(s, b, sizeof b, 0)) > 0) total += r;
        wait(0);
        printf("echoed %ld then %ld\n", total, r);
    } else if (!strcmp(argv[2], "server")) {
        int l = socket(AF_INET, SOCK_STREAM, 0);
        set(l, SOL_SOCKET, SO_REUSEADDR, 1);
        SAY(bind(l, (void *)&a, sizeof a));
        if (SAY(listen(l, 5)) < 0) return 1;
        for (int i = 0; i < 2; i++) {
            int s = accept(l, 0, 0);
            long r;
            while ((r = read(s, b, 100)) > 0) write(s, b, r);
            close(s);
        }
        puts("served");
    } else {
        int s = socket(AF_INET, SOCK_DGRAM, 0);
        SAY(sendto(s, "ping", 4, 0, (void *)&a, sizeof a));
        long r = recv(s, b, 100, 0);
        printf("answer %.*s\n", (int)r, b);
    }
    return 0;
}
