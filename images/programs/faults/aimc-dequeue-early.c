// Dequeues before anything was processed.
#include "aimc_report.h"

int main(void) {
    aimc_driver_attach();
    aimc_report("before");
    printf("word %08" PRIx32 "\n", aimc_cm_dequeue());
    aimc_report("dequeued early");
    return 0;
}
