/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the commands on stored runs have in common: which store, which run, and how wide
 * the terminal is. Each says itself what is wrong. */
#ifndef VIZ_SELECTOR_H
#define VIZ_SELECTOR_H

#include <viz/options.h>
#include <viz/store.h>

#include <stdbool.h>
#include <stdint.h>

/* Whether the command has from @least to @most operands; else a sentence that says what
 * it takes, "viz show takes one RUN and got 2". */
bool viz_selector_operands(const struct viz_arguments *arguments, uint32_t least,
                           uint32_t most, const char *takes);

/* The store of --db, or the default. NULL: it has been said why. */
struct viz_store *viz_selector_open(const struct viz_arguments *arguments,
                                    enum viz_store_mode mode);

/* The run that @text means. False: it has been said why; of several that it could mean,
 * each has been listed. */
bool viz_selector_find(struct viz_store *store, const char *text, int64_t *id);

/* A run that a text could mean, as a line on stderr: for viz_store_find() and its like. */
int viz_selector_candidate(void *context, const struct viz_run *run);

/* Columns of the terminal behind stdout; 0: it is none. */
uint32_t viz_selector_width(void);

/* Whether the locale writes UTF-8. */
bool viz_selector_unicode(void);

#endif
