/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a frame shows: plain data, filled by the session, read by the renderer. */
#ifndef VIZ_SCENE_H
#define VIZ_SCENE_H

#include <viz/series.h>
#include <viz/view.h>

#include <stdbool.h>
#include <stdint.h>

#define VIZ_COLOUR_AUTO 0xffffffffu

struct viz_scene_channel {
    const char *name, *unit;
    uint32_t colour; /* 0xRRGGBB, or VIZ_COLOUR_AUTO: from the palette */
    uint32_t number; /* 1-based number over all streams, as in --color and --show */
    bool shown;
};

struct viz_scene_stream {
    const char *name;                /* heads the group of lanes */
    const struct viz_series *series; /* NULL until its first row */
    struct viz_scene_channel *channel;
    uint32_t channels;
};

enum viz_tone {
    VIZ_TONE_PLAIN,
    VIZ_TONE_GOOD, /* LIVE, nothing lost */
    VIZ_TONE_WARN, /* FROZEN, behind */
    VIZ_TONE_BAD,  /* samples lost, source gone */
};

struct viz_hud_line {
    char label[32];
    char value[112]; /* "–" where there is no figure */
    enum viz_tone tone;
};

#define VIZ_HUD_LINES 40

struct viz_scene {
    const struct viz_view *view;
    struct viz_scene_stream *stream;
    uint32_t streams;
    int64_t now_ns;
    const struct viz_hud_line *hud; /* drawn when view->hud */
    uint32_t hud_lines;
    char badge[48]; /* "LIVE", "FROZEN 2.3 s behind", "no data for 3.1 s" */
    enum viz_tone badge_tone;
    char message[160]; /* in the middle while there is nothing to show: "waiting for
                            data on udp://:9000"; "" otherwise */
};

#endif
