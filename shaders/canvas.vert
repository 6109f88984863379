#version 330 core
// SPDX-License-Identifier: GPL-3.0-or-later
// Rectangles and letters in pixels from the top left corner.
uniform vec2 size_px;

layout(location = 0) in vec2 position_px;
layout(location = 1) in vec2 texel;
layout(location = 2) in vec4 rgba;

noperspective out vec2 at;
flat out vec4 paint;

void main()
{
    vec2 unit = position_px / size_px * 2.0 - 1.0;
    gl_Position = vec4(unit.x, -unit.y, 0.0, 1.0);
    at = texel;
    paint = rgba;
}
