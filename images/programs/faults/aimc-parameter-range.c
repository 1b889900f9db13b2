// Writes and reads weights at the last place of the crossbar, which is fine, and one beyond in each direction.
#include "aimc_report.h"

static void try(const char *where, uint64_t x, uint64_t y) {
    uint64_t status = aimc_cm_param_write(x, y, -5);
    int value = aimc_cm_param_read(x, y);
    printf("write status %" PRIu64 ", read %d\n", status, value);
    aimc_report(where);
}

int main(void) {
    aimc_driver_attach();
    uint64_t rows = aimc_cm_status(AIMC_STATUS_ROWS), columns = aimc_cm_status(AIMC_STATUS_COLUMNS);
    try("last weight", columns - 1, rows - 1);
    try("column past the end", columns, 0);
    try("row past the end", 0, rows);
    try("far outside", UINT64_MAX, UINT64_MAX);
    return 0;
}
