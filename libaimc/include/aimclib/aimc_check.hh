/*
 * AIMClib's checker: the operations in software, on the tiles of a global object `aimc`, so that a program's results
 * can be had on any machine and its tiles be looked into. Header only.
 *
 * As in AIMClib there are 8 tiles, chosen by `tid`, of 4000 x 4000 each; AIMC_SOFTWARE_TILE_GEOMETRY (ROWSxCOLUMNS)
 * in the environment sets another size. Trap: mapMatrix has no `tid` and always writes tile 0, so only tid = 0 has
 * weights unless the program calls aimcParamWrite itself; on the machine every core maps its own.
 *
 * AIMClib's checker drops the last word of four when it ends exactly at the end of a memory, and checks weights by
 * their linear index only. Those are faults and not reproduced: see software_tile.h for what happens at the ends.
 */
#ifndef AIMC_AIMCLIB_CHECK_HH
#define AIMC_AIMCLIB_CHECK_HH

#include "../aimc/software_tile.h"

#include <iostream>
#include <stdexcept>
#include <string>
#include <vector>

/* Programs rely on the checker's header for this. */
using namespace std;

/* One tile, with the member names under which AIMClib's programs look into it. */
struct AnalogComputationalMemoryCore {
    aimc_software_tile tile;

    const int crossbarHeight;
    const int crossbarWidth;
    int8_t *const crossbar; // row-major: crossbar[y * crossbarWidth + x]
    int8_t *const inputMemory;
    int8_t *const outputMemory;
    const uint64_t &inputMemoryCounter;
    const uint64_t &outputMemoryCounter;
    const int vectorization; // values per queue or dequeue

    AnalogComputationalMemoryCore()
        : tile(make()), crossbarHeight((int)tile.rows), crossbarWidth((int)tile.columns), crossbar(tile.crossbar),
          inputMemory(tile.input), outputMemory(tile.output), inputMemoryCounter(tile.queued),
          outputMemoryCounter(tile.dequeued), vectorization(4)
    {
    }

    ~AnalogComputationalMemoryCore() { aimc_software_tile_finish(&tile); }

    AnalogComputationalMemoryCore(const AnalogComputationalMemoryCore &) = delete;
    AnalogComputationalMemoryCore &operator=(const AnalogComputationalMemoryCore &) = delete;

  private:
    static aimc_software_tile make()
    {
        uint32_t rows = 4000, columns = 4000;
        aimc_software_tile made;
        aimc_software_tile_geometry(&rows, &columns);
        if (aimc_software_tile_init(&made, rows, columns))
            throw std::bad_alloc();
        return made;
    }
};

/* The tiles, one per tid. A tid without a tile throws std::out_of_range (AIMClib reads past a vector's end). */
class AnalogComputationalMemory {
  public:
    std::vector<AnalogComputationalMemoryCore *> cores;

    explicit AnalogComputationalMemory(int count = 1)
    {
        for (int i = 0; i < count; i++)
            cores.push_back(new AnalogComputationalMemoryCore());
    }

    ~AnalogComputationalMemory()
    {
        for (AnalogComputationalMemoryCore *core : cores)
            delete core;
    }

    AnalogComputationalMemory(const AnalogComputationalMemory &) = delete;
    AnalogComputationalMemory &operator=(const AnalogComputationalMemory &) = delete;

    AnalogComputationalMemoryCore &core(int tid)
    {
        if (tid < 0 || (size_t)tid >= cores.size())
            throw std::out_of_range("AIMC checker: tid " + std::to_string(tid) + ", but there are " +
                                    std::to_string(cores.size()) + " tiles");
        return *cores[(size_t)tid];
    }

    void printInputMemory(int tid, int limit = 10)
    {
        std::cout << "AIMC Core " << tid << " Input Memory =\n";
        printMemory(core(tid).inputMemory, smaller(core(tid).crossbarHeight, limit));
    }

    /* Trap: prints 10 values at most, whatever the limit. */
    void printOutputMemory(int tid, int = 10)
    {
        std::cout << "AIMC Core " << tid << " Output Memory =\n";
        printMemory(core(tid).outputMemory, smaller(core(tid).crossbarWidth, 10));
    }

    /* The corner of 10 x 10 weights. Trap: the limit has no effect. */
    void printCrossbar(int tid, int = 10)
    {
        const AnalogComputationalMemoryCore &shown = core(tid);
        std::cout << "AIMC Core " << tid << " Crossbar =\n";
        for (int y = 0; y < smaller(shown.crossbarHeight, 10); y++) {
            for (int x = 0; x < smaller(shown.crossbarWidth, 10); x++)
                std::cout << (int)shown.crossbar[(size_t)y * (size_t)shown.crossbarWidth + (size_t)x] << '\t';
            std::cout << std::endl;
        }
        std::cout << std::endl;
    }

    void aimcProcess(int tid = 0) { aimc_software_tile_process(&core(tid).tile); }

    void aimcQueue(int tid, uint32_t val) { aimc_software_tile_queue(&core(tid).tile, val); }

    uint32_t aimcDequeue(int tid) { return aimc_software_tile_dequeue(&core(tid).tile); }

    int8_t aimcParamRead(int tid, int x, int y)
    {
        return aimc_software_tile_param_read(&core(tid).tile, (uint64_t)(int64_t)x, (uint64_t)(int64_t)y);
    }

    void aimcParamWrite(int tid, int x, int y, int8_t val)
    {
        aimc_software_tile_param_write(&core(tid).tile, (uint64_t)(int64_t)x, (uint64_t)(int64_t)y, val);
    }

  private:
    static int smaller(int a, int b) { return a < b ? a : b; }

    /* Ten to a line. */
    static void printMemory(const int8_t *memory, int count)
    {
        for (int i = 0; i < count; i++) {
            if (i > 0 && i % 10 == 0)
                std::cout << std::endl;
            std::cout << std::dec << (int)memory[i] << '\t';
        }
        std::cout << std::endl;
    }
};

namespace aimclib_detail {

/* One object for the whole program, however many files include this header (AIMClib's could be included once only). */
inline AnalogComputationalMemory &checker()
{
    static AnalogComputationalMemory tiles(8);
    return tiles;
}

} // namespace aimclib_detail

static AnalogComputationalMemory &aimc = aimclib_detail::checker();

namespace aimclib_detail {

/* What queue, dequeue and mapMatrix are made of. */
inline void use_tile() {}

inline void queue(uint32_t word, int tid)
{
    checker().aimcQueue(tid, word);
}

inline uint32_t dequeue(int tid)
{
    return checker().aimcDequeue(tid);
}

/* Of tile 0, as mapMatrix has no `tid`. */
inline uint64_t param_write(uint64_t x, uint64_t y, int8_t value)
{
    return aimc_software_tile_param_write(&checker().core(0).tile, x, y, value);
}

} // namespace aimclib_detail

/* The operations, with AIMClib's result types: in the checker process and queue return 0. */
inline uint64_t aimcProcess(int tid = 0)
{
    aimclib_detail::checker().aimcProcess(tid);
    return 0;
}

inline uint64_t aimcQueue(uint64_t rm, int tid = 0)
{
    aimclib_detail::checker().aimcQueue(tid, (uint32_t)rm);
    return 0;
}

inline uint64_t aimcDequeue(int tid = 0)
{
    return aimclib_detail::checker().aimcDequeue(tid);
}

/* The weight of column rm (x), row rn (y), sign-extended to 64 bits. Trap: `ra` is unused but has no default. */
inline uint64_t aimcParamRead(uint64_t rm, uint64_t rn, uint64_t, int tid = 0)
{
    return (uint64_t)(int64_t)aimc_software_tile_param_read(&aimclib_detail::checker().core(tid).tile, rm, rn);
}

/* Writes the low 8 bits of ra to column rm (x), row rn (y). Returns 0, or 1 out of range (AIMClib: always 0). */
inline uint64_t aimcParamWrite(uint64_t rm, uint64_t rn, uint64_t ra, int tid = 0)
{
    return aimc_software_tile_param_write(&aimclib_detail::checker().core(tid).tile, rm, rn, (int8_t)(uint8_t)ra);
}

#endif
