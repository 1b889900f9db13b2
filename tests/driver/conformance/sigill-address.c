/* The SIGILL of an instruction without a tile tells its address, as for any undefined instruction. */
#include "check.h"

static volatile uintptr_t address;
static volatile int code;

static void handler(int number, siginfo_t *info, void *context)
{
    (void)number;
    (void)context;
    address = (uintptr_t)info->si_addr;
    code = info->si_code;
    siglongjmp(after_instruction, 1);
}

__attribute__((noinline)) static uint64_t instruction(void)
{
    return aimc_cm_status(AIMC_STATUS_ROWS);
}

int main(void)
{
    struct sigaction action = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO};
    pin(0);
    CHECK_EQUAL(sigaction(SIGILL, &action, NULL), 0);
    if (sigsetjmp(after_instruction, 1) == 0) {
        instruction();
        CHECK(!"no SIGILL");
    }
    CHECK_EQUAL(code, ILL_ILLOPC);
    CHECK(address >= (uintptr_t)instruction && address < (uintptr_t)instruction + 32);
    uintptr_t first = address;

    struct context context = new_context(open_device(), 0);
    CHECK_EQUAL(bind_tile(context, 0, 0), 0);
    CHECK_EQUAL(instruction(), device_info(context.fd).rows);
    CHECK_EQUAL(bind_tile(context, 0, AIMC_BIND_OFF), 0);
    address = 0;
    if (sigsetjmp(after_instruction, 1) == 0) {
        instruction();
        CHECK(!"no SIGILL");
    }
    CHECK_EQUAL(address, first);
    return ok();
}
