/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <viz/lines.h>

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Feed @text in pieces of @piece bytes; lines joined by '|', '!' for one too long. */
static char *split(const char *text, size_t size, size_t piece)
{
    static struct viz_lines lines;
    char *out;
    size_t out_size;
    FILE *file = open_memstream(&out, &out_size);
    struct viz_span line;
    memset(&lines, 0, sizeof(lines));
    for (size_t at = 0; at < size; at += piece) {
        size_t part = size - at < piece ? size - at : piece;
        char *copy = malloc(part);
        memcpy(copy, text + at, part);
        struct viz_span input = {copy, part};
        enum viz_lines_found found;
        while ((found = viz_lines_next(&lines, &input, &line)) != VIZ_LINES_NONE) {
            if (found == VIZ_LINES_OVERSIZED)
                fputs("!|", file);
            else
                fprintf(file, "%.*s|", (int)line.size, line.text);
        }
        free(copy);
    }
    if (viz_lines_rest(&lines, &line))
        fprintf(file, "%.*s", (int)line.size, line.text);
    fclose(file);
    return out;
}

Test(lines, any_split_gives_the_same)
{
    static const char text[] = "one\ntwo\r\n\n\r\nthree\r four\nrest";
    for (size_t piece = 1; piece < sizeof(text); piece++) {
        char *out = split(text, strlen(text), piece);
        cr_expect_str_eq(out, "one|two|||three\r four|rest", "pieces of %zu", piece);
        free(out);
    }
}

Test(lines, empty)
{
    char *out = split("", 0, 1);
    cr_expect_str_eq(out, "");
    free(out);
}

/* @size bytes of line, a newline, and a short line. */
static void check_long(size_t size, size_t piece, bool fits)
{
    char *text = malloc(size + 4);
    memset(text, 'x', size);
    memcpy(text + size, "\nok\n", 4);
    char *out = split(text, size + 4, piece);
    cr_expect_eq(strlen(out), fits ? size + 4 : 5, "%zu in pieces of %zu", size, piece);
    cr_expect_str_eq(out + strlen(out) - 4, "|ok|");
    free(out);
    free(text);
}

Test(lines, full_and_one_more)
{
    static const size_t pieces[] = {
        1, 7, 4096, VIZ_MAX_LINE - 1, VIZ_MAX_LINE, VIZ_MAX_LINE + 1, VIZ_MAX_LINE * 4};
    for (size_t i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++) {
        check_long(VIZ_MAX_LINE, pieces[i], true);
        check_long(VIZ_MAX_LINE + 1, pieces[i], false);
        check_long(3 * VIZ_MAX_LINE, pieces[i], false);
    }
}

Test(lines, a_rest_that_was_too_long_is_gone)
{
    char *text = malloc(VIZ_MAX_LINE + 1);
    memset(text, 'x', VIZ_MAX_LINE + 1);
    char *out = split(text, VIZ_MAX_LINE + 1, 1000);
    cr_expect_str_eq(out, "!|");
    free(out);
    free(text);
}

/* What viz_lines_take() finds in @size bytes of @text, as split() writes it. */
static void check_take(struct viz_lines *lines, const char *text, size_t size,
                       bool datagram, const char *expected, uint64_t oversized)
{
    char found[64] = "";
    struct viz_counter counter = {0};
    struct viz_span input = {text, size}, line;
    while (viz_lines_take(lines, &input, datagram, &counter, &line))
        snprintf(found + strlen(found), sizeof(found) - strlen(found), "%.*s|",
                 (int)line.size, line.text);
    cr_expect_str_eq(found, expected);
    cr_expect_eq(viz_counted(&counter), oversized);
    cr_expect_eq(input.size, 0);
}

Test(lines, only_the_end_of_a_datagram_ends_a_line)
{
    struct viz_lines *lines = calloc(1, sizeof(*lines));
    check_take(lines, "", 0, true, "", 0);
    check_take(lines, "a\nb", 3, false, "a|", 0);
    check_take(lines, "c\r\nd", 4, true, "bc|d|", 0);
    check_take(lines, "e\n", 2, true, "e|", 0);
    free(lines);
}

Test(lines, taking_counts_lines_that_are_too_long_and_goes_on)
{
    struct viz_lines *lines = calloc(1, sizeof(*lines));
    size_t size = VIZ_MAX_LINE + 1;
    char *text = malloc(2 * size + 4);
    memset(text, 'x', 2 * size + 4);
    memcpy(text + size, "\nok\n", 4);
    check_take(lines, text, 2 * size + 4, true, "ok|", 2);
    check_take(lines, "new", 3, true, "new|", 0); /* no end was missed before it */
    free(text);
    free(lines);
}

Test(lines, trim)
{
    struct viz_span span = viz_span_trim((struct viz_span){" \t a b\t ", 8});
    cr_expect_eq(span.size, 3);
    cr_expect_eq(memcmp(span.text, "a b", 3), 0);
    cr_expect_eq(viz_span_trim((struct viz_span){"  ", 2}).size, 0);
}
