/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <viz/command.h>

#include <viz/alloc.h>
#include <viz/collector.h>
#include <viz/text.h>

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define STANDARD_HOST "lightwaveos.local"
#define MAX_DEVICES 20000
#define BAR_WIDTH 24
#define BAR_TICKS 2       /* calls of progress between two pictures on a terminal */
#define PLAIN_EVERY_S 5.0 /* between two lines where there is none */

/* One run of viz collect. */
struct run {
    struct viz_collect_config config;
    struct viz_source *source; /* [config.sources] */
    FILE *summary;
    bool terminal, bar_shown;
    unsigned ticks;
    double plain_next_s;
};

static int add_source(struct run *run, const char *text, struct viz_error *err)
{
    if (run->config.sources == MAX_DEVICES)
        return viz_fail(err, -EINVAL, "%s: more than %d devices", text, MAX_DEVICES);
    run->source =
        realloc(run->source, (run->config.sources + 1) * sizeof(run->source[0]));
    viz_assert(run->source);
    struct viz_source *source = &run->source[run->config.sources];
    int ret = viz_source_parse(text, NULL, source, err);
    if (ret == 0 && source->kind != VIZ_SOURCE_WS)
        ret =
            viz_fail(err, -EINVAL,
                     "%s: a device is collected from over a WebSocket: expected HOST, "
                     "HOST:PORT, HOST:FIRST-LAST or a ws:// or wss:// URL",
                     text);
    bool other = *source->format && strcmp(source->format, "lightwave");
    if (ret == 0 && (other || strstr(text, "subscribe=")))
        ret = viz_fail(err, -EINVAL,
                       "%s: what is collected are the benchmark frames of LightwaveOS: "
                       "format and subscribe have no place here",
                       text);
    if (ret < 0)
        return ret;
    source->subscribe = VIZ_SUBSCRIBE_BENCHMARK;
    source->start |= run->config.start;
    run->config.sources++;
    return 0;
}

/* HOST:FIRST-LAST; false: it is written otherwise. */
static bool split_range(const char *text, int *host_length, unsigned *first,
                        unsigned *last)
{
    const char *colon = strrchr(text, ':');
    int end = 0;
    if (!colon || sscanf(colon, ":%5u-%5u%n", first, last, &end) != 2 || colon[end])
        return false;
    *host_length = (int)(colon - text);
    return true;
}

static bool has_port(const char *text)
{
    const char *bracket = strrchr(text, ']');
    return strchr(bracket ? bracket : text, ':') != NULL;
}

/* A host as given: one device, or one on each port of a range. */
static int add_host(struct run *run, const char *host, uint32_t port,
                    struct viz_error *err)
{
    char text[256];
    unsigned first, last;
    int length;
    if (strstr(host, "://"))
        return add_source(run, host, err);
    if (strlen(host) > 200)
        return viz_fail(err, -EINVAL, "--host \"%.40s...\" is too long", host);
    if (!split_range(host, &length, &first, &last)) {
        if (has_port(host))
            snprintf(text, sizeof(text), "ws://%s/ws", host);
        else
            snprintf(text, sizeof(text), "ws://%s:%u/ws", host, port);
        return add_source(run, text, err);
    }
    if (first < 1 || first > last || last > UINT16_MAX)
        return viz_fail(
            err, -EINVAL,
            "--host \"%s\": expected two ports from 1 to 65535, the first not "
            "above the last",
            host);
    for (unsigned at = first; at <= last; at++) {
        snprintf(text, sizeof(text), "ws://%.*s:%u/ws", length, host, at);
        int ret = add_source(run, text, err);
        if (ret < 0)
            return ret;
    }
    return 0;
}

static int refuse_twice(const struct run *run, struct viz_error *err)
{
    for (uint32_t i = 0; i < run->config.sources && i < VIZ_MAX_HOSTS; i++)
        for (uint32_t j = i + 1; j < run->config.sources && j < VIZ_MAX_HOSTS; j++)
            if (run->source[i].port == run->source[j].port &&
                !strcmp(run->source[i].host, run->source[j].host) &&
                !strcmp(run->source[i].path, run->source[j].path))
                return viz_fail(err, -EINVAL, "%s is given twice", run->source[j].text);
    return 0;
}

static int read_arguments(const struct viz_arguments *arguments, struct run *run,
                          struct viz_error *err)
{
    run->config = arguments->collect;
    run->config.argc = arguments->view.argc;
    run->config.argv = arguments->view.argv;
    if (arguments->operands)
        return viz_fail(
            err, -EINVAL,
            "viz collect takes no operand, but got \"%s\": a device is named "
            "with --host",
            arguments->operand[0]);
    if (!run->config.run_name)
        return viz_fail(err, -EINVAL, "viz collect needs --run-name NAME");
    int ret = 0;
    for (uint32_t i = 0; ret == 0 && i < arguments->device_hosts; i++)
        ret = add_host(run, arguments->device_host[i], arguments->device_port, err);
    if (ret == 0 && !arguments->device_hosts)
        ret = add_host(run, STANDARD_HOST, arguments->device_port, err);
    if (ret == 0)
        ret = refuse_twice(run, err);
    run->config.source = run->source;
    return ret;
}

static unsigned terminal_width(void)
{
    struct winsize size;
    bool known = ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
    return known ? size.ws_col : 80;
}

static void put_bar(char *out, size_t size, double share)
{
    unsigned filled = (unsigned)(share * BAR_WIDTH);
    if (filled > BAR_WIDTH)
        filled = BAR_WIDTH;
    snprintf(out, size, "[%.*s%.*s] ", (int)filled, "########################",
             (int)(BAR_WIDTH - filled), "------------------------");
}

/* What is told, the most important first; a part that does not fit is left out whole. */
struct parts {
    char text[512];
    size_t used, room;
};

static __attribute__((format(printf, 2, 3))) void add_part(struct parts *parts,
                                                           const char *format, ...)
{
    char part[128];
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(part, sizeof(part), format, arguments);
    va_end(arguments);
    size_t gap = parts->used ? 2 : 0;
    if (length < 0 || parts->used + gap + (size_t)length > parts->room)
        return;
    parts->used +=
        (size_t)snprintf(parts->text + parts->used, sizeof(parts->text) - parts->used,
                         "%s%s", gap ? "  " : "", part);
}

static void describe(const struct viz_collect_progress *now, struct parts *parts)
{
    uint64_t known = now->received + now->missing;
    if (now->duration_s > 0)
        add_part(parts, "%.0f/%.0f s", now->elapsed_s, now->duration_s);
    else
        add_part(parts, "%.0f s", now->elapsed_s);
    if (now->store_waits)
        add_part(parts, "the store cannot be written: waiting");
    if (now->open < now->devices)
        add_part(parts, "%u of %u connected", now->open, now->devices);
    add_part(parts, "%llu frames", (unsigned long long)now->received);
    if (known)
        add_part(parts, "%.2f %% missing",
                 100.0 * (double)now->missing / (double)known);
    if (!isnan(now->avg_total_us))
        add_part(parts, "newest %.0f us", now->avg_total_us);
    if (!isnan(now->frames_hz))
        add_part(parts, "%.1f/s", now->frames_hz);
    if (!isnan(now->avg_total_us))
        add_part(parts, "load %.1f %%", now->cpu_load_percent);
    if (now->missing)
        add_part(parts, "%llu missing", (unsigned long long)now->missing);
    if (now->devices > 1 && now->open == now->devices)
        add_part(parts, "%u connected", now->open);
}

static void show_bar(struct run *run, const struct viz_collect_progress *now)
{
    char bar[2 * BAR_WIDTH + 8] = "";
    size_t width = terminal_width() - 1;
    struct parts parts = {.room = width < sizeof(parts.text) ? width : 511};
    if (run->ticks++ % BAR_TICKS)
        return;
    describe(now, &parts);
    if (now->duration_s > 0 && parts.used + BAR_WIDTH + 3 <= width)
        put_bar(bar, sizeof(bar), now->elapsed_s / now->duration_s);
    fprintf(stderr, "\r\033[K%s%s", bar, parts.text);
    fflush(stderr);
    run->bar_shown = true;
}

static void clear_bar(struct run *run)
{
    if (run->bar_shown)
        fputs("\r\033[K", stderr);
    run->bar_shown = false;
}

static void progress(void *context, const struct viz_collect_progress *now)
{
    struct run *run = context;
    struct parts parts = {.room = sizeof(parts.text) - 1};
    if (run->terminal) {
        show_bar(run, now);
        return;
    }
    if (now->elapsed_s < run->plain_next_s)
        return;
    run->plain_next_s = now->elapsed_s + PLAIN_EVERY_S;
    describe(now, &parts);
    fprintf(stderr, "%s\n", parts.text);
}

static void say(void *context, const char *sentence)
{
    clear_bar(context);
    viz_say(sentence);
}

static void line(void *context, const char *text)
{
    struct run *run = context;
    clear_bar(run);
    fprintf(run->summary, "%s\n", text);
}

int viz_cmd_collect(const struct viz_arguments *arguments)
{
    struct run run = {.terminal = isatty(STDERR_FILENO), .plain_next_s = PLAIN_EVERY_S};
    struct viz_error err;
    int ret = read_arguments(arguments, &run, &err);
    if (ret < 0) {
        viz_say(err.text);
        free(run.source);
        return VIZ_EXIT_USAGE;
    }
    const char *json = run.config.json;
    run.summary = json && !strcmp(json, "-") ? stderr : stdout;
    struct viz_collect_io io = {.say = say,
                                .line = line,
                                .progress = progress,
                                .context = &run,
                                .stop = viz_interrupt_watch()};
    ret = viz_check_writable(json, &err);
    if (ret == 0)
        ret = viz_collect(&run.config, &io, &err);
    clear_bar(&run);
    free(run.source);
    if (ret >= 0)
        return VIZ_EXIT_OK;
    viz_say(err.text);
    return VIZ_EXIT_FAILURE;
}
