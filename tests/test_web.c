/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Requests and answers. */
#include "web_rig.h"

#include <fcntl.h>

static bool contains(const char *text, const char *words)
{
    return text && strstr(text, words);
}

BOTH(web, answers_a_route_on_the_loop)
{
    rig_create(rig);
    struct answer *answer = ask(rig, "GET /api/here HTTP/1.1\r\n" HOST "\r\n");
    cr_assert_eq(answer->status, 200);
    cr_assert_str_eq(answer->body, "0 /api/here [-] [-] [] authorized");
    cr_assert_str_eq(header_of(answer, "Content-Type"), "application/json");
    cr_assert_eq(rig_counted(rig, requests), 1);
    cr_assert_eq(rig_counted(rig, answers_ok), 1);
}

BOTH(web, answers_a_route_on_a_worker)
{
    rig_create(rig);
    struct answer *answer = ask(rig, "GET /api/runs/17 HTTP/1.1\r\n" HOST "\r\n");
    cr_assert_str_eq(answer->body, "0 /api/runs/17 [17] [-] [] authorized worker");
}

BOTH(web, hands_on_arguments_and_parameters_decoded)
{
    rig_create(rig);
    struct answer *answer = ask(
        rig,
        "GET /api/runs/a%2Fb%20c?metric=%C2%B5s+1&metric=2&&x&y=%3d HTTP/1.1\r\n" HOST
        "\r\n");
    cr_assert_str_eq(answer->body, "0 /api/runs/a/b c [a/b c] [-] [] authorized worker "
                                   "metric=µs 1 metric=µs 1 x= y==");
}

BOTH(web, takes_a_body)
{
    rig_create(rig);
    struct answer *answer =
        ask(rig, "POST /api/runs HTTP/1.1\r\n" HOST "Content-Length: 5\r\n\r\nhello");
    cr_assert_str_eq(answer->body, "1 /api/runs [-] [-] [hello] authorized worker");
}

BOTH(web, takes_a_body_byte_by_byte)
{
    const char *request =
        "POST /api/runs HTTP/1.1\r\n" HOST "Content-Length: 5\r\n\r\nhello";
    rig_create(rig);
    struct client *client = client_open(rig);
    for (const char *at = request; *at; at++) {
        client_put(client, at, 1);
        rig_step(rig, STEP_NS);
    }
    struct answer *answer = client_await(rig, client);
    cr_assert_str_eq(answer->body, "1 /api/runs [-] [-] [hello] authorized worker");
    client_close(client);
}

BOTH(web, answers_pipelined_requests_in_order)
{
    rig_create(rig);
    struct client *client = client_open(rig);
    client_say(client, "GET /api/runs/1 HTTP/1.1\r\n" HOST "\r\n"
                       "GET /api/here HTTP/1.1\r\n" HOST "\r\n"
                       "GET /api/runs/3 HTTP/1.1\r\n" HOST "\r\n");
    const char *expected[] = {"/api/runs/1", "/api/here", "/api/runs/3"};
    for (int i = 0; i < 3; i++)
        cr_assert(contains(client_await(rig, client)->body, expected[i]));
    cr_assert_eq(rig_counted(rig, connections), 1);
    cr_assert_eq(rig_counted(rig, requests), 3);
    client_close(client);
}

BOTH(web, serves_what_is_part_of_the_program_packed)
{
    rig_create(rig);
    struct answer *answer =
        ask(rig, "GET / HTTP/1.1\r\n" HOST "Accept-Encoding: br, gzip;q=0.5\r\n\r\n");
    cr_assert_eq(answer->status, 200);
    cr_assert_str_eq(header_of(answer, "Content-Encoding"), "gzip");
    cr_assert_str_eq(header_of(answer, "ETag"), "\"page\"");
    cr_assert_str_eq(header_of(answer, "Cache-Control"), "no-cache");
    cr_assert_eq(answer->size, rig->asset[0].gzip_size);
    cr_assert_eq(memcmp(answer->body, rig->asset[0].gzip, answer->size), 0);
}

BOTH(web, unpacks_for_clients_without_gzip)
{
    rig_create(rig);
    struct answer *answer = ask(rig, "GET /index.html HTTP/1.1\r\n" HOST
                                     "Accept-Encoding: gzip;q=0\r\n\r\n");
    cr_assert_str_eq(answer->body, PAGE);
    cr_assert_null(header_of(answer, "Content-Encoding"));
    cr_assert_str_eq(header_of(answer, "ETag"), "W/\"page\"");
    cr_assert_str_eq(header_of(answer, "Vary"), "Accept-Encoding");
}

BOTH(web, lets_browsers_keep_what_has_a_hash_in_its_name)
{
    rig_create(rig);
    struct answer *answer = ask(rig, "GET /app-1A2B3C4D.js HTTP/1.1\r\n" HOST "\r\n");
    cr_assert(contains(header_of(answer, "Cache-Control"), "immutable"));
    answer = ask(rig, "GET /table-keyboard.js HTTP/1.1\r\n" HOST "\r\n");
    cr_assert_str_eq(header_of(answer, "Cache-Control"), "no-cache");
}

BOTH(web, packs_long_answers_where_the_client_takes_it)
{
    rig_create(rig);
    struct answer *answer =
        ask(rig, "GET /api/large HTTP/1.1\r\n" HOST "Accept-Encoding: gzip\r\n\r\n");
    cr_assert_str_eq(header_of(answer, "Content-Encoding"), "gzip");
    cr_assert_lt(answer->size, LARGE / 10);
    uint8_t *whole = viz_zalloc(LARGE);
    z_stream stream = {.next_in = (Bytef *)answer->body,
                       .avail_in = (uInt)answer->size,
                       .next_out = whole,
                       .avail_out = LARGE};
    cr_assert_eq(inflateInit2(&stream, 31), Z_OK);
    cr_assert_eq(inflate(&stream, Z_FINISH), Z_STREAM_END);
    inflateEnd(&stream);
    cr_assert_eq(stream.total_out, LARGE);
    cr_assert(whole[0] == 'a' && whole[LARGE - 1] == 'a');
    free(whole);
    answer = ask(rig, "GET /api/large HTTP/1.1\r\n" HOST "\r\n");
    cr_assert_null(header_of(answer, "Content-Encoding"));
    cr_assert_eq(answer->size, LARGE);
}

BOTH(web, answers_not_modified_to_whoever_has_it)
{
    char request[512], etag[128];
    rig_create(rig);
    struct answer *answer =
        ask(rig, "GET /api/large HTTP/1.1\r\n" HOST "Accept-Encoding: gzip\r\n\r\n");
    snprintf(etag, sizeof(etag), "%s", header_of(answer, "ETag"));
    snprintf(request, sizeof(request),
             "GET /api/large HTTP/1.1\r\n" HOST "If-None-Match: \"x\", %s\r\n\r\n",
             etag);
    answer = ask(rig, request);
    cr_assert_eq(answer->status, 304);
    cr_assert_null(header_of(answer, "Content-Type"));
    cr_assert_not_null(header_of(answer, "ETag"));
    answer = ask(rig, "GET / HTTP/1.1\r\n" HOST "If-None-Match: \"page\"\r\n\r\n");
    cr_assert_eq(answer->status, 304);
    answer =
        ask(rig, "GET / HTTP/1.1\r\n" HOST "If-None-Match: \"pag\", age\"\r\n\r\n");
    cr_assert_eq(answer->status, 200);
}

BOTH(web, answers_head_without_a_body)
{
    struct answer answer;
    rig_create(rig);
    struct client *client = client_open(rig);
    client_say(client, "HEAD /api/large HTTP/1.1\r\n" HOST "\r\n"
                       "GET /api/here HTTP/1.1\r\n" HOST "\r\n");
    rig_step_until(rig, client_has_answer(client, true, &answer));
    cr_assert_str_eq(header_of(&answer, "Content-Length"), "100000");
    cr_assert(contains(client_await(rig, client)->body, "/api/here"));
    client_close(client);
}

BOTH(web, sends_the_security_headers_with_every_answer)
{
    static const char *const requests[] = {
        "GET / HTTP/1.1\r\n" HOST "\r\n",
        "GET /api/here HTTP/1.1\r\n" HOST "\r\n",
        "GET /nowhere HTTP/1.1\r\n" HOST "\r\n",
        "GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n",
        "DELETE /api/session HTTP/1.1\r\n" HOST "\r\n",
    };
    rig_create(rig);
    for (size_t i = 0; i < sizeof(requests) / sizeof(requests[0]); i++) {
        struct answer *answer = ask(rig, requests[i]);
        cr_assert(contains(header_of(answer, "Content-Security-Policy"),
                           "default-src 'self'; img-src 'self' data: blob:"));
        cr_assert(contains(header_of(answer, "Content-Security-Policy"),
                           "frame-ancestors 'none'"));
        cr_assert_str_eq(header_of(answer, "X-Content-Type-Options"), "nosniff");
        cr_assert_str_eq(header_of(answer, "Referrer-Policy"), "no-referrer");
    }
}

BOTH(web, gives_a_report_a_policy_and_a_name_that_is_safe)
{
    rig_create(rig);
    struct answer *answer = ask(rig, "GET /api/report HTTP/1.1\r\n" HOST "\r\n");
    cr_assert(contains(header_of(answer, "Content-Security-Policy"), "sandbox"));
    cr_assert_str_eq(header_of(answer, "Content-Disposition"),
                     "attachment; filename=\"_._a__b_.html\"");
}

BOTH(web, refuses_in_json)
{
    rig_create(rig);
    struct answer *answer =
        ask(rig, "GET /api/refusal?a%22b%0a HTTP/1.1\r\n" HOST "\r\n");
    cr_assert_eq(answer->status, 400);
    cr_assert_str_eq(answer->body,
                     "{\"error\": \"unknown parameter \\\"a\\\"b?\\\\\\\"\"}\n");
    cr_assert_str_eq(header_of(answer, "Cache-Control"), "no-store");
    cr_assert_eq(rig_counted(rig, answers_client), 1);
}

BOTH(web, knows_no_other_paths)
{
    static const char *const paths[] = {"/api",
                                        "/api/",
                                        "/api/runs/",
                                        "/api/runs/1/2",
                                        "//",
                                        "/../etc/passwd",
                                        "/..%2f..%2fetc%2fpasswd",
                                        "/index.html/..",
                                        "/1/2/3/4/5/6/7/8/9/10"};
    char request[256];
    rig_create(rig);
    for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
        snprintf(request, sizeof(request), "GET %s HTTP/1.1\r\n" HOST "\r\n", paths[i]);
        cr_assert_eq(ask(rig, request)->status, 404, "%s", paths[i]);
    }
}

BOTH(web, knows_no_other_methods)
{
    rig_create(rig);
    struct answer *answer = ask(rig, "PATCH /api/runs HTTP/1.1\r\n" HOST "\r\n");
    cr_assert_eq(answer->status, 405);
    cr_assert_str_eq(header_of(answer, "Allow"), "GET, HEAD, POST");
    answer = ask(rig, "POST / HTTP/1.1\r\n" HOST "Content-Length: 0\r\n\r\n");
    cr_assert_eq(answer->status, 405);
    cr_assert_str_eq(header_of(answer, "Allow"), "GET, HEAD");
    cr_assert_eq(ask(rig, "BREW /coffee HTTP/1.1\r\n" HOST "\r\n")->status, 404);
}

BOTH(web, refuses_what_is_no_text)
{
    static const char *const targets[] = {"/api/runs/%",   "/api/runs/%4",
                                          "/api/runs/%zz", "/api/runs/%00",
                                          "/api/runs/%ff", "/api/runs?x=%f0%28",
                                          "api/runs",      "http://127.0.0.1/api/runs"};
    char request[1024];
    rig_create(rig);
    for (size_t i = 0; i < sizeof(targets) / sizeof(targets[0]); i++) {
        snprintf(request, sizeof(request), "GET %s HTTP/1.1\r\n" HOST "\r\n",
                 targets[i]);
        cr_assert_eq(ask(rig, request)->status, 400, "%s", targets[i]);
    }
}

BOTH(web, refuses_more_parameters_than_any_route_has)
{
    char request[1024] = "GET /api/runs?";
    rig_create(rig);
    for (int i = 0; i < 33; i++)
        strcat(request, "a=1&");
    strcat(request, " HTTP/1.1\r\n" HOST "\r\n");
    cr_assert_eq(ask(rig, request)->status, 400);
}

/* ---- limits ---- */

static char *long_header(size_t size)
{
    char *request = viz_zalloc(size + 128);
    strcpy(request, "GET /api/here HTTP/1.1\r\n" HOST "X: ");
    memset(request + strlen(request), 'x', size);
    strcat(request, "\r\n\r\n");
    return request;
}

BOTH(web, takes_headers_up_to_16_kb)
{
    static const struct {
        size_t size;
        int status;
    } cases[] = {{16000, 200}, {17000, 431}, {30000, 431}, {200000, 431}};
    rig_create(rig);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char *request = long_header(cases[i].size);
        cr_assert_eq(ask(rig, request)->status, cases[i].status, "%zu", cases[i].size);
        free(request);
    }
    cr_assert_eq(rig_counted(rig, refused_size), 3);
    cr_assert_eq(rig_counted(rig, answers_client), 3);
}

BOTH(web, refuses_addresses_that_are_too_long)
{
    char *request = viz_zalloc(200128);
    rig_create(rig);
    strcpy(request, "GET /");
    memset(request + 5, 'x', 200000);
    strcat(request, " HTTP/1.1\r\n" HOST "\r\n");
    int status = ask(rig, request)->status;
    cr_assert(status == 414 || status == 431, "%d", status);
    cr_assert_eq(rig_counted(rig, refused_size), 1);
    free(request);
}

static struct answer *ask_with_body(struct rig *rig, size_t size)
{
    char *request = viz_zalloc(size + 256);
    int used =
        sprintf(request,
                "POST /api/runs HTTP/1.1\r\n" HOST "Content-Length: %zu\r\n\r\n", size);
    memset(request + used, '\n', size);
    struct answer *answer = ask(rig, request);
    free(request);
    return answer;
}

BOTH(web, takes_bodies_up_to_64_kb)
{
    rig_create(rig);
    cr_assert_eq(ask_with_body(rig, 65536)->status, 200);
    cr_assert_eq(ask_with_body(rig, 65537)->status, 413);
    cr_assert_eq(rig_counted(rig, refused_size), 1);
}

BOTH(web, wants_the_length_of_a_body)
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

BOTH(web, ends_a_header_that_drips)
{
    const char *request = "GET /api/here HTTP/1.1\r\n" HOST "X: ";
    rig_create(rig);
    struct client *client = client_open(rig);
    client_say(client, request);
    rig_step_until(rig, rig_counted(rig, connections) == 1);
    for (int i = 0; i < 9; i++) {
        viz_clock_advance(rig->clock, SECOND_NS);
        client_say(client, "x");
        rig_step(rig, STEP_NS);
        cr_assert(!client_ended(client));
    }
    viz_clock_advance(rig->clock, SECOND_NS);
    rig_step_until(rig, client_ended(client));
    cr_assert_eq(client->size, 0);
    cr_assert_eq(rig_counted(rig, refused_time), 1);
    client_close(client);
}

BOTH(web, ends_a_body_that_drips)
{
    rig_create(rig);
    struct client *client = client_open(rig);
    client_say(client,
               "POST /api/runs HTTP/1.1\r\n" HOST "Content-Length: 100\r\n\r\n");
    for (int i = 0; i < 3; i++)
        rig_step(rig, STEP_NS);
    for (int i = 0; i < 19; i++) {
        viz_clock_advance(rig->clock, SECOND_NS);
        client_say(client, "x");
        rig_step(rig, STEP_NS);
        cr_assert(!client_ended(client));
    }
    viz_clock_advance(rig->clock, SECOND_NS);
    rig_step_until(rig, client_ended(client));
    cr_assert_eq(rig_counted(rig, refused_time), 1);
    client_close(client);
}

BOTH(web, ends_connections_that_ask_nothing_more)
{
    rig_create(rig);
    struct client *client = client_open(rig);
    client_say(client, "GET /api/here HTTP/1.1\r\n" HOST "\r\n");
    client_await(rig, client);
    viz_clock_advance(rig->clock, 59 * SECOND_NS);
    rig_step(rig, STEP_NS);
    rig_step(rig, STEP_NS);
    cr_assert(!client_ended(client));
    viz_clock_advance(rig->clock, SECOND_NS);
    rig_step_until(rig, client_ended(client));
    cr_assert_eq(rig_counted(rig, refused_time), 0);
    client_close(client);
}

BOTH(web, turns_away_more_connections_than_it_may_have)
{
    rig->params.max_connections = 2;
    rig_create(rig);
    struct client *first = client_open(rig), *second = client_open(rig);
    rig_step_until(rig, rig_counted(rig, connections) == 2);
    struct answer *answer = ask(rig, "GET / HTTP/1.1\r\n" HOST "\r\n");
    cr_assert_eq(answer->status, 503);
    cr_assert_str_eq(header_of(answer, "Retry-After"), "5");
    cr_assert(contains(answer->body, "too many browsers"));
    cr_assert_eq(rig_counted(rig, refused_connections), 1);
    client_say(first, "GET /api/here HTTP/1.1\r\n" HOST "\r\n");
    cr_assert_eq(client_await(rig, first)->status, 200);
    client_close(second);
    for (int i = 0; i < 10; i++)
        rig_step(rig, STEP_NS);
    cr_assert_eq(ask(rig, "GET / HTTP/1.1\r\n" HOST "\r\n")->status, 200);
    client_close(first);
}

BOTH(web, goes_on_while_workers_are_busy)
{
    struct client *slow[2];
    rig_create(rig);
    for (int i = 0; i < 2; i++) {
        slow[i] = client_open(rig);
        client_say(slow[i], "GET /api/slow HTTP/1.1\r\n" HOST "\r\n");
    }
    for (int begun = 0; begun < 2; begun += sem_trywait(&rig->begun) == 0)
        rig_step(rig, STEP_NS);
    cr_assert_eq(ask(rig, "GET / HTTP/1.1\r\n" HOST "\r\n")->status, 200);
    cr_assert_eq(ask(rig, "GET /api/here HTTP/1.1\r\n" HOST "\r\n")->status, 200);
    viz_clock_advance(rig->clock, 3600 * SECOND_NS); /* an answer may take long */
    rig_step(rig, STEP_NS);
    for (int i = 0; i < 2; i++)
        sem_post(&rig->go);
    for (int i = 0; i < 2; i++) {
        cr_assert_eq(client_await(rig, slow[i])->status, 200);
        client_close(slow[i]);
    }
}

#define ASKED 80 /* more than two that are answered and 64 that wait */

BOTH(web, refuses_when_too_many_questions_wait)
{
    static struct client *client[ASKED];
    static struct answer answer;
    rig_create(rig);
    for (int i = 0; i < ASKED; i++) {
        client[i] = client_open(rig);
        client_say(client[i], "GET /api/slow HTTP/1.1\r\n" HOST "\r\n");
    }
    rig_step_until(rig, rig_counted(rig, answers_server) >= ASKED - 66);
    int refused = 0, answered = 0;
    for (int i = 0; i < ASKED; i++)
        if (client_has_answer(client[i], false, &answer)) {
            cr_assert_eq(answer.status, 503);
            cr_assert_str_eq(header_of(&answer, "Retry-After"), "2");
            refused++;
        }
    cr_assert(refused >= ASKED - 66 && refused <= ASKED - 64, "%d", refused);
    for (int i = 0; i < ASKED - refused; i++)
        sem_post(&rig->go);
    rig_step_until(rig, rig_counted(rig, answers_ok) == (uint64_t)(ASKED - refused));
    for (int i = 0; i < ASKED; i++) {
        answered += client[i]->size > 0 || client_has_answer(client[i], false, &answer);
        client_close(client[i]);
    }
    cr_assert_eq(answered, ASKED - refused);
}

BOTH(web, ends_while_questions_wait)
{
    static struct client *client[5];
    rig_create(rig);
    for (int i = 0; i < 5; i++) {
        client[i] = client_open(rig);
        client_say(client[i], "GET /api/slow HTTP/1.1\r\n" HOST "\r\n");
    }
    for (int begun = 0; begun < 2; begun += sem_trywait(&rig->begun) == 0)
        rig_step(rig, STEP_NS);
    for (int i = 0; i < 5; i++)
        sem_post(&rig->go);
    viz_web_destroy(rig->web);
    rig->web = NULL;
    for (int i = 0; i < 5; i++) {
        struct timeval limit = {.tv_sec = 5};
        setsockopt(client[i]->fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
        char byte;
        cr_assert_leq(recv(client[i]->fd, &byte, 1, 0), 0);
        client_close(client[i]);
    }
}

BOTH(web, survives_clients_that_leave)
{
    rig_create(rig);
    for (int i = 0; i < 20; i++) {
        struct client *client = client_open(rig);
        client_say(client, "GET /api/large HTTP/1.1\r\n" HOST "\r\n");
        if (i % 2)
            rig_step(rig, STEP_NS);
        client_close(client);
    }
    cr_assert_eq(ask(rig, "GET / HTTP/1.1\r\n" HOST "\r\n")->status, 200);
}

BOTH(web, wakes_from_a_step_that_waits)
{
    rig_create(rig);
    rig_step(rig, 0);
    viz_web_wake(rig->web);
    rig_step(rig, -1); /* would never return */
}

/* ---- where it listens ---- */

Test(web, says_that_a_port_is_taken)
{
    static struct rig rig, other;
    rig_init(&rig, true);
    rig_create(&rig);
    rig_init(&other, true);
    other.params.port = viz_web_port(rig.web);
    cr_assert_eq(viz_web_create(&other.params, &other.web, &other.err), -EADDRINUSE);
    cr_assert(contains(other.err.text, "cannot listen on 127.0.0.1 port"));
    cr_assert(contains(other.err.text, "Address already in use"));
    rig_finish(&other);
    rig_finish(&rig);
}

Test(web, says_that_an_address_is_not_ours)
{
    static struct rig rig;
    rig_init(&rig, true);
    rig.params.host = "192.0.2.1";
    cr_assert_eq(viz_web_create(&rig.params, &rig.web, &rig.err), -EADDRNOTAVAIL);
    cr_assert(contains(rig.err.text, "192.0.2.1"));
    rig_finish(&rig);
}

Test(web, listens_on_ipv6)
{
    static struct rig rig;
    rig_init(&rig, true);
    rig.params.host = "::1";
    if (viz_web_create(&rig.params, &rig.web, &rig.err) < 0)
        cr_skip_test("no IPv6 here");
    struct sockaddr_in6 address = {.sin6_family = AF_INET6,
                                   .sin6_addr = IN6ADDR_LOOPBACK_INIT,
                                   .sin6_port = htons(viz_web_port(rig.web))};
    struct client *client = viz_zalloc(sizeof(*client));
    client->fd = socket(AF_INET6, SOCK_STREAM, 0);
    cr_assert_eq(connect(client->fd, (struct sockaddr *)&address, sizeof(address)), 0);
    client_say(client, "GET / HTTP/1.1\r\nHost: [::1]:8050\r\n\r\n");
    cr_assert_eq(client_await(&rig, client)->status, 200);
    client_close(client);
    rig_finish(&rig);
}

Test(web, takes_over_a_socket_that_listens)
{
    static struct rig rig;
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    rig_init(&rig, true);
    rig.params.listen_fd = socket(AF_INET, SOCK_STREAM, 0);
    cr_assert_eq(
        bind(rig.params.listen_fd, (struct sockaddr *)&address, sizeof(address)), 0);
    cr_assert_eq(listen(rig.params.listen_fd, 4), 0);
    rig_create(&rig);
    cr_assert_neq(viz_web_port(rig.web), 0);
    cr_assert_eq(ask(&rig, "GET / HTTP/1.1\r\n" HOST "\r\n")->status, 200);
    rig_finish(&rig);
}

static void set_number(const char *name, long value)
{
    char text[32];
    snprintf(text, sizeof(text), "%ld", value);
    setenv(name, text, 1);
}

/* Descriptor 3, which is the test framework's, becomes a copy of @fd meanwhile. */
static int activate(int fd, long process, long count, struct viz_error *err)
{
    int kept = fcntl(3, F_DUPFD_CLOEXEC, 10);
    dup2(fd, 3);
    set_number("LISTEN_PID", process);
    set_number("LISTEN_FDS", count);
    int ret = viz_web_activation(err);
    dup2(kept, 3);
    close(kept);
    return ret;
}

Test(web, finds_the_socket_that_systemd_hands_over)
{
    struct viz_error err;
    int idle = socket(AF_INET, SOCK_STREAM, 0),
        datagrams = socket(AF_INET, SOCK_DGRAM, 0);
    int listening = socket(AF_INET, SOCK_STREAM, 0);
    cr_assert_eq(listen(listening, 1), 0);
    unsetenv("LISTEN_FDS");
    cr_assert_eq(viz_web_activation(&err), 0);
    cr_assert_eq(activate(listening, getpid(), 1, &err), 3);
    cr_assert_eq(activate(listening, getpid() + 1, 1, &err), 0);
    cr_assert_eq(activate(listening, getpid(), 0, &err), 0);
    cr_assert_eq(activate(listening, getpid(), 2, &err), -EINVAL);
    cr_assert_eq(activate(idle, getpid(), 1, &err), -EINVAL);
    cr_assert_eq(activate(datagrams, getpid(), 1, &err), -EINVAL);
    cr_assert(contains(err.text, "no listening stream socket"));
}
