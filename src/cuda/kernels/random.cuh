// Random numbers that are a function of a key and a counter, so that any thread draws any of them, and draws it again.
#pragma once

// Philox4x32-10 (Salmon, Moraes, Dror and Shaw 2011, "Parallel random numbers: as easy as 1, 2, 3").
inline uint4 philox(uint4 counter, uint2 key) {
#pragma unroll
    for (int round = 0; round < 10; round++) {
        const unsigned long long a = 0xd2511f53ull * counter.x, b = 0xcd9e8d57ull * counter.z;
        const unsigned a_high = unsigned(a >> 32), b_high = unsigned(b >> 32);
        counter = make_uint4(b_high ^ counter.y ^ key.x, unsigned(b), a_high ^ counter.w ^ key.y, unsigned(a));
        key.x += 0x9e3779b9u;
        key.y += 0xbb67ae85u;
    }
    return counter;
}

// Four numbers evenly from [0, 1) in steps of 2^-24, which floats hold exactly: those of a place in the sequence of a seed.
inline void uniform(uint4 place, unsigned long long seed, float (&to)[4]) {
    const uint4 bits = philox(place, make_uint2(unsigned(seed), unsigned(seed >> 32)));
    const float step = 1.0f / 16777216.0f;
    to[0] = float(bits.x >> 8) * step, to[1] = float(bits.y >> 8) * step;
    to[2] = float(bits.z >> 8) * step, to[3] = float(bits.w >> 8) * step;
}

inline void uniform(unsigned place, unsigned long long seed, float (&to)[4]) { uniform(make_uint4(place, 0, 0, 0), seed, to); }
