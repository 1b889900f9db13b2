/*
 * The AIMClib face against a computation of its own: every overload, with the places where AIMClib is peculiar.
 */
#include "aimc.hh"

#include <stddef.h>

#include <cmath>
#include <vector>

#include "check.h"

namespace {

int8_t crossbar[64][64]; // [y][x], what the tile should hold

void clear()
{
    for (int y = 0; y < 64; y++)
        for (int x = 0; x < 64; x++) {
            crossbar[y][x] = 0;
            CHECK(aimcParamWrite((uint64_t)x, (uint64_t)y, 0) == 0);
        }
}

void compare(const char *what)
{
    uint32_t h = 0;
    for (int y = 0; y < 64; y++)
        for (int x = 0; x < 64; x++) {
            const int8_t held = (int8_t)aimcParamRead((uint64_t)x, (uint64_t)y, 0);
            CHECK(held == crossbar[y][x]);
            h = 31 * h + (uint8_t)held;
        }
    printf("%s: %08lx\n", what, (unsigned long)h);
}

void matrices()
{
    const int height = 7, width = 5;
    std::vector<int8_t> bytes(64 * 64);
    std::vector<double> doubles(64 * 64);
    std::vector<int8_t *> byte_rows;
    std::vector<double *> double_rows;
    random_bytes(bytes.data(), bytes.size());
    for (size_t i = 0; i < doubles.size(); i++)
        doubles[i] = bytes[i] / 64.0;
    for (size_t i = 0; i < 64; i++) {
        byte_rows.push_back(&bytes[64 * i]);
        double_rows.push_back(&doubles[64 * i]);
    }

    clear();
    mapMatrix(3, 9, height, width, byte_rows.data());
    for (int y = 0; y < height; y++)
        for (int x = 0; x < width; x++)
            crossbar[9 + y][3 + x] = bytes[64 * (size_t)y + (size_t)x];
    compare("int8_t rows");

    mapMatrix(20, 0, height, width, 2.5, double_rows.data());
    for (int y = 0; y < height; y++)
        for (int x = 0; x < width; x++)
            crossbar[y][20 + x] = (int8_t)std::trunc(doubles[64 * (size_t)y + (size_t)x] / 2.5 * 127);
    compare("double rows");

    mapMatrix(40, 50, height, width, bytes.data());
    for (int x = 0; x < width; x++)
        for (int y = 0; y < height; y++)
            crossbar[50 + y][40 + x] = bytes[(size_t)(x * width + y)];
    compare("int8_t flat");

    mapMatrix(0, 20, width, height, 4.0, doubles.data());
    for (int x = 0; x < height; x++)
        for (int y = 0; y < width; y++)
            crossbar[20 + y][x] = (int8_t)std::trunc(doubles[(size_t)(x * height + y)] / 4.0 * 127);
    compare("double flat");

    std::vector<int> ints(bytes.begin(), bytes.end());
    mapMatrix(50, 0, height, width, 50, ints.data());
    for (int x = 0; x < width; x++)
        for (int y = 0; y < height; y++) {
            const int quotient = ints[(size_t)(x * width + y)] / 50; // -2 to 2: the integer division comes first
            const int8_t scaled[5] = {2, -127, 0, 127, -2};          // 2 * 127 wraps to -2
            crossbar[y][50 + x] = scaled[quotient + 2];
        }
    compare("int flat");
}

// A crossbar that copies inputs to outputs shows what was queued.
void identity()
{
    clear();
    for (uint64_t i = 0; i < 64; i++)
        CHECK(aimcParamWrite(i, i, 1) == 0);
}

void vectors()
{
    int8_t bytes[23], outputs[64], more[64];
    double doubles[23];
    float floats[23];
    random_bytes(bytes, sizeof bytes);
    for (int i = 0; i < 23; i++) {
        doubles[i] = bytes[i] / 100.0;
        floats[i] = (float)bytes[i];
    }
    identity();

    for (int size = 0; size <= 23; size++) {
        queueVector(size, bytes);
        aimcProcess();
        dequeueVector(24, outputs);
        for (int i = 0; i < 24; i++)
            CHECK(outputs[i] == (i < size ? bytes[i] : 0));
    }
    printf("int8_t: %08lx\n", (unsigned long)fold(outputs, 24));

    queueVector(23, 1.5, doubles);
    aimcProcess();
    dequeueVector(23, outputs);
    for (int i = 0; i < 23; i++)
        CHECK(outputs[i] == (int8_t)std::trunc(doubles[i] / 1.5 * 127));
    printf("double: %08lx\n", (unsigned long)fold(outputs, 23));

    queueVector(23, 128.0f, floats, 0);
    aimcProcess(0);
    dequeueVector(23, more, 0);
    for (int i = 0; i < 23; i++)
        CHECK(more[i] == (int8_t)std::trunc(floats[i] / 128.0f * 127));
    printf("float: %08lx\n", (unsigned long)fold(more, 23));

    // Calls in a row fill one input memory; each starts a word.
    queueVector(3, bytes);
    queueVector(5, bytes);
    aimcProcess();
    dequeueVector(12, outputs);
    CHECK(outputs[3] == 0 && outputs[4] == bytes[0] && outputs[8] == bytes[4] && outputs[9] == 0);
}

// The scaling dequeueVector converts all that is left of a word, unsigned.
void scaled_outputs()
{
    int8_t inputs[6] = {1, 2, 3, -1, -128, 5};
    double doubles[6];
    int ints[6];
    queueVector(6, inputs);
    aimcProcess();
    dequeueVector(6, 2.0, doubles);
    const uint32_t left[6] = {0xff030201u, 0xff0302u, 0xff03u, 0xffu, 0x0580u, 0x05u};
    for (int i = 0; i < 6; i++) {
        CHECK(doubles[i] == (double)left[i] / 127 * 2.0);
        printf("%.6f%c", doubles[i], i == 5 ? '\n' : ' ');
    }
    queueVector(6, inputs);
    aimcProcess();
    dequeueVector(6, 3, ints);
    CHECK(ints[1] == 0xff0302 / 127 * 3);
    CHECK(ints[5] == 0);
    CHECK(ints[4] == 0x0580 / 127 * 3);
}

// Values that do not fit wrap, and what no 32-bit integer holds saturates there first.
void conversions()
{
    const double infinity = HUGE_VAL;
    double values[8] = {128.9, -129.9, 255.0, 3000000000.0, -3000000000.0, NAN, infinity, -0.9};
    const int8_t expected[8] = {-128, 127, -1, -1, 0, 0, -1, 0};
    float floats[4] = {2147483648.0f, 127.9f, -128.9f, 1000.0f};
    const int8_t expected_floats[4] = {-1, 127, -128, -24};
    int8_t outputs[8];
    queueVector(8, 127.0, values);
    aimcProcess();
    dequeueVector(8, outputs);
    for (int i = 0; i < 8; i++)
        CHECK(outputs[i] == expected[i]);
    queueVector(4, 127.0f, floats);
    aimcProcess();
    dequeueVector(4, outputs);
    for (int i = 0; i < 4; i++)
        CHECK(outputs[i] == expected_floats[i]);
    printf("conversions: %08lx\n", (unsigned long)fold(outputs, 4));
}

void operations()
{
    CHECK(aimcParamWrite(5, 6, (uint64_t)-3) == 0);
    CHECK(aimcParamRead(5, 6, 0) == (uint64_t)-3);
    CHECK(aimcParamWrite((uint64_t)-1, 0, 1) == 1);
    CHECK(aimcParamWrite(0, 100000, 1) == 1);
    CHECK(aimcParamRead(0, 100000, 0) == 0);
    aimcParamWrite(5, 6, 0);
    aimcQueue(0xffffffff04030201u); // only 32 bits count
    aimcProcess();
    CHECK(aimcDequeue() == 0x04030201);
    CHECK(aimcDequeue() == 0);
}

} // namespace

int main()
{
    matrices();
    vectors();
    scaled_outputs();
    conversions();
    operations();
    return check_result();
}
