// Sums that fit int8 exactly, by one not, and by far not, in both directions.
#include "aimc_report.h"

int main(void) {
    static const int8_t weights[6] = {127, 64, 127, -128, -65, -128};
    static const uint32_t inputs[2] = {1, 2};
    aimc_driver_attach();
    for (uint64_t x = 0; x < 6; x++) {
        aimc_cm_param_write(x, 0, weights[x]);
    }
    aimc_cm_param_write(2, 1, 1);
    aimc_cm_param_write(5, 1, -1);
    // Row 0 gets 1, then 2; row 1 gets 1 both times.
    for (int i = 0; i < 2; i++) {
        aimc_cm_queue(inputs[i] | 1 << 8);
        aimc_cm_process();
        uint32_t words[2];
        words[0] = aimc_cm_dequeue();
        words[1] = aimc_cm_dequeue();
        for (int x = 0; x < 6; x++) {
            printf("%d ", (int8_t)(words[x / 4] >> 8 * (x % 4)));
        }
        printf("\n");
        aimc_report("so far");
    }
    return 0;
}
