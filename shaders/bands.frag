#version 330 core
// SPDX-License-Identifier: GPL-3.0-or-later
// How much of the pixel the curve covers within its column, integrated, not sampled: the
// stroke from where the curve enters the column to where it leaves, made higher by what the
// column's extremes lie above and below it, and ended half a line's width outside of them.
uniform sampler2D columns; // {min, max, enter, leave} of each column; a ring a channel
uniform ivec2 ring;        // slot of the framebuffer's left edge, slots - 1
uniform float half_width;
uniform vec3 ground;   // what the pixel holds, where that is known...
uniform float blended; // ...or 1: the hardware mixes

flat in vec4 axis; // of eighths of values: see plot.c
flat in vec3 paint;

out vec4 colour;

// The mean of clamp(t, 0, most) while t goes evenly from one end to the other.
float mean_between(vec2 ends, float most)
{
    vec2 within = clamp(ends, 0.0, most);
    vec2 area = within * within * 0.5 + most * max(ends - most, 0.0);
    float way = ends.y - ends.x;
    float mean = (area.y - area.x) / (way == 0.0 ? 1.0 : way);
    return clamp(mean, min(within.x, within.y), max(within.x, within.y));
}

void main()
{
    int slot = (int(gl_FragCoord.x) + ring.x) & ring.y;
    vec4 column = texelFetch(columns, ivec2(slot, int(axis.w)), 0);
    float bottom = gl_FragCoord.y - 0.5;
    vec4 y = clamp((column / 8.0 - axis.x) * axis.y + axis.z - bottom, -1e6, 1e6);
    vec2 limit = clamp(vec2(1.0 - y.x, y.y) + half_width, 0.0, 1.0);
    if (limit.x + limit.y <= 1.0 || column.x > column.y)
        discard;
    float rise = y.w - y.z;
    float reach = half_width * sqrt(1.0 + rise * rise);
    float above = reach + y.y - max(y.z, y.w);
    float below = reach + min(y.z, y.w) - y.x;
    float cover = mean_between(y.zw + above, limit.y) +
                  mean_between(1.0 + below - y.zw, limit.x) - 1.0;
    colour = vec4(mix(ground, paint, max(cover, blended)), cover);
}
