/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Gates: "p99_latency<20ms,lost=0,fps>=58" held against the exit summary, which is the
 * JSON document of --json. A name is a figure (figures.h; the unit's suffix may be left
 * out), a ledger cause, or any path into the document: "ledger.held",
 * "streams[0].delivered_hz", "stages_ms.upload.p99". */
#ifndef VIZ_GATE_H
#define VIZ_GATE_H

#include <viz/error.h>

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#define VIZ_GATE_CLAUSES 64

/* How each clause came out: "p99_latency<20ms: failed, is 23.4". */
struct viz_gate_result {
    unsigned clauses, failed;
    char text[VIZ_GATE_CLAUSES][160]; /* of the failed ones */
};

/* 0; -EINVAL with the sentence when the expression cannot be read or names what the
 * document does not have. A figure that was not measured (null) fails its clause:
 * nothing is proved by it. */
int viz_gate_evaluate(const char *expression, const json_t *document,
                      struct viz_gate_result *out, struct viz_error *err);

/* See session.h for viz_gate_check(). */

#endif
