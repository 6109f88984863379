/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <viz/sequence.h>

#include <string.h>

#define STALE_NS 1000000000 /* nothing arrives later than this by disorder alone */
#define RATE_MARGIN 4       /* a loss faster than this many times the rate is none */
#define MIN_PERIOD_NS 100   /* 10 MHz, the limit of a stream */

/* Set or clear the bits of @count rows from @row, a word at a time. */
static void mark(struct viz_sequence *sequence, uint64_t row, uint64_t count,
                 bool taken)
{
    if (count > VIZ_SEQUENCE_WINDOW) {
        row += count - VIZ_SEQUENCE_WINDOW;
        count = VIZ_SEQUENCE_WINDOW;
    }
    while (count) {
        unsigned bit = row % 64;
        uint64_t bits = 64 - bit < count ? 64 - bit : count;
        uint64_t mask = (bits == 64 ? UINT64_MAX : (UINT64_C(1) << bits) - 1) << bit;
        uint64_t *word = &sequence->seen[row % VIZ_SEQUENCE_WINDOW / 64];
        *word = taken ? *word | mask : *word & ~mask;
        row += bits;
        count -= bits;
    }
}

static bool was_seen(const struct viz_sequence *sequence, uint64_t row)
{
    return sequence->seen[row % VIZ_SEQUENCE_WINDOW / 64] >> (row % 64) & 1;
}

/* Nanoseconds a row, as far as the stream has shown. */
static uint64_t period_of(const struct viz_sequence *sequence,
                          const struct viz_sequence_rows *rows)
{
    uint64_t count = sequence->next - 1 - sequence->first;
    int64_t span_ns = sequence->newest_ns - sequence->first_ns;
    if (!count) {
        count = rows->rows - 1;
        span_ns = rows->last_ns - rows->first_ns;
    }
    if (!count || span_ns <= 0 || (uint64_t)span_ns / count < MIN_PERIOD_NS)
        return MIN_PERIOD_NS;
    return (uint64_t)span_ns / count;
}

static bool is_other_run(const struct viz_sequence *sequence,
                         const struct viz_sequence_rows *rows)
{
    return rows->run && sequence->run && rows->run != sequence->run;
}

/* Sent before the sender started again, and overtaken. */
static bool is_of_last_run(const struct viz_sequence *sequence,
                           const struct viz_sequence_rows *rows)
{
    return is_other_run(sequence, rows) && rows->run == sequence->last_run &&
           rows->arrival_ns - sequence->heard_ns <= STALE_NS;
}

static bool is_restart(const struct viz_sequence *sequence,
                       const struct viz_sequence_rows *rows, int32_t ahead)
{
    int64_t older_ns = sequence->newest_ns - rows->first_ns;
    if (is_other_run(sequence, rows))
        return true;
    if (ahead < 0)
        return older_ns < 0 || sequence->newest_ns - rows->last_ns > STALE_NS ||
               rows->arrival_ns - sequence->heard_ns > STALE_NS;
    if (ahead <= VIZ_SEQUENCE_WINDOW)
        return false;
    if (older_ns >= 0)
        return true;
    return (uint64_t)ahead / RATE_MARGIN >
           (uint64_t)-older_ns / period_of(sequence, rows);
}

static void begin(struct viz_sequence *sequence, const struct viz_sequence_rows *rows)
{
    /* Room below for rows from before the first, and no wrap at 0. */
    sequence->first = (UINT64_C(1) << 32) + rows->number;
    sequence->next = sequence->first;
    sequence->first_ns = rows->first_ns;
    sequence->newest_ns = rows->first_ns;
    sequence->begun = true;
    memset(sequence->seen, 0, sizeof(sequence->seen));
    sequence->last_run = sequence->run;
    sequence->run = rows->run;
}

/* The rows [row, row + count) are behind: what is each of them? */
static void judge_behind(struct viz_sequence *sequence, uint64_t row, uint32_t count,
                         struct viz_sequence_verdict *out)
{
    for (uint32_t i = 0; i < count; i++, row++) {
        if (sequence->next - row > VIZ_SEQUENCE_WINDOW || was_seen(sequence, row)) {
            out->duplicate++;
            continue;
        }
        if (row < sequence->first)
            out->early++;
        else
            out->late++;
        mark(sequence, row, 1, true);
    }
    out->skip = count;
}

void viz_sequence_place(struct viz_sequence *sequence,
                        const struct viz_sequence_rows *rows,
                        struct viz_sequence_verdict *out)
{
    memset(out, 0, sizeof(*out));
    if (!sequence->begun)
        begin(sequence, rows);
    if (is_of_last_run(sequence, rows)) {
        out->early = out->skip = rows->rows;
        return;
    }
    int32_t ahead = (int32_t)(rows->number - (uint32_t)sequence->next);
    if (is_restart(sequence, rows, ahead)) {
        begin(sequence, rows);
        out->restart = true;
        ahead = 0;
    }
    if (rows->run)
        sequence->run = rows->run;
    uint64_t row = sequence->next + (uint64_t)(int64_t)ahead;
    uint64_t end = row + rows->rows;
    if (ahead < 0) {
        uint64_t behind = (uint64_t) - (int64_t)ahead;
        judge_behind(sequence, row, behind < rows->rows ? (uint32_t)behind : rows->rows,
                     out);
    } else if (ahead > 0) {
        out->lost = (uint64_t)ahead;
        mark(sequence, sequence->next, out->lost, false);
    }
    if (end <= sequence->next)
        return;
    mark(sequence, row + out->skip, end - (row + out->skip), true);
    sequence->next = end;
    sequence->heard_ns = rows->arrival_ns;
    if (rows->last_ns > sequence->newest_ns)
        sequence->newest_ns = rows->last_ns;
}
