/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Texts to a simulated device: lines of the input, from two clients in turn. */
#include <viz/device_session.h>
#include <viz/error.h>

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct outside {
    struct viz_device_session *session;
    uint64_t replies;
};

static void take(void *context, unsigned slot, const struct viz_device_parcel *parcel,
                 const void *bytes, size_t size)
{
    struct outside *outside = context;
    (void)slot;
    if (parcel->message == VIZ_DEVICE_REPLY) {
        viz_assert(size > 2 && ((const char *)bytes)[0] == '{');
        outside->replies++;
    }
    viz_device_session_settle(outside->session, parcel, size % 3 != 0);
}

static bool ping(void *context, unsigned slot)
{
    (void)context;
    (void)slot;
    return true;
}

static void end(void *context, unsigned slot, uint16_t code, const char *reason)
{
    (void)context;
    (void)slot;
    (void)code;
    (void)reason;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct viz_device_model model = {.mean_us = 5000, .sd_us = 10, .hop_hz = 50};
    const struct viz_device_faults faults = {.nan_percent = 10};
    struct outside outside = {0};
    struct viz_device_session *session =
        viz_device_session_create(&(struct viz_device_session_params){
            .model = &model,
            .faults = &faults,
            .outside = {&outside, take, ping, end},
        });
    const char *reason;
    uint16_t code;
    int64_t now_ms = 0;
    outside.session = session;
    for (uint64_t address = 0; address < 2; address++)
        viz_device_session_open(session, address, 0, &code, &reason);
    for (unsigned slot = 0; size; slot = !slot) {
        const uint8_t *stop = memchr(data, '\n', size);
        size_t length = stop ? (size_t)(stop - data) : size;
        viz_device_session_text(session, slot, data, length, now_ms);
        viz_device_session_step(session, now_ms += 50);
        data += length;
        size -= length;
        if (stop) {
            data++;
            size--;
        }
    }
    const struct viz_device_counts *counts = &viz_device_session_sums(session)->counts;
    viz_assert(counts->texts == outside.replies + counts->limited);
    viz_assert(counts->made ==
               counts->sent + counts->dropped + counts->stalled + counts->unsent);
    viz_device_session_destroy(session);
    return 0;
}
