// Recurrent cells: the formulas of one hidden value with all its gates, which are those of PyTorch, in its order.
#pragma once
#include "common.cuh"

// States of the sequences, a row each; of cells without c, that is null.
struct States {
    float *h, *c;
};

struct Tanh {
    static constexpr unsigned GATES = 1;
    static constexpr bool HAS_C = false, HAS_U = false;

    // From the gates' sums to what they let through; the new h.
    static float forward(float (&gates)[1], float, float, float &) { return gates[0] = tanhf(gates[0]); }
    // dh and dc become those of the states before the step, but for the way through the gates; the gates their slopes.
    static void backward(float (&gates)[1], float, float &, float, float, float &dh, float &) {
        gates[0] = dh * (1.0f - gates[0] * gates[0]);
        dh = 0.0f;
    }
};

struct Relu {
    static constexpr unsigned GATES = 1;
    static constexpr bool HAS_C = false, HAS_U = false;

    // NaN stays.
    static float forward(float (&gates)[1], float, float, float &) { return gates[0] = gates[0] < 0.0f ? 0.0f : gates[0]; }
    static void backward(float (&gates)[1], float, float &, float, float, float &dh, float &) {
        gates[0] = gates[0] > 0.0f ? dh : 0.0f;
        dh = 0.0f;
    }
};

// r, z, n; u is what the state says to n, which r lets through.
struct Gru {
    static constexpr unsigned GATES = 3;
    static constexpr bool HAS_C = false, HAS_U = true;

    static float forward(float (&gates)[3], float u, float h, float &) {
        const float r = sigmoid(gates[0]), z = sigmoid(gates[1]), n = tanhf(gates[2] + r * u);
        gates[0] = r, gates[1] = z, gates[2] = n;
        return (1.0f - z) * n + z * h;
    }
    static void backward(float (&gates)[3], float u, float &du, float h, float, float &dh, float &) {
        const float r = gates[0], z = gates[1], n = gates[2], dn = dh * (1.0f - z) * (1.0f - n * n);
        gates[0] = dn * u * r * (1.0f - r);
        gates[1] = dh * (h - n) * z * (1.0f - z);
        gates[2] = dn;
        du = dn * r;
        dh *= z;
    }
};

// i, f, g, o.
struct Lstm {
    static constexpr unsigned GATES = 4;
    static constexpr bool HAS_C = true, HAS_U = false;

    static float forward(float (&gates)[4], float, float, float &c) {
        gates[0] = sigmoid(gates[0]), gates[1] = sigmoid(gates[1]), gates[2] = tanhf(gates[2]), gates[3] = sigmoid(gates[3]);
        c = gates[1] * c + gates[0] * gates[2];
        return gates[3] * tanhf(c);
    }
    static void backward(float (&gates)[4], float, float &, float, float old_c, float &dh, float &dc) {
        const float i = gates[0], f = gates[1], g = gates[2], o = gates[3], c = tanhf(f * old_c + i * g);
        dc += dh * o * (1.0f - c * c);
        gates[0] = dc * g * i * (1.0f - i);
        gates[1] = dc * old_c * f * (1.0f - f);
        gates[2] = dc * i * (1.0f - g * g);
        gates[3] = dh * c * o * (1.0f - o);
        dh = 0.0f;
        dc *= f;
    }
};

inline float dot(const float *a, const float *b) {
    const float4 x = *reinterpret_cast<const float4 *>(a), y = *reinterpret_cast<const float4 *>(b);
    return x.x * y.x + x.y * y.y + x.z * y.z + x.w * y.w;
}
