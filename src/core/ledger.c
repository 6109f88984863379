/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <viz/ledger.h>

void viz_ledger_add(struct viz_ledger *into, const struct viz_ledger *from)
{
#define X(name, help) into->name += from->name;
    VIZ_LEDGER(X)
#undef X
    into->balanced = into->balanced && from->balanced;
}

bool viz_ledger_balances(const struct viz_ledger *ledger)
{
    return ledger->sent ==
               ledger->received + ledger->missing + ledger->late + ledger->unmade &&
           ledger->received == ledger->drawn + ledger->held + ledger->hidden +
                                   ledger->evicted_unseen + ledger->overflow +
                                   ledger->in_flight;
}
