/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a comparison says, in every form. tests/golden/compare.* are what the reports of
 * rig_many() are; to accept a change: VIZ_ACCEPT=1 test_comparison_reports. */
#include "comparison_rig.h"

#include <viz/text.h>

#include <criterion/criterion.h>
#include <jansson.h>

#include <locale.h>

static void accept(const char *path, const char *text)
{
    FILE *file = fopen(path, "we");
    cr_assert(file && fputs(text, file) >= 0 && !fclose(file));
}

static void expect_golden(const char *ending, const char *text)
{
    char path[512];
    snprintf(path, sizeof(path), VIZ_TEST_DIR "/golden/compare.%s", ending);
    if (getenv("VIZ_ACCEPT"))
        accept(path, text);
    FILE *file = fopen(path, "re");
    cr_assert(file, "golden/compare.%s is missing", ending);
    size_t size = strlen(text);
    char *golden = viz_zalloc(size + 2);
    size_t read = fread(golden, 1, size + 1, file);
    fclose(file);
    cr_expect(read == size && !memcmp(golden, text, size),
              "compare.%s is not the golden one", ending);
    free(golden);
}

/* ---- reports ---- */

Test(comparison_reports, are_the_golden_ones)
{
    struct viz_comparison *many = rig_many();
    char *json = viz_comparison_json(many), *markdown = viz_comparison_markdown(many);
    char *html = viz_comparison_html(many);
    expect_golden("txt", text_of(many, 0, false));
    expect_golden("json", json);
    expect_golden("md", markdown);
    expect_golden("html", html);
    free(json);
    free(markdown);
    free(html);
    rig_end(many);
}

Test(comparison_reports, are_the_same_bytes_twice_and_in_every_locale)
{
    struct viz_comparison *many = rig_many(), *again;
    char *json = viz_comparison_json(many), *html = viz_comparison_html(many);
    char *markdown = viz_comparison_markdown(many);
    char *text = rig_text("%s", "");
    free(text);
    text = strdup(text_of(many, 0, false));
    setlocale(LC_ALL, "de_DE.UTF-8"); /* where there is one: a decimal comma */
    again = rig_many();
    char *json2 = viz_comparison_json(again), *html2 = viz_comparison_html(again);
    char *markdown2 = viz_comparison_markdown(again);
    cr_expect_str_eq(text, text_of(again, 0, false));
    cr_expect_str_eq(json, json2);
    cr_expect_str_eq(html, html2);
    cr_expect_str_eq(markdown, markdown2);
    char *all[] = {json, html, markdown, text, json2, html2, markdown2};
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
        free(all[i]);
    rig_end(many);
    rig_end(again);
}

/* A word, not a part of one. */
static bool has_word(const char *text, const char *word)
{
    size_t length = strlen(word);
    for (const char *at = text; (at = strstr(at, word)); at += length) {
        bool begins = at == text || !strchr("abcdefghijklmnopqrstuvwxyz", at[-1] | 32);
        if (begins && !strchr("abcdefghijklmnopqrstuvwxyz", at[length] | 32))
            return true;
    }
    return false;
}

Test(comparison_reports, never_write_what_is_no_number)
{
    static const char *const words[] = {"nan", "NaN", "-nan", "inf", "Infinity", "INF"};
    struct viz_comparison *all[] = {rig_many(), rig_single()};
    for (int i = 0; i < 2; i++) {
        char *json = viz_comparison_json(all[i]), *html = viz_comparison_html(all[i]);
        char *markdown = viz_comparison_markdown(all[i]);
        for (size_t w = 0; w < sizeof(words) / sizeof(words[0]); w++) {
            cr_expect_not(has_word(json, words[w]));
            cr_expect_not(has_word(html, words[w]));
            cr_expect_not(has_word(markdown, words[w]));
            cr_expect_not(has_word(text_of(all[i], 0, false), words[w]));
        }
        free(json);
        free(html);
        free(markdown);
        rig_end(all[i]);
    }
}

static void expect_narrow(const char *text, uint32_t width, bool ascii)
{
    char line[4096];
    for (const char *at = text; *at; at += strcspn(at, "\n") + 1) {
        snprintf(line, sizeof(line), "%.*s", (int)strcspn(at, "\n"), at);
        cr_expect_leq(viz_text_width(line), width, "%s", line);
        for (const char *c = line; ascii && *c; c++)
            cr_assert_lt((unsigned char)*c, 0x80, "%s", line);
    }
}

/* Without details: no row of dashes, and one line that says why. */
Test(comparison_reports, text_is_short_unless_details_are_asked_for)
{
    struct viz_comparison *many = rig_many();
    const struct viz_comparison_text_params brief = {.width = 100};
    char *whole = strdup(text_of(many, 100, false));
    const char *text = text_with(many, &brief);
    cr_expect(has(text, "p99: n too small (needs 368 effective, has "));
    cr_expect_not(has(text, "Hedges"));
    cr_expect(has(whole, "Hedges"));
    cr_expect_lt(strlen(text), strlen(whole) / 2);
    free(whole);
    rig_end(many);
}

Test(comparison_reports, only_details_have_every_remark)
{
    struct viz_comparison *many = rig_many();
    const struct viz_comparison_text_params brief = {.width = 100};
    char *note[40], **own = many->note;
    uint32_t notes = many->notes;
    for (uint32_t i = 0; i < 40; i++)
        note[i] = "remark";
    many->note = note;
    many->notes = 40;
    cr_expect(has(text_with(many, &brief), "and 28 more remarks: --details"));
    cr_expect_not(has(text_of(many, 100, false), "more remarks"));
    char *markdown = viz_comparison_markdown(many), *html = viz_comparison_html(many);
    cr_expect(has(markdown, "<details><summary>28 more remarks</summary>"));
    cr_expect(has(html, "<details><summary>28 more remarks</summary>"));
    free(markdown);
    free(html);
    many->note = own;
    many->notes = notes;
    rig_end(many);
}

Test(comparison_reports, text_fits_a_hundred_columns)
{
    struct viz_comparison *many = rig_many(), *single = rig_single();
    snprintf(many->metric[0].name, sizeof(many->metric[0].name),
             "a stream with a long name/and a channel with a longer one");
    expect_narrow(text_of(many, 0, false), 100, false);
    expect_narrow(text_of(many, 400, false), 100, false);
    expect_narrow(text_of(many, 100, true), 100, true);
    expect_narrow(text_of(single, 100, true), 100, true);
    rig_end(many);
    rig_end(single);
}

Test(comparison_reports, a_narrow_text_leaves_out_p_and_then_the_table)
{
    struct viz_comparison *many = rig_many();
    const char *text = text_of(many, 80, false);
    expect_narrow(text, 80, false);
    cr_expect(has(text, " interval  verdict\n"), "%s", text);
    cr_expect(has(text, "  worse\n"));
    cr_expect(has(text, "  +1.70 to +2.30 %  worse\n"), "figures are never cut");
    for (uint32_t width = 40; width <= 100; width++)
        expect_narrow(text_of(many, width, false), width, false);
    text = text_of(many, 50, false);
    expect_narrow(text, 50, false);
    cr_expect_not(has(text, " interval  verdict"));
    cr_expect(has(text, "avg_total_us mean: A 5066, B 5167 µs; +2.00 %\n"), "%s", text);
    rig_end(many);
}

Test(comparison_reports, a_quantile_with_too_few_values_is_a_reason_and_no_number)
{
    struct viz_comparison *many = rig_many();
    const char *text = text_of(many, 0, false);
    cr_expect(has(text, "p99: n too small (needs 368 effective, has 155)"));
    cr_expect_not(has(text, "6079"), "A's p99 is 6079.3 in the struct");
    char *json = viz_comparison_json(many);
    cr_expect_not(has(json, "6079.3"));
    free(json);
    rig_end(many);
}

/* ---- JSON ---- */

Test(comparison_reports, json_begins_with_the_keys_of_the_collector)
{
    static const char *const keys[] = {
        "run_a_id",
        "run_a_name",
        "run_b_id",
        "run_b_name",
        "n_samples_a",
        "n_samples_b",
        "avg_total_us_diff",
        "cpu_load_diff",
        "avg_total_us_pvalue",
        "cpu_load_pvalue",
        "avg_total_us_cohens_d",
        "cpu_load_cohens_d",
        "alpha",
    };
    struct viz_comparison *many = rig_many();
    char *text = viz_comparison_json(many);
    json_t *json = json_loads(text, 0, NULL);
    void *at = json_object_iter(json);
    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
        cr_assert_not_null(at);
        cr_expect_str_eq(json_object_iter_key(at), keys[i]);
        at = json_object_iter_next(json, at);
    }
    cr_expect_float_eq(json_real_value(json_object_get(json, "avg_total_us_diff")),
                       101.32246, 1e-9);
    cr_expect_eq(json_integer_value(json_object_get(json, "n_samples_a")), 3050);
    cr_expect_float_eq(json_real_value(json_object_get(json, "avg_total_us_cohens_d")),
                       0.5, 0);
    json_decref(json);
    free(text);
    rig_end(many);
}

Test(comparison_reports, json_of_runs_without_those_metrics_has_null_there)
{
    struct viz_comparison *single = rig_single();
    char *text = viz_comparison_json(single);
    json_t *json = json_loads(text, 0, NULL);
    cr_expect(json_is_null(json_object_get(json, "avg_total_us_diff")));
    cr_expect(json_is_null(json_object_get(json, "cpu_load_pvalue")));
    cr_expect_str_eq(json_string_value(json_object_get(json, "run_a_id")),
                     "00000000-0000-4000-8000-000000000017");
    json_decref(json);
    free(text);
    rig_end(single);
}

Test(comparison_reports, json_numbers_are_read_back_as_they_were)
{
    struct viz_comparison *many = rig_many();
    char *text = viz_comparison_json(many);
    json_t *json = json_loads(text, 0, NULL);
    json_t *metric = json_array_get(json_object_get(json, "metrics"), 0);
    json_t *mean = json_object_get(json_object_get(metric, "statistics"), "mean");
    json_t *interval = json_object_get(mean, "interval");
    const struct viz_contrast_row *row = &many->metric[0].contrast.row[0];
    cr_expect(json_real_value(json_object_get(mean, "a")) == row->a);
    cr_expect(json_real_value(json_array_get(interval, 0)) == row->low);
    cr_expect(json_real_value(json_array_get(interval, 1)) == row->high);
    cr_expect(json_real_value(json_object_get(mean, "standard_error")) == row->test.se);
    json_decref(json);
    free(text);
    rig_end(many);
}

/* ---- what comes from outside ---- */

/* Markup, control characters, an escape sequence, and bytes that are no text. */
#define HOSTILE "<script>alert(1)</script>\x1b[31m&\"'`|\n# @x \xff"

static struct viz_comparison *hostile(void)
{
    struct viz_comparison *single = rig_single();
    snprintf(single->side[0].label, 256, "%s", HOSTILE);
    snprintf((char *)single->side[0].run[0]->run.name, 256, "%s", HOSTILE);
    snprintf((char *)single->side[1].run[0]->run.host, 256, "%s", HOSTILE);
    snprintf((char *)single->side[1].run[0]->run.firmware, 256, "%s", HOSTILE);
    snprintf((char *)single->side[1].run[0]->run.tags, 256, "%s", HOSTILE);
    snprintf(single->metric[0].name, sizeof(single->metric[0].name), "%s", HOSTILE);
    snprintf(single->metric[0].unit, sizeof(single->metric[0].unit), "<i>&");
    single->note[single->notes++] = rig_text("%s", HOSTILE);
    viz_comparison_words(single);
    return single;
}

Test(comparison_reports, nothing_from_outside_is_markup)
{
    struct viz_comparison *comparison = hostile();
    char *html = viz_comparison_html(comparison);
    char *markdown = viz_comparison_markdown(comparison);
    cr_expect_not(has(html, "<script"));
    cr_expect_not(has(html, "<i>&"));
    cr_expect(has(html, "&lt;script&gt;alert(1)&lt;/script&gt;"));
    cr_expect(viz_text_is_utf8(html));
    cr_expect_not(has(html, "\x1b"));
    cr_expect_not(has(markdown, "\x1b"));
    cr_expect(viz_text_is_utf8(markdown));
    cr_expect_not(has(markdown, "\n# @x"));
    free(html);
    free(markdown);
    rig_end(comparison);
}

Test(comparison_reports, nothing_from_outside_controls_the_terminal)
{
    struct viz_comparison *comparison = hostile();
    const char *text = text_of(comparison, 0, false);
    cr_expect_not(has(text, "\x1b"));
    cr_expect(viz_text_is_utf8(text));
    expect_narrow(text_of(comparison, 0, true), 100, true);
    rig_end(comparison);
}

Test(comparison_reports, json_of_what_is_no_text_is_json)
{
    struct viz_comparison *comparison = hostile();
    char *text = viz_comparison_json(comparison);
    json_t *json = json_loads(text, 0, NULL);
    cr_expect_not_null(json);
    json_decref(json);
    free(text);
    rig_end(comparison);
}

Test(comparison_reports, html_needs_nothing_else)
{
    static const char *const loads[] = {"http:",   "https:", "src=",    "url(",
                                        "@import", "<link",  "<script", "<iframe"};
    struct viz_comparison *many = rig_many();
    char *html = viz_comparison_html(many);
    for (size_t i = 0; i < sizeof(loads) / sizeof(loads[0]); i++)
        cr_expect_not(has(html, loads[i]), "%s", loads[i]);
    cr_expect(has(html, "prefers-color-scheme:dark"));
    free(html);
    rig_end(many);
}
