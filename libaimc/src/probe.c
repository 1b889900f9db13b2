/*
 * Without a driver to ask: is there a tile? Execute CM_STATUS and see whether it is an illegal instruction.
 */
#define _POSIX_C_SOURCE 200809L /* sigaction and sigsetjmp under -std=c11 */

#include "internal.h"

#include <aimc/isa.h>

#if AIMC_HAS_INSTRUCTIONS

#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <string.h>

/* A signal's action belongs to the whole process: one probe at a time may replace it. */
static pthread_mutex_t probe_lock = PTHREAD_MUTEX_INITIALIZER;
static struct sigaction previous;

static _Thread_local volatile sig_atomic_t probing;
static _Thread_local sigjmp_buf no_tile;

static void on_illegal_instruction(int number, siginfo_t *info, void *context)
{
    if (probing)
        siglongjmp(no_tile, 1);
    /* Another thread's own illegal instruction: as if this handler had not been here. */
    if (previous.sa_flags & SA_SIGINFO) {
        previous.sa_sigaction(number, info, context);
    } else if (previous.sa_handler == SIG_DFL || previous.sa_handler == SIG_IGN) {
        /* Linux lets nobody ignore a fault. The instruction runs again on return and ends the process. */
        signal(number, SIG_DFL);
    } else {
        previous.sa_handler(number);
    }
}

bool aimc_internal_probe(uint64_t *version)
{
    struct sigaction action;
    sigset_t illegal, mask;
    volatile bool found = false;

    memset(&action, 0, sizeof action);
    action.sa_sigaction = on_illegal_instruction;
    action.sa_flags = SA_SIGINFO;
    sigemptyset(&action.sa_mask);
    sigemptyset(&illegal);
    sigaddset(&illegal, SIGILL);

    pthread_mutex_lock(&probe_lock);
    /* Read the old action before the new handler can need it. */
    sigaction(SIGILL, NULL, &previous);
    sigaction(SIGILL, &action, NULL);
    /* A fault that is blocked kills without asking the handler. */
    pthread_sigmask(SIG_UNBLOCK, &illegal, &mask);
    probing = 1;
    if (sigsetjmp(no_tile, 1) == 0) {
        *version = aimc_cm_status(AIMC_STATUS_INTERFACE_VERSION);
        found = true;
    }
    probing = 0;
    pthread_sigmask(SIG_SETMASK, &mask, NULL);
    sigaction(SIGILL, &previous, NULL);
    pthread_mutex_unlock(&probe_lock);
    return found;
}

#else

bool aimc_internal_probe(uint64_t *version)
{
    *version = aimc_cm_status(AIMC_STATUS_INTERFACE_VERSION);
    return true;
}

#endif
