/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Who may ask. */
#include "../src/web/guard.h"
#include "../src/web/sessions.h"
#include "web_rig.h"

#define TOKEN "correct horse"

static int status_of(struct rig *rig, const char *line, const char *headers)
{
    char request[4096];
    snprintf(request, sizeof(request), "%s\r\n%s\r\n", line, headers);
    return ask(rig, request)->status;
}

#define HERE "GET /api/here HTTP/1.1"
#define TAG "PUT /api/runs/17/tags/a HTTP/1.1"

/* ---- names ---- */

BOTH(web_guard, answers_for_hosts_that_are_ours)
{
    static const char *const names[] = {"bench.example"};
    static const struct {
        const char *host;
        int status;
    } cases[] = {
        {"localhost", 200},
        {"LOCALHOST:8050", 200},
        {"127.0.0.1:8050", 200},
        {"192.168.1.17", 200},
        {"[::1]:8050", 200},
        {"[fe80::1]", 200},
        {"bench.example", 200},
        {"Bench.Example.:443", 200},
        {"evil.example", 421},
        {"bench.example.evil.example", 421},
        {"localhost.evil", 421},
        {"127.0.0.1.evil.example", 421},
        {"[::1", 421},
        {"[evil]", 421},
        {"localhost:80x", 421},
        {"127.1:", 421},
        {"user@localhost", 421},
        {":8050", 421},
        {"", 421},
        {".", 421},
    };
    char header[128];
    uint64_t refused = 0;
    rig->params.names = names;
    rig->params.name_count = 1;
    rig_create(rig);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        snprintf(header, sizeof(header), "Host: %s\r\n", cases[i].host);
        cr_assert_eq(status_of(rig, HERE, header), cases[i].status, "%s",
                     cases[i].host);
        refused += cases[i].status == 421;
    }
    cr_assert_eq(rig_counted(rig, refused_host), refused);
}

BOTH(web_guard, wants_one_host)
{
    rig_create(rig);
    cr_assert_eq(status_of(rig, HERE, "Host: localhost\r\nHost: localhost\r\n"), 421);
    cr_assert_eq(status_of(rig, HERE, ""), 400);
    cr_assert_eq(status_of(rig, "GET /api/here HTTP/1.0", ""), 200);
    cr_assert_eq(status_of(rig, "GET /api/here HTTP/1.0", "Host: evil.example\r\n"),
                 421);
}

BOTH(web_guard, guards_pages_and_the_live_stream_as_well)
{
    rig_create(rig);
    cr_assert_eq(status_of(rig, "GET / HTTP/1.1", "Host: evil.example\r\n"), 421);
    cr_assert_eq(status_of(rig, "GET /api/live HTTP/1.1",
                           "Host: evil.example\r\nConnection: Upgrade\r\n"
                           "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
                           "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"),
                 421);
    cr_assert_eq(status_of(rig, "GET /api/live HTTP/1.1",
                           HOST "Origin: http://evil.example\r\nConnection: Upgrade\r\n"
                                "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
                                "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"),
                 403);
    cr_assert_eq(rig->opened, 0);
}

BOTH(web_guard, answers_pages_that_are_ours)
{
    static const struct {
        const char *host, *origin;
        int status;
    } cases[] = {
        {"localhost:8050", "http://localhost:8050", 200},
        {"localhost:8050", "HTTP://LOCALHOST:8050", 200},
        {"localhost", "https://localhost", 200}, /* a proxy in front */
        {"localhost:8050", "http://localhost:8051", 403},
        {"localhost:8050", "http://localhost", 403},
        {"localhost:8050", "http://127.0.0.1:8050", 403},
        {"localhost:8050", "http://evil.example", 403},
        {"localhost:8050", "http://localhost:8050.evil.example", 403},
        {"localhost:8050", "http://evil@localhost:8050", 403},
        {"localhost:8050", "ftp://localhost:8050", 403},
        {"localhost:8050", "null", 403},
        {"localhost:8050", "http://", 403},
    };
    char headers[256];
    uint64_t refused = 0;
    rig_create(rig);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        snprintf(headers, sizeof(headers), "Host: %s\r\nOrigin: %s\r\n", cases[i].host,
                 cases[i].origin);
        cr_assert_eq(status_of(rig, HERE, headers), cases[i].status, "%s",
                     cases[i].origin);
        refused += cases[i].status == 403;
    }
    cr_assert_eq(rig_counted(rig, refused_origin), refused);
}

/* ---- the token ---- */

BOTH(web_guard, only_reads_unless_it_may_write)
{
    rig_create(rig);
    cr_assert_eq(status_of(rig, TAG, HOST), 403);
}

BOTH(web_guard, wants_the_token_for_writing)
{
    rig->params.writable = true;
    rig->params.token = TOKEN;
    rig_create(rig);
    cr_assert_eq(status_of(rig, HERE, HOST), 200);
    cr_assert_eq(status_of(rig, TAG, HOST), 401);
    struct answer *answer = ask(rig, "DELETE /api/runs/17 HTTP/1.1\r\n" HOST "\r\n");
    cr_assert_eq(answer->status, 401);
    cr_assert_str_eq(header_of(answer, "WWW-Authenticate"), "Bearer realm=\"viz\"");
    cr_assert_eq(status_of(rig, TAG, HOST "Authorization: Bearer correct hors\r\n"),
                 401);
    cr_assert_eq(status_of(rig, TAG, HOST "Authorization: Bearer correct horses\r\n"),
                 401);
    cr_assert_eq(status_of(rig, TAG, HOST "Authorization: Bearer \r\n"), 401);
    cr_assert_eq(status_of(rig, TAG, HOST "Authorization: Basic " TOKEN "\r\n"), 401);
    cr_assert_eq(rig_counted(rig, refused_token), 6);
    cr_assert_eq(status_of(rig, TAG, HOST "Authorization: bearer  " TOKEN "\r\n"), 200);
}

BOTH(web_guard, tells_handlers_who_is_authorized)
{
    rig->params.token = TOKEN;
    rig_create(rig);
    cr_assert(!contains(ask(rig, HERE "\r\n" HOST "\r\n")->body, "authorized"));
    cr_assert(contains(
        ask(rig, HERE "\r\n" HOST "Authorization: Bearer " TOKEN "\r\n\r\n")->body,
        "authorized"));
}

BOTH(web_guard, wants_the_token_for_everything_but_the_page_when_closed)
{
    rig->params.token = TOKEN;
    rig->params.closed = true;
    rig_create(rig);
    cr_assert_eq(status_of(rig, "GET / HTTP/1.1", HOST), 200);
    cr_assert_eq(status_of(rig, HERE, HOST), 401);
    cr_assert_eq(status_of(rig, "GET /api/live HTTP/1.1", HOST), 401);
    cr_assert_eq(status_of(rig, HERE, HOST "Authorization: Bearer " TOKEN "\r\n"), 200);
}

static struct answer *sign_in(struct rig *rig, const char *body)
{
    char request[1024];
    snprintf(request, sizeof(request),
             "POST /api/session HTTP/1.1\r\n" HOST "Content-Length: %zu\r\n\r\n%s",
             strlen(body), body);
    return ask(rig, request);
}

BOTH(web_guard, gives_a_cookie_for_the_token)
{
    char headers[2048], cookie[1024];
    rig->params.token = TOKEN;
    rig->params.closed = true;
    rig_create(rig);
    struct answer *answer = sign_in(rig, "{\"token\":\"" TOKEN "\"}");
    cr_assert_eq(answer->status, 204);
    cr_assert(contains(header_of(answer, "Set-Cookie"),
                       "; Path=/; HttpOnly; SameSite=Strict"));
    snprintf(cookie, sizeof(cookie), "%s", header_of(answer, "Set-Cookie"));
    cookie[strcspn(cookie, ";")] = 0;
    cr_assert_eq(strlen(strchr(cookie, '=')), 65);
    snprintf(headers, sizeof(headers), HOST "Cookie: a=b; %s; c=d\r\n", cookie);
    cr_assert_eq(status_of(rig, HERE, headers), 200);
    cookie[strlen(cookie) - 1] ^= 1;
    snprintf(headers, sizeof(headers), HOST "Cookie: %s\r\n", cookie);
    cr_assert_eq(status_of(rig, HERE, headers), 401);
    answer = ask(rig, "DELETE /api/session HTTP/1.1\r\n" HOST "\r\n");
    cr_assert_eq(answer->status, 204);
    cr_assert(contains(header_of(answer, "Set-Cookie"), "Max-Age=0"));
}

BOTH(web_guard, gives_a_cookie_for_tls_alone_where_the_page_came_through_it)
{
    static const char *const schemes[] = {"http", "https", "HTTPS"};
    char request[1024];
    rig->params.token = TOKEN;
    rig_create(rig);
    for (size_t i = 0; i < 3; i++) {
        snprintf(request, sizeof(request),
                 "POST /api/session HTTP/1.1\r\n" HOST
                 "Origin: %s://127.0.0.1\r\nContent-Length: %zu\r\n\r\n"
                 "{\"token\":\"" TOKEN "\"}",
                 schemes[i], strlen(TOKEN) + 12);
        struct answer *answer = ask(rig, request);
        cr_assert_eq(answer->status, 204);
        cr_assert_eq(contains(header_of(answer, "Set-Cookie"), "; Secure"), i > 0);
    }
    cr_assert(
        !contains(header_of(sign_in(rig, "{\"token\":\"" TOKEN "\"}"), "Set-Cookie"),
                  "; Secure"));
}

BOTH(web_guard, gives_no_cookie_for_anything_else)
{
    rig->params.token = TOKEN;
    rig_create(rig);
    struct answer *answer = sign_in(rig, "{\"token\":\"wrong\"}");
    cr_assert_eq(answer->status, 401);
    cr_assert_null(header_of(answer, "Set-Cookie"));
    cr_assert_eq(sign_in(rig, "{\"token\":\"\"}")->status, 401);
    cr_assert_eq(rig_counted(rig, refused_token), 2);
    cr_assert_eq(sign_in(rig, "")->status, 400);
    cr_assert_eq(sign_in(rig, "token=" TOKEN)->status, 400);
    cr_assert_eq(ask(rig, "GET /api/session HTTP/1.1\r\n" HOST "\r\n")->status, 405);
}

/* ---- what browsers say of a page ---- */

BOTH(web_guard, answers_no_page_of_another_site)
{
#define LED "Sec-Fetch-Mode: navigate\r\nSec-Fetch-Dest: document\r\n"
#define CROSS HOST "Sec-Fetch-Site: cross-site\r\n"
#define SAME HOST "Sec-Fetch-Site: same-site\r\n"
    static const char page[] = "GET / HTTP/1.1", live[] = "GET /api/live HTTP/1.1";
    static const struct {
        const char *line, *headers;
        int status;
    } cases[] = {
        {HERE, HOST "Sec-Fetch-Site: same-origin\r\n", 200},
        {HERE, HOST "Sec-Fetch-Site: none\r\n" LED, 200},
        {HERE, CROSS, 403},
        {HERE, SAME, 403},
        {HERE, CROSS LED, 403},
        {TAG, CROSS, 403},
        {live, CROSS, 403},
        {page, CROSS LED, 200},
        {page, SAME LED, 200},
        {page, CROSS, 403},
        {page, CROSS "Sec-Fetch-Mode: navigate\r\nSec-Fetch-Dest: iframe\r\n", 403},
        {"GET /app-ZHCSUJOJ.js HTTP/1.1", CROSS "Sec-Fetch-Mode: no-cors\r\n", 403},
        {"POST /api/session HTTP/1.1", CROSS LED "Content-Length: 0\r\n", 403},
    };
    uint64_t refused = 0;
    rig_create(rig);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        cr_assert_eq(status_of(rig, cases[i].line, cases[i].headers), cases[i].status,
                     "%zu", i);
        refused += cases[i].status == 403;
    }
    cr_assert_eq(rig_counted(rig, refused_origin), refused);
}

BOTH(web_guard, takes_json_alone)
{
    static const struct {
        const char *line, *type;
        int status;
    } cases[] = {
        {"POST /api/session HTTP/1.1", "text/plain", 415},
        {"POST /api/session HTTP/1.1", "application/x-www-form-urlencoded", 415},
        {"POST /api/session HTTP/1.1", "application/jsonp", 415},
        {"POST /api/session HTTP/1.1", "", 415},
        {"POST /api/session HTTP/1.1", "application/json", 400},
        {"POST /api/session HTTP/1.1", "Application/JSON; charset=utf-8", 400},
        {"DELETE /api/session HTTP/1.1", "text/plain", 204},
        {TAG, "text/plain", 401}, /* it has no body */
    };
    char headers[256];
    rig->params.token = TOKEN;
    rig->params.writable = true;
    rig_create(rig);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        snprintf(headers, sizeof(headers), HOST "Content-Type: %s\r\n", cases[i].type);
        cr_assert_eq(status_of(rig, cases[i].line, headers), cases[i].status, "%zu", i);
    }
}

/* ---- sessions ---- */

/* A header with the cookie of a sign-in. */
static void begin_session(struct rig *rig, char out[256])
{
    struct answer *answer = sign_in(rig, "{\"token\":\"" TOKEN "\"}");
    cr_assert_eq(answer->status, 204);
    const char *cookie = header_of(answer, "Set-Cookie");
    snprintf(out, 256, HOST "Cookie: %.*s\r\n", (int)strcspn(cookie, ";"), cookie);
}

static void create_closed(struct rig *rig)
{
    rig->params.token = TOKEN;
    rig->params.closed = true;
    rig_create(rig);
}

BOTH(web_guard, gives_each_sign_in_a_session_of_its_own)
{
    char first[256], second[256];
    create_closed(rig);
    begin_session(rig, first);
    begin_session(rig, second);
    cr_assert_str_neq(first, second);
    cr_assert_eq(status_of(rig, HERE, first), 200);
    cr_assert_eq(status_of(rig, "DELETE /api/session HTTP/1.1", first), 204);
    cr_assert_eq(status_of(rig, HERE, first), 401);
    cr_assert_eq(status_of(rig, HERE, second), 200);
}

/* Another port of the host, or a page of a path, may set one that comes first. */
BOTH(web_guard, finds_the_session_among_cookies_of_its_name)
{
    char first[256], tossed[2048];
    create_closed(rig);
    begin_session(rig, first);
    const char *cookie = strstr(first, "viz-");
    int name = (int)strcspn(cookie, "=");
    for (int others = 1; others < 8; others++) {
        int size = snprintf(tossed, sizeof(tossed), HOST "Cookie: ");
        for (int i = 0; i < others; i++)
            size += snprintf(tossed + size, sizeof(tossed) - (size_t)size, "%.*s=%s; ",
                             name, cookie, i ? "" : "bad");
        snprintf(tossed + size, sizeof(tossed) - (size_t)size, "%s", cookie);
        cr_assert_eq(status_of(rig, HERE, tossed), 200, "%d", others);
    }
    cr_assert_eq(status_of(rig, "DELETE /api/session HTTP/1.1", tossed), 204);
    cr_assert_eq(status_of(rig, HERE, first), 401);
}

BOTH(web_guard, ends_sessions_that_nobody_uses)
{
    const int64_t week_ns = 7 * 86400 * SECOND_NS;
    char headers[256];
    create_closed(rig);
    begin_session(rig, headers);
    for (int i = 0; i < 2; i++) {
        viz_clock_advance(rig->clock, week_ns - 1);
        cr_assert_eq(status_of(rig, HERE, headers), 200);
    }
    viz_clock_advance(rig->clock, week_ns);
    cr_assert_eq(status_of(rig, HERE, headers), 401);
}

BOTH(web_guard, ends_all_sessions_when_the_token_changes)
{
    char headers[256];
    create_closed(rig);
    begin_session(rig, headers);
    struct client *client = client_open(rig);
    client_say(client, "GET /api/live HTTP/1.1\r\n" HOST "Authorization: Bearer " TOKEN
                       "\r\nConnection: Upgrade\r\n"
                       "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
                       "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");
    cr_assert_eq(client_await(rig, client)->status, 101);
    rig_step_until(rig, rig->socket);
    viz_web_set_token(rig->web, "another horse");
    rig_step_until(rig, (client_take(client), client->size > 4));
    cr_assert(contains(client->bytes + 4, "the token has changed"));
    client_close(client);
    rig_step_until(rig, rig->closed == 1);
    cr_assert_eq(status_of(rig, HERE, headers), 401);
    cr_assert_eq(status_of(rig, HERE, HOST "Authorization: Bearer " TOKEN "\r\n"), 401);
    cr_assert_eq(status_of(rig, HERE, HOST "Authorization: Bearer another horse\r\n"),
                 200);
}

Test(web_guard, keeps_the_sessions_that_were_used_last)
{
    static struct viz_web_sessions sessions;
    char first[VIZ_WEB_SECRET], second[VIZ_WEB_SECRET];
    strcpy(first, viz_web_session_begin(&sessions, 1));
    strcpy(second, viz_web_session_begin(&sessions, 2));
    cr_assert(viz_web_session_use(&sessions, first, 3));
    for (int i = 0; i < VIZ_WEB_SESSIONS - 1; i++)
        cr_assert(viz_web_session_begin(&sessions, 4 + i));
    cr_assert(viz_web_session_use(&sessions, first, 1000));
    cr_assert(!viz_web_session_use(&sessions, second, 1000));
    cr_assert(!viz_web_session_use(&sessions, "", 1000));
}

BOTH(web_guard, has_no_sessions_without_a_token)
{
    rig_create(rig);
    cr_assert_eq(sign_in(rig, "{\"token\":\"\"}")->status, 404);
}

/* ---- the parts ---- */

Test(web_guard, compares_secrets)
{
    cr_assert(viz_web_same_secret("secret", "secret"));
    cr_assert(!viz_web_same_secret("secre", "secret"));
    cr_assert(!viz_web_same_secret("secrets", "secret"));
    cr_assert(!viz_web_same_secret("secretsecret", "secret"));
    cr_assert(!viz_web_same_secret("", "secret"));
    cr_assert(!viz_web_same_secret("", ""));
}

Test(web_guard, reads_the_token_of_a_body)
{
    char token[8];
    cr_assert(viz_web_token_of(" { \"token\" :\n\"a\\\"\\\\\\/b\" } ", token, 8));
    cr_assert_str_eq(token, "a\"\\/b");
    cr_assert(viz_web_token_of("{\"token\":\"1234567\"}", token, 8));
    cr_assert(!viz_web_token_of("{\"token\":\"12345678\"}", token, 8));
    cr_assert(!viz_web_token_of("{\"token\":\"a\"} x", token, 8));
    cr_assert(!viz_web_token_of("{\"token\":\"a\",\"b\":1}", token, 8));
    cr_assert(!viz_web_token_of("{\"token\":\"a", token, 8));
    cr_assert(!viz_web_token_of("{\"token\":\"a\\", token, 8));
    cr_assert(!viz_web_token_of("{\"token\":\"\\u0041\"}", token, 8));
    cr_assert(!viz_web_token_of("{\"token\":1}", token, 8));
    cr_assert(!viz_web_token_of("{}", token, 8));
}

Test(web_guard, finds_cookies)
{
    char value[8];
    cr_assert(viz_web_cookie("viz=1", "viz", 0, value, 8));
    cr_assert_str_eq(value, "1");
    cr_assert(viz_web_cookie("a=viz=2; ; viz=3 ;b", "viz", 0, value, 8));
    cr_assert_str_eq(value, "3");
    cr_assert(viz_web_cookie("viz=", "viz", 0, value, 8));
    cr_assert_str_eq(value, "");
    cr_assert(viz_web_cookie("viz=12345678; viz=1; vi=2; viz=3", "viz", 0, value, 8));
    cr_assert_str_eq(value, "");
    cr_assert(viz_web_cookie("viz=12345678; viz=1; vi=2; viz=3", "viz", 2, value, 8));
    cr_assert_str_eq(value, "3");
    cr_assert(!viz_web_cookie("viz=1; viz=2", "viz", 2, value, 8));
    cr_assert(!viz_web_cookie("xviz=1; viz", "viz", 0, value, 8));
    cr_assert(!viz_web_cookie("", "viz", 0, value, 8));
}
