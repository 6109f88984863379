/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What people change of a stored run afterwards, checked before it is stored. */
#ifndef VIZ_RUN_EDIT_H
#define VIZ_RUN_EDIT_H

#include <viz/error.h>
#include <viz/store.h>

#define VIZ_MOST_TEXT 1000 /* characters of a remark, a name, a tag */

/* Nobody writes it at the moment, and it may be deleted. -EINPROGRESS with the sentence:
 * its writer would go on, and into nothing. */
int viz_run_edit_at_rest(struct viz_store *store, int64_t run, struct viz_error *err);

/* Takes a remark in from outside, one JSON object: {"stream": id or null, "from_s": seconds
 * since the run's start, "to_s", "text", "author": text or null, "exclude": bool}; text and
 * author may be missing unless it excludes, exclude and stream too. -EINVAL with the
 * sentence: it is not that, has no length, has nothing of the run in it, excludes for no
 * reason, has a text that is not UTF-8, blanks alone or too long; -ENOENT: the run is not there, or has no such stream. */
int viz_run_edit_annotate(struct viz_store *store, int64_t run, const char *json,
                          size_t size, int64_t *id, struct viz_error *err);

/* A tag as the commands could have made it: UTF-8, not of blanks alone, without commas and control characters,
 * at most so long. -EINVAL with the sentence. */
int viz_run_edit_check_tag(const char *tag, struct viz_error *err);

#endif
