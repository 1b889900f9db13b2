/*
 * The checker's global object: what it prints, its tiles by tid, and its place in a program of several files. Built
 * with -DUSE_CHECKER everywhere.
 */
#include "aimc.hh"

#include "check.h"

namespace {

void print()
{
    int8_t rows[3][4] = {{1, 2, 3, 4}, {-5, 6, 7, 8}, {9, 10, 11, -12}};
    int8_t *matrix[3] = {rows[0], rows[1], rows[2]};
    int8_t inputs[11] = {1, -1, 2, 0, 0, 0, 0, 0, 0, 0, 77};
    mapMatrix(1, 2, 3, 4, matrix);
    queueVector(11, inputs);
    aimc.printInputMemory(0, 12);
    aimc.printInputMemory(1);
    aimc.printCrossbar(0);
    aimcProcess();
    aimc.printOutputMemory(0);
    aimc.printInputMemory(0, 5);
}

// Each tid has a tile; mapMatrix knows only the first.
void tids()
{
    int8_t weight = 5, input = 3, output = 0;
    mapMatrix(0, 0, 1, 1, &weight);
    for (int tid = 0; tid < 8; tid++) {
        aimcParamWrite(1, 0, (uint64_t)tid, tid);
        queueVector(1, &input, tid);
    }
    for (int tid = 0; tid < 8; tid++) {
        aimcProcess(tid);
        CHECK(aimcDequeue(tid) == (uint64_t)(tid == 0 ? 15 : 0) + (uint64_t)(3 * tid) * 256);
        dequeueVector(1, &output, tid);
        CHECK(output == 0);
    }
    bool refused = false;
    try {
        aimcProcess(8);
    } catch (const std::out_of_range &error) {
        refused = true;
        std::cout << error.what() << endl;
    }
    CHECK(refused);
}

void look_inside()
{
    CHECK(aimc.cores.size() == 8);
    AnalogComputationalMemoryCore *core = aimc.cores[2];
    aimcParamWrite(4, 3, 99, 2);
    CHECK(core->crossbar[3 * core->crossbarWidth + 4] == 99);
    CHECK(core->inputMemoryCounter == 0);
    aimcQueue(0x01020304, 2);
    CHECK(core->inputMemoryCounter == 4 && core->inputMemory[0] == 4);
    std::cout << core->crossbarHeight << " x " << core->crossbarWidth << endl;
    AnalogComputationalMemory own(2);
    own.aimcParamWrite(1, 0, 0, 2);
    own.aimcQueue(1, 4);
    own.aimcProcess(1);
    CHECK(own.aimcDequeue(1) == 8);
    CHECK(own.aimcParamRead(1, 0, 0) == 2 && own.aimcParamRead(0, 0, 0) == 0 && own.aimcParamRead(0, -1, 0) == 0);
}

} // namespace

int main()
{
    print();
    tids();
    look_inside();
    std::cout << std::flush;
    return check_result();
}
