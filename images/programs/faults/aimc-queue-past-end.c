// Fills the input memory to its end, which is fine, then queues one word more.
#include "aimc_report.h"

int main(void) {
    aimc_driver_attach();
    uint64_t rows = aimc_cm_status(AIMC_STATUS_ROWS);
    for (uint64_t row = 0; row < rows; row += 4) {
        aimc_cm_queue(0);
    }
    aimc_report("full");
    aimc_cm_queue(0x01010101);
    aimc_report("past the end");
    aimc_cm_process();
    return 0;
}
