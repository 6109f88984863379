/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <viz/point.h>

void viz_point_read(const struct viz_point_sources *from, struct viz_meter_point *out)
{
    *out = (struct viz_meter_point){
        .now_ns = from->now_ns,
        .frames = from->frames->presented,
        .served = from->pacer->served,
        .skipped = from->pacer->skipped,
        .cpu_ns = from->cpu_ns,
        .ledger = from->ledger,
        .offered_known = from->offered_known,
        .offered = from->offered,
        .achieved = from->achieved,
        .uploaded_bytes = from->drawn.bytes_uploaded,
        .gpu_ns = from->drawn.gpu_ns,
        .gpu_frames = from->drawn.gpu_frames,
        .accounting_ns = from->frames->accounting_ns,
        .rss_bytes = from->rss_bytes,
        .target_hz = from->pacer->hz,
        .traced = from->traced,
    };
}
