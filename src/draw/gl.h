/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Small helpers over OpenGL. Private to src/draw; the context is current. */
#ifndef VIZ_GL_H
#define VIZ_GL_H

#include <viz/error.h>

#include <glad/gl.h>
#include <stddef.h>
#include <stdint.h>

/* Compile and link; @name is for the error's sentence, which carries the driver's. */
int viz_gl_program(const char *name, const char *vertex, const char *fragment,
                   GLuint *out, struct viz_error *err);

/* A texture that is only read by texelFetch: no filter, no levels. */
GLuint viz_gl_texture(GLenum internal_format, int width, int height, GLenum format,
                      GLenum type, const void *texels);

/* Indices that make two triangles of each four vertices, in the order bottom left, bottom
 * right, top left, top right. Belongs to the vertex array that is bound. */
GLuint viz_gl_quad_indices(void);

/* Draw quads [0, count) of the bound vertex array: gl_VertexID / 4 is the quad. In batches
 * as large as the indices. */
void viz_gl_draw_quads(uint32_t count);

/* Bind @texture to unit @unit and name that unit to @program's sampler @sampler. */
void viz_gl_bind_texture(int unit, GLuint texture);
void viz_gl_set_sampler(GLuint program, const char *sampler, int unit);

#endif
