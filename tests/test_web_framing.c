/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where a request ends. */
#include "web_rig.h"

BOTH(web_framing, wants_the_length_of_a_body)
{
    rig_create(rig);
    struct answer *answer =
        ask(rig, "POST /api/runs HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n"
                 "5\r\nhello\r\n0\r\n\r\n");
    cr_assert_eq(answer->status, 411);
    answer = ask(rig, "POST /api/runs HTTP/1.1\r\n" HOST
                      "Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello");
    cr_assert_eq(answer->status, 400);
    answer = ask(rig, "POST /api/runs HTTP/1.1\r\n" HOST "Content-Length: -5\r\n\r\n");
    cr_assert_eq(answer->status, 400);
}

/* What follows is no request of the client's, whatever it looks like. */
BOTH(web_framing, reads_nothing_behind_a_request_whose_end_is_not_certain)
{
    static const char *const headers[] = {
        "Content-Length : 5\r\n",
        "Content Length: 5\r\n",
        "Content-Length\t: 5\r\n",
        "X(Y): 1\r\n",
        "Content-Length: 5\r\nContent-Length: 5\r\n",
        "Content-Length: 5, 5\r\n",
        "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
        "Transfer-Encoding: identity\r\n",
    };
    char request[512];
    rig_create(rig);
    for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]); i++) {
        struct client *client = client_open(rig);
        snprintf(request, sizeof(request),
                 "POST /api/runs HTTP/1.1\r\n" HOST "%s\r\n"
                 "GET /api/here HTTP/1.1\r\n" HOST "\r\n",
                 headers[i]);
        client_say(client, request);
        rig_step_until(rig, client_ended(client));
        cr_assert(!contains(client->bytes, "200 OK"), "%zu: %s", i, client->bytes);
        cr_assert(client->size == 0 || contains(client->bytes, " 400 ") ||
                      contains(client->bytes, " 411 "),
                  "%zu: %s", i, client->bytes);
        client_close(client);
    }
}

/* libmicrohttpd refuses them before we see them, and would send the head twice. */
BOTH(web_framing, answers_once_what_it_never_sees)
{
    static const struct {
        const char *header, *unit;
        int times, status;
    } cases[] = {
        {"Content-Length: -3", "", 0, 400},
        {"Content-Length: +3", "", 0, 400},
        {"Content-Length: 0x3", "", 0, 400},
        {"Content-Length: ", "", 0, 400},
        {"Content-Length: 99999999999999999999", "", 0, 413},
        {"Cookie: ", ";", 10000, 431},
    };
    rig_create(rig);
    struct client *other = client_open(rig);
    client_say(other, "GET /api/here HTTP/1.1\r\n" HOST "Content-Length: -1\r\n");
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char request[16384];
        int size = snprintf(request, sizeof(request),
                            "POST /api/runs HTTP/1.1\r\n" HOST "%s", cases[i].header);
        for (int j = 0; j < cases[i].times; j++)
            request[size++] = *cases[i].unit;
        strcpy(request + size, "\r\n\r\nabc");
        struct client *client = client_open(rig);
        client_say(client, request);
        rig_step_until(rig, client_ended(client));
        struct answer *answer = client_await(rig, client);
        cr_assert_eq(answer->status, cases[i].status, "%zu: %d", i, answer->status);
        cr_assert_eq(client->size, 0, "%zu: and then %s", i, client->bytes);
        cr_assert(contains(answer->body, "{\"error\": \"a "), "%s", answer->body);
        cr_assert_str_eq(header_of(answer, "X-Content-Type-Options"), "nosniff");
        cr_assert(contains(header_of(answer, "Content-Security-Policy"), "'self'"));
        cr_assert_eq(rig_counted(rig, answers_client), i + 1);
        client_close(client);
    }
    cr_assert(!client_ended(other));
    cr_assert_eq(other->size, 0);
    client_close(other);
}

BOTH(web_framing, expects_nothing_but_100_continue)
{
    rig_create(rig);
    struct answer *answer =
        ask(rig, "GET /api/here HTTP/1.1\r\n" HOST "Expect: foo\r\n\r\n");
    cr_assert_eq(answer->status, 417);
    struct client *client = client_open(rig);
    client_say(client, "POST /api/runs HTTP/1.1\r\n" HOST
                       "Expect: 100-Continue\r\nContent-Length: 5\r\n\r\n");
    cr_assert_eq(client_await(rig, client)->status, 100);
    client_say(client, "hello");
    cr_assert_eq(client_await(rig, client)->status, 200);
    client_close(client);
}
