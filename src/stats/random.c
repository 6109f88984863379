/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <viz/random.h>

#include <math.h>

/* splitmix64: a counter through a mixer, so that near seeds are far apart. */
static uint64_t mix(uint64_t *counter)
{
    uint64_t z = *counter += 0x9e3779b97f4a7c15u;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

void viz_random_seed(struct viz_random *random, uint64_t seed)
{
    for (int i = 0; i < 4; i++)
        random->state[i] = mix(&seed);
}

uint64_t viz_random_fork(uint64_t seed, uint64_t number)
{
    uint64_t counter = mix(&seed) ^ number * 0xd1342543de82ef95u;
    return mix(&counter);
}

double viz_random_normal(struct viz_random *random)
{
    double radius = sqrt(-2 * log(viz_random_unit(random)));
    return radius * cos(2 * M_PI * viz_random_unit(random));
}
