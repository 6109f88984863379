/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <viz/abba.h>

#include <viz/error.h>
#include <viz/random.h>

/* Every order of the sides is as likely as any other (Fisher and Yates). */
static void permute(struct viz_random *random, uint32_t sides, uint8_t *out)
{
    for (uint32_t i = 0; i < sides; i++) {
        uint64_t at = viz_random_below(random, i + 1);
        out[i] = out[at];
        out[at] = (uint8_t)i;
    }
}

void viz_abba(uint32_t runs, uint32_t sides, uint64_t seed, uint8_t *order)
{
    struct viz_random random;
    viz_assert(sides == 2 || sides == VIZ_ABBA_SIDES);
    viz_random_seed(&random, seed);
    for (uint32_t run = 0; run < runs; run++, order += sides)
        if (run % 2 == 0)
            permute(&random, sides, order);
        else
            for (uint32_t i = 0; i < sides; i++)
                order[i] = order[-1 - (int64_t)i];
}
