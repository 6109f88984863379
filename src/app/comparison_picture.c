/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Pictures as wide as there is room: positions are percent, so that text keeps its size. */
#include "comparison_report.h"

#include <viz/alloc.h>

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define POINTS 400     /* of a strong curve */
#define RUN_POINTS 120 /* of a faint one, fewer where there are many runs */
#define ALL_POINTS 8000
#define BEYOND 4 /* axis: so many times the usual interval, what is longer is cut off */

struct axis {
    double low, high, step;
    unsigned decimals;
};

/* Room at both ends, and ticks at 1, 2 or 5 times a power of ten, about @ticks of them. */
static struct axis axis_of(double low, double high, int ticks)
{
    double room = (high - low) * 0.04;
    if (!(room > 0))
        room = fabs(low) > 0 ? fabs(low) * 0.05 : 1;
    struct axis axis = {.low = low - room, .high = high + room};
    double raw = (axis.high - axis.low) / ticks, power = pow(10, floor(log10(raw)));
    double factor = raw / power;
    axis.step = power * (factor <= 1 ? 1 : factor <= 2 ? 2 : factor <= 5 ? 5 : 10);
    double decimals = -floor(log10(axis.step) + 1e-9);
    axis.decimals = decimals < 0 ? 0 : decimals > 9 ? 9 : (unsigned)decimals;
    return axis;
}

static double position(const struct axis *axis, double value)
{
    double at = (value - axis->low) / (axis->high - axis->low);
    return at < 0 ? 0 : at > 1 ? 1 : at;
}

static struct viz_figure percent_of(const struct axis *axis, double value)
{
    struct viz_figure out;
    snprintf(out.text, sizeof(out.text), "%.40s%%",
             viz_figure_fixed(100 * position(axis, value), 2, false).text);
    return out;
}

static double first_tick(const struct axis *axis)
{
    return ceil(axis->low / axis->step - 1e-9) * axis->step;
}

static void put_ticks(const struct axis *axis, bool sign, const char *unit, FILE *out)
{
    fputs("<svg height=\"18\" aria-hidden=\"true\">", out);
    for (int i = 0; i < 40; i++) {
        double value = first_tick(axis) + i * axis->step;
        if (value > axis->high + axis->step * 1e-9)
            break;
        if (fabs(value) < axis->step * 1e-6)
            value = 0;
        fprintf(out, "<text x=\"%s\" y=\"14\" text-anchor=\"middle\">",
                percent_of(axis, value).text);
        viz_html_figures(out, viz_figure_fixed(value, axis->decimals, sign).text);
        fprintf(out, "%s</text>", unit);
    }
    fputs("</svg>", out);
}

static void put_lines(const struct axis *axis, FILE *out)
{
    for (int i = 0; i < 40; i++) {
        double value = first_tick(axis) + i * axis->step;
        if (value > axis->high + axis->step * 1e-9)
            break;
        struct viz_figure at = percent_of(axis, value);
        fprintf(out, "<line class=\"grid\" x1=\"%s\" x2=\"%s\" y1=\"0\" y2=\"26\"/>",
                at.text, at.text);
    }
}

/* ---- the forest ---- */

/* What differences are drawn in: percent of A, or the metric's unit. */
static double scale_of(const struct viz_comparison_metric *metric,
                       const struct viz_contrast_row *row)
{
    double percent = viz_comparison_percent(metric, row);
    return isfinite(percent) ? percent : 1;
}

static bool is_drawn(const struct viz_contrast_row *row)
{
    return row->why == VIZ_WHY_SHOWN && isfinite(row->low) && isfinite(row->high);
}

static bool has_bars(const struct viz_comparison_metric *metric)
{
    for (int i = 0; i < VIZ_STATISTIC_COUNT; i++)
        if (is_drawn(&metric->contrast.row[i]))
            return true;
    return false;
}

static int by_size(const void *x, const void *y)
{
    double a = *(const double *)x, b = *(const double *)y;
    return (a > b) - (a < b);
}

struct extents {
    double *reach; /* of each interval */
    size_t count;
    double low, high, band;
};

static void add_extents(struct extents *extents,
                        const struct viz_comparison_metric *metric)
{
    for (int i = 0; i < VIZ_STATISTIC_COUNT; i++) {
        const struct viz_contrast_row *row = &metric->contrast.row[i];
        double scale = scale_of(metric, row);
        if (!is_drawn(row))
            continue;
        extents->reach[extents->count++] =
            scale * fmax(fabs(row->low), fabs(row->high));
        extents->low = fmin(extents->low, scale * row->low);
        extents->high = fmax(extents->high, scale * row->high);
        extents->band = fmax(extents->band, scale * row->limit);
    }
}

/* As wide as nearly all intervals and the limit need. @only: of a metric in its unit; NULL:
 * of all that are told in percent. */
static struct axis forest_axis(const struct viz_comparison *comparison,
                               const struct viz_comparison_metric *only)
{
    size_t most = (size_t)comparison->metrics * VIZ_STATISTIC_COUNT;
    struct extents all = {.reach = viz_zalloc((most + 1) * sizeof(double))};
    if (only)
        add_extents(&all, only);
    for (uint32_t i = 0; i < comparison->metrics && !only; i++)
        if (viz_comparison_in_percent(&comparison->metric[i]))
            add_extents(&all, &comparison->metric[i]);
    qsort(all.reach, all.count, sizeof(*all.reach), by_size);
    double reach =
        fmax(BEYOND * (all.count ? all.reach[all.count / 2] : 0), 3 * all.band);
    free(all.reach);
    return axis_of(fmax(fmin(all.low, -1.2 * all.band), -reach),
                   fmin(fmax(all.high, 1.2 * all.band), reach), 7);
}

/* Where an interval goes on beyond the axis. */
static void put_arrow(bool left, FILE *out)
{
    fprintf(out,
            "<svg x=\"%s\" y=\"8\" width=\"1\" height=\"10\"><path class=\"arrow\" "
            "d=\"%s\"/></svg>",
            left ? "0%" : "100%", left ? "M-7 5L1 0V10Z" : "M7 5L-1 0V10Z");
}

static void put_bar(const struct viz_contrast_row *row, double scale,
                    const struct axis *axis, FILE *out)
{
    double limit = scale * row->limit, value = scale * (row->b - row->a);
    double low = scale * row->low, high = scale * row->high;
    double width = 100 * (position(axis, limit) - position(axis, -limit));
    fprintf(out, "<rect class=\"band\" x=\"%s\" width=\"%s%%\" y=\"0\" height=\"26\"/>",
            percent_of(axis, -limit).text, viz_figure_fixed(width, 2, false).text);
    put_lines(axis, out);
    fprintf(out, "<line class=\"zero\" x1=\"%s\" x2=\"%s\" y1=\"0\" y2=\"26\"/>",
            percent_of(axis, 0).text, percent_of(axis, 0).text);
    fprintf(out, "<line class=\"whisker\" x1=\"%s\" x2=\"%s\" y1=\"13\" y2=\"13\"/>",
            percent_of(axis, low).text, percent_of(axis, high).text);
    if (low < axis->low)
        put_arrow(true, out);
    if (high > axis->high)
        put_arrow(false, out);
    if (value >= axis->low && value <= axis->high)
        fprintf(out, "<circle class=\"dot\" cx=\"%s\" cy=\"13\" r=\"4.5\"/>",
                percent_of(axis, value).text);
}

static void put_row(const struct viz_comparison_metric *metric,
                    enum viz_statistic statistic, const struct axis *axis, FILE *out)
{
    const struct viz_contrast_row *row = &metric->contrast.row[statistic];
    struct viz_comparison_cells cells;
    char why[128];
    viz_comparison_cells(metric, statistic, &cells);
    fprintf(out, "<div class=\"row\"><span>%s</span>", viz_statistic_name(statistic));
    if (viz_comparison_why(metric, statistic, why, sizeof(why))) {
        fputs("<span class=\"none\">", out);
        viz_html_figures(out, strchr(why, ':') ? strchr(why, ':') + 2 : why);
        fputs("</span><span></span></div>\n", out);
        return;
    }
    fprintf(out, "<svg height=\"26\" class=\"%s\" role=\"img\"><title>",
            viz_html_class(row->verdict));
    viz_html_figures(out, cells.interval);
    fputs("</title>", out);
    if (is_drawn(row))
        put_bar(row, scale_of(metric, row), axis, out);
    fputs("</svg><span class=\"value\"><span>", out);
    viz_html_figures(out, cells.difference);
    fprintf(out, "</span><span class=\"tone %s\">%s</span></span></div>\n",
            viz_html_class(row->verdict), cells.verdict);
}

static void put_forest_ticks(const struct axis *axis, const char *unit, FILE *out)
{
    fputs("<div class=\"row\"><span></span>", out);
    put_ticks(axis, true, unit, out);
    fputs("<span></span></div>\n", out);
}

/* The name, and the rows that have something to show. @axis: NULL: one of its own. */
static void put_section(const struct viz_comparison *comparison,
                        const struct viz_comparison_metric *metric,
                        const struct axis *axis, FILE *out)
{
    const struct axis own = forest_axis(comparison, metric);
    const char *unit = viz_comparison_unit(metric->unit);
    fputs("<h3>", out);
    viz_html_text(out, metric->name);
    fputs(" <span class=\"soft\" style=\"font-weight:400\">", out);
    if (!axis && *unit) {
        fputs("in ", out);
        viz_html_text(out, unit);
        fputs(", ", out);
    }
    fprintf(out, "%s</span></h3>\n", viz_better_name(metric->better));
    for (int s = 0; s < viz_comparison_rows(metric); s++)
        if (!viz_comparison_is_lacking(metric, (enum viz_statistic)s))
            put_row(metric, (enum viz_statistic)s, axis ? axis : &own, out);
    if (!axis)
        put_forest_ticks(&own, "", out);
}

static bool has_sections(const struct viz_comparison *comparison, bool percent)
{
    for (uint32_t i = 0; i < comparison->metrics; i++)
        if (has_bars(&comparison->metric[i]) &&
            viz_comparison_in_percent(&comparison->metric[i]) == percent)
            return true;
    return false;
}

static void put_caption(const struct viz_comparison *comparison, FILE *out)
{
    bool percent = has_sections(comparison, true);
    fprintf(out,
            "<section>\n<h2>How much B differs</h2>\n<p class=\"under\">B − A%s%s: the "
            "difference (dot), its %s interval (line), and what is negligible "
            "(shaded).%s</p>\n<div class=\"card forest\">\n",
            percent ? " in percent of A" : " in units of each metric",
            percent && has_sections(comparison, false)
                ? ", or in units where values are around 0"
                : "",
            viz_figure_confidence(comparison->params.alpha).text,
            percent
                ? " The limit is a part of A's median, and so fewer percent of what "
                  "is larger than that, as p95 and p99 are."
                : "");
}

void viz_comparison_forest(const struct viz_comparison *comparison, FILE *out)
{
    bool percent = has_sections(comparison, true);
    if (!percent && !has_sections(comparison, false))
        return;
    struct axis axis = forest_axis(comparison, NULL);
    put_caption(comparison, out);
    if (percent)
        put_forest_ticks(&axis, " %", out);
    for (uint32_t i = 0; i < comparison->metrics; i++)
        if (has_bars(&comparison->metric[i]) &&
            viz_comparison_in_percent(&comparison->metric[i]))
            put_section(comparison, &comparison->metric[i], &axis, out);
    if (percent)
        put_forest_ticks(&axis, " %", out);
    for (uint32_t i = 0; i < comparison->metrics; i++)
        if (has_bars(&comparison->metric[i]) &&
            !viz_comparison_in_percent(&comparison->metric[i]))
            put_section(comparison, &comparison->metric[i], NULL, out);
    fputs("</div>\n</section>\n", out);
}

/* ---- distributions ---- */

struct pool {
    double *value; /* ascending */
    size_t n;
};

static struct pool pool_of(const struct viz_estimate *run, uint32_t runs)
{
    struct pool pool = {NULL, 0};
    size_t n = 0;
    for (uint32_t i = 0; i < runs; i++)
        n += run[i].n;
    pool.value = viz_zalloc((n + 1) * sizeof(*pool.value));
    for (uint32_t i = 0; i < runs; i++) {
        if (run[i].n)
            memcpy(pool.value + pool.n, run[i].sorted, run[i].n * sizeof(*pool.value));
        pool.n += run[i].n;
    }
    qsort(pool.value, pool.n, sizeof(*pool.value), by_size);
    return pool;
}

static double at(const struct pool *pool, double share)
{
    return pool->value[(size_t)(share * (double)(pool->n - 1) + 0.5)];
}

/* From the lowest to beyond p99; a few far values would leave no room for the others. */
static void widen(const struct pool *pool, double *low, double *high)
{
    if (!pool->n)
        return;
    double bulk = at(pool, 0.99) - at(pool, 0.01);
    *low = fmin(*low, fmax(pool->value[0], at(pool, 0.01) - 0.25 * bulk));
    *high = fmax(*high, fmin(pool->value[pool->n - 1], at(pool, 0.99) + 0.25 * bulk));
}

static size_t count_beyond(const struct pool *pool, const struct axis *axis)
{
    size_t count = 0;
    for (size_t i = 0; i < pool->n; i++)
        count += pool->value[i] < axis->low || pool->value[i] > axis->high;
    return count;
}

static void put_curve(const double *sorted, size_t n, size_t points,
                      const struct axis *axis, const char *kind, FILE *out)
{
    double level = 1000;
    size_t count = n < points ? n : points;
    bool begun = false;
    if (!n)
        return;
    fprintf(out, "<path class=\"%s\" d=\"", kind);
    for (size_t i = 0; i < count; i++) {
        size_t index = count > 1 ? i * (n - 1) / (count - 1) : 0;
        double x = 1000 * position(axis, sorted[index]);
        if (sorted[index] > axis->high)
            break;
        if (!begun)
            fprintf(out, "M0 %s", viz_figure_fixed(level, 1, false).text);
        begun = true;
        level = 1000 - 1000 * (double)(index + 1) / (double)n;
        fprintf(out, "H%sV%s", viz_figure_fixed(x, 1, false).text,
                viz_figure_fixed(level, 1, false).text);
    }
    fputs(begun ? "H1000\"/>" : "M0 1000H1000\"/>", out);
}

static void put_curves(const struct viz_comparison *comparison,
                       const struct viz_comparison_metric *metric,
                       const struct pool pool[2], const struct axis *axis, FILE *out)
{
    uint32_t runs_a = comparison->side[0].runs, runs_b = comparison->side[1].runs;
    size_t points = ALL_POINTS / (runs_a + runs_b + 1);
    points = points > RUN_POINTS ? RUN_POINTS : points < 8 ? 8 : points;
    fputs(
        "<svg class=\"curves\" viewBox=\"0 0 1000 1000\" preserveAspectRatio=\"none\" "
        "role=\"img\"><title>",
        out);
    viz_html_text(out, metric->name);
    fputs(": distributions of A and B</title>", out);
    for (int y = 0; y <= 1000; y += 250)
        fprintf(out, "<line x1=\"0\" x2=\"1000\" y1=\"%d\" y2=\"%d\"/>", y, y);
    for (uint32_t i = 0; runs_a > 1 && i < runs_a; i++)
        put_curve(metric->estimate_a[i].sorted, metric->estimate_a[i].n, points, axis,
                  "one sa", out);
    for (uint32_t i = 0; runs_b > 1 && i < runs_b; i++)
        put_curve(metric->estimate_b[i].sorted, metric->estimate_b[i].n, points, axis,
                  "one sb", out);
    put_curve(pool[0].value, pool[0].n, POINTS, axis, "pool sa", out);
    put_curve(pool[1].value, pool[1].n, POINTS, axis, "pool sb", out);
    fputs("</svg>", out);
}

/* ---- means of the runs ---- */

static void put_dots(const struct viz_estimate *run, uint32_t runs,
                     const struct axis *axis, int side, FILE *out)
{
    for (uint32_t i = 0; i < runs; i++)
        if (run[i].n)
            fprintf(out, "<circle class=\"%s\" cx=\"%s\" cy=\"%d\" r=\"5\"/>",
                    side ? "fb" : "fa", percent_of(axis, run[i].mean).text,
                    side ? 26 : 9);
}

static void put_strip(const struct viz_comparison *comparison,
                      const struct viz_comparison_metric *metric, FILE *out)
{
    uint32_t runs_a = comparison->side[0].runs, runs_b = comparison->side[1].runs;
    double low = INFINITY, high = -INFINITY;
    for (uint32_t i = 0; i < runs_a + runs_b; i++) {
        const struct viz_estimate *run =
            i < runs_a ? &metric->estimate_a[i] : &metric->estimate_b[i - runs_a];
        if (!run->n)
            continue;
        low = fmin(low, run->mean);
        high = fmax(high, run->mean);
    }
    if (metric->contrast.level == VIZ_LEVEL_SAMPLES || !(high >= low))
        return;
    struct axis axis = axis_of(low, high, 5);
    fputs("<div class=\"frame strip\"><span class=\"label\">run means</span><div>"
          "<svg height=\"36\" role=\"img\"><title>mean of each run</title>"
          "<line class=\"grid\" x1=\"0\" x2=\"100%\" y1=\"9\" y2=\"9\"/>"
          "<line class=\"grid\" x1=\"0\" x2=\"100%\" y1=\"26\" y2=\"26\"/>",
          out);
    put_dots(metric->estimate_a, runs_a, &axis, 0, out);
    put_dots(metric->estimate_b, runs_b, &axis, 1, out);
    fputs("</svg>", out);
    put_ticks(&axis, false, "", out);
    fputs("</div></div>\n", out);
}

void viz_comparison_ecdf(const struct viz_comparison *comparison,
                         const struct viz_comparison_metric *metric, FILE *out)
{
    uint32_t runs_a = comparison->side[0].runs, runs_b = comparison->side[1].runs;
    const struct pool pool[2] = {pool_of(metric->estimate_a, runs_a),
                                 pool_of(metric->estimate_b, runs_b)};
    double low = INFINITY, high = -INFINITY;
    widen(&pool[0], &low, &high);
    widen(&pool[1], &low, &high);
    fputs("<figure class=\"card\"><figcaption><h3>", out);
    viz_html_text(out, metric->name);
    fputs(" <span class=\"soft\" style=\"font-weight:400\">", out);
    viz_html_text(out, metric->unit);
    fputs("</span></h3>", out);
    if (high >= low) {
        struct axis axis = axis_of(low, high, 5);
        size_t beyond = count_beyond(&pool[0], &axis) + count_beyond(&pool[1], &axis);
        if (beyond)
            fprintf(out, "<span class=\"soft\">%zu beyond the axis</span>", beyond);
        fputs("</figcaption><div class=\"frame\"><div class=\"y\">", out);
        for (int share = 0; share <= 100; share += 25)
            fprintf(out, "<span style=\"top:%d%%\">%d %%</span>", 100 - share, share);
        fputs("</div>", out);
        put_curves(comparison, metric, pool, &axis, out);
        fputs("<span></span>", out);
        put_ticks(&axis, false, "", out);
        fputs("</div>\n", out);
        put_strip(comparison, metric, out);
    } else {
        fputs("</figcaption><p class=\"soft\">no values</p>", out);
    }
    fputs("</figure>\n", out);
    free(pool[0].value);
    free(pool[1].value);
}
