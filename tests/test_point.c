/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Every source of a point tells another number; each must arrive where it belongs. */
#include <viz/point.h>

#include <criterion/criterion.h>

Test(point, every_total_is_its_own_source_s)
{
    struct viz_frame_counts frames = {.presented = 101, .accounting_ns = 102};
    struct viz_pacer pacer = {.hz = 103, .next = 104, .served = 105, .skipped = 106};
    struct viz_point_sources from = {
        .now_ns = 107,
        .frames = &frames,
        .pacer = &pacer,
        .drawn = {.bytes_uploaded = 108,
                  .frames = 109,
                  .gpu_ns = 110,
                  .gpu_frames = 111},
        .ledger = {.sent = 112, .received = 113, .drawn = 114, .lost = 115},
        .offered_known = true,
        .offered = 116,
        .achieved = 117,
        .cpu_ns = 118,
        .rss_bytes = 119,
        .traced = true,
    };
    struct viz_meter_point point;
    viz_point_read(&from, &point);
    cr_expect_eq(point.now_ns, 107);
    cr_expect_eq(point.frames, 101u);
    cr_expect_eq(point.accounting_ns, 102);
    cr_expect_eq(point.target_hz, 103);
    cr_expect_eq(point.served, 105u, "counted by the pacer, not by the presenter");
    cr_expect_eq(point.skipped, 106u);
    cr_expect_eq(point.uploaded_bytes, 108u);
    cr_expect_eq(point.gpu_ns, 110);
    cr_expect_eq(point.gpu_frames, 111u, "those whose timer answered, not all");
    cr_expect_eq(point.ledger.sent, 112u);
    cr_expect_eq(point.ledger.received, 113u);
    cr_expect_eq(point.ledger.drawn, 114u);
    cr_expect_eq(point.ledger.lost, 115u);
    cr_expect(point.offered_known);
    cr_expect_eq(point.offered, 116u);
    cr_expect_eq(point.achieved, 117u);
    cr_expect_eq(point.cpu_ns, 118);
    cr_expect_eq(point.rss_bytes, 119u);
    cr_expect(point.traced);
}

Test(point, what_is_not_known_stays_so)
{
    struct viz_frame_counts frames = {0};
    struct viz_pacer pacer = {0};
    struct viz_point_sources from = {.frames = &frames, .pacer = &pacer};
    struct viz_meter_point point = {.offered_known = true, .traced = true, .served = 1};
    viz_point_read(&from, &point);
    cr_expect_not(point.offered_known);
    cr_expect_not(point.traced);
    cr_expect_eq(point.served, 0u);
}
