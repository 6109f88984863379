/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <viz/wire.h>

#include <viz/error.h>

#include <stdio.h>
#include <string.h>

#define SURE 50

#define X(name) extern const struct viz_wire viz_wire_##name;
#include "wires.inc"
#undef X

const struct viz_wire *const viz_wires[] = {
#define X(name) &viz_wire_##name,
#include "wires.inc"
#undef X
    NULL,
};

uint64_t viz_wire_lost(const struct viz_wire_counts *counts)
{
    return viz_counted(&counts->bad_syntax) + viz_counted(&counts->bad_value) +
           viz_counted(&counts->bad_magic) + viz_counted(&counts->bad_version) +
           viz_counted(&counts->bad_length) + viz_counted(&counts->oversized) +
           viz_counted(&counts->truncated) + viz_counted(&counts->no_room);
}

const struct viz_wire *viz_wire_find(const char *name)
{
    for (const struct viz_wire *const *wire = viz_wires; *wire; wire++)
        if (!strcmp((*wire)->name, name))
            return *wire;
    return NULL;
}

void viz_wire_names(char out[VIZ_WIRE_NAMES])
{
    size_t used = 0;
    out[0] = 0;
    for (const struct viz_wire *const *wire = viz_wires; *wire; wire++) {
        int n = snprintf(out + used, VIZ_WIRE_NAMES - used, "%s%s", used ? ", " : "",
                         (*wire)->name);
        viz_assert(n > 0 && (size_t)n < VIZ_WIRE_NAMES - used);
        used += (size_t)n;
    }
}

const struct viz_wire *viz_wire_probe(const uint8_t *bytes, size_t size, bool final)
{
    const struct viz_wire *surest = NULL;
    int sure = final ? 0 : SURE - 1;
    if (size > VIZ_MAX_PACKET)
        size = VIZ_MAX_PACKET;
    for (const struct viz_wire *const *wire = viz_wires; *wire; wire++) {
        int score = (*wire)->probe(bytes, size);
        if (score > sure) {
            sure = score;
            surest = *wire;
        }
    }
    return surest;
}
