/*
 * no_device [FOLDER]: on a core without a tile, and below FOLDER, in which there is no device file, aimc_open says so,
 * with SIGILL free, handled or blocked, and leaves the signal as it was.
 */
#define _GNU_SOURCE /* chroot, sigaction */

#include <aimc/aimc.h>
#include <aimc/driver.h>

#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

#include "check.h"

static void handler(int number)
{
    (void)number;
}

int main(int count, char **arguments)
{
    aimc_device *device = NULL;
    struct sigaction action, after;
    sigset_t mask, mask_after;

    if (count > 1)
        CHECK(chroot(arguments[1]) == 0);
    CHECK(aimc_driver_attach() == ENOENT);
    CHECK(aimc_open(&device) == AIMC_ERR_NO_DEVICE);
    CHECK(sigaction(SIGILL, NULL, &after) == 0);
    CHECK(after.sa_handler == SIG_DFL);

    memset(&action, 0, sizeof action);
    action.sa_handler = handler;
    action.sa_flags = SA_RESTART;
    sigemptyset(&action.sa_mask);
    CHECK(sigaction(SIGILL, &action, NULL) == 0);
    sigemptyset(&mask);
    sigaddset(&mask, SIGILL);
    CHECK(sigprocmask(SIG_BLOCK, &mask, NULL) == 0);
    CHECK(aimc_open(&device) == AIMC_ERR_NO_DEVICE);
    CHECK(aimc_open(&device) == AIMC_ERR_NO_DEVICE);
    CHECK(sigaction(SIGILL, NULL, &after) == 0);
    CHECK(after.sa_handler == handler && (after.sa_flags & SA_RESTART));
    CHECK(sigprocmask(SIG_BLOCK, NULL, &mask_after) == 0);
    CHECK(sigismember(&mask_after, SIGILL) == 1);
    CHECK(device == NULL);
    printf("%s\n", aimc_strerror(AIMC_ERR_NO_DEVICE));
    return check_result();
}
