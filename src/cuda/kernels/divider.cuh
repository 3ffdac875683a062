// Division by a number that is known before the launch, of numbers below 2^31: a multiplication and a shift.
#pragma once

struct Divider {
    unsigned by, multiplier, shift;

    unsigned quotient(unsigned n) const { return (__umulhi(n, multiplier) + n) >> shift; }

    // The quotient; what is left takes the place of n.
    unsigned divide(unsigned &n) const {
        const unsigned number = n, result = quotient(n);
        n = number - result * by;
        return result;
    }
};
