// The checksum that programs print: h = 31·h + byte modulo 2^32, from 0, bytes unsigned.
#pragma once

#include <stddef.h>
#include <stdint.h>

static inline uint32_t checksum_bytes(uint32_t checksum, const void *data, size_t size) {
    const uint8_t *bytes = (const uint8_t *)data;
    for (size_t i = 0; i < size; i++) {
        checksum = 31 * checksum + bytes[i];
    }
    return checksum;
}
