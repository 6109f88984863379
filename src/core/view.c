/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <viz/view.h>

#include <math.h>

#define PATIENCE_NS                                                                    \
    500000000LL             /* without new data before the edge moves by the clock */
#define FARTHEST_PAN 1000.0 /* windows at once: keeps the product in an int64_t */

static int64_t clamp_window(double window_ns)
{
    if (window_ns < VIZ_WINDOW_MIN_NS)
        return VIZ_WINDOW_MIN_NS;
    if (window_ns > VIZ_WINDOW_MAX_NS)
        return VIZ_WINDOW_MAX_NS;
    return llrint(window_ns);
}

void viz_view_init(struct viz_view *view, int64_t window_ns)
{
    *view =
        (struct viz_view){.window_ns = clamp_window((double)window_ns), .hud = true};
}

static int64_t live_edge(const struct viz_view *view, int64_t now_ns)
{
    int64_t silent_ns = now_ns - view->newest_at_ns;
    if (silent_ns <= PATIENCE_NS)
        return view->newest_ns;
    /* At twice the clock's pace until it has caught up: no jump, and no lag that stays. */
    int64_t moved_ns = 2 * (silent_ns - PATIENCE_NS);
    return view->newest_ns + (moved_ns < silent_ns ? moved_ns : silent_ns);
}

void viz_view_advance(struct viz_view *view, int64_t newest_ns, int64_t now_ns,
                      bool ended)
{
    bool came = newest_ns && newest_ns != view->newest_ns;
    if (came) {
        view->newest_ns = newest_ns;
        view->newest_at_ns = now_ns;
    }
    if (view->frozen)
        return;
    if (!view->newest_ns) {
        if (!ended)
            view->right_ns = now_ns;
        return;
    }
    if (!ended)
        view->right_ns = live_edge(view, now_ns);
    else if (came || view->right_ns < view->newest_ns)
        view->right_ns = view->newest_ns;
}

void viz_view_freeze(struct viz_view *view, bool frozen)
{
    view->frozen = frozen;
}

void viz_view_zoom(struct viz_view *view, double factor, double x)
{
    if (!isfinite(factor) || factor <= 0 || !isfinite(x))
        return;
    int64_t window_ns = clamp_window((double)view->window_ns * factor);
    if (view->frozen) {
        x = fmin(fmax(x, 0), 1);
        int64_t limit_ns =
            view->right_ns > view->newest_ns ? view->right_ns : view->newest_ns;
        view->right_ns += llrint((1 - x) * (double)(window_ns - view->window_ns));
        if (view->right_ns > limit_ns)
            view->right_ns = limit_ns; /* nothing to see beyond the newest sample */
    }
    view->window_ns = window_ns;
}

void viz_view_pan(struct viz_view *view, double fraction)
{
    if (!isfinite(fraction) || fraction == 0 || (!view->frozen && fraction < 0))
        return;
    fraction = fmin(fmax(fraction, -FARTHEST_PAN), FARTHEST_PAN);
    view->right_ns -= llrint(fraction * (double)view->window_ns);
    if (view->right_ns < 0)
        view->right_ns = 0; /* the clock's zero: nothing is older */
    view->frozen = fraction > 0 || view->right_ns < view->newest_ns;
}

int64_t viz_view_behind(const struct viz_view *view)
{
    int64_t behind_ns = view->newest_ns - view->right_ns;
    return behind_ns > 0 ? behind_ns : 0;
}
