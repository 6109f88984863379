/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where every sample went. In samples, summed over streams:
 *
 *     sent     = received + missing + late + unmade
 *     received = drawn + held + hidden + evicted_unseen + overflow + in_flight
 *
 * sent            what the sources made, or what sequence numbers say they sent. A format
 *                 without sequence numbers cannot tell what never arrived: its sent is
 *                 what was received
 * missing         never arrived, by sequence number
 * late            arrived behind their successors: not drawn
 * unmade          were due and never made: the synthetic source could not keep up
 * overflow        the render thread had every block (it stood still for too long)
 * drawn           part of a presented frame
 * held            in memory, not yet part of a presented frame (frozen, or scrolled past)
 * hidden          of channels that the user chose not to show
 * evicted_unseen  pushed out of memory without ever having been part of a frame
 * in_flight       published or in an open block, not drained yet; 0 once the sources ended
 *
 * Beside it, in their own units: duplicates, datagrams that the kernel dropped, and input
 * that could not be read (wire.h). lost is the sum of missing, late, unmade, overflow,
 * evicted_unseen, unreadable lines and frames (each counted as one), and kernel_drops
 * where no sequence number shows them already. */
#ifndef VIZ_LEDGER_H
#define VIZ_LEDGER_H

#include <stdbool.h>
#include <stdint.h>

#define VIZ_LEDGER(X)                                                                  \
    X(sent, "samples that the sources sent, as far as can be known")                   \
    X(received, "samples decoded or generated")                                        \
    X(drawn, "samples in a presented frame")                                           \
    X(held, "samples in memory and not yet in a presented frame")                      \
    X(hidden, "samples of channels that are not shown")                                \
    X(in_flight, "samples between the source thread and the render thread")            \
    X(missing, "samples that never arrived, by sequence number")                       \
    X(late, "samples that arrived behind their successors, not drawn")                 \
    X(unmade, "samples that were due and that the synthetic source never made")        \
    X(overflow, "samples lost because the render thread was too far behind")           \
    X(evicted_unseen, "samples pushed out of memory unseen")                           \
    X(duplicate, "samples that arrived twice; not part of sent")                       \
    X(kernel_drops, "datagrams dropped by the kernel's socket buffer")                 \
    X(unreadable, "lines and frames that could not be read")                           \
    X(lost, "everything lost, see docs/figures.md")

struct viz_ledger {
#define X(name, help) uint64_t name;
    VIZ_LEDGER(X)
#undef X
    bool balanced; /* both equations held at every check, block by block */
};

void viz_ledger_add(struct viz_ledger *into, const struct viz_ledger *from);

/* Whether both equations hold. */
bool viz_ledger_balances(const struct viz_ledger *ledger);

#endif
