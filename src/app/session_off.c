/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The session of a build without the window (VIZ_DRAW=OFF). */
#include <viz/session.h>

#include <errno.h>

int viz_session_run(const struct viz_config *config, const struct viz_session_io *io,
                    struct viz_error *err)
{
    (void)config;
    (void)io;
    return viz_fail(err, -ENOTSUP,
                    "this viz was built without the window (VIZ_DRAW=OFF): it can send "
                    "but not show");
}
