/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An experiment: two shell commands, each of which stores a run whenever it is started,
 * run one after the other in the order of abba.h. docs/ab.md is the manual for people.
 *
 * A command finds in its environment VIZ_AB_DB (the store, an absolute path), VIZ_AB_NAME
 * (a name for the run, "ab-ID A 1"), VIZ_AB_SIDE (A, B, A2), VIZ_AB_RUN (its number within
 * the side, from 1) and VIZ_AB_TAG ("ab-ID"). It may leave all of them alone: which run it
 * stored is seen in the store.
 *
 * A run is complete when its command ended with 0, was not interrupted, and stored one run
 * that is complete. It gets the tags ab-ID and ab-ID-a (-b, -a2), and a remark that says
 * its place in the order, the seed and the command. Main thread. */
#ifndef VIZ_AB_H
#define VIZ_AB_H

#include <viz/abba.h>
#include <viz/child.h>
#include <viz/error.h>

#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

struct viz_ab_params {
    const char *command[2]; /* A, B */
    uint32_t runs;          /* of each side */
    bool noise_floor;       /* A once more, as the side A2 */
    uint64_t seed;          /* of the order; with !seeded made from the time */
    bool seeded;
    const char *db; /* NULL: the default */
};

enum viz_ab_side { VIZ_AB_A, VIZ_AB_B, VIZ_AB_A2 };

struct viz_ab {
    struct viz_ab_params params; /* the seed stands */
    char tag[32];                /* "ab-ID": of all runs of the experiment */
    char db[PATH_MAX];           /* absolute */
    uint32_t sides, total, done; /* runs of all sides; of them, run */
    uint8_t *order;              /* [total]: enum viz_ab_side */

    /* of each side */
    uint32_t tried[VIZ_ABBA_SIDES], complete[VIZ_ABBA_SIDES];
    int64_t *run[VIZ_ABBA_SIDES]; /* [complete]: ids in the store */

    /* of the run that was made last */
    struct viz_child child;
    char why[VIZ_ERROR_TEXT]; /* why it is not complete, a sentence; else "" */

    bool hopeless; /* a command failed before it has succeeded once */
};

/* The store is opened for writing, and made if it is not there: what cannot work fails
 * here and not after an hour. */
int viz_ab_create(const struct viz_ab_params *params, struct viz_ab **out,
                  struct viz_error *err);
void viz_ab_destroy(struct viz_ab *ab);

/* Makes the next run, of which there must be one (done < total). @stop as child.h has it.
 * 1: it is complete; 0: it is not, and ab->why says why; negative: the store does not
 * work or the command cannot be started at all. */
int viz_ab_step(struct viz_ab *ab, const volatile sig_atomic_t *stop,
                struct viz_error *err);

/* "A", "B", "A2". */
const char *viz_ab_side_name(enum viz_ab_side side);

/* "ab-ID-a": the tag of a side. */
#define VIZ_AB_TAG 40
void viz_ab_side_tag(const struct viz_ab *ab, enum viz_ab_side side,
                     char out[VIZ_AB_TAG]);

#endif
