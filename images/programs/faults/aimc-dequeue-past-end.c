// Takes all outputs, which is fine, then one word more.
#include "aimc_report.h"

int main(void) {
    aimc_driver_attach();
    uint64_t columns = aimc_cm_status(AIMC_STATUS_COLUMNS);
    aimc_cm_process();
    for (uint64_t column = 0; column < columns; column += 4) {
        aimc_cm_dequeue();
    }
    aimc_report("empty");
    printf("word %08" PRIx32 "\n", aimc_cm_dequeue());
    aimc_report("past the end");
    return 0;
}
