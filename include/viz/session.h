/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A session: threads wired together, the frame loop, the benchmark around it, and the
 * reports at its end. The only place that knows every part.
 *
 * Threads: the caller's (viz:render), viz:synth, viz:net, viz:telemetry. They share the
 * streams' feeds, single-writer counters, one stop flag and the constant config. */
#ifndef VIZ_SESSION_H
#define VIZ_SESSION_H

#include <viz/config.h>
#include <viz/error.h>

#include <signal.h>

/* How a session talks, since nothing below src/cli prints. Both are called with whole
 * lines without a newline; line from the telemetry thread while the benchmark runs and
 * from the main thread after it. */
struct viz_session_io {
    void (*say)(void *context, const char *sentence); /* for stderr: talk */
    void (*line)(void *context, const char *text);    /* for stdout: data and summary */
    void *context;
    const volatile sig_atomic_t *stop; /* becomes non-zero on SIGINT or SIGTERM */
};

/* Runs until the window closes, --exit-after, the benchmark's end, the end of every
 * source when nobody could see it (headless), or *io->stop. Returns an exit code: 0, or
 * 3 when a gate's clause failed (said through io->line); or a negative errno with @err.
 */
int viz_session_run(const struct viz_config *config, const struct viz_session_io *io,
                    struct viz_error *err);

/* Whether @expression is a gate that viz understands: "p99_latency<20ms,lost=0". Names
 * are checked against the figures; paths into the JSON file ("streams[0].gaps") are
 * not, since they are known only at the end. 0 or -EINVAL with the sentence. */
int viz_gate_check(const char *expression, struct viz_error *err);

#endif
