#version 330 core
// SPDX-License-Identifier: GPL-3.0-or-later
// One turned rectangle for each sample of each lane: the line to it from the sample before,
// or a dot where there is no line.
uniform sampler2D lanes;  // two texels a lane, see plot.c
uniform sampler2D times;  // {time from the anchor, 1: nothing is drawn to this row}
uniform sampler2D values; // a row a channel
uniform vec2 size_px;
uniform float plot_left;
uniform vec2 time;        // of the plot's left edge; pixels a nanosecond
uniform ivec3 ring;       // first row's slot, slots - 1, rows
uniform int first_lane;
uniform float half_width;
uniform bool dots;

flat out vec4 ends;       // of the line, pixels from the bottom left
flat out vec2 limits;     // bottom and top of the lane
flat out vec3 paint;
flat out float radius;

const float no_number = 1e38;

vec2 at(int slot, vec4 box, int row)
{
    float x = (texelFetch(times, ivec2(slot, 0), 0).x - time.x) * time.y + plot_left;
    float y = (texelFetch(values, ivec2(slot, row), 0).x - box.x) * box.y + box.z;
    return vec2(x, y);
}

void main()
{
    int corner = gl_VertexID % 4;
    int quad = gl_VertexID / 4;
    int lane = first_lane + quad / ring.z;
    int index = quad % ring.z;
    vec4 box = texelFetch(lanes, ivec2(0, lane), 0); // low, pixels a unit, bottom, top
    vec4 look = texelFetch(lanes, ivec2(1, lane), 0);
    int row = int(look.w);
    int slot = (ring.x + index) & ring.y;
    int before = (slot + ring.y) & ring.y;
    bool here = abs(texelFetch(values, ivec2(slot, row), 0).x) < no_number;
    bool joined = index > 0 && !dots && texelFetch(times, ivec2(slot, 0), 0).y == 0.0 &&
                  abs(texelFetch(values, ivec2(before, row), 0).x) < no_number;

    vec2 to = at(slot, box, row);
    vec2 from = joined ? at(before, box, row) : to;
    vec2 along = joined ? normalize(to - from) : vec2(1.0, 0.0);
    if (!(dot(along, along) > 0.5))
        along = vec2(1.0, 0.0); // two samples at one place
    radius = joined ? half_width : max(half_width, 1.0);
    float reach = here ? radius + 0.5 : 0.0;
    vec2 across = vec2(-along.y, along.x);
    vec2 corner_px = corner < 2 ? from - along * reach : to + along * reach;
    corner_px += across * ((corner & 1) == 0 ? reach : -reach);
    if (!here)
        corner_px = to = from = vec2(-8.0); // outside: nothing to draw
    gl_Position = vec4(corner_px / size_px * 2.0 - 1.0, 0.0, 1.0);
    ends = vec4(from, to);
    limits = box.zw;
    paint = look.rgb;
}
