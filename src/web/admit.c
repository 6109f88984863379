/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "guard.h"
#include "web_state.h"

#include <viz/text.h>

#include <stdio.h>
#include <string.h>
#include <strings.h>

/* Of the names of headers. */
#define TOKEN                                                                          \
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!#$%&'*+-.^_`|~"

static const char *const method_names[] = {"GET", "POST", "PUT", "DELETE"};

static const char *header(struct viz_web_job *job, const char *name)
{
    return MHD_lookup_connection_value(job->peer->connection, MHD_HEADER_KIND, name);
}

struct tally {
    const char *name;
    uint32_t count;
};

static enum MHD_Result tally_header(void *context, enum MHD_ValueKind kind,
                                    const char *name, const char *value)
{
    struct tally *tally = context;
    (void)kind;
    (void)value;
    tally->count += strcasecmp(name, tally->name) == 0;
    return MHD_YES;
}

static uint32_t count_headers(struct viz_web_job *job, const char *name)
{
    struct tally tally = {.name = name};
    (void)MHD_get_connection_values(job->peer->connection, MHD_HEADER_KIND,
                                    tally_header, &tally);
    return tally.count;
}

static void refuse_size(struct viz_web_job *job, int status, const char *what,
                        unsigned limit)
{
    viz_count(&job->peer->web->counts.refused_size, 1);
    viz_web_reply_refuse(&job->reply, status, "%s of more than %u bytes", what, limit);
}

static void check_header_size(struct viz_web_job *job)
{
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(
        job->peer->connection, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE);
    if (info && info->header_size > VIZ_WEB_HEADER_BYTES)
        refuse_size(job, MHD_HTTP_REQUEST_HEADER_FIELDS_TOO_LARGE, "a header",
                    VIZ_WEB_HEADER_BYTES);
}

/* HTTP/1.0 may leave the Host out: no browser does, and only a browser can be made to ask
 * for somebody else. */
static void check_host(struct viz_web_job *job, const char *version)
{
    struct viz_web *web = job->peer->web;
    const struct viz_web_params *params = &web->params;
    uint32_t hosts = count_headers(job, "Host");
    const char *host = header(job, "Host");
    if (hosts == 0 && strcmp(version, "HTTP/1.0") == 0)
        return;
    if (hosts == 1 && (viz_web_host_is_ours(host, params->names, params->name_count) ||
                       viz_web_host_is_ours(host, &params->host, !!params->host)))
        return;
    viz_count(&web->counts.refused_host, 1);
    if (hosts == 0)
        viz_web_reply_refuse(&job->reply, MHD_HTTP_BAD_REQUEST,
                             "a request names the host that it is for");
    else
        viz_web_reply_refuse(&job->reply, MHD_HTTP_MISDIRECTED_REQUEST,
                             "this server is not %s; give it that name with --name",
                             hosts == 1 ? host : "several hosts");
}

static void check_origin(struct viz_web_job *job)
{
    struct viz_web *web = job->peer->web;
    const char *origin = header(job, "Origin"), *host = header(job, "Host");
    if (!origin || (host && count_headers(job, "Origin") == 1 &&
                    viz_web_origin_is_ours(origin, host)))
        return;
    viz_count(&web->counts.refused_origin, 1);
    viz_web_reply_refuse(&job->reply, MHD_HTTP_FORBIDDEN,
                         "a page of %s may not ask this server", origin);
}

/* Where a request ends is not certain: nothing more is read of the connection. */
static void refuse_framing(struct viz_web_job *job, int status, const char *sentence)
{
    viz_web_reply_refuse(&job->reply, status, "%s", sentence);
    job->reply.name = "Connection";
    snprintf(job->reply.value, sizeof(job->reply.value), "close");
}

static enum MHD_Result check_name(void *context, enum MHD_ValueKind kind,
                                  const char *name, const char *value)
{
    bool *right = context;
    (void)kind;
    (void)value;
    *right = *right && *name && !name[strspn(name, TOKEN)];
    return MHD_YES;
}

static void check_names(struct viz_web_job *job)
{
    bool right = true;
    (void)MHD_get_connection_values(job->peer->connection, MHD_HEADER_KIND, check_name,
                                    &right);
    if (!right)
        refuse_framing(job, MHD_HTTP_BAD_REQUEST,
                       "a header with a name that cannot be one");
}

/* A body says how long it is, once. */
static void check_body(struct viz_web_job *job)
{
    const char *length = header(job, "Content-Length");
    const char *encoding = header(job, "Transfer-Encoding");
    uint64_t size = 0;
    if (encoding)
        refuse_framing(job, length ? MHD_HTTP_BAD_REQUEST : MHD_HTTP_LENGTH_REQUIRED,
                       length ? "a body of two lengths"
                              : "a body needs a Content-Length");
    else if (length && (count_headers(job, "Content-Length") > 1 ||
                        !viz_text_unsigned(length, &size)))
        refuse_framing(job, MHD_HTTP_BAD_REQUEST, "a Content-Length that is no number");
    else if (size > VIZ_WEB_BODY_BYTES)
        refuse_size(job, MHD_HTTP_CONTENT_TOO_LARGE, "a body", VIZ_WEB_BODY_BYTES);
}

static void check_expectation(struct viz_web_job *job)
{
    const char *expected = header(job, "Expect");
    if (expected && strcasecmp(expected, "100-continue") != 0)
        refuse_framing(job, MHD_HTTP_EXPECTATION_FAILED,
                       "nothing can be expected but 100-continue");
}

static bool take_method(struct viz_web_job *job, const char *method)
{
    job->head = strcmp(method, "HEAD") == 0;
    job->request.method = VIZ_WEB_GET;
    if (job->head)
        return true;
    for (int i = VIZ_WEB_GET; i <= VIZ_WEB_DELETE; i++)
        if (strcmp(method, method_names[i]) == 0) {
            job->request.method = (enum viz_web_method)i;
            return true;
        }
    return false;
}

const struct viz_web_asset *viz_web_asset_of(const struct viz_web_job *job)
{
    const struct viz_web_params *params = &job->peer->web->params;
    const char *path = job->target.path;
    if (strcmp(path, "/") == 0)
        path = "/index.html";
    for (uint32_t i = 0; i < params->assets; i++)
        if (strcmp(params->asset[i].path, path) == 0)
            return &params->asset[i];
    return NULL;
}

/* Sets of methods, a bit each. */
static uint32_t methods_of_routes(struct viz_web_job *job, bool known)
{
    const struct viz_web_params *params = &job->peer->web->params;
    uint32_t methods = 0;
    for (uint32_t i = 0; i < params->routes; i++) {
        const struct viz_web_route *route = &params->route[i];
        const char *argument[2] = {NULL, NULL};
        if (!viz_web_target_matches(&job->target, route->path, argument))
            continue;
        methods |= 1u << route->method;
        if (known && !job->route && route->method == job->request.method) {
            job->route = route;
            memcpy(job->request.argument, argument, sizeof(argument));
        }
    }
    return methods;
}

static bool is_live(const struct viz_web_job *job)
{
    const char *path = job->peer->web->params.live_path;
    return path && strcmp(job->target.path, path) == 0;
}

static void refuse_method(struct viz_web_job *job, uint32_t methods)
{
    struct viz_web_reply *reply = &job->reply;
    char *to = reply->value, *end = to + sizeof(reply->value);
    viz_web_reply_refuse(reply, MHD_HTTP_METHOD_NOT_ALLOWED,
                         "this path has no such method");
    for (int i = VIZ_WEB_GET; i <= VIZ_WEB_DELETE; i++)
        if (methods & 1u << i)
            to += snprintf(to, (size_t)(end - to), "%s%s%s",
                           to > reply->value ? ", " : "", method_names[i],
                           i == VIZ_WEB_GET ? ", HEAD" : "");
    reply->name = "Allow";
}

static bool is(struct viz_web_job *job, const char *name, const char *value)
{
    const char *said = header(job, name);
    return said && strcasecmp(said, value) == 0;
}

/* Somebody else's page may lead to this one, and to nothing else. Programs say nothing. */
static void check_site(struct viz_web_job *job)
{
    bool others = is(job, "Sec-Fetch-Site", "cross-site") ||
                  is(job, "Sec-Fetch-Site", "same-site");
    bool leads = viz_web_asset_of(job) && is(job, "Sec-Fetch-Mode", "navigate") &&
                 is(job, "Sec-Fetch-Dest", "document");
    if (!others || leads)
        return;
    viz_count(&job->peer->web->counts.refused_origin, 1);
    viz_web_reply_refuse(&job->reply, MHD_HTTP_FORBIDDEN,
                         "a page of another site may not ask this server");
}

/* What a form of somebody else's page can send says another. */
static void check_type(struct viz_web_job *job)
{
    static const char json[] = "application/json";
    const char *type = header(job, "Content-Type");
    bool writes = viz_web_is_login(job) || (job->route && job->route->writes);
    if (!type || !writes || job->request.method != VIZ_WEB_POST)
        return;
    size_t size = strcspn(type, "; \t");
    if (size == strlen(json) && strncasecmp(type, json, size) == 0)
        return;
    viz_web_reply_refuse(&job->reply, MHD_HTTP_UNSUPPORTED_MEDIA_TYPE,
                         "a body here is application/json");
}

static void find_route(struct viz_web_job *job, const char *method)
{
    bool known = take_method(job, method);
    uint32_t methods = methods_of_routes(job, known);
    if (viz_web_asset_of(job) || is_live(job))
        methods |= 1u << VIZ_WEB_GET;
    if (viz_web_is_login(job))
        methods |= 1u << VIZ_WEB_POST | 1u << VIZ_WEB_DELETE;
    if (!methods)
        viz_web_reply_refuse(&job->reply, MHD_HTTP_NOT_FOUND, "there is no %s here",
                             job->target.path);
    else if (!known || !(methods & 1u << job->request.method))
        refuse_method(job, methods);
}

/* As other routes say it for themselves. */
static void check_live(struct viz_web_job *job)
{
    if (is_live(job) && job->target.parameters)
        viz_web_reply_refuse(&job->reply, MHD_HTTP_BAD_REQUEST,
                             "unknown parameter \"%s\"", job->target.name[0]);
}

static void check_rights(struct viz_web_job *job)
{
    struct viz_web *web = job->peer->web;
    bool writes = job->route && job->route->writes;
    if (!job->route && !is_live(job))
        return;
    viz_web_authorize(job);
    if (job->reply.status)
        return;
    if (writes && !web->params.writable) {
        viz_web_reply_refuse(&job->reply, MHD_HTTP_FORBIDDEN,
                             "this server only reads; start it with --allow-write");
        return;
    }
    if (job->request.authorized || !(writes || web->params.closed))
        return;
    viz_count(&web->counts.refused_token, 1);
    viz_web_reply_refuse(&job->reply, MHD_HTTP_UNAUTHORIZED, "this needs the token");
    job->reply.name = "WWW-Authenticate";
    snprintf(job->reply.value, sizeof(job->reply.value), "Bearer realm=\"viz\"");
}

void viz_web_admit(struct viz_web_job *job, const char *method, const char *version)
{
    struct viz_error err;
    int *status = &job->reply.status;
    check_header_size(job);
    if (!*status)
        check_names(job);
    if (!*status)
        check_host(job, version);
    if (!*status)
        check_origin(job);
    if (!*status)
        check_body(job);
    if (!*status)
        check_expectation(job);
    if (!*status && viz_web_target_parse(job->line, &job->target, &err) < 0)
        viz_web_reply_refuse(&job->reply, MHD_HTTP_BAD_REQUEST, "%s", err.text);
    if (!*status)
        find_route(job, method);
    if (!*status)
        check_site(job);
    if (!*status)
        check_type(job);
    if (!*status)
        check_rights(job);
    if (!*status)
        check_live(job);
}
