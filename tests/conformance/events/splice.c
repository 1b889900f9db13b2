/* splice, tee and vmsplice move bytes through pipes.
 * Expected output: qemu-aarch64 and Linux on x86-64. */
#include "conformance.h"

TEST(splice)
{
    int p[2], q[2];
    char b[16] = {0};
    write_file("f", "0123456789");
    int in = open("f", O_RDONLY), out = open("g", O_RDWR | O_CREAT, 0600);
    MUST(pipe(p));
    MUST(pipe(q));
    loff_t offset = 2;
    CALL(splice(in, &offset, p[1], NULL, 5, 0));
    VALUE(offset);
    CALL(tee(p[0], q[1], 3, 0));
    CALL(read(q[0], b, 16));
    TEXT(b);
    CALL(splice(p[0], NULL, out, NULL, 100, 0));
    TEXT(read_file("g"));
    struct iovec v = {"vector", 6};
    CALL(vmsplice(p[1], &v, 1, 0));
    CALL(read(p[0], b, 16));
    CALL(splice(in, NULL, out, NULL, 5, 0));
    CALL(splice(p[0], NULL, out, NULL, 5, SPLICE_F_NONBLOCK));
    return 0;
}
