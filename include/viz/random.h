/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Random numbers that are the same everywhere for the same seed: xoshiro256** (Blackman and
 * Vigna 2018), begun by splitmix64. Small enough to have one for each task, so that
 * results do not depend on how many threads there are. */
#ifndef VIZ_RANDOM_H
#define VIZ_RANDOM_H

#include <stdint.h>

struct viz_random {
    uint64_t state[4];
};

void viz_random_seed(struct viz_random *random, uint64_t seed);

/* A seed for task @number of what has @seed. */
uint64_t viz_random_fork(uint64_t seed, uint64_t number);

static inline uint64_t viz_random_rotate(uint64_t x, int bits)
{
    return x << bits | x >> (64 - bits);
}

static inline uint64_t viz_random_next(struct viz_random *random)
{
    uint64_t *s = random->state, out = viz_random_rotate(s[1] * 5, 7) * 9,
             t = s[1] << 17;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = viz_random_rotate(s[3], 45);
    return out;
}

/* From 0 to n - 1, n >= 1: by multiplication; the bias is below n / 2^64. */
static inline uint64_t viz_random_below(struct viz_random *random, uint64_t n)
{
    return (uint64_t)((unsigned __int128)viz_random_next(random) * n >> 64);
}

/* 0 < u < 1. */
static inline double viz_random_unit(struct viz_random *random)
{
    return ((double)(viz_random_next(random) >> 11) + 0.5) * 0x1p-53;
}

double viz_random_normal(struct viz_random *random);

#endif
