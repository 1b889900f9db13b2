/* utimensat sets times to the nanosecond, leaves some out, and futimens works on a descriptor.
 * Expected output: qemu-aarch64 and Linux on x86-64. */
#include "conformance.h"

TEST(times)
{
    struct stat st;
    struct timespec t[2] = {{1000, 123456789}, {2000, 987654321}};
    write_file("f", "x");
    CALL(utimensat(AT_FDCWD, "f", t, 0));
    stat("f", &st);
    printf("%ld.%09ld %ld.%09ld\n", st.st_atim.tv_sec, st.st_atim.tv_nsec, st.st_mtim.tv_sec, st.st_mtim.tv_nsec);
    t[0].tv_nsec = UTIME_OMIT;
    t[1].tv_sec = 3000;
    int fd = open("f", O_RDWR);
    CALL(futimens(fd, t));
    fstat(fd, &st);
    VALUE(st.st_atim.tv_sec);
    VALUE(st.st_mtim.tv_sec);
    t[0].tv_nsec = 1000000000;
    CALL(futimens(fd, t));
    CALL(utimensat(AT_FDCWD, "none", NULL, 0));
    CALL(write(fd, "y", 1));
    fstat(fd, &st);
    FACT(st.st_mtim.tv_sec > 3000);
    return 0;
}
