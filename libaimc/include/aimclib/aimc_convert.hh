/*
 * How a scaled value becomes an int8_t in AIMClib's functions.
 */
#ifndef AIMC_AIMCLIB_CONVERT_HH
#define AIMC_AIMCLIB_CONVERT_HH

#include <stdint.h>

#include <type_traits>

namespace aimclib_detail {

/*
 * AIMClib casts with (int8_t). For a floating-point value that does not fit, C++ leaves the result open, and
 * compilers differ between constants and variables. Here it is defined as what AArch64 compilers make of a variable:
 * truncate towards zero to a 32-bit integer, saturating there (NaN gives 0), and keep its low 8 bits. So 128.3
 * becomes -128: it wraps, it does not saturate. Values that fit are the same everywhere.
 */
template <typename Value>
inline int8_t to_int8(Value value, std::true_type /* floating point */)
{
    int32_t whole;
    if (value != value)
        whole = 0;
    else if (value >= Value(2147483648.0))
        whole = INT32_MAX;
    else if (value <= Value(-2147483648.0))
        whole = INT32_MIN;
    else
        whole = static_cast<int32_t>(value);
    return static_cast<int8_t>(static_cast<uint8_t>(static_cast<uint32_t>(whole)));
}

template <typename Value>
inline int8_t to_int8(Value value, std::false_type)
{
    return (int8_t)value;
}

/*
 * value / max * 127 in T's own arithmetic. Trap: for an integer T the division comes first and is an integer one, so
 * that any |value| < |max| becomes 0; and max = 0 divides by zero.
 */
template <typename T>
inline int8_t scale(T value, T max)
{
    typedef decltype(value / max * 127) Scaled;
    const Scaled scaled = value / max * 127;
    return to_int8<Scaled>(scaled, std::is_floating_point<Scaled>());
}

} // namespace aimclib_detail

#endif
