/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rows that are in the overview are first counted, then read as coarsely as the answer may
 * be. Finer entries, at last the samples, are read where one lies across an edge of what
 * is asked for, or across a gap that can be seen. Rows that are in no overview are read
 * once, and grouped as they come. */
#include "run_view_state.h"

#include <viz/alloc.h>
#include <viz/track.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define BREAKS (VIZ_MARK_GAP | VIZ_MARK_BOOT)

/* Pieces for each pixel, before they are cut into bins. */
#define PIECES 4

/* Behind the last chunk there are fewer rows than this: each is a piece. Where there is no
 * chunk there may be any number; what a pixel will be is then a guess, of which half leaves
 * rather too many pieces. */
#define TAIL_PIECES 65536

static double seconds(const struct view_load *load, int64_t host_ns, int64_t device_ns)
{
    if (load->clock == VIZ_RUN_DEVICE)
        return (double)device_ns / 1e9;
    return (double)(int64_t)((uint64_t)host_ns - (uint64_t)load->started_ns) / 1e9;
}

static bool is_wanted(const struct view_load *load, double at_s)
{
    return at_s >= load->from_s && at_s < load->to_s;
}

static void see(struct view_load *load, double first_s, double last_s)
{
    load->begin_s = fmin(load->begin_s, first_s);
    load->end_s = fmax(load->end_s, last_s);
}

static void take_row(struct view_load *load, struct view_pieces *into, uint64_t row,
                     double at_s, bool gap, const struct viz_run_sample *sample)
{
    load->rows++;
    if (load->counting)
        return;
    viz_pyramid_values(load->lightwave, load->row_channels, sample->frame, sample->size,
                       load->row_value);
    for (uint32_t c = 0; c < load->channels; c++)
        load->value[c] = load->row_value[load->channel[c]];
    viz_view_add_row(into, row, at_s, gap, load->value);
}

/* ---- what is in no chunk ---- */

static int read_tail(struct view_load *load)
{
    struct viz_pyramid_clock clock = {0};
    struct viz_cursor *cursor;
    struct viz_run_sample sample;
    uint64_t row = 0, next;
    int ret = viz_store_overview_end(load->store, load->run, &next, load->err);
    if (ret < 0)
        return ret;
    if (load->chunks) {
        const struct viz_overview_chunk *last = &load->chunk[load->chunks - 1];
        clock = last->clock;
        row = last->row + last->rows;
    }
    ret = viz_store_read_between(load->store, load->run, load->stream, next, INT64_MAX,
                                 &cursor, load->err);
    if (ret < 0)
        return ret;
    for (; (ret = viz_cursor_next(cursor, &sample, load->err)) == 1; row++) {
        bool other, begun = clock.begun;
        int64_t place = viz_pyramid_place(&clock, sample.segment, sample.host_ns,
                                          sample.device_ns, &other);
        if (load->clock == VIZ_RUN_DEVICE && place == INT64_MIN)
            continue;
        double at_s = seconds(load, sample.host_ns, place);
        see(load, at_s, at_s);
        if (is_wanted(load, at_s))
            take_row(load, &load->tail, row, at_s,
                     begun && (other || sample.missing || sample.marks & BREAKS),
                     &sample);
    }
    viz_cursor_close(cursor);
    return ret;
}

/* ---- what is ---- */

enum where { OUTSIDE, PARTLY, INSIDE };

static enum where place_of(const struct view_load *load,
                           const struct viz_pyramid_entry *entry,
                           struct view_piece *piece)
{
    bool device = load->clock == VIZ_RUN_DEVICE;
    *piece = (struct view_piece){.rows = entry->rows, .gap = entry->gap};
    if (device && !entry->timed)
        return OUTSIDE;
    piece->first_s = seconds(load, entry->begin_ns, entry->device_begin_ns);
    piece->last_s = seconds(load, entry->end_ns, entry->device_end_ns);
    if (piece->last_s < load->from_s || piece->first_s >= load->to_s)
        return OUTSIDE;
    if (device && entry->timed < entry->rows)
        return PARTLY;
    return piece->first_s >= load->from_s && piece->last_s < load->to_s ? INSIDE
                                                                        : PARTLY;
}

/* Loads a level of the chunk, or its coarsest if that is finer. */
static int load_level(struct view_load *load, const struct viz_overview_chunk *chunk,
                      unsigned *level)
{
    struct viz_pyramid_level read = {.channels = load->channels};
    if (load->loaded[*level])
        return 0;
    unsigned asked = *level;
    struct viz_pyramid_level *into = &load->level[asked];
    int ret =
        viz_store_overview_entries(load->store, load->run, load->stream, chunk->row,
                                   level, load->channel, into, load->err);
    if (!ret && *level != asked) {
        read = load->level[*level];
        load->level[*level] = *into;
        load->level[asked] = read;
    }
    load->loaded[*level] = !ret;
    return ret;
}

/* The samples of entries [from, to) of level 0. */
static int read_samples(struct view_load *load, uint32_t from, uint32_t to,
                        uint64_t row)
{
    const struct viz_pyramid_entry *entry = &load->level[0].entry[from];
    uint64_t last = load->level[0].entry[to - 1].last_seq;
    struct viz_cursor *cursor;
    struct viz_run_sample sample;
    int ret = viz_store_read_between(load->store, load->run, load->stream,
                                     entry->first_seq, last, &cursor, load->err);
    if (ret < 0)
        return ret;
    for (; (ret = viz_cursor_next(cursor, &sample, load->err)) == 1; row++) {
        while (sample.seq > entry->last_seq)
            entry++;
        if (load->clock == VIZ_RUN_DEVICE && sample.device_ns == INT64_MIN)
            continue;
        int64_t place =
            (int64_t)((uint64_t)sample.device_ns - (uint64_t)entry->shift_ns);
        double at_s = seconds(load, sample.host_ns, place);
        if (is_wanted(load, at_s))
            take_row(load, &load->pieces, row, at_s,
                     sample.seq == entry->first_seq
                         ? entry->gap
                         : sample.missing || sample.marks & BREAKS,
                     &sample);
    }
    viz_cursor_close(cursor);
    return ret;
}

static bool is_enough(const struct view_load *load,
                      const struct viz_pyramid_entry *entry,
                      const struct view_piece *piece)
{
    if (load->counting)
        return true;
    return !load->singly &&
           !(entry->broken && piece->last_s - piece->first_s > load->hole_s);
}

static void take_entry(struct view_load *load, unsigned level, uint32_t at,
                       const struct view_piece *piece)
{
    load->rows += piece->rows;
    if (!load->counting)
        viz_view_add_entry(&load->pieces, piece,
                           load->level[level].range + (size_t)at * load->channels);
}

/* Entries [from, to) of level 0, the first of which begins with @row: samples that stand
 * behind each other are read in one go. */
static int walk_finest(struct view_load *load, uint32_t from, uint32_t to, uint64_t row)
{
    const struct viz_pyramid_level *level = &load->level[0];
    uint32_t begun = to; /* entries to be read as samples begin here; to: none */
    uint64_t begun_row = 0;
    int ret = 0;
    for (uint32_t i = from; !ret && i < to; row += level->entry[i++].rows) {
        struct view_piece piece;
        enum where where = place_of(load, &level->entry[i], &piece);
        bool enough = where == INSIDE && is_enough(load, &level->entry[i], &piece);
        if (where != OUTSIDE && !enough) {
            begun_row = begun == to ? row : begun_row;
            begun = begun == to ? i : begun;
            continue;
        }
        if (begun != to)
            ret = read_samples(load, begun, i, begun_row);
        begun = to;
        piece.row = row;
        if (!ret && enough)
            take_entry(load, 0, i, &piece);
    }
    return !ret && begun != to ? read_samples(load, begun, to, begun_row) : ret;
}

static int walk_level(struct view_load *load, const struct viz_overview_chunk *chunk,
                      unsigned level, uint32_t from, uint32_t to, uint64_t row)
{
    int ret = 0;
    if (!level)
        return walk_finest(load, from, to, row);
    for (uint32_t i = from; !ret && i < to; i++) {
        const struct viz_pyramid_entry *entry = &load->level[level].entry[i];
        struct view_piece piece;
        enum where where = place_of(load, entry, &piece);
        piece.row = row;
        row += entry->rows;
        if (where == OUTSIDE)
            continue;
        if (where == INSIDE && is_enough(load, entry, &piece)) {
            take_entry(load, level, i, &piece);
            continue;
        }
        unsigned finer = level - 1;
        ret = load_level(load, chunk, &finer);
        if (ret < 0)
            break;
        uint32_t first = i * VIZ_PYRAMID_RATIO, all = load->level[finer].entries;
        uint32_t behind = first + VIZ_PYRAMID_RATIO;
        ret = walk_level(load, chunk, finer, first, behind < all ? behind : all,
                         piece.row);
    }
    return ret;
}

static int walk_chunk(struct view_load *load, const struct viz_overview_chunk *chunk)
{
    const struct viz_pyramid_entry all = {
        .begin_ns = chunk->begin_ns,
        .end_ns = chunk->end_ns,
        .device_begin_ns = chunk->device_begin_ns,
        .device_end_ns = chunk->device_end_ns,
        .rows = chunk->rows,
        .timed = chunk->timed,
    };
    struct view_piece piece;
    unsigned level = load->target;
    enum where where = place_of(load, &all, &piece);
    if (all.timed || load->clock == VIZ_RUN_ARRIVAL)
        see(load, seconds(load, all.begin_ns, all.device_begin_ns),
            seconds(load, all.end_ns, all.device_end_ns));
    if (where == OUTSIDE)
        return 0;
    if (where == INSIDE && load->counting) {
        load->rows += all.rows;
        return 0;
    }
    memset(load->loaded, 0, sizeof(load->loaded));
    int ret = load_level(load, chunk, &level);
    return ret < 0 ? ret
                   : walk_level(load, chunk, level, 0, load->level[level].entries,
                                chunk->row);
}

static int walk_chunks(struct view_load *load)
{
    int ret = 0;
    for (size_t i = 0; !ret && i < load->chunks; i++)
        ret = walk_chunk(load, &load->chunk[i]);
    return ret;
}

/* ---- all of it ---- */

static double pixel(const struct view_load *load, double first_s, double last_s)
{
    double span = fmin(last_s, load->to_s) - fmax(first_s, load->from_s);
    return span > 0 ? span / load->px : INFINITY;
}

/* How to read what is in chunks, so that groups of @group rows can be made of it. */
static void choose_level(struct view_load *load, uint64_t group)
{
    load->singly = group < VIZ_PYRAMID_ROWS;
    load->target = 0;
    while (load->target + 1 < VIZ_PYRAMID_LEVELS &&
           group % viz_pyramid_rows(load->target + 1) == 0)
        load->target++;
}

static int walk(struct view_load *load)
{
    uint64_t in_tail;
    int ret = read_tail(load);
    if (ret < 0)
        return ret;
    in_tail = load->rows;
    load->counting = true;
    load->target = VIZ_PYRAMID_LEVELS - 1;
    ret = walk_chunks(load);
    if (ret < 0)
        return ret;
    choose_level(load, viz_view_group(load->rows, load->px));
    load->hole_s = load->pieces.hole_s = pixel(load, load->begin_s, load->end_s);
    load->counting = false;
    load->rows = in_tail;
    return walk_chunks(load);
}

int viz_view_walk(struct view_load *load, struct viz_run_view *view)
{
    load->begin_s = INFINITY;
    load->end_s = -INFINITY;
    load->row_value = viz_zalloc(load->row_channels * sizeof(double) + 1);
    for (unsigned i = 0; i < VIZ_PYRAMID_LEVELS; i++)
        load->level[i] = (struct viz_pyramid_level){.channels = load->channels};
    viz_view_pieces_init(&load->pieces, load->channels, PIECES * (size_t)load->px,
                         INFINITY);
    viz_view_pieces_init(&load->tail, load->channels,
                         PIECES * (size_t)load->px + TAIL_PIECES,
                         pixel(load, 0, load->duration_s) / 2);
    int ret = walk(load);
    if (!ret) {
        viz_view_add_all(&load->pieces, &load->tail);
        view->begin_s = load->begin_s <= load->end_s ? load->begin_s : NAN;
        view->end_s = load->begin_s <= load->end_s ? load->end_s : NAN;
        view->rows = load->rows;
        viz_view_cut(&load->pieces, load->rows, load->px, view);
    }
    viz_view_pieces_finish(&load->pieces);
    viz_view_pieces_finish(&load->tail);
    for (unsigned i = 0; i < VIZ_PYRAMID_LEVELS; i++)
        viz_pyramid_finish(&load->level[i]);
    free(load->row_value);
    return ret;
}
