#version 330 core
// SPDX-License-Identifier: GPL-3.0-or-later
// How much of the pixel lies between its column's minimum and maximum, widened by half the
// line's width: exact, because a column is a rectangle as wide as the pixel.
uniform sampler2D columns; // {min, max} of each column; a row a channel
uniform ivec4 plot;
uniform ivec4 ring;
uniform float half_width;

flat in vec4 axis;
flat in vec3 paint;

out vec4 colour;

void main()
{
    int slot = (int(gl_FragCoord.x) - plot.x + ring.x) & ring.y;
    vec2 range = texelFetch(columns, ivec2(slot, int(axis.w)), 0).xy;
    vec2 edge = (range - axis.x) * axis.y + axis.z + vec2(-half_width, half_width);
    float y = gl_FragCoord.y;
    float cover = min(edge.y, y + 0.5) - max(edge.x, y - 0.5);
    if (cover <= 0.0 || range.x > range.y)
        discard;
    colour = vec4(paint, cover);
}
