/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The sentences and remarks of a comparison. */
#include "comparison_rig.h"

#include <viz/text.h>

Test(comparison_words, a_sentence_has_direction_interval_unit_and_percent)
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

Test(comparison_words, a_metric_without_percent_is_told_in_its_unit)
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

Test(comparison_words, what_is_around_0_is_told_in_its_unit_throughout)
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

Test(comparison_words, differences_of_percentages_are_points)
{
    struct viz_comparison *many = rig_many();
    cr_expect(has(many->metric[4].sentence, "0.507 points higher (+2.00 %"), "%s",
              many->metric[4].sentence);
    rig_end(many);
}

Test(comparison_words, what_has_no_test_says_why)
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

Test(comparison_words, ties_are_a_reason)
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

Test(comparison_words, one_run_a_side_is_said)
{
    struct viz_comparison *single = rig_single();
    cr_expect(has(single->sentence, "1 run a side: variation between runs is unknown"),
              "%s", single->sentence);
    cr_expect(has(single->metric[0].sentence,
                  "with 22 effective values the test finds too much"),
              "%s", single->metric[0].sentence);
    rig_end(single);
}

Test(comparison_words, the_sentence_of_all_names_what_changed_and_counts)
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

Test(comparison_words, what_is_worse_and_what_is_better_are_both_named)
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
Test(comparison_words, what_is_not_shown_is_the_chief_metric_and_then_the_best_known)
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

Test(comparison_words, equivalent_claims_no_more_than_is_shown)
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

Test(comparison_words, rows_are_counted_by_stream)
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

Test(comparison_words, a_long_label_is_cut_at_a_comma)
{
    struct viz_comparison *many = rig_many();
    char label[VIZ_LABEL], *own = many->side[0].label;
    char ids[] = "17,18,19,20,21", names[] =
                                       "a1001,a1003,a1005,a1007,a1009,a1011,a1013,"
                                       "a1015,a1017,a1019,a1021";
    many->side[0].label = names;
    viz_comparison_label(&many->side[0], true, label, sizeof(label));
    cr_expect_str_eq(label,
                     "a1001,a1003,a1005,a1007,a1009,a1011,a1013,a1015,… (5 runs)");
    many->side[0].label = ids;
    viz_comparison_label(&many->side[0], true, label, sizeof(label));
    cr_expect_str_eq(label, "17 old <firmware>, 18 old <firmware>,… (5 runs)");
    many->side[0].label = own;
    rig_end(many);
}

Test(comparison_words, a_side_of_ids_is_called_by_the_names_of_its_runs)
{
    struct viz_comparison *one = rig_begin(1, 1, "1", "2");
    char label[VIZ_LABEL], name[] = "fan off";
    const char *own = one->side[0].run[0]->run.name;
    one->side[0].run[0]->run.name = name;
    viz_comparison_label(&one->side[0], false, label, sizeof(label));
    cr_expect_str_eq(label, "17 fan off");
    one->side[0].run[0]->run.name = NULL;
    viz_comparison_label(&one->side[0], false, label, sizeof(label));
    cr_expect_str_eq(label, "17");
    one->side[0].run[0]->run.name = own;
    rig_end(one);
}

Test(comparison_words, whether_runs_hold_still_is_said_of_each_metric)
{
    struct viz_comparison *many = rig_many();
    cr_expect(has(text_of(many, 0, false), "steady: 5 of 5 runs in A, 4 of 5 in B"));
    rig_end(many);
}

Test(comparison_words, a_difference_that_may_be_negligible_is_called_so)
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

Test(comparison_words, what_is_the_same_in_every_run_has_no_interval)
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

Test(comparison_words, a_change_within_a_run_is_told_with_its_time)
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
Test(comparison_words, a_sentence_that_is_cut_stays_text)
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

Test(comparison_words, values_have_four_digits_and_differences_three)
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
