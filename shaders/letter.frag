#version 330 core
// SPDX-License-Identifier: GPL-3.0-or-later
// One texel of the glyph texture for each pixel: nothing is filtered.
uniform sampler2D glyphs;

noperspective in vec2 at;
flat in vec4 paint;

out vec4 colour;

void main()
{
    colour = vec4(paint.rgb, paint.a * texelFetch(glyphs, ivec2(at), 0).r);
}
