// The ends of the tile's memories, where ALPINE's tile behaves in its own way. For a tile of 8 rows and 8 columns.
#include <aimc/driver.h>
#include <aimc/isa.h>

#include <inttypes.h>
#include <stdio.h>

int main(void) {
    aimc_driver_attach();
    for (uint64_t i = 0; i < 8; i++) {
        aimc_cm_param_write(i, i, 1);
    }
    aimc_cm_queue(0x04030201);
    aimc_cm_queue(0x08070605); // ends exactly where the input memory does
    aimc_cm_process();
    printf("%08" PRIx32 "\n", aimc_cm_dequeue());
    printf("%08" PRIx32 "\n", aimc_cm_dequeue());
    // Columns are counted from 0 to 7; as one index into rows of 8, column 9 of row 2 is column 1 of row 3.
    uint64_t status = aimc_cm_param_write(9, 2, 42);
    printf("status %" PRIu64 ", read %d, neighbour %d\n", status, aimc_cm_param_read(9, 2), aimc_cm_param_read(1, 3));
    printf("misuse %" PRIu64 "\n", aimc_cm_status(AIMC_STATUS_MISUSE));
    return 0;
}
