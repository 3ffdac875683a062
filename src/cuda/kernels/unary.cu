// Formulas of one value, and what comes back of a gradient: those of src/ops, one line each.
//
//     NAME_value(n, x, y, a, b)           y = the formula of x
//     NAME_slope(n, g, kept, dx, a, b)    dx = the gradient g through it, given what the operation keeps: its input x or its result y
//
// a and b are numbers of the operation (a slope, bounds, an exponent); most use none. y and dx may be x and g themselves.
// No slope here: of add_scalar (g itself), neg and mul_scalar (the same of g), div_scalar and tests.
#include "common.cuh"

#define VALUE(name, value)                                                                                                       \
    extern "C" __global__ void name##_value(unsigned n, const float *from, float *to, float a, float b) {                        \
        FOR_EACH(i, n) {                                                                                                         \
            const float x = from[i];                                                                                             \
            to[i] = value;                                                                                                       \
        }                                                                                                                        \
    }
#define SLOPE(name, kept, slope)                                                                                                 \
    extern "C" __global__ void name##_slope(unsigned n, const float *gradient, const float *from, float *to, float a, float b) { \
        FOR_EACH(i, n) {                                                                                                         \
            const float g = gradient[i];                                                                                         \
            [[maybe_unused]] const float kept = from[i];                                                                         \
            to[i] = slope;                                                                                                       \
        }                                                                                                                        \
    }
// The slope from the input x.
#define UNARY(name, value, slope) VALUE(name, value) SLOPE(name, x, slope)
// The slope from the result y.
#define UNARY_BY_RESULT(name, value, slope) VALUE(name, value) SLOPE(name, y, slope)

// Arithmetic.
VALUE(add_scalar, x + a)
VALUE(mul_scalar, x * a)
VALUE(div_scalar, x / a)
UNARY(scalar_div, a / x, g * (-(a / x) / x))
VALUE(neg, -x)
UNARY(abs, fabsf(x), x > 0.0f ? g : x < 0.0f ? -g : 0.0f)
UNARY(reciprocal, 1.0f / x, g * (-1.0f / (x * x)))
UNARY(square, x * x, g * (2.0f * x))
UNARY_BY_RESULT(sqrt, sqrtf(x), 0.5f * g / y)
UNARY(rsqrt, 1.0f / sqrtf(x), g * (-0.5f / (x * sqrtf(x))))
// The exponent is a. At 0 the slope of x^0 is 0, where the formula says 0 x^-1.
UNARY(pow, powf(x, a), g * (a == 0.0f ? 0.0f : a * powf(x, a - 1.0f)))

// Steps. Their slope is 0, but a gradient that is no number stays none.
UNARY(sign, float(x > 0.0f) - float(x < 0.0f), g * 0.0f)
UNARY(floor, floorf(x), g * 0.0f)
UNARY(ceil, ceilf(x), g * 0.0f)
UNARY(trunc, truncf(x), g * 0.0f)
// Halves to the even neighbour.
UNARY(round, rintf(x), g * 0.0f)
// Between a and b.
UNARY(clamp, clamp(x, a, b), g * (x >= a && x <= b ? 1.0f : 0.0f))

// Exponentials and logarithms.
UNARY_BY_RESULT(exp, expf(x), g * y)
UNARY(expm1, expm1f(x), g * expf(x))
UNARY(ln, logf(x), g / x)
UNARY(log1p, log1pf(x), g * (1.0f / (1.0f + x)))
UNARY(log2, log2f(x), g * (1.0f / (x * 0.6931472f)))
UNARY(log10, log10f(x), g * (1.0f / (x * 2.3025851f)))

// Angles.
UNARY(sin, sinf(x), g * cosf(x))
UNARY(cos, cosf(x), g * -sinf(x))
UNARY(tan, tanf(x), g * (1.0f + tanf(x) * tanf(x)))
UNARY(asin, asinf(x), g * (1.0f / sqrtf(1.0f - x * x)))
UNARY(acos, acosf(x), g * (-1.0f / sqrtf(1.0f - x * x)))
UNARY(atan, atanf(x), g * (1.0f / (1.0f + x * x)))
UNARY(sinh, sinhf(x), g * coshf(x))
UNARY(cosh, coshf(x), g * sinhf(x))
UNARY_BY_RESULT(tanh, tanhf(x), g * (1.0f - y * y))

// 2 / sqrt(pi)
#define TWO_OVER_ROOT_PI 1.1283792f
#define ROOT_HALF 0.70710678f
UNARY(erf, erff(x), g * (TWO_OVER_ROOT_PI * expf(-x * x)))

// Activations. `bounded` is a clamp whose slope is 0 at its bounds a and b, as that of relu and relu6.
UNARY_BY_RESULT(bounded, clamp(x, a, b), clamp_slope(g, y, a, b))
// Guided backpropagation: only what is positive goes on.
SLOPE(bounded_guided, y, clamp_slope(fmaxf(g, 0.0f), y, a, b))
UNARY(leaky_relu, x > 0.0f ? x : a * x, g * (x > 0.0f ? 1.0f : a))
UNARY(elu, x > 0.0f ? x : a * expm1f(x), g * (x > 0.0f ? 1.0f : a * expf(x)))
#define LAMBDA 1.050701f
#define ALPHA 1.6732632f
UNARY(selu, x > 0.0f ? LAMBDA * x : LAMBDA * ALPHA * expm1f(x), g * (x > 0.0f ? LAMBDA : LAMBDA * ALPHA * expf(x)))
UNARY_BY_RESULT(sigmoid, sigmoid(x), g * y * (1.0f - y))
UNARY(log_sigmoid, -softplus(-x), g * sigmoid(-x))
UNARY(softplus, softplus(x), g * sigmoid(x))
UNARY(softsign, x / (1.0f + fabsf(x)), g * (1.0f / ((1.0f + fabsf(x)) * (1.0f + fabsf(x)))))
UNARY(hardsigmoid, clamp(x + 3.0f, 0.0f, 6.0f) / 6.0f, g * (x > -3.0f && x < 3.0f ? 1.0f / 6.0f : 0.0f))
UNARY(hardswish, x * clamp(x + 3.0f, 0.0f, 6.0f) / 6.0f, g * (x <= -3.0f ? 0.0f : x < 3.0f ? x / 3.0f + 0.5f : 1.0f))

// d/dx x s(x) = s + x s (1 - s)
inline float silu_slope(float x) {
    const float s = sigmoid(x);
    return s * (1.0f + x * (1.0f - s));
}
UNARY(silu, x * sigmoid(x), g * silu_slope(x))

inline float mish_slope(float x) {
    const float t = tanhf(softplus(x));
    return t + x * (1.0f - t * t) * sigmoid(x);
}
UNARY(mish, x * tanhf(softplus(x)), g * mish_slope(x))

// The share of a normal distribution below x.
inline float below(float x) { return 0.5f * (1.0f + erff(x * ROOT_HALF)); }
inline float density(float x) { return expf(-0.5f * x * x) * (0.5f * ROOT_HALF * TWO_OVER_ROOT_PI); }
UNARY(gelu, x * below(x), g * (below(x) + x * density(x)))

#define CUBIC 0.044715f
inline float gelu_gate(float x) { return tanhf(ROOT_HALF * TWO_OVER_ROOT_PI * (x + CUBIC * x * x * x)); }
inline float gelu_tanh_slope(float x) {
    const float t = gelu_gate(x);
    const float inner = ROOT_HALF * TWO_OVER_ROOT_PI * (1.0f + 3.0f * CUBIC * x * x);
    return 0.5f * (1.0f + t) + 0.5f * x * (1.0f - t * t) * inner;
}
UNARY(gelu_tanh, 0.5f * x * (1.0f + gelu_gate(x)), g * gelu_tanh_slope(x))

// Whole exponents, of 32 bits in the place of a; what stands in the place of b is not read.
inline float powi(float x, int exponent) {
    float power = 1.0f;
    // Halving a negative one rounds towards zero, so that all bits of its magnitude come by.
    for (int rest = exponent; rest != 0; rest /= 2) {
        power = rest % 2 != 0 ? power * x : power;
        x *= x;
    }
    return exponent < 0 ? 1.0f / power : power;
}
extern "C" __global__ void powi_value(unsigned n, const float *x, float *y, int exponent, int) {
    FOR_EACH(i, n) y[i] = powi(x[i], exponent);
}
extern "C" __global__ void powi_slope(unsigned n, const float *g, const float *x, float *dx, int exponent, int) {
    FOR_EACH(i, n) dx[i] = g[i] * (exponent == 0 ? 0.0f : float(exponent) * powi(x[i], exponent - 1));
}
