/*
 * Every function of AIMClib in every form, printing what comes back: to be built for the machine and, with
 * -DUSE_CHECKER, for the host, where it must print the same. Values fit their types, so that no conversion is open.
 */
#include "aimc.hh"

#include <stdio.h>

namespace {

const int Size = 21;

uint32_t state = 2463534242u;

int8_t next()
{
    state ^= state << 13;
    state ^= state >> 17;
    state ^= state << 5;
    return (int8_t)(state >> 24);
}

void clear()
{
    for (uint64_t y = 0; y < 32; y++)
        for (uint64_t x = 0; x < 32; x++)
            aimcParamWrite(x, y, 0);
}

void show_weights(const char *what)
{
    uint32_t folded = 0;
    for (uint64_t y = 0; y < 32; y++)
        for (uint64_t x = 0; x < 32; x++)
            folded = 31 * folded + (uint8_t)aimcParamRead(x, y, 0);
    printf("%-22s weights %08x\n", what, (unsigned)folded);
}

template <typename T>
void show(const char *what, const T *values, int count)
{
    printf("%-22s", what);
    for (int i = 0; i < count; i++)
        printf(" %.9g", (double)values[i]);
    printf("\n");
}

template <typename T>
void scaled(const char *what, T max, int divisor)
{
    T flat[32 * 32], *rows[32], inputs[Size], outputs[Size];
    int8_t bytes[Size];
    for (int i = 0; i < 32 * 32; i++)
        flat[i] = (T)(next() / 2) / (T)divisor;
    for (int i = 0; i < 32; i++)
        rows[i] = flat + 32 * i;
    for (int i = 0; i < Size; i++)
        inputs[i] = (T)(next() / 8) / (T)divisor;
    clear();
    mapMatrix(2, 1, Size, 7, max, rows);
    show_weights(what);
    queueVector(Size, max, inputs);
    aimcProcess();
    dequeueVector(Size, bytes);
    show(what, bytes, Size);
    clear();
    mapMatrix(0, 0, 9, 9, max, flat);
    show_weights(what);
    queueVector(9, max, inputs, 0);
    aimcProcess(0);
    dequeueVector(9, max, outputs, 0);
    show(what, outputs, 9);
}

void bytes()
{
    int8_t flat[32 * 32], *rows[32], inputs[Size], outputs[Size];
    for (int8_t &value : flat)
        value = next();
    for (int i = 0; i < 32; i++)
        rows[i] = flat + 32 * i;
    for (int8_t &value : inputs)
        value = (int8_t)(next() / 32);
    clear();
    mapMatrix(3, 4, 6, 5, rows);
    show_weights("int8_t rows");
    mapMatrix(10, 10, 6, 5, flat);
    show_weights("int8_t flat");
    for (int size = 0; size < Size; size++) {
        queueVector(size, inputs);
        aimcProcess();
        dequeueVector(Size, outputs);
        show("int8_t", outputs, Size);
    }
}

} // namespace

int main()
{
    bytes();
    scaled<double>("double", 2.5, 64);
    scaled<float>("float", 1.25f, 128);
    scaled<int>("int", 9, 1);
    printf("%llx\n", (unsigned long long)aimcParamWrite(31, 31, (uint64_t)-7));
    printf("%llx\n", (unsigned long long)aimcParamRead(31, 31, 0));
    printf("%llx\n", (unsigned long long)aimcParamWrite(1000000, 0, 1));
    aimcQueue(0x80017f02);
    aimcProcess();
    printf("%llx\n", (unsigned long long)aimcDequeue());
    return 0;
}
