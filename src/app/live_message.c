/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The bytes of a message: docs/api.md has them one by one. */
#include "live_state.h"

#include <viz/alloc.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define RESET 1

static int64_t divide_down(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

int64_t live_bin_of(const struct live_piece *piece, int64_t time_ns)
{
    return divide_down(time_ns - piece->epoch_ns, piece->step_ns);
}

int64_t live_bin_left(const struct live_piece *piece, int64_t bin)
{
    return piece->epoch_ns + bin * piece->step_ns;
}

bool live_piece_same(const struct live_piece *a, const struct live_piece *b)
{
    return a->series == b->series && a->kind == b->kind && a->reset == b->reset &&
           a->step_ns == b->step_ns && a->now_ns == b->now_ns && a->bin == b->bin &&
           a->count == b->count && a->row == b->row && a->row_end == b->row_end;
}

static uint8_t *put_u16(uint8_t *at, uint16_t value)
{
    for (unsigned i = 0; i < 2; i++)
        *at++ = (uint8_t)(value >> 8 * i);
    return at;
}

static uint8_t *put_u32(uint8_t *at, uint32_t value)
{
    for (unsigned i = 0; i < 4; i++)
        *at++ = (uint8_t)(value >> 8 * i);
    return at;
}

static uint8_t *put_f32(uint8_t *at, float value)
{
    uint32_t bits;
    memcpy(&bits, &value, sizeof(bits));
    return put_u32(at, bits);
}

static uint8_t *put_f64(uint8_t *at, double value)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof(bits));
    at = put_u32(at, (uint32_t)bits);
    return put_u32(at, (uint32_t)(bits >> 32));
}

static void make_room(struct live_message *message, size_t size)
{
    message->size = size;
    if (size <= message->room)
        return;
    free(message->bytes);
    message->room = 2 * size;
    message->bytes = viz_zalloc(message->room);
}

static double seconds(const struct live_piece *piece, int64_t ns)
{
    return (double)(ns - piece->epoch_ns) * 1e-9;
}

static uint8_t *put_header(uint8_t *at, const struct live_piece *piece, uint32_t count)
{
    const struct viz_series *series = piece->series;
    bool columns = piece->kind == LIVE_COLUMNS;
    int64_t newest_ns = viz_series_time(series, viz_series_end(series) - 1);
    int64_t first_ns = columns ? live_bin_left(piece, piece->bin)
                       : piece->row < piece->row_end
                           ? viz_series_time(series, piece->row)
                           : newest_ns;
    *at++ = (uint8_t)piece->kind;
    *at++ = piece->reset ? RESET : 0;
    at = put_u16(at, piece->stream);
    at = put_u32(at, 0); /* the serial: live_message_address() */
    at = put_u32(at, count);
    at = put_u16(at, (uint16_t)viz_series_channels(series));
    at = put_u16(at, LIVE_HEADER);
    at = put_f64(at, seconds(piece, first_ns));
    at = put_f64(at, columns ? (double)piece->step_ns * 1e-9 : 0);
    at = put_f64(at, seconds(piece, piece->now_ns));
    return put_f64(at, seconds(piece, newest_ns));
}

/* Whether a line is drawn from the row before @row to @row: both hold a number and nothing
 * is missing between them. */
static bool joined(const struct viz_series *series, uint32_t channel, uint64_t row)
{
    if (row <= viz_series_begin(series) || row >= viz_series_end(series))
        return false;
    return !viz_series_break(series, row) &&
           isfinite(viz_series_value(series, channel, row - 1)) &&
           isfinite(viz_series_value(series, channel, row));
}

/* The line from the row before @row to @row, at @time_ns between them. */
static float line_at(const struct viz_series *series, uint32_t channel, uint64_t row,
                     int64_t time_ns)
{
    double from = viz_series_value(series, channel, row - 1);
    double to = viz_series_value(series, channel, row);
    int64_t from_ns = viz_series_time(series, row - 1);
    int64_t to_ns = viz_series_time(series, row);
    double share = (double)(time_ns - from_ns) / (double)(to_ns - from_ns);
    return (float)(from + (to - from) * share);
}

/* The column at @bin, whose rows are [edge[0], edge[1]). One without rows between two that
 * are joined has the line between them. */
static struct viz_span column(const struct live_piece *piece, uint32_t channel,
                              int64_t bin, const uint64_t edge[2])
{
    const struct viz_series *series = piece->series;
    struct viz_span span = {.min = NAN, .max = NAN};
    if (edge[0] < edge[1]) {
        span = viz_series_span(series, channel, edge[0], edge[1]);
        if (span.min > span.max)
            span.min = span.max = NAN;
    } else if (joined(series, channel, edge[0])) {
        int64_t left_ns = live_bin_left(piece, bin);
        float a = line_at(series, channel, edge[0], left_ns);
        float b = line_at(series, channel, edge[0], left_ns + piece->step_ns);
        span.min = fminf(a, b);
        span.max = fmaxf(a, b);
    }
    return span;
}

/* Edges only rise, so that all behind the newest row are known with the first. */
static void find_edges(const struct live_piece *piece, uint64_t *edge)
{
    uint64_t end = viz_series_end(piece->series), row = 0;
    for (uint32_t i = 0; i <= piece->count; i++) {
        if (!i || row != end)
            row = viz_series_find(piece->series, live_bin_left(piece, piece->bin + i));
        edge[i] = row;
    }
}

static void encode_columns(struct live_message *message, const struct live_piece *piece)
{
    uint32_t channels = viz_series_channels(piece->series), count = piece->count;
    uint64_t edge[VIZ_LIVE_COLUMNS + 1];
    make_room(message, LIVE_HEADER + (size_t)8 * channels * count);
    uint8_t *min = put_header(message->bytes, piece, count);
    find_edges(piece, edge);
    for (uint32_t channel = 0; channel < channels; channel++) {
        uint8_t *max = min + (size_t)4 * count;
        for (uint32_t i = 0; i < count; i++) {
            struct viz_span span = column(piece, channel, piece->bin + i, edge + i);
            min = put_f32(min, span.min);
            max = put_f32(max, span.max);
        }
        min = max;
    }
}

/* Rows of the message: a row that begins after a gap takes two. */
static uint32_t count_rows(const struct live_piece *piece)
{
    uint32_t rows = 0;
    for (uint64_t row = piece->row; row < piece->row_end; row++)
        rows += viz_series_break(piece->series, row) ? 2 : 1;
    return rows;
}

static void encode_rows(struct live_message *message, const struct live_piece *piece)
{
    const struct viz_series *series = piece->series;
    uint32_t channels = viz_series_channels(series), count = count_rows(piece);
    make_room(message, LIVE_HEADER + (size_t)count * (8 + 4 * (size_t)channels));
    uint8_t *at = put_header(message->bytes, piece, count);
    for (uint64_t row = piece->row; row < piece->row_end; row++) {
        double t = seconds(piece, viz_series_time(series, row));
        if (viz_series_break(series, row))
            at = put_f64(at, t);
        at = put_f64(at, t);
    }
    for (uint32_t channel = 0; channel < channels; channel++)
        for (uint64_t row = piece->row; row < piece->row_end; row++) {
            if (viz_series_break(series, row))
                at = put_f32(at, NAN);
            at = put_f32(at, viz_series_value(series, channel, row));
        }
}

void live_message_encode(struct live_message *message, const struct live_piece *piece)
{
    message->piece = *piece;
    if (piece->kind == LIVE_COLUMNS)
        encode_columns(message, piece);
    else
        encode_rows(message, piece);
}

void live_message_address(struct live_message *message, uint32_t serial)
{
    put_u32(message->bytes + 4, serial);
}
