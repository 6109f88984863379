/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a request is for: "/api/runs/17?metric=a%20b" taken apart and decoded. Pure. */
#ifndef VIZ_WEB_TARGET_H
#define VIZ_WEB_TARGET_H

#include <viz/error.h>

#include <stdbool.h>
#include <stdint.h>

#define VIZ_WEB_SEGMENTS 8
#define VIZ_WEB_PARAMETERS 32

struct viz_web_target {
    char *memory;                          /* of all that follows */
    const char *path;                      /* decoded as a whole */
    const char *segment[VIZ_WEB_SEGMENTS]; /* between the slashes, each decoded */
    uint32_t segments; /* "/" has one, which is empty; more than fit: SEGMENTS + 1 */
    const char *name[VIZ_WEB_PARAMETERS], *value[VIZ_WEB_PARAMETERS];
    uint32_t parameters;
};

/* 0, or -EINVAL with the sentence: it begins with no slash, holds a blank, a % without two digits,
 * a 0, what is not UTF-8, too many parameters, or one twice. A + in the query is a blank. */
int viz_web_target_parse(const char *text, struct viz_web_target *out,
                         struct viz_error *err);
void viz_web_target_finish(struct viz_web_target *target);

/* Whether the path has the form of @pattern, "/api/runs/{id}". What stood for the {...} is
 * in @argument [2], where there is any; a pattern has two at most. */
bool viz_web_target_matches(const struct viz_web_target *target, const char *pattern,
                            const char *argument[2]);

#endif
