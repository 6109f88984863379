/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "session_state.h"

#include <viz/text.h>

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define DASH "–"

struct writer {
    struct viz_hud_line *line;
    uint32_t count;
};

static void add(struct writer *to, enum viz_tone tone, const char *label,
                const char *format, ...) __attribute__((format(printf, 4, 5)));

static void add(struct writer *to, enum viz_tone tone, const char *label,
                const char *format, ...)
{
    if (to->count == VIZ_HUD_LINES)
        return;
    struct viz_hud_line *line = &to->line[to->count++];
    line->tone = tone;
    snprintf(line->label, sizeof(line->label), "%s", label);
    va_list args;
    va_start(args, format);
    vsnprintf(line->value, sizeof(line->value), format, args);
    va_end(args);
}

static void heading(struct writer *to, const char *text)
{
    add(to, VIZ_TONE_PLAIN, text, "%s", "");
}

/* A number with its unit, or a dash where nothing was measured. */
static const char *number(char *out, size_t size, double value, int decimals,
                          const char *unit)
{
    if (isfinite(value))
        snprintf(out, size, "%.*f%s", decimals, value, unit);
    else
        snprintf(out, size, DASH);
    return out;
}

static void add_number(struct writer *to, const char *label, double value, int decimals,
                       const char *unit)
{
    char text[48];
    add(to, VIZ_TONE_PLAIN, label, "%s",
        number(text, sizeof(text), value, decimals, unit));
}

static void frame_lines(const struct session *session, struct writer *to)
{
    const struct viz_figures *f = &session->latest;
    char is[32], asked[32] = "max";
    bool slow = isfinite(f->approx_dropped_fps) && f->approx_dropped_fps >= 1;
    if (f->target_fps > 0)
        number(asked, sizeof(asked), f->target_fps, 0, "");
    heading(to, "Frames");
    add(to, slow ? VIZ_TONE_WARN : VIZ_TONE_PLAIN, "a second", "%s / %s",
        number(is, sizeof(is), f->fps, 1, ""), asked);
    add_number(to, "mean", f->avg_frame_ms, 1, " ms");
    add_number(to, "p99", f->p99_frame_ms, 1, " ms");
    heading(to, "Latency");
    add_number(to, "p50", f->p50_latency_ms, 1, " ms");
    add_number(to, "p99", f->p99_latency_ms, 1, " ms");
    add_number(to, "max", f->max_latency_ms, 1, " ms");
    heading(to, "Process");
    add_number(to, "CPU", f->cpu_percent, 0, " %");
    add_number(to, "RSS", session->latest.rss_mb, 0, " MiB");
}

/* What the device says it sends beside what comes, both in the same unit. */
static void rate_line(const struct member *member, struct writer *to)
{
    const struct viz_stream *stream = viz_reader_stream(member->reader);
    double asked = atomic_load_explicit(&stream->requested_hz, memory_order_relaxed);
    double came = member->delivered_hz;
    bool short_of = asked > 0 && isfinite(came) && came < 0.98 * asked;
    bool thousands = asked >= 10000 || (isfinite(came) && came >= 10000);
    double unit = thousands ? 1000 : 1;
    bool whole = asked / unit == floor(asked / unit);
    char a[32], b[32];
    add(to, short_of ? VIZ_TONE_WARN : VIZ_TONE_PLAIN, stream->name, "%s / %s %s",
        number(a, sizeof(a), came / unit, 1, ""),
        number(b, sizeof(b), asked > 0 ? asked / unit : NAN, whole ? 0 : 1, ""),
        thousands ? "kHz" : "Hz");
}

/* Sources whose connection is not there; one that is needs no word. */
static void link_lines(const struct session *session, struct writer *to)
{
    for (uint32_t i = 0; i < viz_sources_count(session->sources); i++) {
        const struct viz_source *source = viz_sources_at(session->sources, i);
        const struct viz_net_status *status = viz_sources_status(session->sources, i);
        if (source->kind != VIZ_SOURCE_WS || to->count >= VIZ_HUD_LINES - 8)
            continue;
        int state = atomic_load_explicit(&status->link.state, memory_order_relaxed);
        if (state != VIZ_LINK_OPEN)
            add(to, VIZ_TONE_BAD, source->host,
                state == VIZ_LINK_WAITING ? "not connected" : "connecting");
    }
}

static void loss_lines(const struct session *session, struct writer *to)
{
    static const char *const names[] = {
#define X(name, help) #name,
        VIZ_LEDGER(X)
#undef X
    };
    struct viz_ledger ledger;
    session_ledger(session, &ledger);
    const uint64_t values[] = {
#define X(name, help) ledger.name,
        VIZ_LEDGER(X)
#undef X
    };
    char text[48];
    heading(to, "Samples");
    viz_text_count(text, sizeof(text), ledger.lost);
    const char *unnumbered = session_unnumbered(session);
    if (unnumbered && !ledger.lost)
        add(to, VIZ_TONE_PLAIN, "lost", "not known");
    else
        add(to, ledger.lost ? VIZ_TONE_BAD : VIZ_TONE_GOOD, "lost", "%s%s", text,
            unnumbered ? " known" : "");
    for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
        bool cause = strcmp(names[i], "missing") == 0 ||
                     strcmp(names[i], "late") == 0 || strcmp(names[i], "unmade") == 0 ||
                     strcmp(names[i], "overflow") == 0 ||
                     strcmp(names[i], "evicted_unseen") == 0 ||
                     strcmp(names[i], "kernel_drops") == 0 ||
                     strcmp(names[i], "unreadable") == 0;
        if (!cause || !values[i])
            continue;
        viz_text_count(text, sizeof(text), values[i]);
        add(to, VIZ_TONE_BAD, names[i], "%s", text);
    }
    if (!ledger.balanced)
        add(to, VIZ_TONE_BAD, "ledger", "does not balance");
}

uint32_t session_hud(struct session *session)
{
    struct writer to = {session->hud, 0};
    frame_lines(session, &to);
    heading(&to, "Rows a second, of asked");
    for (uint32_t i = 0; i < session->members && to.count < VIZ_HUD_LINES - 8; i++)
        rate_line(&session->member[i], &to);
    link_lines(session, &to);
    loss_lines(session, &to);
    return to.count;
}

/* A stream may be announced long before it brings anything. */
static bool any_channels(const struct session *session)
{
    for (uint32_t i = 0; i < session->members; i++)
        if (session->member[i].known_channels)
            return true;
    return false;
}

static void say_where(struct session *session)
{
    char where[101];
    viz_sources_where(session->sources, 0, where, sizeof(where));
    snprintf(session->scene.message, sizeof(session->scene.message),
             "waiting for data on %s", where);
}

void session_badge(struct session *session, int64_t now_ns, bool ended)
{
    struct viz_scene *scene = &session->scene;
    char text[32];
    int64_t behind = viz_view_behind(&session->view);
    int64_t silent = now_ns - session->last_data_ns;
    size_t size = sizeof(scene->badge);
    bool begun = any_channels(session);
    scene->badge_tone = VIZ_TONE_WARN;
    if (session->view.frozen) {
        viz_text_duration(text, sizeof(text), behind);
        snprintf(scene->badge, size, "FROZEN  %s behind", text);
    } else if (!begun) {
        snprintf(scene->badge, size, "WAITING");
    } else if (ended) {
        snprintf(scene->badge, size, "ENDED");
    } else if (silent > 1000000000) {
        viz_text_duration(text, sizeof(text), silent / 100000000 * 100000000);
        snprintf(scene->badge, size, "NO DATA for %s", text);
        scene->badge_tone = VIZ_TONE_BAD;
    } else {
        snprintf(scene->badge, size, "LIVE");
        scene->badge_tone = VIZ_TONE_GOOD;
    }
    scene->message[0] = 0;
    if (!begun && !ended)
        say_where(session);
}
