/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "comparison_report.h"

#include <viz/table.h>
#include <viz/text.h>

#include <math.h>
#include <stdarg.h>
#include <string.h>

#define STANDARD_WIDTH 100
#define LEAST_WIDTH 40
#define TABLE_WIDTH 60 /* narrower: lines instead of a table */
#define NAME_LEAST 8   /* columns that names are cut to */
#define P_WIDTH 86     /* narrower: a table without p */
#define LINE 4096

struct page {
    void (*line)(void *context, const char *text);
    void *context;
    uint32_t width;
    bool ascii, details;
    const char *first, *next; /* indents of what is wrapped */
};

/* ---- lines ---- */

static const struct {
    const char *from;
    char to;
} plain[] = {{"µ", 'u'}, {"–", '-'}, {"…", '.'}, {"²", '2'}};

/* As few characters as ASCII has; what has no counterpart is "?". */
static void to_ascii(char *text)
{
    char *out = text;
    while (*text) {
        size_t i = 0, known = sizeof(plain) / sizeof(plain[0]);
        while (i < known && strncmp(text, plain[i].from, strlen(plain[i].from)))
            i++;
        if (i < known) {
            *out++ = plain[i].to;
            text += strlen(plain[i].from);
        } else if ((unsigned char)*text < 0x80) {
            *out++ = *text++;
        } else {
            *out++ = '?';
            for (text++; ((unsigned char)*text & 0xc0) == 0x80; text++)
                ;
        }
    }
    *out = '\0';
}

static void write_line(const struct page *page, const char *raw)
{
    char text[LINE];
    viz_text_visible(text, sizeof(text), raw);
    if (page->ascii)
        to_ascii(text);
    page->line(page->context, text);
}

static void pass_line(void *context, const char *text)
{
    write_line(context, text);
}

/* The blank at @at stands between a number and its unit. */
static bool is_unit(const char *text, size_t at)
{
    return strchr("0123456789", text[at - 1]) &&
           (text[at + 1] & 0x80 || text[at + 1] == '%');
}

/* Bytes of @text that fit into @columns, up to a blank where there is one. */
static size_t fitting(const char *text, uint32_t columns)
{
    size_t most = viz_text_fit(text, columns);
    if (!text[most])
        return most;
    size_t at = most;
    while (at > 0 && (text[at] != ' ' || is_unit(text, at)))
        at--;
    return at > 0 ? at : most > 0 ? most : 1;
}

/* A sentence in as many lines as it needs. */
static void put_wrapped(void *context, const char *text)
{
    const struct page *page = context;
    const char *indent = page->first;
    while (*text) {
        char line[LINE];
        size_t length = fitting(text, page->width - viz_text_width(indent));
        snprintf(line, sizeof(line), "%s%.*s", indent, (int)length, text);
        write_line(page, line);
        text += length;
        text += strspn(text, " ");
        indent = page->next;
    }
}

__attribute__((format(printf, 4, 5))) static void
put(struct page *page, const char *first, const char *next, const char *format, ...)
{
    char raw[LINE], text[LINE];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(raw, sizeof(raw), format, arguments);
    va_end(arguments);
    viz_text_visible(text, sizeof(text), raw);
    page->first = first;
    page->next = next;
    put_wrapped(page, text);
}

static void put_blank(const struct page *page)
{
    page->line(page->context, "");
}

/* ---- parts ---- */

static void put_sides(struct page *page, const struct viz_comparison *comparison)
{
    for (int i = 0; i < 2; i++) {
        const struct viz_comparison_side *side = &comparison->side[i];
        char extent[VIZ_EXTENT], label[VIZ_LABEL];
        viz_comparison_extent(side, extent, sizeof(extent));
        viz_comparison_label(side, false, label, sizeof(label));
        put(page, i ? "B  " : "A  ", "   ", "%s: %s", label, extent);
    }
}

static void put_notes(struct page *page, const struct viz_comparison *comparison)
{
    uint32_t most = page->details ? comparison->notes : VIZ_COMPARISON_MOST_NOTES;
    for (uint32_t i = 0; i < comparison->notes && i < most; i++)
        put(page, "! ", "  ", "%s", comparison->note[i]);
    if (comparison->notes > most)
        put(page, "! ", "  ", "and %u more remarks: --details",
            comparison->notes - most);
    if (comparison->notes)
        put_blank(page);
}

static void put_sentences(struct page *page, const struct viz_comparison *comparison)
{
    for (uint32_t i = 0; i < comparison->metrics; i++)
        put(page, "- ", "  ", "%s", comparison->metric[i].sentence);
    put_blank(page);
}

/* Rows that would be all dashes are said in one line for all metrics. */
static bool is_left_out(const struct page *page,
                        const struct viz_comparison_metric *metric, int row)
{
    return !page->details && viz_comparison_is_lacking(metric, (enum viz_statistic)row);
}

static void add_rows(const struct page *page, struct viz_table *table,
                     const struct viz_comparison_metric *metric)
{
    char unit[24];
    int shown = 0;
    snprintf(unit, sizeof(unit), "  %s", metric->unit);
    for (int i = 0; i < viz_comparison_rows(metric); i++) {
        struct viz_comparison_cells cells;
        if (is_left_out(page, metric, i))
            continue;
        viz_comparison_cells(metric, (enum viz_statistic)i, &cells);
        shown++;
        const char *row[] = {shown == 1   ? metric->name
                             : shown == 2 ? unit
                                          : "",
                             viz_statistic_name((enum viz_statistic)i),
                             cells.a,
                             cells.b,
                             cells.difference,
                             cells.interval,
                             page->width < P_WIDTH ? cells.verdict : cells.p,
                             cells.verdict};
        viz_table_row(table, row);
    }
}

/* A line for each row, where a table would be cut to nothing. */
static void put_row_lines(struct page *page, const struct viz_comparison_metric *metric)
{
    for (int i = 0; i < viz_comparison_rows(metric); i++) {
        struct viz_comparison_cells cells;
        if (is_left_out(page, metric, i))
            continue;
        viz_comparison_cells(metric, (enum viz_statistic)i, &cells);
        put(page, "", "  ", "%s %s: A %s, B %s%s%s; %s (%s), %s", metric->name,
            viz_statistic_name((enum viz_statistic)i), cells.a, cells.b,
            *metric->unit ? " " : "", metric->unit, cells.difference, cells.interval,
            cells.verdict);
    }
}

/* By how much names can be cut, the only cells that may be. */
static uint32_t narrowed(const struct viz_comparison *comparison)
{
    uint32_t most = NAME_LEAST;
    for (uint32_t i = 0; i < comparison->metrics; i++) {
        uint32_t width = viz_text_width(comparison->metric[i].name);
        most = width > most ? width : most;
    }
    return most - NAME_LEAST;
}

/* False: not even so does a table fit. */
static bool put_columns(struct page *page, const struct viz_comparison *comparison)
{
    char interval[64];
    snprintf(interval, sizeof(interval), "%s interval",
             viz_figure_confidence(comparison->params.alpha).text);
    const bool with_p = page->width >= P_WIDTH;
    const struct viz_table_column column[] = {
        {"metric", false, NAME_LEAST},
        {"", false, 0},
        {"A", true, 0},
        {"B", true, 0},
        {"B - A", true, 0},
        {interval, true, 0},
        with_p ? (struct viz_table_column){"p", true, 0}
               : (struct viz_table_column){"verdict", false, 0},
        {"verdict", false, 0},
    };
    struct viz_table *table =
        viz_table_create(column, sizeof(column) / sizeof(column[0]) - (with_p ? 0 : 1));
    for (uint32_t i = 0; i < comparison->metrics; i++)
        add_rows(page, table, &comparison->metric[i]);
    bool fits = viz_table_width(table) <= page->width + narrowed(comparison);
    if (fits)
        viz_table_write(table, page->width, 0, pass_line, page);
    viz_table_destroy(table);
    return fits;
}

static void put_table(struct page *page, const struct viz_comparison *comparison)
{
    bool table = page->width >= TABLE_WIDTH && put_columns(page, comparison);
    for (uint32_t i = 0; i < comparison->metrics && !table; i++)
        put_row_lines(page, &comparison->metric[i]);
    page->first = "";
    page->next = "  ";
    if (!page->details)
        viz_comparison_lacking(comparison, put_wrapped, page);
    put_blank(page);
}

static void put_details(struct page *page, const struct viz_comparison *comparison)
{
    for (uint32_t i = 0; i < comparison->metrics; i++) {
        const struct viz_comparison_metric *metric = &comparison->metric[i];
        put(page, "", "  ", "%s (%s)", metric->name, viz_better_name(metric->better));
        page->first = "  ";
        page->next = "    ";
        viz_comparison_remarks(metric, put_wrapped, page);
        viz_comparison_details(comparison, metric, put_wrapped, page);
    }
    put_blank(page);
}

struct paragraph {
    char text[LINE];
    size_t used;
};

static void join(void *context, const char *text)
{
    struct paragraph *out = context;
    int length = snprintf(out->text + out->used, sizeof(out->text) - out->used, "%s%s",
                          out->used ? " " : "", text);
    if (length > 0 && (size_t)length < sizeof(out->text) - out->used)
        out->used += (size_t)length;
}

void viz_comparison_text(const struct viz_comparison *comparison,
                         const struct viz_comparison_text_params *params,
                         void (*line)(void *context, const char *text), void *context)
{
    struct page page = {line, context, params->width, params->ascii, params->details,
                        "",   ""};
    struct paragraph definitions = {{0}, 0};
    if (!page.width || page.width > STANDARD_WIDTH)
        page.width = STANDARD_WIDTH;
    if (page.width < LEAST_WIDTH)
        page.width = LEAST_WIDTH;
    put_sides(&page, comparison);
    put_blank(&page);
    put(&page, "", "", "%s.", comparison->sentence);
    put_blank(&page);
    put_notes(&page, comparison);
    put_sentences(&page, comparison);
    put_table(&page, comparison);
    if (page.details)
        put_details(&page, comparison);
    viz_comparison_definitions(comparison, join, &definitions);
    put(&page, "", "", "%s", definitions.text);
}
