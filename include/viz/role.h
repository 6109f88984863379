/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which thread may call a function, checked by clang (preset "roles") and ignored by
 * gcc.
 *
 * source: the thread that produces a stream (viz:synth or viz:net).
 * render: the main thread, which drains, draws and presents.
 * telemetry: the thread that writes the CSV file and the lines of the benchmark.
 * store: the thread that writes runs.
 *
 * A function without VIZ_ON() may run anywhere. The file that starts a thread says
 * once, at the top of that thread's function, which role it plays:
 * viz_role_assume_source(). */
#ifndef VIZ_ROLE_H
#define VIZ_ROLE_H

#if defined(__clang__)
#define VIZ_ROLE_CAPABILITY __attribute__((capability("role")))
#define VIZ_ON(role) __attribute__((requires_capability(viz_role_##role)))
#define VIZ_ROLE_ASSUME(role) __attribute__((assert_capability(viz_role_##role)))
#else
#define VIZ_ROLE_CAPABILITY
#define VIZ_ON(role)
#define VIZ_ROLE_ASSUME(role)
#endif

struct VIZ_ROLE_CAPABILITY viz_role {
    char unused;
};

extern struct viz_role viz_role_source, viz_role_render, viz_role_telemetry,
    viz_role_store;

static inline void viz_role_assume_source(void) VIZ_ROLE_ASSUME(source)
{
}
static inline void viz_role_assume_render(void) VIZ_ROLE_ASSUME(render)
{
}
static inline void viz_role_assume_telemetry(void) VIZ_ROLE_ASSUME(telemetry)
{
}
static inline void viz_role_assume_store(void) VIZ_ROLE_ASSUME(store)
{
}

#endif
