/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <viz/error.h>

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

int viz_fail(struct viz_error *err, int code, const char *format, ...)
{
    if (!err)
        return code;
    va_list args;
    va_start(args, format);
    vsnprintf(err->text, sizeof(err->text), format, args);
    va_end(args);
    return code;
}

void viz_assert_failed(const char *what, const char *file, int line,
                       const char *function)
{
    fprintf(stderr, "viz: bug: %s does not hold in %s (%s:%d)\n", what, function, file,
            line);
    abort();
}
