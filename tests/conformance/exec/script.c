/* A script's interpreter gets its one argument, the script's path and the arguments.
 * Expected output: Linux on x86-64, as qemu-aarch64 cannot execute without the host's binfmt_misc. */
#include "conformance.h"

TEST(script)
{
    if (argc > 1) {
        for (int i = 0; i < argc; i++)
            printf("argument %d: %s\n", i, argv[i]);
        return 0;
    }
    write_file("script", "#! " SELF "  script  \nignored\n");
    chmod("script", 0755);
    char *arguments[] = {"not seen", "one", "two", NULL};
    CALL(execv("script", arguments));
    return 9;
}
