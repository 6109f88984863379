/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is too large, too slow or too much. */
#include "../src/web/web_state.h"
#include "web_rig.h"

#include <sys/resource.h>

static char *long_header(size_t size)
{
    char *request = viz_zalloc(size + 128);
    strcpy(request, "GET /api/here HTTP/1.1\r\n" HOST "X: ");
    memset(request + strlen(request), 'x', size);
    strcat(request, "\r\n\r\n");
    return request;
}

BOTH(web_limits, takes_headers_up_to_16_kb)
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

BOTH(web_limits, refuses_addresses_that_are_too_long)
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

BOTH(web_limits, takes_bodies_up_to_64_kb)
{
    rig_create(rig);
    cr_assert_eq(ask_with_body(rig, 65536)->status, 200);
    cr_assert_eq(ask_with_body(rig, 65537)->status, 413);
    cr_assert_eq(rig_counted(rig, refused_size), 1);
}

BOTH(web_limits, answers_what_makes_much_of_little)
{
    static const struct {
        const char *before, *unit;
        int times;
        const char *after;
        int status;
    } cases[] = {
        {"GET /api/runs/a b", "", 0, " HTTP/1.1\r\n" HOST "\r\n", 400},
        {"GET /api/runs?x=a b", "", 0, " HTTP/1.1\r\n" HOST "\r\n", 400},
        {"GET /api/here?", "a=1&", 500, " HTTP/1.1\r\n" HOST "\r\n", 400},
        {"GET /api/here?", "a=1&", 3000, " HTTP/1.1\r\n" HOST "\r\n", 400},
        {"GET /api/here?", "&", 9000, " HTTP/1.1\r\n" HOST "\r\n", 400},
        {"GET /api/here HTTP/1.1\r\n" HOST "Cookie: ", ";", 10000, "\r\n\r\n", 431},
        {"GET /api/here HTTP/1.1\r\n" HOST "Cookie: ", "a=b;", 500, "\r\n\r\n", 200},
        {"GET /api/here HTTP/1.1\r\n", "", 0, "\r\n", 400},
    };
    rig_create(rig);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char *request = viz_zalloc(65536), *to = stpcpy(request, cases[i].before);
        struct client *client = client_open(rig);
        for (int j = 0; j < cases[i].times; j++)
            to = stpcpy(to, cases[i].unit);
        strcpy(to, cases[i].after);
        client_say(client, request);
        cr_assert_eq(client_await(rig, client)->status, cases[i].status, "%zu", i);
        client_close(client);
        free(request);
    }
}

/* libmicrohttpd answers them. */
BOTH(web_limits, counts_what_is_no_http)
{
    static const char *const requests[] = {
        "GET /\r\n\r\n",
        "GET / HTTP/9.9\r\n" HOST "\r\n",
        "GET / HTTP/1.1\r\n" HOST "no colon\r\n\r\n",
    };
    rig_create(rig);
    for (uint32_t i = 0; i < 3; i++) {
        int status = ask(rig, requests[i])->status;
        cr_assert(status == 400 || status == 505, "%s: %d", requests[i], status);
        cr_assert_eq(rig_counted(rig, refused_form), i + 1, "%s", requests[i]);
    }
    cr_assert_eq(rig_counted(rig, refused_size), 0);
    cr_assert_eq(rig_counted(rig, requests), 0);
}

BOTH(web_limits, ends_a_header_that_drips)
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

BOTH(web_limits, ends_a_body_that_drips)
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

BOTH(web_limits, ends_connections_that_ask_nothing_more)
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

BOTH(web_limits, ends_clients_that_do_not_take_their_answer)
{
    const int64_t limit_s = 60 + HUGE_ANSWER / 16384;
    rig_create(rig);
    struct client *client = client_open(rig);
    client_say(client, "GET /api/huge HTTP/1.1\r\n" HOST "\r\n");
    rig_step_until(rig, rig_counted(rig, answers_ok) == 1);
    viz_clock_advance(rig->clock, (limit_s - 1) * SECOND_NS);
    rig_step(rig, STEP_NS);
    rig_step(rig, STEP_NS);
    cr_assert_eq(rig->web->peer_count, 1);
    viz_clock_advance(rig->clock, SECOND_NS);
    rig_step_until(rig, rig->web->peer_count == 0);
    cr_assert_eq(rig_counted(rig, sent_bytes), 0);
    client_close(client);
}

static void set_address(struct sockaddr_storage *out, const char *text)
{
    struct sockaddr_in *ipv4 = (struct sockaddr_in *)out;
    struct sockaddr_in6 *ipv6 = (struct sockaddr_in6 *)out;
    *out = (struct sockaddr_storage){.ss_family = AF_INET6};
    if (inet_pton(AF_INET6, text, &ipv6->sin6_addr) == 1)
        return;
    out->ss_family = AF_INET;
    cr_assert_eq(inet_pton(AF_INET, text, &ipv4->sin_addr), 1, "%s", text);
}

/* Whether one more of @text may come where @count of 192.0.2.1 and 2001:db8::1 are. */
static bool is_allowed(const char *text, uint32_t count)
{
    static const unsigned char ipv4[16] = {[12] = 192, [14] = 2, [15] = 1};
    static const unsigned char ipv6[16] = {0x20, 0x01, 0x0d, 0xb8};
    struct viz_clock *clock = viz_clock_create_fake(0);
    struct viz_web web = {.params = {.clock = clock, .max_connections = 1000}};
    struct viz_web_peer *peers = viz_zalloc(2 * count * sizeof(peers[0]));
    struct sockaddr_storage address;
    for (uint32_t i = 0; i < 2 * count; i++) {
        memcpy(peers[i].address, i % 2 ? ipv4 : ipv6, 16);
        peers[i].counted = true;
        peers[i].web = &web;
        peers[i].next = web.peers;
        web.peers = &peers[i];
    }
    set_address(&address, text);
    bool allowed = viz_web_peer_room(&web, (struct sockaddr *)&address);
    free(peers);
    viz_clock_destroy(clock);
    return allowed;
}

Test(web_limits, takes_64_connections_of_one_address)
{
    cr_assert(is_allowed("192.0.2.1", 63));
    cr_assert(!is_allowed("192.0.2.1", 64));
    cr_assert(!is_allowed("::ffff:192.0.2.1", 64));
    cr_assert(is_allowed("192.0.2.2", 64));
    cr_assert(is_allowed("2001:db8::2", 63));
    cr_assert(!is_allowed("2001:db8::2", 64));
    cr_assert(is_allowed("2001:db8:0:1::1", 64));
    cr_assert(is_allowed("127.0.0.1", 64));
    cr_assert(is_allowed("::1", 64));
}

BOTH(web_limits, turns_away_more_connections_than_it_may_have)
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

static void ask_and_stay(struct rig *rig, struct client *client)
{
    client_say(client, "GET /api/here HTTP/1.1\r\n" HOST "\r\n");
    cr_assert_eq(client_await(rig, client)->status, 200);
    rig_step(rig, STEP_NS); /* it is idle now */
}

BOTH(web_limits, ends_the_connection_that_was_idle_for_longest)
{
    struct client *client[3];
    rig->params.max_connections = 3;
    rig_create(rig);
    for (int i = 0; i < 3; i++)
        client[i] = client_open(rig);
    for (int i = 0; i < 3; i++) {
        viz_clock_advance(rig->clock, SECOND_NS);
        ask_and_stay(rig, client[(i + 1) % 3]);
    }
    cr_assert_eq(ask(rig, "GET / HTTP/1.1\r\n" HOST "\r\n")->status, 200);
    rig_step_until(rig, client_ended(client[1]));
    cr_assert_eq(rig_counted(rig, ended_idle), 1);
    cr_assert_eq(rig_counted(rig, refused_connections), 0);
    ask_and_stay(rig, client[2]);
    ask_and_stay(rig, client[0]);
    for (int i = 0; i < 3; i++)
        client_close(client[i]);
}

BOTH(web_limits, says_when_to_ask_again)
{
    rig_create(rig);
    struct answer *answer = ask(rig, "GET /api/busy HTTP/1.1\r\n" HOST "\r\n");
    cr_assert_eq(answer->status, 503);
    cr_assert_str_eq(header_of(answer, "Retry-After"), "2");
}

static rlim_t first_free_file(void)
{
    int fd = dup(0);
    cr_assert_geq(fd, 0);
    close(fd);
    return (rlim_t)fd;
}

/* The client's own is the last that there is. */
BOTH(web_limits, ends_what_is_idle_when_no_files_are_left)
{
    struct rlimit limit;
    rig_create(rig);
    struct client *idle = client_open(rig);
    ask_and_stay(rig, idle);
    cr_assert_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
    limit.rlim_cur = first_free_file() + 1;
    cr_assert_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
    struct client *client = client_open(rig);
    client_say(client, "GET /api/here HTTP/1.1\r\n" HOST "\r\n");
    rig_step_until(rig, client_ended(idle));
    cr_assert_eq(rig_counted(rig, short_of_files), 1);
    viz_clock_advance(rig->clock, SECOND_NS);
    cr_assert_eq(client_await(rig, client)->status, 200);
    client_close(client);
    client_close(idle);
}

BOTH(web_limits, takes_many_new_connections_at_once_for_idle_ones)
{
    struct client *idle[4], *client[4];
    rig->params.max_connections = 4;
    rig_create(rig);
    for (int i = 0; i < 4; i++)
        ask_and_stay(rig, idle[i] = client_open(rig));
    for (int i = 0; i < 4; i++)
        client[i] = client_open(rig);
    for (int i = 0; i < 4; i++)
        ask_and_stay(rig, client[i]);
    cr_assert_eq(rig_counted(rig, ended_idle), 4);
    cr_assert_eq(rig->web->peer_count, 4);
    for (int i = 0; i < 4; i++) {
        client_close(client[i]);
        client_close(idle[i]);
    }
}

BOTH(web_limits, ends_headers_that_do_not_come_for_others)
{
    struct client *client[2];
    rig->params.max_connections = 2;
    rig_create(rig);
    client[0] = client_open(rig);
    client_say(client[0], "GET /api/he");
    rig_step(rig, STEP_NS);
    viz_clock_advance(rig->clock, 1);
    ask_and_stay(rig, client[1] = client_open(rig));
    client_say(client[1], "GET /api/here HTTP/1.1\r\n" HOST); /* its second */
    rig_step(rig, STEP_NS);
    viz_clock_advance(rig->clock, 2 * SECOND_NS - 2);
    cr_assert_eq(ask(rig, "GET / HTTP/1.1\r\n" HOST "\r\n")->status, 503);
    viz_clock_advance(rig->clock, 1);
    cr_assert_eq(ask(rig, "GET / HTTP/1.1\r\n" HOST "\r\n")->status, 200);
    rig_step_until(rig, client_ended(client[0]) && rig->web->peer_count == 1);
    cr_assert_eq(rig_counted(rig, ended_idle), 1);
    client_say(client[1], "\r\n");
    cr_assert_eq(client_await(rig, client[1])->status, 200);
    for (int i = 0; i < 2; i++)
        client_close(client[i]);
}

BOTH(web_limits, never_ends_answers_under_way_for_others)
{
    struct client *client[2];
    rig->params.max_connections = 2;
    rig_create(rig);
    client[0] = client_open(rig);
    client_say(client[0], "GET /api/slow HTTP/1.1\r\n" HOST "\r\n");
    while (sem_trywait(&rig->begun))
        rig_step(rig, STEP_NS);
    client[1] = client_open(rig);
    client_say(client[1], "GET /api/huge HTTP/1.1\r\n" HOST "\r\n");
    rig_step_until(rig, rig_counted(rig, answers_ok) == 1);
    viz_clock_advance(rig->clock, 50 * SECOND_NS);
    cr_assert_eq(ask(rig, "GET / HTTP/1.1\r\n" HOST "\r\n")->status, 503);
    sem_post(&rig->go);
    cr_assert_eq(client_await(rig, client[0])->status, 200);
    cr_assert_eq(rig_counted(rig, ended_idle), 0);
    for (int i = 0; i < 2; i++)
        client_close(client[i]);
}

/* All answers fit into the kernel, and a byte a second is taken of them. */
BOTH(web_limits, drops_what_the_kernel_holds_for_a_client_that_crawls)
{
    const int room = 2048;
    char byte;
    rig_create(rig);
    struct client *client = client_open(rig);
    (void)setsockopt(client->fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof(room));
    for (int i = 0; i < 5; i++)
        client_say(client, "GET /api/large HTTP/1.1\r\n" HOST "\r\n");
    rig_step_until(rig, rig_counted(rig, answers_ok) == 5);
    for (int i = 0; i < 70 && rig->web->peer_count; i++) {
        viz_clock_advance(rig->clock, SECOND_NS);
        cr_assert_eq(recv(client->fd, &byte, 1, MSG_DONTWAIT), 1);
        rig_step(rig, STEP_NS);
    }
    cr_assert_eq(rig->web->peer_count, 0);
    while (recv(client->fd, client->bytes, CLIENT_BYTES, 0) > 0)
        client->size++;
    cr_assert_eq(errno, ECONNRESET);
    client_close(client);
}

BOTH(web_limits, goes_on_while_workers_are_busy)
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

BOTH(web_limits, keeps_a_worker_free_of_what_takes_long)
{
    struct client *slow[3];
    rig_create(rig);
    for (int i = 0; i < 3; i++) {
        slow[i] = client_open(rig);
        client_say(slow[i], "GET /api/slower HTTP/1.1\r\n" HOST "\r\n");
    }
    while (sem_trywait(&rig->begun))
        rig_step(rig, STEP_NS);
    for (int i = 0; i < 10; i++)
        cr_assert_eq(ask(rig, "GET /api/runs HTTP/1.1\r\n" HOST "\r\n")->status, 200);
    cr_assert_neq(sem_trywait(&rig->begun), 0); /* one at a time, of two workers */
    for (int i = 0; i < 3; i++)
        sem_post(&rig->go);
    for (int i = 0; i < 3; i++) {
        cr_assert_eq(client_await(rig, slow[i])->status, 200);
        client_close(slow[i]);
    }
}

#define ASKED 80 /* more than two that are answered and 64 that wait */

BOTH(web_limits, refuses_when_too_many_questions_wait)
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

BOTH(web_limits, ends_while_questions_wait)
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

BOTH(web_limits, survives_clients_that_leave)
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

BOTH(web_limits, wakes_from_a_step_that_waits)
{
    rig_create(rig);
    rig_step(rig, 0);
    viz_web_wake(rig->web);
    rig_step(rig, -1); /* would never return */
}
