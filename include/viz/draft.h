/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A file that appears whole or not at all: written beside its place under another name,
 * on the disk before it takes that place. What stood there until then is whole too.
 *
 * What is no regular file (a device node, a pipe) is written to directly and never
 * replaced. A link stays a link: the file that it names is replaced. */
#ifndef VIZ_DRAFT_H
#define VIZ_DRAFT_H

#include <viz/error.h>

struct viz_draft;

/* 0, or a negative errno with the sentence: -EISDIR for a folder. */
int viz_draft_open(const char *path, struct viz_draft **out, struct viz_error *err);

/* Where to write. */
int viz_draft_fd(const struct viz_draft *draft);

/* Put it in its place. The draft is gone afterwards, whatever comes back. */
int viz_draft_keep(struct viz_draft *draft, struct viz_error *err);

/* As if it had never been begun. NULL: nothing to do. */
void viz_draft_discard(struct viz_draft *draft);

#endif
