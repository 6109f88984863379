/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "comparison_report.h"

#include <viz/text.h>

#include <inttypes.h>
#include <math.h>
#include <string.h>

#define DASH "–"
#define MOST_STREAMS 3 /* that are counted each */
#define LABEL_WIDTH 60

static struct viz_figure with_sign(const char *digits, double value, bool sign)
{
    struct viz_figure out;
    bool zero = digits[strspn(digits, "-0.")] == '\0';
    snprintf(out.text, sizeof(out.text), "%s%s", sign && value > 0 && !zero ? "+" : "",
             digits);
    return out;
}

/* "1.25e-09": by whole numbers, for printf would write the locale's decimal point. */
static void put_power(char *out, size_t size, double value, int digits)
{
    char mantissa[32];
    int power = (int)floor(log10(fabs(value)));
    double scaled = value / pow(10, power / 2) / pow(10, power - power / 2);
    if (fabs(scaled) >= 10 - 0.5 * pow(10, 1 - digits)) {
        scaled /= 10;
        power++;
    }
    viz_text_decimal(mantissa, sizeof(mantissa), scaled, (unsigned)(digits - 1));
    snprintf(out, size, "%se%+03d", mantissa, power);
}

static bool needs_power(double value)
{
    double magnitude = fabs(value);
    return isfinite(value) && magnitude > 0 && (magnitude < 1e-6 || magnitude >= 1e9);
}

struct viz_figure viz_figure_fixed(double value, unsigned decimals, bool sign)
{
    char digits[40];
    if (needs_power(value))
        return viz_figure_digits(value, 3, sign);
    viz_text_decimal(digits, sizeof(digits), value, decimals);
    return with_sign(digits, value, sign);
}

struct viz_figure viz_figure_digits(double value, int digits, bool sign)
{
    char text[40];
    if (needs_power(value)) {
        put_power(text, sizeof(text), value, digits);
        return with_sign(text, value, sign);
    }
    int decimals = digits - 1;
    if (isfinite(value) && value != 0)
        decimals -= (int)floor(log10(fabs(value)) + 1e-12);
    else
        decimals = 0;
    if (value == round(value))
        decimals = 0;
    decimals = decimals < 0 ? 0 : decimals > 9 ? 9 : decimals;
    viz_text_decimal(text, sizeof(text), value, (unsigned)decimals);
    return with_sign(text, value, sign);
}

/* Without zeros at the end. */
static struct viz_figure plain(double value, int digits)
{
    struct viz_figure out = viz_figure_digits(value, digits, false);
    char *end = out.text + strlen(out.text);
    if (!strchr(out.text, '.') || strchr(out.text, 'e'))
        return out;
    while (end[-1] == '0')
        *--end = '\0';
    if (end[-1] == '.')
        end[-1] = '\0';
    return out;
}

struct viz_figure viz_figure_plain(double value)
{
    return plain(value, 6);
}

struct viz_figure viz_figure_p(double p)
{
    struct viz_figure small = {"<0.0001"};
    if (!isfinite(p))
        return viz_figure_fixed(NAN, 0, false);
    if (p < 0.0001)
        return small;
    return viz_figure_fixed(p, p < 0.01 ? 4 : p < 0.1 ? 3 : 2, false);
}

struct viz_figure viz_figure_confidence(double alpha)
{
    struct viz_figure out;
    snprintf(out.text, sizeof(out.text), "%.40s %%",
             viz_figure_plain(100 * (1 - alpha)).text);
    return out;
}

unsigned viz_figure_decimals(double width)
{
    if (!isfinite(width) || width <= 0)
        return 2;
    double decimals = 1 - floor(log10(width) + 1e-12);
    return decimals < 0 ? 0 : decimals > 9 ? 9 : (unsigned)decimals;
}

/* What differences of this unit are counted in. */
const char *viz_comparison_unit(const char *unit)
{
    return strcmp(unit, "%") ? unit : "points";
}

static const char *blank_before(const char *unit)
{
    return *unit ? " " : "";
}

static bool has_ratio(const struct viz_contrast_row *row)
{
    return row->a > 0 && row->b > 0;
}

bool viz_comparison_in_percent(const struct viz_comparison_metric *metric)
{
    const struct viz_contrast_row *mean = &metric->contrast.row[VIZ_STATISTIC_MEAN];
    if (!has_ratio(mean) || mean->a < metric->estimate_a->sd)
        return false;
    for (int i = 1; i < VIZ_STATISTIC_COUNT; i++) {
        const struct viz_contrast_row *row = &metric->contrast.row[i];
        if (row->why == VIZ_WHY_SHOWN && !has_ratio(row))
            return false;
    }
    return true;
}

double viz_comparison_percent(const struct viz_comparison_metric *metric,
                              const struct viz_contrast_row *row)
{
    return viz_comparison_in_percent(metric) && row->a > 0 ? 100 / row->a : NAN;
}

bool viz_comparison_limit_given(const struct viz_comparison *comparison,
                                const struct viz_comparison_metric *metric)
{
    const struct viz_contrast_row *row = metric->contrast.row;
    double part = comparison->params.limit_percent / 100;
    double usual = part * fabs(row[VIZ_STATISTIC_MEDIAN].a);
    if (usual == 0)
        usual = part * fabs(row[VIZ_STATISTIC_MEAN].a);
    return isfinite(usual) && fabs(row->limit - usual) > 1e-9 * usual;
}

struct viz_figure viz_comparison_limit(const struct viz_comparison *comparison,
                                       const struct viz_comparison_metric *metric,
                                       const struct viz_contrast_row *row)
{
    struct viz_figure out;
    if (viz_comparison_in_percent(metric) &&
        !viz_comparison_limit_given(comparison, metric))
        snprintf(out.text, sizeof(out.text), "%.40s %%",
                 viz_figure_plain(comparison->params.limit_percent).text);
    else
        snprintf(out.text, sizeof(out.text), "%.25s%s%.20s", plain(row->limit, 3).text,
                 blank_before(metric->unit), viz_comparison_unit(metric->unit));
    return out;
}

/* Half of the reported interval in the unit of delta times @scale; without one, a
 * twentieth of delta, so that it has three digits. */
static double half_width(const struct viz_contrast_row *row, double scale)
{
    double half = (row->high - row->low) / 2;
    return scale * (isfinite(half) && half > 0 ? half : fabs(row->b - row->a) / 20);
}

static void put_interval(char *out, size_t size, const struct viz_contrast_row *row,
                         const char *unit, double percent, double low, double high)
{
    double scale = isfinite(percent) ? percent : 1;
    const char *of = isfinite(percent) ? "%" : viz_comparison_unit(unit);
    unsigned decimals = viz_figure_decimals(half_width(row, scale));
    if (!isfinite(low) || !isfinite(high)) {
        snprintf(out, size, DASH);
        return;
    }
    snprintf(out, size, "%s to %s%s%s",
             viz_figure_fixed(scale * low, decimals, true).text,
             viz_figure_fixed(scale * high, decimals, true).text, blank_before(of), of);
}

static void put_difference(char *out, size_t size, const struct viz_contrast_row *row,
                           const char *unit, double percent)
{
    double delta = row->b - row->a, scale = isfinite(percent) ? percent : 1;
    const char *of = isfinite(percent) ? "%" : viz_comparison_unit(unit);
    unsigned decimals = viz_figure_decimals(half_width(row, scale));
    if (!isfinite(delta))
        snprintf(out, size, DASH);
    else if (delta == 0)
        snprintf(out, size, "0%s%s", blank_before(of), of);
    else
        snprintf(out, size, "%s%s%s",
                 viz_figure_fixed(scale * delta, decimals, true).text, blank_before(of),
                 of);
}

void viz_metric_interval(char *out, size_t size,
                         const struct viz_comparison_metric *metric,
                         const struct viz_contrast_row *row, double low, double high)
{
    put_interval(out, size, row, metric->unit, viz_comparison_percent(metric, row), low,
                 high);
}

void viz_metric_difference(char *out, size_t size,
                           const struct viz_comparison_metric *metric,
                           const struct viz_contrast_row *row)
{
    put_difference(out, size, row, metric->unit, viz_comparison_percent(metric, row));
}

void viz_comparison_interval(char *out, size_t size, const struct viz_contrast_row *row,
                             const char *unit, double low, double high)
{
    put_interval(out, size, row, unit, has_ratio(row) ? 100 / row->a : NAN, low, high);
}

void viz_comparison_difference(char *out, size_t size,
                               const struct viz_contrast_row *row, const char *unit)
{
    put_difference(out, size, row, unit, has_ratio(row) ? 100 / row->a : NAN);
}

void viz_comparison_size(char *out, size_t size, const struct viz_contrast_row *row,
                         const char *unit)
{
    const char *of = viz_comparison_unit(unit);
    unsigned decimals = viz_figure_decimals(half_width(row, 1));
    snprintf(out, size, "%s%s%s",
             viz_figure_fixed(fabs(row->b - row->a), decimals, false).text,
             blank_before(of), of);
}

void viz_comparison_value(char *out, size_t size, double value, const char *unit,
                          bool sign)
{
    if (!isfinite(value))
        snprintf(out, size, DASH);
    else
        snprintf(out, size, "%s%s%s", viz_figure_digits(value, sign ? 3 : 4, sign).text,
                 blank_before(unit), unit);
}

/* ---- a row ---- */

bool viz_comparison_why(const struct viz_comparison_metric *metric,
                        enum viz_statistic statistic, char *out, size_t size)
{
    const struct viz_contrast_row *row = &metric->contrast.row[statistic];
    const char *name = viz_statistic_name(statistic);
    switch (row->why) {
    case VIZ_WHY_SHOWN:
        return false;
    case VIZ_WHY_NO_VALUES:
        snprintf(out, size, "%s: no values", name);
        break;
    case VIZ_WHY_TOO_FEW:
        snprintf(out, size, "%s: n too small (needs %s effective, has %s)", name,
                 viz_figure_fixed(ceil(row->needs), 0, false).text,
                 viz_figure_fixed(floor(row->has), 0, false).text);
        break;
    case VIZ_WHY_FEW_VALUES:
        snprintf(out, size, "%s: no test (needs %s effective, has %s)", name,
                 viz_figure_fixed(ceil(row->needs), 0, false).text,
                 viz_figure_fixed(floor(row->has), 0, false).text);
        break;
    case VIZ_WHY_CONSTANT:
        snprintf(out, size, "%s: no variation to test against", name);
        break;
    case VIZ_WHY_TIED:
        snprintf(out, size, "%s: too many values are equal for an interval", name);
        break;
    }
    return true;
}

int viz_comparison_rows(const struct viz_comparison_metric *metric)
{
    const struct viz_contrast_row *row = metric->contrast.row;
    for (int i = 1; i < VIZ_STATISTIC_COUNT; i++)
        if (row[i].why != row[0].why || (row[i].a != row[0].a && isfinite(row[i].a)) ||
            (row[i].b != row[0].b && isfinite(row[i].b)))
            return VIZ_STATISTIC_COUNT;
    return row->why == VIZ_WHY_NO_VALUES || row->why == VIZ_WHY_CONSTANT
               ? 1
               : VIZ_STATISTIC_COUNT;
}

/* As many decimals as tell A from B, and no more than seven digits. */
static struct viz_figure value_of(const struct viz_contrast_row *row, double value)
{
    unsigned decimals = viz_figure_decimals(half_width(row, 1));
    double largest = fmax(fabs(row->a), fabs(row->b));
    int whole = largest >= 1 ? (int)floor(log10(largest)) + 1 : 1;
    if (row->a == row->b && !(row->high > row->low))
        return viz_figure_digits(value, 4, false);
    if (whole + (int)decimals > 7)
        decimals = whole < 7 ? (unsigned)(7 - whole) : 0;
    return viz_figure_fixed(value, decimals, false);
}

static const char *verdict_of(const struct viz_contrast_row *row)
{
    static const char *const why[] = {
        [VIZ_WHY_NO_VALUES] = "no values",
        [VIZ_WHY_TOO_FEW] = "n too small",
        [VIZ_WHY_FEW_VALUES] = "n too small",
        [VIZ_WHY_CONSTANT] = "constant",
        [VIZ_WHY_TIED] = "tied",
    };
    return row->why == VIZ_WHY_SHOWN ? viz_verdict_name(row->verdict) : why[row->why];
}

void viz_comparison_cells(const struct viz_comparison_metric *metric,
                          enum viz_statistic statistic,
                          struct viz_comparison_cells *out)
{
    const struct viz_contrast_row *row = &metric->contrast.row[statistic];
    bool known = row->why != VIZ_WHY_TOO_FEW && row->why != VIZ_WHY_NO_VALUES;
    *out = (struct viz_comparison_cells){DASH, DASH, DASH, DASH, DASH, ""};
    snprintf(out->verdict, sizeof(out->verdict), "%s", verdict_of(row));
    if (!known)
        return;
    snprintf(out->a, sizeof(out->a), "%s", value_of(row, row->a).text);
    snprintf(out->b, sizeof(out->b), "%s", value_of(row, row->b).text);
    viz_metric_difference(out->difference, sizeof(out->difference), metric, row);
    if (row->why != VIZ_WHY_SHOWN)
        return;
    viz_metric_interval(out->interval, sizeof(out->interval), metric, row, row->low,
                        row->high);
    double p = isfinite(row->p_adjusted) ? row->p_adjusted : row->test.p;
    snprintf(out->p, sizeof(out->p), "%s", viz_figure_p(p).text);
}

/* ---- sides ---- */

uint64_t viz_comparison_samples(const struct viz_comparison_side *side)
{
    uint64_t samples = 0;
    for (uint32_t i = 0; i < side->runs; i++)
        samples += side->run[i]->run.samples;
    return samples;
}

/* The rows of the stream of the run's metric @at, or 0 where it has been counted. */
static uint64_t rows_of(const struct viz_comparison_side *side, uint32_t at)
{
    const struct viz_run_series *first = side->run[0];
    const char *stream = first->metric[at].stream;
    uint64_t rows = 0;
    for (uint32_t i = 0; i < at; i++)
        if (!strcmp(first->metric[i].stream, stream))
            return 0;
    for (uint32_t i = 0; i < side->runs; i++)
        for (uint32_t k = 0; k < side->run[i]->metrics; k++)
            if (!strcmp(side->run[i]->metric[k].stream, stream)) {
                rows += side->run[i]->metric[k].rows;
                break;
            }
    return rows;
}

/* "240 frames", "1 interval", "600 of imu". */
static void put_stream(char *out, size_t size, uint64_t rows, const char *stream)
{
    bool plural = !strcmp(stream, "frames") || !strcmp(stream, "intervals");
    int length = (int)strlen(stream) - (plural && rows == 1);
    snprintf(out, size, ", %" PRIu64 " %s%.*s", rows, plural ? "" : "of ", length,
             stream);
}

void viz_comparison_extent(const struct viz_comparison_side *side, char *out,
                           size_t size)
{
    uint64_t samples = viz_comparison_samples(side);
    char parts[MOST_STREAMS * 96] = "";
    uint32_t streams = 0, metrics = side->runs ? side->run[0]->metrics : 0;
    for (uint32_t i = 0; i < metrics; i++) {
        uint64_t rows = rows_of(side, i);
        size_t used = strlen(parts);
        if (rows && streams++ < MOST_STREAMS)
            put_stream(parts + used, sizeof(parts) - used, rows,
                       side->run[0]->metric[i].stream);
    }
    snprintf(out, size, "%" PRIu32 " run%s", side->runs, side->runs == 1 ? "" : "s");
    size_t used = strlen(out);
    if (streams > 1 && streams <= MOST_STREAMS)
        snprintf(out + used, size - used, "%s", parts);
    else
        snprintf(out + used, size - used, ", %" PRIu64 " sample%s", samples,
                 samples == 1 ? "" : "s");
}

/* "17 old, 18 new", or what was said where that is more than ids; cut where nobody would
 * see it. */
static void name_side(const struct viz_comparison_side *side, char *out, size_t size)
{
    size_t used = 0;
    if (side->label[strspn(side->label, "0123456789, ")]) {
        viz_text_visible(out, size, side->label);
        return;
    }
    *out = '\0';
    for (uint32_t i = 0; i < side->runs && used < LABEL_WIDTH; i++) {
        const struct viz_run *run = &side->run[i]->run;
        char name[256];
        viz_text_visible(name, sizeof(name), run->name ? run->name : "");
        used += (size_t)snprintf(out + used, size - used, "%s%" PRId64 "%s%s",
                                 i ? ", " : "", run->id, *name ? " " : "", name);
    }
}

void viz_comparison_label(const struct viz_comparison_side *side, bool count, char *out,
                          size_t size)
{
    char whole[1024];
    name_side(side, whole, sizeof(whole));
    if (viz_text_width(whole) <= LABEL_WIDTH) {
        snprintf(out, size, "%s", whole);
        return;
    }
    size_t length = viz_text_fit(whole, LABEL_WIDTH - 12);
    for (size_t at = length; at > 0; at--)
        if (whole[at - 1] == ',') {
            length = at;
            break;
        }
    snprintf(out, size, "%.*s…", (int)length, whole);
    size_t used = strlen(out);
    if (count && used < size)
        snprintf(out + used, size - used, " (%" PRIu32 " run%s)", side->runs,
                 side->runs == 1 ? "" : "s");
}

void viz_comparison_title(const struct viz_comparison *comparison, char *out,
                          size_t size)
{
    static const char *const titles[] = {
        [VIZ_VERDICT_NOT_SHOWN] = "No difference is shown, nor is equality",
        [VIZ_VERDICT_EQUIVALENT] = "B is equivalent to A",
        [VIZ_VERDICT_BETTER] = "B is better than A",
        [VIZ_VERDICT_WORSE] = "B is worse than A",
        [VIZ_VERDICT_DIFFERENT] = "B is different from A",
    };
    bool single = comparison->side[0].runs == 1 && comparison->side[1].runs == 1;
    snprintf(out, size, "%s%s",
             viz_comparison_is_mixed(comparison) ? "B is worse than A, and better too"
                                                 : titles[comparison->verdict],
             single ? " (1 run a side)" : "");
}

const char *viz_better_name(enum viz_better better)
{
    static const char *const names[] = {
        [VIZ_BETTER_NEITHER] = "neither is better",
        [VIZ_BETTER_LOWER] = "lower is better",
        [VIZ_BETTER_HIGHER] = "higher is better",
    };
    return names[better];
}
