/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What 32-bit row numbers say about rows that arrive: which are new, lost, late, or
 * here for the second time, and when a sender began to count anew.
 *
 * Rows behind the newest are late, or duplicates when they were seen before; the last
 * VIZ_SEQUENCE_WINDOW row numbers are remembered. A sender that starts again is told from
 * late rows and from a loss by time: a late row is not newer than the newest one, not more
 * than a second older, and does not come after a second of silence; and rows do not get
 * lost faster than the stream brings them.
 *
 * Where the sender says which of its runs a row is of, a new run is a restart at once. A
 * row of the run before is late, unless the new one has been silent for a second. */
#ifndef VIZ_SEQUENCE_H
#define VIZ_SEQUENCE_H

#include <stdbool.h>
#include <stdint.h>

#define VIZ_SEQUENCE_WINDOW 65536

/* Zero is ready to use. */
struct viz_sequence {
    bool begun;
    uint32_t run, last_run; /* of the newest row, and the one before; 0: unknown */
    uint64_t first,
        next; /* row numbers without wrap: of the first row, of the next one */
    int64_t first_ns, newest_ns; /* device time of the first and of the newest row */
    int64_t heard_ns;            /* arrival of the newest row */
    uint64_t seen[VIZ_SEQUENCE_WINDOW / 64]; /* bit per row before next: it was taken */
};

struct viz_sequence_rows {
    uint32_t run;       /* of the sender; 0: unknown */
    uint32_t number;    /* of the first row, as sent */
    uint32_t rows;      /* 1..65535 */
    int64_t first_ns;   /* device time of the first row */
    int64_t last_ns;    /* and of the last */
    int64_t arrival_ns; /* on the receiver's clock */
};

struct viz_sequence_verdict {
    bool restart;  /* the sender counts anew; the rest is as of a first packet */
    uint64_t lost; /* rows between the newest so far and the first new one */
    uint32_t late; /* rows that come too late, of those counted lost before */
    uint32_t
        early; /* rows from before the first one or of the last run: late, but never
                       counted lost */
    uint32_t duplicate; /* rows that were seen before, or are too old to tell */
    uint32_t skip;      /* the first rows, late + early + duplicate: not to be taken */
};

/* Place @rows; what is new counts as taken from now on. */
void viz_sequence_place(struct viz_sequence *sequence,
                        const struct viz_sequence_rows *rows,
                        struct viz_sequence_verdict *out);

#endif
