/* sendfile and copy_file_range copy between files and leave offsets as they should be.
 * Expected output: qemu-aarch64 and Linux on x86-64. */
#include "conformance.h"
#include <sys/sendfile.h>

TEST(sendfile)
{
    write_file("from", "0123456789");
    int in = open("from", O_RDONLY), out = open("to", O_RDWR | O_CREAT, 0600);
    off_t offset = 2;
    CALL(sendfile(out, in, &offset, 3));
    VALUE(offset);
    VALUE(lseek(in, 0, SEEK_CUR));
    CALL(sendfile(out, in, NULL, 100));
    CALL(sendfile(out, in, NULL, 100));
    TEXT(read_file("to"));
    loff_t from = 0, to = 20;
    CALL(syscall(SYS_copy_file_range, in, &from, out, &to, 4, 0));
    VALUE(from);
    VALUE(lseek(out, 0, SEEK_END));
    CALL(syscall(SYS_copy_file_range, in, &from, out, &to, 4, 1));
    CALL(sendfile(in, out, NULL, 1));
    return 0;
}
