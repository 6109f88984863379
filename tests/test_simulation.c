/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <viz/simulation.h>

#include <criterion/criterion.h>

#include <math.h>
#include <string.h>

static struct viz_simulation_params minute(uint64_t seed, double hop_hz)
{
    return (struct viz_simulation_params){
        .model = {.mean_us = 5000, .sd_us = 400, .hop_hz = hop_hz, .seed = seed},
        .frames = 600,
        .frame_hz = 10};
}

static double mean(const double *x, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += x[i];
    return sum / (double)n;
}

static size_t repeats(const struct viz_simulated *run)
{
    size_t count = 0;
    for (size_t i = 1; i < run->frames; i++)
        count += run->frame[i] == run->frame[i - 1];
    return count;
}

Test(simulation, published_frames_repeat_and_live_ones_do_not)
{
    struct viz_simulation_params params = minute(1, 50);
    struct viz_simulated live, published;
    viz_simulation_run(&params, &live, &published);
    cr_expect_eq(live.frames, 600u);
    cr_expect_eq(published.frames, 600u);
    cr_expect_eq(repeats(&live), 0u);
    cr_expect_eq(live.values, 599u);
    /* 599 steps of 5 hops hold 48 or 49 publications of 62. */
    cr_expect(published.values == 48 || published.values == 49);
    cr_expect_eq(repeats(&published), 599 - published.values);
    viz_simulated_finish(&live);
    viz_simulated_finish(&published);
}

Test(simulation, a_rate_that_is_no_multiple_of_the_frames_loses_no_hop)
{
    struct viz_simulation_params params = minute(1, 125);
    struct viz_simulated live, published;
    viz_simulation_run(&params, &live, &published);
    cr_expect_eq(live.values, 599u);
    cr_expect(published.values == 120 || published.values == 121, "%zu",
              published.values);
    viz_simulated_finish(&live);
    viz_simulated_finish(&published);
}

/* A device slower than its frames: most frames say nothing new even when live. */
Test(simulation, a_device_slower_than_its_frames_repeats_itself)
{
    struct viz_simulation_params params = minute(1, 5);
    struct viz_simulated live;
    viz_simulation_run(&params, &live, NULL);
    cr_expect_eq(live.values, 299u);
    viz_simulated_finish(&live);
}

Test(simulation, the_published_values_are_those_of_the_device)
{
    struct viz_simulation_params params = minute(7, 50);
    struct viz_simulated published;
    viz_simulation_run(&params, NULL, &published);
    struct viz_hops *device = viz_hops_create(&params.model, 0);
    size_t found = 0;
    for (uint64_t hop = 62; hop <= 62 * 60; hop += 62) {
        struct viz_lw_frame frame;
        viz_hops_run(device, hop);
        viz_hops_frame(device, 0, true, &frame);
        for (size_t i = 0; i < published.frames; i++)
            if (published.frame[i] == (double)frame.avg_total_us) {
                found++;
                break;
            }
    }
    cr_expect_eq(found, published.values + 1);
    viz_hops_destroy(device);
    viz_simulated_finish(&published);
}

/* Without noise the firmware's average stands still but for the rounding of its floats. */
Test(simulation, a_device_without_noise_says_its_mean)
{
    struct viz_simulation_params params = minute(1, 50);
    params.model.sd_us = 0;
    struct viz_simulated live, published;
    viz_simulation_run(&params, &live, &published);
    for (size_t i = 0; i < live.values; i++)
        cr_expect_float_eq(live.value[i], 5000, 0.02);
    for (size_t i = 0; i < published.values; i++)
        cr_expect_float_eq(published.value[i], 5000, 0.02);
    viz_simulated_finish(&live);
    viz_simulated_finish(&published);
}

Test(simulation, the_mean_of_the_values_is_that_of_the_hops)
{
    double sum = 0;
    for (uint32_t device = 0; device < 40; device++) {
        struct viz_simulation_params params = minute(3, 125);
        struct viz_simulated live;
        params.device = device;
        params.model.spikes = 0.5;
        viz_simulation_run(&params, &live, NULL);
        sum += mean(live.value, live.values);
        viz_simulated_finish(&live);
    }
    /* Whole microseconds, cut: half of one is missing. 5 times the mean in 0.5 %. The
     * standard error is 1470 / sqrt(300000) = 2.7. */
    cr_expect_float_eq(sum / 40, 5000 * 1.02 - 0.5, 12);
}

Test(simulation, a_shift_moves_every_value_by_just_that)
{
    struct viz_simulation_params params = minute(5, 50);
    struct viz_simulated plain, shifted;
    viz_simulation_run(&params, NULL, &plain);
    params.shift_us = 100;
    viz_simulation_run(&params, NULL, &shifted);
    cr_assert_eq(plain.values, shifted.values);
    for (size_t i = 0; i < plain.values; i++)
        cr_expect_float_eq(shifted.value[i] - plain.value[i], 100, 1e-6);
    viz_simulated_finish(&plain);
    viz_simulated_finish(&shifted);
}

Test(simulation, the_same_seed_gives_the_same_run_and_another_device_another)
{
    struct viz_simulation_params params = minute(9, 50);
    struct viz_simulated one, two, other;
    viz_simulation_run(&params, &one, NULL);
    viz_simulation_run(&params, &two, NULL);
    params.device = 1;
    viz_simulation_run(&params, &other, NULL);
    cr_expect_eq(memcmp(one.frame, two.frame, sizeof(double) * one.frames), 0);
    cr_expect_eq(memcmp(one.value, two.value, sizeof(double) * one.values), 0);
    cr_expect_neq(memcmp(one.frame, other.frame, sizeof(double) * one.frames), 0);
    viz_simulated_finish(&one);
    viz_simulated_finish(&two);
    viz_simulated_finish(&other);
}

/* What the average put into the frames is gone from the values. */
Test(simulation, undoing_the_average_undoes_the_likeness_of_neighbours)
{
    struct viz_simulation_params params = minute(11, 50);
    struct viz_simulated live;
    viz_simulation_run(&params, &live, NULL);
    double lag[2] = {0};
    for (int which = 0; which < 2; which++) {
        const double *x = which ? live.value : live.frame;
        size_t n = which ? live.values : live.frames;
        double m = mean(x, n), square = 0;
        for (size_t i = 0; i < n; i++)
            square += (x[i] - m) * (x[i] - m);
        for (size_t i = 1; i < n; i++)
            lag[which] += (x[i] - m) * (x[i - 1] - m) / square;
    }
    cr_expect_float_eq(lag[0], 0.59, 0.1);
    cr_expect_float_eq(lag[1], 0, 0.12);
    viz_simulated_finish(&live);
}
