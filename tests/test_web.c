/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Requests and answers. */
#include "../src/web/target.h"
#include "web_rig.h"

#include <fcntl.h>
#include <sys/un.h>

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
        "GET /api/runs/a%2Fb%20c?metric=%C2%B5s+1&Metric=2&&x&y=%3d HTTP/1.1\r\n" HOST
        "\r\n");
    cr_assert_str_eq(answer->body, "0 /api/runs/a/b c [a/b c] [-] [] authorized worker "
                                   "metric=µs 1 Metric=2 x= y==");
}

BOTH(web, refuses_parameters_that_are_given_twice)
{
    static const char *const targets[] = {"/api/runs?a=1&b=2&a=1", "/api/here?a&%61",
                                          "/?a=1&a=2"};
    char request[256];
    rig_create(rig);
    for (size_t i = 0; i < sizeof(targets) / sizeof(targets[0]); i++) {
        snprintf(request, sizeof(request), "GET %s HTTP/1.1\r\n" HOST "\r\n",
                 targets[i]);
        struct answer *answer = ask(rig, request);
        cr_assert_eq(answer->status, 400, "%s", targets[i]);
        cr_assert_str_eq(answer->body,
                         "{\"error\": \"\\\"a\\\" is given more than once\"}\n");
    }
}

Test(web, has_a_word_for_routes_without_parameters)
{
    struct viz_web_target target;
    struct viz_web_answer answer = {.status = 0};
    const struct viz_web_request request = {.query = &target};
    cr_assert_eq(viz_web_target_parse("/metrics?", &target, NULL), 0);
    cr_assert(viz_web_no_query(&request, &answer));
    cr_assert_eq(answer.status, 0);
    viz_web_target_finish(&target);
    cr_assert_eq(viz_web_target_parse("/metrics?nope", &target, NULL), 0);
    cr_assert(!viz_web_no_query(&request, &answer));
    cr_assert_eq(answer.status, 400);
    cr_assert(contains(answer.body, "nope"));
    free(answer.body);
    viz_web_target_finish(&target);
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
    struct answer *answer = ask(rig, "GET /app-ZHCSUJOJ.js HTTP/1.1\r\n" HOST "\r\n");
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
    char request[2048], etag[1024];
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
    cr_assert_null(viz_web_path(rig.web));
    cr_assert_eq(ask(&rig, "GET / HTTP/1.1\r\n" HOST "\r\n")->status, 200);
    rig_finish(&rig);
}

Test(web, takes_over_a_unix_socket)
{
    static struct rig rig;
    static struct answer answer;
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    struct client *client = viz_zalloc(sizeof(*client));
    rig_init(&rig, true);
    snprintf(address.sun_path, sizeof(address.sun_path), "/tmp/viz-test-web-%d",
             (int)getpid());
    (void)unlink(address.sun_path);
    rig.params.token = "secret";
    rig.params.listen_fd = socket(AF_UNIX, SOCK_STREAM, 0);
    cr_assert_eq(
        bind(rig.params.listen_fd, (struct sockaddr *)&address, sizeof(address)), 0);
    cr_assert_eq(listen(rig.params.listen_fd, 4), 0);
    rig_create(&rig);
    cr_assert_eq(viz_web_port(rig.web), 0);
    cr_assert_str_eq(viz_web_path(rig.web), address.sun_path);
    client->fd = socket(AF_UNIX, SOCK_STREAM, 0);
    cr_assert_eq(connect(client->fd, (struct sockaddr *)&address, sizeof(address)), 0);
    client_say(client, "POST /api/session HTTP/1.1\r\nHost: localhost\r\n"
                       "Content-Length: 19\r\n\r\n{\"token\": \"secret\"}");
    rig_step_until(&rig, client_has_answer(client, false, &answer));
    cr_assert_eq(answer.status, 204);
    const char *cookie = header_of(&answer, "Set-Cookie");
    cr_assert_eq(strncmp(cookie, "viz=", 4), 0, "%s", cookie);
    client_close(client);
    (void)unlink(address.sun_path);
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
