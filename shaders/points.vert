#version 330 core
// SPDX-License-Identifier: GPL-3.0-or-later
// One rectangle for each four samples of each lane, around the lines that lead to them from
// the sample before; a sample without a line is a dot.
uniform sampler2D lanes;  // two texels a lane, of eighths of values: see plot.c
uniform sampler2D times;  // {time from the anchor, 1: nothing is drawn to this row}
uniform sampler2D values; // a row a channel
uniform vec2 size_px;
uniform float plot_left;
uniform vec2 time;        // of the plot's left edge; pixels a nanosecond
uniform ivec4 ring;       // first group's slot, slots - 1, first row and end in its groups
uniform int groups;       // a lane
uniform int first_lane;
uniform float half_width;
uniform bool dots;

flat out vec4 line[4];    // from and to, pixels from the bottom left
flat out vec2 limits;     // bottom and top of the lane
flat out vec3 paint;

const float no_number = 3.4025e38;
const vec2 nowhere = vec2(-1e4);

// The sample of row @index of the groups, in pixels.
vec2 place(int index, vec4 box, int row)
{
    int slot = (ring.x + index) & ring.y;
    float value = texelFetch(values, ivec2(slot, row), 0).x;
    if (index < ring.z || index >= ring.w || !(abs(value) < no_number))
        return nowhere;
    float x = (texelFetch(times, ivec2(slot, 0), 0).x - time.x) * time.y + plot_left;
    return vec2(x, (value / 8.0 - box.x) * box.y + box.z);
}

void main()
{
    int quad = gl_VertexID / 4;
    int lane = first_lane + quad / groups;
    int first = quad % groups * 4;
    vec4 box = texelFetch(lanes, ivec2(0, lane), 0); // low, pixels a unit, bottom, top
    vec4 look = texelFetch(lanes, ivec2(1, lane), 0);
    int row = int(look.w);

    vec2 low = vec2(1e30), high = vec2(-1e30);
    vec2 before = place(first - 1, box, row);
    for (int i = 0; i < 4; i++) {
        vec2 here = place(first + i, box, row);
        int slot = (ring.x + first + i) & ring.y;
        bool joined = !dots && before != nowhere && texelFetch(times, ivec2(slot, 0), 0).y == 0.0;
        vec2 from = joined ? before : here;
        line[i] = vec4(here == nowhere ? nowhere : from, here);
        if (here != nowhere) {
            low = min(low, min(from, here));
            high = max(high, max(from, here));
        }
        before = here;
    }

    float reach = max(half_width, 1.0) + 0.5;
    low -= reach;
    high += reach;
    vec2 corner = vec2((gl_VertexID & 1) == 0 ? low.x : high.x,
                       clamp((gl_VertexID & 2) == 0 ? low.y : high.y, box.z, box.w));
    if (low.x > high.x)
        corner = nowhere;
    gl_Position = vec4(corner / size_px * 2.0 - 1.0, 0.0, 1.0);
    limits = box.zw;
    paint = look.rgb;
}
