#version 330 core
// SPDX-License-Identifier: GPL-3.0-or-later
// One rectangle for each group of columns of each lane, around what its columns hold.
uniform sampler2D lanes;   // two texels a lane, see plot.c
uniform sampler2D groups;  // {min, max} of each group; a row a channel
uniform vec2 size_px;
uniform ivec4 plot;        // left, right, first group's left from plot left, groups a lane
uniform ivec4 ring;        // first column's slot, slots - 1, first group's slot, group size
uniform int first_lane;
uniform float half_width;

flat out vec4 axis;        // low, pixels a unit, bottom, row of the textures
flat out vec3 paint;

const int corners[6] = int[6](0, 1, 2, 2, 1, 3);

void main()
{
    int corner = corners[gl_VertexID % 6];
    int quad = gl_VertexID / 6;
    int lane = first_lane + quad / plot.w;
    int group = quad % plot.w;
    vec4 box = texelFetch(lanes, ivec2(0, lane), 0); // low, pixels a unit, bottom, top
    vec4 look = texelFetch(lanes, ivec2(1, lane), 0);
    int slots = (ring.y + 1) / ring.w;
    ivec2 slot = ivec2((ring.z + group) & (slots - 1), int(look.w));
    vec2 range = texelFetch(groups, slot, 0).xy;

    // Half a pixel more, so that pixels whose middle lies outside are shaded as well.
    float reach = half_width + 0.5;
    float bottom = clamp((range.x - box.x) * box.y + box.z - reach, box.z, box.w);
    float top = clamp((range.y - box.x) * box.y + box.z + reach, box.z, box.w);
    if (range.x > range.y)
        top = bottom; // nothing in this group
    int left = plot.x + plot.z + group * ring.w;
    float x = float(clamp(left + (corner & 1) * ring.w, plot.x, plot.y));
    float y = corner < 2 ? bottom : top;
    gl_Position = vec4(vec2(x, y) / size_px * 2.0 - 1.0, 0.0, 1.0);
    axis = vec4(box.xyz, look.w);
    paint = look.rgb;
}
