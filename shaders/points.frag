#version 330 core
// SPDX-License-Identifier: GPL-3.0-or-later
// Coverage by the distance to the line, which ends round.
flat in vec4 ends;
flat in vec2 limits;
flat in vec3 paint;
flat in float radius;

out vec4 colour;

void main()
{
    vec2 line = ends.zw - ends.xy;
    vec2 here = gl_FragCoord.xy - ends.xy;
    float part = clamp(dot(here, line) / max(dot(line, line), 1e-6), 0.0, 1.0);
    float cover = min(radius + 0.5 - length(here - part * line), 1.0);
    if (cover <= 0.0 || gl_FragCoord.y < limits.x || gl_FragCoord.y > limits.y)
        discard;
    colour = vec4(paint, cover);
}
