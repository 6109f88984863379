/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gl.h"

#include <errno.h>
#include <stddef.h>

static GLuint compile(const char *name, GLenum kind, const char *source,
                      struct viz_error *err)
{
    GLuint shader = glCreateShader(kind);
    GLint fine = 0;
    glShaderSource(shader, 1, &source, NULL);
    glCompileShader(shader);
    glGetShaderiv(shader, GL_COMPILE_STATUS, &fine);
    if (fine)
        return shader;
    char log[256] = "";
    glGetShaderInfoLog(shader, sizeof(log), NULL, log);
    glDeleteShader(shader);
    viz_fail(err, -ENOTSUP, "the driver refuses the %s shader of %s: %s",
             kind == GL_VERTEX_SHADER ? "vertex" : "fragment", name, log);
    return 0;
}

static int link_program(const char *name, GLuint program, struct viz_error *err)
{
    GLint fine = 0;
    glLinkProgram(program);
    glGetProgramiv(program, GL_LINK_STATUS, &fine);
    if (fine)
        return 0;
    char log[256] = "";
    glGetProgramInfoLog(program, sizeof(log), NULL, log);
    return viz_fail(err, -ENOTSUP, "the driver cannot link the shaders of %s: %s", name,
                    log);
}

int viz_gl_program(const char *name, const char *vertex, const char *fragment,
                   GLuint *out, struct viz_error *err)
{
    GLuint vertex_shader = compile(name, GL_VERTEX_SHADER, vertex, err);
    if (!vertex_shader)
        return -ENOTSUP;
    GLuint fragment_shader = compile(name, GL_FRAGMENT_SHADER, fragment, err);
    if (!fragment_shader) {
        glDeleteShader(vertex_shader);
        return -ENOTSUP;
    }
    GLuint program = glCreateProgram();
    glAttachShader(program, vertex_shader);
    glAttachShader(program, fragment_shader);
    glDeleteShader(vertex_shader); /* they go with the program */
    glDeleteShader(fragment_shader);
    int ret = link_program(name, program, err);
    if (ret < 0) {
        glDeleteProgram(program);
        return ret;
    }
    *out = program;
    return 0;
}

GLuint viz_gl_texture(GLenum internal_format, int width, int height, GLenum format,
                      GLenum type, const void *texels)
{
    GLuint texture;
    glGenTextures(1, &texture);
    glBindTexture(GL_TEXTURE_2D, texture);
    glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_MIN_FILTER, GL_NEAREST);
    glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_MAG_FILTER, GL_NEAREST);
    glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_WRAP_S, GL_CLAMP_TO_EDGE);
    glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_WRAP_T, GL_CLAMP_TO_EDGE);
    glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_MAX_LEVEL, 0);
    glPixelStorei(GL_UNPACK_ALIGNMENT, 1);
    glTexImage2D(GL_TEXTURE_2D, 0, (GLint)internal_format, width, height, 0, format,
                 type, texels);
    return texture;
}

#define BATCH 256u /* quads */

GLuint viz_gl_quad_indices(void)
{
    static const uint16_t order[6] = {0, 1, 2, 2, 1, 3};
    uint16_t index[BATCH * 6];
    for (uint32_t i = 0; i < BATCH * 6; i++)
        index[i] = (uint16_t)(i / 6 * 4 + order[i % 6]);
    GLuint buffer;
    glGenBuffers(1, &buffer);
    glBindBuffer(GL_ELEMENT_ARRAY_BUFFER, buffer);
    glBufferData(GL_ELEMENT_ARRAY_BUFFER, sizeof(index), index, GL_STATIC_DRAW);
    return buffer;
}

void viz_gl_draw_quads(uint32_t count)
{
    for (uint32_t first = 0; first < count; first += BATCH) {
        uint32_t batch = count - first < BATCH ? count - first : BATCH;
        glDrawElementsBaseVertex(GL_TRIANGLES, (GLsizei)batch * 6, GL_UNSIGNED_SHORT,
                                 NULL, (GLint)first * 4);
    }
}

void viz_gl_bind_texture(int unit, GLuint texture)
{
    glActiveTexture((GLenum)(GL_TEXTURE0 + unit));
    glBindTexture(GL_TEXTURE_2D, texture);
}

void viz_gl_set_sampler(GLuint program, const char *sampler, int unit)
{
    glUseProgram(program);
    glUniform1i(glGetUniformLocation(program, sampler), unit);
}
