#version 330 core
// SPDX-License-Identifier: GPL-3.0-or-later
// Coverage by the distance to the nearest of four lines, which end round.
uniform float half_width;

flat in vec4 line[4];
flat in vec2 limits;
flat in vec3 paint;

out vec4 colour;

float covered(vec4 ends)
{
    vec2 along = ends.zw - ends.xy;
    vec2 here = gl_FragCoord.xy - ends.xy;
    float square = dot(along, along);
    float part = clamp(dot(here, along) / max(square, 1e-6), 0.0, 1.0);
    float radius = square > 0.0 ? half_width : max(half_width, 1.0);
    return radius + 0.5 - length(here - part * along);
}

void main()
{
    float cover = max(max(covered(line[0]), covered(line[1])),
                      max(covered(line[2]), covered(line[3])));
    if (cover <= 0.0 || gl_FragCoord.y < limits.x || gl_FragCoord.y > limits.y)
        discard;
    colour = vec4(paint, min(cover, 1.0));
}
