/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <viz/alloc.h>
#include <viz/subscription.h>
#include <viz/text.h>

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ANSWER_NS 5000000000     /* a request is due its answer within so long */
#define AGAIN_NS 5000000000      /* a stream that the device ended by itself */
#define UNANSWERED_NS 5000000000 /* doubled each time, up to: */
#define UNANSWERED_MAX_NS 60000000000

/* What the device itself would refuse: 64 KiB, and ten levels. */
#define TEXT_LIMIT 65536
#define DEPTH_LIMIT 16

enum action { START, BENCHMARK, AUDIO, STM, ACTIONS };

/* In the order in which they are asked for. */
static const struct {
    const char *name, *verb, *done; /* "audio" ".subscribe" ".subscribed" */
    unsigned stream;
} actions[ACTIONS] = {
    [START] = {"benchmark", "start", "started", 0},
    [BENCHMARK] = {"benchmark", "subscribe", "subscribed", VIZ_SUBSCRIBE_BENCHMARK},
    [AUDIO] = {"audio", "subscribe", "subscribed", VIZ_SUBSCRIBE_AUDIO},
    [STM] = {"stm", "subscribe", "subscribed", VIZ_SUBSCRIBE_STM},
};

/* Refusals that pass, and after how long it is worth asking again: a device that was
 * asked too often listens to nothing for five seconds. */
static const struct {
    const char *code;
    int seconds;
} passing[] = {
    {"RESOURCE_EXHAUSTED", 5},
    {"SYSTEM_NOT_READY", 5},
    {"RATE_LIMITED", 6},
};

/* What the device tells of its own accord, up to the first point of the type. */
static const char *const chatter[] = {
    "status", "benchmark", "audio",  "stm",     "zone",       "zones", "effect",
    "beat",   "vrms",      "device", "effects", "parameters", "log",
};

enum state { UNWANTED, WANTED, ASKED, GRANTED, DENIED };

struct request {
    enum state state;
    uint32_t id;      /* of the newest asking, 0: never asked */
    int64_t due_ns;   /* WANTED: ask then; ASKED: the answer's last moment */
    unsigned silence; /* askings in a row without an answer */
    bool said;        /* its refusal, on this connection */
};

struct viz_subscription {
    struct viz_subscription_params params;
    struct viz_subscription_counts counts;
    struct request request[ACTIONS];
    uint32_t ids;
    bool open, leaving;
    bool silence_said, error_said; /* on this connection */
};

/* The parts of an envelope that matter. */
struct envelope {
    const char *type, *id; /* id NULL: none */
    bool refused;
    char code[40], message[96];
};

struct viz_subscription *
viz_subscription_create(const struct viz_subscription_params *params)
{
    struct viz_subscription *subscription = viz_zalloc(sizeof(*subscription));
    subscription->params = *params;
    return subscription;
}

void viz_subscription_destroy(struct viz_subscription *subscription)
{
    free(subscription);
}

static void say(const struct viz_subscription *subscription, const char *sentence)
{
    if (subscription->params.say)
        subscription->params.say(subscription->params.context, sentence);
}

static void send_request(const struct viz_subscription *subscription, const char *name,
                         const char *verb, uint32_t id)
{
    char text[96];
    int size =
        snprintf(text, sizeof(text), "{\"type\":\"%s.%s\",\"requestId\":\"viz-%u\"}",
                 name, verb, id);
    subscription->params.send(subscription->params.context, text, (size_t)size);
}

/* One question at a time, so that an answer without a requestId has but one request that
 * it can be of. */
static struct request *find_asked(struct viz_subscription *subscription)
{
    for (int i = 0; i < ACTIONS; i++)
        if (subscription->request[i].state == ASKED)
            return &subscription->request[i];
    return NULL;
}

/* What is to be asked next, due or not; NULL: nothing. A start goes before everything: a
 * later one would reset what is subscribed already. */
static struct request *find_wanted(struct viz_subscription *subscription)
{
    struct request *next = NULL;
    for (int i = 0; i < ACTIONS; i++) {
        struct request *request = &subscription->request[i];
        if (request->state != WANTED)
            continue;
        if (i == START)
            return request;
        if (!next || request->due_ns < next->due_ns)
            next = request;
    }
    return next;
}

static void ask_next(struct viz_subscription *subscription, int64_t now_ns)
{
    if (!subscription->open || subscription->leaving || find_asked(subscription))
        return;
    struct request *request = find_wanted(subscription);
    if (!request || request->due_ns > now_ns)
        return;
    ptrdiff_t at = request - subscription->request;
    request->state = ASKED;
    request->id = ++subscription->ids;
    request->due_ns = now_ns + ANSWER_NS;
    send_request(subscription, actions[at].name, actions[at].verb, request->id);
}

void viz_subscription_open(struct viz_subscription *subscription, int64_t now_ns)
{
    subscription->open = true;
    subscription->leaving = false;
    subscription->silence_said = subscription->error_said = false;
    for (int i = 0; i < ACTIONS; i++) {
        bool wanted = i == START ? subscription->params.start
                                 : subscription->params.streams & actions[i].stream;
        subscription->request[i] = (struct request){
            .state = wanted ? WANTED : UNWANTED,
            .due_ns = now_ns,
        };
    }
    ask_next(subscription, now_ns);
}

void viz_subscription_closed(struct viz_subscription *subscription)
{
    subscription->open = false;
    for (int i = 0; i < ACTIONS; i++)
        if (subscription->request[i].state != DENIED)
            subscription->request[i].state = UNWANTED;
}

void viz_subscription_leave(struct viz_subscription *subscription, int64_t now_ns)
{
    (void)now_ns;
    if (!subscription->open || subscription->leaving)
        return;
    subscription->leaving = true;
    for (int i = 0; i < ACTIONS; i++)
        if (subscription->request[i].state == GRANTED && actions[i].stream)
            send_request(subscription, actions[i].name, "unsubscribe",
                         ++subscription->ids);
}

/* ---- what comes ---- */

/* Whether @text can be an envelope at all, without building anything from it: most of
 * what is somebody's data is told by this. */
static bool may_be_envelope(const char *text, size_t size)
{
    size_t depth = 0, begin = 0;
    bool quoted = false;
    while (begin < size && memchr(" \t\r\n", text[begin], 4))
        begin++;
    if (begin == size || text[begin] != '{' || size > TEXT_LIMIT ||
        !memmem(text, size, "\"type\"", 6))
        return false;
    for (size_t i = begin; i < size; i++) {
        char c = text[i];
        if (c == '"')
            quoted = !quoted;
        else if (quoted)
            i += c == '\\';
        else if ((c == '{' || c == '[') && ++depth > DEPTH_LIMIT)
            return false;
        else if (c == '}' || c == ']')
            depth -= depth > 0;
    }
    return true;
}

/* @root has a string "type". Shapes differ from stream to stream: what is not a no, is a
 * yes. */
static void read_envelope(const json_t *root, struct envelope *out)
{
    const json_t *error = json_object_get(root, "error");
    const json_t *data = json_object_get(root, "data");
    const char *code = json_string_value(json_object_get(error, "code"));
    const char *message = json_string_value(json_object_get(error, "message"));
    if (!message)
        message = json_string_value(error);
    out->type = json_string_value(json_object_get(root, "type"));
    out->id = json_string_value(json_object_get(root, "requestId"));
    const char *last = strrchr(out->type, '.');
    out->refused = json_is_false(json_object_get(root, "success")) ||
                   json_is_object(error) || json_is_string(error) ||
                   json_is_false(json_object_get(data, "accepted")) ||
                   !strcmp(out->type, "error") || (last && !strcmp(last, ".rejected"));
    viz_text_visible(out->code, sizeof(out->code), code ? code : "");
    viz_text_visible(out->message, sizeof(out->message), message ? message : "");
}

/* "Subscriber table full (RESOURCE_EXHAUSTED)". */
static void describe(const struct envelope *envelope, char *out, size_t size)
{
    const char *message = *envelope->message ? envelope->message : "no reason is given";
    if (*envelope->code)
        snprintf(out, size, "%s (%s)", message, envelope->code);
    else
        snprintf(out, size, "%s", message);
}

/* Whether @type is "NAME.SUFFIX". */
static bool is_type(const char *type, const char *name, const char *suffix)
{
    size_t length = strlen(name);
    return !strncmp(type, name, length) && type[length] == '.' &&
           !strcmp(type + length + 1, suffix);
}

/* The request that @envelope answers, or NULL. */
static struct request *find_request(struct viz_subscription *subscription,
                                    const struct envelope *envelope)
{
    struct request *asked = find_asked(subscription);
    for (int i = 0; i < ACTIONS; i++) {
        struct request *request = &subscription->request[i];
        char id[16];
        snprintf(id, sizeof(id), "viz-%u", request->id);
        if (envelope->id && request->id && !strcmp(envelope->id, id))
            return request;
        bool its_type =
            is_type(envelope->type, actions[i].name, actions[i].done) ||
            (i != START && is_type(envelope->type, actions[i].name, "rejected"));
        if (!envelope->id && its_type && request->id)
            return request;
    }
    return !envelope->id && !strcmp(envelope->type, "error") ? asked : NULL;
}

static int seconds_to_wait(const char *code)
{
    for (size_t i = 0; i < sizeof(passing) / sizeof(passing[0]); i++)
        if (!strcmp(code, passing[i].code))
            return passing[i].seconds;
    return 0;
}

static void refuse(struct viz_subscription *subscription, struct request *request,
                   const struct envelope *envelope, int64_t now_ns)
{
    ptrdiff_t at = request - subscription->request;
    int seconds = seconds_to_wait(envelope->code);
    char why[160], again[40] = "", sentence[256];
    request->state = seconds ? WANTED : DENIED;
    request->due_ns = now_ns + seconds * INT64_C(1000000000);
    if (request->said)
        return;
    request->said = true;
    describe(envelope, why, sizeof(why));
    if (seconds)
        snprintf(again, sizeof(again), "; asking again in %d s", seconds);
    snprintf(sentence, sizeof(sentence), "%s.%s is refused: %s%s", actions[at].name,
             actions[at].verb, why, again);
    say(subscription, sentence);
}

static void take_answer(struct viz_subscription *subscription, struct request *request,
                        const struct envelope *envelope, int64_t now_ns)
{
    subscription->counts.replies++;
    request->silence = 0;
    if (!envelope->refused) {
        request->state = GRANTED;
        return;
    }
    subscription->counts.refusals++;
    refuse(subscription, request, envelope, now_ns);
}

/* An error that no request is the cause of. */
static void take_error(struct viz_subscription *subscription,
                       const struct envelope *envelope)
{
    char why[160], sentence[200];
    subscription->counts.errors++;
    if (subscription->error_said)
        return;
    subscription->error_said = true;
    describe(envelope, why, sizeof(why));
    snprintf(sentence, sizeof(sentence), "an error: %s", why);
    say(subscription, sentence);
}

static bool is_chatter(const char *type)
{
    size_t length = strcspn(type, ".");
    for (size_t i = 0; i < sizeof(chatter) / sizeof(chatter[0]); i++)
        if (strlen(chatter[i]) == length && !strncmp(type, chatter[i], length))
            return true;
    return false;
}

/* What the device tells without having been asked. */
static void take_news(struct viz_subscription *subscription,
                      const struct envelope *envelope, int64_t now_ns)
{
    if (!strcmp(envelope->type, "error")) {
        take_error(subscription, envelope);
        return;
    }
    for (int i = BENCHMARK; i < ACTIONS && !subscription->leaving; i++) {
        struct request *request = &subscription->request[i];
        if (request->state != GRANTED ||
            !is_type(envelope->type, actions[i].name, "unsubscribed"))
            continue;
        request->state = WANTED;
        request->due_ns = now_ns + AGAIN_NS;
    }
    if (is_chatter(envelope->type))
        subscription->counts.status++;
    else
        subscription->counts.unknown++;
}

bool viz_subscription_text(struct viz_subscription *subscription, const char *text,
                           size_t size, int64_t now_ns)
{
    json_t *root = NULL;
    subscription->counts.texts++;
    if (may_be_envelope(text, size))
        root = json_loadb(text, size, JSON_DECODE_INT_AS_REAL, NULL);
    if (!json_is_string(json_object_get(root, "type"))) {
        subscription->counts.not_json++;
        json_decref(root);
        return false;
    }
    struct envelope envelope;
    read_envelope(root, &envelope);
    struct request *request =
        subscription->open ? find_request(subscription, &envelope) : NULL;
    if (request)
        take_answer(subscription, request, &envelope, now_ns);
    else
        take_news(subscription, &envelope, now_ns);
    json_decref(root);
    ask_next(subscription, now_ns);
    return true;
}

/* ---- time ---- */

/* Nothing came. A stream is asked for again, after a longer while each time; a start is
 * not: it may have been heard, and would reset what is being shown. */
static void give_up_waiting(struct viz_subscription *subscription,
                            struct request *request, int64_t now_ns)
{
    ptrdiff_t at = request - subscription->request;
    int64_t wait_ns = UNANSWERED_NS;
    subscription->counts.unanswered++;
    for (unsigned i = 0; i < request->silence && wait_ns < UNANSWERED_MAX_NS; i++)
        wait_ns *= 2;
    request->silence++;
    request->state = at == START ? UNWANTED : WANTED;
    request->due_ns =
        now_ns + (wait_ns < UNANSWERED_MAX_NS ? wait_ns : UNANSWERED_MAX_NS);
    if (subscription->silence_said)
        return;
    subscription->silence_said = true;
    char sentence[96];
    snprintf(sentence, sizeof(sentence), "%s.%s is not answered", actions[at].name,
             actions[at].verb);
    say(subscription, sentence);
}

int64_t viz_subscription_step(struct viz_subscription *subscription, int64_t now_ns)
{
    if (!subscription->open || subscription->leaving)
        return INT64_MAX;
    struct request *asked = find_asked(subscription);
    if (asked && asked->due_ns <= now_ns)
        give_up_waiting(subscription, asked, now_ns);
    ask_next(subscription, now_ns);
    const struct request *next = find_asked(subscription);
    if (!next)
        next = find_wanted(subscription);
    return next ? next->due_ns : INT64_MAX;
}

static unsigned set_of(const struct viz_subscription *subscription, enum state state)
{
    unsigned set = 0;
    for (int i = 0; i < ACTIONS; i++)
        if (subscription->request[i].state == state)
            set |= actions[i].stream;
    return set;
}

unsigned viz_subscription_active(const struct viz_subscription *subscription)
{
    return set_of(subscription, GRANTED);
}

unsigned viz_subscription_refused(const struct viz_subscription *subscription)
{
    return set_of(subscription, DENIED);
}

const struct viz_subscription_counts *
viz_subscription_counts(const struct viz_subscription *subscription)
{
    return &subscription->counts;
}
