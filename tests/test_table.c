/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <viz/table.h>
#include <viz/text.h>

#include <criterion/criterion.h>

#include <string.h>

static char page[4096];

static void keep(void *context, const char *text)
{
    (void)context;
    strcat(page, text);
    strcat(page, "\n");
}

static const struct viz_table_column columns[] = {
    {.title = "id", .right = true},
    {.title = "name", .least = 4},
    {.title = "host", .least = 6},
};

static const char *written(uint32_t width, const char *const *cells, size_t rows)
{
    struct viz_table *table = viz_table_create(columns, 3);
    for (size_t i = 0; i < rows; i++)
        viz_table_row(table, cells + 3 * i);
    page[0] = '\0';
    viz_table_write(table, width, 0, keep, NULL);
    viz_table_destroy(table);
    return page;
}

static const char *const two[] = {"9",  "short",         "a",
                                  "10", "a longer name", "example.org"};

Test(table, columns_are_as_wide_as_their_longest_cell)
{
    cr_expect_str_eq(written(0, two, 2), "id  name           host\n"
                                         " 9  short          a\n"
                                         "10  a longer name  example.org\n");
}

Test(table, without_a_row_there_are_the_titles)
{
    cr_expect_str_eq(written(80, NULL, 0), "id  name  host\n");
}

Test(table, narrow_terminals_cut_what_may_be_cut)
{
    cr_expect_str_eq(written(24, two, 2), "id  name       host\n"
                                          " 9  short      a\n"
                                          "10  a longer…  example.…\n");
    cr_expect_str_eq(written(1, two, 2),
                     "id  name  host\n"
                     " 9  sho…  a\n"
                     "10  a l…  examp…\n",
                     "never below the least");
}

Test(table, a_line_that_just_fits_is_not_cut)
{
    written(30, two, 2);
    cr_expect(strstr(page, "a longer name  example.org"));
    written(29, two, 2);
    cr_expect(strstr(page, "a longer na…  example.org"));
}

Test(table, its_width_is_that_of_its_longest_line)
{
    struct viz_table *table = viz_table_create(columns, 3);
    cr_expect_eq(viz_table_width(table), strlen("id  name  host"));
    viz_table_row(table, two + 3);
    cr_expect_eq(viz_table_width(table), strlen("10  a longer name  example.org"));
    viz_table_destroy(table);
}

Test(table, characters_of_many_bytes_count_as_what_they_show)
{
    const char *const cells[] = {"1", "äöü", "x",         "2", "日本語",
                                 "x", "3",   "e\xcc\x81", "x"};
    cr_expect_str_eq(written(0, cells, 3), "id  name    host\n"
                                           " 1  äöü     x\n"
                                           " 2  日本語  x\n"
                                           " 3  e\xcc\x81       x\n");
}

Test(table, a_wide_character_is_cut_whole)
{
    const char *const cells[] = {"1", "日本語日本語", "x"};
    written(15, cells, 1);
    cr_expect_str_eq(page, "id  name   host\n"
                           " 1  日本…  x\n");
    written(14, cells, 1);
    cr_expect_str_eq(page, "id  name  host\n"
                           " 1  日…   x\n");
}

Test(table, a_terminal_is_told_nothing_by_a_name)
{
    char out[64];
    viz_text_visible(out, sizeof(out), "a\x1b[2Jb\nc\x7f");
    cr_expect_str_eq(out, "a?[2Jb?c?");
    viz_text_visible(out, sizeof(out), "C1 \xc2\x9b and \xe2\x80\xae turned");
    cr_expect_str_eq(out, "C1 ? and ? turned");
}

Test(table, malformed_bytes_are_question_marks)
{
    char out[64];
    viz_text_visible(out, sizeof(out),
                     "\xff|\xc3|\xe2\x82|\xc0\xaf|\xed\xa0\x80|\xf5\x80");
    cr_expect_str_eq(out, "?|?|??|??|???|??");
    viz_text_visible(out, sizeof(out), "µ – ✓ 🙂");
    cr_expect_str_eq(out, "µ – ✓ 🙂");
}

Test(table, plain_text_is_cut_between_characters)
{
    char out[4];
    cr_expect_eq(viz_text_visible(out, sizeof(out), "aäö"), 3u);
    cr_expect_str_eq(out, "aä");
    cr_expect_eq(viz_text_visible(out, 3, "äö"), 2u);
    cr_expect_str_eq(out, "ä");
    cr_expect_eq(viz_text_visible(out, 1, "x"), 0u);
    cr_expect_str_eq(out, "");
}
