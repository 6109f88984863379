/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How many messages of 32 bytes (a benchmark frame of a device) one end of a WebSocket
 * takes in a second of processor time of one core, given in pieces as a socket gives
 * them, and beside it how fast the same bytes are only copied. One JSON line for each
 * role and size of piece: the minimum, median and maximum of the runs; "copied" is
 * memcpy's median in the same unit.
 *
 *     bench_websocket [RUNS] [MESSAGES]     (5 runs, of 4 million messages each) */
#include "measure.h"

#include <viz/websocket.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define MAX_RUNS 99
#define PAYLOAD 32
#define AT_ONCE 4096 /* messages in the memory that is given again and again */

struct load {
    enum viz_websocket_role role; /* of the end that takes in */
    uint8_t *bytes, *copy;
    size_t size;
};

static void count(void *context, enum viz_websocket_kind kind, const uint8_t *bytes,
                  size_t size)
{
    uint64_t *counts = context;
    if (kind == VIZ_WEBSOCKET_BINARY && size == PAYLOAD)
        counts[0]++;
    counts[1] += bytes[0];
}

static void write_load(struct load *load)
{
    const uint8_t mask[4] = {0x12, 0x34, 0x56, 0x78};
    bool masked = load->role == VIZ_WEBSOCKET_SERVER;
    load->size = (size_t)AT_ONCE * (2 + PAYLOAD + (masked ? 4 : 0));
    load->bytes = malloc(load->size);
    load->copy = malloc(load->size);
    uint8_t *at = load->bytes;
    for (unsigned i = 0; i < AT_ONCE; i++) {
        *at++ = 0x82;
        *at++ = masked ? 0x80 | PAYLOAD : PAYLOAD;
        if (masked) {
            memcpy(at, mask, 4);
            at += 4;
        }
        for (unsigned k = 0; k < PAYLOAD; k++)
            *at++ = (uint8_t)((i + k) ^ (masked ? mask[k % 4] : 0));
    }
}

/* Messages a second. */
static double receive(const struct load *load, size_t piece, unsigned rounds)
{
    uint64_t counts[2] = {0};
    struct viz_websocket *ws = viz_websocket_create(&(struct viz_websocket_params){
        .role = load->role, .context = counts, .message = count});
    double start = spent_s();
    for (unsigned i = 0; i < rounds; i++) {
        for (size_t at = 0; at < load->size; at += piece) {
            size_t left = load->size - at;
            viz_websocket_receive(ws, load->bytes + at, left < piece ? left : piece);
        }
    }
    double spent = spent_s() - start;
    viz_websocket_destroy(ws);
    if (counts[0] != (uint64_t)rounds * AT_ONCE) {
        fprintf(stderr, "bench_websocket: %llu messages came of %llu\n",
                (unsigned long long)counts[0], (unsigned long long)rounds * AT_ONCE);
        exit(1);
    }
    return (double)rounds * AT_ONCE / spent;
}

static double copy(const struct load *load, size_t piece, unsigned rounds)
{
    double start = spent_s();
    for (unsigned i = 0; i < rounds; i++) {
        for (size_t at = 0; at < load->size; at += piece) {
            size_t left = load->size - at;
            memcpy(load->copy + at, load->bytes + at, left < piece ? left : piece);
            __asm__ volatile("" : : "r"(load->copy) : "memory");
        }
    }
    return (double)rounds * AT_ONCE / (spent_s() - start);
}

static void measure(enum viz_websocket_role role, size_t piece, int runs,
                    unsigned rounds)
{
    struct load load = {.role = role};
    double rate[MAX_RUNS], copied[MAX_RUNS];
    write_load(&load);
    for (int i = 0; i < runs; i++) {
        rate[i] = receive(&load, piece, rounds);
        copied[i] = copy(&load, piece, rounds);
    }
    qsort(rate, (size_t)runs, sizeof(*rate), compare);
    qsort(copied, (size_t)runs, sizeof(*copied), compare);
    printf("{\"bench\":\"websocket\",\"role\":\"%s\",\"payload_bytes\":%d,"
           "\"piece_bytes\":%zu,\"runs\":%d,\"unit\":\"messages/s\",\"min\":%.4g,"
           "\"median\":%.4g,\"max\":%.4g,\"copied\":%.4g}\n",
           role == VIZ_WEBSOCKET_CLIENT ? "client" : "server", PAYLOAD, piece, runs,
           rate[0], rate[runs / 2], rate[runs - 1], copied[runs / 2]);
    fflush(stdout);
    free(load.bytes);
    free(load.copy);
}

int main(int argc, char **argv)
{
    static const size_t pieces[] = {34, 1448, 65536}; /* a frame, a segment, a buffer */
    int runs = argc > 1 ? atoi(argv[1]) : 5;
    double messages = argc > 2 ? atof(argv[2]) : 4e6;
    if (runs < 1 || runs > MAX_RUNS || messages < AT_ONCE || messages > 1e9) {
        fprintf(stderr, "usage: bench_websocket [RUNS 1..%d] [MESSAGES %d..1e9]\n",
                MAX_RUNS, AT_ONCE);
        return 2;
    }
    unsigned rounds = (unsigned)(messages / AT_ONCE);
    for (size_t i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++) {
        measure(VIZ_WEBSOCKET_CLIENT, pieces[i], runs, rounds);
        measure(VIZ_WEBSOCKET_SERVER, pieces[i], runs, rounds);
    }
    return 0;
}
