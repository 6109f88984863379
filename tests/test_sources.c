/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <viz/sources.h>

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

struct bench {
    struct viz_config config;
    struct viz_streams streams;
    struct viz_clock *clock;
    struct viz_sources *sources;
};

/* Opened, and no thread started. */
static void init(struct bench *bench, const char *text)
{
    struct viz_error err;
    memset(bench, 0, sizeof(*bench));
    bench->config.backend = VIZ_NET_POLL;
    bench->clock = viz_clock_create_fake(0);
    int ret = viz_source_parse(text, NULL, &bench->config.source[0], &err);
    cr_assert_eq(ret, 0, "%s", err.text);
    bench->config.sources = 1;
    ret = viz_sources_create(&bench->config, &bench->streams, bench->clock,
                             &bench->sources, &err);
    cr_assert_eq(ret, 0, "%s", err.text);
}

static void finish(struct bench *bench)
{
    viz_sources_destroy(bench->sources);
    viz_streams_finish(&bench->streams);
    viz_clock_destroy(bench->clock);
}

/* What stands before the port, and the port itself. */
static void check(const char *text, const char *before)
{
    struct bench bench;
    char where[128], expected[128];
    init(&bench, text);
    snprintf(expected, sizeof(expected), "%s%d", before,
             atomic_load(&viz_sources_status(bench.sources, 0)->port));
    viz_sources_where(bench.sources, 0, where, sizeof(where));
    cr_expect_str_eq(where, expected, "%s: %s", text, where);
    cr_expect_null(strstr(where, ":0"), "%s", where);
    finish(&bench);
}

Test(sources, the_port_that_the_kernel_chose)
{
    check("udp://127.0.0.1:0", "udp://127.0.0.1:");
    check("udp://:0?format=csv", "udp://:");
    check("tcp-listen://:0", "tcp-listen://:");
}

Test(sources, where_no_port_was_chosen)
{
    struct bench bench;
    char where[128];
    init(&bench, "synth:");
    cr_expect_null(viz_sources_status(bench.sources, 0));
    viz_sources_where(bench.sources, 0, where, sizeof(where));
    cr_expect_str_eq(where, "synth:");
    viz_sources_where(bench.sources, 0, where, 4);
    cr_expect_str_eq(where, "syn");
    finish(&bench);
}
