/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Colours: 0xRRGGBB each. Private to src/draw.
 *
 * The curves' hues are told apart with each of the common colour blindnesses, differ in
 * lightness as well, and stand out from the background by 3 : 1 at least. No colour
 * that the program chooses itself is red (more than 70 of 255 above green and blue), so
 * that a curve that the user makes red is the only red thing in the picture. */
#ifndef VIZ_THEME_H
#define VIZ_THEME_H

#include <viz/scene.h>

#include <stdbool.h>
#include <stdint.h>

#define VIZ_THEME_HUES 8

struct viz_theme {
    uint32_t background;
    uint32_t panel; /* behind the HUD */
    uint32_t grid;  /* lines at ticks */
    uint32_t edge;  /* a lane's outline */
    uint32_t text, muted, faint;
    uint32_t good, warn, bad;
    uint32_t hue[VIZ_THEME_HUES];
};

const struct viz_theme *viz_theme_find(bool light);

/* The colour of @channel: the user's, or a hue by its number over all streams. */
uint32_t viz_theme_channel(const struct viz_theme *theme,
                           const struct viz_scene_channel *channel);

uint32_t viz_theme_tone(const struct viz_theme *theme, enum viz_tone tone);

#endif
