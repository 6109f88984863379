/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <viz/handshake.h>

#include <criterion/criterion.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The example of RFC 6455, 1.3. */
#define KEY "dGhlIHNhbXBsZSBub25jZQ=="
#define ACCEPT_OF_KEY "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="

#define STATUS "HTTP/1.1 101 Switching Protocols\r\n"
#define UPGRADE "Upgrade: websocket\r\n"
#define CONNECTION "Connection: Upgrade\r\n"
#define ACCEPT "Sec-WebSocket-Accept: " ACCEPT_OF_KEY "\r\n"

#define GET "GET /ws HTTP/1.1\r\n"
#define HOST "Host: device.example\r\n"
#define ASK_KEY "Sec-WebSocket-Key: " KEY "\r\n"
#define VERSION "Sec-WebSocket-Version: 13\r\n"
#define UPGRADES UPGRADE CONNECTION
#define ASK HOST UPGRADES ASK_KEY VERSION

/* In memory of exactly that length, for the sanitizer. */
static uint8_t *exact(const char *text, size_t size)
{
    uint8_t *bytes = malloc(size ? size : 1);
    memcpy(bytes, text, size);
    return bytes;
}

static int respond(const char *text, size_t size, size_t *used, int *status,
                   struct viz_error *err)
{
    uint8_t *bytes = exact(text, size);
    int ret = viz_handshake_response(KEY, bytes, size, used, status, err);
    free(bytes);
    return ret;
}

static int ask(const char *text, size_t size, size_t *used,
               struct viz_handshake_asked *asked, int *status, struct viz_error *err)
{
    uint8_t *bytes = exact(text, size);
    int ret = viz_handshake_asked(bytes, size, used, asked, status, err);
    free(bytes);
    return ret;
}

static void check_accepted(const char *header)
{
    size_t size = strlen(header), used = 0;
    struct viz_error err = {""};
    int status = -1;
    for (size_t i = 0; i < size; i++) {
        cr_assert_eq(respond(header, i, &used, &status, &err), 0, "%s", header);
        cr_assert_eq(used, 0);
        cr_assert_eq(status, 0);
    }
    cr_assert_eq(respond(header, size, &used, &status, &err), 1, "%s: %s", header,
                 err.text);
    cr_assert_eq(used, size);
    cr_assert_eq(status, 101);
}

/* However much of it has come, it is never an acceptance. */
static void check_refused(const char *header, int expected_status, const char *sentence)
{
    size_t size = strlen(header), used = 0;
    struct viz_error err = {""};
    int status = -1, ret = 0;
    for (size_t i = 0; i <= size && !ret; i++)
        ret = respond(header, i, &used, &status, &err);
    cr_expect_eq(ret, -EPROTO, "%s", header);
    cr_expect_eq(status, expected_status, "%s: %d", header, status);
    cr_expect_str_eq(err.text, sentence);
    cr_expect_eq(used, 0);
    cr_expect_eq(respond(header, size, &used, NULL, NULL), -EPROTO);
}

Test(handshake, the_key_of_the_rfc_has_the_accept_of_the_rfc)
{
    char accept[VIZ_HANDSHAKE_ACCEPT];
    viz_handshake_accept_of(KEY, accept);
    cr_assert_str_eq(accept, ACCEPT_OF_KEY);
}

Test(handshake, keys_are_24_characters_and_differ)
{
    char a[VIZ_HANDSHAKE_KEY], b[VIZ_HANDSHAKE_KEY];
    viz_handshake_make_key(a);
    viz_handshake_make_key(b);
    cr_assert_eq(strlen(a), 24);
    cr_assert_str_eq(a + 22, "==");
    cr_assert_str_neq(a, b);
}

Test(handshake, a_request_is_what_the_rfc_shows)
{
    static const char expected[] = "GET /ws?a=b HTTP/1.1\r\n"
                                   "Host: [::1]:8080\r\n"
                                   "Upgrade: websocket\r\n"
                                   "Connection: Upgrade\r\n"
                                   "Sec-WebSocket-Key: " KEY "\r\n"
                                   "Sec-WebSocket-Version: 13\r\n"
                                   "\r\n";
    char out[sizeof(expected)];
    size_t size = sizeof(expected) - 1;
    cr_assert_eq(viz_handshake_request("[::1]:8080", "/ws?a=b", KEY, out, sizeof(out)),
                 size);
    cr_assert_str_eq(out, expected);
    cr_assert_eq(viz_handshake_request("[::1]:8080", "/ws?a=b", KEY, out, size), 0);
    cr_assert_eq(viz_handshake_request("[::1]:8080", "/ws?a=b", KEY, out, 0), 0);
}

Test(handshake, nobody_writes_a_second_field_through_host_or_path)
{
    char out[512];
    cr_assert_eq(viz_handshake_request("h\r\nX: y", "/", KEY, out, sizeof(out)), 0);
    cr_assert_eq(
        viz_handshake_request("h", "/ HTTP/1.1\r\nX: y", KEY, out, sizeof(out)), 0);
    cr_assert_eq(viz_handshake_request("h", "/a b", KEY, out, sizeof(out)), 0);
    cr_assert_eq(viz_handshake_request("", "/", KEY, out, sizeof(out)), 0);
    cr_assert_eq(viz_handshake_request("h", "", KEY, out, sizeof(out)), 0);
    cr_assert_eq(viz_handshake_request("h", "ws", KEY, out, sizeof(out)), 0);
}

Test(handshake, an_answer_in_due_form_is_accepted)
{
    check_accepted(STATUS UPGRADE CONNECTION ACCEPT "\r\n");
    check_accepted(STATUS ACCEPT "Server: x\r\n" CONNECTION UPGRADE "\r\n");
    check_accepted("HTTP/1.1 101\r\n" UPGRADE CONNECTION ACCEPT "\r\n");
    check_accepted("HTTP/1.1 101 \r\n" UPGRADE CONNECTION ACCEPT "\r\n");
}

Test(handshake, names_and_tokens_have_no_case)
{
    check_accepted(STATUS "UPGRADE: WebSocket\r\nconnection: UPGRADE\r\n"
                          "sEC-wEBsOCKET-aCCEPT:" ACCEPT_OF_KEY "\r\n\r\n");
}

Test(handshake, connection_is_a_list)
{
    check_accepted(STATUS UPGRADE "Connection: keep-alive, Upgrade\r\n" ACCEPT "\r\n");
    check_accepted(STATUS UPGRADE "Connection: ,\tupgrade ,close\r\n" ACCEPT "\r\n");
    check_accepted(STATUS UPGRADE "Connection: keep-alive\r\n" CONNECTION ACCEPT
                                  "\r\n");
}

Test(handshake, blanks_around_a_value_do_not_count)
{
    check_accepted(STATUS "Upgrade:\t websocket \t\r\n" CONNECTION
                          "Sec-WebSocket-Accept:   " ACCEPT_OF_KEY "  \r\n\r\n");
}

Test(handshake, a_line_feed_alone_ends_a_line)
{
    check_accepted("HTTP/1.1 101 x\nUpgrade: websocket\nConnection: Upgrade\n"
                   "Sec-WebSocket-Accept: " ACCEPT_OF_KEY "\n\n");
    check_accepted(STATUS UPGRADE CONNECTION ACCEPT "\n");
}

Test(handshake, what_follows_the_header_is_left_to_the_caller)
{
    static const char all[] = STATUS UPGRADE CONNECTION ACCEPT "\r\n\x81\x02\n\n";
    size_t used = 0, behind = 4;
    cr_assert_eq(respond(all, sizeof(all) - 1, &used, NULL, NULL), 1);
    cr_assert_eq(used, sizeof(all) - 1 - behind);
}

#define UPGRADE_SENTENCE "the answer's Upgrade is not \"websocket\""
#define CONNECTION_SENTENCE "the answer's Connection does not name Upgrade"
#define FIT_SENTENCE "the Sec-WebSocket-Accept does not fit the key"

Test(handshake, an_answer_that_lacks_something_is_refused)
{
    check_refused(STATUS "\r\n", 101, UPGRADE_SENTENCE);
    check_refused(STATUS CONNECTION ACCEPT "\r\n", 101, UPGRADE_SENTENCE);
    check_refused(STATUS UPGRADE ACCEPT "\r\n", 101, CONNECTION_SENTENCE);
    check_refused(STATUS UPGRADE CONNECTION "\r\n", 101,
                  "the answer has no Sec-WebSocket-Accept");
}

Test(handshake, an_answer_with_another_value_is_refused)
{
    check_refused(STATUS "Upgrade: h2c\r\n" CONNECTION ACCEPT "\r\n", 101,
                  UPGRADE_SENTENCE);
    check_refused(STATUS "Upgrade: h2c, websocket\r\n" CONNECTION ACCEPT "\r\n", 101,
                  UPGRADE_SENTENCE);
    check_refused(STATUS "Upgrade: websockets\r\n" CONNECTION ACCEPT "\r\n", 101,
                  UPGRADE_SENTENCE);
    check_refused(STATUS UPGRADE "Connection: close\r\n" ACCEPT "\r\n", 101,
                  CONNECTION_SENTENCE);
    check_refused(STATUS UPGRADE "Connection: no upgrade\r\n" ACCEPT "\r\n", 101,
                  CONNECTION_SENTENCE);
    check_refused(STATUS UPGRADE CONNECTION "Sec-WebSocket-Accept:\r\n\r\n", 101,
                  FIT_SENTENCE);
    check_refused(STATUS UPGRADE CONNECTION
                  "Sec-WebSocket-Accept: S3PPLMBITXAQ9KYGZZHZRBK+XOO=\r\n\r\n",
                  101, FIT_SENTENCE);
    check_refused(STATUS UPGRADE CONNECTION "Sec-WebSocket-Accept: " ACCEPT_OF_KEY
                                            "=\r\n\r\n",
                  101, FIT_SENTENCE);
}

Test(handshake, what_may_come_once_comes_once)
{
    check_refused(STATUS UPGRADE UPGRADE CONNECTION ACCEPT "\r\n", 101,
                  UPGRADE_SENTENCE);
    check_refused(STATUS UPGRADE CONNECTION ACCEPT ACCEPT "\r\n", 101,
                  "the answer has more than one Sec-WebSocket-Accept");
}

Test(handshake, what_was_not_asked_for_is_refused)
{
    static const char sentence[] =
        "the server chose an extension or a sub-protocol that "
        "was not asked for";
    check_refused(STATUS UPGRADE CONNECTION ACCEPT
                  "Sec-WebSocket-Extensions: permessage-deflate\r\n\r\n",
                  101, sentence);
    check_refused(STATUS UPGRADE CONNECTION ACCEPT
                  "Sec-WebSocket-Protocol: chat\r\n\r\n",
                  101, sentence);
    check_refused(STATUS UPGRADE CONNECTION ACCEPT
                  "Sec-WebSocket-Protocol:\r\nsec-websocket-protocol: x\r\n\r\n",
                  101, sentence);
    check_accepted(STATUS UPGRADE CONNECTION ACCEPT "Sec-WebSocket-Protocol: \r\n\r\n");
}

Test(handshake, another_status_is_told_with_its_phrase)
{
    check_refused("HTTP/1.1 503 Service Unavailable\r\n\r\n", 503,
                  "the server answers 503 Service Unavailable");
    check_refused("HTTP/1.0 404 Not Found\r\nA: b\r\n\r\n", 404,
                  "the server answers 404 Not Found");
    check_refused("HTTP/1.1 200 OK\r\n" UPGRADE CONNECTION ACCEPT "\r\n", 200,
                  "the server answers 200 OK");
    check_refused("HTTP/1.1 100 Continue\r\n\r\n" STATUS UPGRADE CONNECTION ACCEPT
                  "\r\n",
                  100, "the server answers 100 Continue");
    check_refused("HTTP/1.1 429\r\n\r\n", 429, "the server answers 429");
    check_refused("HTTP/1.1 500 a\x1b[31m\tb\x7f\xc3\xa4!\r\n\r\n", 500,
                  "the server answers 500 a[31mb!");
    check_refused("HTTP/1.1 401 no\r\n folded\r\n\r\n", 401,
                  "the server answers 401 no");
}

Test(handshake, a_long_phrase_is_cut)
{
    char header[400] = "HTTP/1.1 500 ";
    memset(header + 13, 'x', 300);
    strcpy(header + 313, "\r\n\r\n");
    size_t used;
    struct viz_error err;
    cr_assert_eq(respond(header, strlen(header), &used, NULL, &err), -EPROTO);
    cr_assert_eq(strlen(err.text), strlen("the server answers 500 ") + 63);
}

Test(handshake, an_older_http_does_not_switch)
{
    check_refused("HTTP/1.0 101 x\r\n" UPGRADE CONNECTION ACCEPT "\r\n", 101,
                  "the server does not answer with HTTP/1.1");
}

Test(handshake, a_first_line_that_is_none)
{
    static const char sentence[] = "the server's first line is not HTTP";
    static const char *const lines[] = {
        "HTTP/1.1",      "HTTP/1.1 ",      "HTTP/1.1 10 x",  "HTTP/1.1 1011 x",
        "HTTP/1.x 101 ", "HTTP/1.11 101 ", "HTTP/1.1  101 ", "HTTP/1.1\t101 x",
        "HTTP/1.1 +10 ", "HTTP/1.1 000 x",
    };
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        char header[400];
        snprintf(header, sizeof(header), "%s\r\n" UPGRADE CONNECTION ACCEPT "\r\n",
                 lines[i]);
        check_refused(header, 0, sentence);
    }
}

Test(handshake, what_is_not_http_is_told_at_its_first_bytes)
{
    static const char *const texts[] = {"\x15\x03\x01", "\r\n", "HTTP/2",
                                        "HTTQ",         "{",    " "};
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        check_refused(texts[i], 0, "the server does not speak HTTP");
}

Test(handshake, malformed_fields_are_refused)
{
    static const char *const fields[] = {
        "no colon",     ": no name",      "Name : blank", " folded: x", "\tfolded",
        "Na(me: x",     "N\xc3\xa4me: x", "Name: a\rb",   "Name: \x01", "Name: \x7f",
        "Name: \x1b[m", "Na\tme: x",      "Name",
    };
    for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
        char header[400];
        snprintf(header, sizeof(header), STATUS UPGRADE CONNECTION ACCEPT "%s\r\n\r\n",
                 fields[i]);
        check_refused(header, 101, "a line of the answer's header is malformed");
    }
    check_refused("HTTP/1.1 101 a\rb\r\n" UPGRADE CONNECTION ACCEPT "\r\n", 101,
                  "a line of the answer's header is malformed");
    static const char nul[] = STATUS UPGRADE CONNECTION ACCEPT "Name: a\0b\r\n\r\n";
    size_t used;
    cr_assert_eq(respond(nul, sizeof(nul) - 1, &used, NULL, NULL), -EPROTO);
    check_accepted(STATUS UPGRADE CONNECTION ACCEPT
                   "N!#$%&'*+-.^_`|~9: \xc3\xa4\r\n\r\n");
}

/* A header of @size bytes that is right but for its length. */
static char *make_long(const char *begin, const char *end, size_t size)
{
    char *header = malloc(size + 1);
    size_t filler = size - strlen(begin) - strlen(end);
    strcpy(header, begin);
    memset(header + strlen(begin), 'x', filler);
    strcpy(header + strlen(begin) + filler, end);
    return header;
}

Test(handshake, the_longest_answer_is_8192_bytes)
{
    static const char begin[] = STATUS UPGRADE CONNECTION ACCEPT "X: ";
    size_t used;
    struct viz_error err;

    char *header = make_long(begin, "\r\n\r\n", VIZ_HANDSHAKE_LIMIT);
    cr_assert_eq(respond(header, VIZ_HANDSHAKE_LIMIT - 1, &used, NULL, &err), 0);
    cr_assert_eq(respond(header, VIZ_HANDSHAKE_LIMIT, &used, NULL, &err), 1);
    free(header);

    size_t size = VIZ_HANDSHAKE_LIMIT + 1;
    header = make_long(begin, "\r\n\r\n", size);
    for (size_t i = VIZ_HANDSHAKE_LIMIT; i <= size; i++) {
        cr_assert_eq(respond(header, i, &used, NULL, &err), -EPROTO);
        cr_assert_str_eq(err.text, "the header is longer than 8192 bytes");
    }
    free(header);
}

static void check_asked(const char *header, const char *path, bool upgrade)
{
    size_t size = strlen(header), used = 0;
    struct viz_handshake_asked asked = {.path = "untouched"};
    struct viz_error err = {""};
    int status = -1;
    for (size_t i = 0; i < size; i++) {
        cr_assert_eq(ask(header, i, &used, &asked, &status, &err), 0, "%s", header);
        cr_assert_str_eq(asked.path, "untouched");
    }
    cr_assert_eq(ask(header, size, &used, &asked, &status, &err), 1, "%s: %s", header,
                 err.text);
    cr_assert_eq(used, size);
    cr_assert_eq(status, 0);
    cr_assert_str_eq(asked.path, path);
    cr_assert_str_eq(asked.host, "device.example");
    cr_assert_eq(asked.upgrade, upgrade);
    cr_assert_str_eq(asked.key, upgrade ? KEY : "");
}

static void check_not_asked(const char *header, int expected)
{
    size_t size = strlen(header), used = 0;
    struct viz_handshake_asked asked = {.path = "untouched"};
    struct viz_error err = {""};
    int status = -1, ret = 0;
    for (size_t i = 0; i <= size && !ret; i++)
        ret = ask(header, i, &used, &asked, &status, &err);
    cr_expect_eq(ret, -EPROTO, "%s", header);
    cr_expect_eq(status, expected, "%s: %d (%s)", header, status, err.text);
    cr_expect_neq(err.text[0], 0);
    cr_expect_str_eq(asked.path, "untouched");
    cr_expect_eq(used, 0);
}

Test(handshake, a_request_in_due_form_is_understood)
{
    check_asked(GET ASK "\r\n", "/ws", true);
    check_asked("GET /ws?token=1 HTTP/1.1\r\n" ASK "\r\n", "/ws", true);
    check_asked("GET http://device.example/ws?x HTTP/1.1\r\n" ASK "\r\n", "/ws", true);
    check_asked(GET HOST ASK_KEY VERSION "Upgrade: h2c, WEBSOCKET\r\n"
                                         "Connection: keep-alive, upgrade\r\n\r\n",
                "/ws", true);
    check_asked("GET / HTTP/1.1\nHost: device.example\nUpgrade: websocket\n"
                "Connection: Upgrade\nSec-WebSocket-Key: " KEY
                "\nSec-WebSocket-Version: 13\n\n",
                "/", true);
    check_asked(GET ASK "Sec-WebSocket-Extensions: permessage-deflate\r\n"
                        "Sec-WebSocket-Protocol: chat\r\nContent-Length: 0\r\n\r\n",
                "/ws", true);
}

Test(handshake, our_own_request_is_understood)
{
    char out[512], key[VIZ_HANDSHAKE_KEY];
    struct viz_handshake_asked asked;
    size_t used;
    viz_handshake_make_key(key);
    size_t size = viz_handshake_request("a:1", "/b?c", key, out, sizeof(out));
    cr_assert_eq(ask(out, size, &used, &asked, NULL, NULL), 1);
    cr_assert_eq(used, size);
    cr_assert_str_eq(asked.key, key);
    cr_assert_str_eq(asked.host, "a:1");
    cr_assert_str_eq(asked.path, "/b");
    cr_assert_str_eq(asked.origin, "");
    size = viz_handshake_accept(&asked, out, sizeof(out));
    uint8_t *bytes = exact(out, size);
    cr_assert_eq(viz_handshake_response(key, bytes, size, &used, NULL, NULL), 1);
    cr_assert_eq(used, size);
    free(bytes);
}

Test(handshake, the_origin_is_told)
{
    static const char text[] = GET ASK "Origin: http://evil.example\r\n\r\n";
    struct viz_handshake_asked asked;
    size_t used;
    cr_assert_eq(ask(text, sizeof(text) - 1, &used, &asked, NULL, NULL), 1);
    cr_assert_str_eq(asked.origin, "http://evil.example");
    check_not_asked(GET ASK "Origin: a\r\nOrigin: a\r\n\r\n", 400);
}

Test(handshake, a_request_that_does_not_want_a_websocket)
{
    check_asked(GET HOST "\r\n", "/ws", false);
    check_asked(GET HOST UPGRADE ASK_KEY VERSION "\r\n", "/ws", false);
    check_asked(GET HOST CONNECTION ASK_KEY VERSION "\r\n", "/ws", false);
    check_asked(GET HOST "Connection: upgrade\r\nUpgrade: h2c\r\n\r\n", "/ws", false);
}

Test(handshake, a_request_that_cannot_be_answered)
{
    check_not_asked("GET /w\x01s HTTP/1.1\r\n" ASK "\r\n", 400);
    check_not_asked("GET /w\rs HTTP/1.1\r\n" ASK "\r\n", 400);
    check_not_asked("POST /ws HTTP/1.1\r\n" ASK "\r\n", 405);
    check_not_asked("get /ws HTTP/1.1\r\n" ASK "\r\n", 405);
    check_not_asked("GET /ws HTTP/1.0\r\n" ASK "\r\n", 400);
    check_not_asked("GET /ws\r\n" ASK "\r\n", 400);
    check_not_asked("GET  /ws HTTP/1.1\r\n" ASK "\r\n", 400);
    check_not_asked("GET /ws HTTP/1.1 \r\n" ASK "\r\n", 400);
    check_not_asked("GET ws HTTP/1.1\r\n" ASK "\r\n", 400);
    check_not_asked("GET http://device.example HTTP/1.1\r\n" ASK "\r\n", 400);
    check_not_asked(GET UPGRADES ASK_KEY VERSION "\r\n", 400);
    check_not_asked(GET HOST ASK "\r\n", 400);
    check_not_asked(GET ASK "Content-Length: 5\r\n\r\n", 400);
    check_not_asked(GET ASK "Transfer-Encoding: chunked\r\n\r\n", 400);
    check_not_asked(GET ASK "no colon\r\n\r\n", 400);
    check_not_asked("\x16\x03\x01", 400);
    check_not_asked("\r\n", 400);
}

Test(handshake, a_request_of_another_version_is_told_ours)
{
    check_not_asked(GET HOST UPGRADES ASK_KEY "\r\n", 426);
    check_not_asked(GET HOST UPGRADES ASK_KEY "Sec-WebSocket-Version: 8\r\n\r\n", 426);
    check_not_asked(GET ASK VERSION "\r\n", 426);
}

Test(handshake, a_key_is_16_bytes_in_base64)
{
    static const char *const keys[] = {
        "",
        "dGhlIHNhbXBsZSBub25jZQ=",
        "dGhlIHNhbXBsZSBub25jZQ===",
        "dGhlIHNhbXBsZSBub25jZQAA",
        "dGhlIHNhbXBsZSBub25jZQA=",
        "dGhl IHNhbXBsZSBub25jZQ=",
        "dGhlIHNhbXBsZSBub25j!Q==",
    };
    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
        char header[400];
        snprintf(header, sizeof(header),
                 GET HOST UPGRADES VERSION "Sec-WebSocket-Key: %s\r\n\r\n", keys[i]);
        check_not_asked(header, 400);
    }
    check_not_asked(GET HOST UPGRADES VERSION "\r\n", 400);
    check_not_asked(GET ASK ASK_KEY "\r\n", 400);
}

static void check_length(const char *begin, const char *end, size_t longest)
{
    size_t used, around = strlen(begin) + strlen(end);
    struct viz_handshake_asked asked;
    int status;
    char *header = make_long(begin, end, around + longest);
    cr_expect_eq(ask(header, around + longest, &used, &asked, &status, NULL), 1);
    free(header);
    header = make_long(begin, end, around + longest + 1);
    cr_expect_eq(ask(header, around + longest + 1, &used, &asked, &status, NULL),
                 -EPROTO);
    cr_expect_eq(status, 431);
    free(header);
}

Test(handshake, what_is_too_long_is_told)
{
    check_length("GET /", " HTTP/1.1\r\n" ASK "\r\n", 254);
    check_length(GET "Host: ", "\r\n" UPGRADES ASK_KEY VERSION "\r\n", 255);
    check_length(GET ASK "Origin: ", "\r\n\r\n", 255);
    check_length(GET ASK "X: ", "\r\n\r\n",
                 VIZ_HANDSHAKE_LIMIT - strlen(GET ASK "X: \r\n\r\n"));
}

Test(handshake, the_answer_of_the_rfc)
{
    static const char expected[] = STATUS UPGRADE CONNECTION ACCEPT "\r\n";
    struct viz_handshake_asked asked = {.key = KEY};
    char out[512];
    cr_assert_eq(viz_handshake_accept(&asked, out, sizeof(out)), sizeof(expected) - 1);
    cr_assert_str_eq(out, expected);
    cr_assert_eq(viz_handshake_accept(&asked, out, sizeof(expected) - 1), 0);
}

Test(handshake, a_refusal_is_whole_http)
{
    static const char expected[] = "HTTP/1.1 426 Upgrade Required\r\n"
                                   "Upgrade: websocket\r\n"
                                   "Sec-WebSocket-Version: 13\r\n"
                                   "Connection: Upgrade, close\r\n"
                                   "Content-Type: text/plain\r\n"
                                   "Content-Length: 17\r\n"
                                   "\r\n"
                                   "Upgrade Required\n";
    char out[512];
    cr_assert_eq(viz_handshake_refuse(426, out, sizeof(out)), sizeof(expected) - 1);
    cr_assert_str_eq(out, expected);
    cr_assert_eq(viz_handshake_refuse(426, out, sizeof(expected) - 1), 0);
    for (int status = 400; status < 600; status++) {
        size_t used, size = viz_handshake_refuse(status, out, sizeof(out));
        struct viz_error err;
        int told;
        cr_assert_neq(size, 0);
        cr_assert_eq(respond(out, size, &used, &told, &err), -EPROTO);
        cr_assert_eq(told, status);
    }
}
