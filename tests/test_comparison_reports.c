/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a comparison says, in every form. tests/golden/compare.* are what the reports of
 * rig_many() are; to accept a change: VIZ_ACCEPT=1 test_comparison_reports. */
#include "comparison_rig.h"

#include "../src/app/comparison_report.h"

#include <viz/text.h>

#include <criterion/criterion.h>
#include <jansson.h>

#include <locale.h>

static char page[1 << 16];

static void keep_line(void *context, const char *text)
{
    size_t *used = context;
    int length = snprintf(page + *used, sizeof(page) - *used, "%s\n", text);
    cr_assert_lt(*used + (size_t)length, sizeof(page));
    *used += (size_t)length;
}

static const char *text_with(const struct viz_comparison *comparison,
                             const struct viz_comparison_text_params *given)
{
    const struct viz_comparison_text_params params = *given;
    size_t used = 0;
    page[0] = '\0';
    viz_comparison_text(comparison, &params, keep_line, &used);
    return page;
}

static const char *text_of(const struct viz_comparison *comparison, uint32_t width,
                           bool ascii)
{
    return text_with(comparison,
                     &(struct viz_comparison_text_params){width, ascii, true});
}

static bool has(const char *text, const char *part)
{
    return strstr(text, part) != NULL;
}

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

/* ---- sentences ---- */

Test(comparison_reports, a_sentence_has_direction_interval_unit_and_percent)
{
    struct viz_comparison *many = rig_many();
    cr_expect_str_eq(many->metric[0].sentence,
                     "avg_total_us is worse: B's mean is 101 µs higher (+2.00 %, 95 % "
                     "interval +1.70 to +2.30 %)");
    cr_expect_str_eq(many->metric[1].sentence,
                     "avg_goertzel_us is equivalent: any difference of the mean is "
                     "between -0.24 and +0.32 % (90 % interval), within the limit of "
                     "1 %; but its p95 is worse by 136 µs (+4.0 %, 95 % interval +2.0 "
                     "to +6.0 %)");
    cr_expect_str_eq(
        many->metric[2].sentence,
        "fps is not shown to differ: the difference of the mean is -0.4 %, "
        "95 % interval -2.1 to +1.3 %; these runs could have shown 2.3 % (80 % power), "
        "7 "
        "runs a side would show 1 %");
    rig_end(many);
}

Test(comparison_reports, a_metric_without_percent_is_told_in_its_unit)
{
    struct viz_comparison *many = rig_many();
    cr_expect_str_eq(
        many->metric[3].sentence,
        "offset is different: B's mean is 0.0169 g higher (+0.0169 g, 95 % "
        "interval +0.0138 to +0.0200 g)");
    rig_end(many);
}

/* A gyroscope at rest: its mean is above 0 by chance, and percent of it are absurd. */
static struct viz_comparison *gyroscope(void)
{
    struct viz_comparison *one = rig_begin(1, 1, "a", "b");
    struct viz_comparison_metric *metric =
        rig_metric(one, "gz", "°/s", VIZ_BETTER_NEITHER, VIZ_VERDICT_EQUIVALENT);
    const double at[] = {0.0012, -0.001, 0.08, 0.11};
    for (int i = 0; i < VIZ_STATISTIC_COUNT; i++) {
        metric->contrast.row[i] =
            rig_row(at[i], at[i] + 0.016, 0.02, 0.2, VIZ_VERDICT_EQUIVALENT);
        metric->contrast.row[i].limit = 0.05;
    }
    rig_values(one, metric, 0.0012, 0.0172, 0.05, RIG_VALUES);
    one->verdict = VIZ_VERDICT_EQUIVALENT;
    viz_comparison_words(one);
    return one;
}

Test(comparison_reports, what_is_around_0_is_told_in_its_unit_throughout)
{
    struct viz_comparison *one = gyroscope();
    struct viz_comparison_metric *metric = &one->metric[0];
    cr_expect_str_eq(metric->sentence,
                     "gz is equivalent: any difference of the mean is between 0.000 "
                     "and +0.032 °/s (90 % interval), within the limit of 0.05 °/s");
    metric->estimate_b[0].steadiness = (struct viz_steadiness){
        .change = {{410, 0.001, -0.014}}, .changes = 1, .warmup_mean = NAN};
    char *note = viz_comparison_steadiness_note(one, metric, 1, 0);
    cr_expect(has(note, " by -0.0150 °/s"), "%s", note);
    char *html = viz_comparison_html(one);
    cr_expect_not(has(html, "in percent of"));
    cr_expect(has(html, "in °/s, neither is better"));
    for (int i = 0; i < VIZ_STATISTIC_COUNT; i++)
        cr_expect_not(
            isfinite(viz_comparison_percent(metric, &metric->contrast.row[i])));
    free(html);
    free(note);
    rig_end(one);
}

Test(comparison_reports, differences_of_percentages_are_points)
{
    struct viz_comparison *many = rig_many();
    cr_expect(has(many->metric[4].sentence, "0.507 points higher (+2.00 %"), "%s",
              many->metric[4].sentence);
    rig_end(many);
}

Test(comparison_reports, what_has_no_test_says_why)
{
    struct viz_comparison *many = rig_many(), *single = rig_single();
    cr_expect_str_eq(
        many->metric[5].sentence,
        "hop_hz is not shown to differ: A and B are both 50 Hz, without any "
        "variation");
    cr_expect_str_eq(many->metric[6].sentence,
                     "humidity is not shown to differ: A and B have no values");
    cr_expect_str_eq(single->metric[1].sentence,
                     "latency_ms is not shown to differ: too few values for a test "
                     "(needs 10 effective, has 5)");
    rig_end(many);
    rig_end(single);
}

Test(comparison_reports, ties_are_a_reason)
{
    struct viz_comparison *many = rig_many();
    struct viz_contrast_row *row = many->metric[0].contrast.row;
    row[VIZ_STATISTIC_P95] = rig_without(5573, 5684, VIZ_WHY_TIED, 200, 72);
    row[VIZ_STATISTIC_MEAN] = rig_without(5066, 5167, VIZ_WHY_TIED, 200, 10);
    viz_comparison_words(many);
    cr_expect_str_eq(many->metric[0].sentence,
                     "avg_total_us is not shown to differ: too many values are equal "
                     "for an interval of the mean");
    cr_expect(
        has(text_of(many, 0, false), "p95: too many values are equal for an interval"));
    rig_end(many);
}

Test(comparison_reports, one_run_a_side_is_said)
{
    struct viz_comparison *single = rig_single();
    cr_expect(has(single->sentence, "1 run a side: variation between runs is unknown"),
              "%s", single->sentence);
    cr_expect(has(single->metric[0].sentence,
                  "with 22 effective values the test finds too much"),
              "%s", single->metric[0].sentence);
    rig_end(single);
}

Test(comparison_reports, the_sentence_of_all_names_what_changed_and_counts)
{
    struct viz_comparison *many = rig_many();
    cr_expect_str_eq(
        many->sentence,
        "B is worse: avg_total_us is 101 µs higher (+2.00 %, 95 % interval +1.70 to "
        "+2.30 %); avg_goertzel_us has a p95 136 µs higher (+4.0 %, 95 % "
        "interval +2.0 to +6.0 %) (of 6 metrics 1 worse, 1 different, 1 "
        "equivalent, 3 not shown)");
    rig_end(many);
}

Test(comparison_reports, what_is_worse_and_what_is_better_are_both_named)
{
    struct viz_comparison *one = rig_begin(1, 1, "a", "b");
    rig_moved(one, "frame_ms", "ms", VIZ_BETTER_LOWER,
              (const double[]){16, -0.67, 0.02, 0.001}, VIZ_VERDICT_BETTER);
    rig_moved(one, "update_ms", "ms", VIZ_BETTER_LOWER,
              (const double[]){2, 0.17, 0.02, 0.001}, VIZ_VERDICT_WORSE);
    one->verdict = VIZ_VERDICT_WORSE;
    viz_comparison_words(one);
    cr_expect_str_eq(one->sentence,
                     "B is worse in update_ms (+17.0 %, 95 % interval +15.0 to +19.0 "
                     "%) and better in frame_ms (-67.0 %, 95 % interval -69.0 to "
                     "-65.0 %) (of 2 metrics 1 worse, 1 better); 1 run a side: "
                     "variation between runs is unknown");
    char *markdown = viz_comparison_markdown(one), *html = viz_comparison_html(one);
    cr_expect(has(markdown, "### B is worse than A, and better too (1 run a side)\n"));
    cr_expect(has(html, "B is worse than A, and better too (1 run a side)</h1>"));
    cr_expect(has(html, "(1 run a side)</title>"));
    free(markdown);
    free(html);
    rig_end(one);
}

/* Not the one of which nothing is known. */
Test(comparison_reports, what_is_not_shown_is_the_chief_metric_and_then_the_best_known)
{
    struct viz_comparison *one = rig_begin(5, 5, "a", "b");
    rig_moved(one, "gpu_ms", "ms", VIZ_BETTER_LOWER, (const double[]){1, 0.8, 8, 0.9},
              VIZ_VERDICT_NOT_SHOWN);
    rig_moved(one, "update_ms", "ms", VIZ_BETTER_LOWER,
              (const double[]){2, 0.004, 0.011, 0.9}, VIZ_VERDICT_NOT_SHOWN);
    struct viz_comparison_metric *frame =
        rig_moved(one, "frame_ms", "ms", VIZ_BETTER_LOWER,
                  (const double[]){16, 0.01, 0.03, 0.9}, VIZ_VERDICT_NOT_SHOWN);
    frame->contrast.row[0].runs_needed = 361635;
    viz_comparison_words(one);
    cr_expect(has(one->sentence, "undecided is frame_ms (+1.0 %, "), "%s",
              one->sentence);
    cr_expect(has(one->sentence, "(80 % power), more than 1000 runs a side would show "
                                 "1 %: longer runs, or a larger --limit"));
    cr_expect_not(has(one->sentence, "differs by"));
    snprintf(frame->name, sizeof(frame->name), "other_ms");
    viz_comparison_words(one);
    cr_expect(has(one->sentence, "undecided is update_ms ("), "%s", one->sentence);
    rig_end(one);
}

Test(comparison_reports, equivalent_claims_no_more_than_is_shown)
{
    struct viz_comparison *one = rig_begin(5, 5, "a", "b");
    struct viz_comparison_metric *frame =
        rig_moved(one, "frame_ms", "ms", VIZ_BETTER_LOWER,
                  (const double[]){16, 0.001, 0.002, 0.4}, VIZ_VERDICT_EQUIVALENT);
    rig_moved(one, "update_ms", "ms", VIZ_BETTER_LOWER,
              (const double[]){2, 0.002, 0.002, 0.4}, VIZ_VERDICT_EQUIVALENT);
    one->verdict = VIZ_VERDICT_EQUIVALENT;
    viz_comparison_words(one);
    cr_expect(has(one->sentence, "Equivalent: the means of all 2 metrics are the same "
                                 "within 1 %; B differs most in update_ms, by "),
              "%s", one->sentence);
    cr_expect_not(has(one->sentence, "not shown"));
    frame->contrast.row[VIZ_STATISTIC_P95].verdict = VIZ_VERDICT_NOT_SHOWN;
    viz_comparison_words(one);
    cr_expect(has(one->sentence, "; p95 of frame_ms is not shown"), "%s",
              one->sentence);
    rig_end(one);
}

Test(comparison_reports, rows_are_counted_by_stream)
{
    struct viz_comparison *single = rig_single();
    struct viz_run_series *run = single->side[0].run[0];
    char extent[VIZ_EXTENT];
    snprintf(run->metric[0].stream, sizeof(run->metric[0].stream), "frames");
    snprintf(run->metric[1].stream, sizeof(run->metric[1].stream), "intervals");
    run->metric[0].rows = 240;
    run->metric[1].rows = 4;
    viz_comparison_extent(&single->side[0], extent, sizeof(extent));
    cr_expect_str_eq(extent, "1 run, 240 frames, 4 intervals");
    viz_comparison_extent(&single->side[1], extent, sizeof(extent));
    cr_expect_str_eq(extent, "1 run, 610 samples");
    rig_end(single);
}

Test(comparison_reports, a_long_label_is_cut_at_a_comma)
{
    struct viz_comparison *many = rig_many();
    char label[VIZ_LABEL], *own = many->side[0].label;
    char ids[] =
        "1001,1003,1005,1007,1009,1011,1013,1015,1017,1019,1021,1023,1025,1027";
    many->side[0].label = ids;
    viz_comparison_label(&many->side[0], true, label, sizeof(label));
    cr_expect_str_eq(label, "1001,1003,1005,1007,1009,1011,1013,1015,1017,… (5 runs)");
    many->side[0].label = own;
    rig_end(many);
}

Test(comparison_reports, whether_runs_hold_still_is_said_of_each_metric)
{
    struct viz_comparison *many = rig_many();
    cr_expect(has(text_of(many, 0, false), "steady: 5 of 5 runs in A, 4 of 5 in B"));
    rig_end(many);
}

Test(comparison_reports, a_difference_that_may_be_negligible_is_called_so)
{
    struct viz_comparison *one = rig_begin(5, 5, "a", "b");
    rig_moved(one, "frame_ms", "ms", VIZ_BETTER_LOWER,
              (const double[]){16, 0.012, 0.004, 0.001}, VIZ_VERDICT_WORSE);
    one->verdict = VIZ_VERDICT_WORSE;
    viz_comparison_words(one);
    cr_expect(has(one->metric[0].sentence,
                  "; that it is more than the limit of 1 % is not shown"),
              "%s", one->metric[0].sentence);
    rig_end(one);
}

Test(comparison_reports, what_is_the_same_in_every_run_has_no_interval)
{
    struct viz_comparison *one = rig_begin(5, 5, "a", "b");
    struct viz_comparison_metric *metric =
        rig_moved(one, "frame_ms", "ms", VIZ_BETTER_LOWER,
                  (const double[]){16, 0.25, 0, 0.008}, VIZ_VERDICT_WORSE);
    one->verdict = VIZ_VERDICT_WORSE;
    viz_comparison_words(one);
    cr_expect_str_eq(metric->sentence, "frame_ms is worse: B's mean is 4.00 ms higher "
                                       "(+25.0 %, the same in every run)");
    rig_end(one);
}

Test(comparison_reports, a_change_within_a_run_is_told_with_its_time)
{
    struct viz_comparison *many = rig_many();
    struct viz_comparison_metric *metric = &many->metric[0];
    struct viz_steadiness *steadiness = &metric->estimate_b[1].steadiness;
    cr_expect_str_eq(many->note[0],
                     "B is not steady (run 23, avg_total_us): changed at "
                     "41.0 s by +8 %");
    cr_expect_null(viz_comparison_steadiness_note(many, metric, 0, 0));
    steadiness->changes = 0;
    steadiness->drift = 155;
    metric->estimate_b[1].mean = 5000;
    char *drift = viz_comparison_steadiness_note(many, metric, 1, 1);
    cr_expect_str_eq(drift, "B is not steady (run 23, avg_total_us): drifts by +3.1 % "
                            "from beginning to end");
    free(drift);
    steadiness->warmup = 25;
    steadiness->warmup_mean = 5500;
    steadiness->rest_mean = 5000;
    char *warmup = viz_comparison_steadiness_note(many, metric, 1, 1);
    cr_expect_str_eq(warmup, "B is not steady (run 23, avg_total_us): warm-up until "
                             "2.5 s, its mean +10 % beside the rest (not cut)");
    free(warmup);
    rig_end(many);
}

/* A name as long as it can be, of characters of two bytes: the sentence is cut, between
 * characters. */
Test(comparison_reports, a_sentence_that_is_cut_stays_text)
{
    struct viz_comparison *many = rig_many();
    for (uint32_t i = 0; i < many->metrics; i++) {
        for (size_t at = 0; at < 158; at += 2)
            memcpy(many->metric[i].name + at, "ä", 2);
        many->metric[i].name[158] = '\0';
    }
    for (uint32_t i = 2; i <= 4; i += 2) { /* so that four of them are named */
        many->metric[i].family = true;
        many->metric[i].verdict = VIZ_VERDICT_BETTER;
        many->metric[i].contrast.row[0].verdict = VIZ_VERDICT_BETTER;
    }
    viz_comparison_words(many);
    cr_expect(viz_text_is_utf8(many->sentence));
    cr_expect_geq(strlen(many->sentence), VIZ_SENTENCE - 3);
    for (uint32_t i = 0; i < many->metrics; i++)
        cr_expect(viz_text_is_utf8(many->metric[i].sentence));
    rig_end(many);
}

Test(comparison_reports, values_have_four_digits_and_differences_three)
{
    static const struct {
        double value;
        const char *unit;
        bool sign;
        const char *text;
    } cases[] = {
        {5066.123, "µs", false, "5066 µs"},
        {0.42, "ms", false, "0.4200 ms"},
        {1.9, "µs", true, "+1.90 µs"},
        {-1234567, "B", true, "-1234567 B"},
        {0, "g", true, "0 g"},
        {NAN, "g", true, "–"},
        {INFINITY, "", false, "–"},
        {1.25e-9, "s", true, "+1.25e-09 s"},
        {-4e12, "", false, "-4.000e+12"},
        {9.9999e-8, "s", true, "+1.00e-07 s"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char text[64];
        viz_comparison_value(text, sizeof(text), cases[i].value, cases[i].unit,
                             cases[i].sign);
        cr_expect_str_eq(text, cases[i].text, "%s, not %s", text, cases[i].text);
    }
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
