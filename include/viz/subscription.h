/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A client's talk with a LightwaveOS device: JSON texts on the socket that also carries
 * the frames. It says what to send when, and understands every reply: acknowledgements,
 * refusals, errors. Pure: texts in, texts out, told the time. One thread.
 *
 * On each connection, in this order: benchmark.start, where a reset of the device's
 * statistics is wanted; X.subscribe for each stream X. Each has a requestId of its own
 * and is due an answer within five seconds. What was refused for a passing reason
 * (RATE_LIMITED, SYSTEM_NOT_READY, RESOURCE_EXHAUSTED) is asked for again after a while;
 * what was refused for good (FEATURE_DISABLED, UNAUTHORIZED) is not. */
#ifndef VIZ_SUBSCRIPTION_H
#define VIZ_SUBSCRIPTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum viz_subscription_stream { /* a set */
                               VIZ_SUBSCRIBE_BENCHMARK = 1,
                               VIZ_SUBSCRIBE_AUDIO = 2,
                               VIZ_SUBSCRIBE_STM = 4,
};

struct viz_subscription_params {
    unsigned streams; /* set of enum viz_subscription_stream */
    bool start;       /* benchmark.start before: the statistics begin anew */
    void *context;
    void (*send)(void *context, const char *text, size_t size); /* one text message */
    /* A sentence for the user, each said once a connection: "benchmark.subscribe is
     * refused: Subscriber table full (RESOURCE_EXHAUSTED); asking again in 5 s". */
    void (*say)(void *context, const char *sentence);
};

/* Counts since creation. */
struct viz_subscription_counts {
    uint64_t texts;      /* text messages that came */
    uint64_t replies;    /* of these, answers to what was asked */
    uint64_t refusals;   /* of these, no */
    uint64_t errors;     /* errors that belong to no request */
    uint64_t status;     /* messages of the device's own accord, of known type */
    uint64_t unknown;    /* envelopes of a type that is not known */
    uint64_t not_json;   /* no envelope: what @text returned false for */
    uint64_t unanswered; /* requests whose time was up */
};

struct viz_subscription;

struct viz_subscription *
viz_subscription_create(const struct viz_subscription_params *params);
void viz_subscription_destroy(struct viz_subscription *subscription);

/* A connection is open: everything is asked for from the beginning. */
void viz_subscription_open(struct viz_subscription *subscription, int64_t now_ns);

/* The connection has ended. */
void viz_subscription_closed(struct viz_subscription *subscription);

/* Say goodbye: X.unsubscribe for what is subscribed; before a wanted end. */
void viz_subscription_leave(struct viz_subscription *subscription, int64_t now_ns);

/* A text message. False: it is no envelope (no JSON object with a "type"), so that it may
 * be somebody's data. */
bool viz_subscription_text(struct viz_subscription *subscription, const char *text,
                           size_t size, int64_t now_ns);

/* Ask again for what is due; returns when to call again, INT64_MAX: not before something
 * comes. */
int64_t viz_subscription_step(struct viz_subscription *subscription, int64_t now_ns);

/* Streams that are subscribed, and those refused for good. Sets. */
unsigned viz_subscription_active(const struct viz_subscription *subscription);
unsigned viz_subscription_refused(const struct viz_subscription *subscription);

const struct viz_subscription_counts *
viz_subscription_counts(const struct viz_subscription *subscription);

#endif
