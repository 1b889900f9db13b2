/*
 * On a core without a tile aimc_open says so, with SIGILL free, handled or blocked, and leaves the signal as it was.
 */
#define _POSIX_C_SOURCE 200809L

#include <aimc/aimc.h>

#include <signal.h>
#include <stddef.h>
#include <string.h>

#include "check.h"

static void handler(int number)
{
    (void)number;
}

int main(void)
{
    aimc_device *device = NULL;
    struct sigaction action, after;
    sigset_t mask, mask_after;

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
