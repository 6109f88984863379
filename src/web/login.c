/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "guard.h"
#include "web_state.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/random.h>

#define PATH "/api/session"
#define TOKEN_BYTES 1024

/* The name holds the port, where there is one: browsers hand the cookies of one port to all
 * of a host's. */
int viz_web_login_init(struct viz_web *web, struct viz_error *err)
{
    uint8_t random[(VIZ_WEB_SECRET - 1) / 2];
    if (getrandom(random, sizeof(random), 0) != sizeof(random))
        return viz_fail(err, -EIO, "the kernel gives no random numbers");
    for (size_t i = 0; i < sizeof(random); i++)
        snprintf(web->session + 2 * i, 3, "%02x", random[i]);
    const struct viz_web_listener *listener = &web->listener;
    snprintf(web->cookie, sizeof(web->cookie), listener->unix_domain ? "viz" : "viz-%u",
             listener->port);
    return 0;
}

static const char *header(struct MHD_Connection *connection, const char *name)
{
    return MHD_lookup_connection_value(connection, MHD_HEADER_KIND, name);
}

bool viz_web_authorized(const struct viz_web *web, struct MHD_Connection *connection)
{
    const char *token = web->params.token;
    const char *said = header(connection, "Authorization");
    const char *cookies = header(connection, "Cookie");
    char session[VIZ_WEB_SECRET];
    if (!token)
        return true;
    if (said && strncasecmp(said, "Bearer ", 7) == 0)
        return viz_web_same_secret(said + 7 + strspn(said + 7, " "), token);
    return cookies && viz_web_cookie(cookies, web->cookie, session, sizeof(session)) &&
           viz_web_same_secret(session, web->session);
}

bool viz_web_is_login(const struct viz_web_job *job)
{
    return strcmp(job->target.path, PATH) == 0;
}

static void set_cookie(struct viz_web_job *job, const char *value, const char *age)
{
    struct viz_web_reply *reply = &job->reply;
    reply->status = MHD_HTTP_NO_CONTENT;
    reply->name = "Set-Cookie";
    snprintf(reply->value, sizeof(reply->value),
             "%s=%s; Path=/; HttpOnly; SameSite=Strict%s", job->peer->web->cookie,
             value, age);
}

void viz_web_login(struct viz_web_job *job)
{
    struct viz_web *web = job->peer->web;
    char token[TOKEN_BYTES];
    if (job->request.method == VIZ_WEB_DELETE) {
        set_cookie(job, "", "; Max-Age=0");
    } else if (!web->params.token) {
        viz_web_reply_refuse(&job->reply, MHD_HTTP_NOT_FOUND,
                             "this server has no token");
    } else if (!viz_web_token_of(job->request.body, token, sizeof(token))) {
        viz_web_reply_refuse(&job->reply, MHD_HTTP_BAD_REQUEST,
                             "expected {\"token\": \"...\"}");
    } else if (!viz_web_same_secret(token, web->params.token)) {
        viz_count(&web->counts.refused_token, 1);
        viz_web_reply_refuse(&job->reply, MHD_HTTP_UNAUTHORIZED,
                             "this is not the token");
    } else {
        set_cookie(job, web->session, "");
    }
}
