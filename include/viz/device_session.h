/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a simulated device says to its clients, and when: the protocol of LightwaveOS
 * above WebSocket. Pure: told the time (milliseconds since the simulation began) and what
 * clients say, it calls back with messages. One thread, one object for each device.
 *
 * Clients. At most 8; they are told apart by a slot, and by an id that the device never
 * gives twice. A connection may be refused: it is open then, and closed at once with a
 * code. Each text is one request; the answer echoes its requestId, if that is a string
 * that is not empty. More than 50 texts in a second from one address are not answered
 * for 5 s.
 *
 * Streams. benchmark (10 Hz, 4 clients), audio (15 Hz, 4), stm (30 Hz, 8). A benchmark
 * frame is due when the main loop comes round at least 100 ms after the last one; it
 * comes round every few milliseconds (seeded), so that the true rate is 9.85 Hz. Its time
 * stamp is when it was due, however late the simulation is. Also sent: status at a
 * client's arrival and every 5 s, a ping every 15 s, each to everybody. */
#ifndef VIZ_DEVICE_SESSION_H
#define VIZ_DEVICE_SESSION_H

#include <viz/device.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define VIZ_DEVICE_CLIENTS 8
#define VIZ_DEVICE_QUEUE 32 /* messages that may wait for one client */
#define VIZ_DEVICE_MAX_TEXT 65536

enum viz_device_message {
    VIZ_DEVICE_REPLY, /* this and the next are text, the others binary */
    VIZ_DEVICE_STATUS,
    VIZ_DEVICE_FRAME,
    VIZ_DEVICE_GARBAGE,
    VIZ_DEVICE_HALF,
    VIZ_DEVICE_AUDIO,
    VIZ_DEVICE_STM,
};

/* What must be known of a message when it is certain whether it was sent. */
struct viz_device_parcel {
    enum viz_device_message message;
    bool repeat; /* VIZ_DEVICE_FRAME: and these */
    uint32_t timestamp_ms;
    float avg_total_us;
};

/* What the session asks for. Its functions may not be called from within, but for
 * viz_device_session_settle(). */
struct viz_device_outside {
    void *context;
    /* Queue a message; settle it now or later. */
    void (*send)(void *context, unsigned slot, const struct viz_device_parcel *parcel,
                 const void *bytes, size_t size);
    /* False: it could not be. */
    bool (*ping)(void *context, unsigned slot);
    /* The slot is free. @code 0: end the connection without a word. */
    void (*close)(void *context, unsigned slot, uint16_t code, const char *reason);
};

struct viz_device_session_params {
    const struct viz_device_model *model; /* these outlive the session */
    const struct viz_device_faults *faults;
    uint32_t device; /* from 0 */
    struct viz_device_outside outside;
};

struct viz_device_session;

struct viz_device_session *
viz_device_session_create(const struct viz_device_session_params *params);
void viz_device_session_destroy(struct viz_device_session *session);

/* A client of @address (any number that is its own) has connected. Its slot; or -1 with
 * the code and reason to close it with. */
int viz_device_session_open(struct viz_device_session *session, uint64_t address,
                            int64_t now_ms, uint16_t *code, const char **reason);

/* It has gone. */
void viz_device_session_closed(struct viz_device_session *session, unsigned slot);

/* It sent a text. */
void viz_device_session_text(struct viz_device_session *session, unsigned slot,
                             const void *bytes, size_t size, int64_t now_ms);

/* Everything that is due; returns when to call again, a second from now at most. */
int64_t viz_device_session_step(struct viz_device_session *session, int64_t now_ms);

/* A message went to the kernel whole, or never will. */
void viz_device_session_settle(struct viz_device_session *session,
                               const struct viz_device_parcel *parcel, bool sent);

/* What has been settled so far. */
struct viz_device_sums {
    struct viz_device_counts counts;
    uint32_t first_timestamp_ms, last_timestamp_ms; /* of frames sent; 0, 0: none was */
    double avg_total_us;      /* sum over the frames sent, but those with a NaN */
    double last_avg_total_us; /* NaN: none was */
};
const struct viz_device_sums *
viz_device_session_sums(const struct viz_device_session *session);

#endif
