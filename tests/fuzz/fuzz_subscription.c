/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A device that says anything: texts, a line of the input each, with time passing. */
#include <viz/error.h>
#include <viz/subscription.h>

#include <string.h>

#define SECOND_NS 1000000000

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(void *context, const char *text, size_t size)
{
    (void)context;
    viz_assert(size && size < 128 && text[0] == '{' && text[size - 1] == '}');
}

/* What users are told is one line of printable text. */
static void check_sentence(void *context, const char *sentence)
{
    (void)context;
    size_t length = strlen(sentence);
    viz_assert(length && length < 400);
    for (size_t i = 0; i < length; i++)
        viz_assert((unsigned char)sentence[i] >= ' ' && sentence[i] != 0x7f);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *text = (const char *)data, *end = text + size;
    int64_t now_ns = 0;
    struct viz_subscription *subscription = viz_subscription_create(&(
        struct viz_subscription_params){
        .streams = VIZ_SUBSCRIBE_BENCHMARK | VIZ_SUBSCRIBE_AUDIO | VIZ_SUBSCRIBE_STM,
        .start = size % 2,
        .send = check,
        .say = check_sentence,
    });
    viz_subscription_open(subscription, now_ns);
    uint64_t texts = 0;
    while (text < end) {
        const char *newline = memchr(text, '\n', (size_t)(end - text));
        const char *stop = newline ? newline : end;
        (void)viz_subscription_text(subscription, text, (size_t)(stop - text), now_ns);
        int64_t next_ns = viz_subscription_step(subscription, now_ns);
        viz_assert(next_ns > now_ns);
        now_ns += SECOND_NS;
        texts++;
        text = stop + 1;
    }
    const struct viz_subscription_counts *counts =
        viz_subscription_counts(subscription);
    viz_assert(counts->texts == texts);
    viz_assert(counts->texts == counts->replies + counts->errors + counts->status +
                                    counts->unknown + counts->not_json);
    viz_assert(counts->refusals <= counts->replies);
    viz_assert(!(viz_subscription_active(subscription) &
                 viz_subscription_refused(subscription)));
    viz_subscription_leave(subscription, now_ns);
    viz_subscription_closed(subscription);
    viz_assert(!viz_subscription_active(subscription));
    viz_subscription_destroy(subscription);
    return 0;
}
