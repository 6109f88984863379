/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "live_state.h"

#include <viz/alloc.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define IDLE_NS 100000000 /* how often streams are drained with nobody there */

static double unix_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

struct viz_live *viz_live_create(const struct viz_live_params *params)
{
    struct viz_live *live = viz_zalloc(sizeof(*live));
    live->params = *params;
    live->epoch_ns = viz_clock_now(params->clock);
    live->epoch_unix_s = unix_now();
    live->second_ns = live->epoch_ns + LIVE_SECOND_NS;
    live->measured_ns = live->behind_since_ns = live->epoch_ns;
    live->newest_ns = INT64_MIN;
    live->behind_ms_p50 = live->behind_ms_p99 = NAN;
    return live;
}

void viz_live_destroy(struct viz_live *live)
{
    if (!live)
        return;
    for (uint32_t i = 0; i < live->clients; i++)
        free(live->client[i]);
    for (uint32_t i = 0; i < LIVE_MESSAGES; i++)
        free(live->message[i].bytes);
    for (uint32_t i = 0; i < live->members; i++) {
        viz_reader_destroy(live->member[i]->reader);
        free(live->member[i]);
    }
    free(live);
}

/* ---- to browsers ---- */

static bool send_bytes(struct viz_live *live, struct viz_live_client *client,
                       bool binary, const void *bytes, size_t size)
{
    if (!live->params.send(client->socket, binary, bytes, size))
        return false;
    live->sent_messages++;
    live->sent_bytes += size;
    return true;
}

/* Frees @text. */
static bool send_text(struct viz_live *live, struct viz_live_client *client, char *text)
{
    bool sent = send_bytes(live, client, false, text, strlen(text));
    free(text);
    return sent;
}

static void greet(struct viz_live *live, struct viz_live_client *client, int64_t now_ns)
{
    client->greeted = send_text(live, client, live_text_hello(live, now_ns));
    client->told = client->greeted;
}

/* Hello and streams come before anything that needs them. */
static void tell_streams(struct viz_live *live, struct viz_live_client *client)
{
    if (!client->greeted)
        greet(live, client, live->now_ns);
    if (!client->told)
        client->told = send_text(live, client, live_text_streams(live));
}

static bool is_full(const struct viz_live *live, const struct viz_live_client *client)
{
    return live->params.waiting(client->socket) > LIVE_FULL;
}

/* ---- browsers ---- */

struct viz_live_client *viz_live_open(struct viz_live *live, void *socket,
                                      int64_t now_ns)
{
    if (live->clients == VIZ_LIVE_CLIENTS)
        return NULL;
    struct viz_live_client *client = viz_zalloc(sizeof(*client));
    client->socket = socket;
    live->client[live->clients++] = client;
    greet(live, client, now_ns);
    return client;
}

void viz_live_close(struct viz_live *live, struct viz_live_client *client)
{
    for (uint32_t i = 0; i < live->clients; i++) {
        if (live->client[i] != client)
            continue;
        live->client[i] = live->client[--live->clients];
        free(client);
        return;
    }
}

/* What is there already is late by choice. */
static void begin_view(struct viz_live *live, struct viz_live_client *client,
                       const struct live_view *view)
{
    client->view = *view;
    memset(client->cursor, 0, sizeof(client->cursor));
    for (uint32_t i = 0; i < live->members; i++)
        client->cursor[i].timed =
            viz_series_end(viz_reader_series(live->member[i]->reader));
}

void viz_live_text(struct viz_live *live, struct viz_live_client *client,
                   const char *text, size_t size, int64_t now_ns)
{
    struct live_view view;
    struct viz_error err;
    (void)now_ns; /* answered by the next step */
    if (live_view_parse(live, text, size, &view, &err) == 0)
        begin_view(live, client, &view);
    else
        send_text(live, client, live_text_error(err.text));
}

/* ---- what is new ---- */

/* The message of @piece, made unless another browser was given the same. */
static struct live_message *message_of(struct viz_live *live,
                                       const struct live_piece *piece)
{
    uint32_t made = live->messages < LIVE_MESSAGES ? live->messages : LIVE_MESSAGES;
    for (uint32_t i = 0; i < made; i++)
        if (live_piece_same(&live->message[i].piece, piece))
            return &live->message[i];
    struct live_message *message = &live->message[live->messages++ % LIVE_MESSAGES];
    live_message_encode(message, piece);
    return message;
}

/* How long its oldest row that is new here has been waiting. */
static void time_piece(struct viz_live *live, const struct live_piece *piece,
                       struct live_cursor *cursor)
{
    if (piece->row_end <= cursor->timed)
        return;
    int64_t since_ns = live_waiting_since(live->member[piece->stream], cursor->timed);
    cursor->timed = piece->row_end;
    viz_histogram_record(&live->behind, viz_clock_now(live->params.clock) - since_ns,
                         1);
}

static void feed(struct viz_live *live, struct viz_live_client *client, uint32_t member)
{
    struct live_cursor *cursor = &client->cursor[member];
    struct live_piece piece;
    if (!client->ready || !(client->view.streams >> member & 1) ||
        !live_cursor_next(live, &client->view, member, cursor, &piece))
        return;
    struct live_message *message = message_of(live, &piece);
    live_message_address(message, client->view.serial);
    if (!send_bytes(live, client, true, message->bytes, message->size)) {
        client->ready = false;
        live->skipped++;
        return;
    }
    live_cursor_given(cursor, &client->view, &piece);
    if (client->view.kind == LIVE_FOLLOW)
        time_piece(live, &piece, cursor);
}

/* Stream by stream, so that browsers with the same picture find its message. */
static void feed_all(struct viz_live *live)
{
    for (uint32_t i = 0; i < live->clients; i++) {
        struct viz_live_client *client = live->client[i];
        tell_streams(live, client);
        bool wants = client->told && client->view.kind != LIVE_NOTHING;
        client->ready = wants && !is_full(live, client);
        live->skipped += wants && !client->ready;
    }
    for (uint32_t m = 0; m < live->members; m++) {
        live->messages = 0;
        for (uint32_t i = 0; i < live->clients; i++)
            feed(live, live->client[i], m);
    }
}

/* ---- once a second ---- */

static double percentile_ms(const struct viz_histogram *histogram, double percent)
{
    int64_t ns = viz_histogram_percentile(histogram, percent);
    return ns < 0 ? NAN : (double)ns * 1e-6;
}

/* Over the open histogram and the one before it: five to ten seconds. */
static void measure_behind(struct viz_live *live)
{
    struct viz_histogram *sum = &live->behind_sum;
    *sum = live->behind_before;
    viz_histogram_merge(sum, &live->behind);
    live->behind_ms_p50 = percentile_ms(sum, 50);
    live->behind_ms_p99 = percentile_ms(sum, 99);
    if (live->now_ns - live->behind_since_ns < LIVE_BEHIND_NS)
        return;
    live->behind_before = live->behind;
    viz_histogram_reset(&live->behind);
    live->behind_since_ns = live->now_ns;
}

static void take_notices(struct viz_live *live)
{
    const struct viz_live_params *params = &live->params;
    for (;;) {
        char *at = live->notice[live->notices % LIVE_NOTICES];
        if (!params->sources ||
            !viz_sources_notice(params->sources, at, VIZ_ERROR_TEXT))
            return;
        live->notices++;
        if (params->said)
            params->said(params->context, at);
    }
}

static void tell_health(struct viz_live *live)
{
    take_notices(live);
    live_measure_rates(live, live->now_ns);
    measure_behind(live);
    live->second_ns = live->now_ns + LIVE_SECOND_NS;
    if (!live->clients)
        return;
    char *text = live_text_health(live, live->now_ns);
    for (uint32_t i = 0; i < live->clients; i++)
        if (live->client[i]->greeted && !is_full(live, live->client[i]))
            send_bytes(live, live->client[i], false, text, strlen(text));
    free(text);
}

int64_t viz_live_step(struct viz_live *live, int64_t now_ns)
{
    viz_role_assume_render();
    live->now_ns = now_ns;
    if (live_drain(live, now_ns))
        for (uint32_t i = 0; i < live->clients; i++)
            live->client[i]->told = false;
    if (now_ns >= live->tick_ns) {
        feed_all(live);
        live->tick_ns = now_ns + VIZ_LIVE_TICK_NS;
    }
    if (now_ns >= live->second_ns)
        tell_health(live);
    int64_t next_ns = live->clients ? live->tick_ns : now_ns + IDLE_NS;
    return next_ns < live->second_ns ? next_ns : live->second_ns;
}

void viz_live_figures(const struct viz_live *live, int64_t now_ns,
                      struct viz_live_figures *out)
{
    (void)now_ns;
    *out = (struct viz_live_figures){
        .clients = live->clients,
        .streams = live->members,
        .messages = live->sent_messages,
        .bytes = live->sent_bytes,
        .skipped = live->skipped,
        .behind_ms_p50 = live->behind_ms_p50,
        .behind_ms_p99 = live->behind_ms_p99,
        .ended = live->params.sources && viz_sources_ended(live->params.sources),
    };
    live_ledger(live, &out->ledger);
    out->loss_known = live_loss_known(live);
}
