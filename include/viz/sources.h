/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The source threads of a session: viz:synth for the synthetic source, viz:net for
 * everything that comes through a descriptor. Every thread of a session but
 * viz:telemetry starts here. Main thread only, unless said otherwise. */
#ifndef VIZ_SOURCES_H
#define VIZ_SOURCES_H

#include <viz/clock.h>
#include <viz/config.h>
#include <viz/error.h>
#include <viz/ledger.h>
#include <viz/stream.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct viz_sources;

/* Opens what has to be opened (ports, connections) and says what cannot be. The
 * benchmark opens no network: only the synthetic source of its config. */
int viz_sources_create(const struct viz_config *config, struct viz_streams *streams,
                       const struct viz_clock *clock, struct viz_sources **out,
                       struct viz_error *err);
void viz_sources_destroy(struct viz_sources *sources);

int viz_sources_start(struct viz_sources *sources, struct viz_error *err);

/* Ask the threads to end and wait for them; what they had open is published. */
void viz_sources_stop(struct viz_sources *sources);

/* A thread ended by itself because of this; false while all is well. */
bool viz_sources_failed(struct viz_sources *sources, struct viz_error *err);

/* No source will bring anything more. */
bool viz_sources_ended(const struct viz_sources *sources);

/* The oldest sentence for the user, or false. */
bool viz_sources_notice(struct viz_sources *sources, char *out, size_t size);

/* Rows that the synthetic source owed so far; false when there is none. */
bool viz_sources_offered(const struct viz_sources *sources, uint64_t *rows);

/* Add what the sources know and streams do not: kernel_drops, unreadable, and lost from
 * all causes of @ledger. */
void viz_sources_account(const struct viz_sources *sources, struct viz_ledger *ledger);

uint32_t viz_sources_count(const struct viz_sources *sources);
const struct viz_source *viz_sources_at(const struct viz_sources *sources,
                                        uint32_t index);

/* Where source @index takes in data, for the user: "udp://127.0.0.1:40312" even where it
 * was asked for port 0. */
void viz_sources_where(const struct viz_sources *sources, uint32_t index, char *out,
                       size_t size);

/* NULL for the synthetic source. */
const struct viz_net_status *viz_sources_status(const struct viz_sources *sources,
                                                uint32_t index);

/* "io_uring", "poll (...)", or "none" without a network source. */
const char *viz_sources_backend(const struct viz_sources *sources);

#endif
