// Numbers of 16 bits: rounded to the nearest, ties to even; NaN stays one, quiet, with the upper bits of its payload, as on the CPU.
#pragma once

struct F16 {
    static unsigned short from_float(float x) {
        const unsigned bits = __float_as_uint(x);
        if (x != x) {
            return bits >> 16 & 0x8000u | 0x7e00u | bits >> 13 & 0x3ffu;
        }
        unsigned short half;
        asm("cvt.rn.f16.f32 %0, %1;" : "=h"(half) : "f"(x));
        return half;
    }

    static float to_float(unsigned short half) {
        if ((half & 0x7fffu) > 0x7c00u) {
            return __uint_as_float((half & 0x8000u) << 16 | 0x7fc00000u | (half & 0x3ffu) << 13);
        }
        float x;
        asm("cvt.f32.f16 %0, %1;" : "=f"(x) : "h"(half));
        return x;
    }
};

struct Bf16 {
    static unsigned short from_float(float x) {
        const unsigned bits = __float_as_uint(x);
        // Half of the last place, less one where that is even already; it carries into the exponent as it should.
        return x != x ? bits >> 16 | 0x40u : (bits + 0x7fffu + (bits >> 16 & 1)) >> 16;
    }

    static float to_float(unsigned short half) {
        const unsigned quiet = (half & 0x7fffu) > 0x7f80u ? 0x400000u : 0u;
        return __uint_as_float(unsigned(half) << 16 | quiet);
    }
};
