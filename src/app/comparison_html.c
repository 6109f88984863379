/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "comparison_report.h"

#include <viz/alloc.h>
#include <viz/error.h>
#include <viz/moment.h>
#include <viz/run_summary.h>
#include <viz/text.h>

#include <ctype.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- text ---- */

static void put_escaped(FILE *out, const char *text, bool figures)
{
    size_t size = strlen(text) + 1;
    char *line = viz_zalloc(size);
    viz_text_visible(line, size, text);
    for (const char *at = line; *at; at++) {
        bool first = at == line || at[-1] == ' ' || at[-1] == '(';
        switch (*at) {
        case '&':
            fputs("&amp;", out);
            break;
        case '<':
            fputs("&lt;", out);
            break;
        case '>':
            fputs("&gt;", out);
            break;
        case '"':
            fputs("&quot;", out);
            break;
        case '\'':
            fputs("&#39;", out);
            break;
        case '-':
            fputs(figures && first && isdigit((unsigned char)at[1]) ? "−" : "-", out);
            break;
        case ' ': /* a number stays with its unit */
            fputs(figures && at > line && isdigit((unsigned char)at[-1]) &&
                          (at[1] == '%' || at[1] & 0x80)
                      ? "&nbsp;"
                      : " ",
                  out);
            break;
        default:
            fputc(*at, out);
        }
    }
    free(line);
}

void viz_html_text(FILE *out, const char *text)
{
    put_escaped(out, text, false);
}

void viz_html_figures(FILE *out, const char *text)
{
    put_escaped(out, text, true);
}

const char *viz_html_class(enum viz_verdict verdict)
{
    static const char *const names[] = {
        [VIZ_VERDICT_NOT_SHOWN] = "unknown",   [VIZ_VERDICT_EQUIVALENT] = "same",
        [VIZ_VERDICT_BETTER] = "better",       [VIZ_VERDICT_WORSE] = "worse",
        [VIZ_VERDICT_DIFFERENT] = "different",
    };
    return names[verdict];
}

/* <element class="...">text</element>. */
static void put_element(FILE *out, const char *element, const char *kind,
                        const char *text)
{
    fprintf(out, "<%s", element);
    if (*kind)
        fprintf(out, " class=\"%s\"", kind);
    fputc('>', out);
    viz_html_figures(out, text);
    fprintf(out, "</%s>", element);
}

static void put_item(void *context, const char *text)
{
    put_element(context, "li", "", text);
    fputc('\n', context);
}

/* ---- head ---- */

static const char style[] =
    ":root{color-scheme:light dark;--paper:#fbfbfa;--card:#fff;--ink:#1b1f24;"
    "--soft:#59636e;--line:#dfe3e8;--grid:#e4e8ec;--band:#e6ebf1;--a:#6b7785;--b:#"
    "1f6feb;"
    "--worse:#b3261e;--better:#137547;--same:#3f4b59;--unknown:#7a5b00;"
    "--different:#6f42c1}\n"
    "@media(prefers-color-scheme:dark){:root{--paper:#111418;--card:#191d23;"
    "--ink:#e8eaed;--soft:#9aa4b0;--line:#30363d;--grid:#252b33;--band:#2a313b;"
    "--a:#a3adb9;--b:#6cb0ff;--worse:#ff8a80;--better:#66d19e;--same:#c3ccd6;"
    "--unknown:#e3bf5d;--different:#c8a6ff}}\n"
    "*{box-sizing:border-box}\n"
    "body{margin:0 auto;max-width:1160px;padding:40px 32px "
    "64px;background:var(--paper);"
    "color:var(--ink);font:15px/1.5 system-ui,\"Segoe UI\",Roboto,\"Helvetica Neue\","
    "Arial,sans-serif;font-variant-numeric:tabular-nums;overflow-wrap:anywhere}\n"
    "h1{font-size:38px;line-height:1.15;letter-spacing:-.02em;margin:4px 0 12px;"
    "font-weight:650}\n"
    "h2{font-size:20px;letter-spacing:-.01em;margin:48px 0 4px;font-weight:650}\n"
    "h3{font-size:15px;margin:0;font-weight:650}\n"
    "p{margin:0 0 12px}.soft,.under{color:var(--soft)}.under{font-size:13.5px;"
    "max-width:80ch;margin-bottom:16px}\n"
    ".over{color:var(--soft);font-size:13px;letter-spacing:.06em;"
    "text-transform:uppercase;margin:0}\n"
    ".lead{font-size:18px;line-height:1.5;max-width:75ch}\n"
    ".worse{--c:var(--worse)}.better{--c:var(--better)}.same{--c:var(--same)}"
    ".unknown{--c:var(--unknown)}.different{--c:var(--different)}\n"
    "h1,.big,.tone{color:var(--c,inherit)}\n"
    ".badge{display:inline-block;color:var(--c);border:1px solid var(--c);"
    "border-radius:99px;padding:0 9px;font-size:12.5px;line-height:20px;"
    "font-weight:600;white-space:nowrap}\n"
    ".sides{display:grid;grid-template-columns:1fr 1fr;gap:14px;margin-top:22px}\n"
    ".card{background:var(--card);border:1px solid var(--line);border-radius:10px;"
    "padding:14px 16px}\n"
    ".side{display:flex;gap:12px;align-items:baseline}.side b{font-size:16px}\n"
    ".key{flex:none;display:inline-grid;place-items:center;width:22px;height:22px;"
    "border-radius:6px;color:var(--card);background:var(--k);font-size:13px;"
    "font-weight:700}.ka{--k:var(--a)}.kb{--k:var(--b)}\n"
    ".side p,.metrics p{margin:2px 0 0;font-size:13.5px;color:var(--soft)}\n"
    ".notes{border-left:4px solid var(--unknown);background:var(--card);margin:22px 0 "
    "0;"
    "padding:10px 16px 10px 34px;border-radius:0 10px 10px 0}\n"
    ".metrics{display:grid;grid-template-columns:repeat(auto-fill,minmax(300px,1fr));"
    "gap:14px;margin-top:14px}\n"
    ".metrics .top{display:flex;justify-content:space-between;gap:10px;"
    "align-items:baseline}\n"
    ".big{font-size:27px;line-height:1.25;font-weight:650;letter-spacing:-.01em;"
    "margin-top:6px}.big small{font-size:13.5px;font-weight:400;letter-spacing:0;"
    "color:var(--soft);white-space:nowrap}\n"
    "svg{display:block;width:100%;overflow:visible}text{fill:var(--soft);"
    "font-size:12px}\n"
    ".forest{padding:16px 18px 12px}.forest h3{margin:14px 0 2px}"
    ".forest .row:first-child+h3{margin-top:2px}\n"
    ".row{display:grid;grid-template-columns:64px minmax(0,1fr) 232px;"
    "column-gap:18px;align-items:center;font-size:13.5px;min-height:26px}\n"
    ".row>:first-child{color:var(--soft)}.row .value{display:flex;gap:10px;"
    "justify-content:space-between}.row .none{color:var(--soft)}\n"
    ".grid{stroke:var(--grid)}.zero{stroke:var(--soft)}.band{fill:var(--band)}"
    ".whisker{stroke:var(--c);stroke-width:2}.dot,.arrow{fill:var(--c)}\n"
    ".wide{overflow-x:auto}table{border-collapse:collapse;width:100%;font-size:13.5px}"
    "\n"
    "th,td{padding:5px 10px;text-align:right;white-space:nowrap;"
    "border-bottom:1px solid var(--grid)}\n"
    "th{color:var(--soft);font-weight:500}th:first-child,td:first-child,.left{"
    "text-align:left}td.left.text{white-space:normal;min-width:9em}\n"
    "tbody th{color:var(--ink);font-weight:650;padding-top:14px}tbody th .soft{"
    "font-weight:400}td.tone{font-weight:600}.wide.card{padding:6px 8px}\n"
    ".plots{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,460px),"
    "1fr));gap:14px}figure{margin:0}figcaption{display:flex;"
    "justify-content:space-between;gap:10px;margin-bottom:8px}\n"
    ".frame{display:grid;grid-template-columns:44px minmax(0,1fr);column-gap:8px}\n"
    ".frame .y{position:relative;font-size:12px;color:var(--soft)}.frame .y span{"
    "position:absolute;right:0;transform:translateY(-50%)}\n"
    ".curves{height:200px;overflow:hidden}.curves path{fill:none;"
    "vector-effect:non-scaling-stroke}.pool{stroke-width:2.2}.one{stroke-width:1;"
    "opacity:.28}.sa{stroke:var(--a)}.sb{stroke:var(--b)}.fa{fill:var(--a)}"
    ".fb{fill:var(--b)}\n"
    ".curves line{stroke:var(--grid);vector-effect:non-scaling-stroke}\n"
    ".strip{margin-top:14px}.strip circle{fill-opacity:.55;stroke:var(--card)}"
    ".label{font-size:12px;color:var(--soft);align-self:center;text-align:right}\n"
    "details{margin-top:10px}summary{cursor:pointer;font-weight:600}"
    "details ul,.defs{color:var(--soft);font-size:13.5px}ul{margin:8px 0;"
    "padding-left:20px}\n"
    "@media(max-width:800px){body{padding:24px 18px 48px}h1{font-size:31px}"
    ".row{grid-template-columns:56px minmax(0,1fr) 168px;column-gap:12px}"
    ".sides{grid-template-columns:1fr}th,td{padding:4px 6px}table{font-size:12.5px}}\n"
    "@media print{body{max-width:none;padding:0}.card{break-inside:avoid}}\n";

static void put_head(FILE *out, const struct viz_comparison *comparison)
{
    char title[96];
    fputs("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
          "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n"
          "<meta name=\"generator\" content=\"viz compare\">\n<title>",
          out);
    for (int side = 0; side < 2; side++) {
        char label[VIZ_LABEL];
        viz_comparison_label(&comparison->side[side], true, label, sizeof(label));
        fputs(side ? " and " : "", out);
        viz_html_text(out, label);
    }
    viz_comparison_title(comparison, title, sizeof(title));
    fprintf(out, ": %s</title>\n<style>\n%s</style>\n</head>\n", title, style);
}

/* What all runs of a side have in common; "": it differs, or is not known. */
static const char *common(const struct viz_comparison_side *side, bool firmware)
{
    const char *first = "";
    for (uint32_t i = 0; i < side->runs; i++) {
        const struct viz_run *run = &side->run[i]->run;
        const char *own = firmware ? run->firmware : run->host;
        if (i && strcmp(first, own ? own : ""))
            return "";
        first = own ? own : "";
    }
    return first;
}

static void put_side(FILE *out, const struct viz_comparison *comparison, int i)
{
    const struct viz_comparison_side *side = &comparison->side[i];
    char text[512], hosts[256], label[VIZ_LABEL];
    const char *host = common(side, false), *firmware = common(side, true);
    fprintf(out, "<div class=\"card side\"><span class=\"key %s\">%s</span><div><b>",
            i ? "kb" : "ka", i ? "B" : "A");
    viz_comparison_label(side, false, label, sizeof(label));
    viz_html_text(out, label);
    viz_comparison_extent(side, text, sizeof(text));
    fputs("</b>", out);
    put_element(out, "p", "", text);
    snprintf(hosts, sizeof(hosts), "%s", host);
    if (*host || *firmware) {
        snprintf(text, sizeof(text), "%s%s%s%s", hosts, *host && *firmware ? ", " : "",
                 *firmware ? "firmware " : "", firmware);
        put_element(out, "p", "", text);
    }
    fputs("</div></div>\n", out);
}

static void put_notes(FILE *out, const struct viz_comparison *comparison)
{
    uint32_t most = VIZ_COMPARISON_MOST_NOTES;
    fputs(comparison->notes ? "<ul class=\"notes\">\n" : "", out);
    for (uint32_t i = 0; i < comparison->notes; i++) {
        if (i == most)
            fprintf(out,
                    "</ul>\n<details><summary>%" PRIu32 " more remarks</summary>\n"
                    "<ul class=\"notes\">\n",
                    comparison->notes - most);
        put_item(out, comparison->note[i]);
    }
    fputs(comparison->notes ? "</ul>\n" : "", out);
    fputs(comparison->notes > most ? "</details>\n" : "", out);
}

static void put_verdict(FILE *out, const struct viz_comparison *comparison)
{
    char title[96];
    viz_comparison_title(comparison, title, sizeof(title));
    fputs("<header>\n<p class=\"over\">viz compare</p>\n", out);
    put_element(out, "h1", viz_html_class(comparison->verdict), title);
    fputc('\n', out);
    fputs("<p class=\"lead\">", out);
    viz_html_figures(out, comparison->sentence);
    fputs(".</p>\n<div class=\"sides\">\n", out);
    put_side(out, comparison, 0);
    put_side(out, comparison, 1);
    fputs("</div>\n", out);
    put_notes(out, comparison);
    fputs("</header>\n", out);
}

/* ---- metrics ---- */

static void put_badge(FILE *out, const struct viz_comparison_metric *metric)
{
    fprintf(out, "<span class=\"badge %s\">%s</span>", viz_html_class(metric->verdict),
            viz_verdict_name(metric->verdict));
}

static void put_card(FILE *out, const struct viz_comparison_metric *metric)
{
    struct viz_comparison_cells cells;
    viz_comparison_cells(metric, metric->headline, &cells);
    fputs("<div class=\"card\"><div class=\"top\"><h3>", out);
    viz_html_text(out, metric->name);
    fputs("</h3>", out);
    put_badge(out, metric);
    fprintf(out, "</div><div class=\"big %s\">", viz_html_class(metric->verdict));
    viz_html_figures(out, cells.difference);
    fputs(" <small>", out);
    if (metric->headline != VIZ_STATISTIC_MEAN)
        fprintf(out, "%s ", viz_statistic_name(metric->headline));
    if (metric->contrast.row[metric->headline].why == VIZ_WHY_SHOWN)
        viz_html_figures(out, cells.interval);
    fputs("</small></div>", out);
    put_element(out, "p", "", metric->sentence);
    fputs("</div>\n", out);
}

static void put_cards(FILE *out, const struct viz_comparison *comparison)
{
    fputs("<section>\n<h2>Metrics</h2>\n", out);
    fprintf(
        out,
        "<p class=\"under\">The difference of the mean, B − A, and its %s interval. "
        "Where the mean has no test, of the statistic that is named.</p>\n"
        "<div class=\"metrics\">\n",
        viz_figure_confidence(comparison->params.alpha).text);
    for (uint32_t i = 0; i < comparison->metrics; i++)
        put_card(out, &comparison->metric[i]);
    fputs("</div>\n</section>\n", out);
}

static void put_row(FILE *out, const struct viz_comparison_metric *metric,
                    enum viz_statistic statistic)
{
    struct viz_comparison_cells cells;
    const struct viz_contrast_row *row = &metric->contrast.row[statistic];
    char why[128];
    viz_comparison_cells(metric, statistic, &cells);
    fprintf(out, "<tr><td>%s</td>", viz_statistic_name(statistic));
    put_element(out, "td", "", cells.a);
    put_element(out, "td", "", cells.b);
    put_element(out, "td", "", cells.difference);
    put_element(out, "td", "", cells.interval);
    put_element(out, "td", "", cells.p);
    if (viz_comparison_why(metric, statistic, why, sizeof(why))) {
        fputs("<td class=\"left soft text\">", out);
        viz_html_figures(out, strchr(why, ':') ? strchr(why, ':') + 2 : why);
        fputs("</td></tr>\n", out);
        return;
    }
    fprintf(out, "<td class=\"left tone %s\">%s</td></tr>\n",
            viz_html_class(row->verdict), viz_verdict_name(row->verdict));
}

static void put_table(FILE *out, const struct viz_comparison *comparison)
{
    fprintf(out,
            "<section>\n<h2>All statistics</h2>\n<p class=\"under\">p is adjusted for "
            "%" PRIu32
            " tests.</p>\n<div class=\"card wide\"><table>\n<thead><tr><th></th>"
            "<th>A</th><th>B</th><th>B − A</th><th>%s interval</th><th>p</th>"
            "<th class=\"left\">verdict</th></tr></thead>\n",
            comparison->tests, viz_figure_confidence(comparison->params.alpha).text);
    for (uint32_t i = 0; i < comparison->metrics; i++) {
        const struct viz_comparison_metric *metric = &comparison->metric[i];
        fputs("<tbody><tr><th colspan=\"7\">", out);
        viz_html_text(out, metric->name);
        fputs(" <span class=\"soft\">", out);
        viz_html_text(out, metric->unit);
        fprintf(out, "%s%s", *metric->unit ? ", " : "",
                viz_better_name(metric->better));
        fputs("</span></th></tr>\n", out);
        for (int s = 0; s < viz_comparison_rows(metric); s++)
            if (!viz_comparison_is_lacking(metric, (enum viz_statistic)s))
                put_row(out, metric, (enum viz_statistic)s);
        fputs("</tbody>\n", out);
    }
    fputs("</table></div>\n<ul class=\"defs\">\n", out);
    viz_comparison_lacking(comparison, put_item, out);
    fputs("</ul>\n</section>\n", out);
}

static void put_pictures(FILE *out, const struct viz_comparison *comparison)
{
    fputs("<section>\n<h2>Distributions</h2>\n<p class=\"under\">Share of values at or "
          "below. Strong: all runs of a side; faint: each run. "
          "<span class=\"key ka\">A</span> <span class=\"key kb\">B</span></p>\n"
          "<div class=\"plots\">\n",
          out);
    for (uint32_t i = 0; i < comparison->metrics; i++)
        viz_comparison_ecdf(comparison, &comparison->metric[i], out);
    fputs("</div>\n</section>\n", out);
}

/* ---- runs ---- */

static void put_run(FILE *out, const struct viz_run_series *series, int side)
{
    const struct viz_run *run = &series->run;
    char text[64];
    fprintf(out, "<tr><td><span class=\"key %s\">%s</span> %" PRId64 "</td>",
            side ? "kb" : "ka", side ? "B" : "A", run->id);
    put_element(out, "td", "left text", run->name);
    viz_moment_utc(text, sizeof(text), run->started_ns);
    put_element(out, "td", "left", run->started_ns ? text : "–");
    put_element(out, "td", "", viz_figure_digits(series->duration_s, 4, false).text);
    put_element(out, "td", "", viz_figure_fixed((double)run->samples, 0, false).text);
    put_element(out, "td", "left text", run->host);
    put_element(out, "td", "left text", run->firmware);
    put_element(out, "td", "left", viz_run_state_name(run->state));
    put_element(out, "td", "left text", run->tags);
    fputs("</tr>\n", out);
}

static struct viz_figure figure_of(const struct viz_estimate *estimate,
                                   enum viz_statistic statistic)
{
    const struct viz_estimate_of *of = &estimate->of[statistic];
    bool known = statistic == VIZ_STATISTIC_MEAN ? estimate->n > 0 : of->enough;
    return viz_figure_digits(known ? of->value : NAN, 5, false);
}

static void put_estimate(FILE *out, const struct viz_estimate *estimate, int64_t run,
                         int side)
{
    double n = (double)estimate->n;
    char outliers[64];
    fprintf(out, "<tr><td><span class=\"key %s\">%s</span> %" PRId64 "</td>",
            side ? "kb" : "ka", side ? "B" : "A", run);
    put_element(out, "td", "", viz_figure_fixed(n, 0, false).text);
    put_element(
        out, "td", "",
        viz_figure_digits(n > 0 ? floor(estimate->effective.n_eff) : NAN, 4, false)
            .text);
    put_element(
        out, "td", "",
        viz_figure_digits(n > 0 ? estimate->effective.tau : NAN, 3, false).text);
    put_element(out, "td", "", figure_of(estimate, VIZ_STATISTIC_MEAN).text);
    put_element(out, "td", "",
                viz_figure_digits(n > 0 ? estimate->sd : NAN, 3, false).text);
    for (int s = VIZ_STATISTIC_MEDIAN; s < VIZ_STATISTIC_COUNT; s++)
        put_element(out, "td", "", figure_of(estimate, (enum viz_statistic)s).text);
    snprintf(outliers, sizeof(outliers), "%zu",
             estimate->outliers.mild + estimate->outliers.extreme);
    put_element(out, "td", "", outliers);
    put_element(out, "td", "left",
                !viz_estimate_judges(estimate) ? "–"
                : estimate->steadiness.steady  ? "yes"
                                               : "no");
    fputs("</tr>\n", out);
}

static void put_estimates(FILE *out, const struct viz_comparison *comparison,
                          const struct viz_comparison_metric *metric)
{
    fputs("<details><summary>", out);
    viz_html_text(out, metric->name);
    fputs("</summary>\n<ul>\n", out);
    viz_comparison_remarks(metric, put_item, out);
    viz_comparison_details(comparison, metric, put_item, out);
    fputs("</ul>\n<div class=\"card wide\"><table><thead><tr><th>run</th><th>n</th>"
          "<th>n eff.</th><th>tau</th><th>mean</th><th>sd</th><th>median</th>"
          "<th>p95</th><th>p99</th><th>outliers</th><th class=\"left\">steady</th></tr>"
          "</thead><tbody>\n",
          out);
    for (int side = 0; side < 2; side++)
        for (uint32_t i = 0; i < comparison->side[side].runs; i++)
            put_estimate(out, &(side ? metric->estimate_b : metric->estimate_a)[i],
                         comparison->side[side].run[i]->run.id, side);
    fputs("</tbody></table></div></details>\n", out);
}

static void put_runs(FILE *out, const struct viz_comparison *comparison)
{
    fputs("<section>\n<h2>Runs</h2>\n<div class=\"card wide\"><table><thead><tr>"
          "<th>run</th><th class=\"left\">name</th><th class=\"left\">started</th>"
          "<th>seconds</th><th>samples</th><th class=\"left\">host</th>"
          "<th class=\"left\">firmware</th><th class=\"left\">state</th>"
          "<th class=\"left\">tags</th></tr></thead><tbody>\n",
          out);
    for (int side = 0; side < 2; side++)
        for (uint32_t i = 0; i < comparison->side[side].runs; i++)
            put_run(out, comparison->side[side].run[i], side);
    fputs("</tbody></table></div>\n</section>\n<section>\n<h2>Further figures</h2>\n"
          "<p class=\"under\">Of each metric, and of each run.</p>\n",
          out);
    for (uint32_t i = 0; i < comparison->metrics; i++)
        put_estimates(out, comparison, &comparison->metric[i]);
    fputs("</section>\n", out);
}

char *viz_comparison_html(const struct viz_comparison *comparison)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    viz_assert(out);
    put_head(out, comparison);
    fputs("<body>\n", out);
    put_verdict(out, comparison);
    put_cards(out, comparison);
    viz_comparison_forest(comparison, out);
    put_table(out, comparison);
    put_pictures(out, comparison);
    put_runs(out, comparison);
    fputs("<section>\n<h2>How this was computed</h2>\n<ul class=\"defs\">\n", out);
    viz_comparison_definitions(comparison, put_item, out);
    fputs("</ul>\n</section>\n</body>\n</html>\n", out);
    viz_assert(!fclose(out));
    return text;
}
