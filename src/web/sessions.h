/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Who has shown the token and was given a cookie for it: one session for each sign-in, of
 * which nobody who has one can tell another. It ends when it was not used for a week, when
 * it is forgotten, when the token changes, or when there are more than can be kept and it
 * is the one that was not used for longest. */
#ifndef VIZ_WEB_SESSIONS_H
#define VIZ_WEB_SESSIONS_H

#include <stdbool.h>
#include <stdint.h>

#define VIZ_WEB_SECRET 65 /* 32 random bytes in hex and the 0 */
#define VIZ_WEB_SESSIONS 256
#define VIZ_WEB_SESSION_S (7 * 86400)

struct viz_web_session {
    char secret[VIZ_WEB_SECRET]; /* "": none */
    int64_t until_ns;
};

struct viz_web_sessions { /* all 0: there are none */
    struct viz_web_session session[VIZ_WEB_SESSIONS];
};

/* The secret of a new one; NULL: the kernel gives no random numbers. */
const char *viz_web_session_begin(struct viz_web_sessions *sessions, int64_t now_ns);
/* Whether there is one with that secret, which is used now. */
bool viz_web_session_use(struct viz_web_sessions *sessions, const char *secret,
                         int64_t now_ns);
void viz_web_session_end(struct viz_web_sessions *sessions, const char *secret);

#endif
