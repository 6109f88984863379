/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <viz/notice.h>

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#define ROOM 64

Test(notice, empty_has_none)
{
    struct viz_notices *notices = viz_notices_create();
    char text[64] = "untouched";
    cr_expect_not(viz_notices_pop(notices, text, sizeof(text)));
    cr_expect_str_eq(text, "untouched");
    cr_expect_eq(viz_notices_lost(notices), 0);
    viz_notices_destroy(notices);
    viz_notices_destroy(NULL);
}

Test(notice, come_out_in_order_formatted)
{
    struct viz_notices *notices = viz_notices_create();
    char text[64];
    viz_notice(notices, "%s on port %d", "udp", 9000);
    viz_notice(notices, "second");
    cr_expect(viz_notices_pop(notices, text, sizeof(text)));
    cr_expect_str_eq(text, "udp on port 9000");
    cr_expect(viz_notices_pop(notices, text, sizeof(text)));
    cr_expect_str_eq(text, "second");
    cr_expect_not(viz_notices_pop(notices, text, sizeof(text)));
    viz_notices_destroy(notices);
}

/* Full and full plus one, several times round. */
Test(notice, what_finds_no_room_is_counted)
{
    struct viz_notices *notices = viz_notices_create();
    char text[64], expected[64];
    for (int round = 1; round <= 3; round++) {
        for (int i = 0; i < ROOM; i++)
            viz_notice(notices, "%d.%d", round, i);
        cr_expect_eq(viz_notices_lost(notices), (uint64_t)round - 1);
        viz_notice(notices, "too many");
        cr_expect_eq(viz_notices_lost(notices), (uint64_t)round);
        for (int i = 0; i < ROOM; i++) {
            snprintf(expected, sizeof(expected), "%d.%d", round, i);
            cr_assert(viz_notices_pop(notices, text, sizeof(text)));
            cr_expect_str_eq(text, expected);
        }
        cr_expect_not(viz_notices_pop(notices, text, sizeof(text)));
    }
    viz_notices_destroy(notices);
}

Test(notice, too_long_is_cut)
{
    struct viz_notices *notices = viz_notices_create();
    char word[1000], text[2000], tiny[4];
    memset(word, 'x', sizeof(word));
    word[sizeof(word) - 1] = '\0';
    viz_notice(notices, "%s", word);
    viz_notice(notices, "abcdef");
    cr_expect(viz_notices_pop(notices, text, sizeof(text)));
    cr_expect_eq(strlen(text), 511);
    cr_expect(viz_notices_pop(notices, tiny, sizeof(tiny)));
    cr_expect_str_eq(tiny, "abc");
    viz_notices_destroy(notices);
}

Test(notice, nobody_to_tell_is_no_mistake)
{
    viz_notice(NULL, "%s", "unheard");
    cr_expect(true);
}
