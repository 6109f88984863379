/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "../src/draw/layout.h"

#include <viz/alloc.h>
#include <viz/sample.h>

#include <criterion/criterion.h>
#include <float.h>
#include <math.h>
#include <stdlib.h>

#define STREAMS 3

struct fixture {
    struct viz_layout *layout;
    struct viz_view view;
    struct viz_scene scene;
    struct viz_scene_stream stream[STREAMS];
    struct viz_scene_channel channel[STREAMS][VIZ_MAX_CHANNELS];
    struct viz_hud_line hud;
};

static struct fixture *open_fixture(uint32_t channels)
{
    struct fixture *f = viz_zalloc(sizeof(*f));
    f->layout = viz_zalloc(sizeof(*f->layout));
    viz_view_init(&f->view, 1000000000);
    for (uint32_t s = 0; s < STREAMS; s++) {
        f->stream[s] = (struct viz_scene_stream){"S", NULL, f->channel[s], channels};
        for (uint32_t c = 0; c < channels; c++)
            f->channel[s][c] = (struct viz_scene_channel){"c", "", VIZ_COLOUR_AUTO,
                                                          s * channels + c + 1, true};
    }
    f->scene = (struct viz_scene){.view = &f->view,
                                  .stream = f->stream,
                                  .streams = STREAMS,
                                  .hud = &f->hud,
                                  .hud_lines = 1};
    return f;
}

static void close_fixture(struct fixture *f)
{
    free(f->layout);
    free(f);
}

static void expect_sound(const struct viz_layout *l)
{
    cr_expect_lt(l->plot_left, l->plot_right);
    cr_expect_lt(l->plot_top, l->plot_bottom);
    for (uint32_t i = 0; i < l->lanes; i++) {
        cr_assert_lt(l->lane[i].top, l->lane[i].bottom);
        cr_assert_geq(l->lane[i].top, l->plot_top);
        cr_assert_leq(l->lane[i].bottom, l->plot_bottom + 1);
        if (i)
            cr_assert_geq(l->lane[i].top, l->lane[i - 1].top);
    }
}

Test(layout, lanes_stand_below_each_other_and_never_overlap)
{
    struct fixture *f = open_fixture(6);
    viz_layout_update(f->layout, &f->scene, 1280, 720, 1);
    expect_sound(f->layout);
    cr_expect_eq(f->layout->lanes, 18u);
    for (uint32_t i = 1; i < 18; i++) {
        int gap = f->layout->lane[i].top - f->layout->lane[i - 1].bottom;
        cr_expect_gt(gap, 0);
        if (i % 6 == 0)
            cr_expect_gt(gap, 8, "between streams");
    }
    close_fixture(f);
}

Test(layout, lanes_of_one_frame_differ_by_a_pixel_at_most)
{
    struct fixture *f = open_fixture(7);
    viz_layout_update(f->layout, &f->scene, 1000, 611, 1);
    int least = 1000, most = 0;
    for (uint32_t i = 0; i < f->layout->lanes; i++) {
        int height = f->layout->lane[i].bottom - f->layout->lane[i].top;
        least = height < least ? height : least;
        most = height > most ? height : most;
    }
    cr_expect_leq(most - least, 1);
    close_fixture(f);
}

Test(layout, more_lanes_than_pixels_and_windows_without_room_are_survived)
{
    static const int sizes[][2] = {
        {1, 1}, {320, 200}, {64, 2000}, {4000, 50}, {1280, 720}};
    struct fixture *f = open_fixture(VIZ_MAX_CHANNELS);
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
        for (int hud = 0; hud < 2; hud++) {
            f->view.hud = hud;
            viz_layout_update(f->layout, &f->scene, sizes[i][0], sizes[i][1], 1.5f);
            expect_sound(f->layout);
            cr_expect_eq(f->layout->lanes, (uint32_t)STREAMS * VIZ_MAX_CHANNELS);
        }
    close_fixture(f);
}

Test(layout, nothing_shown_has_no_lane)
{
    struct fixture *f = open_fixture(0);
    viz_layout_update(f->layout, &f->scene, 640, 480, 1);
    expect_sound(f->layout);
    cr_expect_eq(f->layout->lanes, 0u);
    close_fixture(f);
}

Test(layout, the_hud_takes_its_room_from_the_plot_and_covers_nothing)
{
    struct fixture *f = open_fixture(6);
    f->view.hud = false;
    viz_layout_update(f->layout, &f->scene, 1280, 720, 1);
    int right = f->layout->plot_right;
    cr_expect_eq(f->layout->panel_left, 1280);
    f->view.hud = true;
    viz_layout_update(f->layout, &f->scene, 1280, 720, 1);
    cr_expect_lt(f->layout->plot_right, right);
    cr_expect_lt(f->layout->plot_right, f->layout->panel_left);
    close_fixture(f);
}

Test(layout, overlay_gives_every_channel_the_whole_plot)
{
    struct fixture *f = open_fixture(6);
    f->view.overlay = true;
    viz_layout_update(f->layout, &f->scene, 1280, 720, 1);
    for (uint32_t i = 0; i < 18; i++) {
        cr_expect_eq(f->layout->lane[i].top, f->layout->plot_top);
        cr_expect_eq(f->layout->lane[i].bottom, f->layout->plot_bottom);
    }
    close_fixture(f);
}

Test(layout, everything_doubles_with_the_content_scale)
{
    struct fixture *f = open_fixture(6);
    viz_layout_update(f->layout, &f->scene, 1280, 720, 1);
    int top = f->layout->plot_top, label = f->layout->label_right;
    viz_layout_update(f->layout, &f->scene, 2560, 1440, 2);
    cr_expect_eq(f->layout->plot_top, 2 * top);
    cr_expect_eq(f->layout->label_right, 2 * label);
    close_fixture(f);
}

Test(layout, values_stand_where_the_axis_says)
{
    struct viz_lane lane = {.top = 100, .bottom = 200, .low = -1, .high = 3};
    cr_expect_float_eq(viz_layout_y(&lane, -1), 200, 1e-4f);
    cr_expect_float_eq(viz_layout_y(&lane, 3), 100, 1e-4f);
    cr_expect_float_eq(viz_layout_y(&lane, 0), 175, 1e-4f);
}

static void expect_few_ticks(struct viz_lane lane, float label_px)
{
    struct viz_ticks ticks = viz_layout_few_ticks(&lane, label_px, 2);
    float above = 1e9f;
    int count = 0;
    cr_assert_gt(ticks.step, 0, "%d px of %g to %g", lane.bottom, (double)lane.low,
                 (double)lane.high);
    for (int i = 0; i < 20; i++) {
        float y = viz_layout_y(&lane, ticks.first + i * ticks.step);
        if (y - label_px / 2 < -2.01f)
            break;
        cr_assert_leq(y + label_px / 2, (float)lane.bottom + 2.01f);
        cr_assert_geq(above - y, label_px - 0.01f);
        double part = (ticks.first + i * ticks.step) / ticks.round;
        cr_assert_float_eq(part, nearbyint(part), 1e-6, "labels are round");
        above = y;
        count++;
    }
    cr_assert(count >= 2 && count <= 1 + lane.bottom / 9,
              "%d ticks in %d px of %g to %g", count, lane.bottom, (double)lane.low,
              (double)lane.high);
}

Test(layout, a_low_lane_has_two_ticks_that_stand_clear)
{
    static const float middles[] = {0, 0.3f, -7, 9.81f, 1000, -3e6f};
    for (int height = 28; height < 104; height++)
        for (size_t m = 0; m < sizeof(middles) / sizeof(middles[0]); m++)
            for (float half = 0.01f; half < 1e6f; half *= 1.37f) {
                if (half < fabsf(middles[m]) * 1e-3f)
                    continue; /* finer than float32 tells apart */
                struct viz_lane lane = {.bottom = height,
                                        .low = middles[m] - half,
                                        .high = middles[m] + half};
                expect_few_ticks(lane, 9);
            }
}

Test(layout, a_lane_without_room_for_two_ticks_has_none)
{
    struct viz_lane lane = {.bottom = 17, .low = -1, .high = 1};
    cr_expect_eq(viz_layout_few_ticks(&lane, 9, 0).step, 0);
    lane.bottom = 30;
    lane.low = -3e38f;
    lane.high = 3e38f;
    cr_expect(viz_layout_few_ticks(&lane, 9, 0).step >= 0); /* and comes to an end */
}

Test(layout, a_range_has_room_around_it_and_stays_finite)
{
    static const float ranges[][2] = {{-1, 1}, {0, 1e-3f}, {-FLT_MAX, FLT_MAX}};
    for (int height = 1; height < 300; height++)
        for (size_t i = 0; i < 3; i++) {
            struct viz_lane lane = {.bottom = height};
            viz_layout_set_range(&lane, ranges[i][0], ranges[i][1], 1);
            cr_assert(isfinite(lane.low) && isfinite(lane.high));
            if (i < 2)
                cr_assert(lane.low < ranges[i][0] && lane.high > ranges[i][1]);
            if (i < 2 && height > 40)
                cr_assert_float_eq(viz_layout_y(&lane, ranges[i][1]), 2.6, 0.01);
        }
}

Test(layout, an_overlay_of_several_streams_has_a_wider_legend)
{
    struct fixture *f = open_fixture(6);
    f->view.overlay = true;
    viz_layout_update(f->layout, &f->scene, 1280, 720, 1);
    int several = f->layout->label_right - f->layout->label_left;
    f->scene.streams = 1;
    viz_layout_update(f->layout, &f->scene, 1280, 720, 1);
    int one = f->layout->label_right - f->layout->label_left;
    f->view.overlay = false;
    viz_layout_update(f->layout, &f->scene, 1280, 720, 1);
    cr_expect_gt(several, one);
    cr_expect_gt(one, f->layout->label_right - f->layout->label_left);
    close_fixture(f);
}
