/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Cases of frames and what comes of them. Every stream of bytes is fed whole, byte by
 * byte and in random pieces, to both roles; what comes of it must be the same. */
#ifndef VIZ_TESTS_WEBSOCKET_CASES_H
#define VIZ_TESTS_WEBSOCKET_CASES_H

#include "rig.h"
#include "websocket_rig.h"

#include <criterion/criterion.h>

#define FRAMES 6

/* One frame with a payload in quotes, which may hold zeros. */
#define F(head, text)                                                                  \
    {                                                                                  \
        (head), (text), sizeof(text) - 1, SHORTEST, 0, false                           \
    }

struct wire_case {
    struct by_hand frames[FRAMES]; /* until one of zeros only */
    const char *expected;
};

static inline bool is_last(const struct by_hand *frame)
{
    return !frame->first && !frame->payload;
}

static inline struct viz_bytes write_case(const struct wire_case *which,
                                          enum viz_websocket_role role)
{
    struct viz_bytes bytes = {0};
    for (size_t i = 0; i < FRAMES && !is_last(&which->frames[i]); i++)
        put_by_hand(&bytes, role, &which->frames[i]);
    return bytes;
}

/* @cut: bytes of a piece; 0: all; below 0: random, from that seed. */
static inline void feed(struct end *end, const uint8_t *bytes, size_t size, long cut)
{
    uint64_t random = (uint64_t)-cut * 0x9e3779b97f4a7c15;
    bool more = true;
    while (size) {
        size_t piece = cut > 0 ? (size_t)cut : size;
        if (cut < 0)
            piece = rig_below(&random, 9);
        if (piece > size)
            piece = size;
        bool before = more;
        more = give(end, bytes, piece);
        cr_assert(before || !more, "it began to read again");
        cr_assert_eq(more, viz_websocket_reading(end->ws));
        bytes += piece;
        size -= piece;
    }
}

static inline void check_way(const struct viz_bytes *bytes,
                             enum viz_websocket_role role, long cut,
                             const char *expected)
{
    struct end end;
    open_end(&end, role, 0, 0);
    feed(&end, viz_bytes_first(bytes), viz_bytes_size(bytes), cut);
    note_output(&end);
    note_state(&end);
    cr_expect_str_eq(end.log, expected, "%s, cut %ld: \"%s\", not \"%s\"",
                     role == VIZ_WEBSOCKET_CLIENT ? "client" : "server", cut, end.log,
                     expected);
    close_end(&end);
}

static inline void check_bytes(const struct viz_bytes *bytes,
                               enum viz_websocket_role role, const char *expected)
{
    check_way(bytes, role, 0, expected);
    check_way(bytes, role, 1, expected);
    check_way(bytes, role, 2, expected);
    check_way(bytes, role, 4095, expected);
    for (long seed = 1; seed <= 20; seed++)
        check_way(bytes, role, -seed, expected);
}

static inline void check_case(const struct wire_case *which)
{
    for (enum viz_websocket_role role = VIZ_WEBSOCKET_CLIENT;
         role <= VIZ_WEBSOCKET_SERVER; role++) {
        struct viz_bytes bytes = write_case(which, role);
        check_bytes(&bytes, role, which->expected);
        viz_bytes_finish(&bytes);
    }
}

#define check_cases(cases)                                                             \
    for (size_t at_ = 0; at_ < sizeof(cases) / sizeof((cases)[0]); at_++)              \
    check_case(&(cases)[at_])

#define PROTOCOL ">() close 1002() -- fault 1002"
#define NOT_UTF8 ">() close 1007() -- fault 1007"
#define TOO_BIG ">() close 1009() -- fault 1009"

/* What is UTF-8 and what is not. */
static const char *const good_texts[] = {
    "\xce\xba\xcf\x8c\xcf\x83\xce\xbc\xce\xb5",
    "\x7f",
    "\xc2\x80",
    "\xdf\xbf",
    "\xe0\xa0\x80",
    "\xed\x9f\xbf",
    "\xee\x80\x80",
    "\xef\xbf\xbf",
    "\xf0\x90\x80\x80",
    "\xf4\x8f\xbf\xbf",
    "a\xf0\x9f\x98\x80z",
};
static const char *const bad_texts[] = {
    "\x80",
    "\xbf",
    "a\xff",
    "\xfe",
    "\xc0\xaf",
    "\xc1\xbf",
    "\xe0\x80\xaf",
    "\xe0\x9f\xbf",
    "\xed\xa0\x80",
    "\xed\xbf\xbf",
    "\xc2",
    "\xe2\x82",
    "\xe2\x82(",
    "\xf0\x9f\x98",
    "\xf0\x8f\xbf\xbf",
    "\xf4\x90\x80\x80",
    "\xf5\x80\x80\x80",
    "\xf8\x88\x80\x80\x80",
    "\xc2\xc2\x80",
    "\xe2\x28\xa1",
    "\xf0\x90\x28\xbc",
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

#endif
