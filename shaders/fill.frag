#version 330 core
// SPDX-License-Identifier: GPL-3.0-or-later
// Rectangles: one colour, nothing shines through.
flat in vec4 paint;

out vec4 colour;

void main()
{
    colour = paint;
}
