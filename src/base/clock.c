/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <viz/clock.h>

#include <viz/alloc.h>
#include <viz/error.h>

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#if defined(__x86_64__)
#include <cpuid.h>
#include <x86intrin.h>
#endif

#define FIRST_SPAN_NS 10000000
#define TRIPLES 50
#define SWITCH_AHEAD_NS 100000000 /* a new rate is published so long before it holds */
#define SCALE_SHIFT 32 /* ns = ticks * mult >> SCALE_SHIFT: 128 bits in between */

/* How ticks become nanoseconds: ns = base_ns + (ticks - base_ticks) * mult >> shift. */
struct conversion {
    int64_t base_ticks, base_ns;
    uint64_t mult;
};

/* The same, where other threads read it. */
struct shared_conversion {
    _Atomic int64_t base_ticks, base_ns;
    _Atomic uint64_t mult;
};

struct viz_clock {
    enum viz_clock_kind kind;
    const char *why; /* of a fallback; NULL */
    _Atomic int64_t fake_ns;

    /* The calibration span's beginning: main thread only. */
    int64_t first_ticks, first_raw_ns;
    int64_t raw_to_clock_ns; /* the fallback's constant: clock = RAW + this */

    /* A sequence lock: odd while the main thread writes. Payload fields are atomics so
     * that a torn read is a retried one and never a race. */
    _Atomic uint32_t sequence;
    struct shared_conversion before, after; /* after holds from its base_ticks on */

    _Atomic int64_t realtime_minus_clock_ns;
};

static int64_t system_ns(clockid_t id)
{
    struct timespec now;
    clock_gettime(id, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/* The counter, after every earlier load has been done. */
static inline int64_t read_counter(void)
{
#if defined(__x86_64__)
    _mm_lfence();
    return (int64_t)__rdtsc();
#elif defined(__aarch64__)
    uint64_t ticks;
    __asm__ volatile("isb; mrs %0, cntvct_el0" : "=r"(ticks)::"memory");
    return (int64_t)ticks;
#else
    return 0;
#endif
}

static const char *kernel_clock_source(char *out, size_t size)
{
    FILE *file =
        fopen("/sys/devices/system/clocksource/clocksource0/current_clocksource", "r");
    out[0] = 0;
    if (file) {
        if (fgets(out, (int)size, file))
            out[strcspn(out, "\n")] = 0;
        fclose(file);
    }
    return out;
}

/* NULL when the counter can be trusted, otherwise why not. CPUID alone is not enough:
 * the kernel's watchdog may have found the counters of two sockets apart. */
static const char *counter_refused(void)
{
#if defined(__x86_64__)
    unsigned a, b, c, d;
    if (!__get_cpuid(0x80000007, &a, &b, &c, &d) || !(d & (1u << 8)))
        return "the processor's time-stamp counter is not invariant";
    char source[64];
    if (strcmp(kernel_clock_source(source, sizeof(source)), "tsc") != 0)
        return "the kernel does not trust the time-stamp counter as its clock source";
    return NULL;
#elif defined(__aarch64__)
    (void)kernel_clock_source;
    return NULL;
#else
    (void)kernel_clock_source;
    return "this processor has no counter that viz knows";
#endif
}

struct pair {
    int64_t ticks, ns, width;
};

/* The tightest of many: (RAW, counter, RAW) with the least time between the outer two.
 */
static struct pair read_pair(void)
{
    struct pair best = {.width = INT64_MAX};
    for (int i = 0; i < TRIPLES; i++) {
        int64_t before = system_ns(CLOCK_MONOTONIC_RAW);
        int64_t ticks = read_counter();
        int64_t after = system_ns(CLOCK_MONOTONIC_RAW);
        if (after - before < best.width)
            best = (struct pair){ticks, before + (after - before) / 2, after - before};
    }
    return best;
}

static void store_conversion(struct shared_conversion *to, struct conversion from)
{
    atomic_store_explicit(&to->base_ticks, from.base_ticks, memory_order_release);
    atomic_store_explicit(&to->base_ns, from.base_ns, memory_order_release);
    atomic_store_explicit(&to->mult, from.mult, memory_order_release);
}

static struct conversion load_conversion(const struct shared_conversion *from)
{
    return (struct conversion){
        atomic_load_explicit(&from->base_ticks, memory_order_acquire),
        atomic_load_explicit(&from->base_ns, memory_order_acquire),
        atomic_load_explicit(&from->mult, memory_order_acquire),
    };
}

static void write_conversions(struct viz_clock *clock, struct conversion before,
                              struct conversion after)
{
    uint32_t sequence = atomic_load_explicit(&clock->sequence, memory_order_relaxed);
    atomic_store_explicit(&clock->sequence, sequence + 1, memory_order_relaxed);
    /* The odd number is seen before any of the fields: their releases pair with the
     * acquire loads in conversion_at(). */
    store_conversion(&clock->before, before);
    store_conversion(&clock->after, after);
    /* Pairs with the first load of conversion_at(). */
    atomic_store_explicit(&clock->sequence, sequence + 2, memory_order_release);
}

/* The conversion that holds at @ticks. */
static struct conversion conversion_at(const struct viz_clock *clock, int64_t ticks)
{
    struct conversion got;
    uint32_t before, after;
    do {
        before = atomic_load_explicit(&clock->sequence, memory_order_acquire);
        got = load_conversion(&clock->after);
        if (ticks < got.base_ticks)
            got = load_conversion(&clock->before);
        after = atomic_load_explicit(&clock->sequence, memory_order_relaxed);
    } while ((before & 1) || before != after);
    return got;
}

static int64_t convert(const struct conversion *by, int64_t ticks)
{
    __int128 span = (__int128)(ticks - by->base_ticks) * (__int128)by->mult;
    return by->base_ns + (int64_t)(span >> SCALE_SHIFT);
}

static uint64_t rate_between(const struct pair *from, const struct pair *to)
{
    __int128 ns = (__int128)(to->ns - from->ns) << SCALE_SHIFT;
    return (uint64_t)(ns / (to->ticks - from->ticks));
}

/* REALTIME minus this clock, as of now, from the tightest of a few readings. */
static int64_t realtime_distance(const struct viz_clock *clock)
{
    int64_t best = 0, width = INT64_MAX;
    for (int i = 0; i < 8; i++) {
        int64_t before = viz_clock_now(clock);
        int64_t realtime = system_ns(CLOCK_REALTIME);
        int64_t after = viz_clock_now(clock);
        if (after - before < width) {
            width = after - before;
            best = realtime - before - width / 2;
        }
    }
    return best;
}

static void begin_counter(struct viz_clock *clock)
{
    int64_t monotonic = system_ns(CLOCK_MONOTONIC);
    struct pair first = read_pair(), last;
    do
        last = read_pair();
    while (last.ns - first.ns < FIRST_SPAN_NS);
    clock->first_ticks = first.ticks;
    clock->first_raw_ns = first.ns;
    struct conversion start = {first.ticks, monotonic, rate_between(&first, &last)};
    write_conversions(clock, start, start);
}

struct viz_clock *viz_clock_create(bool counter_allowed)
{
    struct viz_clock *clock = viz_zalloc(sizeof(*clock));
    clock->why = counter_allowed ? counter_refused() : "asked for";
    clock->kind = VIZ_CLOCK_RAW;
    clock->raw_to_clock_ns =
        system_ns(CLOCK_MONOTONIC) - system_ns(CLOCK_MONOTONIC_RAW);
    if (!clock->why) {
#if defined(__aarch64__)
        clock->kind = VIZ_CLOCK_CNTVCT;
#else
        clock->kind = VIZ_CLOCK_TSC;
#endif
        begin_counter(clock);
    }
    viz_clock_refine(clock);
    return clock;
}

struct viz_clock *viz_clock_create_fake(int64_t now_ns)
{
    struct viz_clock *clock = viz_zalloc(sizeof(*clock));
    clock->kind = VIZ_CLOCK_FAKE;
    clock->fake_ns = now_ns;
    return clock;
}

void viz_clock_advance(struct viz_clock *fake, int64_t ns)
{
    viz_assert(fake->kind == VIZ_CLOCK_FAKE);
    atomic_fetch_add_explicit(&fake->fake_ns, ns, memory_order_relaxed);
}

void viz_clock_destroy(struct viz_clock *clock)
{
    free(clock);
}

int64_t viz_clock_now(const struct viz_clock *clock)
{
    switch (clock->kind) {
    case VIZ_CLOCK_TSC:
    case VIZ_CLOCK_CNTVCT: {
        int64_t ticks = read_counter();
        struct conversion by = conversion_at(clock, ticks);
        return convert(&by, ticks);
    }
    case VIZ_CLOCK_RAW:
        return system_ns(CLOCK_MONOTONIC_RAW) + clock->raw_to_clock_ns;
    case VIZ_CLOCK_FAKE:
        break;
    }
    return atomic_load_explicit(&clock->fake_ns, memory_order_relaxed);
}

/* Readers use the old rate until all of them can know of the new one, and the two meet
 * where one follows the other: no thread sees a step, nor does one that is handed a
 * stamp by another. */
static void refine_counter(struct viz_clock *clock)
{
    struct conversion last = load_conversion(&clock->after), next;
    struct pair first = {clock->first_ticks, clock->first_raw_ns, 0};
    struct pair now = read_pair();
    if (now.ticks < last.base_ticks || now.ns - first.ns < FIRST_SPAN_NS)
        return; /* the last change is still to come, or it is too early for one */
    int64_t ahead =
        (int64_t)(((__int128)SWITCH_AHEAD_NS << SCALE_SHIFT) / (__int128)last.mult);
    next.base_ticks = now.ticks + ahead;
    next.base_ns = convert(&last, next.base_ticks);
    next.mult = rate_between(&first, &now);
    write_conversions(clock, last, next);
}

void viz_clock_refine(struct viz_clock *clock)
{
    if (clock->kind == VIZ_CLOCK_FAKE)
        return;
    if (clock->kind != VIZ_CLOCK_RAW)
        refine_counter(clock);
    atomic_store_explicit(&clock->realtime_minus_clock_ns, realtime_distance(clock),
                          memory_order_release);
}

int64_t viz_clock_from_realtime(const struct viz_clock *clock, int64_t realtime_ns,
                                int64_t fallback_ns)
{
    int64_t distance =
        atomic_load_explicit(&clock->realtime_minus_clock_ns, memory_order_acquire);
    int64_t now = viz_clock_now(clock);
    /* Wraps for a stamp that is nonsense, and is then far from now. */
    int64_t ns = (int64_t)((uint64_t)realtime_ns - (uint64_t)distance);
    return ns > now || ns < now - 10000000000 ? fallback_ns : ns;
}

int64_t viz_clock_to_monotonic(const struct viz_clock *clock, int64_t ns)
{
    return system_ns(CLOCK_MONOTONIC) + (ns - viz_clock_now(clock));
}

enum viz_clock_kind viz_clock_kind(const struct viz_clock *clock)
{
    return clock->kind;
}

double viz_clock_hz(const struct viz_clock *clock)
{
    if (clock->kind == VIZ_CLOCK_RAW || clock->kind == VIZ_CLOCK_FAKE)
        return 1e9;
    uint64_t mult = atomic_load_explicit(&clock->after.mult, memory_order_acquire);
    return 1e9 * (double)(1ULL << SCALE_SHIFT) / (double)mult;
}

void viz_clock_describe(const struct viz_clock *clock, char *out, size_t size)
{
    switch (clock->kind) {
    case VIZ_CLOCK_TSC:
        snprintf(out, size, "tsc, %.3f MHz", viz_clock_hz(clock) / 1e6);
        return;
    case VIZ_CLOCK_CNTVCT:
        snprintf(out, size, "cntvct, %.3f MHz", viz_clock_hz(clock) / 1e6);
        return;
    case VIZ_CLOCK_RAW:
        snprintf(out, size, "CLOCK_MONOTONIC_RAW (%s)", clock->why);
        return;
    case VIZ_CLOCK_FAKE:
        snprintf(out, size, "fake");
        return;
    }
}
