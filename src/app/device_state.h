/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A simulated device's session, as device_session.c (who is there, what is due) and
 * device_requests.c (what clients ask for) share it. */
#ifndef VIZ_DEVICE_STATE_H
#define VIZ_DEVICE_STATE_H

#include <viz/device_session.h>

enum stream { BENCHMARK, AUDIO, STM, STREAMS };

struct client {
    bool open;
    uint32_t id;
    uint64_t address;
    unsigned streams; /* set of 1 << enum stream */
    int64_t close_ms;
    bool any_sent; /* whether last_hop is one of a frame that went to it */
    uint32_t last_hop;
};

/* What the device remembers of an address. */
struct guard {
    bool used;
    uint64_t address;
    bool seen;
    int64_t seen_ms; /* its last connection */
    int64_t window_ms, blocked_until_ms;
    unsigned texts; /* in the window */
};

struct request {
    struct request *next;
    int64_t due_ms;
    uint32_t id; /* of the client */
    unsigned slot;
    size_t size;
    char text[];
};

struct viz_device_session {
    struct viz_device_session_params params;
    uint64_t seed; /* the device's own */
    struct viz_hops *hops;
    struct client client[VIZ_DEVICE_CLIENTS];
    struct guard guard[VIZ_DEVICE_CLIENTS];
    uint32_t next_id;
    unsigned clients, subscribers[STREAMS];
    int64_t boot_ms;
    uint32_t boot_stamp; /* time stamp at the boot */
    bool active;
    bool any_sent; /* since the boot: last_hop is that of the newest frame sent */
    uint32_t last_hop;
    uint64_t frame, audio, stm; /* number of the next one */
    int64_t frame_ms;
    int64_t reboot_ms, status_ms, ping_ms; /* NEVER: none is due */
    struct request *first_request, **last_request;
    unsigned requests;
    struct viz_device_sums sums;
};

static inline struct viz_device_counts *
device_counts(struct viz_device_session *session)
{
    return &session->sums.counts;
}

/* The number of the first frame after @now_ms of a stream of @hz. */
uint64_t device_stream_next(int64_t now_ms, unsigned hz);

void device_unsubscribe(struct viz_device_session *session, unsigned slot,
                        enum stream stream);

/* Send a text, and free it. */
void device_answer(struct viz_device_session *session, unsigned slot, char *text);

/* A text of a client that is allowed to ask; what is due by now has happened. */
void device_handle(struct viz_device_session *session, unsigned slot, const char *text,
                   size_t size, int64_t now_ms);

#endif
