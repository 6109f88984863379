/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What nobody waits for any more is called off. */
#include "../src/web/web_state.h"
#include "web_rig.h"

#define ENDLESS "GET /api/endless HTTP/1.1\r\n" HOST "\r\n"

static uint32_t called_off(struct rig *rig)
{
    return __atomic_load_n(&rig->called_off, __ATOMIC_SEQ_CST);
}

static struct client *ask_endless(struct rig *rig)
{
    struct client *client = client_open(rig);
    client_say(client, ENDLESS);
    while (sem_trywait(&rig->begun))
        rig_step(rig, STEP_NS);
    return client;
}

BOTH(web_cancel, of_clients_that_have_gone)
{
    rig_create(rig);
    client_close(ask_endless(rig));
    viz_clock_advance(rig->clock, SECOND_NS);
    rig_step_until(rig, called_off(rig) == 1);
}

BOTH(web_cancel, of_clients_that_have_gone_while_they_waited_for_a_worker)
{
    rig_create(rig);
    struct client *first = ask_endless(rig), *second = client_open(rig);
    client_say(second, ENDLESS);
    rig_step_until(rig, rig->web->peer_count == 2 &&
                            rig->web->peers->phase == VIZ_WEB_WORK); /* of the newest */
    client_close(second);
    client_close(first);
    viz_clock_advance(rig->clock, SECOND_NS);
    rig_step_until(rig, called_off(rig) == 1);
    struct answer *answer = ask(rig, "GET /api/runs HTTP/1.1\r\n" HOST "\r\n");
    cr_assert_eq(answer->status, 200);
    cr_assert_eq(called_off(rig), 1, "the second was not begun");
}

BOTH(web_cancel, not_of_clients_that_wait)
{
    rig_create(rig);
    struct client *client = ask_endless(rig);
    for (int i = 0; i < 10; i++) {
        viz_clock_advance(rig->clock, SECOND_NS);
        rig_step(rig, STEP_NS);
    }
    cr_assert_eq(called_off(rig), 0);
    client_close(client);
    viz_clock_advance(rig->clock, SECOND_NS);
    rig_step_until(rig, called_off(rig) == 1);
}

BOTH(web_cancel, when_the_server_ends)
{
    rig_create(rig);
    struct client *client = ask_endless(rig);
    viz_web_destroy(rig->web);
    rig->web = NULL;
    cr_assert_eq(called_off(rig), 1);
    client_close(client);
}
