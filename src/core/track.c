/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <viz/track.h>

#include <viz/alloc.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define NOMINAL_MS 100
#define DISTANCES 31       /* remembered: those of about three seconds */
#define ENOUGH_DISTANCES 5 /* before that the nominal period is believed */
#define WRAP_MS (INT64_C(1) << 32)
#define GOERTZEL_WRAP (UINT64_C(1) << 16)

#define SLACK_MS 250 /* stamps are whole milliseconds, and arrivals are late by some */
#define PATIENCE_MS 30000 /* a network or a host may hold frames back for so long */
#define WRAP_ERROR_MS 500 /* where both a wrap and a boot are possible */
#define DISORDER_MS 1000  /* datagrams overtake each other by so much */
#define DRIFT 1000        /* clocks agree to one part in so many */

/* What the hop counter can do in a distance of time: the firmware makes 50 to 125 hops a
 * second and publishes every 62. */
#define MOST_HOPS_A_MS 10
#define LEAST_MS_A_HOP 50 /* the counter is not standing still: 20 hops a second */
#define HOPS_UNPUBLISHED 1000
#define HOPS_BEHIND 200

struct viz_track {
    struct viz_track_counts counts;
    bool begun, reconnected;
    struct viz_lw_frame last;
    uint8_t bytes[VIZ_LW_EXTENDED_BYTES]; /* of it */
    size_t size;
    int64_t received_ns; /* of it */
    struct viz_track_point at;
    uint64_t seen_hops, seen_goertzels; /* since the segment or reset began for us */
    uint32_t distance_ms[DISTANCES];
    uint32_t distances; /* ever */
};

/* What lies between the predecessor and a frame. */
struct step {
    const struct viz_lw_frame *frame;
    int64_t elapsed_ms; /* by the host's clock */
    int64_t ahead_ms;   /* by the device's stamp, if it is the same boot */
    uint32_t hops;      /* by the counter, if it went on */
    bool hops_back;     /* it cannot have gone on */
    bool late;          /* the frame is older than its predecessor */
};

struct viz_track *viz_track_create(void)
{
    return viz_zalloc(sizeof(struct viz_track));
}

void viz_track_destroy(struct viz_track *track)
{
    free(track);
}

void viz_track_reconnected(struct viz_track *track)
{
    track->reconnected = true;
}

const struct viz_track_counts *viz_track_counts(const struct viz_track *track)
{
    return &track->counts;
}

/* The distance of the stamps modulo 2^32 that is nearest to the time that passed. */
static int64_t distance_ahead(uint32_t from, uint32_t to, int64_t elapsed_ms)
{
    int64_t ahead = (uint32_t)(to - from);
    if (elapsed_ms > ahead)
        ahead += (elapsed_ms - ahead + WRAP_MS / 2) / WRAP_MS * WRAP_MS;
    return ahead;
}

static struct step measure(const struct viz_track *track,
                           const struct viz_lw_frame *frame, int64_t received_ns)
{
    struct step step = {.frame = frame};
    if (received_ns > track->received_ns)
        step.elapsed_ms =
            (int64_t)(((uint64_t)received_ns - (uint64_t)track->received_ns) / 1000000);
    step.ahead_ms =
        distance_ahead(track->last.timestamp_ms, frame->timestamp_ms, step.elapsed_ms);
    step.hops = frame->hop_count - track->last.hop_count;
    step.hops_back = step.hops > INT32_MAX ||
                     step.hops > step.ahead_ms * MOST_HOPS_A_MS + HOPS_UNPUBLISHED;
    return step;
}

/* Whether the hop counter went on by what the stamps say has passed. */
static bool hops_agree(const struct step *step)
{
    return !step->hops_back &&
           ((int64_t)step->hops + HOPS_BEHIND) * LEAST_MS_A_HOP >= step->ahead_ms;
}

/* A boot after the predecessor came is possible only if the device has not been up for
 * longer than that. */
static bool may_be_booted(const struct step *step)
{
    return step->frame->timestamp_ms <= step->elapsed_ms + SLACK_MS;
}

/* The stamp is not smaller than its predecessor's. Frames that come in late look like a
 * boot that is as long ago; a boot breaks the connection, so that without a new one
 * lateness is by far more likely. */
static bool booted_ahead(const struct viz_track *track, const struct step *step)
{
    int64_t patience = track->reconnected || step->hops_back ? SLACK_MS : PATIENCE_MS;
    return may_be_booted(step) &&
           step->elapsed_ms - step->ahead_ms > patience + step->elapsed_ms / DRIFT;
}

/* The stamp is smaller than its predecessor's: it wrapped, unless the device booted. */
static bool booted_behind(const struct step *step)
{
    int64_t error = llabs(step->elapsed_ms - step->ahead_ms);
    int64_t most = may_be_booted(step) ? WRAP_ERROR_MS : PATIENCE_MS;
    return !hops_agree(step) && error > most + step->elapsed_ms / DRIFT;
}

/* A datagram that was overtaken. */
static bool is_late(const struct viz_track *track, const struct step *step)
{
    uint32_t behind = track->last.timestamp_ms - step->frame->timestamp_ms;
    return !track->reconnected && !may_be_booted(step) && behind &&
           behind <= DISORDER_MS;
}

static bool is_boot(const struct viz_track *track, struct step *step)
{
    if (step->frame->timestamp_ms >= track->last.timestamp_ms)
        return booted_ahead(track, step);
    return booted_behind(step);
}

/* Mean of the distances that are no gaps, and by way of *limit from where on one is a
 * gap: one and a half times a short one. Half of the frames may be lost; and a device
 * does not send before its time. */
static double find_period(const struct viz_track *track, double *limit)
{
    uint32_t sorted[DISTANCES], usual = NOMINAL_MS;
    uint32_t count = track->distances < DISTANCES ? track->distances : DISTANCES;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t k = i;
        for (; k && sorted[k - 1] > track->distance_ms[i]; k--)
            sorted[k] = sorted[k - 1];
        sorted[k] = track->distance_ms[i];
    }
    if (count >= ENOUGH_DISTANCES)
        usual = sorted[count / 8];
    *limit = usual * 1.5;
    double sum = 0;
    uint32_t ordinary = 0;
    for (; ordinary < count && sorted[ordinary] <= *limit; ordinary++)
        sum += sorted[ordinary];
    return count >= ENOUGH_DISTANCES ? sum / ordinary : usual;
}

static void find_gap(struct viz_track *track, const struct step *step,
                     struct viz_track_point *out)
{
    double limit, period = find_period(track, &limit);
    if ((double)step->ahead_ms > limit) {
        double missing = fmax(1, (double)step->ahead_ms / period - 0.5);
        out->marks |= VIZ_MARK_GAP;
        if (!track->reconnected)
            out->missing = missing < UINT32_MAX ? (uint32_t)missing : UINT32_MAX;
    }
    if (!track->reconnected && step->ahead_ms > 0 && step->ahead_ms < WRAP_MS)
        track->distance_ms[track->distances++ % DISTANCES] = (uint32_t)step->ahead_ms;
}

/* Beyond 16 bits by the share of hops that had Goertzel so far (all of them, until it is
 * known); never more than there were hops. */
static uint64_t goertzel_distance(const struct viz_track *track,
                                  const struct viz_lw_frame *frame, uint32_t hops)
{
    uint64_t distance = (uint16_t)(frame->goertzel_count - track->last.goertzel_count);
    if (hops < distance + GOERTZEL_WRAP)
        return distance;
    double share =
        track->seen_hops ? (double)track->seen_goertzels / (double)track->seen_hops : 1;
    double more = hops * share - (double)distance;
    uint64_t wraps = more > 0 ? (uint64_t)(more / GOERTZEL_WRAP + 0.5) : 0;
    uint64_t most = (hops - distance) / GOERTZEL_WRAP;
    return distance + (wraps < most ? wraps : most) * GOERTZEL_WRAP;
}

static uint64_t first_goertzels(const struct viz_lw_frame *frame)
{
    return frame->extended ? frame->goertzel_count_full : frame->goertzel_count;
}

static void count_on(struct viz_track *track, const struct step *step,
                     struct viz_track_point *out)
{
    const struct viz_lw_frame *frame = step->frame, *last = &track->last;
    uint64_t goertzels = goertzel_distance(track, frame, step->hops);
    if (frame->extended && last->extended)
        goertzels = frame->goertzel_count_full - last->goertzel_count_full;
    out->hops = track->at.hops + step->hops;
    out->goertzels = track->at.goertzels + goertzels;
    if (frame->extended && !last->extended)
        out->goertzels = frame->goertzel_count_full;
    track->seen_hops += step->hops;
    track->seen_goertzels += goertzels;
}

static void count_anew(struct viz_track *track, const struct viz_lw_frame *frame,
                       struct viz_track_point *out)
{
    out->hops = frame->hop_count;
    out->goertzels = first_goertzels(frame);
    track->seen_hops = track->seen_goertzels = 0;
}

static void place_boot(struct viz_track *track, const struct viz_lw_frame *frame,
                       struct viz_track_point *out)
{
    out->segment = track->at.segment + track->begun;
    out->marks |= VIZ_MARK_BOOT;
    out->device_ms = frame->timestamp_ms;
    count_anew(track, frame, out);
}

/* An overtaken frame stands where its stamp says and moves nothing. */
static void place_late(const struct viz_track *track, const struct viz_lw_frame *frame,
                       struct viz_track_point *out)
{
    uint32_t hops = track->last.hop_count - frame->hop_count;
    uint64_t goertzels = (uint16_t)(track->last.goertzel_count - frame->goertzel_count);
    out->segment = track->at.segment;
    out->device_ms = track->at.device_ms -
                     (uint32_t)(track->last.timestamp_ms - frame->timestamp_ms);
    out->hops = hops <= track->at.hops ? track->at.hops - hops : frame->hop_count;
    out->goertzels = goertzels <= track->at.goertzels ? track->at.goertzels - goertzels
                                                      : first_goertzels(frame);
    if (!hops)
        out->marks |= VIZ_MARK_REPEAT;
}

static void place_next(struct viz_track *track, const struct step *step,
                       struct viz_track_point *out)
{
    out->segment = track->at.segment;
    out->device_ms = track->at.device_ms + step->ahead_ms;
    find_gap(track, step, out);
    if (step->hops_back) {
        out->marks |= VIZ_MARK_RESET;
        count_anew(track, step->frame, out);
        return;
    }
    if (!step->hops)
        out->marks |= VIZ_MARK_REPEAT;
    count_on(track, step, out);
}

/* Place the frame; false: nothing follows from it for the next one. */
static bool place(struct viz_track *track, const struct viz_lw_frame *frame,
                  int64_t received_ns, struct viz_track_point *out)
{
    if (!track->begun) {
        place_boot(track, frame, out);
        return true;
    }
    struct step step = measure(track, frame, received_ns);
    if (is_late(track, &step)) {
        place_late(track, frame, out);
        return false;
    }
    if (is_boot(track, &step))
        place_boot(track, frame, out);
    else
        place_next(track, &step, out);
    return true;
}

static void count_marks(struct viz_track_counts *counts,
                        const struct viz_track_point *point)
{
    counts->frames++;
    counts->repeats += !!(point->marks & VIZ_MARK_REPEAT);
    counts->copies += !!(point->marks & VIZ_MARK_COPY);
    counts->gaps += !!(point->marks & VIZ_MARK_GAP);
    counts->missing += point->missing;
    counts->boots += !!(point->marks & VIZ_MARK_BOOT);
    counts->resets += !!(point->marks & VIZ_MARK_RESET);
    counts->not_finite += !!(point->marks & VIZ_MARK_NAN);
}

void viz_track_frame(struct viz_track *track, const struct viz_lw_frame *frame,
                     int64_t received_ns, struct viz_track_point *out)
{
    uint8_t bytes[VIZ_LW_EXTENDED_BYTES];
    size_t size = viz_lw_encode(frame, bytes);
    *out = (struct viz_track_point){.marks = viz_lw_finite(frame) ? 0 : VIZ_MARK_NAN};
    bool moves = place(track, frame, received_ns, out);
    if (!(out->marks & VIZ_MARK_BOOT) && size == track->size &&
        memcmp(bytes, track->bytes, size) == 0)
        out->marks |= VIZ_MARK_COPY;
    count_marks(&track->counts, out);
    if (!moves)
        return;
    track->last = *frame;
    memcpy(track->bytes, bytes, size);
    track->size = size;
    if (received_ns > track->received_ns || !track->begun)
        track->received_ns = received_ns;
    track->at = *out;
    track->begun = true;
    track->reconnected = false;
}
