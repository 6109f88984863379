/* SPDX-License-Identifier: GPL-3.0-or-later */
/* WebSockets: what browsers may say, what is sent to them, and how it ends. */
#include "web_rig.h"

#include <viz/websocket.h>

#include <netinet/tcp.h>

#define OPEN                                                                           \
    "GET /api/live HTTP/1.1\r\n" HOST "Connection: keep-alive, Upgrade\r\n"            \
    "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"                              \
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
#define MEGABYTE (1 << 20)

/* A browser's end. */
struct browser {
    struct client *client;
    struct viz_websocket *ws;
    uint32_t texts, binaries, pings;
    size_t bytes;
    char last[512];
};

static void take_message(void *context, enum viz_websocket_kind kind,
                         const uint8_t *bytes, size_t size)
{
    struct browser *browser = context;
    browser->texts += kind == VIZ_WEBSOCKET_TEXT;
    browser->binaries += kind == VIZ_WEBSOCKET_BINARY;
    browser->bytes += size;
    snprintf(browser->last, sizeof(browser->last), "%.*s",
             (int)(size < 500 ? size : 500), (const char *)bytes);
}

static void take_ping(void *context)
{
    ((struct browser *)context)->pings++;
}

static void browser_put(struct browser *browser)
{
    const uint8_t *bytes;
    size_t size;
    while ((size = viz_websocket_output(browser->ws, &bytes))) {
        ssize_t sent = send(browser->client->fd, bytes, size, MSG_NOSIGNAL);
        if (sent <= 0)
            return;
        viz_websocket_sent(browser->ws, (size_t)sent);
    }
}

static void browser_take(struct browser *browser)
{
    struct client *client = browser->client;
    client_take(client);
    (void)viz_websocket_receive(browser->ws, (const uint8_t *)client->bytes,
                                client->size);
    client->size = 0;
    browser_put(browser);
}

static bool browser_ended(struct browser *browser)
{
    browser_take(browser);
    return browser->client->ended;
}

static uint16_t browser_close_code(struct browser *browser)
{
    const char *reason;
    browser_take(browser);
    return viz_websocket_close_code(browser->ws, &reason);
}

static bool browser_has(struct browser *browser, uint32_t texts)
{
    browser_take(browser);
    return browser->texts >= texts;
}

static void browser_say(struct browser *browser, const char *text)
{
    cr_assert(viz_websocket_send(browser->ws, VIZ_WEBSOCKET_TEXT, text, strlen(text)));
    browser_put(browser);
}

static struct browser *browser_open(struct rig *rig)
{
    static struct answer answer;
    struct browser *browser = viz_zalloc(sizeof(*browser));
    browser->client = client_open(rig);
    browser->ws = viz_websocket_create(
        &(struct viz_websocket_params){.role = VIZ_WEBSOCKET_CLIENT,
                                       .max_message = 4 * MEGABYTE,
                                       .context = browser,
                                       .message = take_message,
                                       .ping = take_ping});
    client_say(browser->client, OPEN);
    rig_step_until(rig, client_has_answer(browser->client, true, &answer));
    cr_assert_eq(answer.status, 101);
    cr_assert_str_eq(header_of(&answer, "Sec-WebSocket-Accept"),
                     "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
    return browser;
}

static void browser_close(struct browser *browser)
{
    viz_websocket_destroy(browser->ws);
    client_close(browser->client);
    free(browser);
}

/* ---- opening ---- */

BOTH(web_sockets, open_and_echo)
{
    rig->echo = true;
    rig_create(rig);
    struct browser *browser = browser_open(rig);
    cr_assert_eq(rig->opened, 1);
    cr_assert_eq(viz_web_sockets(rig->web), 1);
    cr_assert_eq(rig_counted(rig, sockets), 1);
    browser_say(browser, "hello");
    rig_step_until(rig, browser_has(browser, 1));
    cr_assert_str_eq(browser->last, "hello");
    browser_close(browser);
    rig_step_until(rig, rig->closed == 1);
    cr_assert_eq(viz_web_sockets(rig->web), 0);
}

BOTH(web_sockets, take_what_came_with_the_request)
{
    static const uint8_t hello[] = {0x81, 0x85, 0, 0, 0, 0, 'h', 'e', 'l', 'l', 'o'};
    uint8_t bytes[512];
    size_t size = strlen(OPEN);
    rig_create(rig);
    struct client *client = client_open(rig);
    memcpy(bytes, OPEN, size);
    memcpy(bytes + size, hello, sizeof(hello));
    client_put(client, bytes, size + sizeof(hello));
    rig_step_until(rig, rig->said_size == 5);
    cr_assert_eq(memcmp(rig->said, "hello", 5), 0);
    client_close(client);
}

BOTH(web_sockets, refuse_what_is_no_upgrade)
{
    static const struct {
        const char *headers;
        int status;
    } cases[] = {
        {"", 426},
        {"Connection: Upgrade\r\n", 426},
        {"Upgrade: websocket\r\n", 426},
        {"Connection: Upgrade\r\nUpgrade: h2c\r\n", 426},
        {"Connection: Upgrade\r\nUpgrade: websocket\r\n"
         "Sec-WebSocket-Version: 8\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n",
         426},
        {"Connection: Upgrade\r\nUpgrade: websocket\r\n"
         "Sec-WebSocket-Version: 13\r\n",
         400},
        {"Connection: Upgrade\r\nUpgrade: websocket\r\n"
         "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=\r\n",
         400},
    };
    char request[1024];
    rig_create(rig);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        snprintf(request, sizeof(request), "GET /api/live HTTP/1.1\r\n" HOST "%s\r\n",
                 cases[i].headers);
        struct answer *answer = ask(rig, request);
        cr_assert_eq(answer->status, cases[i].status, "%zu", i);
    }
    cr_assert_eq(rig->opened, 0);
}

BOTH(web_sockets, count_as_connections)
{
    rig->params.max_connections = 1;
    rig_create(rig);
    struct browser *browser = browser_open(rig);
    cr_assert_eq(ask(rig, "GET / HTTP/1.1\r\n" HOST "\r\n")->status, 503);
    browser_close(browser);
    rig_step_until(rig, rig->closed == 1);
    rig_step(rig, STEP_NS);
    cr_assert_eq(ask(rig, "GET / HTTP/1.1\r\n" HOST "\r\n")->status, 200);
}

BOTH(web_sockets, are_closed_when_there_are_too_many)
{
    rig->refuse = true;
    rig_create(rig);
    struct browser *browser = browser_open(rig);
    rig_step_until(rig, browser_close_code(browser) == 1013);
    rig_step_until(rig, browser_ended(browser));
    browser_close(browser);
}

/* ---- what browsers say ---- */

BOTH(web_sockets, put_fragments_together)
{
    static const uint8_t first[] = {0x01, 0x83, 0, 0, 0, 0, 'h', 'e', 'l'};
    static const uint8_t second[] = {0x80, 0x82, 0, 0, 0, 0, 'l', 'o'};
    rig_create(rig);
    struct browser *browser = browser_open(rig);
    for (size_t i = 0; i < sizeof(first); i++) {
        client_put(browser->client, first + i, 1);
        rig_step(rig, STEP_NS);
    }
    cr_assert_eq(rig->said_size, 0);
    client_put(browser->client, second, sizeof(second));
    rig_step_until(rig, rig->said_size == 5);
    cr_assert_eq(memcmp(rig->said, "hello", 5), 0);
    browser_close(browser);
}

BOTH(web_sockets, take_texts_up_to_4_kb)
{
    char text[4098] = "";
    rig_create(rig);
    struct browser *browser = browser_open(rig);
    memset(text, 'x', 4096);
    browser_say(browser, text);
    rig_step_until(rig, rig->said_size == 4096);
    text[4096] = 'x';
    browser_say(browser, text);
    rig_step_until(rig, browser_close_code(browser) == 1009);
    rig_step_until(rig, browser_ended(browser) && rig->closed == 1);
    cr_assert_eq(rig->said_size, 4096);
    browser_close(browser);
}

BOTH(web_sockets, take_no_binary_messages)
{
    rig_create(rig);
    struct browser *browser = browser_open(rig);
    cr_assert(viz_websocket_send(browser->ws, VIZ_WEBSOCKET_BINARY, "x", 1));
    browser_put(browser);
    rig_step_until(rig, browser_close_code(browser) == 1003);
    rig_step_until(rig, browser_ended(browser) && rig->closed == 1);
    browser_close(browser);
}

BOTH(web_sockets, wait_a_second_for_the_close_of_who_did_wrong)
{
    static const uint8_t binary[] = {0x82, 0x81, 1, 2, 3, 4, 'x'};
    rig_create(rig);
    struct browser *browser = browser_open(rig);
    client_put(browser->client, binary, sizeof(binary));
    rig_step_until(rig, (client_take(browser->client), browser->client->size));
    viz_clock_advance(rig->clock, SECOND_NS - 1);
    rig_step(rig, STEP_NS);
    cr_assert_eq(rig->closed, 0);
    viz_clock_advance(rig->clock, SECOND_NS / 4); /* it is looked at now and then */
    rig_step_until(rig, rig->closed == 1 && client_ended(browser->client));
    browser_close(browser);
}

BOTH(web_sockets, end_when_the_protocol_is_broken)
{
    static const uint8_t unmasked[] = {0x81, 0x01, 'x'};
    rig_create(rig);
    struct browser *browser = browser_open(rig);
    client_put(browser->client, unmasked, sizeof(unmasked));
    rig_step_until(rig, browser_close_code(browser) == 1002);
    rig_step_until(rig, browser_ended(browser) && rig->closed == 1);
    browser_close(browser);
}

BOTH(web_sockets, answer_a_close)
{
    rig_create(rig);
    struct browser *browser = browser_open(rig);
    cr_assert(viz_websocket_close(browser->ws, 1000, "bye"));
    browser_put(browser);
    rig_step_until(rig, browser_ended(browser));
    cr_assert_eq(browser_close_code(browser), 1000);
    cr_assert_eq(rig->closed, 1);
    browser_close(browser);
}

/* ---- what is sent ---- */

BOTH(web_sockets, send_binary_and_text_in_order)
{
    rig_create(rig);
    struct browser *browser = browser_open(rig);
    for (int i = 0; i < 100; i++) {
        cr_assert(viz_web_send(rig->socket, true, "binary", 6));
        cr_assert(viz_web_send(rig->socket, false, "text", 4));
    }
    cr_assert_gt(viz_web_waiting(rig->socket), 1000);
    rig_step_until(rig, browser_has(browser, 100));
    cr_assert_eq(browser->binaries, 100);
    cr_assert_eq(viz_web_waiting(rig->socket), 0);
    browser_close(browser);
}

BOTH(web_sockets, hold_a_megabyte_for_a_browser_that_does_not_read)
{
    static uint8_t bytes[60000];
    uint32_t taken = 0;
    rig_create(rig);
    struct browser *browser = browser_open(rig);
    for (int i = 0; i < 1000; i++) {
        taken += viz_web_send(rig->socket, true, bytes, sizeof(bytes));
        rig_step(rig, 0);
        cr_assert_leq(viz_web_waiting(rig->socket), MEGABYTE);
    }
    cr_assert_gt(viz_web_waiting(rig->socket), MEGABYTE - 2 * sizeof(bytes));
    cr_assert(!viz_web_send(rig->socket, true, bytes, sizeof(bytes)));
    cr_assert_lt(taken, 500);
    cr_assert_eq(ask(rig, "GET / HTTP/1.1\r\n" HOST "\r\n")->status, 200);
    rig_step_until(rig, (browser_take(browser), browser->binaries == taken));
    cr_assert_eq(browser->bytes, taken * sizeof(bytes));
    cr_assert(viz_web_send(rig->socket, true, bytes, sizeof(bytes)));
    browser_close(browser);
}

BOTH(web_sockets, say_nothing_after_a_close)
{
    rig_create(rig);
    struct browser *browser = browser_open(rig);
    viz_web_close(rig->socket, 1008, "not allowed");
    cr_assert(!viz_web_send(rig->socket, false, "text", 4));
    browser_say(browser, "too late");
    rig_step_until(rig, browser_close_code(browser) == 1008);
    rig_step_until(rig, browser_ended(browser) && rig->closed == 1);
    cr_assert_eq(browser->texts, 0);
    cr_assert_eq(rig->said_size, 0);
    browser_close(browser);
}

/* ---- time ---- */

BOTH(web_sockets, ping_and_keep_browsers_that_answer)
{
    rig_create(rig);
    struct browser *browser = browser_open(rig);
    for (uint32_t i = 1; i <= 8; i++) {
        viz_clock_advance(rig->clock, 15 * SECOND_NS);
        rig_step_until(rig, (browser_take(browser), browser->pings == i));
        rig_step(rig, STEP_NS);
    }
    cr_assert_eq(rig->closed, 0);
    browser_close(browser);
}

BOTH(web_sockets, end_browsers_that_are_silent)
{
    rig_create(rig);
    struct browser *browser = browser_open(rig);
    viz_clock_advance(rig->clock, 44 * SECOND_NS);
    for (int i = 0; i < 3; i++)
        rig_step(rig, STEP_NS);
    cr_assert_eq(rig->closed, 0);
    viz_clock_advance(rig->clock, SECOND_NS);
    rig_step_until(rig, rig->closed == 1);
    browser_close(browser);
}

/* Pings of the server are answered by nobody here; that they do not count as being heard
 * is what the bytes of half a message must show. */
BOTH(web_sockets, end_browsers_whose_message_does_not_become_whole)
{
    static const uint8_t head[] = {0x81, 0xfe, 0x0f, 0, 0, 0, 0, 0};
    rig_create(rig);
    struct browser *browser = browser_open(rig);
    client_put(browser->client, head, 3);
    for (int i = 0; i < 3; i++)
        rig_step(rig, STEP_NS);
    client_put(browser->client, head + 3, sizeof(head) - 3);
    for (int i = 0; i < 9; i++) {
        viz_clock_advance(rig->clock, SECOND_NS);
        client_put(browser->client, "a", 1);
        rig_step(rig, STEP_NS);
        rig_step(rig, STEP_NS);
        cr_assert_eq(rig->closed, 0);
    }
    viz_clock_advance(rig->clock, SECOND_NS);
    rig_step_until(rig, rig->closed == 1);
    cr_assert_eq(rig_counted(rig, refused_time), 1);
    browser_close(browser);
}

BOTH(web_sockets, end_browsers_whose_fragments_do_not_end)
{
    static const uint8_t first[] = {0x01, 0x81, 0, 0, 0, 0, 'h'};
    static const uint8_t next[] = {0x89, 0x80, 0, 0, 0, 0, 0x00, 0x81, 0, 0, 0, 0, 'h'};
    rig_create(rig);
    struct browser *browser = browser_open(rig);
    client_put(browser->client, first, sizeof(first));
    for (int i = 0; i < 3; i++)
        rig_step(rig, STEP_NS);
    for (int i = 0; i < 9; i++) {
        viz_clock_advance(rig->clock, SECOND_NS);
        client_put(browser->client, next, sizeof(next));
        rig_step(rig, STEP_NS);
        rig_step(rig, STEP_NS);
        cr_assert_eq(rig->closed, 0);
    }
    viz_clock_advance(rig->clock, SECOND_NS);
    rig_step_until(rig, rig->closed == 1);
    browser_close(browser);
}

/* A ping of its own every 5 s is neither a message nor the pong that it owes. */
BOTH(web_sockets, end_browsers_that_do_not_answer_pings)
{
    static const uint8_t ping[] = {0x89, 0x80, 0, 0, 0, 0};
    rig_create(rig);
    struct browser *browser = browser_open(rig);
    for (int i = 0; i < 8; i++) {
        viz_clock_advance(rig->clock, 5 * SECOND_NS);
        client_put(browser->client, ping, sizeof(ping));
        rig_step(rig, STEP_NS);
        cr_assert_eq(rig->closed, 0);
    }
    viz_clock_advance(rig->clock, 5 * SECOND_NS);
    rig_step_until(rig, rig->closed == 1);
    browser_close(browser);
}

BOTH(web_sockets, may_talk_without_end_at_any_cut)
{
    static const uint8_t text[] = {0x81, 0x81, 0, 0, 0, 0, 'x'};
    rig_create(rig);
    struct browser *browser = browser_open(rig);
    client_put(browser->client, text, 3);
    for (size_t i = 1; i <= 40; i++) {
        rig_step(rig, STEP_NS);
        client_put(browser->client, text + 3, sizeof(text) - 3);
        client_put(browser->client, text, 3);
        rig_step_until(rig, rig->said_size == i);
        viz_clock_advance(rig->clock, SECOND_NS);
    }
    cr_assert_eq(rig->closed, 0);
    browser_close(browser);
}

/* ---- too much ---- */

static void browser_say_often(struct browser *browser, int times)
{
    for (int i = 0; i < times; i++)
        cr_assert(viz_websocket_send(browser->ws, VIZ_WEBSOCKET_TEXT, "x", 1));
    browser_put(browser);
}

BOTH(web_sockets, hand_on_20_texts_a_second)
{
    rig_create(rig);
    struct browser *browser = browser_open(rig);
    browser_say_often(browser, 40);
    rig_step_until(rig, rig->said_size == 40);
    cr_assert_eq(rig_counted(rig, refused_texts), 0);
    browser_say_often(browser, 160);
    rig_step_until(rig, rig_counted(rig, refused_texts) == 160);
    viz_clock_advance(rig->clock, SECOND_NS);
    browser_say_often(browser, 30);
    rig_step_until(rig, rig_counted(rig, refused_texts) == 170);
    cr_assert_eq(rig->said_size, 60);
    viz_clock_advance(rig->clock, 60 * SECOND_NS / 1000);
    browser_say_often(browser, 1);
    rig_step_until(rig, rig->said_size == 61);
    cr_assert_eq(rig->closed, 0);
    browser_close(browser);
}

BOTH(web_sockets, are_closed_after_200_texts_in_a_second)
{
    rig_create(rig);
    struct browser *browser = browser_open(rig);
    browser_say_often(browser, 200);
    rig_step_until(rig, rig_counted(rig, refused_texts) == 160);
    cr_assert_eq(browser_close_code(browser), 0);
    browser_say_often(browser, 1);
    rig_step_until(rig, browser_close_code(browser) == 1008);
    rig_step_until(rig, browser_ended(browser) && rig->closed == 1);
    cr_assert_eq(rig->said_size, 40);
    browser_close(browser);
}

BOTH(web_sockets, do_not_wait_long_for_a_close)
{
    rig_create(rig);
    struct browser *browser = browser_open(rig);
    viz_web_close(rig->socket, 1000, NULL);
    for (int i = 0; i < 3; i++)
        rig_step(rig, STEP_NS);
    cr_assert_eq(rig->closed, 0);
    viz_clock_advance(rig->clock, 5 * SECOND_NS);
    rig_step_until(rig, rig->closed == 1);
    browser_close(browser);
}

BOTH(web_sockets, say_goodbye_when_the_server_ends)
{
    rig_create(rig);
    struct browser *browser = browser_open(rig);
    cr_assert(viz_web_send(rig->socket, false, "last words", 10));
    viz_web_destroy(rig->web);
    rig->web = NULL;
    cr_assert_eq(rig->closed, 1);
    struct timeval limit = {.tv_sec = 5};
    setsockopt(browser->client->fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
    ssize_t got;
    while ((got = recv(browser->client->fd, browser->client->bytes, CLIENT_BYTES, 0)) >
           0)
        (void)viz_websocket_receive(browser->ws, (uint8_t *)browser->client->bytes,
                                    (size_t)got);
    const char *reason;
    cr_assert_eq(got, 0);
    cr_assert_str_eq(browser->last, "last words");
    cr_assert_eq(viz_websocket_close_code(browser->ws, &reason), 1001);
    cr_assert_str_eq(reason, "the server ends");
    browser_close(browser);
}

BOTH(web_sockets, survive_browsers_that_leave_at_any_moment)
{
    rig->echo = true;
    rig_create(rig);
    for (int i = 0; i < 20; i++) {
        struct client *client = client_open(rig);
        client_say(client, OPEN);
        for (int j = 0; j < i % 5; j++)
            rig_step(rig, STEP_NS);
        struct linger reset = {.l_onoff = i % 2};
        setsockopt(client->fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
        client_close(client);
    }
    rig_step_until(rig, viz_web_sockets(rig->web) == 0);
    cr_assert_eq(rig->opened, rig->closed);
}
