/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "run_view_state.h"

#include <viz/alloc.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_ROOM 256

void viz_view_pieces_init(struct view_pieces *pieces, uint32_t channels, size_t most,
                          double hole_s)
{
    *pieces = (struct view_pieces){
        .channels = channels, .most = most, .group = 1, .hole_s = hole_s};
}

void viz_view_pieces_finish(struct view_pieces *pieces)
{
    free(pieces->piece);
    free(pieces->range);
}

static void reserve(struct view_pieces *pieces, size_t room)
{
    if (room <= pieces->room)
        return;
    if (room < 2 * pieces->room)
        room = 2 * pieces->room;
    if (room < FIRST_ROOM)
        room = FIRST_ROOM;
    struct view_piece *piece = viz_zalloc(room * sizeof(*piece));
    struct viz_pyramid_range *range =
        viz_zalloc(room * pieces->channels * sizeof(*range));
    if (pieces->n) {
        memcpy(piece, pieces->piece, pieces->n * sizeof(*piece));
        memcpy(range, pieces->range, pieces->n * pieces->channels * sizeof(*range));
    }
    free(pieces->piece);
    free(pieces->range);
    pieces->piece = piece;
    pieces->range = range;
    pieces->room = room;
}

static bool is_hole(const struct view_piece *before, const struct view_piece *piece,
                    double hole_s)
{
    return piece->gap && piece->first_s - before->last_s > hole_s;
}

static void join(struct view_piece *piece, const struct view_piece *by)
{
    piece->rows += by->rows;
    piece->first_s = fmin(piece->first_s, by->first_s);
    piece->last_s = fmax(piece->last_s, by->last_s);
}

static void widen(struct view_pieces *pieces, size_t at,
                  const struct viz_pyramid_range *by)
{
    struct viz_pyramid_range *range = pieces->range + at * pieces->channels;
    for (uint32_t c = 0; c < pieces->channels; c++)
        viz_pyramid_widen(&range[c], by[c]);
}

static bool belong(const struct view_pieces *pieces, const struct view_piece *before,
                   const struct view_piece *piece)
{
    return before->of_rows && piece->of_rows &&
           before->row / pieces->group == piece->row / pieces->group &&
           !is_hole(before, piece, pieces->hole_s);
}

/* Neighbours of one group become one piece. */
static void compact(struct view_pieces *pieces)
{
    size_t kept = 0, ranges = pieces->channels * sizeof(*pieces->range);
    for (size_t i = 1; i < pieces->n; i++) {
        struct viz_pyramid_range *range = pieces->range + i * pieces->channels;
        if (belong(pieces, &pieces->piece[kept], &pieces->piece[i])) {
            join(&pieces->piece[kept], &pieces->piece[i]);
            widen(pieces, kept, range);
        } else if (++kept != i) {
            pieces->piece[kept] = pieces->piece[i];
            memcpy(pieces->range + kept * pieces->channels, range, ranges);
        }
    }
    pieces->n = kept + 1;
}

static void make_room(struct view_pieces *pieces)
{
    if (pieces->n >= pieces->most) {
        pieces->group *= 2;
        compact(pieces);
        if (pieces->n > pieces->most / 2) /* gaps, or entries: they stay apart */
            pieces->most = 2 * pieces->n;
    }
    reserve(pieces, pieces->n + 1);
}

void viz_view_add_row(struct view_pieces *pieces, uint64_t row, double at_s, bool gap,
                      const double *value)
{
    const struct view_piece one = {
        .row = row,
        .rows = 1,
        .first_s = at_s,
        .last_s = at_s,
        .gap = gap,
        .of_rows = true,
    };
    if (pieces->n && belong(pieces, &pieces->piece[pieces->n - 1], &one)) {
        join(&pieces->piece[pieces->n - 1], &one);
    } else {
        make_room(pieces);
        for (uint32_t c = 0; c < pieces->channels; c++)
            pieces->range[pieces->n * pieces->channels + c] = viz_pyramid_none();
        pieces->piece[pieces->n++] = one;
    }
    struct viz_pyramid_range *range =
        pieces->range + (pieces->n - 1) * pieces->channels;
    for (uint32_t c = 0; c < pieces->channels; c++)
        viz_pyramid_take(&range[c], value[c]);
}

void viz_view_add_entry(struct view_pieces *pieces, const struct view_piece *piece,
                        const struct viz_pyramid_range *range)
{
    reserve(pieces, pieces->n + 1);
    pieces->piece[pieces->n] = *piece;
    memcpy(pieces->range + pieces->n * pieces->channels, range,
           pieces->channels * sizeof(*range));
    pieces->n++;
}

void viz_view_add_all(struct view_pieces *pieces, const struct view_pieces *behind)
{
    for (size_t i = 0; i < behind->n; i++)
        viz_view_add_entry(pieces, &behind->piece[i],
                           behind->range + i * behind->channels);
}

/* ---- bins ---- */

static uint64_t coarser(uint64_t group)
{
    if (group == 1)
        return 2;
    if (group == VIZ_PYRAMID_ROWS) /* groups of 48 would be made of half entries */
        return 2 * VIZ_PYRAMID_ROWS;
    return group & (group - 1) ? group / 3 * 4 : group / 2 * 3;
}

uint64_t viz_view_group(uint64_t rows, uint32_t px)
{
    uint64_t group = 1;
    while (rows / group + (rows % group != 0) > px)
        group = coarser(group);
    return group;
}

static bool begins_bin(const struct view_piece *bin, const struct view_piece *piece,
                       uint64_t group, double hole_s)
{
    return bin->row / group != piece->row / group || is_hole(bin, piece, hole_s);
}

static size_t count_bins(const struct view_pieces *pieces, uint64_t group,
                         double hole_s)
{
    struct view_piece bin = {0};
    size_t bins = 0;
    for (size_t i = 0; i < pieces->n; i++) {
        if (i && !begins_bin(&bin, &pieces->piece[i], group, hole_s)) {
            join(&bin, &pieces->piece[i]);
            continue;
        }
        bin = pieces->piece[i];
        bins++;
    }
    return bins;
}

/* Less than a pixel of this is not seen. */
static double pixel_of(const struct view_pieces *pieces, uint32_t px)
{
    double first = INFINITY, last = -INFINITY;
    for (size_t i = 0; i < pieces->n; i++) {
        first = fmin(first, pieces->piece[i].first_s);
        last = fmax(last, pieces->piece[i].last_s);
    }
    return pieces->n ? (last - first) / px : INFINITY;
}

static void choose(const struct view_pieces *pieces, uint64_t rows, uint32_t px,
                   uint64_t *group, double *hole_s)
{
    uint64_t newest = pieces->n ? pieces->piece[pieces->n - 1].row : 0;
    *group = viz_view_group(rows, px);
    *hole_s = pixel_of(pieces, px);
    while (count_bins(pieces, *group, *hole_s) > px) {
        if (*group <= newest)
            *group = coarser(*group);
        else
            *hole_s = INFINITY; /* times that run to and fro */
    }
}

static void make_bins(const struct view_pieces *pieces, uint64_t group, double hole_s,
                      struct view_pieces *bins)
{
    for (size_t i = 0; i < pieces->n; i++) {
        const struct viz_pyramid_range *range = pieces->range + i * pieces->channels;
        struct view_piece *bin = bins->n ? &bins->piece[bins->n - 1] : NULL;
        if (bin && !begins_bin(bin, &pieces->piece[i], group, hole_s)) {
            join(bin, &pieces->piece[i]);
            widen(bins, bins->n - 1, range);
        } else {
            viz_view_add_entry(bins, &pieces->piece[i], range);
        }
    }
}

static int compare(const void *a, const void *b)
{
    const struct view_piece *const *x = a, *const *y = b;
    if ((*x)->first_s != (*y)->first_s)
        return (*x)->first_s < (*y)->first_s ? -1 : 1;
    return (*x)->row < (*y)->row ? -1 : (*x)->row > (*y)->row;
}

static void fill_bin(const struct view_pieces *bins, const struct view_piece *bin,
                     struct viz_run_view *view, uint32_t at)
{
    const struct viz_pyramid_range *range =
        bins->range + (size_t)(bin - bins->piece) * bins->channels;
    view->first_s[at] = bin->first_s;
    view->last_s[at] = bin->last_s;
    view->row_count[at] = bin->rows > UINT32_MAX ? UINT32_MAX : (uint32_t)bin->rows;
    view->gap[at] = bin->gap;
    view->reduced |= bin->rows > 1;
    for (uint32_t c = 0; c < bins->channels; c++) {
        bool any = range[c].min <= range[c].max;
        view->channel[c].min[at] = any ? range[c].min : NAN;
        view->channel[c].max[at] = any ? range[c].max : NAN;
    }
}

static void fill(const struct view_pieces *bins, struct viz_run_view *view)
{
    size_t n = bins->n;
    const struct view_piece **order = viz_zalloc(n * sizeof(struct view_piece *) + 1);
    view->bins = (uint32_t)n;
    view->first_s = viz_zalloc(n * sizeof(double) + 1);
    view->last_s = viz_zalloc(n * sizeof(double) + 1);
    view->row_count = viz_zalloc(n * sizeof(uint32_t) + 1);
    view->gap = viz_zalloc(n * sizeof(bool) + 1);
    for (uint32_t c = 0; c < view->channels; c++) {
        view->channel[c].min = viz_zalloc(n * sizeof(double) + 1);
        view->channel[c].max = viz_zalloc(n * sizeof(double) + 1);
    }
    for (size_t i = 0; i < n; i++)
        order[i] = &bins->piece[i];
    qsort(order, n, sizeof(struct view_piece *), compare);
    for (size_t i = 0; i < n; i++)
        fill_bin(bins, order[i], view, (uint32_t)i);
    free(order);
}

void viz_view_cut(const struct view_pieces *pieces, uint64_t rows, uint32_t px,
                  struct viz_run_view *view)
{
    struct view_pieces bins;
    uint64_t group;
    double hole_s;
    choose(pieces, rows, px, &group, &hole_s);
    viz_view_pieces_init(&bins, pieces->channels, SIZE_MAX, hole_s);
    make_bins(pieces, group, hole_s, &bins);
    fill(&bins, view);
    viz_view_pieces_finish(&bins);
}
