/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "guard.h"
#include "web_state.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#define PATH "/api/session"
#define TOKEN_BYTES 1024
#define COOKIES 8 /* of our name that are looked at */

/* The name holds the port, where there is one: browsers hand the cookies of one port to all
 * of a host's. */
void viz_web_login_init(struct viz_web *web)
{
    const struct viz_web_listener *listener = &web->listener;
    snprintf(web->cookie, sizeof(web->cookie), listener->unix_domain ? "viz" : "viz-%u",
             listener->port);
}

static const char *header(struct MHD_Connection *connection, const char *name)
{
    return MHD_lookup_connection_value(connection, MHD_HEADER_KIND, name);
}

/* ---- tokens ---- */

static enum MHD_Result take_forwarded(void *context, enum MHD_ValueKind kind,
                                      const char *name, const char *value)
{
    (void)kind;
    if (value && strcasecmp(name, "X-Forwarded-For") == 0)
        (void)viz_web_forwarded(value, context);
    return MHD_YES;
}

/* Whoever is on this machine may be a proxy and speak for others. */
static void address_of(const struct viz_web_job *job, unsigned char out[16])
{
    memcpy(out, job->peer->address, 16);
    if (!job->peer->counted)
        (void)MHD_get_connection_values(job->peer->connection, MHD_HEADER_KIND,
                                        take_forwarded, out);
}

static void refuse_try(struct viz_web_job *job, uint32_t wait_s)
{
    viz_count(&job->peer->web->counts.refused_tries, 1);
    viz_web_reply_refuse(&job->reply, MHD_HTTP_TOO_MANY_REQUESTS,
                         "too many wrong tokens came from this address: the next one "
                         "is looked at in %u s",
                         wait_s);
    job->reply.name = "Retry-After";
    snprintf(job->reply.value, sizeof(job->reply.value), "%u", wait_s);
}

/* Whether it is the token. Refused, without a look at it, where many were wrong. */
static bool try_token(struct viz_web_job *job, const char *said)
{
    struct viz_web *web = job->peer->web;
    int64_t now_ns = viz_web_now(web);
    unsigned char address[16];
    address_of(job, address);
    uint32_t wait_s = viz_web_tries_wait(&web->tries, address, now_ns);
    if (wait_s) {
        refuse_try(job, wait_s);
        return false;
    }
    bool right = viz_web_same_secret(said, web->params.token);
    if (right)
        viz_web_tries_right(&web->tries, address, now_ns);
    else
        viz_web_tries_wrong(&web->tries, address, now_ns);
    return right;
}

/* ---- sessions ---- */

/* Of its cookies the one at @index: other ports and paths of a host can add to them. */
static bool take_secret(const struct viz_web_job *job, uint32_t index,
                        char out[VIZ_WEB_SECRET])
{
    const char *cookies = header(job->peer->connection, "Cookie");
    return index < COOKIES && cookies &&
           viz_web_cookie(cookies, job->peer->web->cookie, index, out, VIZ_WEB_SECRET);
}

static bool has_session(const struct viz_web_job *job)
{
    struct viz_web *web = job->peer->web;
    char secret[VIZ_WEB_SECRET];
    for (uint32_t i = 0; take_secret(job, i, secret); i++)
        if (viz_web_session_use(&web->sessions, secret, viz_web_now(web)))
            return true;
    return false;
}

/* A cookie that is no session's is no guess: it is of before a restart. */
void viz_web_authorize(struct viz_web_job *job)
{
    const struct viz_web *web = job->peer->web;
    const char *said = header(job->peer->connection, "Authorization");
    if (!web->params.token)
        job->request.authorized = true;
    else if (said && strncasecmp(said, "Bearer ", 7) == 0)
        job->request.authorized = try_token(job, said + 7 + strspn(said + 7, " "));
    else
        job->request.authorized = has_session(job);
}

bool viz_web_is_login(const struct viz_web_job *job)
{
    return strcmp(job->target.path, PATH) == 0;
}

/* A browser that came through TLS, which only its page's address tells, sends it through
 * nothing else from then on. */
static const char *secure(const struct viz_web_job *job)
{
    const char *origin = header(job->peer->connection, "Origin");
    return origin && strncasecmp(origin, "https://", 8) == 0 ? "; Secure" : "";
}

static void set_cookie(struct viz_web_job *job, const char *value, const char *age)
{
    struct viz_web_reply *reply = &job->reply;
    reply->status = MHD_HTTP_NO_CONTENT;
    reply->name = "Set-Cookie";
    snprintf(reply->value, sizeof(reply->value),
             "%s=%s; Path=/; HttpOnly; SameSite=Strict%s%s", job->peer->web->cookie,
             value, secure(job), age);
}

static void begin_session(struct viz_web_job *job)
{
    struct viz_web *web = job->peer->web;
    const char *secret = viz_web_session_begin(&web->sessions, viz_web_now(web));
    if (secret)
        set_cookie(job, secret, "");
    else
        viz_web_reply_refuse(&job->reply, MHD_HTTP_INTERNAL_SERVER_ERROR,
                             "the kernel gives no random numbers");
}

static void end_session(struct viz_web_job *job)
{
    char secret[VIZ_WEB_SECRET];
    for (uint32_t i = 0; take_secret(job, i, secret); i++)
        viz_web_session_end(&job->peer->web->sessions, secret);
    set_cookie(job, "", "; Max-Age=0");
}

void viz_web_login(struct viz_web_job *job)
{
    struct viz_web *web = job->peer->web;
    char token[TOKEN_BYTES];
    if (job->request.method == VIZ_WEB_DELETE) {
        end_session(job);
    } else if (!web->params.token) {
        viz_web_reply_refuse(&job->reply, MHD_HTTP_NOT_FOUND,
                             "this server has no token");
    } else if (!viz_web_token_of(job->request.body, token, sizeof(token))) {
        viz_web_reply_refuse(&job->reply, MHD_HTTP_BAD_REQUEST,
                             "expected {\"token\": \"...\"}");
    } else if (try_token(job, token)) {
        begin_session(job);
    } else if (!job->reply.status) {
        viz_count(&web->counts.refused_token, 1);
        viz_web_reply_refuse(&job->reply, MHD_HTTP_UNAUTHORIZED,
                             "this is not the token");
    }
}

void viz_web_set_token(struct viz_web *web, const char *token)
{
    web->params.token = token;
    web->sessions = (struct viz_web_sessions){0};
    web->tries = (struct viz_web_tries){0};
    if (web->params.closed)
        viz_web_sockets_refuse(web, "the token has changed");
}
