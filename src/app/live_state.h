/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the files of the live stream share. live.c has the browsers and the tick,
 * live_members.c the streams, live_view.c what a browser asks for, live_cursor.c what it is
 * given next, live_message.c the bytes of it, live_text.c what is told in words. */
#ifndef LIVE_STATE_H
#define LIVE_STATE_H

#include <viz/error.h>
#include <viz/histogram.h>
#include <viz/live.h>
#include <viz/reader.h>
#include <viz/role.h>
#include <viz/sample.h>

#define LIVE_HEADER 48          /* bytes of a message before its values */
#define LIVE_CHUNK (256u << 10) /* what is longer comes in pieces */
#define LIVE_FULL (64u << 10)   /* a browser with more waiting is left out */
#define LIVE_SECOND_NS 1000000000
#define LIVE_BEHIND_NS (5 * (int64_t)LIVE_SECOND_NS) /* one of two histograms */
#define LIVE_MARKS 1024
#define LIVE_MESSAGES 16
#define LIVE_NOTICES 8

enum live_kind { LIVE_COLUMNS = 1, LIVE_ROWS = 2 };

/* From row number @row on nothing waits longer than since @origin_ns. */
struct live_mark {
    uint64_t row;
    int64_t origin_ns;
};

/* A stream as it is shown. */
struct live_member {
    struct viz_reader *reader;
    char source[256];
    char label[VIZ_MAX_NAME + 96];

    /* As browsers were told. */
    const char *name;
    const struct viz_channel *channel;
    uint32_t channels;
    double requested_hz; /* 0: unknown */

    struct live_mark mark[LIVE_MARKS]; /* a ring */
    uint64_t marks;
    int64_t heard_ns; /* rows were drained; 0: none yet */
    uint64_t rows_at_second;
    double delivered_hz; /* NAN: unknown */
};

enum live_view_kind {
    LIVE_NOTHING,
    LIVE_FOLLOW, /* the newest window */
    LIVE_STRETCH /* a stretch, once */
};

/* What a browser asks for. Times on viz_clock. */
struct live_view {
    enum live_view_kind kind;
    uint32_t serial;
    int64_t step_ns;
    int64_t window_ns;      /* LIVE_FOLLOW */
    int64_t from_ns, to_ns; /* LIVE_STRETCH */
    uint64_t streams;       /* a bit each */
};

/* What a browser has of one stream. Zeros: nothing, and it wants it from the start. */
struct live_cursor {
    bool begun; /* false: the next message is the first of its view */
    bool done;  /* of a stretch: all was given */
    enum live_kind kind;
    uint32_t channels;
    int64_t bin;    /* the first column that it has not for good */
    uint64_t row;   /* the first row that it has not for good */
    uint64_t timed; /* rows before it do not count for behind_ms any more */
};

/* What one message covers. */
struct live_piece {
    const struct viz_series *series;
    uint16_t stream;
    enum live_kind kind;
    bool reset;
    int64_t epoch_ns, step_ns, now_ns;
    int64_t bin;           /* columns: the first */
    uint32_t count;        /* columns */
    uint64_t row, row_end; /* rows [row, row_end); with columns those that they add */
    bool whole;            /* nothing is missing behind it */
};

/* The bytes of a piece; those of the same piece are made once. Zeros: none. */
struct live_message {
    struct live_piece piece;
    uint8_t *bytes;
    size_t size, room;
};

struct viz_live_client {
    void *socket;
    bool greeted; /* was told hello */
    bool told;    /* knows the streams as they are */
    bool ready;   /* takes messages in this tick */
    struct live_view view;
    struct live_cursor cursor[VIZ_MAX_STREAMS];
};

struct viz_live {
    struct viz_live_params params;
    int64_t epoch_ns;
    double epoch_unix_s;
    int64_t tick_ns, second_ns; /* when the next are due */
    int64_t measured_ns;        /* rates were; 0: never */
    int64_t now_ns;             /* of this step */
    int64_t newest_ns;          /* of all streams: the right edge of the window */

    struct live_member *member[VIZ_MAX_STREAMS];
    uint32_t members;
    struct viz_live_client *client[VIZ_LIVE_CLIENTS];
    uint32_t clients;

    struct live_message message[LIVE_MESSAGES]; /* of one stream in one tick */
    uint32_t messages;

    struct viz_histogram behind, behind_before, behind_sum; /* of the last seconds */
    int64_t behind_since_ns;
    double behind_ms_p50, behind_ms_p99; /* as of the last second */
    uint64_t sent_messages, sent_bytes, skipped;

    char notice[LIVE_NOTICES][VIZ_ERROR_TEXT]; /* a ring */
    uint64_t notices;
};

static inline double live_seconds(const struct viz_live *live, int64_t ns)
{
    return (double)(ns - live->epoch_ns) * 1e-9;
}

/* live_members.c: streams that came, what they brought, and their labels. Returns whether
 * browsers have to be told of streams. */
bool live_drain(struct viz_live *live, int64_t now_ns) VIZ_ON(render);
void live_measure_rates(struct viz_live *live, int64_t now_ns);
/* Since when the first row from @row on has been waiting to be shown. */
int64_t live_waiting_since(const struct live_member *member, uint64_t row);
void live_ledger(const struct viz_live *live, struct viz_ledger *out);
bool live_loss_known(const struct viz_live *live);

/* live_view.c: read what a browser said. -EINVAL with the sentence. */
int live_view_parse(const struct viz_live *live, const char *text, size_t size,
                    struct live_view *out, struct viz_error *err);
/* The width of a column, so that @px of them hold @span_ns: rounded up to one of ten steps
 * a decade, so that windows of about the same width share their columns. */
int64_t live_step_ns(int64_t span_ns, uint32_t px);

/* live_cursor.c: what a browser is to be given of a stream that has rows; false: nothing
 * new. Then, once it was sent, that it has it. */
bool live_cursor_next(const struct viz_live *live, const struct live_view *view,
                      uint32_t member, struct live_cursor *cursor,
                      struct live_piece *out);
void live_cursor_given(struct live_cursor *cursor, const struct live_view *view,
                       const struct live_piece *piece);

/* live_message.c */
int64_t live_bin_of(const struct live_piece *piece, int64_t time_ns);
int64_t live_bin_left(const struct live_piece *piece, int64_t bin);
bool live_piece_same(const struct live_piece *a, const struct live_piece *b);
void live_message_encode(struct live_message *message, const struct live_piece *piece);
void live_message_address(struct live_message *message, uint32_t serial);

/* live_text.c: JSON, to be free()d. */
char *live_text_hello(const struct viz_live *live, int64_t now_ns);
char *live_text_streams(const struct viz_live *live);
char *live_text_health(const struct viz_live *live, int64_t now_ns);
char *live_text_error(const char *sentence);

#endif
