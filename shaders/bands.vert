#version 330 core
// SPDX-License-Identifier: GPL-3.0-or-later
// One rectangle for each group of columns of each lane, around what its columns hold.
uniform sampler2D columns; // {min, max, enter, leave} of each column; a ring a channel
uniform sampler2D lanes;   // two texels a lane, of eighths of values: see plot.c
uniform vec2 size_px;
uniform ivec4 plot; // left, right, groups a lane, columns a group
uniform ivec2 ring; // slot of the framebuffer's left edge, slots - 1
uniform int first_lane;
uniform float half_width;

flat out vec4 axis; // low, pixels a unit, bottom, row of the channel's ring
flat out vec3 paint;

void main()
{
    int quad = gl_VertexID / 4;
    int lane = first_lane + quad / plot.z;
    int left = plot.x + quad % plot.z * plot.w;
    int right = min(left + plot.w, plot.y);
    vec4 box = texelFetch(lanes, ivec2(0, lane), 0); // low, pixels a unit, bottom, top
    vec4 look = texelFetch(lanes, ivec2(1, lane), 0);
    int row = int(look.w);
    vec2 range = texelFetch(columns, ivec2((left + ring.x) & ring.y, row), 0).xy;
    for (int x = left + 1; x < right; x++) {
        vec2 next = texelFetch(columns, ivec2((x + ring.x) & ring.y, row), 0).xy;
        range = vec2(min(range.x, next.x), max(range.y, next.y));
    }

    // Half a pixel more, so that pixels whose middle lies outside are shaded as well.
    vec2 reach = vec2(-half_width - 0.5, half_width + 0.5);
    vec2 y = clamp((range / 8.0 - box.x) * box.y + box.z + reach, box.z, box.w);
    if (range.x > range.y)
        y = box.zz; // nothing in this group
    vec2 corner = vec2((gl_VertexID & 1) == 0 ? left : right,
                       (gl_VertexID & 2) == 0 ? y.x : y.y);
    gl_Position = vec4(corner / size_px * 2.0 - 1.0, 0.0, 1.0);
    axis = vec4(box.xyz, look.w);
    paint = look.rgb;
}
