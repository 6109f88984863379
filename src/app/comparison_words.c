/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "comparison_report.h"

#include <viz/text.h>

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <string.h>

#define MOST_NAMED 2 /* metrics in the sentence of all */
#define MOST_RUNS VIZ_COMPARISON_MOST_RUNS

/* Text fit for terminals and JSON, cut between characters where it does not fit. */
struct sentence {
    char *text;
    size_t size, used;
};

__attribute__((format(printf, 2, 3))) static void add(struct sentence *sentence,
                                                      const char *format, ...)
{
    char raw[2 * VIZ_SENTENCE];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(raw, sizeof(raw), format, arguments);
    va_end(arguments);
    sentence->used += viz_text_visible(sentence->text + sentence->used,
                                       sentence->size - sentence->used, raw);
}

static bool is_shown(enum viz_verdict verdict)
{
    return verdict == VIZ_VERDICT_BETTER || verdict == VIZ_VERDICT_WORSE ||
           verdict == VIZ_VERDICT_DIFFERENT;
}

/* ---- one row ---- */

/* "+2.00 %, 95 % interval +1.71 to +2.29 %". */
static void add_interval(struct sentence *sentence,
                         const struct viz_comparison *comparison,
                         const struct viz_comparison_metric *metric,
                         const struct viz_contrast_row *row)
{
    char difference[48], interval[96];
    viz_metric_difference(difference, sizeof(difference), metric, row);
    viz_metric_interval(interval, sizeof(interval), metric, row, row->low, row->high);
    if (!(row->high > row->low)) {
        add(sentence, "%s, the same in every run", difference);
        return;
    }
    add(sentence, "%s, %s interval %s", difference,
        viz_figure_confidence(comparison->params.alpha).text, interval);
}

/* "B's mean is 101 µs higher (+2.00 %, 95 % interval +1.71 to +2.29 %)". */
static void add_difference(struct sentence *sentence,
                           const struct viz_comparison *comparison,
                           const struct viz_comparison_metric *metric,
                           enum viz_statistic statistic)
{
    const struct viz_contrast_row *row = &metric->contrast.row[statistic];
    char size[64];
    viz_comparison_size(size, sizeof(size), row, metric->unit);
    add(sentence, "B's %s is %s %s (", viz_statistic_name(statistic), size,
        row->b < row->a ? "lower" : "higher");
    add_interval(sentence, comparison, metric, row);
    add(sentence, ")");
}

static void add_shown(struct sentence *sentence,
                      const struct viz_comparison *comparison,
                      const struct viz_comparison_metric *metric)
{
    const struct viz_contrast_row *row = &metric->contrast.row[metric->headline];
    add(sentence, "%s is %s: ", metric->name, viz_verdict_name(metric->verdict));
    add_difference(sentence, comparison, metric, metric->headline);
    if (!row->beyond)
        add(sentence, "; that it is more than the limit of %s is not shown",
            viz_comparison_limit(comparison, metric, row).text);
}

static void add_equivalent(struct sentence *sentence,
                           const struct viz_comparison *comparison,
                           const struct viz_comparison_metric *metric)
{
    const struct viz_contrast_row *row = &metric->contrast.row[metric->headline];
    char interval[96];
    struct viz_figure limit = viz_comparison_limit(comparison, metric, row);
    if (row->a == row->b && !(row->high > row->low)) {
        add(sentence, "%s is equivalent: the %s is the same in every run", metric->name,
            viz_statistic_name(metric->headline));
        return;
    }
    viz_metric_interval(interval, sizeof(interval), metric, row, row->equal.low,
                        row->equal.high);
    add(sentence,
        "%s is equivalent: any difference of the %s is between %.*s and %s (%s "
        "interval), within the limit of %s",
        metric->name, viz_statistic_name(metric->headline),
        (int)(strstr(interval, " to ") ? strstr(interval, " to ") - interval : 0),
        interval, strstr(interval, " to ") ? strstr(interval, " to ") + 4 : interval,
        viz_figure_confidence(2 * comparison->params.alpha).text, limit.text);
}

/* What it would take. */
static void add_power(struct sentence *sentence,
                      const struct viz_comparison *comparison,
                      const struct viz_comparison_metric *metric,
                      const struct viz_contrast_row *row)
{
    double percent = viz_comparison_percent(metric, row);
    bool runs = metric->contrast.level != VIZ_LEVEL_SAMPLES;
    struct viz_figure limit = viz_comparison_limit(comparison, metric, row);
    char least[64];
    if (!isfinite(row->detectable) || !(row->detectable > 0))
        return;
    if (isfinite(percent))
        snprintf(least, sizeof(least), "%.40s %%",
                 viz_figure_digits(percent * row->detectable, 2, false).text);
    else
        viz_comparison_value(least, sizeof(least), row->detectable, metric->unit,
                             false);
    add(sentence, "; %s could have shown %s (80 %% power)",
        runs ? "these runs" : "these values", least);
    if (row->runs_needed > MOST_RUNS)
        add(sentence,
            ", more than %d runs a side would show %s: longer runs, or a larger "
            "--limit",
            MOST_RUNS, limit.text);
    else if (isfinite(row->runs_needed))
        add(sentence, ", %s runs a side would show %s",
            viz_figure_fixed(row->runs_needed, 0, false).text, limit.text);
}

static void add_not_shown(struct sentence *sentence,
                          const struct viz_comparison *comparison,
                          const struct viz_comparison_metric *metric)
{
    const struct viz_contrast_row *row = &metric->contrast.row[metric->headline];
    add(sentence, "%s is not shown to differ: the difference of the %s is ",
        metric->name, viz_statistic_name(metric->headline));
    add_interval(sentence, comparison, metric, row);
    if (row->low > 0 || row->high < 0)
        add(sentence, "; adjusted for %" PRIu32 " tests its p is %s", comparison->tests,
            viz_figure_p(row->p_adjusted).text);
    add_power(sentence, comparison, metric, row);
}

/* No statistic has a test. */
static void add_untested(struct sentence *sentence,
                         const struct viz_comparison_metric *metric)
{
    const struct viz_contrast_row *row = &metric->contrast.row[metric->headline];
    const char *name = viz_statistic_name(metric->headline);
    char a[64], b[64];
    viz_comparison_value(a, sizeof(a), row->a, metric->unit, false);
    viz_comparison_value(b, sizeof(b), row->b, metric->unit, false);
    add(sentence, "%s is not shown to differ: ", metric->name);
    switch (row->why) {
    case VIZ_WHY_NO_VALUES:
        add(sentence, "%s no values",
            isfinite(row->a)   ? "B has"
            : isfinite(row->b) ? "A has"
                               : "A and B have");
        break;
    case VIZ_WHY_CONSTANT:
        if (row->a == row->b)
            add(sentence, "A and B are both %s, without any variation", a);
        else
            add(sentence,
                "A's %s is %s and B's %s, and there is no variation to test it against",
                name, a, b);
        break;
    case VIZ_WHY_TIED:
        add(sentence, "too many values are equal for an interval of the %s", name);
        break;
    case VIZ_WHY_SHOWN:
    case VIZ_WHY_TOO_FEW:
    case VIZ_WHY_FEW_VALUES:
        add(sentence, "too few values for a test (needs %s effective, has %s)",
            viz_figure_fixed(ceil(row->needs), 0, false).text,
            viz_figure_fixed(floor(row->has), 0, false).text);
        break;
    }
}

/* ---- one metric ---- */

/* Other statistics that say otherwise: "but its p99 is worse by 340 µs (...)". */
static void add_others(struct sentence *sentence,
                       const struct viz_comparison *comparison,
                       const struct viz_comparison_metric *metric)
{
    const char *between = "; but its ";
    for (int i = 0; i < VIZ_STATISTIC_COUNT; i++) {
        const struct viz_contrast_row *row = &metric->contrast.row[i];
        char size[64];
        if (i == (int)metric->headline || row->why != VIZ_WHY_SHOWN ||
            !is_shown(row->verdict) || row->verdict == metric->verdict)
            continue;
        viz_comparison_size(size, sizeof(size), row, metric->unit);
        add(sentence, "%s%s is %s by %s (", between,
            viz_statistic_name((enum viz_statistic)i), viz_verdict_name(row->verdict),
            size);
        add_interval(sentence, comparison, metric, row);
        add(sentence, ")");
        between = " and its ";
    }
}

static void word_metric(const struct viz_comparison *comparison,
                        struct viz_comparison_metric *metric)
{
    struct sentence sentence = {metric->sentence, sizeof(metric->sentence), 0};
    const struct viz_contrast_row *row = &metric->contrast.row[metric->headline];
    *metric->sentence = '\0';
    if (row->why != VIZ_WHY_SHOWN)
        add_untested(&sentence, metric);
    else if (is_shown(metric->verdict))
        add_shown(&sentence, comparison, metric);
    else if (metric->verdict == VIZ_VERDICT_EQUIVALENT)
        add_equivalent(&sentence, comparison, metric);
    else
        add_not_shown(&sentence, comparison, metric);
    add_others(&sentence, comparison, metric);
    if (*metric->collinear)
        add(&sentence, "; it goes with %s and is not counted", metric->collinear);
    if (metric->contrast.level == VIZ_LEVEL_SAMPLES && row->why == VIZ_WHY_SHOWN &&
        metric->contrast.least_n_eff < 30)
        add(&sentence, "; with %s effective values the test finds too much",
            viz_figure_fixed(floor(metric->contrast.least_n_eff), 0, false).text);
}

/* ---- all of it ---- */

/* The row of a metric that has @verdict: the headline, else the first; NULL: none. */
static const struct viz_contrast_row *
row_with(const struct viz_comparison_metric *metric, enum viz_verdict verdict,
         enum viz_statistic *statistic)
{
    *statistic = metric->headline;
    for (int i = -1; i < VIZ_STATISTIC_COUNT; i++) {
        if (i >= 0)
            *statistic = (enum viz_statistic)i;
        const struct viz_contrast_row *row = &metric->contrast.row[*statistic];
        if (row->verdict == verdict && row->why == VIZ_WHY_SHOWN)
            return row;
    }
    return NULL;
}

/* What the reader asks for first. */
static bool is_chief(const struct viz_comparison_metric *metric)
{
    const char *slash = strrchr(metric->name, '/');
    const char *name = slash ? slash + 1 : metric->name;
    return !strcmp(name, "frame_ms") || !strcmp(name, "avg_total_us");
}

/* How far beyond what is negligible; of what is not shown how well it is known, so that
 * nothing vague stands for all. */
static double weight_of(const struct viz_comparison_metric *metric,
                        enum viz_verdict verdict)
{
    enum viz_statistic statistic;
    const struct viz_contrast_row *row = row_with(metric, verdict, &statistic);
    if (!metric->family || !row)
        return -1;
    double weight = verdict == VIZ_VERDICT_NOT_SHOWN
                        ? row->limit / (row->high - row->low)
                        : fabs(row->b - row->a) / row->limit;
    return isfinite(weight) ? weight : 0;
}

/* Those of which the headline says so first; of what is not shown the chief metrics; then
 * by weight. */
static bool is_before(const struct viz_comparison_metric *x,
                      const struct viz_comparison_metric *y, enum viz_verdict verdict)
{
    bool headline_x = x->verdict == verdict, headline_y = y->verdict == verdict;
    if (headline_x != headline_y)
        return headline_x;
    if (verdict == VIZ_VERDICT_NOT_SHOWN && is_chief(x) != is_chief(y))
        return is_chief(x);
    return weight_of(x, verdict) > weight_of(y, verdict);
}

/* The metrics of the family that have @verdict; in their order where they weigh as
 * much. */
static uint32_t heaviest(const struct viz_comparison *comparison,
                         enum viz_verdict verdict,
                         const struct viz_comparison_metric *out[MOST_NAMED])
{
    uint32_t found = 0;
    for (uint32_t i = 0; i < comparison->metrics; i++) {
        const struct viz_comparison_metric *metric = &comparison->metric[i];
        uint32_t at = found;
        if (weight_of(metric, verdict) < 0)
            continue;
        while (at > 0 && is_before(metric, out[at - 1], verdict))
            at--;
        if (at == MOST_NAMED)
            continue;
        found += found < MOST_NAMED;
        for (uint32_t j = found - 1; j > at; j--)
            out[j] = out[j - 1];
        out[at] = metric;
    }
    return found;
}

static uint32_t count_verdict(const struct viz_comparison *comparison,
                              enum viz_verdict verdict)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < comparison->metrics; i++)
        count +=
            comparison->metric[i].family && comparison->metric[i].verdict == verdict;
    return count;
}

static uint32_t family_of(const struct viz_comparison *comparison)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < comparison->metrics; i++)
        count += comparison->metric[i].family;
    return count;
}

/* "1 %", or that of the only metric where it is told in its unit. */
static struct viz_figure limits_of(const struct viz_comparison *comparison)
{
    struct viz_figure out = {""};
    uint32_t given = 0, family = 0;
    for (uint32_t i = 0; i < comparison->metrics; i++) {
        const struct viz_comparison_metric *metric = &comparison->metric[i];
        given += metric->family && viz_comparison_limit_given(comparison, metric);
        family += metric->family;
        if (metric->family && family == 1)
            out = viz_comparison_limit(comparison, metric,
                                       &metric->contrast.row[metric->headline]);
    }
    if (!given)
        snprintf(out.text, sizeof(out.text), "%.40s %%",
                 viz_figure_plain(comparison->params.limit_percent).text);
    else if (family > 1)
        snprintf(out.text, sizeof(out.text), "the limit of each");
    return out;
}

/* "(of 4 metrics 1 worse, 2 equivalent, 1 not shown)". */
static void add_counts(struct sentence *sentence,
                       const struct viz_comparison *comparison)
{
    static const enum viz_verdict order[] = {
        VIZ_VERDICT_WORSE, VIZ_VERDICT_BETTER, VIZ_VERDICT_DIFFERENT,
        VIZ_VERDICT_EQUIVALENT, VIZ_VERDICT_NOT_SHOWN};
    const char *between = " ";
    uint32_t family = family_of(comparison);
    if (family < 2)
        return;
    add(sentence, " (of %" PRIu32 " metrics", family);
    for (size_t i = 0; i < sizeof(order) / sizeof(order[0]); i++) {
        uint32_t count = count_verdict(comparison, order[i]);
        if (!count)
            continue;
        add(sentence, "%s%" PRIu32 " %s", between, count, viz_verdict_name(order[i]));
        between = ", ";
    }
    add(sentence, ")");
}

static void add_changed(struct sentence *sentence,
                        const struct viz_comparison *comparison)
{
    const struct viz_comparison_metric *metric[MOST_NAMED];
    uint32_t count = heaviest(comparison, comparison->verdict, metric);
    add(sentence, "B is %s: ", viz_verdict_name(comparison->verdict));
    for (uint32_t i = 0; i < count; i++) {
        enum viz_statistic statistic;
        const struct viz_contrast_row *row =
            row_with(metric[i], comparison->verdict, &statistic);
        char size[64];
        viz_comparison_size(size, sizeof(size), row, metric[i]->unit);
        add(sentence, "%s%s", i ? "; " : "", metric[i]->name);
        if (statistic != VIZ_STATISTIC_MEAN)
            add(sentence, " has a %s", viz_statistic_name(statistic));
        else
            add(sentence, " is");
        add(sentence, " %s %s (", size, row->b < row->a ? "lower" : "higher");
        add_interval(sentence, comparison, metric[i], row);
        add(sentence, ")");
    }
}

/* "frame_ms", "p99 of frame_ms". */
static void add_name(struct sentence *sentence,
                     const struct viz_comparison_metric *metric,
                     enum viz_statistic statistic)
{
    if (statistic != VIZ_STATISTIC_MEAN)
        add(sentence, "%s of ", viz_statistic_name(statistic));
    add(sentence, "%s", metric->name);
}

/* "worse in update_ms (+17 %, 95 % interval +15 to +19 %)". */
static void add_where(struct sentence *sentence,
                      const struct viz_comparison *comparison, enum viz_verdict verdict)
{
    const struct viz_comparison_metric *metric[MOST_NAMED];
    uint32_t count = heaviest(comparison, verdict, metric);
    add(sentence, "%s in ", viz_verdict_name(verdict));
    for (uint32_t i = 0; i < count; i++) {
        enum viz_statistic statistic;
        const struct viz_contrast_row *row = row_with(metric[i], verdict, &statistic);
        add(sentence, "%s", i ? ", " : "");
        add_name(sentence, metric[i], statistic);
        add(sentence, " (");
        add_interval(sentence, comparison, metric[i], row);
        add(sentence, ")");
    }
}

static void add_mixed(struct sentence *sentence,
                      const struct viz_comparison *comparison)
{
    add(sentence, "B is ");
    add_where(sentence, comparison, VIZ_VERDICT_WORSE);
    add(sentence, " and ");
    add_where(sentence, comparison, VIZ_VERDICT_BETTER);
}

static void add_undecided(struct sentence *sentence,
                          const struct viz_comparison *comparison)
{
    const struct viz_comparison_metric *metric[MOST_NAMED];
    add(sentence, "Not shown: neither that B differs nor that it is the same within %s",
        limits_of(comparison).text);
    if (!heaviest(comparison, VIZ_VERDICT_NOT_SHOWN, metric))
        return;
    enum viz_statistic statistic;
    const struct viz_contrast_row *row =
        row_with(metric[0], VIZ_VERDICT_NOT_SHOWN, &statistic);
    add(sentence, "; undecided is ");
    add_name(sentence, metric[0], statistic);
    add(sentence, " (");
    add_interval(sentence, comparison, metric[0], row);
    add(sentence, ")");
    add_power(sentence, comparison, metric[0], row);
}

/* "; p99 of frame_ms and 2 more are not shown": what is behind the headlines. */
static void add_open(struct sentence *sentence, const struct viz_comparison *comparison)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < comparison->metrics; i++) {
        const struct viz_comparison_metric *metric = &comparison->metric[i];
        for (int k = 0; k < VIZ_STATISTIC_COUNT && metric->family; k++) {
            const struct viz_contrast_row *row = &metric->contrast.row[k];
            if (row->why != VIZ_WHY_SHOWN || row->verdict != VIZ_VERDICT_NOT_SHOWN)
                continue;
            if (!count++) {
                add(sentence, "; ");
                add_name(sentence, metric, (enum viz_statistic)k);
            }
        }
    }
    if (count > 1)
        add(sentence, " and %" PRIu32 " more are not shown", count - 1);
    else if (count)
        add(sentence, " is not shown");
}

static void add_same(struct sentence *sentence, const struct viz_comparison *comparison)
{
    const struct viz_comparison_metric *metric[MOST_NAMED];
    uint32_t count = heaviest(comparison, VIZ_VERDICT_EQUIVALENT, metric);
    uint32_t family = family_of(comparison), means = 0;
    char interval[96];
    for (uint32_t i = 0; i < comparison->metrics; i++)
        means += comparison->metric[i].family &&
                 comparison->metric[i].headline == VIZ_STATISTIC_MEAN;
    const char *what = means == family ? "mean" : "main figure";
    if (family > 1)
        add(sentence, "Equivalent: the %ss of all %" PRIu32 " metrics are", what,
            family);
    else
        add(sentence, "Equivalent: the %s of %s is", what,
            count ? metric[0]->name : "the metric");
    add(sentence, " the same within %s", limits_of(comparison).text);
    if (count) {
        enum viz_statistic statistic;
        const struct viz_contrast_row *row =
            row_with(metric[0], VIZ_VERDICT_EQUIVALENT, &statistic);
        viz_metric_interval(interval, sizeof(interval), metric[0], row, row->equal.low,
                            row->equal.high);
        add(sentence, "; B differs most in %s, by %s (%s interval)", metric[0]->name,
            interval, viz_figure_confidence(2 * comparison->params.alpha).text);
    }
    add_open(sentence, comparison);
}

bool viz_comparison_is_mixed(const struct viz_comparison *comparison)
{
    const struct viz_comparison_metric *metric[MOST_NAMED];
    return comparison->verdict == VIZ_VERDICT_WORSE &&
           heaviest(comparison, VIZ_VERDICT_WORSE, metric) &&
           heaviest(comparison, VIZ_VERDICT_BETTER, metric);
}

static void add_level(struct sentence *sentence,
                      const struct viz_comparison *comparison)
{
    uint32_t a = comparison->side[0].runs, b = comparison->side[1].runs;
    if (a == 1 && b == 1)
        add(sentence, "; 1 run a side: variation between runs is unknown");
    else if (a == 1 || b == 1)
        add(sentence, "; 1 run of %s: taken to vary as %s's runs do",
            a == 1 ? "A" : "B", a == 1 ? "B" : "A");
}

static void word_all(struct viz_comparison *comparison)
{
    struct sentence sentence = {comparison->sentence, sizeof(comparison->sentence), 0};
    *comparison->sentence = '\0';
    if (viz_comparison_is_mixed(comparison))
        add_mixed(&sentence, comparison);
    else if (is_shown(comparison->verdict))
        add_changed(&sentence, comparison);
    else if (comparison->verdict == VIZ_VERDICT_EQUIVALENT)
        add_same(&sentence, comparison);
    else
        add_undecided(&sentence, comparison);
    add_counts(&sentence, comparison);
    add_level(&sentence, comparison);
}

void viz_comparison_words(struct viz_comparison *comparison)
{
    for (uint32_t i = 0; i < comparison->metrics; i++)
        word_metric(comparison, &comparison->metric[i]);
    word_all(comparison);
}
