/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sessions.h"

#include "guard.h"

#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#define LIFE_NS (VIZ_WEB_SESSION_S * 1000000000LL)

/* Whichever would end first; those that have none are 0. */
static struct viz_web_session *choose(struct viz_web_sessions *sessions)
{
    struct viz_web_session *found = &sessions->session[0];
    for (size_t i = 1; i < VIZ_WEB_SESSIONS; i++)
        if (sessions->session[i].until_ns < found->until_ns)
            found = &sessions->session[i];
    return found;
}

/* Takes as long wherever it is, and whether it is. */
static struct viz_web_session *find(struct viz_web_sessions *sessions,
                                    const char *secret)
{
    struct viz_web_session *found = NULL;
    for (size_t i = 0; i < VIZ_WEB_SESSIONS; i++)
        if (viz_web_same_secret(secret, sessions->session[i].secret))
            found = &sessions->session[i];
    return found;
}

const char *viz_web_session_begin(struct viz_web_sessions *sessions, int64_t now_ns)
{
    uint8_t random[(VIZ_WEB_SECRET - 1) / 2];
    if (getrandom(random, sizeof(random), 0) != sizeof(random))
        return NULL;
    struct viz_web_session *session = choose(sessions);
    for (size_t i = 0; i < sizeof(random); i++)
        snprintf(session->secret + 2 * i, 3, "%02x", random[i]);
    session->until_ns = now_ns + LIFE_NS;
    return session->secret;
}

bool viz_web_session_use(struct viz_web_sessions *sessions, const char *secret,
                         int64_t now_ns)
{
    struct viz_web_session *session = find(sessions, secret);
    if (!session || now_ns >= session->until_ns)
        return false;
    session->until_ns = now_ns + LIFE_NS;
    return true;
}

void viz_web_session_end(struct viz_web_sessions *sessions, const char *secret)
{
    struct viz_web_session *session = find(sessions, secret);
    if (session)
        *session = (struct viz_web_session){0};
}
