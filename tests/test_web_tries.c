/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Wrong tokens: how many are looked at, and whom that leaves in peace. */
#include "../src/web/tries.h"
#include "web_rig.h"

#define TOKEN "correct horse"
#define HERE "GET /api/here HTTP/1.1"
#define RIGHT "Authorization: Bearer " TOKEN "\r\n"
#define WRONG "Authorization: Bearer incorrect horse\r\n"
#define TRY_NS (VIZ_WEB_TRY_S * SECOND_NS)

/* ---- through the server ---- */

static struct answer *ask_with(struct rig *rig, const char *headers)
{
    char request[4096];
    snprintf(request, sizeof(request), HERE "\r\n" HOST "%s\r\n", headers);
    return ask(rig, request);
}

static struct answer *sign_in(struct rig *rig, const char *token)
{
    char request[1024];
    snprintf(request, sizeof(request),
             "POST /api/session HTTP/1.1\r\n" HOST "Content-Length: %zu\r\n\r\n"
             "{\"token\":\"%s\"}",
             strlen(token) + 12, token);
    return ask(rig, request);
}

static void create_closed(struct rig *rig)
{
    rig->params.token = TOKEN;
    rig->params.closed = true;
    rig_create(rig);
}

static void guess(struct rig *rig, const char *headers)
{
    for (int i = 0; i < VIZ_WEB_TRIES; i++)
        cr_assert_eq(ask_with(rig, headers)->status, 401, "%d", i);
}

BOTH(web_tries, looks_at_ten_wrong_tokens_then_at_one_every_six_seconds)
{
    create_closed(rig);
    guess(rig, WRONG);
    struct answer *answer = ask_with(rig, WRONG);
    cr_assert_eq(answer->status, 429);
    cr_assert_str_eq(header_of(answer, "Retry-After"), "6");
    cr_assert(contains(answer->body, "too many wrong tokens"));
    viz_clock_advance(rig->clock, TRY_NS - 1);
    cr_assert_str_eq(header_of(ask_with(rig, WRONG), "Retry-After"), "1");
    viz_clock_advance(rig->clock, 1);
    cr_assert_eq(ask_with(rig, WRONG)->status, 401);
    cr_assert_eq(ask_with(rig, WRONG)->status, 429);
    cr_assert_eq(rig_counted(rig, refused_token), VIZ_WEB_TRIES + 1);
    cr_assert_eq(rig_counted(rig, refused_tries), 3);
}

BOTH(web_tries, does_not_tell_a_guesser_which_token_is_right)
{
    create_closed(rig);
    guess(rig, WRONG);
    cr_assert_eq(ask_with(rig, RIGHT)->status, 429);
    cr_assert_eq(sign_in(rig, TOKEN)->status, 429);
    viz_clock_advance(rig->clock, TRY_NS);
    cr_assert_eq(ask_with(rig, RIGHT)->status, 200);
}

BOTH(web_tries, counts_guesses_where_reading_needs_no_token)
{
    rig->params.token = TOKEN;
    rig_create(rig);
    for (int i = 0; i < VIZ_WEB_TRIES; i++)
        cr_assert_eq(ask_with(rig, WRONG)->status, 200);
    cr_assert_eq(ask_with(rig, WRONG)->status, 429);
    cr_assert_eq(ask_with(rig, "")->status, 200);
}

BOTH(web_tries, counts_signing_in_and_headers_together)
{
    create_closed(rig);
    for (int i = 0; i < VIZ_WEB_TRIES / 2; i++) {
        cr_assert_eq(ask_with(rig, WRONG)->status, 401);
        cr_assert_eq(sign_in(rig, "incorrect")->status, 401);
    }
    struct answer *answer = sign_in(rig, "incorrect");
    cr_assert_eq(answer->status, 429);
    cr_assert_str_eq(header_of(answer, "Retry-After"), "6");
    cr_assert_null(header_of(answer, "Set-Cookie"));
}

BOTH(web_tries, never_slows_sessions_nor_the_page)
{
    char headers[2048], cookie[1024];
    create_closed(rig);
    snprintf(cookie, sizeof(cookie), "%s",
             header_of(sign_in(rig, TOKEN), "Set-Cookie"));
    cookie[strcspn(cookie, ";")] = 0;
    viz_clock_advance(rig->clock, (VIZ_WEB_TRUST_S + 1) * SECOND_NS);
    guess(rig, WRONG);
    cr_assert_eq(ask_with(rig, WRONG)->status, 429);
    snprintf(headers, sizeof(headers), "Cookie: %s\r\n", cookie);
    cr_assert_eq(ask_with(rig, headers)->status, 200);
    cr_assert_eq(ask(rig, "GET / HTTP/1.1\r\n" HOST "\r\n")->status, 200);
    cr_assert_eq(ask_with(rig, "")->status, 401);
    cr_assert_eq(ask_with(rig, "Cookie: viz-1=old\r\n")->status, 401);
}

BOTH(web_tries, lets_those_go_on_who_have_shown_the_token)
{
    create_closed(rig);
    cr_assert_eq(ask_with(rig, RIGHT)->status, 200);
    for (int i = 0; i < 3 * VIZ_WEB_TRIES; i++)
        cr_assert_eq(ask_with(rig, WRONG)->status, 401);
    cr_assert_eq(ask_with(rig, RIGHT)->status, 200);
}

BOTH(web_tries, tells_those_apart_for_whom_a_proxy_speaks)
{
    create_closed(rig);
    guess(rig, "X-Forwarded-For: 198.51.100.7\r\n" WRONG);
    cr_assert_eq(ask_with(rig, "X-Forwarded-For: 198.51.100.7\r\n" RIGHT)->status, 429);
    cr_assert_eq(ask_with(rig, "X-Forwarded-For: 198.51.100.8\r\n" WRONG)->status, 401);
    cr_assert_eq(
        ask_with(rig, "X-Forwarded-For: 198.51.100.7, 198.51.100.8\r\n" RIGHT)->status,
        200);
    cr_assert_eq(ask_with(rig, "X-Forwarded-For: 198.51.100.9\r\n"
                               "X-Forwarded-For: 198.51.100.7\r\n" RIGHT)
                     ->status,
                 429);
    cr_assert_eq(ask_with(rig, RIGHT)->status, 200);
}

/* ---- the parts ---- */

static struct viz_web_tries tries;

static const unsigned char *address_of(uint32_t number)
{
    static unsigned char address[16];
    memcpy(address + 12, &number, 4);
    return address;
}

Test(web_tries, forgives_with_time)
{
    const unsigned char *me = address_of(1);
    int64_t now_ns = 5;
    for (int i = 0; i < VIZ_WEB_TRIES; i++) {
        cr_assert_eq(viz_web_tries_wait(&tries, me, now_ns), 0);
        viz_web_tries_wrong(&tries, me, now_ns);
    }
    cr_assert_eq(viz_web_tries_wait(&tries, me, now_ns), VIZ_WEB_TRY_S);
    now_ns += VIZ_WEB_TRIES * TRY_NS;
    for (int i = 0; i < VIZ_WEB_TRIES; i++) {
        cr_assert_eq(viz_web_tries_wait(&tries, me, now_ns), 0);
        viz_web_tries_wrong(&tries, me, now_ns);
    }
    cr_assert_eq(viz_web_tries_wait(&tries, me, now_ns), VIZ_WEB_TRY_S);
}

Test(web_tries, trusts_an_address_for_an_hour)
{
    const unsigned char *me = address_of(1);
    viz_web_tries_right(&tries, me, 0);
    int64_t now_ns = VIZ_WEB_TRUST_S * SECOND_NS - 1;
    for (int i = 0; i < 5 * VIZ_WEB_TRIES; i++)
        viz_web_tries_wrong(&tries, me, now_ns);
    cr_assert_eq(viz_web_tries_wait(&tries, me, now_ns), 0);
    cr_assert_eq(viz_web_tries_wait(&tries, me, now_ns + 1), VIZ_WEB_TRY_S);
}

Test(web_tries, lets_many_addresses_share_what_is_left)
{
    for (uint32_t i = 0; i < VIZ_WEB_TRIERS; i++)
        viz_web_tries_wrong(&tries, address_of(i), 0);
    for (uint32_t i = 0; i < VIZ_WEB_TRIES; i++) {
        cr_assert_eq(viz_web_tries_wait(&tries, address_of(1000 + i), 0), 0);
        viz_web_tries_wrong(&tries, address_of(1000 + i), 0);
    }
    cr_assert_eq(viz_web_tries_wait(&tries, address_of(2000), 0), VIZ_WEB_TRY_S);
    cr_assert_eq(viz_web_tries_wait(&tries, address_of(0), 0), 0);
    viz_web_tries_right(&tries, address_of(2000), 0); /* for none of the others */
    cr_assert_eq(viz_web_tries_wait(&tries, address_of(2001), 0), VIZ_WEB_TRY_S);
    cr_assert_eq(viz_web_tries_wait(&tries, address_of(2000), TRY_NS), 0);
}

Test(web_tries, reads_the_address_that_the_proxy_has_seen)
{
    static const struct {
        const char *header;
        unsigned char address[16];
    } cases[] = {
        {"192.0.2.1", {[12] = 192, [14] = 2, [15] = 1}},
        {"evil, 10.0.0.1,192.0.2.1 ", {[12] = 192, [14] = 2, [15] = 1}},
        {"::ffff:192.0.2.1", {[12] = 192, [14] = 2, [15] = 1}},
        {"2001:db8::1", {0x20, 0x01, 0x0d, 0xb8}},
    };
    static const char *const none[] = {
        "",
        ",",
        "unknown",
        "192.0.2.1,",
        "192.0.2.1:80",
        "192.0.2.1 x",
        "[::1]:8",
        "192.0.2.",
        "1,2,3",
        "2001:db8:1111:1111:1111:1111:1111:1111:1111:1111:1111:1111",
    };
    unsigned char out[16];
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        memset(out, 0xff, 16);
        cr_assert(viz_web_forwarded(cases[i].header, out), "%s", cases[i].header);
        cr_assert_arr_eq(out, cases[i].address, 16, "%s", cases[i].header);
    }
    for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++) {
        memset(out, 0xff, 16);
        cr_assert(!viz_web_forwarded(none[i], out), "%s", none[i]);
        cr_assert_eq(out[0], 0xff);
    }
}
