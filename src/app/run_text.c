/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <viz/run_text.h>

#include <viz/describe.h>
#include <viz/moment.h>
#include <viz/table.h>
#include <viz/text.h>

#include <jansson.h>

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define STANDARD_WIDTH 80
#define CONFIDENCE 0.95  /* as of comparisons */
#define NUMBERS_WIDTH 42 /* of a line of a histogram, in front of its bar */
#define LINE 2048

/* Where the lines go. */
struct page {
    void (*line)(void *context, const char *text);
    void *context;
    uint32_t width;
    bool ascii;
};

__attribute__((format(printf, 2, 3))) static void put(const struct page *page,
                                                      const char *format, ...)
{
    char raw[LINE], text[LINE];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(raw, sizeof(raw), format, arguments);
    va_end(arguments);
    viz_text_visible(text, sizeof(text), raw);
    page->line(page->context, text);
}

size_t viz_run_number(char *out, size_t size, double value, int digits)
{
    double magnitude = fabs(value);
    if (!isfinite(value))
        snprintf(out, size, "–");
    else if (magnitude >= pow(10, digits) && magnitude < 1e15)
        snprintf(out, size, "%.0f", value);
    else
        snprintf(out, size, "%.*g", digits, value);
    return strlen(out);
}

struct number {
    char text[32];
};

static struct number number(double value, int digits)
{
    struct number out;
    viz_run_number(out.text, sizeof(out.text), value, digits);
    return out;
}

#define NUMBER(value) number(value, 6).text
#define SHORT(value) number(value, 5).text /* many beside each other */

static const char *or_dash(const char *text)
{
    return text && *text ? text : "–";
}

static const char *plural(uint64_t count)
{
    return count == 1 ? "" : "s";
}

/* ---- what the store knows ---- */

const char *viz_run_hosts(char *out, size_t size, const char *hosts)
{
    size_t first = strcspn(hosts, ","), more = 0;
    for (const char *at = hosts; *at; at++)
        more += *at == ',';
    if (!more)
        snprintf(out, size, "%s", or_dash(hosts));
    else
        snprintf(out, size, "%.*s +%zu", (int)first, hosts, more);
    return out;
}

static void put_times(const struct page *page, const struct viz_run_summary *summary)
{
    const struct viz_run *run = &summary->run;
    char started[32], seen[32], duration[32] = "–";
    viz_moment_local(started, sizeof(started), run->started_ns);
    if (isfinite(summary->duration_s))
        viz_text_duration(duration, sizeof(duration),
                          (int64_t)(summary->duration_s * 1e9));
    put(page, "  started      %s (local time)", started);
    if (run->ended_ns || !run->seen_ns) {
        put(page, "  duration     %s", duration);
        return;
    }
    viz_moment_local(seen, sizeof(seen), run->seen_ns);
    put(page, "  duration     %s until its writer was last seen, %s", duration, seen);
}

/* What a collector counted and did not store, and how long its devices were away: from
 * what it wrote at the end of its run. */
static void put_received(const struct page *page, const struct viz_run *run)
{
    static const struct {
        const char *key, *what;
    } causes[] = {
        {"bad", "unreadable"},
        {"oversized", "too long"},
        {"foreign", "of other streams"},
        {"beyond", "beyond --max-samples"},
        {"overflow", "without room in memory"},
        {"unstored", "not taken by the store"},
    };
    json_t *delivered = json_loads(run->delivered, 0, NULL), *source;
    json_t *received = json_object_get(delivered, "received");
    char text[256] = "", span[32];
    size_t used = 0, index;
    double offline_s = 0;
    for (size_t i = 0; i < sizeof(causes) / sizeof(causes[0]); i++) {
        json_int_t n = json_integer_value(json_object_get(delivered, causes[i].key));
        if (n <= 0 || used >= sizeof(text))
            continue;
        int length = snprintf(text + used, sizeof(text) - used, "%s%" PRId64 " %s",
                              used ? ", " : "", (int64_t)n, causes[i].what);
        used += length > 0 ? (size_t)length : 0;
    }
    if (received)
        put(page, "  received     %" PRId64 " messages; left out: %s",
            (int64_t)json_integer_value(received), used ? text : "none");
    json_array_foreach(json_object_get(delivered, "sources"), index, source)
        offline_s += json_number_value(json_object_get(source, "offline_s"));
    json_int_t ends = json_integer_value(json_object_get(delivered, "disconnects"));
    if (received && ends > 0) {
        viz_text_duration(span, sizeof(span), (int64_t)(offline_s * 1e9));
        put(page, "  connections  lost %" PRId64 " time%s, offline for %s",
            (int64_t)ends, plural((uint64_t)ends), span);
    }
    json_decref(delivered);
}

static void put_run(const struct page *page, const struct viz_run_summary *summary)
{
    const struct viz_run *run = &summary->run;
    char hosts[256];
    put(page, "run %" PRId64 ": %s", run->id, or_dash(run->name));
    put(page, "  uuid         %s", run->uuid);
    put(page, "  state        %s", viz_run_state_name(run->state));
    put_times(page, summary);
    put(page, "  origin       %s", or_dash(run->origin));
    put(page, "  host         %s", viz_run_hosts(hosts, sizeof(hosts), run->host));
    put(page, "  firmware     %s", or_dash(run->firmware));
    put(page, "  tags         %s", or_dash(run->tags));
    put(page, "  description  %s", or_dash(run->description));
    put(page, "  command      %s", or_dash(run->flags));
    put_received(page, run);
}

/* ---- one stream ---- */

/* "3 (2 reboots of the device, no reset of its statistics)". */
static void put_segments(const struct page *page,
                         const struct viz_run_stream_summary *stream)
{
    uint64_t reboots = stream->figures.reboots, resets = stream->figures.counts.resets;
    char reboot[24] = "no", reset[24] = "no";
    if (reboots)
        snprintf(reboot, sizeof(reboot), "%" PRIu64, reboots);
    if (resets)
        snprintf(reset, sizeof(reset), "%" PRIu64, resets);
    put(page,
        "  segments     %u (%s reboot%s of the device, %s reset%s of its statistics)",
        stream->segments, reboot, reboots > 1 ? "s" : "", reset, resets > 1 ? "s" : "");
}

/* Of rows of values: how much is missing in a gap is not known. */
static void put_gaps(const struct page *page, const struct viz_stream_figures *figures)
{
    if (figures->gaps_known)
        put(page, "  gaps         %" PRIu64 ", by the time stamps",
            figures->counts.gaps);
}

/* Only of frames: rows of values are not followed. */
static void put_loss(const struct page *page,
                     const struct viz_run_stream_summary *stream)
{
    const struct viz_stream_figures *figures = &stream->figures;
    const struct viz_track_counts *counts = &figures->counts;
    if (!figures->samples) {
        put(page, "  missing      –: nothing came");
        return;
    }
    put(page,
        "  missing      %" PRIu64 " (estimated from time stamps), %s %% lost, in "
        "%" PRIu64 " gap%s",
        counts->missing, NUMBER(figures->loss_percent), counts->gaps,
        plural(counts->gaps));
    put_segments(page, stream);
    put(page,
        "  doubtful     %" PRIu64 " not finite, %" PRIu64 " sent twice, %" PRIu64
        " excluded",
        counts->not_finite, counts->copies, figures->excluded);
}

/* What is missing at the end leaves no gap: nothing came behind it. */
static void put_silence(const struct page *page,
                        const struct viz_run_stream_summary *stream)
{
    char count[64] = "";
    if (!(stream->silence_s > 1) || stream->silence_s < 2 * stream->figures.period_s)
        return;
    if (isfinite(stream->silence_samples))
        snprintf(count, sizeof(count), ", or about %.0f %s", stream->silence_samples,
                 stream->figures.form == VIZ_FORM_LIGHTWAVE ? "frames" : "samples");
    put(page, "  silent       for the last %.1f s%s: no part of missing",
        stream->silence_s, count);
}

static const struct viz_channel_figures *
find_channel(const struct viz_stream_figures *figures, const char *name)
{
    for (uint32_t i = 0; i < figures->channels; i++)
        if (!strcmp(figures->channel[i].name, name))
            return &figures->channel[i];
    return NULL;
}

static void put_counts(const struct page *page,
                       const struct viz_stream_figures *figures)
{
    const struct viz_channel_figures *hop = find_channel(figures, "avg_total_us");
    if (figures->form == VIZ_FORM_VALUES) {
        put(page, "  samples      %" PRIu64 ", %" PRIu64 " excluded", figures->samples,
            figures->excluded);
        return;
    }
    put(page,
        "  frames       %" PRIu64 ": %" PRIu64
        " published value%s (by hop_count), %" PRIu64 " repeat%s",
        figures->samples, figures->published, plural(figures->published),
        figures->counts.repeats, plural(figures->counts.repeats));
    if (hop)
        put(page, "  distinct     %" PRIu64 " value%s of avg_total_us", hop->distinct,
            plural(hop->distinct));
}

static void put_rate(const struct page *page,
                     const struct viz_run_stream_summary *stream)
{
    const struct viz_stream_figures *figures = &stream->figures;
    put(page, "  delivered    %s Hz from first to last, %s Hz over the whole run",
        NUMBER(figures->delivered_hz), NUMBER(stream->delivered_run_hz));
    if (stream->requested_hz > 0)
        put(page, "  nominal      %s Hz", NUMBER(stream->requested_hz));
}

/* The channel that the stream is about: the one that was asked for, or the hop times. */
static const struct viz_channel_figures *
leading_channel(const struct viz_run_summary *summary,
                const struct viz_stream_figures *figures)
{
    bool leads = summary->metric || figures->form == VIZ_FORM_LIGHTWAVE;
    return leads && figures->channels ? &figures->channel[0] : NULL;
}

static void put_leading(const struct page *page, const struct viz_run_summary *summary,
                        const struct viz_channel_figures *channel)
{
    put(page, "%s", "");
    put(page, "  %s%s%s: n %" PRIu64 ", mean %s, sd %s, min %s, max %s", channel->name,
        *channel->unit ? ", " : "", channel->unit, channel->n, NUMBER(channel->mean),
        NUMBER(channel->sd), NUMBER(channel->min), NUMBER(channel->max));
    put(page, "    P50 %s, P95 %s, P99 %s; EMA %s at the end, alpha %s",
        NUMBER(channel->p50), NUMBER(channel->p95), NUMBER(channel->p99),
        NUMBER(channel->ema), NUMBER(summary->params.alpha));
}

/* One line for each channel, and with @units the last column. */
static struct viz_table *make_channels(const struct viz_stream_figures *figures,
                                       bool units)
{
    static const struct viz_table_column columns[] = {
        {.title = "channel", .least = 12},
        {.title = "n", .right = true},
        {.title = "mean", .right = true},
        {.title = "sd", .right = true},
        {.title = "min", .right = true},
        {.title = "P50", .right = true},
        {.title = "P99", .right = true},
        {.title = "max", .right = true},
        {.title = "unit"},
    };
    bool values = figures->form == VIZ_FORM_VALUES;
    struct viz_table *table = viz_table_create(
        columns, sizeof(columns) / sizeof(columns[0]) - (units ? 0 : 1));
    for (uint32_t i = 0; i < figures->channels; i++) {
        const struct viz_channel_figures *c = &figures->channel[i];
        char n[32];
        snprintf(n, sizeof(n), "%" PRIu64, c->n);
        if (values || c->n || c->not_finite)
            viz_table_row(table, (const char *const[]){
                                     c->name, n, SHORT(c->mean), number(c->sd, 3).text,
                                     SHORT(c->min), SHORT(c->p50), SHORT(c->p99),
                                     SHORT(c->max), or_dash(c->unit)});
    }
    return table;
}

static void put_channels(const struct page *page,
                         const struct viz_stream_figures *figures)
{
    bool units = figures->form == VIZ_FORM_VALUES; /* of a frame, names have units */
    struct viz_table *table = make_channels(figures, units);
    if (units && page->width && viz_table_width(table) + 2 > page->width) {
        viz_table_destroy(table);
        table = make_channels(figures, false); /* rather than cut names */
    }
    put(page, "%s", "");
    viz_table_write(table, page->width, 2, page->line, page->context);
    viz_table_destroy(table);
}

/* At most so many effective values has the channel that has fewest. 0: there is none. */
static uint64_t fewest_values(const struct viz_stream_figures *figures)
{
    uint64_t fewest = 0;
    for (uint32_t i = 0; i < figures->channels; i++) {
        const struct viz_channel_figures *c = &figures->channel[i];
        uint64_t n = c->n;
        if (c->measured && figures->published < n) /* repeats are no news */
            n = figures->published;
        if (n && (!fewest || n < fewest))
            fewest = n;
    }
    return fewest;
}

/* Of percentiles that comparisons would not tell. */
static void put_few(const struct page *page, const struct viz_stream_figures *figures,
                    bool leading)
{
    static const int percents[] = {95, 99};
    uint64_t has = fewest_values(figures);
    for (int i = leading ? 0 : 1; has && i < 2; i++) {
        size_t needs = viz_quantile_needs(percents[i] / 100.0, CONFIDENCE);
        if (has < needs)
            put(page,
                "  P%d: n too small (needs %zu effective, has at most %" PRIu64 ").",
                percents[i], needs, has);
    }
}

/* Of frames: whether a channel says averages, and whether one leaves out frames. */
static void find_kinds(const struct viz_stream_figures *figures, bool *averages,
                       bool *measured)
{
    *averages = *measured = false;
    for (uint32_t i = 0; i < figures->channels; i++) {
        *averages |= !strncmp(figures->channel[i].name, "avg_", 4);
        *measured |= figures->channel[i].measured;
    }
}

static void put_definitions(const struct page *page,
                            const struct viz_stream_figures *figures)
{
    bool averages, measured;
    find_kinds(figures, &averages, &measured);
    if (figures->form == VIZ_FORM_VALUES) {
        put(page, "  Percentiles are of type 7, over all samples.");
        return;
    }
    if (averages) {
        put(page, "  Percentiles are of type 7, over all frames. Averages (avg_) are "
                  "moving ones of");
        put(page, "  the device over hops: these are percentiles of averages, not of "
                  "hops.");
    } else {
        put(page, "  Percentiles are of type 7, over all frames.");
    }
    if (figures->unpublished && measured)
        put(page,
            "  %" PRIu64 " frame%s before the first measurement (hop_count 0) %s "
            "left out.",
            figures->unpublished, plural(figures->unpublished),
            figures->unpublished == 1 ? "is" : "are");
}

static void put_flags(const struct page *page, const struct viz_run_summary *summary,
                      const struct viz_stream_figures *figures)
{
    enum viz_lw_profile profile = summary->params.profile;
    char text[512];
    int used = snprintf(text, sizeof(text), "  flags        as the %s has them:",
                        profile == VIZ_LW_README ? "README" : "firmware");
    const char *between = "";
    for (unsigned bit = 0; bit < 8; bit++) {
        const char *name = viz_lw_flag_name(profile, bit);
        double share = (double)figures->flag[bit] / (double)figures->flagged;
        char own[16];
        if (!name && !figures->flag[bit])
            continue;
        snprintf(own, sizeof(own), "bit %u", bit);
        used += snprintf(text + used, sizeof(text) - (size_t)used, "%s %s %s %%",
                         between, name ? name : own, NUMBER(share * 100));
        between = ",";
    }
    put(page, "%s", text);
}

/* What follows from a device's frames. */
static void put_device(const struct page *page, const struct viz_run_summary *summary,
                       const struct viz_stream_figures *figures)
{
    const struct viz_channel_figures *load = find_channel(figures, "cpu_load_percent");
    if (load)
        put(page,
            "  cpu load     %s %% as the device says: of a fixed 20 ms, whatever its "
            "hop "
            "rate",
            NUMBER(load->mean));
    put(page, "  true load    %s %%: mean hop time x hop rate, %s hops/s by its clock",
        NUMBER(figures->true_load_percent), NUMBER(figures->hop_hz));
    put(page, "  peaks        total %s µs, goertzel %s µs: the largest since boot or",
        NUMBER(figures->peak_total_us), NUMBER(figures->peak_goertzel_us));
    put(page, "               benchmark.start; they count 65536 µs as 0");
    put_flags(page, summary, figures);
}

static void put_stream(const struct page *page, const struct viz_run_summary *summary,
                       const struct viz_run_stream_summary *stream)
{
    const struct viz_stream_figures *figures = &stream->figures;
    const struct viz_channel_figures *leading = leading_channel(summary, figures);
    if (*stream->source)
        put(page, "stream %s, from %s", stream->name, stream->source);
    else
        put(page, "stream %s", stream->name);
    put_counts(page, figures);
    if (figures->form == VIZ_FORM_LIGHTWAVE)
        put_loss(page, stream);
    else
        put_gaps(page, figures);
    put_silence(page, stream);
    put_rate(page, stream);
    if (figures->form == VIZ_FORM_LIGHTWAVE && !summary->metric)
        put_device(page, summary, figures);
    if (leading)
        put_leading(page, summary, leading);
    if (figures->channels > 1 || !leading)
        put_channels(page, figures);
    put_few(page, figures, leading);
    put_definitions(page, figures);
}

/* ---- histograms ---- */

static void add_bar(char *out, size_t size, double length, bool ascii)
{
    static const char *const eighths[] = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉", "█"};
    size_t used = 0;
    unsigned rest = (unsigned)ceil(length * 8); /* one value is seen, however many */
    while (rest && used + 4 < size) {
        unsigned part = rest < 8 ? rest : 8;
        const char *block = ascii ? "#" : eighths[part];
        memcpy(out + used, block, strlen(block));
        used += strlen(block);
        rest -= part;
    }
    out[used] = '\0';
}

/* Beside its numbers a bar has what is left of the line, within reason. */
static uint32_t bar_room(const struct page *page)
{
    uint32_t width = page->width ? page->width : STANDARD_WIDTH;
    uint32_t room = width > NUMBERS_WIDTH ? width - NUMBERS_WIDTH : 0;
    return room < 10 ? 10 : room > 100 ? 100 : room;
}

static void put_histogram(const struct page *page,
                          const struct viz_run_summary *summary,
                          const struct viz_channel_figures *channel)
{
    uint32_t bins = channel->min < channel->max ? summary->params.bins : 1;
    uint64_t most = 1;
    uint32_t room = bar_room(page);
    double width = (channel->max - channel->min) / bins;
    if (!channel->n)
        return;
    for (uint32_t i = 0; i < bins; i++)
        most = channel->bin[i] > most ? channel->bin[i] : most;
    put(page, "%s", "");
    put(page, "  %s%s%s: %" PRIu64 " value%s in %u bin%s", channel->name,
        *channel->unit ? ", " : "", channel->unit, channel->n, plural(channel->n), bins,
        plural(bins));
    for (uint32_t i = 0; i < bins; i++) {
        char bar[1024];
        double low = channel->min + i * width;
        double high = i + 1 < bins ? low + width : channel->max;
        add_bar(bar, sizeof(bar), (double)channel->bin[i] / (double)most * room,
                page->ascii);
        put(page, "  %12s to %12s %9" PRIu64 "%s%s", NUMBER(low), NUMBER(high),
            channel->bin[i], *bar ? " " : "", bar);
    }
}

static void put_annotation(const struct page *page,
                           const struct viz_annotation *annotation)
{
    char from[32], to[32];
    viz_moment_local(from, sizeof(from), annotation->from_ns);
    viz_moment_local(to, sizeof(to), annotation->to_ns);
    put(page, "  %s to %s%s: %s", from, to, annotation->exclude ? " (left out)" : "",
        annotation->text);
}

static void put_annotations(const struct page *page,
                            const struct viz_run_summary *summary)
{
    if (!summary->annotations)
        return;
    put(page, "%s", "");
    put(page, "remarks");
    for (uint32_t i = 0; i < summary->annotations; i++)
        put_annotation(page, &summary->annotation[i]);
}

void viz_run_text(const struct viz_run_summary *summary,
                  const struct viz_run_text_params *params,
                  void (*line)(void *context, const char *text), void *context)
{
    const struct page page = {.line = line,
                              .context = context,
                              .width = params->width,
                              .ascii = params->ascii};
    const struct viz_channel_figures *leading;
    put_run(&page, summary);
    for (uint32_t i = 0; i < summary->streams; i++) {
        put(&page, "%s", "");
        put_stream(&page, summary, &summary->stream[i]);
        leading = leading_channel(summary, &summary->stream[i].figures);
        if (leading)
            put_histogram(&page, summary, leading);
    }
    if (!summary->streams)
        put(&page, "  no streams: nothing came");
    put_annotations(&page, summary);
}

void viz_run_text_stream(const struct viz_run_summary *summary, uint32_t stream,
                         void (*line)(void *context, const char *text), void *context)
{
    const struct page page = {.line = line, .context = context};
    put_stream(&page, summary, &summary->stream[stream]);
}
