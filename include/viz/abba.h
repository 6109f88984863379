/* SPDX-License-Identifier: GPL-3.0-or-later */
/* In which order the runs of an experiment are made: blocks of a random permutation of the
 * sides and its mirror image (two sides: ABBA or BAAB), so that what drifts evenly during
 * the experiment falls on all sides alike. An odd number of runs ends with half a block.
 * Pure, any thread; the same seed gives the same order. */
#ifndef VIZ_ABBA_H
#define VIZ_ABBA_H

#include <stdint.h>

#define VIZ_ABBA_SIDES 3

/* @runs of each of @sides (2 or 3) into order[runs * sides], sides numbered from 0. */
void viz_abba(uint32_t runs, uint32_t sides, uint64_t seed, uint8_t *order);

#endif
