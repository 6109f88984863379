/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What part of time is looked at, and how: pure state and arithmetic, no window needed.
 *
 * LIVE follows the newest sample; FROZEN stands still while everything else goes on (rings
 * drain, series fill, nothing is lost). Zooming keeps following; panning back freezes.
 * Render thread only. */
#ifndef VIZ_VIEW_H
#define VIZ_VIEW_H

#include <stdbool.h>
#include <stdint.h>

#define VIZ_WINDOW_MIN_NS 1000000LL                  /* 1 ms */
#define VIZ_WINDOW_MAX_NS (7LL * 86400 * 1000000000) /* a week */

struct viz_view {
    int64_t window_ns; /* width of the time axis */
    int64_t right_ns;  /* viz_clock time at the right edge */
    bool frozen;
    bool overlay; /* all channels in one lane instead of one lane each */
    bool hud;
    bool light; /* theme */
    /* for the live edge */
    int64_t newest_ns;    /* newest device time seen, 0: none */
    int64_t newest_at_ns; /* when it was drained */
};

void viz_view_init(struct viz_view *view, int64_t window_ns);

/* Once a frame, after draining. @newest_ns: newest device time of any shown stream (0:
 * none yet). @ended: no more data will come, so the edge stops. While data comes, the
 * right edge is the newest sample; half a second after it stops coming the edge catches up
 * with the clock and goes on with it, so that a stalled source is seen to be stalled. */
void viz_view_advance(struct viz_view *view, int64_t newest_ns, int64_t now_ns,
                      bool ended);

void viz_view_freeze(struct viz_view *view, bool frozen);

/* Zoom time by @factor (< 1: closer) about the point at @x in [0, 1] of the axis; while
 * live the right edge stays. */
void viz_view_zoom(struct viz_view *view, double factor, double x);

/* Move by @fraction of the window; > 0 towards older. Freezes when it leaves the edge;
 * panning forward past the newest sample goes live again. */
void viz_view_pan(struct viz_view *view, double fraction);

/* How far the right edge is behind the newest sample, >= 0. */
int64_t viz_view_behind(const struct viz_view *view);

#endif
