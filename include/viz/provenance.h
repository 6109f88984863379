/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where a run comes from, in the words that a store keeps. Main thread. */
#ifndef VIZ_PROVENANCE_H
#define VIZ_PROVENANCE_H

#include <stddef.h>
#include <stdint.h>

/* The machine and this program, as a JSON object: host, cpu, kernel, cores, memory_bytes,
 * viz, revision. The caller frees it. */
char *viz_provenance_machine(void);

/* A command line as one text, words with blanks in quotes; cut at @size. */
void viz_provenance_flags(int argc, char *const *argv, char *out, size_t size);

/* "a, b" into @tag, which point into @text: it is cut up. Blanks around a tag and empty
 * ones are left out. How many. */
#define VIZ_MAX_TAGS 64
uint32_t viz_provenance_tags(char *text, const char *tag[VIZ_MAX_TAGS]);

/* Nanoseconds since 1970. */
int64_t viz_provenance_now(void);

#endif
