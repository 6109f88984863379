/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the files of a run's view share: run_view.c finds out what is asked for,
 * run_view_walk.c reads it from the overview and the samples as pieces, and
 * run_view_pieces.c cuts bins from them. */
#ifndef RUN_VIEW_STATE_H
#define RUN_VIEW_STATE_H

#include <viz/run_view.h>

/* Rows that stay together: one, some of one bin, or an entry of the overview. */
struct view_piece {
    uint64_t row; /* number of its first in the stream */
    uint64_t rows;
    double first_s, last_s; /* earliest and latest */
    bool gap;               /* before its first */
    bool of_rows;           /* made of single rows: of the same group */
};

/* In the order of their rows. */
struct view_pieces {
    uint32_t channels;
    struct view_piece *piece;
    struct viz_pyramid_range *range; /* [n][channels] */
    size_t n, room;
    size_t most;    /* so many before groups of rows become larger */
    uint64_t group; /* consecutive rows of one piece, at most */
    double hole_s;  /* a gap that is wider is not covered by a piece */
};
void viz_view_pieces_init(struct view_pieces *pieces, uint32_t channels, size_t most,
                          double hole_s);
void viz_view_pieces_finish(struct view_pieces *pieces);

/* @value, @range: [channels]. */
void viz_view_add_row(struct view_pieces *pieces, uint64_t row, double at_s, bool gap,
                      const double *value);
void viz_view_add_entry(struct view_pieces *pieces, const struct view_piece *piece,
                        const struct viz_pyramid_range *range);
void viz_view_add_all(struct view_pieces *pieces, const struct view_pieces *behind);

/* Rows of a bin: 1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 64, 96, 128, ... the first that makes
 * at most @px of @rows. */
uint64_t viz_view_group(uint64_t rows, uint32_t px);

/* Fills the bins of @view, at most @px. */
void viz_view_cut(const struct view_pieces *pieces, uint64_t rows, uint32_t px,
                  struct viz_run_view *view);

struct view_load {
    struct viz_store *store;
    struct viz_error *err;
    int64_t run, stream, started_ns;
    double duration_s; /* of the run; NaN: unknown */
    bool lightwave;
    uint32_t row_channels;               /* of a sample */
    uint32_t channel[VIZ_RUN_VIEW_MOST]; /* which of them are wanted */
    uint32_t channels;
    enum viz_run_clock clock;
    double from_s, to_s; /* infinite where open */
    uint32_t px;
    struct viz_overview_chunk *chunk;
    size_t chunks;
    double *row_value;                                  /* [row_channels] */
    double value[VIZ_RUN_VIEW_MOST];                    /* the wanted ones */
    struct viz_pyramid_level level[VIZ_PYRAMID_LEVELS]; /* of the chunk being read, */
    bool loaded[VIZ_PYRAMID_LEVELS];                    /* of which these */
    bool counting;         /* rows, before their number is known */
    unsigned target;       /* level to read, unless finer is needed */
    bool singly;           /* every row, from the samples */
    uint64_t rows;         /* in [from, to) */
    double begin_s, end_s; /* of all */
    double hole_s;
    struct view_pieces pieces, tail;
};

/* Everything behind the choice of stream and channels. */
int viz_view_walk(struct view_load *load, struct viz_run_view *view);

#endif
