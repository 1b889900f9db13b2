// Sorts 100,000 numbers three ways: heap sort, quicksort with insertion sort, merge sort; checks that the results
// agree.
#include "checksum.h"
#include "random.h"
#include "rounds.h"

#include <stdio.h>
#include <string.h>

enum { COUNT = 100000, SMALL = 16 };

static uint32_t original[COUNT], heap[COUNT], quick[COUNT], merge[COUNT], scratch[COUNT];

static void swap(uint32_t *a, uint32_t *b) {
    uint32_t value = *a;
    *a = *b;
    *b = value;
}

static void sift_down(uint32_t *values, size_t root, size_t count) {
    for (;;) {
        size_t child = 2 * root + 1;
        if (child >= count) {
            return;
        }
        if (child + 1 < count && values[child + 1] > values[child]) {
            child++;
        }
        if (values[root] >= values[child]) {
            return;
        }
        swap(&values[root], &values[child]);
        root = child;
    }
}

static void heap_sort(uint32_t *values, size_t count) {
    for (size_t root = count / 2; root-- > 0;) {
        sift_down(values, root, count);
    }
    for (size_t end = count - 1; end > 0; end--) {
        swap(&values[0], &values[end]);
        sift_down(values, 0, end);
    }
}

static void insertion_sort(uint32_t *values, size_t count) {
    for (size_t i = 1; i < count; i++) {
        uint32_t value = values[i];
        size_t place = i;
        while (place > 0 && values[place - 1] > value) {
            values[place] = values[place - 1];
            place--;
        }
        values[place] = value;
    }
}

static void quick_sort(uint32_t *values, size_t count) {
    while (count > SMALL) {
        // The median of three as pivot; Hoare's partition.
        uint32_t a = values[0], b = values[count / 2], c = values[count - 1];
        uint32_t low = a < b ? a : b, high = a < b ? b : a;
        uint32_t pivot = c < low ? low : c > high ? high : c;
        size_t left = 0, right = count - 1;
        for (;;) {
            while (values[left] < pivot) {
                left++;
            }
            while (values[right] > pivot) {
                right--;
            }
            if (left >= right) {
                break;
            }
            swap(&values[left++], &values[right--]);
        }
        quick_sort(values, left);
        values += left;
        count -= left;
    }
    insertion_sort(values, count);
}

static void merge_sort(uint32_t *values, size_t count) {
    if (count <= SMALL) {
        insertion_sort(values, count);
        return;
    }
    size_t half = count / 2;
    merge_sort(values, half);
    merge_sort(values + half, count - half);
    memcpy(scratch, values, half * sizeof *values);
    size_t left = 0, right = half, out = 0;
    while (left < half && right < count) {
        values[out++] = values[right] < scratch[left] ? values[right++] : scratch[left++];
    }
    memcpy(values + out, scratch + left, (half - left) * sizeof *values);
}

static void sort_all(void) {
    memcpy(heap, original, sizeof original);
    memcpy(quick, original, sizeof original);
    memcpy(merge, original, sizeof original);
    heap_sort(heap, COUNT);
    quick_sort(quick, COUNT);
    merge_sort(merge, COUNT);
}

int main(int argc, char **argv) {
    random_t random = {2};
    for (size_t i = 0; i < COUNT; i++) {
        original[i] = (uint32_t)random_next(&random);
    }
    for (long round = rounds_wanted(argc, argv); round > 0; round--) {
        sort_all();
    }
    for (size_t i = 0; i < COUNT; i++) {
        if (heap[i] != quick[i] || heap[i] != merge[i] || (i > 0 && heap[i] < heap[i - 1])) {
            fprintf(stderr, "bench-sort: wrong order at %zu\n", i);
            return 1;
        }
    }
    printf("%08x\n", checksum_bytes(0, heap, sizeof heap));
    return 0;
}
