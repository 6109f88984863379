#version 330 core
// SPDX-License-Identifier: GPL-3.0-or-later
// How much of the pixel lies between its column's minimum and maximum, widened by half the
// line's width: exact, because a column is a rectangle as wide as the pixel.
uniform samplerBuffer columns; // {min, max} of each column; one ring a channel
uniform ivec2 ring;            // slot of the framebuffer's left edge, slots - 1
uniform float half_width;
uniform vec3 ground;   // what the pixel holds, where that is known...
uniform float blended; // ...or 1: the hardware mixes

flat in vec4 axis;
flat in vec3 paint;

out vec4 colour;

void main()
{
    int slot = (int(gl_FragCoord.x) + ring.x) & ring.y;
    vec2 range = texelFetch(columns, slot + int(axis.w)).xy;
    vec2 edge = (range - axis.x) * axis.y + axis.z + vec2(-half_width, half_width);
    float y = gl_FragCoord.y;
    float cover = min(min(edge.y, y + 0.5) - max(edge.x, y - 0.5), 1.0);
    if (cover <= 0.0 || range.x > range.y)
        discard;
    colour = vec4(mix(ground, paint, max(cover, blended)), cover);
}
