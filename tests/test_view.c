/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <viz/view.h>

#include <criterion/criterion.h>
#include <math.h>

#define MS 1000000LL
#define SECOND (1000 * MS)

static struct viz_view live_at(int64_t newest_ns)
{
    struct viz_view view;
    viz_view_init(&view, 10 * SECOND);
    viz_view_advance(&view, newest_ns, newest_ns, false);
    return view;
}

Test(view, begins_live_with_the_window_asked_for)
{
    struct viz_view view;
    viz_view_init(&view, 10 * SECOND);
    cr_assert_eq(view.window_ns, 10 * SECOND);
    cr_assert(!view.frozen);
    viz_view_init(&view, 1);
    cr_assert_eq(view.window_ns, VIZ_WINDOW_MIN_NS);
    viz_view_init(&view, INT64_MAX);
    cr_assert_eq(view.window_ns, VIZ_WINDOW_MAX_NS);
}

Test(view, without_data_the_edge_is_now)
{
    struct viz_view view;
    viz_view_init(&view, SECOND);
    viz_view_advance(&view, 0, 5 * SECOND, false);
    cr_assert_eq(view.right_ns, 5 * SECOND);
    cr_assert_eq(viz_view_behind(&view), 0);
}

Test(view, follows_the_newest_sample)
{
    struct viz_view view = live_at(100 * SECOND);
    cr_assert_eq(view.right_ns, 100 * SECOND);
    viz_view_advance(&view, 101 * SECOND, 102 * SECOND, false);
    cr_assert_eq(view.right_ns, 101 * SECOND);
}

Test(view, a_stalled_source_is_seen_to_stall)
{
    struct viz_view view = live_at(100 * SECOND);
    viz_view_advance(&view, 100 * SECOND, 100 * SECOND + 500 * MS, false);
    cr_assert_eq(view.right_ns, 100 * SECOND, "half a second of patience");
    viz_view_advance(&view, 100 * SECOND, 100 * SECOND + 501 * MS, false);
    cr_assert_eq(view.right_ns, 100 * SECOND + 2 * MS,
                 "then it moves on without a jump");
    viz_view_advance(&view, 100 * SECOND, 103 * SECOND, false);
    cr_assert_eq(view.right_ns, 103 * SECOND, "and has caught up with the clock");
    viz_view_advance(&view, 103 * SECOND, 103 * SECOND, false);
    cr_assert_eq(view.right_ns, 103 * SECOND);
}

Test(view, the_end_of_the_data_stops_the_edge)
{
    struct viz_view view = live_at(100 * SECOND);
    viz_view_advance(&view, 101 * SECOND, 101 * SECOND, true);
    viz_view_advance(&view, 101 * SECOND, 200 * SECOND, true);
    cr_assert_eq(view.right_ns, 101 * SECOND);

    view = live_at(100 * SECOND);
    viz_view_advance(&view, 100 * SECOND, 102 * SECOND, false);
    int64_t edge_ns = view.right_ns;
    viz_view_advance(&view, 100 * SECOND, 200 * SECOND, true);
    cr_assert_eq(view.right_ns, edge_ns, "it stops where it is");
}

Test(view, a_clock_that_runs_backwards_does_not_move_the_edge_back)
{
    struct viz_view view = live_at(100 * SECOND);
    viz_view_advance(&view, 100 * SECOND, 50 * SECOND, false);
    cr_assert_eq(view.right_ns, 100 * SECOND);
}

Test(view, frozen_stands_still_and_counts_how_far_it_is_behind)
{
    struct viz_view view = live_at(100 * SECOND);
    viz_view_freeze(&view, true);
    viz_view_advance(&view, 103 * SECOND, 103 * SECOND, false);
    cr_assert_eq(view.right_ns, 100 * SECOND);
    cr_assert_eq(viz_view_behind(&view), 3 * SECOND);
    viz_view_freeze(&view, false);
    viz_view_advance(&view, 103 * SECOND, 103 * SECOND + 1, false);
    cr_assert_eq(view.right_ns, 103 * SECOND);
    cr_assert_eq(viz_view_behind(&view), 0);
}

Test(view, zoom_keeps_following)
{
    struct viz_view view = live_at(100 * SECOND);
    viz_view_zoom(&view, 0.5, 0.2);
    cr_assert_eq(view.window_ns, 5 * SECOND);
    cr_assert_eq(view.right_ns, 100 * SECOND);
    cr_assert(!view.frozen);
    viz_view_advance(&view, 101 * SECOND, 101 * SECOND, false);
    cr_assert_eq(view.right_ns, 101 * SECOND);
}

Test(view, zoom_while_frozen_keeps_the_point_under_the_mouse)
{
    struct viz_view view = live_at(100 * SECOND);
    viz_view_pan(&view, 2);
    viz_view_zoom(&view, 0.5, 0.25);
    cr_assert_eq(view.right_ns - view.window_ns * 3 / 4, 72 * SECOND + 500 * MS);
    viz_view_zoom(&view, 2, 0.25);
    cr_assert_eq(view.right_ns, 80 * SECOND);
}

Test(view, zoom_while_frozen_does_not_show_the_future)
{
    struct viz_view view = live_at(100 * SECOND);
    viz_view_freeze(&view, true);
    viz_view_zoom(&view, 4, 0.5);
    cr_assert_eq(view.right_ns, 100 * SECOND);
    cr_assert_eq(view.window_ns, 40 * SECOND);
}

Test(view, zoom_has_limits_and_refuses_nonsense)
{
    struct viz_view view = live_at(100 * SECOND);
    viz_view_zoom(&view, 1e-30, 0.5);
    cr_assert_eq(view.window_ns, VIZ_WINDOW_MIN_NS);
    viz_view_zoom(&view, 1e30, 0.5);
    cr_assert_eq(view.window_ns, VIZ_WINDOW_MAX_NS);
    struct viz_view before = view;
    viz_view_zoom(&view, 0, 0.5);
    viz_view_zoom(&view, -1, 0.5);
    viz_view_zoom(&view, NAN, 0.5);
    viz_view_zoom(&view, INFINITY, 0.5);
    viz_view_zoom(&view, 2, NAN);
    cr_assert_eq(view.window_ns, before.window_ns);
    cr_assert_eq(view.right_ns, before.right_ns);
}

Test(view, panning_back_freezes_and_past_the_newest_goes_live)
{
    struct viz_view view = live_at(100 * SECOND);
    viz_view_pan(&view, -1);
    cr_assert(!view.frozen, "nothing is newer than live");
    viz_view_pan(&view, 0.5);
    cr_assert(view.frozen);
    cr_assert_eq(view.right_ns, 95 * SECOND);
    viz_view_pan(&view, -0.25);
    cr_assert(view.frozen);
    viz_view_pan(&view, -0.25);
    cr_assert(!view.frozen);
    viz_view_advance(&view, 101 * SECOND, 101 * SECOND, false);
    cr_assert_eq(view.right_ns, 101 * SECOND);
}

Test(view, pan_refuses_nonsense_and_stops_at_the_clocks_zero)
{
    struct viz_view view = live_at(100 * SECOND);
    viz_view_pan(&view, NAN);
    viz_view_pan(&view, 0);
    cr_assert(!view.frozen);
    viz_view_pan(&view, 1e300);
    cr_assert_eq(view.right_ns, 0);
    cr_assert(view.frozen);
}
