/* What execve refuses.
 * Expected output: qemu-aarch64 and Linux on x86-64. */
#include "conformance.h"

TEST(errors)
{
    char *arguments[] = {"x", NULL};
    write_file("text", "no program\n");
    write_file("empty", "");
    mkdir("folder", 0755);
    write_file("notexec", "#!/bin/sh\n");
    chmod("text", 0755);
    chmod("empty", 0755);
    CALL(execve("none", arguments, NULL));
    CALL(execve("text", arguments, NULL));
    CALL(execve("empty", arguments, NULL));
    CALL(execve("folder", arguments, NULL));
    CALL(execve("notexec", arguments, NULL));
    CALL(execve("text/x", arguments, NULL));
    CALL(execve("", arguments, NULL));
    write_file("script", "#!/no/such/interpreter\n");
    chmod("script", 0755);
    CALL(execve("script", arguments, NULL));
    write_file("script2", "#!\n");
    chmod("script2", 0755);
    CALL(execve("script2", arguments, NULL));
    return 0;
}
