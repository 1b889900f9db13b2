// EMBED(symbol, "path") puts a file into the program: `symbol` and `symbol_end` bound its bytes.
// The path is found along the include path. At file scope, once per symbol.
#pragma once

#define EMBED(symbol, path)                      \
    __asm__(".pushsection .rodata\n"             \
            ".balign 16\n"                       \
            ".global " #symbol "\n"              \
            #symbol ":\n"                        \
            ".incbin \"" path "\"\n"             \
            ".global " #symbol "_end\n"          \
            #symbol "_end:\n"                    \
            ".byte 0\n" /* an address of its own */ \
            ".popsection\n");                    \
    extern const unsigned char symbol[];         \
    extern const unsigned char symbol##_end[]
