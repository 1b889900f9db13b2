/*
 * Compiled, never run: a test reads the instruction words of these functions. Arguments arrive in x0 to x7, so the
 * words must name those registers.
 */
#include <aimc/isa.h>

#include <stddef.h>

void encode_process(void)
{
    aimc_cm_process();
}

void encode_queue(uint32_t a, uint32_t b, uint32_t c, uint32_t d, uint32_t e, uint32_t f, uint32_t g, uint32_t h)
{
    aimc_cm_queue(h);
    aimc_cm_queue(a);
    aimc_cm_queue(g);
    aimc_cm_queue(b);
    aimc_cm_queue(f);
    aimc_cm_queue(c);
    aimc_cm_queue(e);
    aimc_cm_queue(d);
    aimc_cm_queue(0);
}

int8_t encode_param_read(uint64_t a, uint64_t b, uint64_t c, uint64_t d)
{
    (void)a;
    (void)c;
    return aimc_cm_param_read(d, b);
}

uint64_t encode_param_write(uint64_t a, uint64_t b, uint64_t c, uint64_t d)
{
    (void)b;
    return aimc_cm_param_write(d, a, 0) + aimc_cm_param_write(0, c, 0);
}

uint64_t encode_status(uint64_t a, uint64_t b)
{
    (void)a;
    return aimc_cm_status(b);
}

/* Twenty results at a time need twenty registers, and the order must stay. */
void encode_many(uint32_t *words)
{
    uint32_t taken[20];
    for (size_t i = 0; i < 20; i++)
        taken[i] = aimc_cm_dequeue();
    aimc_cm_process();
    for (size_t i = 0; i < 20; i++)
        aimc_cm_queue(taken[i] ^ taken[19 - i]);
    for (size_t i = 0; i < 20; i++)
        words[i] = taken[i];
}
