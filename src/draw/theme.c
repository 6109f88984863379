/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "theme.h"

static const struct viz_theme dark = {
    .background = 0x0f1317,
    .panel = 0x161c22,
    .grid = 0x20272e,
    .edge = 0x333d47,
    .text = 0xe4e9ee,
    .muted = 0x97a3af,
    .faint = 0x6f7b87,
    .good = 0x3fd18b,
    .warn = 0xf0c040,
    .bad = 0xff70bc,
    .hue = {0x56b4e9, 0xe9a540, 0x2ec4a0, 0xf0e442, 0x8c9bff, 0xd98cc8, 0xa8d65c,
            0xc3cad2},
};

static const struct viz_theme light = {
    .background = 0xffffff,
    .panel = 0xf3f5f7,
    .grid = 0xe6eaee,
    .edge = 0xc2cad2,
    .text = 0x14191e,
    .muted = 0x55606b,
    .faint = 0x7c8792,
    .good = 0x00784a,
    .warn = 0x8a6100,
    .bad = 0xb0147a,
    .hue = {0x0072b2, 0xb06c00, 0x00795c, 0x4b3a2f, 0x6a5acd, 0xa8448f, 0x4d8000,
            0x75828f},
};

const struct viz_theme *viz_theme_find(bool is_light)
{
    return is_light ? &light : &dark;
}

uint32_t viz_theme_channel(const struct viz_theme *theme,
                           const struct viz_scene_channel *channel)
{
    if (channel->colour != VIZ_COLOUR_AUTO)
        return channel->colour & 0xffffff;
    uint32_t index = channel->number ? channel->number - 1 : 0;
    return theme->hue[index % VIZ_THEME_HUES];
}

uint32_t viz_theme_tone(const struct viz_theme *theme, enum viz_tone tone)
{
    switch (tone) {
    case VIZ_TONE_GOOD:
        return theme->good;
    case VIZ_TONE_WARN:
        return theme->warn;
    case VIZ_TONE_BAD:
        return theme->bad;
    case VIZ_TONE_PLAIN:
        break;
    }
    return theme->text;
}
