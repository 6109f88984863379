/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <viz/ledger.h>

#include <criterion/criterion.h>

/* Every field another power of two: no two terms can stand in for each other. */
static struct viz_ledger example(void)
{
    struct viz_ledger ledger = {
        .drawn = 1,
        .held = 2,
        .hidden = 4,
        .in_flight = 8,
        .missing = 16,
        .late = 32,
        .overflow = 64,
        .evicted_unseen = 128,
        .duplicate = 256,
        .kernel_drops = 512,
        .unreadable = 1024,
        .lost = 2048,
        .unmade = 4096,
        .balanced = true,
    };
    ledger.received = 1 + 2 + 4 + 8 + 64 + 128;
    ledger.sent = ledger.received + 16 + 32 + 4096;
    return ledger;
}

Test(ledger, empty_balances)
{
    cr_expect(viz_ledger_balances(&(struct viz_ledger){0}));
}

/* One sample more or less in any term of the two equations shows; what is counted
 * beside them does not. */
Test(ledger, every_term_counts){
#define X(name, help)                                                                  \
    {                                                                                  \
        struct viz_ledger ledger = example();                                          \
        bool beside = &ledger.name == &ledger.duplicate ||                             \
                      &ledger.name == &ledger.kernel_drops ||                          \
                      &ledger.name == &ledger.unreadable ||                            \
                      &ledger.name == &ledger.lost;                                    \
        cr_expect(viz_ledger_balances(&ledger));                                       \
        ledger.name++;                                                                 \
        cr_expect_eq(viz_ledger_balances(&ledger), beside, #name);                     \
        ledger.name -= 2;                                                              \
        cr_expect_eq(viz_ledger_balances(&ledger), beside, #name);                     \
    }
    VIZ_LEDGER(X)
#undef X
}

Test(ledger, adding_adds_every_field_and_one_imbalance_stays)
{
    struct viz_ledger sum = example(), one = example();
    viz_ledger_add(&sum, &one);
#define X(name, help) cr_expect_eq(sum.name, 2 * one.name, #name);
    VIZ_LEDGER(X)
#undef X
    cr_expect(sum.balanced);
    cr_expect(viz_ledger_balances(&sum));
    one.balanced = false;
    viz_ledger_add(&sum, &one);
    cr_expect_not(sum.balanced);
    one.balanced = true;
    viz_ledger_add(&sum, &one);
    cr_expect_not(sum.balanced);
}
