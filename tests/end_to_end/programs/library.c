// What a C library does for a program. Prints nothing that depends on the machine, the time or the library's version.
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <wchar.h>

static void formats(void) {
    printf("[%d] [%5d] [%-5d] [%05d] [%+d] [%x] [%#o] [%X]\n", -42, 42, 42, 42, 42, 0xbeef, 8, 0xcafe);
    printf("[%lld] [%llu] [%zu] [%" PRId8 "]\n", LLONG_MIN, ULLONG_MAX, sizeof(int), (int8_t)-128);
    printf("[%f] [%.3f] [%10.2f] [%e] [%g] [%g] [%a]\n", 1.5, 3.14159, -2.5, 12345.678, 1e-5, 1e10, 0.1);
    printf("[%s] [%10s] [%-10s] [%.3s] [%c] [%%]\n", "text", "right", "left", "cut off", 'c');
    printf("[%f] [%f] [%f] [%g]\n", INFINITY, -INFINITY, fabs(NAN), 1.7976931348623157e308);
    char small[8];
    printf("%d ", snprintf(small, sizeof small, "%s", "much too long"));
    printf("%s\n", small);
}

static void memory(void) {
    size_t total = 0;
    char *blocks[64];
    for (int turn = 0; turn < 3; turn++) {
        for (int i = 0; i < 64; i++) {
            size_t size = (size_t)1 << (i % 20);
            blocks[i] = malloc(size);
            memset(blocks[i], i, size);
        }
        for (int i = 0; i < 64; i++) {
            size_t size = (size_t)1 << (i % 20);
            blocks[i] = realloc(blocks[i], size * 2);
            total += (size_t)blocks[i][size - 1];
        }
        for (int i = 0; i < 64; i += 2) {
            free(blocks[i]);
        }
        for (int i = 1; i < 64; i += 2) {
            free(blocks[i]);
        }
    }
    unsigned char *zeros = calloc(1000, 1000);
    for (size_t i = 0; i < 1000000; i++) {
        total += zeros[i];
    }
    free(zeros);
    void *aligned = NULL;
    int result = posix_memalign(&aligned, 4096, 100);
    printf("total %zu, aligned %d %d\n", total, result, (uintptr_t)aligned % 4096 == 0);
    free(aligned);
}

static void files(const char *path) {
    FILE *file = fopen(path, "w+");
    if (file == NULL) {
        printf("%s: %s\n", path, strerror(errno));
        return;
    }
    for (int i = 0; i < 2000; i++) {
        fprintf(file, "%d %d\n", i, i * i);
    }
    fseek(file, 0, SEEK_SET);
    long long sum = 0;
    int a, b, count = 0;
    while (fscanf(file, "%d %d", &a, &b) == 2) {
        sum += a + b;
        count++;
    }
    printf("%d lines, sum %lld, end %d, at %ld\n", count, sum, feof(file) != 0, ftell(file));
    fseek(file, -5, SEEK_END);
    int letter = fgetc(file);
    ungetc('x', file);
    printf("%c%c\n", letter, fgetc(file));
    fseek(file, 1000000, SEEK_SET);
    fputc('!', file);
    fclose(file);
    file = fopen(path, "rb");
    fseek(file, 0, SEEK_END);
    printf("size %ld\n", ftell(file));
    fclose(file);
    char renamed[256];
    snprintf(renamed, sizeof renamed, "%s.renamed", path);
    printf("%d %d %d ", rename(path, renamed), remove(path), remove(renamed));
    errno = 0;
    printf("%d %d\n", fopen(path, "r") == NULL, errno == ENOENT);
}

static int ascending(const void *a, const void *b) {
    int x = *(const int *)a, y = *(const int *)b;
    return (x > y) - (x < y);
}

static void algorithms(void) {
    int numbers[1000], key = 4321;
    uint32_t state = 1;
    for (int i = 0; i < 1000; i++) {
        state = state * 1664525 + 1013904223;
        numbers[i] = (int)(state >> 18);
    }
    qsort(numbers, 1000, sizeof *numbers, ascending);
    uint32_t hash = 0;
    for (int i = 0; i < 1000; i++) {
        hash = hash * 31 + (uint32_t)numbers[i];
    }
    printf("sorted %08" PRIx32 ", found %d\n", hash, bsearch(&key, numbers, 1000, sizeof key, ascending) != NULL);
    char *end;
    printf("%.17g %ld %lu %s\n", strtod("0x1.8p3tail", &end), strtol("-0x7f", NULL, 0), strtoul("777", NULL, 8), end);
    errno = 0;
    printf("%d %d\n", strtol("99999999999999999999", NULL, 10) == LONG_MAX, errno == ERANGE);
    char words[] = "one,two;;three";
    for (char *word = strtok(words, ",;"); word != NULL; word = strtok(NULL, ",;")) {
        printf("<%s>", word);
    }
    printf(" %s %zu %d\n", strstr("haystack", "st"), strspn("aabbc", "ab"), toupper('q'));
}

// Exact, as the same library code runs everywhere.
static void mathematics(void) {
    double sum = 0;
    for (int i = 1; i < 200; i++) {
        double x = i / 7.0;
        sum += sin(x) * cos(x) + exp(-x) + log(x) + pow(x, 1.7) + sqrt(x) + atan2(x, 3) + fmod(x, 0.3) + cbrt(x);
    }
    printf("%a %a %a\n", sum, fma(1e16, 1 + 0x1p-52, -1e16), (double)powf(1.1f, 20));
    printf("%ld %lld %.1f %.1f\n", lround(2.5), llround(-2.5), nearbyint(2.5), trunc(-2.7));
}

static jmp_buf place;

static void jump(int depth) {
    if (depth == 0) {
        longjmp(place, 7);
    }
    jump(depth - 1);
}

static void times(void) {
    time_t moment = 1700000000;
    struct tm parts;
    char text[64];
    strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S %j %a", gmtime_r(&moment, &parts));
    printf("%s\n", text);
    struct timespec first, second;
    clock_gettime(CLOCK_MONOTONIC, &first);
    clock_t before = clock();
    for (volatile int i = 0; i < 100000; i++) {
    }
    clock_t after = clock();
    clock_gettime(CLOCK_MONOTONIC, &second);
    int forward = second.tv_sec > first.tv_sec || (second.tv_sec == first.tv_sec && second.tv_nsec > first.tv_nsec);
    printf("after 2023 %d, forward %d, busy %d\n", time(NULL) > 1672531200, forward, after >= before && before != -1);
}

static void sum_of(int count, ...) {
    va_list values;
    double total = 0;
    va_start(values, count);
    for (int i = 0; i < count; i++) {
        total += i % 2 ? va_arg(values, double) : va_arg(values, int);
    }
    va_end(values);
    printf("variable arguments %.2f\n", total);
}

static void last_words(void) {
    printf("at exit\n");
}

int main(int argc, char **argv) {
    atexit(last_words);
    formats();
    memory();
    files(argc > 1 ? argv[1] : "scratch");
    algorithms();
    mathematics();
    times();
    sum_of(12, 1, 0.5, 2, 0.25, 3, 1.5, 4, 2.5, 5, 3.5, 6, 4.5);
    volatile int kept = 5;
    int came = setjmp(place);
    if (came == 0) {
        kept = 6;
        jump(10);
    }
    printf("jumped %d, kept %d\n", came, kept);
    printf("variable %s\n", getenv("NO_SUCH_VARIABLE") == NULL ? "not set" : "set");
    printf("wide %ls %zu\n", L"text", wcslen(L"four"));
    return 0;
}
