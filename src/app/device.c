/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <viz/device.h>

#include <viz/alloc.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define ALPHA 0.1f
#define HOP_BUDGET_US 20000.0f
#define SPIKE_FACTOR 5
#define GOERTZEL_SHARE 0.6
#define CHROMA_SHARE 0.1
#define DC_AGC_SHARE 0.05
#define FLAG_STREAMING 1
#define FLAG_ENABLED 2 /* always set; the firmware never sets bit 2 */

enum stream { STREAM_NORMAL, STREAM_SPIKE };

/* The firmware's running statistics. */
struct statistics {
    uint32_t hops, goertzels;
    float total_us, goertzel_us, dc_agc_us, chroma_us;
    uint16_t peak_total_us, peak_goertzel_us;
    uint16_t histogram[VIZ_LW_HISTOGRAM];
};

struct viz_hops {
    double mean_us, trend_us; /* the latter for each hop */
    double ar, innovation_us;
    double spike_share;
    uint64_t normal_key, spike_key;
    double spare; /* normals come in pairs: the second one, for the next hop */
    double a_us;  /* the series' newest value */
    uint64_t hop; /* hops done */
    uint16_t waiting[VIZ_DEVICE_HOPS_PUBLISHED];
    unsigned waits;
    uint16_t newest_us;
    struct statistics published;
};

static uint64_t mix(uint64_t z)
{
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
}

uint64_t viz_device_dice(uint64_t seed, uint64_t stream, uint64_t n)
{
    return mix(mix(seed + 0x9e3779b97f4a7c15 * (stream + 1)) +
               0x9e3779b97f4a7c15 * (n + 1));
}

/* Above 0, up to 1. */
static double unit(uint64_t z)
{
    return (double)((z >> 11) + 1) * 0x1p-53;
}

/* Box and Muller: two normals of two uniform numbers. */
static double normal(struct viz_hops *hops, uint64_t n)
{
    if (n % 2)
        return hops->spare;
    double radius = sqrt(-2 * log(unit(viz_device_dice(hops->normal_key, 0, n))));
    double angle = 2 * M_PI * unit(viz_device_dice(hops->normal_key, 1, n));
    hops->spare = radius * sin(angle);
    return radius * cos(angle);
}

struct viz_hops *viz_hops_create(const struct viz_device_model *model, uint32_t device)
{
    struct viz_hops *hops = viz_zalloc(sizeof(*hops));
    hops->mean_us = model->mean_us * (1 + model->effect / 100);
    hops->trend_us = model->trend / 60 / model->hop_hz;
    hops->ar = model->ar;
    hops->innovation_us = model->sd_us * sqrt(1 - model->ar * model->ar);
    hops->spike_share = model->spikes / 100;
    hops->normal_key = viz_device_dice(model->seed, STREAM_NORMAL, device);
    hops->spike_key = viz_device_dice(model->seed, STREAM_SPIKE, device);
    /* The series is stationary from its first hop on. */
    hops->a_us = model->sd_us * normal(hops, UINT64_MAX - 1);
    return hops;
}

void viz_hops_destroy(struct viz_hops *hops)
{
    free(hops);
}

/* The timer's difference in a uint16. */
static uint16_t measured(double us)
{
    return us > 0 ? (uint16_t)(uint64_t)us : 0;
}

static uint16_t hop_time(struct viz_hops *hops)
{
    uint64_t n = hops->hop++;
    hops->a_us = hops->ar * hops->a_us + hops->innovation_us * normal(hops, n);
    double us = hops->mean_us + hops->trend_us * (double)n + hops->a_us;
    if (hops->spike_share > 0 &&
        unit(viz_device_dice(hops->spike_key, 0, n)) <= hops->spike_share)
        us *= SPIKE_FACTOR;
    return measured(us);
}

static void average(float *ema, uint16_t us, bool first)
{
    *ema = first ? (float)us : ALPHA * (float)us + (1 - ALPHA) * *ema;
}

static void raise_to(uint16_t *peak, uint16_t us)
{
    if (us > *peak)
        *peak = us;
}

static unsigned histogram_bin(uint16_t us)
{
    unsigned bin = 0;
    for (unsigned edge = 100; bin < VIZ_LW_HISTOGRAM - 1 && us >= edge; edge *= 2)
        bin++;
    return bin;
}

static void take_in(struct statistics *s, uint16_t us, bool goertzel)
{
    bool first = s->hops++ == 0;
    average(&s->total_us, us, first);
    average(&s->dc_agc_us, measured(us * DC_AGC_SHARE), first);
    raise_to(&s->peak_total_us, us);
    s->histogram[histogram_bin(us)]++;
    if (!goertzel)
        return;
    first = s->goertzels++ == 0;
    average(&s->goertzel_us, measured(us * GOERTZEL_SHARE), first);
    average(&s->chroma_us, measured(us * CHROMA_SHARE), first);
    raise_to(&s->peak_goertzel_us, measured(us * GOERTZEL_SHARE));
}

static void publish(struct viz_hops *hops)
{
    uint64_t first = hops->hop - hops->waits;
    for (unsigned i = 0; i < hops->waits; i++)
        take_in(&hops->published, hops->waiting[i], (first + i) % 2);
    hops->waits = 0;
}

void viz_hops_run(struct viz_hops *hops, uint64_t hop)
{
    while (hops->hop < hop) {
        hops->newest_us = hop_time(hops);
        hops->waiting[hops->waits++] = hops->newest_us;
        if (hops->waits == VIZ_DEVICE_HOPS_PUBLISHED)
            publish(hops);
    }
}

uint16_t viz_hops_newest(const struct viz_hops *hops)
{
    return hops->newest_us;
}

void viz_hops_frame(const struct viz_hops *hops, uint32_t timestamp_ms, bool active,
                    struct viz_lw_frame *out)
{
    const struct statistics *s = &hops->published;
    *out = (struct viz_lw_frame){
        .timestamp_ms = timestamp_ms,
        .avg_total_us = s->total_us,
        .avg_goertzel_us = s->goertzel_us,
        .cpu_load_percent = s->total_us / HOP_BUDGET_US * 100,
        .peak_total_us = s->peak_total_us,
        .peak_goertzel_us = s->peak_goertzel_us,
        .hop_count = s->hops,
        .goertzel_count = (uint16_t)s->goertzels,
        .flags = FLAG_ENABLED | (active ? FLAG_STREAMING : 0),
        .avg_dc_agc_us = s->dc_agc_us,
        .avg_chroma_us = s->chroma_us,
        .goertzel_count_full = s->goertzels,
    };
    memcpy(out->histogram, s->histogram, sizeof(out->histogram));
}

void viz_hops_reset(struct viz_hops *hops)
{
    memset(&hops->published, 0, sizeof(hops->published));
}

void viz_hops_boot(struct viz_hops *hops)
{
    viz_hops_reset(hops);
    hops->waits = 0;
}
