/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <viz/tally.h>

#include <viz/alloc.h>
#include <viz/error.h>
#include <viz/lightwave_fields.h>
#include <viz/spacing.h>
#include <viz/summary.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct channel {
    uint32_t index; /* in the row, or in viz_lw_fields */
    struct viz_summary *summary;
};

/* How fast hops go by: from the first change of hop_count in a segment to the last, since
 * a frame may repeat a count that is more than a second old. */
struct hops {
    bool known; /* there is a predecessor that a frame continues */
    uint32_t count;
    bool changed;
    int64_t changed_ns; /* when it last did */
    uint64_t sum;
    int64_t sum_ns;
};

struct viz_tally {
    enum viz_stream_form form;
    uint32_t row_channels;
    uint32_t bins;
    struct channel *channel;
    uint32_t channels;
    double hop_time_sum; /* of avg_total_us, whichever channels are shown */
    uint64_t hop_times;
    struct hops hops;
    int64_t segment, first_ns, last_ns;
    int64_t steady_ns; /* distances of samples without a gap between them ... */
    uint64_t steady;   /* ... so many */
    struct viz_spacing spacing;        /* VALUES: of their stamps */
    struct viz_stream_figures figures; /* as far as they are sums */
};

bool viz_tally_kind(const struct viz_run_stream *stream, uint32_t index,
                    struct viz_tally_kind *out)
{
    bool values = stream->form == VIZ_FORM_VALUES;
    if (index >= (values ? stream->channels : VIZ_LW_FIELDS))
        return false;
    if (values) {
        const struct viz_run_channel *channel = &stream->channel[index];
        const char *unit = channel->unit ? channel->unit : "";
        *out = (struct viz_tally_kind){channel->name, unit, true, false};
    } else {
        const struct viz_lw_field *field = &viz_lw_fields[index];
        *out = (struct viz_tally_kind){field->name, field->unit, field->measured,
                                       field->extended};
    }
    return true;
}

const char *viz_tally_channel(const struct viz_run_stream *stream, uint32_t index)
{
    struct viz_tally_kind kind;
    return viz_tally_kind(stream, index, &kind) ? kind.name : NULL;
}

static bool is_wanted(const struct viz_tally_params *params, uint32_t index)
{
    if (params->metric)
        return !strcmp(viz_tally_channel(params->stream, index), params->metric);
    return params->stream->form == VIZ_FORM_VALUES || viz_lw_fields[index].measured;
}

static void copy_text(char *out, size_t size, const char *text)
{
    snprintf(out, size, "%s", text ? text : "");
}

static void add_channel(struct viz_tally *tally, const struct viz_tally_params *params,
                        uint32_t index)
{
    bool values = tally->form == VIZ_FORM_VALUES;
    uint32_t at = tally->channels++;
    struct viz_channel_figures *figures = &tally->figures.channel[at];
    figures->measured = !values && viz_lw_fields[index].measured;
    tally->channel[at].index = index;
    tally->channel[at].summary = viz_summary_create(params->alpha);
    copy_text(figures->name, sizeof(figures->name),
              viz_tally_channel(params->stream, index));
    copy_text(figures->unit, sizeof(figures->unit),
              values ? params->stream->channel[index].unit : viz_lw_fields[index].unit);
}

struct viz_tally *viz_tally_create(const struct viz_tally_params *params)
{
    struct viz_tally *tally = viz_zalloc(sizeof(*tally));
    uint32_t all = 0;
    while (viz_tally_channel(params->stream, all))
        all++;
    tally->form = params->stream->form;
    tally->figures.peak_total_us = tally->figures.peak_goertzel_us = NAN;
    tally->row_channels = params->stream->channels;
    tally->bins = params->bins;
    tally->channel = viz_zalloc(all * sizeof(*tally->channel));
    tally->figures.channel = viz_zalloc(all * sizeof(*tally->figures.channel));
    for (uint32_t i = 0; i < all; i++)
        if (is_wanted(params, i))
            add_channel(tally, params, i);
    if (params->metric && !tally->channels) {
        viz_tally_destroy(tally);
        return NULL;
    }
    return tally;
}

void viz_tally_destroy(struct viz_tally *tally)
{
    if (!tally)
        return;
    for (uint32_t i = 0; i < tally->channels; i++) {
        viz_summary_destroy(tally->channel[i].summary);
        free(tally->figures.channel[i].bin);
    }
    free(tally->figures.channel);
    free(tally->channel);
    free(tally);
}

static void count_marks(struct viz_tally *tally, const struct viz_run_sample *sample,
                        unsigned marks)
{
    struct viz_track_counts *counts = &tally->figures.counts;
    counts->frames++;
    counts->repeats += (marks & VIZ_MARK_REPEAT) != 0;
    counts->copies += (marks & VIZ_MARK_COPY) != 0;
    counts->gaps += (marks & VIZ_MARK_GAP) != 0;
    counts->boots += (marks & VIZ_MARK_BOOT) != 0;
    counts->resets += (marks & VIZ_MARK_RESET) != 0;
    counts->not_finite += (marks & VIZ_MARK_NAN) != 0;
    counts->missing += sample->missing;
}

static void follow_hops(struct viz_tally *tally, const struct viz_run_sample *sample,
                        uint32_t count)
{
    struct hops *hops = &tally->hops;
    bool first = !hops->known || sample->segment != tally->segment ||
                 (sample->marks & (VIZ_MARK_BOOT | VIZ_MARK_RESET));
    bool timed = sample->device_ns != INT64_MIN;
    if (first) {
        hops->changed = false;
    } else if (count != hops->count && timed) {
        if (hops->changed) {
            hops->sum += (uint32_t)(count - hops->count);
            hops->sum_ns += sample->device_ns - hops->changed_ns;
        }
        hops->changed = true;
        hops->changed_ns = sample->device_ns;
    }
    hops->known = true;
    hops->count = count;
}

static void add_frame_values(struct viz_tally *tally, const struct viz_lw_frame *frame)
{
    struct viz_stream_figures *figures = &tally->figures;
    for (uint32_t i = 0; i < tally->channels; i++) {
        const struct viz_lw_field *field = &viz_lw_fields[tally->channel[i].index];
        if ((!field->extended || frame->extended) &&
            (!field->measured || frame->hop_count))
            viz_summary_add(tally->channel[i].summary, field->value(frame));
    }
    if (frame->hop_count && isfinite(frame->avg_total_us)) {
        tally->hop_time_sum += (double)frame->avg_total_us;
        tally->hop_times++;
    }
    if (frame->hop_count) {
        figures->peak_total_us = fmax(figures->peak_total_us, frame->peak_total_us);
        figures->peak_goertzel_us =
            fmax(figures->peak_goertzel_us, frame->peak_goertzel_us);
    }
    for (unsigned bit = 0; bit < 8; bit++)
        figures->flag[bit] += frame->flags >> bit & 1;
    figures->flagged++;
}

static void add_frame(struct viz_tally *tally, const struct viz_run_sample *sample,
                      bool excluded)
{
    struct viz_lw_frame frame;
    if (!viz_lw_decode(sample->frame, sample->size, &frame)) {
        tally->figures.unreadable++;
        return;
    }
    tally->figures.published += !(sample->marks & VIZ_MARK_REPEAT) && frame.hop_count;
    tally->figures.unpublished += frame.hop_count == 0;
    follow_hops(tally, sample, frame.hop_count);
    if (!excluded)
        add_frame_values(tally, &frame);
}

static void add_row(struct viz_tally *tally, const struct viz_run_sample *sample,
                    bool excluded)
{
    if (sample->size != tally->row_channels * sizeof(double)) {
        tally->figures.unreadable++;
        return;
    }
    for (uint32_t i = 0; !excluded && i < tally->channels; i++)
        viz_summary_add(tally->channel[i].summary,
                        viz_run_sample_value(sample, tally->channel[i].index));
}

/* What was imported before gaps were looked for has no mark of them. */
static unsigned marks_of(struct viz_tally *tally, const struct viz_run_sample *sample)
{
    if (sample->marks & VIZ_MARK_BOOT)
        viz_spacing_restart(&tally->spacing);
    bool gap = tally->form == VIZ_FORM_VALUES &&
               viz_spacing_stamp(&tally->spacing, sample->device_ns);
    return sample->marks | (gap ? VIZ_MARK_GAP : 0);
}

static void follow_arrivals(struct viz_tally *tally,
                            const struct viz_run_sample *sample, unsigned marks)
{
    const unsigned breaks = VIZ_MARK_GAP | VIZ_MARK_BOOT | VIZ_MARK_COPY;
    if (!tally->figures.samples) {
        tally->first_ns = sample->host_ns;
    } else {
        tally->figures.reboots += (marks & VIZ_MARK_BOOT) != 0;
        if (!(marks & breaks)) {
            tally->steady_ns += sample->host_ns - tally->last_ns;
            tally->steady++;
        }
    }
    tally->last_ns = sample->host_ns;
}

void viz_tally_add(struct viz_tally *tally, const struct viz_run_sample *sample,
                   bool excluded)
{
    unsigned marks = marks_of(tally, sample);
    follow_arrivals(tally, sample, marks);
    tally->figures.samples++;
    tally->figures.excluded += excluded;
    count_marks(tally, sample, marks);
    if (tally->form == VIZ_FORM_LIGHTWAVE)
        add_frame(tally, sample, excluded);
    else
        add_row(tally, sample, excluded);
    tally->segment = sample->segment;
}

static void finish_channel(struct viz_summary *summary, uint32_t bins,
                           struct viz_channel_figures *out)
{
    out->n = viz_summary_count(summary);
    out->not_finite = viz_summary_not_finite(summary);
    out->changes = viz_summary_changes(summary);
    out->distinct = viz_summary_distinct(summary);
    out->mean = viz_summary_mean(summary);
    out->sd = viz_summary_sd(summary);
    out->min = viz_summary_min(summary);
    out->max = viz_summary_max(summary);
    out->p50 = viz_summary_percentile(summary, 50);
    out->p95 = viz_summary_percentile(summary, 95);
    out->p99 = viz_summary_percentile(summary, 99);
    out->ema = viz_summary_ema(summary);
    free(out->bin);
    out->bin = viz_zalloc(bins * sizeof(*out->bin));
    viz_summary_histogram(summary, bins, out->bin);
}

static void finish_hops(struct viz_tally *tally, struct viz_stream_figures *figures)
{
    const struct hops *hops = &tally->hops;
    figures->hop_hz = hops->sum > 0 && hops->sum_ns > 0
                          ? (double)hops->sum / ((double)hops->sum_ns / 1e9)
                          : NAN;
    figures->true_load_percent =
        tally->hop_times
            ? tally->hop_time_sum / (double)tally->hop_times * figures->hop_hz / 1e4
            : NAN;
}

/* Copies are no frames of their own. */
static double loss_percent(const struct viz_track_counts *counts)
{
    double came = (double)(counts->frames - counts->copies);
    double due = came + (double)counts->missing;
    return due > 0 ? (double)counts->missing / due * 100 : NAN;
}

void viz_tally_figures(struct viz_tally *tally, struct viz_stream_figures *out)
{
    *out = tally->figures;
    double span_s = (double)(tally->last_ns - tally->first_ns) / 1e9;
    out->form = tally->form;
    out->gaps_known = out->counts.gaps || (tally->form == VIZ_FORM_LIGHTWAVE
                                               ? out->samples > 0
                                               : viz_spacing_knows(&tally->spacing));
    out->span_s = out->samples > 1 ? span_s : NAN;
    out->delivered_hz = out->span_s > 0 ? (double)(out->samples - 1) / span_s : NAN;
    out->newest_ns = tally->last_ns;
    out->period_s = tally->steady_ns > 0
                        ? (double)tally->steady_ns / (double)tally->steady / 1e9
                        : NAN;
    out->loss_percent =
        out->form == VIZ_FORM_LIGHTWAVE ? loss_percent(&out->counts) : NAN;
    finish_hops(tally, out);
    for (uint32_t i = 0; i < tally->channels; i++)
        finish_channel(tally->channel[i].summary, tally->bins, &out->channel[i]);
    out->channels = tally->channels;
}
