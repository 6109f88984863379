/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "comparison_report.h"

#include <viz/alloc.h>
#include <viz/error.h>
#include <viz/text.h>

#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* One line of text in which nothing is markup, nobody is mentioned and no issue linked. */
static void put_text(FILE *out, const char *text)
{
    size_t size = strlen(text) + 1;
    char *line = viz_zalloc(size);
    viz_text_visible(line, size, text);
    for (const char *at = line; *at; at++) {
        if (*at == '<' || *at == '>' || *at == '&')
            fputs(*at == '<' ? "&lt;" : *at == '>' ? "&gt;" : "&amp;", out);
        else if (*at == '@' || *at == '#')
            fprintf(out, "%c\u2060", *at);
        else if (*at == '_' && at > line && isalnum((unsigned char)at[-1]) &&
                 isalnum((unsigned char)at[1]))
            fputc('_', out); /* within a word it is no markup */
        else if (strchr("\\`*_[]|~", *at))
            fprintf(out, "\\%c", *at);
        else
            fputc(*at, out);
    }
    free(line);
}

/* A name as code, where its underscores need no backslashes. */
static void put_code(FILE *out, const char *text)
{
    size_t size = strlen(text) + 1;
    char *line = viz_zalloc(size);
    viz_text_visible(line, size, text);
    for (char *at = line; *at; at++)
        *at = *at == '`' ? '\'' : *at == '|' ? '/' : *at;
    fprintf(out, "`%s`", *line ? line : " ");
    free(line);
}

static void put_item(void *context, const char *text)
{
    FILE *out = context;
    fputs("- ", out);
    put_text(out, text);
    fputc('\n', out);
}

static void put_side(FILE *out, const struct viz_comparison *comparison, int side)
{
    char extent[VIZ_EXTENT], label[VIZ_LABEL];
    viz_comparison_extent(&comparison->side[side], extent, sizeof(extent));
    fprintf(out, "%s ", side ? "B" : "A");
    viz_comparison_label(&comparison->side[side], false, label, sizeof(label));
    put_code(out, label);
    fputs(" (", out);
    put_text(out, extent);
    fputc(')', out);
}

static void put_row(FILE *out, const struct viz_comparison_metric *metric,
                    enum viz_statistic statistic)
{
    struct viz_comparison_cells cells;
    viz_comparison_cells(metric, statistic, &cells);
    bool bold = statistic == metric->headline;
    fputs("| ", out);
    if (statistic == VIZ_STATISTIC_MEAN)
        put_code(out, metric->name);
    if (statistic == VIZ_STATISTIC_MEAN && *metric->unit) {
        fputc(' ', out);
        put_text(out, metric->unit);
    }
    fprintf(out, " | %s | %s | %s | %s | %s | %s | %s%s%s |\n",
            viz_statistic_name(statistic), cells.a, cells.b, cells.difference,
            cells.interval, cells.p, bold ? "**" : "", cells.verdict, bold ? "**" : "");
}

static void put_table(FILE *out, const struct viz_comparison *comparison)
{
    fprintf(out,
            "| metric | | A | B | B - A | %s interval | p | verdict |\n"
            "| --- | --- | ---: | ---: | ---: | ---: | ---: | --- |\n",
            viz_figure_confidence(comparison->params.alpha).text);
    for (uint32_t i = 0; i < comparison->metrics; i++)
        for (int s = 0; s < viz_comparison_rows(&comparison->metric[i]); s++)
            if (!viz_comparison_is_lacking(&comparison->metric[i],
                                           (enum viz_statistic)s))
                put_row(out, &comparison->metric[i], (enum viz_statistic)s);
    fputc('\n', out);
    viz_comparison_lacking(comparison, put_item, out);
}

static void put_metrics(FILE *out, const struct viz_comparison *comparison)
{
    fputs("\n<details><summary>Details</summary>\n", out);
    for (uint32_t i = 0; i < comparison->metrics; i++) {
        const struct viz_comparison_metric *metric = &comparison->metric[i];
        fputs("\n#### ", out);
        put_code(out, metric->name);
        fprintf(out, " (%s)\n\n", viz_better_name(metric->better));
        viz_comparison_remarks(metric, put_item, out);
        viz_comparison_details(comparison, metric, put_item, out);
    }
    fputs("\n#### Runs\n\n", out);
    for (int side = 0; side < 2; side++) {
        for (uint32_t i = 0; i < comparison->side[side].runs; i++) {
            const struct viz_run *run = &comparison->side[side].run[i]->run;
            fprintf(out, "- %s: run %" PRId64 " ", side ? "B" : "A", run->id);
            put_code(out, run->name);
            fprintf(out, ", %" PRIu64 " samples\n", run->samples);
        }
    }
    fputs("\n#### Definitions\n\n", out);
    viz_comparison_definitions(comparison, put_item, out);
    fputs("\n</details>\n", out);
}

static void put_notes(FILE *out, const struct viz_comparison *comparison)
{
    uint32_t most = VIZ_COMPARISON_MOST_NOTES;
    for (uint32_t i = 0; i < comparison->notes; i++) {
        if (i == most)
            fprintf(out, "\n<details><summary>%" PRIu32 " more remarks</summary>\n\n",
                    comparison->notes - most);
        fputs(i < most ? "> - " : "- ", out);
        put_text(out, comparison->note[i]);
        fputc('\n', out);
    }
    fputs(comparison->notes > most ? "\n</details>\n" : "", out);
    fputs(comparison->notes ? "\n" : "", out);
}

char *viz_comparison_markdown(const struct viz_comparison *comparison)
{
    char *text = NULL, title[96];
    size_t size;
    FILE *out = open_memstream(&text, &size);
    viz_assert(out);
    viz_comparison_title(comparison, title, sizeof(title));
    fprintf(out, "### %s\n\n", title);
    put_text(out, comparison->sentence);
    fputs(".\n\n", out);
    put_side(out, comparison, 0);
    fputs(" against ", out);
    put_side(out, comparison, 1);
    fputs("\n\n", out);
    put_notes(out, comparison);
    for (uint32_t i = 0; i < comparison->metrics; i++)
        put_item(out, comparison->metric[i].sentence);
    fputc('\n', out);
    put_table(out, comparison);
    put_metrics(out, comparison);
    viz_assert(!fclose(out));
    return text;
}
