/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the tests of a run's view need: runs of any shape, and every sample of a stream
 * read one by one and told again what it is, beside which a view must stand. */
#ifndef VIZ_TESTS_VIEW_RIG_H
#define VIZ_TESTS_VIEW_RIG_H

#include "store_rig.h"

#include <viz/alloc.h>
#include <viz/run_view.h>
#include <viz/track.h>

#include <math.h>

#define VIEW_START_NS 1700000000000000000
#define VIEW_MS 1000000LL
#define VIEW_CHANNELS 2

struct view_row {
    double arrival_s, device_s; /* NaN: none */
    double value[VIEW_CHANNELS];
    bool gap;
    bool used;
};

struct view_rows {
    struct view_row *row;
    size_t n;
    bool disordered; /* times run back */
};

static inline struct view_rows view_rows_read(struct store_rig *rig, int64_t run,
                                              int64_t stream)
{
    struct view_rows rows = {.row = viz_zalloc(400000 * sizeof(struct view_row))};
    struct viz_cursor *cursor;
    struct viz_run_sample sample;
    int64_t segment = 0, shift_ns = 0, newest_ns = INT64_MIN, latest_ns = INT64_MIN;
    bool placed = false;
    STORE_OK(rig, viz_store_read(rig->store, run, stream, &cursor, &rig->err));
    while (viz_cursor_next(cursor, &sample, &rig->err) == 1) {
        struct view_row *row = &rows.row[rows.n];
        cr_assert_lt(rows.n, 400000);
        bool other = rows.n && sample.segment != segment;
        placed &= !other;
        row->arrival_s = (double)(sample.host_ns - VIEW_START_NS) / 1e9;
        row->device_s = NAN;
        if (sample.device_ns != INT64_MIN) {
            if (!placed && newest_ns == INT64_MIN)
                shift_ns = sample.device_ns;
            else if (!placed)
                shift_ns =
                    sample.device_ns - newest_ns -
                    (sample.host_ns > latest_ns ? sample.host_ns - latest_ns : 0);
            placed = true;
            row->device_s = (double)(sample.device_ns - shift_ns) / 1e9;
            if (sample.device_ns - shift_ns > newest_ns)
                newest_ns = sample.device_ns - shift_ns;
        }
        if (sample.host_ns > latest_ns)
            latest_ns = sample.host_ns;
        row->gap = rows.n && (other || sample.missing ||
                              sample.marks & (VIZ_MARK_GAP | VIZ_MARK_BOOT));
        for (int c = 0; c < VIEW_CHANNELS; c++) {
            row->value[c] = NAN;
            if (sample.size == VIEW_CHANNELS * sizeof(double))
                memcpy(&row->value[c], (const double *)sample.frame + c,
                       sizeof(double));
        }
        rows.disordered |= rows.n && (row->arrival_s < row[-1].arrival_s ||
                                      row->device_s < row[-1].device_s);
        segment = sample.segment;
        rows.n++;
    }
    viz_cursor_close(cursor);
    return rows;
}

static inline double view_time(const struct view_row *row, enum viz_run_clock clock)
{
    return clock == VIZ_RUN_DEVICE ? row->device_s : row->arrival_s;
}

static inline bool view_wants(const struct view_row *row,
                              const struct viz_run_view_params *params)
{
    double at = view_time(row, params->clock);
    return !isnan(at) && !(at < params->from_s) && !(at >= params->to_s);
}

static inline bool same(double a, double b)
{
    return a == b || (isnan(a) && isnan(b));
}

/* No bin reaches over a gap that is wider than a pixel. Where times run back, or rows are
 * more than are kept apart before the end is known, there are no such promises. */
static inline void view_check_holes(const struct viz_run_view *view,
                                    const struct view_rows *rows,
                                    const struct viz_run_view_params *params,
                                    uint32_t px)
{
    double before = NAN;
    double begin =
        fmax(view->begin_s, isnan(params->from_s) ? -INFINITY : params->from_s);
    double end = fmin(view->end_s, isnan(params->to_s) ? INFINITY : params->to_s);
    uint32_t bin = 0, left = view->bins ? view->row_count[0] : 0;
    for (size_t i = 0; i < rows->n; i++) {
        const struct view_row *row = &rows->row[i];
        double at = view_time(row, params->clock);
        if (!view_wants(row, params))
            continue;
        bool first = bin < view->bins && left == view->row_count[bin];
        cr_assert(first || !row->gap || at - before <= (end - begin) / px * 1.000001,
                  "bin %u reaches over a gap of %f s, a pixel is %f s", bin,
                  at - before, (end - begin) / px);
        before = at;
        if (!--left && ++bin < view->bins)
            left = view->row_count[bin];
    }
}

/* Whether the bin is of the wanted rows from @at on that it counts. */
static inline bool view_bin_fits(const struct viz_run_view *view, uint32_t bin,
                                 const struct view_rows *rows, size_t at,
                                 const struct viz_run_view_params *params, size_t *next)
{
    double first = INFINITY, last = -INFINITY, min[VIEW_CHANNELS], max[VIEW_CHANNELS];
    uint32_t left = view->row_count[bin];
    bool gap = rows->row[at].gap;
    for (int c = 0; c < VIEW_CHANNELS; c++)
        min[c] = max[c] = NAN;
    for (; left && at < rows->n; at++) {
        const struct view_row *row = &rows->row[at];
        if (!view_wants(row, params))
            continue;
        left--;
        first = fmin(first, view_time(row, params->clock));
        last = fmax(last, view_time(row, params->clock));
        for (int c = 0; c < VIEW_CHANNELS; c++)
            if (isfinite(row->value[c])) {
                min[c] = fmin(min[c], row->value[c]);
                max[c] = fmax(max[c], row->value[c]);
            }
    }
    while (at < rows->n && !view_wants(&rows->row[at], params))
        at++;
    *next = at;
    bool fits = !left && first == view->first_s[bin] && last == view->last_s[bin] &&
                gap == view->gap[bin];
    for (int c = 0; c < VIEW_CHANNELS; c++)
        fits = fits && same(min[c], view->channel[c].min[bin]) &&
               same(max[c], view->channel[c].max[bin]);
    return fits;
}

/* Bins stand in the order of their times; their rows follow each other. */
static inline void view_check_bins(const struct viz_run_view *view,
                                   const struct view_rows *rows,
                                   const struct viz_run_view_params *params)
{
    bool *used = viz_zalloc(view->bins + 1);
    size_t at = 0, next = 0, guess = 0;
    while (at < rows->n && !view_wants(&rows->row[at], params))
        at++;
    for (uint32_t done = 0; done < view->bins; done++, at = next) {
        uint32_t bin = 0;
        bool fits = false;
        cr_assert_lt(at, rows->n);
        for (uint32_t i = 0; !fits && i < view->bins; i++) {
            bin = (uint32_t)((guess + i) % view->bins);
            fits = !used[bin] && view_bin_fits(view, bin, rows, at, params, &next);
        }
        cr_assert(fits, "no bin of the rows from %zu on (bin %u of %u)", at, done,
                  view->bins);
        used[bin] = true;
        guess = bin + 1;
    }
    cr_assert_eq(at, rows->n, "rows without a bin");
    free(used);
}

static inline void view_check(struct store_rig *rig, int64_t run, int64_t stream,
                              const struct view_rows *rows,
                              const struct viz_run_view_params *params)
{
    struct viz_run_view *view;
    uint64_t wanted = 0;
    double begin = INFINITY, end = -INFINITY;
    uint32_t px = params->px ? params->px : 1000;
    STORE_OK(rig, viz_run_view_create(rig->store, run, params, &view, &rig->err));
    for (size_t i = 0; i < rows->n; i++) {
        double at = view_time(&rows->row[i], params->clock);
        wanted += view_wants(&rows->row[i], params);
        begin = fmin(begin, at);
        end = fmax(end, at);
    }
    cr_assert_eq(view->stream, stream);
    cr_assert_eq(view->channels, VIEW_CHANNELS);
    cr_assert_eq(view->rows, wanted, "%llu rows, not %llu",
                 (unsigned long long)view->rows, (unsigned long long)wanted);
    cr_assert_leq(view->bins, px);
    cr_assert_eq(view->reduced, wanted > px);
    cr_assert(same(view->begin_s, begin <= end ? begin : NAN));
    cr_assert(same(view->end_s, begin <= end ? end : NAN));
    for (uint32_t i = 1; i < view->bins; i++)
        cr_assert_geq(view->first_s[i], view->first_s[i - 1]);
    view_check_bins(view, rows, params);
    if (!rows->disordered)
        view_check_holes(view, rows, params, px);
    viz_run_view_destroy(view);
}

/* What a row that is to be stored is. */
struct view_plan {
    int64_t host_ns, device_ns;
    uint32_t marks;
    bool boots; /* its segment begins with it */
    double value[VIEW_CHANNELS];
};

static inline uint64_t view_random(uint64_t *state)
{
    *state = *state * 6364136223846793005U + 1442695040888963407U;
    return *state >> 33;
}

static inline double view_unit(uint64_t *state)
{
    return (double)view_random(state) / 2147483648.0;
}

#endif
