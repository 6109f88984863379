/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <viz/device_session.h>

#include "device_state.h"
#include "device_talk.h"

#include <viz/alloc.h>
#include <viz/device_signals.h>
#include <viz/error.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define NEVER INT64_MAX
#define THROTTLE_MS 100
#define LOOP_MS 4 /* the main loop comes round after up to so much less one */
#define STATUS_MS 5000
#define PING_MS 15000
#define COOL_DOWN_MS 2000
#define RATE_WINDOW_MS 1000
#define RATE_TEXTS 50
#define RATE_BLOCK_MS 5000
#define IDLE_MS 1000
#define MAX_REQUESTS 256 /* that wait because of --slow */
#define MAX_GARBAGE 300
#define HALF_BYTES 16
#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

enum dice { DICE_LOOP = 16, DICE_DROP, DICE_NAN, DICE_GARBAGE, DICE_HALF, DICE_BYTES };

/* In the order in which they happen when due at the same time. */
enum event {
    EVENT_REBOOT,
    EVENT_CLOSE,
    EVENT_REQUEST,
    EVENT_STATUS,
    EVENT_PING,
    EVENT_FRAME,
    EVENT_AUDIO,
    EVENT_STM,
    EVENTS
};

static const struct viz_device_faults *faults(const struct viz_device_session *session)
{
    return session->params.faults;
}

static int64_t milliseconds(double seconds)
{
    return (int64_t)llrint(seconds * 1000);
}

/* Whether it happens to number @n, at so many percent. */
static bool falls(const struct viz_device_session *session, enum dice dice, uint64_t n,
                  double percent)
{
    double unit = (double)(viz_device_dice(session->seed, dice, n) >> 11) * 0x1p-53;
    return unit < percent / 100;
}

/* ---- sending ---- */

static void send_to(struct viz_device_session *session, unsigned slot,
                    const struct viz_device_parcel *parcel, const void *bytes,
                    size_t size)
{
    const struct viz_device_outside *outside = &session->params.outside;
    outside->send(outside->context, slot, parcel, bytes, size);
}

void device_answer(struct viz_device_session *session, unsigned slot, char *text)
{
    const struct viz_device_parcel parcel = {.message = VIZ_DEVICE_REPLY};
    if (text)
        send_to(session, slot, &parcel, text, strlen(text));
    free(text);
}

static void send_all(struct viz_device_session *session, enum stream stream,
                     enum viz_device_message message, const void *bytes, size_t size)
{
    const struct viz_device_parcel parcel = {.message = message};
    for (unsigned i = 0; i < VIZ_DEVICE_CLIENTS; i++)
        if (session->client[i].streams & 1u << stream)
            send_to(session, i, &parcel, bytes, size);
}

/* ---- streams ---- */

static uint32_t stamp(const struct viz_device_session *session, int64_t now_ms)
{
    return session->boot_stamp + (uint32_t)(now_ms - session->boot_ms);
}

static uint64_t hop_at(const struct viz_device_session *session, int64_t now_ms)
{
    return (uint64_t)((double)now_ms * session->params.model->hop_hz / 1000);
}

static bool stalled(const struct viz_device_session *session, int64_t when_ms)
{
    int64_t begin_ms = milliseconds(faults(session)->stall_at_s);
    int64_t length_ms = milliseconds(faults(session)->stall_s);
    return when_ms >= begin_ms && when_ms < begin_ms + length_ms;
}

static void send_frame(struct viz_device_session *session, unsigned slot,
                       const struct viz_lw_frame *frame, const uint8_t *bytes,
                       size_t size)
{
    struct client *client = &session->client[slot];
    const struct viz_device_parcel parcel = {
        .message = VIZ_DEVICE_FRAME,
        .repeat = client->any_sent && client->last_hop == frame->hop_count,
        .timestamp_ms = frame->timestamp_ms,
        .avg_total_us = frame->avg_total_us,
    };
    client->any_sent = session->any_sent = true;
    client->last_hop = session->last_hop = frame->hop_count;
    send_to(session, slot, &parcel, bytes, size);
}

static void send_garbage(struct viz_device_session *session, uint64_t n)
{
    uint8_t bytes[MAX_GARBAGE];
    uint64_t key = viz_device_dice(session->seed, DICE_BYTES, n);
    size_t size = 1 + key % MAX_GARBAGE;
    for (size_t i = 0; i < size; i++)
        bytes[i] = (uint8_t)viz_device_dice(key, 0, i);
    while (viz_lw_kind(bytes, size) != VIZ_LW_FOREIGN)
        bytes[0]++;
    send_all(session, BENCHMARK, VIZ_DEVICE_GARBAGE, bytes, size);
}

static void broadcast_frame(struct viz_device_session *session, uint64_t n,
                            int64_t when_ms)
{
    struct viz_lw_frame frame;
    uint8_t bytes[VIZ_LW_EXTENDED_BYTES];
    uint64_t due = session->subscribers[BENCHMARK];
    device_counts(session)->made += due;
    if (stalled(session, when_ms)) {
        device_counts(session)->stalled += due;
        return;
    }
    viz_hops_frame(session->hops, stamp(session, when_ms), session->active, &frame);
    frame.extended = faults(session)->extended;
    if (falls(session, DICE_NAN, n, faults(session)->nan_percent))
        frame.avg_total_us = NAN;
    size_t size = viz_lw_encode(&frame, bytes);
    if (falls(session, DICE_DROP, n, faults(session)->drop_percent)) {
        device_counts(session)->dropped += due;
    } else {
        for (unsigned i = 0; i < VIZ_DEVICE_CLIENTS; i++)
            if (session->client[i].streams & 1u << BENCHMARK)
                send_frame(session, i, &frame, bytes, size);
    }
    if (falls(session, DICE_GARBAGE, n, faults(session)->garbage_percent))
        send_garbage(session, n);
    if (falls(session, DICE_HALF, n, faults(session)->half_percent))
        send_all(session, BENCHMARK, VIZ_DEVICE_HALF, bytes, HALF_BYTES);
}

static void on_frame(struct viz_device_session *session, int64_t when_ms)
{
    uint64_t n = session->frame++;
    uint64_t round = viz_device_dice(session->seed, DICE_LOOP, n) % LOOP_MS;
    session->frame_ms += THROTTLE_MS + (int64_t)round;
    viz_hops_run(session->hops, hop_at(session, when_ms));
    if (session->subscribers[BENCHMARK] && !faults(session)->silent)
        broadcast_frame(session, n, when_ms);
}

static int64_t stream_ms(uint64_t n, unsigned hz)
{
    return (int64_t)(n * 1000 / hz);
}

uint64_t device_stream_next(int64_t now_ms, unsigned hz)
{
    uint64_t n = (uint64_t)now_ms * hz / 1000;
    while (stream_ms(n, hz) <= now_ms)
        n++;
    return n;
}

static bool streaming(const struct viz_device_session *session, int64_t when_ms)
{
    return !faults(session)->silent && !stalled(session, when_ms);
}

static void on_audio(struct viz_device_session *session, int64_t when_ms)
{
    struct viz_lw_audio audio;
    uint8_t bytes[VIZ_LW_AUDIO_BYTES];
    uint64_t n = session->audio++;
    if (!streaming(session, when_ms))
        return;
    viz_device_audio(session->seed, n, &audio);
    audio.timestamp_ms = stamp(session, when_ms);
    audio.hop_seq =
        (uint32_t)(hop_at(session, when_ms) - hop_at(session, session->boot_ms));
    viz_lw_encode_audio(&audio, bytes);
    send_all(session, AUDIO, VIZ_DEVICE_AUDIO, bytes, sizeof(bytes));
}

static void on_stm(struct viz_device_session *session, int64_t when_ms)
{
    struct viz_lw_stm stm;
    uint8_t bytes[VIZ_LW_STM_BYTES];
    uint64_t n = session->stm++;
    if (!streaming(session, when_ms))
        return;
    viz_device_stm(session->seed, n, &stm);
    viz_lw_encode_stm(&stm, bytes);
    send_all(session, STM, VIZ_DEVICE_STM, bytes, sizeof(bytes));
}

/* ---- clients ---- */

void device_unsubscribe(struct viz_device_session *session, unsigned slot,
                        enum stream stream)
{
    struct client *client = &session->client[slot];
    if (!(client->streams & 1u << stream))
        return;
    client->streams &= ~(1u << stream);
    session->subscribers[stream]--;
}

void viz_device_session_closed(struct viz_device_session *session, unsigned slot)
{
    viz_assert(session->client[slot].open);
    for (enum stream stream = 0; stream < STREAMS; stream++)
        device_unsubscribe(session, slot, stream);
    session->client[slot].open = false;
    session->clients--;
}

static void close_client(struct viz_device_session *session, unsigned slot,
                         uint16_t code, const char *reason)
{
    const struct viz_device_outside *outside = &session->params.outside;
    viz_device_session_closed(session, slot);
    outside->close(outside->context, slot, code, reason);
}

/* NULL: the table is full, and the address goes unguarded, as with the firmware. */
static struct guard *guard_of(struct viz_device_session *session, uint64_t address)
{
    struct guard *empty = NULL;
    for (unsigned i = 0; i < LENGTH(session->guard); i++) {
        struct guard *guard = &session->guard[i];
        if (guard->used && guard->address == address)
            return guard;
        if (!guard->used && !empty)
            empty = guard;
    }
    if (empty)
        *empty = (struct guard){.used = true, .address = address};
    return empty;
}

static bool connected(const struct viz_device_session *session, uint64_t address)
{
    for (unsigned i = 0; i < VIZ_DEVICE_CLIENTS; i++)
        if (session->client[i].open && session->client[i].address == address)
            return true;
    return false;
}

/* In the firmware's order. 0: welcome. */
static uint16_t refuse(struct viz_device_session *session, uint64_t address,
                       int64_t now_ms, const char **reason)
{
    struct guard *guard = guard_of(session, address);
    if (guard) {
        bool soon = guard->seen && now_ms - guard->seen_ms < COOL_DOWN_MS;
        guard->seen = true;
        guard->seen_ms = now_ms;
        if (faults(session)->cool_down && soon) {
            *reason = "Reconnect too fast";
            return 1013;
        }
    }
    if (faults(session)->single_session && connected(session, address)) {
        *reason = "Only one session per device";
        return 1008;
    }
    if (session->clients == VIZ_DEVICE_CLIENTS) {
        *reason = "Connection limit";
        return 1008;
    }
    return 0;
}

static int free_slot(const struct viz_device_session *session)
{
    int slot = 0;
    while (session->client[slot].open)
        slot++;
    return slot;
}

static int64_t run_until(struct viz_device_session *session, int64_t now_ms);

int viz_device_session_open(struct viz_device_session *session, uint64_t address,
                            int64_t now_ms, uint16_t *code, const char **reason)
{
    run_until(session, now_ms);
    device_counts(session)->connections++;
    *code = refuse(session, address, now_ms, reason);
    if (*code) {
        device_counts(session)->refused_connections++;
        return -1;
    }
    int slot = free_slot(session);
    int64_t after_ms = milliseconds(faults(session)->close_after_s);
    if (!session->clients++)
        session->ping_ms = now_ms + PING_MS;
    session->client[slot] = (struct client){
        .open = true,
        .id = ++session->next_id,
        .address = address,
        .close_ms = faults(session)->close_code ? now_ms + after_ms : NEVER,
        .any_sent = session->any_sent,
        .last_hop = session->last_hop,
    };
    session->status_ms = now_ms + 1; /* to everybody, once the client can be sent to */
    return slot;
}

/* ---- texts ---- */

static bool limited(struct viz_device_session *session, uint64_t address,
                    int64_t now_ms)
{
    struct guard *guard = guard_of(session, address);
    if (!guard || now_ms < guard->blocked_until_ms)
        return guard;
    if (now_ms - guard->window_ms >= RATE_WINDOW_MS) {
        guard->window_ms = now_ms;
        guard->texts = 0;
    }
    if (++guard->texts <= RATE_TEXTS)
        return false;
    guard->blocked_until_ms = now_ms + RATE_BLOCK_MS;
    return true;
}

static void postpone(struct viz_device_session *session, unsigned slot,
                     const void *bytes, size_t size, int64_t due_ms)
{
    if (session->requests == MAX_REQUESTS)
        return;
    struct request *request = viz_zalloc(sizeof(*request) + size);
    request->due_ms = due_ms;
    request->slot = slot;
    request->id = session->client[slot].id;
    request->size = size;
    memcpy(request->text, bytes, size);
    *session->last_request = request;
    session->last_request = &request->next;
    session->requests++;
}

void viz_device_session_text(struct viz_device_session *session, unsigned slot,
                             const void *bytes, size_t size, int64_t now_ms)
{
    run_until(session, now_ms);
    if (!session->client[slot].open) /* it was closed by what was due */
        return;
    device_counts(session)->texts++;
    int64_t slow_ms = llrint(faults(session)->slow_ms);
    if (limited(session, session->client[slot].address, now_ms))
        device_counts(session)->limited++;
    else if (slow_ms)
        postpone(session, slot, bytes, size, now_ms + slow_ms);
    else
        device_handle(session, slot, bytes, size, now_ms);
}

static void drop_request(struct viz_device_session *session)
{
    struct request *request = session->first_request;
    session->first_request = request->next;
    if (!request->next)
        session->last_request = &session->first_request;
    session->requests--;
    free(request);
}

static void on_request(struct viz_device_session *session, int64_t when_ms)
{
    struct request *request = session->first_request;
    const struct client *client = &session->client[request->slot];
    if (client->open && client->id == request->id)
        device_handle(session, request->slot, request->text, request->size, when_ms);
    drop_request(session);
}

/* ---- what is due ---- */

static void on_reboot(struct viz_device_session *session, int64_t when_ms)
{
    session->reboot_ms = NEVER;
    for (unsigned i = 0; i < VIZ_DEVICE_CLIENTS; i++)
        if (session->client[i].open)
            close_client(session, i, 0, NULL);
    while (session->first_request)
        drop_request(session);
    memset(session->guard, 0, sizeof(session->guard));
    viz_hops_run(session->hops, hop_at(session, when_ms));
    viz_hops_boot(session->hops);
    session->boot_ms = when_ms;
    session->boot_stamp = 0;
    session->active = session->any_sent = false;
    device_counts(session)->boots++;
}

static int64_t next_close(const struct viz_device_session *session)
{
    int64_t next_ms = NEVER;
    for (unsigned i = 0; i < VIZ_DEVICE_CLIENTS; i++)
        if (session->client[i].open && session->client[i].close_ms < next_ms)
            next_ms = session->client[i].close_ms;
    return next_ms;
}

static void on_close(struct viz_device_session *session, int64_t when_ms)
{
    for (unsigned i = 0; i < VIZ_DEVICE_CLIENTS; i++)
        if (session->client[i].open && session->client[i].close_ms <= when_ms)
            close_client(session, i, (uint16_t)faults(session)->close_code, "");
}

static void on_status(struct viz_device_session *session, int64_t when_ms)
{
    const struct viz_device_parcel parcel = {.message = VIZ_DEVICE_STATUS};
    session->status_ms = session->clients ? when_ms + STATUS_MS : NEVER;
    char *text = device_talk_status(when_ms - session->boot_ms, session->clients);
    for (unsigned i = 0; i < VIZ_DEVICE_CLIENTS; i++)
        if (session->client[i].open)
            send_to(session, i, &parcel, text, strlen(text));
    free(text);
}

static void on_ping(struct viz_device_session *session, int64_t when_ms)
{
    const struct viz_device_outside *outside = &session->params.outside;
    session->ping_ms = session->clients ? when_ms + PING_MS : NEVER;
    for (unsigned i = 0; i < VIZ_DEVICE_CLIENTS; i++)
        if (session->client[i].open && outside->ping(outside->context, i))
            device_counts(session)->pings++;
}

static int64_t next_event(const struct viz_device_session *session, enum event *event)
{
    const int64_t due_ms[EVENTS] = {
        [EVENT_REBOOT] = session->reboot_ms,
        [EVENT_CLOSE] = faults(session)->close_code ? next_close(session) : NEVER,
        [EVENT_REQUEST] =
            session->first_request ? session->first_request->due_ms : NEVER,
        [EVENT_STATUS] = session->status_ms,
        [EVENT_PING] = session->ping_ms,
        [EVENT_FRAME] = session->frame_ms,
        [EVENT_AUDIO] = session->subscribers[AUDIO]
                            ? stream_ms(session->audio, VIZ_DEVICE_AUDIO_HZ)
                            : NEVER,
        [EVENT_STM] = session->subscribers[STM]
                          ? stream_ms(session->stm, VIZ_DEVICE_STM_HZ)
                          : NEVER,
    };
    *event = 0;
    for (enum event i = 1; i < EVENTS; i++)
        if (due_ms[i] < due_ms[*event])
            *event = i;
    return due_ms[*event];
}

/* Everything due until @now_ms, each thing at its own time: what happens is the same
 * however late the call. Returns when the next is due. */
static int64_t run_until(struct viz_device_session *session, int64_t now_ms)
{
    static void (*const handlers[EVENTS])(struct viz_device_session *, int64_t) = {
        [EVENT_REBOOT] = on_reboot,   [EVENT_CLOSE] = on_close,
        [EVENT_REQUEST] = on_request, [EVENT_STATUS] = on_status,
        [EVENT_PING] = on_ping,       [EVENT_FRAME] = on_frame,
        [EVENT_AUDIO] = on_audio,     [EVENT_STM] = on_stm,
    };
    enum event event;
    int64_t when_ms;
    while ((when_ms = next_event(session, &event)) <= now_ms)
        handlers[event](session, when_ms);
    return when_ms;
}

int64_t viz_device_session_step(struct viz_device_session *session, int64_t now_ms)
{
    int64_t next_ms = run_until(session, now_ms);
    int64_t idle_ms = now_ms + IDLE_MS;
    if (!session->clients && session->reboot_ms > idle_ms)
        next_ms = idle_ms; /* frames for nobody can wait */
    return next_ms < idle_ms ? next_ms : idle_ms;
}

void viz_device_session_settle(struct viz_device_session *session,
                               const struct viz_device_parcel *parcel, bool sent)
{
    struct viz_device_sums *sums = &session->sums;
    struct viz_device_counts *c = &sums->counts;
    uint64_t *const count[] = {
        [VIZ_DEVICE_STATUS] = &c->status,   [VIZ_DEVICE_FRAME] = &c->sent,
        [VIZ_DEVICE_GARBAGE] = &c->garbage, [VIZ_DEVICE_HALF] = &c->halves,
        [VIZ_DEVICE_AUDIO] = &c->audio,     [VIZ_DEVICE_STM] = &c->stm,
    };
    if (sent && count[parcel->message])
        ++*count[parcel->message];
    if (parcel->message != VIZ_DEVICE_FRAME)
        return;
    if (!sent) {
        c->unsent++;
        return;
    }
    if (c->sent == 1)
        sums->first_timestamp_ms = parcel->timestamp_ms;
    sums->last_timestamp_ms = parcel->timestamp_ms;
    c->repeats += parcel->repeat;
    if (isnan(parcel->avg_total_us)) {
        c->nan++;
        return;
    }
    sums->avg_total_us += parcel->avg_total_us;
    sums->last_avg_total_us = parcel->avg_total_us;
}

const struct viz_device_sums *
viz_device_session_sums(const struct viz_device_session *session)
{
    return &session->sums;
}

struct viz_device_session *
viz_device_session_create(const struct viz_device_session_params *params)
{
    struct viz_device_session *session = viz_zalloc(sizeof(*session));
    const struct viz_device_faults *given = params->faults;
    session->params = *params;
    session->seed = viz_device_dice(params->model->seed, DICE_LOOP, params->device);
    session->hops = viz_hops_create(params->model, params->device);
    session->boot_stamp = (uint32_t)llrint(given->clock_ms);
    session->reboot_ms =
        given->reboot_at_s > 0 ? milliseconds(given->reboot_at_s) : NEVER;
    session->status_ms = session->ping_ms = NEVER;
    session->frame_ms = (int64_t)(session->seed % THROTTLE_MS);
    session->last_request = &session->first_request;
    session->sums.last_avg_total_us = NAN;
    session->sums.counts.boots = 1;
    return session;
}

void viz_device_session_destroy(struct viz_device_session *session)
{
    if (!session)
        return;
    while (session->first_request)
        drop_request(session);
    viz_hops_destroy(session->hops);
    free(session);
}
