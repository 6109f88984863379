/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A simulated device without sockets: what it sends is kept to be looked at. */
#ifndef VIZ_DEVICE_RIG_H
#define VIZ_DEVICE_RIG_H

#include <viz/device_session.h>

#include <criterion/criterion.h>
#include <jansson.h>
#include <math.h>
#include <string.h>

#define MOST 4000
#define BYTES 600

/* A device and what it sent. */
struct message {
    unsigned slot;
    enum viz_device_message kind;
    size_t size;
    uint8_t bytes[BYTES];
};

struct rig {
    struct viz_device_model model;
    struct viz_device_faults faults;
    struct viz_device_session *session;
    bool full; /* the queues have no room */
    struct message message[MOST];
    unsigned messages, pings;
    unsigned closes, close_slot;
    uint16_t close_code;
    char reason[64];
};

static inline void take(void *context, unsigned slot,
                        const struct viz_device_parcel *parcel, const void *bytes,
                        size_t size)
{
    struct rig *rig = context;
    if (!rig->full) {
        cr_assert(rig->messages < MOST && size <= BYTES);
        struct message *message = &rig->message[rig->messages++];
        *message = (struct message){slot, parcel->message, size, {0}};
        memcpy(message->bytes, bytes, size);
    }
    viz_device_session_settle(rig->session, parcel, !rig->full);
}

static inline bool ping(void *context, unsigned slot)
{
    struct rig *rig = context;
    (void)slot;
    rig->pings++;
    return true;
}

static inline void end(void *context, unsigned slot, uint16_t code, const char *reason)
{
    struct rig *rig = context;
    rig->closes++;
    rig->close_slot = slot;
    rig->close_code = code;
    snprintf(rig->reason, sizeof(rig->reason), "%s", reason ? reason : "");
}

static struct rig rig;

static inline void make(const struct viz_device_faults *faults, uint32_t device)
{
    viz_device_session_destroy(rig.session);
    memset(&rig, 0, sizeof(rig));
    rig.model = (struct viz_device_model){
        .mean_us = 5000, .sd_us = 400, .hop_hz = 50, .seed = 1};
    rig.faults = *faults;
    rig.session = viz_device_session_create(&(struct viz_device_session_params){
        .model = &rig.model,
        .faults = &rig.faults,
        .device = device,
        .outside = {&rig, take, ping, end},
    });
}

static inline void done(void)
{
    viz_device_session_destroy(rig.session);
    rig.session = NULL;
}

static const struct viz_device_faults none;

static inline void plain(void)
{
    make(&none, 0);
}

static inline int arrive(uint64_t address, int64_t now_ms)
{
    const char *reason = "";
    uint16_t code;
    int slot = viz_device_session_open(rig.session, address, now_ms, &code, &reason);
    if (slot < 0) {
        rig.close_code = code;
        snprintf(rig.reason, sizeof(rig.reason), "%s", reason);
    }
    return slot;
}

static inline void tell(int slot, const char *text, int64_t now_ms)
{
    viz_device_session_text(rig.session, (unsigned)slot, text, strlen(text), now_ms);
}

static const struct viz_device_counts *counts(void)
{
    return &viz_device_session_sums(rig.session)->counts;
}

/* The newest text is this, to the letter. */
static inline void expect_reply(const char *expected)
{
    unsigned i = rig.messages;
    while (i && rig.message[i - 1].kind != VIZ_DEVICE_REPLY)
        i--;
    cr_assert(i, "nothing was answered");
    const struct message *message = &rig.message[i - 1];
    cr_assert_eq(message->size, strlen(expected), "%.*s", (int)message->size,
                 (const char *)message->bytes);
    cr_assert_eq(memcmp(message->bytes, expected, message->size), 0, "%.*s",
                 (int)message->size, (const char *)message->bytes);
}

static inline unsigned sent(enum viz_device_message kind)
{
    unsigned count = 0;
    for (unsigned i = 0; i < rig.messages; i++)
        count += rig.message[i].kind == kind;
    return count;
}

/* The @n-th benchmark frame. */
static inline struct viz_lw_frame frame(unsigned n)
{
    struct viz_lw_frame out;
    unsigned i = 0;
    while (rig.message[i].kind != VIZ_DEVICE_FRAME || n--)
        i++;
    cr_assert(i < rig.messages);
    cr_assert(viz_lw_decode(rig.message[i].bytes, rig.message[i].size, &out));
    return out;
}

static inline int subscribed(int64_t now_ms)
{
    int slot = arrive(1, now_ms);
    tell(slot, "{\"type\":\"benchmark.subscribe\"}", now_ms);
    return slot;
}

static inline void expect_balance(void)
{
    const struct viz_device_counts *c = counts();
    cr_assert_eq(c->made, c->sent + c->dropped + c->stalled + c->unsent);
}

#endif
