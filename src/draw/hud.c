/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "chrome.h"

#include <math.h>

#define ROW 17
#define PADDING 14
#define LABEL 92
#define HEADING_GAP 10

static bool is_heading(const struct viz_hud_line *line)
{
    return !line->value[0];
}

static void draw_line(const struct viz_chrome *chrome, const struct viz_hud_line *line,
                      float left, float middle)
{
    float right = (float)chrome->layout->width - viz_chrome_px(chrome, PADDING);
    float value_left = left + viz_chrome_px(chrome, LABEL);
    bool heading = is_heading(line);
    struct viz_text_style label = {
        heading ? VIZ_FONT_TEXT : VIZ_FONT_SMALL, VIZ_ALIGN_LEFT,
        heading ? chrome->theme->text : chrome->theme->muted,
        heading ? right - left : value_left - left - viz_chrome_px(chrome, 4)};
    struct viz_text_style value = {VIZ_FONT_SMALL, VIZ_ALIGN_LEFT,
                                   viz_theme_tone(chrome->theme, line->tone),
                                   right - value_left};
    viz_canvas_text(chrome->canvas, &label, left,
                    viz_chrome_baseline(chrome, label.size, middle), line->label);
    viz_canvas_text(chrome->canvas, &value, value_left,
                    viz_chrome_baseline(chrome, value.size, middle), line->value);
}

void viz_hud_draw(const struct viz_chrome *chrome)
{
    const struct viz_layout *layout = chrome->layout;
    const struct viz_scene *scene = chrome->scene;
    if (layout->panel_left >= layout->width)
        return;
    float left = (float)layout->panel_left, height = (float)layout->height;
    float row = roundf(viz_chrome_px(chrome, ROW));
    viz_canvas_rect(chrome->canvas, left, 0, (float)layout->width, height,
                    chrome->theme->panel);
    viz_canvas_rect(chrome->canvas, left, 0, left + fmaxf(1, floorf(layout->scale)),
                    height, chrome->theme->edge);
    float middle = (float)layout->plot_top / 2;
    for (uint32_t i = 0; i < scene->hud_lines && middle + row / 2 < height; i++) {
        if (i && is_heading(&scene->hud[i]))
            middle += viz_chrome_px(chrome, HEADING_GAP);
        draw_line(chrome, &scene->hud[i], left + viz_chrome_px(chrome, PADDING),
                  middle);
        middle += row;
    }
}
