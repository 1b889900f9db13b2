// AIMClib's instructions as ALPINE's compiler flags make them: the library's exact words, operands in its registers.
#include <aimc/driver.h>

#include <stdint.h>
#include <stdio.h>

static uint64_t param_write(uint64_t x, uint64_t y, uint64_t value) {
    uint64_t status;
    __asm__ volatile("mov x9, %1\n\tmov x7, %2\n\tmov x8, %3\n\t.long 0x41081d2a\n\tmov %0, x10"
                     : "=r"(status)
                     : "r"(x), "r"(y), "r"(value)
                     : "x7", "x8", "x9", "x10", "memory");
    return status;
}

static int64_t param_read(uint64_t x, uint64_t y) {
    int64_t weight;
    __asm__ volatile("mov x9, %1\n\tmov x7, %2\n\t.long 0x4108812a\n\tmov %0, x10"
                     : "=r"(weight)
                     : "r"(x), "r"(y)
                     : "x7", "x9", "x10", "memory");
    return weight;
}

static void queue(uint64_t word) {
    __asm__ volatile("mov x9, %0\n\t.long 0x21088000" ::"r"(word) : "x9", "memory");
}

static uint64_t dequeue(void) {
    uint64_t word;
    __asm__ volatile(".long 0x2100000a\n\tmov %0, x10" : "=r"(word)::"x10", "memory");
    return word;
}

static void process(void) {
    __asm__ volatile(".long 0x01000000" ::: "memory");
}

// The general words, whose fields name any register.
static void queue_x3(uint64_t word) {
    register uint64_t x3 __asm__("x3") = word;
    __asm__ volatile(".long 0x21008060" ::"r"(x3) : "memory");
}

static int64_t param_read_general(uint64_t x, uint64_t y) {
    register uint64_t x1 __asm__("x1") = x;
    register uint64_t x2 __asm__("x2") = y;
    register int64_t x4 __asm__("x4");
    __asm__ volatile(".long 0x41008824" : "=r"(x4) : "r"(x1), "r"(x2) : "memory");
    return x4;
}

int main(void) {
    aimc_driver_attach();
    static const int8_t weights[3][5] = {{1, -2, 3, 127, -128}, {5, 6, -7, 100, -100}, {0, 1, 0, 1, 2}};
    for (uint64_t y = 0; y < 3; y++) {
        for (uint64_t x = 0; x < 5; x++) {
            // Only the low eight bits count.
            if (param_write(x, y, (uint8_t)weights[y][x] | 0xabcd00) != 0) {
                return 1;
            }
        }
    }
    for (uint64_t y = 0; y < 3; y++) {
        for (uint64_t x = 0; x < 5; x++) {
            printf("%lld%s", (long long)param_read(x, y), x == 4 ? "\n" : " ");
            if (param_read(x, y) != param_read_general(x, y)) {
                return 2;
            }
        }
    }
    for (int turn = 0; turn < 2; turn++) {
        uint64_t word = 0xffffffff00000000 | 0x03 << 16 | 0xfe << 8 | 0x02; // 2, -2, 3; the upper half does not count
        turn ? queue_x3(word) : queue(word);
        process();
        printf("%08llx ", (unsigned long long)dequeue());
        printf("%08llx ", (unsigned long long)dequeue());
        printf("%08llx\n", (unsigned long long)dequeue());
    }
    return 0;
}
