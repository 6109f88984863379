/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What stands in the picture: every sample, nothing else, in its place and colour. */
#include "picture_rig.h"

#include "../src/draw/theme.h"

#include <viz/columns.h>
#include <viz/png.h>

#include <math.h>
#include <png.h>
#include <string.h>
#include <unistd.h>

#define STEP (5 * SECOND / 1000) /* 200 rows a second */
#define SPIKE 360000             /* row at 1800 s */

static float one_spike(uint32_t channel, int64_t row)
{
    (void)channel;
    return row == SPIKE ? 5 : 0;
}

Test(picture, a_spike_of_one_sample_lights_a_pixel_at_every_zoom)
{
    static const int64_t windows[] = {
        SECOND / 1000, 3 * SECOND / 1000, 30 * SECOND / 1000, SECOND / 2,    2 * SECOND,
        7 * SECOND,    60 * SECOND,       601 * SECOND,       3600 * SECOND,
    };
    struct studio *s = studio_open(640, 360);
    studio_feed(s, 0, 0, 720000, STEP, one_spike, NULL);
    for (size_t i = 0; i < sizeof(windows) / sizeof(windows[0]); i++)
        for (int shift = 0; shift < 3; shift++) {
            int64_t right_ns = SPIKE * STEP + windows[i] / (3 + shift);
            studio_shoot(s, right_ns, windows[i]);
            const struct viz_lane *lane = &s->layout->lane[0];
            int quarter = lane->top + (lane->bottom - lane->top) / 4;
            cr_expect_gt(studio_count_red(s, s->layout->plot_left,
                                          s->layout->plot_right, lane->top, quarter),
                         0, "window %lld ns", (long long)windows[i]);
        }
    studio_close(s);
}

static float flat(uint32_t channel, int64_t row)
{
    (void)row;
    return (float)channel;
}

static unsigned break_at_600(int64_t row)
{
    return row == 600 ? VIZ_ROW_BREAK : 0;
}

static void expect_dark(struct studio *s, int64_t from_ns, int64_t to_ns)
{
    int64_t left_ns, right_ns;
    viz_renderer_shown(s->renderer, &left_ns, &right_ns);
    const struct viz_layout *l = s->layout;
    double px = (double)viz_layout_columns(l) / (double)(right_ns - left_ns);
    int from = l->plot_left + (int)ceil((double)(from_ns - left_ns) * px) + 2;
    int to = l->plot_left + (int)floor((double)(to_ns - left_ns) * px) - 2;
    cr_assert_lt(from, to);
    cr_expect_eq(studio_count_red(s, from, to, l->plot_top, l->plot_bottom), 0);
    cr_expect_gt(studio_count_red(s, l->plot_left, from, l->plot_top, l->plot_bottom),
                 0);
    cr_expect_gt(studio_count_red(s, to, l->plot_right, l->plot_top, l->plot_bottom),
                 0);
}

/* Rows 0..399, nothing for a second, rows 600..999; drawn as bands and as points. */
Test(picture, a_gap_is_dark)
{
    static const int64_t windows[] = {4 * SECOND, 3 * SECOND / 2};
    struct studio *s = studio_open(1280, 360);
    studio_feed(s, 0, 0, 400, STEP, flat, NULL);
    studio_feed(s, 0, 600, 1000, STEP, flat, break_at_600);
    for (size_t i = 0; i < 2; i++) {
        studio_shoot(s, 600 * STEP + windows[i] / 8, windows[i]);
        expect_dark(s, 399 * STEP, 600 * STEP);
    }
    studio_close(s);
}

static float nan_inside(uint32_t channel, int64_t row)
{
    (void)channel;
    return row > 399 && row < 600 ? NAN : 1;
}

static float missing_inside(uint32_t channel, int64_t row)
{
    (void)channel;
    return row > 399 && row < 600 ? viz_missing_value() : 1;
}

Test(picture, values_that_are_no_numbers_are_dark)
{
    static const int64_t windows[] = {4 * SECOND, 3 * SECOND / 2};
    studio_value *values[] = {nan_inside, missing_inside};
    for (size_t v = 0; v < 2; v++) {
        struct studio *s = studio_open(1280, 360);
        studio_feed(s, 0, 0, 1000, STEP, values[v], NULL);
        for (size_t i = 0; i < 2; i++) {
            studio_shoot(s, 600 * STEP + windows[i] / 8, windows[i]);
            expect_dark(s, 399 * STEP, 600 * STEP);
        }
        studio_close(s);
    }
}

static float noise(uint32_t channel, int64_t row)
{
    uint32_t x = (uint32_t)row * 2654435761u + channel * 40503u;
    x ^= x >> 15;
    x *= 2246822519u;
    x ^= x >> 13;
    return (float)x / 4294967296.0f - 0.5f;
}

static float noise_then_far(uint32_t channel, int64_t row)
{
    return row < 1900 ? noise(channel, row) : 1e6f * noise(channel, row);
}

Test(picture, nothing_is_drawn_outside_of_its_lane)
{
    static const int64_t windows[] = {5 * SECOND, SECOND / 5};
    struct studio *s = studio_open(640, 360);
    s->stream[0].channels = 3;
    s->channel[0][0].colour = VIZ_COLOUR_AUTO;
    s->channel[0][1].colour = 0xff0000;
    studio_feed(s, 0, 0, 2000, STEP, noise_then_far, NULL);
    for (size_t i = 0; i < 2; i++) {
        studio_shoot(s, 2000 * STEP, windows[i]);
        const struct viz_lane *lane = &s->layout->lane[1];
        int inside = studio_count_red(s, s->layout->plot_left, s->layout->plot_right,
                                      lane->top, lane->bottom);
        cr_expect_gt(inside, 100);
        cr_expect_eq(studio_count_red_plot(s), inside);
        cr_expect_eq(studio_count_red(s, s->layout->plot_right, s->width, 0, s->height),
                     0);
    }
    studio_close(s);
}

static float square(uint32_t channel, int64_t row)
{
    (void)channel;
    return row / 40 % 2 ? 1 : -1;
}

Test(picture, colours_are_exact_in_both_themes)
{
    for (int light = 0; light < 2; light++) {
        struct studio *s = studio_open(640, 360);
        s->view.light = light;
        studio_feed(s, 0, 0, 2000, STEP, square, NULL);
        studio_shoot(s, 2000 * STEP, 5 * SECOND);
        int pure = 0;
        for (int y = 0; y < s->height; y++)
            for (int x = s->layout->plot_left; x < s->layout->plot_right; x++)
                pure += studio_pixel(s, x, y) == 0xff0000;
        cr_expect_gt(pure, 500); /* the edges of the square stand upright */
        cr_expect_eq(studio_pixel(s, s->width - 2, 2),
                     viz_theme_find(light)->background);
        studio_close(s);
    }
}

/* No hue that the program chooses is taken for red, by itself or mixed with the ground. */
Test(picture, only_what_the_user_made_red_is_red)
{
    for (int light = 0; light < 2; light++) {
        const struct viz_theme *theme = viz_theme_find(light);
        uint32_t colours[VIZ_THEME_HUES + 3] = {theme->good, theme->warn, theme->bad};
        memcpy(colours + 3, theme->hue, sizeof(theme->hue));
        for (size_t i = 0; i < VIZ_THEME_HUES + 3; i++) {
            int red = colours[i] >> 16, green = colours[i] >> 8 & 255;
            int blue = colours[i] & 255;
            cr_expect(red - green <= 70 || red - blue <= 70, "%06x", colours[i]);
        }
    }
}

/* The share of pixel row @y (counted from the top) that @column covers: the mean over
 * many places within the column. Heights count upwards from the pixel's lower edge. */
static double covered(const struct viz_column *column, const struct viz_lane *lane,
                      int y)
{
    enum { PLACES = 256 };
    const double half = 0.65;
    if (!(column->min <= column->max))
        return 0;
    double min = y + 1 - (double)viz_layout_y(lane, column->min);
    double max = y + 1 - (double)viz_layout_y(lane, column->max);
    double enter = y + 1 - (double)viz_layout_y(lane, column->enter);
    double leave = y + 1 - (double)viz_layout_y(lane, column->leave);
    double reach = half * hypot(1, leave - enter);
    double sum = 0;
    for (int i = 0; i < PLACES; i++) {
        double line = enter + (leave - enter) * (i + 0.5) / PLACES;
        double top = fmin(line + reach + max - fmax(enter, leave), max + half);
        double bottom = fmax(line - reach - fmin(enter, leave) + min, min - half);
        sum += fmax(0, fmin(top, 1) - fmax(bottom, 0));
    }
    return sum / PLACES;
}

static void expect_column(const struct studio *s, const struct viz_lane *lane,
                          const struct viz_column *column, int x)
{
    uint32_t ground = viz_theme_find(false)->background;
    for (int y = lane->top; y < lane->bottom; y++) {
        double cover = fmin(1, covered(column, lane, y));
        uint32_t rgb = studio_pixel(s, x, y);
        if (cover < 0.01)
            cr_assert_not(studio_red(s, x, y), "at %d, %d", x, y);
        else
            for (int shift = 0; shift <= 16; shift += 8) {
                double paint = 0xff0000 >> shift & 255, under = ground >> shift & 255;
                double want = under + (paint - under) * cover;
                double got = rgb >> shift & 255;
                cr_assert(fabs(want - got) <= 3, "at %d, %d: %g, not %g", x, y, got,
                          want);
            }
    }
}

static void expect_bands(studio_value *value, int64_t window_ns)
{
    struct studio *s = studio_open(800, 400);
    studio_feed(s, 0, 0, 4000, STEP, value, NULL);
    studio_shoot(s, 4000 * STEP, window_ns);
    int64_t left_ns, right_ns;
    viz_renderer_shown(s->renderer, &left_ns, &right_ns);
    int bins = viz_layout_columns(s->layout);
    int64_t bin_ns = (right_ns - left_ns) / bins, first = left_ns / bin_ns;
    struct viz_columns *columns = viz_columns_create(CHANNELS, 1024);
    viz_columns_update(columns, s->stream[0].series, bin_ns, first, first + bins - 1);
    struct viz_lane lane = s->layout->lane[0];
    struct viz_scale scale = {0};
    viz_columns_range(columns, 0, first, first + bins - 1, &lane.low, &lane.high);
    viz_scale_update(&scale, lane.low, lane.high, s->scene.now_ns);
    viz_layout_set_range(&lane, scale.low, scale.high, 1);
    for (int i = 0; i < bins; i++)
        expect_column(s, &lane, &viz_columns_at(columns, 0)[(first + i) & 1023],
                      s->layout->plot_left + i);
    viz_columns_destroy(columns);
    studio_close(s);
}

static float slow_wave(uint32_t channel, int64_t row)
{
    (void)channel;
    return sinf((float)row * 0.02f);
}

/* From half a sample a pixel to several. */
Test(picture, bands_agree_with_a_rasteriser_in_c)
{
    static const int64_t windows[] = {8 * SECOND / 5, 3 * SECOND, 15 * SECOND};
    for (size_t i = 0; i < 3; i++) {
        expect_bands(noise, windows[i]);
        expect_bands(slow_wave, windows[i]);
    }
}

static float ramp(uint32_t channel, int64_t row)
{
    (void)channel;
    return (float)row;
}

/* How much redder than grey, 0 to 255. */
static int red_excess(const struct studio *s, int x, int y)
{
    uint32_t rgb = studio_pixel(s, x, y);
    int excess = (int)(rgb >> 16) - (int)(rgb >> 8 & 255);
    return excess > 0 ? excess : 0;
}

/* Around one sample a pixel a slope of less than a pixel a column is a smooth line: what it
 * covers of each column is as much as of the next, wherever the samples fall. */
Test(picture, a_gentle_slope_has_no_steps)
{
    static const int64_t windows[] = {8 * SECOND / 5, 2 * SECOND, 4 * SECOND,
                                      8 * SECOND};
    struct studio *s = studio_open(800, 400);
    studio_feed(s, 0, 0, 4000, STEP, ramp, NULL);
    for (size_t i = 0; i < 4; i++) {
        studio_shoot(s, 3990 * STEP, windows[i]);
        const struct viz_layout *l = s->layout;
        int least = 1 << 20, most = 0;
        for (int x = l->plot_left + 2; x < l->plot_right - 2; x++) {
            int sum = 0;
            for (int y = l->plot_top; y < l->plot_bottom; y++)
                sum += red_excess(s, x, y);
            least = sum < least ? sum : least;
            most = sum > most ? sum : most;
        }
        cr_expect_lt(most - least, most / 10, "window %lld ns: %d to %d",
                     (long long)windows[i], least, most);
    }
    studio_close(s);
}

/* Panning by whole columns moves the curve and changes no pixel of it. */
Test(picture, nothing_shimmers_while_it_scrolls)
{
    enum { SHIFT = 7 };
    struct studio *s = studio_open(640, 360);
    studio_feed(s, 0, 0, 4000, STEP, noise, NULL);
    studio_shoot(s, 3000 * STEP, 10 * SECOND);
    int64_t left_ns, right_ns;
    viz_renderer_shown(s->renderer, &left_ns, &right_ns);
    int bins = viz_layout_columns(s->layout);
    int64_t bin_ns = (right_ns - left_ns) / bins;
    uint8_t *before = s->pixels;
    s->pixels = NULL;
    studio_shoot(s, 3000 * STEP + SHIFT * bin_ns, 10 * SECOND);
    uint8_t *after = s->pixels;
    for (int y = s->layout->plot_top; y < s->layout->plot_bottom; y++)
        for (int x = s->layout->plot_left; x < s->layout->plot_right - SHIFT; x++) {
            s->pixels = before;
            bool red = studio_red(s, x + SHIFT, y);
            uint32_t old = studio_pixel(s, x + SHIFT, y);
            s->pixels = after;
            if (red)
                cr_assert_eq(old, studio_pixel(s, x, y), "at %d, %d", x, y);
        }
    free(before);
    studio_close(s);
}

Test(picture, the_frame_says_which_time_it_shows)
{
    struct studio *s = studio_open(640, 360);
    studio_feed(s, 0, 0, 1000, STEP, noise, NULL);
    int64_t newest_ns = 999 * STEP, left_ns, right_ns;
    studio_shoot(s, newest_ns, 2 * SECOND);
    viz_renderer_shown(s->renderer, &left_ns, &right_ns);
    int bins = viz_layout_columns(s->layout);
    int64_t bin_ns = 2 * SECOND / bins;
    cr_expect_eq(right_ns - left_ns, bin_ns * bins);
    cr_expect_gt(right_ns, newest_ns);
    cr_expect_leq(right_ns - bin_ns, newest_ns);
    studio_close(s);
}

/* The newest sample, in the newest column. */
static float last_is_high(uint32_t channel, int64_t row)
{
    (void)channel;
    return row == 999 ? 9 : 0;
}

Test(picture, the_newest_sample_stands_at_the_right_edge)
{
    static const int64_t windows[] = {4 * SECOND, SECOND / 2};
    struct studio *s = studio_open(640, 360);
    studio_feed(s, 0, 0, 1000, STEP, last_is_high, NULL);
    for (size_t i = 0; i < 2; i++) {
        studio_shoot(s, 999 * STEP, windows[i]);
        const struct viz_lane *lane = &s->layout->lane[0];
        int middle = (lane->top + lane->bottom) / 2;
        cr_expect_gt(studio_count_red(s, s->layout->plot_right - 3,
                                      s->layout->plot_right, lane->top, middle),
                     middle / 3);
    }
    studio_close(s);
}

Test(picture, a_screenshot_holds_what_was_drawn)
{
    struct studio *s = studio_open(320, 200);
    studio_feed(s, 0, 0, 1000, STEP, square, NULL);
    studio_shoot(s, 999 * STEP, 4 * SECOND);
    char path[] = "/tmp/viz-test-shot-XXXXXX";
    close(mkstemp(path));
    struct viz_error err;
    cr_assert_eq(viz_png_write(path, s->pixels, s->width, s->height, &err), 0);
    png_image image = {.version = PNG_IMAGE_VERSION};
    cr_assert(png_image_begin_read_from_file(&image, path));
    image.format = PNG_FORMAT_RGBA;
    uint8_t *back = viz_zalloc(PNG_IMAGE_SIZE(image));
    cr_assert(png_image_finish_read(&image, NULL, back, 0, NULL));
    for (size_t i = 0; i < (size_t)s->width * (size_t)s->height; i++)
        cr_assert_arr_eq(back + 4 * i, s->pixels + 4 * i, 3);
    free(back);
    unlink(path);
    studio_close(s);
}
