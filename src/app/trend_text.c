/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <viz/trend.h>

#include "comparison_report.h"

#include <viz/alloc.h>
#include <viz/describe.h>
#include <viz/moment.h>
#include <viz/table.h>
#include <viz/text.h>

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define STANDARD_WIDTH 100
#define DASH "–"
#define LISTED 20 /* ids in a sentence; more are counted */

/* ---- words ---- */

static const char *plural(uint32_t count)
{
    return count == 1 ? "" : "s";
}

/* As it was given: "1", "0.05". */
static struct viz_figure given(double value)
{
    struct viz_figure out = viz_figure_digits(value, 6, false);
    if (strchr(out.text, '.') && !strchr(out.text, 'e')) {
        char *end = out.text + strlen(out.text);
        while (end[-1] == '0')
            *--end = '\0';
        if (end[-1] == '.')
            end[-1] = '\0';
    }
    return out;
}

/* "+3.20 % (+2.10 to +4.30 %)", or in the metric's unit. */
static void size_of(const struct viz_trend *trend, const struct viz_trend_run *run,
                    char *out, size_t size)
{
    char difference[64], interval[128];
    viz_comparison_difference(difference, sizeof(difference), &run->row, trend->unit);
    viz_comparison_interval(interval, sizeof(interval), &run->row, trend->unit,
                            run->row.test.low, run->row.test.high);
    snprintf(out, size, "%s (%s)", difference, interval);
}

/* "run 8 (2026-01-08, nightly)". */
static void name_run(const struct viz_run *run, char *out, size_t size)
{
    char started[32], name[64];
    viz_moment_local(started, sizeof(started), run->started_ns);
    viz_text_visible(name, sizeof(name), run->name);
    snprintf(out, size, "run %" PRId64 " (%.10s, %.48s)", run->id, started, name);
}

static const struct viz_trend_run *newest_change(const struct viz_trend *trend)
{
    for (uint32_t i = trend->runs; i-- > 0;)
        if (trend->run[i].change)
            return &trend->run[i];
    return NULL;
}

static void say_change(struct viz_trend *trend, const struct viz_trend_run *run)
{
    static const char *const is[] = {
        [VIZ_VERDICT_NOT_SHOWN] = "changed, how much is not shown,",
        [VIZ_VERDICT_EQUIVALENT] = "changed within the limit",
        [VIZ_VERDICT_BETTER] = "is better",
        [VIZ_VERDICT_WORSE] = "is worse",
        [VIZ_VERDICT_DIFFERENT] = "is different",
    };
    char size[224], who[128];
    size_of(trend, run, size, sizeof(size));
    name_run(&run->run, who, sizeof(who));
    snprintf(trend->sentence, sizeof(trend->sentence),
             "%s %s since %s: %s against the %" PRIu32 " run%s before, p %s.",
             trend->name, is[run->verdict], who, size, run->before, plural(run->before),
             viz_figure_p(run->p).text);
}

static void say_equivalent(struct viz_trend *trend, const char *seen, const char *limit)
{
    char interval[128];
    const struct viz_contrast_row *row = &trend->newest.row;
    viz_comparison_interval(interval, sizeof(interval), row, trend->unit, row->low,
                            row->high);
    snprintf(trend->sentence, sizeof(trend->sentence),
             "%s has not changed in %" PRIu32
             " runs: a change of %s %% in their middle would have been seen, and the "
             "newest %" PRIu32 " are within the limit of %s %% of those before (%s "
             "interval %s).",
             trend->name, trend->valued, seen, trend->newest.runs, limit,
             viz_figure_confidence(2 * trend->params.alpha).text, interval);
}

/* A change in the middle would have been seen, but the newest runs say nothing. */
static void say_newest(struct viz_trend *trend, const char *limit)
{
    char interval[128];
    const struct viz_contrast_row *row = &trend->newest.row;
    viz_comparison_interval(interval, sizeof(interval), row, trend->unit, row->low,
                            row->high);
    snprintf(trend->sentence, sizeof(trend->sentence),
             "No change of %s is shown in %" PRIu32 " runs, but neither are the newest "
             "%" PRIu32 " shown to be within the limit of %s %% of those before (%s "
             "interval %s).",
             trend->name, trend->valued, trend->newest.runs, limit,
             viz_figure_confidence(2 * trend->params.alpha).text, interval);
}

static void say_none(struct viz_trend *trend)
{
    char *out = trend->sentence;
    size_t size = sizeof(trend->sentence);
    struct viz_figure limit = given(trend->params.limit_percent);
    struct viz_figure seen = viz_figure_digits(trend->detectable, 2, false);
    if (trend->valued < trend->needs)
        snprintf(out, size,
                 "No change of %s can be shown with %" PRIu32 " run%s: at alpha %s it "
                 "takes %" PRIu32 ".",
                 trend->name, trend->valued, plural(trend->valued),
                 given(trend->params.alpha).text, trend->needs);
    else if (trend->verdict == VIZ_VERDICT_EQUIVALENT)
        say_equivalent(trend, seen.text, limit.text);
    else if (trend->detectable <= trend->params.limit_percent && !trend->newest.within)
        say_newest(trend, limit.text);
    else if (trend->detectable > trend->params.limit_percent)
        snprintf(out, size,
                 "No change of %s is shown in %" PRIu32 " runs, but only one of %s %% "
                 "in their middle would have been seen; the limit is %s %%.",
                 trend->name, trend->valued, seen.text, limit.text);
    else
        snprintf(out, size, "No change of %s is shown in %" PRIu32 " runs.",
                 trend->name, trend->valued);
}

/* "3.05 %", or in the metric's unit. */
static void odd_size(const struct viz_trend *trend, char *out, size_t size)
{
    char difference[64];
    struct viz_contrast_row row = trend->newest.odd_row;
    row.low = row.high = NAN; /* three digits: the interval is not that of it */
    viz_comparison_difference(difference, sizeof(difference), &row, trend->unit);
    snprintf(out, size, "%s", difference + strspn(difference, "+-"));
}

/* Behind what has been said: of runs that the others did not let expect. */
static void say_odd(struct viz_trend *trend)
{
    const struct viz_trend_newest *newest = &trend->newest;
    const struct viz_contrast_row *row = &newest->odd_row;
    char size[64], expected[128];
    double width = row->high > row->low ? row->high - row->low : fabs(row->b - row->a);
    unsigned decimals = viz_figure_decimals(width / 2);
    size_t used = strlen(trend->sentence);
    odd_size(trend, size, sizeof(size));
    snprintf(expected, sizeof(expected), "%s to %s%s%s",
             viz_figure_fixed(row->low, decimals, false).text,
             viz_figure_fixed(row->high, decimals, false).text, *trend->unit ? " " : "",
             trend->unit);
    snprintf(trend->sentence + used, sizeof(trend->sentence) - used,
             " The newest %s %s %s what the others let expect (%s): %s; a few more "
             "will tell.",
             newest->odd == 1 ? "run is" : "two runs are", size,
             row->b > row->a ? "above" : "below", expected,
             newest->odd == 1 ? "one run is no change yet"
                              : "two are too few to judge");
}

void viz_trend_words(struct viz_trend *trend)
{
    const struct viz_trend_run *change = newest_change(trend);
    if (change)
        say_change(trend, change);
    else
        say_none(trend);
    if (trend->newest.odd)
        say_odd(trend);
}

/* ---- lines ---- */

struct page {
    const struct viz_trend *trend;
    uint32_t width, next; /* run whose line comes next */
    bool titled;
    void (*line)(void *context, const char *text);
    void *context;
};

/* A sentence in as many lines as it needs. */
static void put_wrapped(const struct page *page, const char *indent, const char *text)
{
    while (*text) {
        char out[1024];
        size_t room = page->width - viz_text_width(indent), length;
        length = viz_text_fit(text, (uint32_t)room);
        if (text[length]) {
            size_t at = length;
            while (at && text[at] != ' ')
                at--;
            length = at ? at : length ? length : strlen(text);
        }
        snprintf(out, sizeof(out), "%s%.*s", indent, (int)length, text);
        page->line(page->context, out);
        text += length;
        text += strspn(text, " ");
    }
}

static void put_change(const struct page *page, const struct viz_trend_run *run)
{
    char size[224], text[512];
    size_of(page->trend, run, size, sizeof(size));
    snprintf(text, sizeof(text), "changed by %s, %s, p %s", size,
             viz_verdict_name(run->verdict), viz_figure_p(run->p).text);
    put_wrapped(page, "  ", text);
}

/* Lines of the table: its titles first, then the runs. */
static void put_row(void *context, const char *text)
{
    struct page *page = context;
    if (page->titled && page->trend->run[page->next].change)
        put_change(page, &page->trend->run[page->next]);
    page->line(page->context, text);
    page->next += page->titled;
    page->titled = true;
}

/* Of the magnitudes of the runs' values, so that a wild run does not count; 0: none. */
static double usual_size(const struct viz_trend *trend)
{
    double *size = viz_zalloc((trend->runs + 1) * sizeof(*size)), usual = 0;
    size_t n = 0;
    for (uint32_t i = 0; i < trend->runs; i++)
        if (fabs(trend->run[i].value) > 0)
            size[n++] = fabs(trend->run[i].value);
    if (n) {
        double *sorted = viz_sorted(size, n);
        usual = viz_quantile(sorted, n, 0.5, 7);
        free(sorted);
    }
    free(size);
    return usual;
}

/* Two digits of the narrowest interval, and at most seven digits of a usual value. */
static unsigned decimals_of(const struct viz_trend *trend)
{
    double narrow = INFINITY, usual = usual_size(trend);
    for (uint32_t i = 0; i < trend->runs; i++) {
        double half = (trend->run[i].high - trend->run[i].low) / 2;
        if (half > 0)
            narrow = fmin(narrow, half);
    }
    if (!isfinite(narrow))
        narrow = usual / 1e4;
    double most = usual > 0 ? 6 - floor(log10(usual)) : 0;
    most = most < 0 ? 0 : most;
    unsigned decimals = viz_figure_decimals(narrow);
    return decimals < most ? decimals : (unsigned)most;
}

static void add_run(struct viz_table *table, const struct viz_trend_run *run,
                    unsigned decimals)
{
    char started[32], id[24], interval[112] = DASH;
    viz_moment_local(started, sizeof(started), run->run.started_ns);
    snprintf(id, sizeof(id), "%" PRId64, run->run.id);
    if (isfinite(run->low))
        snprintf(interval, sizeof(interval), "%s to %s",
                 viz_figure_fixed(run->low, decimals, false).text,
                 viz_figure_fixed(run->high, decimals, false).text);
    viz_table_row(table,
                  (const char *const[]){
                      started, id, run->run.name,
                      viz_figure_fixed(run->value, decimals, false).text, interval,
                      run->n > 0 ? viz_figure_fixed(run->n, 0, false).text : DASH,
                      viz_figure_fixed(floor(run->n_eff), 0, false).text});
}

static void put_runs(struct page *page)
{
    const struct viz_trend *trend = page->trend;
    char value[32], interval[64];
    const struct viz_table_column columns[] = {
        {.title = "started"},
        {.title = "id", .right = true},
        {.title = "name", .least = 8},
        {.title = value, .right = true},
        {.title = interval},
        {.title = "n", .right = true},
        {.title = "effective", .right = true},
    };
    unsigned decimals = decimals_of(trend);
    snprintf(value, sizeof(value), "%s", viz_statistic_name(trend->params.statistic));
    snprintf(interval, sizeof(interval), "%s within the run",
             viz_figure_confidence(trend->params.alpha).text);
    struct viz_table *table =
        viz_table_create(columns, sizeof(columns) / sizeof(columns[0]));
    for (uint32_t i = 0; i < trend->runs; i++)
        add_run(table, &trend->run[i], decimals);
    viz_table_write(table, page->width, 0, put_row, page);
    viz_table_destroy(table);
}

static void put_lack(const struct page *page, enum viz_trend_why why, const char *what)
{
    char text[512];
    uint32_t count = 0;
    size_t used = 0;
    for (uint32_t i = 0; i < page->trend->runs; i++) {
        if (page->trend->run[i].why != why || ++count > LISTED)
            continue;
        used += (size_t)snprintf(text + used, sizeof(text) - used, "%s%" PRId64,
                                 used ? ", " : what, page->trend->run[i].run.id);
    }
    if (count > LISTED)
        snprintf(text + used, sizeof(text) - used, " and %" PRIu32 " more",
                 count - LISTED);
    if (count)
        put_wrapped(page, "", text);
}

static void put_lacks(const struct page *page)
{
    const struct viz_trend *trend = page->trend;
    char what[192];
    snprintf(what, sizeof(what), "runs that have no %s: ", trend->name);
    put_lack(page, VIZ_TREND_NO_METRIC, what);
    snprintf(what, sizeof(what), "runs that have no values of %s: ", trend->name);
    put_lack(page, VIZ_TREND_NO_VALUES, what);
    snprintf(what, sizeof(what), "runs whose n is too small (%s needs %s effective): ",
             viz_statistic_name(trend->params.statistic),
             viz_figure_fixed((double)viz_quantile_needs(
                                  viz_statistic_p(trend->params.statistic), 0.95),
                              0, false)
                 .text);
    put_lack(page, VIZ_TREND_TOO_FEW, what);
}

void viz_trend_text(const struct viz_trend *trend, uint32_t width,
                    void (*line)(void *context, const char *text), void *context)
{
    struct page page = {.trend = trend,
                        .width = width ? width : STANDARD_WIDTH,
                        .line = line,
                        .context = context};
    char text[1024], name[192], others[1024];
    viz_text_visible(name, sizeof(name), trend->name);
    snprintf(text, sizeof(text),
             "%s%s%s, %s of each run, %s; %" PRIu32 " run%s, oldest first", name,
             *trend->unit ? " in " : "", trend->unit,
             viz_statistic_name(trend->params.statistic),
             viz_better_name(trend->better), trend->runs, plural(trend->runs));
    put_wrapped(&page, "", text);
    line(context, "");
    put_runs(&page);
    line(context, "");
    put_lacks(&page);
    viz_text_visible(text, sizeof(text), trend->sentence);
    put_wrapped(&page, "", text);
    if (!*trend->others)
        return;
    snprintf(text, sizeof(text), "not looked at: %s; --metric NAME", trend->others);
    viz_text_visible(others, sizeof(others), text);
    put_wrapped(&page, "", others);
}
