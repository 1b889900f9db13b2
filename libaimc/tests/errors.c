/*
 * Opening and closing, and a message for each error.
 */
#include <aimc/aimc.h>

#include <stddef.h>
#include <string.h>

#include "check.h"

int main(void)
{
    aimc_device *device, *again = NULL;
    aimc_counters counters;

    for (int error = AIMC_OK; error <= AIMC_ERR_DEVICE; error++) {
        printf("%d: %s\n", error, aimc_strerror((aimc_error)error));
        CHECK(strcmp(aimc_strerror((aimc_error)error), "unknown AIMC error") != 0);
        for (int other = AIMC_OK; other < error; other++)
            CHECK(strcmp(aimc_strerror((aimc_error)error), aimc_strerror((aimc_error)other)) != 0);
    }
    CHECK(strcmp(aimc_strerror((aimc_error)10), "unknown AIMC error") == 0);

    CHECK(aimc_open(NULL) == AIMC_ERR_ARGUMENT);
    CHECK(aimc_open(&device) == AIMC_OK);
    CHECK(aimc_open(&again) == AIMC_ERR_BUSY);
    CHECK(again == NULL);
    CHECK(aimc_statistics(device, NULL) == AIMC_ERR_ARGUMENT);
    CHECK(aimc_statistics(NULL, &counters) == AIMC_ERR_ARGUMENT);
    CHECK(aimc_close(device) == AIMC_OK);
    CHECK(aimc_close(NULL) == AIMC_OK);
    CHECK(aimc_open(&device) == AIMC_OK);
    CHECK(aimc_close(device) == AIMC_OK);
    return check_result();
}
