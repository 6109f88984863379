/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a browser is given next of a stream.
 *
 * A column is given for good once a newer one has begun: what is sent begins with the
 * column of the row that was the newest then, and ends with that of the newest now. A
 * browser that was left out for a while so gets all of it with its next message; one that
 * missed more than its window begins anew. */
#include "live_state.h"

#define TO_COLUMNS 2.5 /* rows a column from which on columns take the place of rows, */
#define FIRST 2.0      /* in a new view, */
#define TO_ROWS 1.5    /* and below which rows come back */

/* Of a view and a stream: what is looked at, and the part of it that is held. */
struct scope {
    const struct viz_series *series;
    uint64_t begin, end; /* rows held */
    int64_t left_ns, right_ns;
    int64_t newest_ns;
};

static struct scope scope_of(const struct live_view *view,
                             const struct viz_series *series, int64_t edge_ns)
{
    struct scope scope = {
        .series = series,
        .begin = viz_series_begin(series),
        .end = viz_series_end(series),
        .left_ns = view->from_ns,
        .right_ns = view->to_ns,
    };
    if (view->kind == LIVE_FOLLOW) {
        scope.left_ns = edge_ns - view->window_ns;
        scope.right_ns = INT64_MAX;
    }
    scope.newest_ns = viz_series_time(series, scope.end - 1);
    return scope;
}

/* By how far apart the rows really are, so that a stream that has just begun is shown as it
 * will be when it fills the window. */
static double rows_a_column(const struct scope *scope, int64_t step_ns)
{
    uint64_t from = viz_series_find(scope->series, scope->left_ns);
    uint64_t to = scope->right_ns > scope->newest_ns
                      ? scope->end
                      : viz_series_find(scope->series, scope->right_ns);
    if (to - from < 2)
        return (double)(to - from);
    int64_t ns =
        viz_series_time(scope->series, to - 1) - viz_series_time(scope->series, from);
    if (ns <= 0)
        return (double)(to - from);
    return (double)(to - from - 1) * (double)step_ns / (double)ns;
}

static enum live_kind choose(const struct scope *scope, const struct live_view *view,
                             const struct live_cursor *cursor)
{
    double rows = rows_a_column(scope, view->step_ns);
    double limit = !cursor->begun                 ? FIRST
                   : cursor->kind == LIVE_COLUMNS ? TO_ROWS
                                                  : TO_COLUMNS;
    return rows < limit ? LIVE_ROWS : LIVE_COLUMNS;
}

/* What it lacks is no longer held, or has left its window. */
static bool fell_behind(const struct scope *scope, const struct live_cursor *cursor,
                        const struct live_piece *piece)
{
    if (cursor->row < scope->begin)
        return true;
    if (cursor->kind == LIVE_COLUMNS)
        return live_bin_left(piece, cursor->bin + 1) <= scope->left_ns;
    return cursor->row < scope->end &&
           viz_series_time(scope->series, cursor->row) < scope->left_ns;
}

/* From the left edge on. Rows begin with the one before it, whose line enters there. */
static void begin_anew(const struct scope *scope, struct live_cursor *cursor,
                       const struct live_piece *piece)
{
    int64_t oldest_ns = viz_series_time(scope->series, scope->begin);
    int64_t left_ns = scope->left_ns > oldest_ns ? scope->left_ns : oldest_ns;
    uint64_t row = viz_series_find(scope->series, left_ns);
    cursor->begun = false;
    cursor->channels = viz_series_channels(scope->series);
    cursor->bin = live_bin_of(piece, left_ns);
    cursor->row = row;
    if (cursor->kind == LIVE_ROWS && row > scope->begin)
        cursor->row--;
}

static uint32_t at_most(int64_t wanted, uint64_t limit)
{
    if (wanted <= 0)
        return 0;
    return (uint64_t)wanted < limit ? (uint32_t)wanted : (uint32_t)limit;
}

/* Columns up to that of the newest row, or of the end of the stretch. */
static void cut_columns(const struct scope *scope, const struct live_cursor *cursor,
                        struct live_piece *piece)
{
    int64_t last_ns =
        scope->right_ns - 1 < scope->newest_ns ? scope->right_ns - 1 : scope->newest_ns;
    int64_t left = live_bin_of(piece, last_ns) - cursor->bin + 1;
    uint32_t limit = LIVE_CHUNK / (8 * cursor->channels);
    piece->bin = cursor->bin;
    piece->row = cursor->row;
    piece->count = at_most(left, limit < VIZ_LIVE_COLUMNS ? limit : VIZ_LIVE_COLUMNS);
    piece->whole = piece->count == at_most(left, UINT32_MAX);
    piece->row_end =
        piece->whole ? scope->end
                     : viz_series_find(scope->series,
                                       live_bin_left(piece, piece->bin + piece->count));
}

/* Rows up to the newest, or to the one behind the end of the stretch, to which a line goes
 * from within. */
static void cut_rows(const struct scope *scope, const struct live_cursor *cursor,
                     struct live_piece *piece)
{
    uint64_t last = scope->end;
    if (scope->right_ns <= scope->newest_ns)
        last = viz_series_find(scope->series, scope->right_ns) + 1;
    uint32_t limit = LIVE_CHUNK / (8 + 4 * cursor->channels);
    piece->row = cursor->row > scope->begin ? cursor->row : scope->begin;
    piece->row_end = piece->row + at_most((int64_t)(last - piece->row), limit);
    piece->whole = piece->row_end >= last;
}

bool live_cursor_next(const struct viz_live *live, const struct live_view *view,
                      uint32_t member, struct live_cursor *cursor,
                      struct live_piece *out)
{
    const struct viz_series *series = viz_reader_series(live->member[member]->reader);
    if (cursor->done || !viz_series_channels(series) ||
        viz_series_end(series) == viz_series_begin(series))
        return false;
    if (cursor->begun && cursor->row == viz_series_end(series))
        return false;
    struct scope scope = scope_of(view, series, live->newest_ns);
    *out = (struct live_piece){
        .series = series,
        .stream = (uint16_t)member,
        .epoch_ns = live->epoch_ns,
        .step_ns = view->step_ns,
        .now_ns = live->now_ns,
    };
    bool follows = view->kind == LIVE_FOLLOW;
    if (!cursor->begun || follows) {
        enum live_kind kind = choose(&scope, view, cursor);
        if (!cursor->begun || kind != cursor->kind ||
            cursor->channels != viz_series_channels(series) ||
            fell_behind(&scope, cursor, out)) {
            cursor->kind = kind;
            begin_anew(&scope, cursor, out);
        }
    }
    out->kind = cursor->kind;
    out->reset = !cursor->begun;
    if (cursor->kind == LIVE_COLUMNS)
        cut_columns(&scope, cursor, out);
    else
        cut_rows(&scope, cursor, out);
    if (out->reset || out->kind == LIVE_ROWS || out->count)
        return true;
    live_cursor_given(cursor, view, out); /* all of it is left of the window */
    return false;
}

void live_cursor_given(struct live_cursor *cursor, const struct live_view *view,
                       const struct live_piece *piece)
{
    cursor->begun = true;
    cursor->row = piece->row_end;
    cursor->bin = piece->bin + piece->count;
    if (piece->whole && piece->count)
        cursor->bin--; /* it goes on */
    cursor->done = piece->whole && view->kind == LIVE_STRETCH;
}
