/* Instructions in code that the program has made itself need a bound tile too, and work with one. */
#include "check.h"

int main(void)
{
    const uint32_t code[] = {0xD2800020, 0x61000000, 0xD65F03C0}; /* mov x0, 1; CM_STATUS x0, x0; ret */
    uint32_t *memory = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK(memory != MAP_FAILED);
    memcpy(memory, code, sizeof code);
    CHECK_EQUAL(mprotect(memory, PAGE, PROT_READ | PROT_EXEC), 0);
    __builtin___clear_cache((char *)memory, (char *)memory + sizeof code);
    uint64_t (*function)(void) = (uint64_t (*)(void))(uintptr_t)memory;
    struct sigaction action = {.sa_handler = undefined_instruction};
    pin(0);
    CHECK_EQUAL(sigaction(SIGILL, &action, NULL), 0);
    struct context context = new_context(open_device(), 0);
    for (int round = 0; round < 3; round++) {
        CHECK_EQUAL(bind_tile(context, 0, 0), 0);
        CHECK_EQUAL(function(), device_info(context.fd).rows);
        CHECK_EQUAL(bind_tile(context, 0, AIMC_BIND_OFF), 0);
        if (sigsetjmp(after_instruction, 1) == 0) {
            function();
            CHECK(!"no SIGILL");
        }
    }
    return ok();
}
