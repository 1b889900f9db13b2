/*
 * A core's tile belongs to one open device: another thread or process on that core is told that it is in use, until
 * the device is closed or its process is gone. For systems with a driver; one core is enough.
 */
#define _GNU_SOURCE

#include "place.h"

#include <aimc/aimc.h>
#include <aimc/driver.h>

#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"

/* Opens; if that went well, closes again. */
static aimc_error try_open(void)
{
    aimc_device *device = NULL;
    const aimc_error error = aimc_open(&device);
    CHECK((device != NULL) == (error == AIMC_OK));
    CHECK(aimc_close(device) == AIMC_OK);
    return error;
}

static void *in_thread(void *result)
{
    CHECK(stay_on_core(0) == 0);
    *(aimc_error *)result = try_open();
    return NULL;
}

static aimc_error try_open_in_thread(void)
{
    aimc_error error = AIMC_OK;
    pthread_t thread;
    CHECK(pthread_create(&thread, NULL, in_thread, &error) == 0);
    CHECK(pthread_join(thread, NULL) == 0);
    return error;
}

/* In a child of fork, which first gives up what it has of its parent's device. */
static aimc_error try_open_in_child(aimc_device *inherited)
{
    int status = -1;
    fflush(stdout);
    const pid_t child = fork();
    if (child == 0) {
        CHECK(aimc_close(inherited) == AIMC_OK);
        const aimc_error error = try_open();
        fflush(stdout);
        _exit(failed_checks ? 255 : (int)error);
    }
    CHECK(waitpid(child, &status, 0) == child);
    CHECK(WIFEXITED(status));
    return (aimc_error)WEXITSTATUS(status);
}

/* A process that holds the tile and is killed. */
static void killed_owner(void)
{
    int ends[2];
    char byte = 0;
    aimc_device *device;

    CHECK(pipe(ends) == 0);
    const pid_t child = fork();
    if (child == 0) {
        if (aimc_open(&device) == AIMC_OK)
            (void)!write(ends[1], "o", 1);
        for (;;)
            pause();
    }
    CHECK(read(ends[0], &byte, 1) == 1);
    CHECK(try_open() == AIMC_ERR_BUSY);
    CHECK(kill(child, SIGKILL) == 0);
    CHECK(waitpid(child, NULL, 0) == child);
    CHECK(try_open() == AIMC_OK);
    puts("a killed process gives the tile back");
}

/* A child that stays has the parent's file, which keeps nobody from the tile once the parent has closed. */
static void child_that_stays(void)
{
    aimc_device *device;
    int ends[2];

    CHECK(pipe(ends) == 0);
    CHECK(aimc_open(&device) == AIMC_OK);
    const pid_t child = fork();
    if (child == 0) {
        char byte;
        close(ends[1]);
        (void)!read(ends[0], &byte, 1);
        _exit(0);
    }
    CHECK(aimc_close(device) == AIMC_OK);
    CHECK(try_open_in_child(NULL) == AIMC_OK);
    close(ends[1]);
    CHECK(waitpid(child, NULL, 0) == child);
    puts("a child does not keep the tile");
}

static void no_descriptors(void)
{
    struct rlimit before, none;
    CHECK(getrlimit(RLIMIT_NOFILE, &before) == 0);
    none = before;
    none.rlim_cur = 0;
    CHECK(setrlimit(RLIMIT_NOFILE, &none) == 0);
    CHECK(try_open() == AIMC_ERR_MEMORY);
    CHECK(setrlimit(RLIMIT_NOFILE, &before) == 0);
    CHECK(try_open() == AIMC_OK);
    puts("no file descriptor is an error");
}

/* Below a folder where something else has the name of the device file. */
static void another_file(void)
{
    CHECK(mkdir("/tmp/dev", 0755) == 0 && mkdir("/tmp/dev/accel", 0755) == 0);
    CHECK(mknod("/tmp" AIMC_DRIVER_PATH, S_IFREG | 0600, 0) == 0);
    CHECK(chroot("/tmp") == 0);
    CHECK(try_open() == AIMC_ERR_VERSION);
    CHECK(setuid(1000) == 0);
    CHECK(try_open() == AIMC_ERR_NO_DEVICE);
    puts("a file that is no device, or may not be opened, is an error");
}

int main(void)
{
    const int8_t weight = 3, input = 5;
    int8_t output = 0;
    aimc_device *device;
    aimc_matrix *matrix;

    CHECK(stay_on_core(0) == 0);
    CHECK(aimc_open(&device) == AIMC_OK);
    CHECK(aimc_map(device, 0, 0, 1, 1, &weight, 1, &matrix) == AIMC_OK);
    CHECK(try_open() == AIMC_ERR_BUSY);
    CHECK(try_open_in_thread() == AIMC_ERR_BUSY);
    CHECK(try_open_in_child(device) == AIMC_ERR_BUSY);
    CHECK(aimc_mvm(matrix, &input, &output) == AIMC_OK);
    CHECK(output == 15);
    puts("others are told that the tile is in use");
    CHECK(aimc_close(device) == AIMC_OK);
    CHECK(try_open_in_thread() == AIMC_OK);
    CHECK(try_open_in_child(NULL) == AIMC_OK);
    puts("closed, it can be opened by others");
    killed_owner();
    child_that_stays();
    no_descriptors();
    another_file();
    return check_result();
}
