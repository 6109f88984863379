/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <viz/device.h>

#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

#define HOPS 200000
#define PUBLISHED VIZ_DEVICE_HOPS_PUBLISHED

static const struct viz_device_model plain = {
    .mean_us = 5000, .sd_us = 400, .hop_hz = 50, .seed = 1};

struct moments {
    double mean, sd, correlation;
};

/* Times of the first @count hops. */
static void hop_times(const struct viz_device_model *model, uint32_t device,
                      uint16_t *out, size_t count)
{
    struct viz_hops *hops = viz_hops_create(model, device);
    for (size_t i = 0; i < count; i++) {
        viz_hops_run(hops, i + 1);
        out[i] = viz_hops_newest(hops);
    }
    viz_hops_destroy(hops);
}

static struct moments moments_of(const uint16_t *x, size_t count)
{
    double mean = 0, square = 0, product = 0;
    for (size_t i = 0; i < count; i++)
        mean += x[i] / (double)count;
    for (size_t i = 0; i < count; i++) {
        square += (x[i] - mean) * (x[i] - mean);
        product += i ? (x[i] - mean) * (x[i - 1] - mean) : 0;
    }
    return (struct moments){mean, sqrt(square / (double)count), product / square};
}

static uint16_t times[HOPS];

/* What the firmware would say after these hops, computed from nothing each time. */
static struct viz_lw_frame oracle(const uint16_t *x, size_t from, size_t count,
                                  uint32_t timestamp_ms)
{
    struct viz_lw_frame f = {.timestamp_ms = timestamp_ms, .flags = 2};
    static const uint16_t edges[] = {100, 200, 400, 800, 1600, 3200, 6400};
    for (size_t i = from; i < from + count; i++) {
        uint16_t goertzel = (uint16_t)(x[i] * 0.6), chroma = (uint16_t)(x[i] * 0.1);
        uint16_t dc = (uint16_t)(x[i] * 0.05);
        f.avg_total_us = f.hop_count ? 0.9f * f.avg_total_us + 0.1f * x[i] : x[i];
        f.avg_dc_agc_us = f.hop_count ? 0.9f * f.avg_dc_agc_us + 0.1f * dc : dc;
        f.hop_count++;
        f.peak_total_us = x[i] > f.peak_total_us ? x[i] : f.peak_total_us;
        size_t bin = 0;
        while (bin < 7 && x[i] >= edges[bin])
            bin++;
        f.histogram[bin]++;
        if (i % 2 == 0)
            continue;
        bool first = !f.goertzel_count_full++;
        f.avg_goertzel_us =
            first ? goertzel : 0.9f * f.avg_goertzel_us + 0.1f * goertzel;
        f.avg_chroma_us = first ? chroma : 0.9f * f.avg_chroma_us + 0.1f * chroma;
        f.peak_goertzel_us =
            goertzel > f.peak_goertzel_us ? goertzel : f.peak_goertzel_us;
    }
    f.goertzel_count = (uint16_t)f.goertzel_count_full;
    f.cpu_load_percent = f.avg_total_us / 200;
    return f;
}

static void expect_near(float got, float expected)
{
    cr_assert_float_eq(got, expected, 1e-5 * (1 + fabsf(expected)), "%.9g, not %.9g",
                       (double)got, (double)expected);
}

static void expect_frame(const struct viz_hops *hops, const struct viz_lw_frame *e)
{
    struct viz_lw_frame got;
    viz_hops_frame(hops, e->timestamp_ms, e->flags & 1, &got);
    cr_assert_eq(got.timestamp_ms, e->timestamp_ms);
    cr_assert_eq(got.hop_count, e->hop_count);
    cr_assert_eq(got.goertzel_count, e->goertzel_count);
    cr_assert_eq(got.goertzel_count_full, e->goertzel_count_full);
    cr_assert_eq(got.peak_total_us, e->peak_total_us);
    cr_assert_eq(got.peak_goertzel_us, e->peak_goertzel_us);
    cr_assert_eq(got.flags, e->flags);
    cr_assert_eq(got.reserved, 0);
    cr_assert(!got.extended);
    cr_assert_arr_eq(got.histogram, e->histogram, sizeof(got.histogram));
    expect_near(got.avg_total_us, e->avg_total_us);
    expect_near(got.avg_goertzel_us, e->avg_goertzel_us);
    expect_near(got.avg_dc_agc_us, e->avg_dc_agc_us);
    expect_near(got.avg_chroma_us, e->avg_chroma_us);
    expect_near(got.cpu_load_percent, e->cpu_load_percent);
}

Test(device, frames_change_every_62_hops_and_say_what_the_hops_were)
{
    struct viz_device_model model = plain;
    model.ar = 0.4;
    model.spikes = 2;
    hop_times(&model, 3, times, 40 * PUBLISHED);
    struct viz_hops *hops = viz_hops_create(&model, 3);
    for (size_t hop = 0; hop < 40 * PUBLISHED; hop++) {
        struct viz_lw_frame e =
            oracle(times, 0, hop / PUBLISHED * PUBLISHED, (uint32_t)hop);
        viz_hops_run(hops, hop);
        expect_frame(hops, &e);
    }
    viz_hops_destroy(hops);
}

Test(device, a_frame_before_anything_is_published_is_all_zeros)
{
    struct viz_hops *hops = viz_hops_create(&plain, 0);
    struct viz_lw_frame e = {.timestamp_ms = 7, .flags = 3};
    viz_hops_run(hops, PUBLISHED - 1);
    expect_frame(hops, &e);
    viz_hops_destroy(hops);
}

Test(device, a_reset_keeps_the_hops_that_wait_and_a_boot_does_not)
{
    hop_times(&plain, 0, times, 1000);
    struct viz_hops *hops = viz_hops_create(&plain, 0);
    viz_hops_run(hops, 100);
    viz_hops_reset(hops);
    expect_frame(hops, &(struct viz_lw_frame){.flags = 2});
    viz_hops_run(hops, 124);
    struct viz_lw_frame after_reset = oracle(times, 62, 62, 5);
    expect_frame(hops, &after_reset);
    viz_hops_run(hops, 150);
    viz_hops_boot(hops);
    viz_hops_run(hops, 150 + 61);
    expect_frame(hops, &(struct viz_lw_frame){.flags = 2});
    viz_hops_run(hops, 150 + 62);
    struct viz_lw_frame after_boot = oracle(times, 150, 62, 5);
    expect_frame(hops, &after_boot);
    viz_hops_destroy(hops);
}

Test(device, one_jump_is_as_many_single_hops)
{
    struct viz_hops *slow = viz_hops_create(&plain, 0);
    struct viz_hops *fast = viz_hops_create(&plain, 0);
    struct viz_lw_frame a, b;
    for (uint64_t hop = 0; hop <= 5001; hop += 3)
        viz_hops_run(slow, hop);
    viz_hops_run(fast, 5001);
    viz_hops_run(fast, 17); /* long done */
    viz_hops_frame(slow, 1, true, &a);
    viz_hops_frame(fast, 1, true, &b);
    cr_assert_eq(memcmp(&a, &b, sizeof(a)), 0);
    viz_hops_destroy(slow);
    viz_hops_destroy(fast);
    viz_hops_destroy(NULL);
}

Test(device, the_seed_and_the_device_decide)
{
    uint16_t a[200], b[200];
    struct viz_device_model other = plain;
    other.seed = 2;
    hop_times(&plain, 0, a, 200);
    hop_times(&plain, 0, b, 200);
    cr_assert_arr_eq(a, b, sizeof(a));
    hop_times(&plain, 1, b, 200);
    cr_assert_arr_neq(a, b, sizeof(a));
    hop_times(&other, 0, b, 200);
    cr_assert_arr_neq(a, b, sizeof(a));
}

/* Standard errors: of the mean sd sqrt((1 + ar) / (1 - ar) / n), 9 here; whole
 * microseconds are half of one too low. */
Test(device, mean_spread_and_correlation_are_those_asked_for)
{
    struct viz_device_model model = {
        .mean_us = 20000, .sd_us = 2000, .ar = 0.6, .hop_hz = 50, .seed = 9};
    hop_times(&model, 0, times, HOPS);
    struct moments m = moments_of(times, HOPS);
    cr_assert_float_eq(m.mean, 20000 - 0.5, 40);
    cr_assert_float_eq(m.sd, 2000, 20);
    cr_assert_float_eq(m.correlation, 0.6, 0.01);
    model.ar = -0.3;
    hop_times(&model, 0, times, HOPS);
    m = moments_of(times, HOPS);
    cr_assert_float_eq(m.sd, 2000, 20);
    cr_assert_float_eq(m.correlation, -0.3, 0.01);
}

Test(device, hop_times_are_normal_out_to_the_tails)
{
    struct viz_device_model model = {
        .mean_us = 20000, .sd_us = 2000, .hop_hz = 50, .seed = 5};
    unsigned beyond[4] = {0};
    hop_times(&model, 0, times, HOPS);
    for (size_t i = 0; i < HOPS; i++)
        for (unsigned k = 1; k < 4; k++)
            beyond[k] += fabs(times[i] + 0.5 - 20000) > 2000.0 * k;
    cr_assert_float_eq(beyond[1] / (double)HOPS, 0.3173, 0.005);
    cr_assert_float_eq(beyond[2] / (double)HOPS, 0.0455, 0.002);
    cr_assert_float_eq(beyond[3] / (double)HOPS, 0.0027, 0.0006);
}

Test(device, so_many_percent_of_the_hops_take_five_times_as_long)
{
    struct viz_device_model model = {
        .mean_us = 1000, .spikes = 3, .hop_hz = 50, .seed = 5};
    unsigned spikes = 0;
    hop_times(&model, 0, times, HOPS);
    for (size_t i = 0; i < HOPS; i++) {
        cr_assert(times[i] == 1000 || times[i] == 5000);
        spikes += times[i] == 5000;
    }
    cr_assert_float_eq(spikes / (double)HOPS, 0.03, 0.002);
    model.spikes = 100;
    hop_times(&model, 0, times, 100);
    for (size_t i = 0; i < 100; i++)
        cr_assert_eq(times[i], 5000);
}

Test(device, an_effect_is_in_percent_and_a_trend_in_microseconds_a_minute)
{
    struct viz_device_model model = {
        .mean_us = 5000, .effect = 4, .hop_hz = 50, .trend = 60};
    hop_times(&model, 0, times, 6001);
    cr_assert_eq(times[0], 5200);
    cr_assert_float_eq(times[3000], 5260, 1); /* a minute later */
    cr_assert_float_eq(times[6000], 5320, 1);
}

Test(device, times_never_fall_below_0_and_wrap_as_a_uint16)
{
    struct viz_device_model model = {.mean_us = 65535.5, .hop_hz = 50};
    struct viz_lw_frame f;
    hop_times(&model, 0, times, 2);
    cr_assert_eq(times[1], 65535);
    model.mean_us = 65536;
    hop_times(&model, 0, times, 2);
    cr_assert_eq(times[1], 0);
    model.mean_us = 70000;
    struct viz_hops *hops = viz_hops_create(&model, 0);
    viz_hops_run(hops, PUBLISHED);
    viz_hops_frame(hops, 0, false, &f);
    cr_assert_eq(f.peak_total_us, 70000 - 65536);
    viz_hops_destroy(hops);
    model = (struct viz_device_model){.mean_us = 10, .sd_us = 1000, .hop_hz = 50};
    hop_times(&model, 0, times, 1000);
    for (size_t i = 0; i < 1000; i++)
        cr_assert_lt(times[i], 10000);
}

Test(device, counters_of_16_bits_wrap)
{
    struct viz_device_model model = {.mean_us = 50, .hop_hz = 50};
    struct viz_hops *hops = viz_hops_create(&model, 0);
    struct viz_lw_frame f;
    uint32_t hop = 3000 * PUBLISHED; /* 186000 */
    viz_hops_run(hops, hop);
    viz_hops_frame(hops, 0, false, &f);
    cr_assert_eq(f.hop_count, hop);
    cr_assert_eq(f.goertzel_count_full, hop / 2);
    cr_assert_eq(f.goertzel_count, hop / 2 - 65536);
    cr_assert_eq(f.histogram[0], hop - 2 * 65536);
    cr_assert_eq(f.histogram[1], 0);
    viz_hops_destroy(hops);
}
