/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "device_rig.h"

TestSuite(device_faults, .init = plain, .fini = done);

Test(device_faults, a_queue_without_room_loses_frames_that_are_counted)
{
    subscribed(0);
    viz_device_session_step(rig.session, 500);
    uint64_t before = counts()->sent;
    rig.full = true;
    viz_device_session_step(rig.session, 1500);
    cr_assert_eq(counts()->sent, before);
    cr_assert_geq(counts()->unsent, 9);
    expect_balance();
}

Test(device_faults, so_many_percent_are_dropped_and_the_same_with_every_client)
{
    make(&(struct viz_device_faults){.drop_percent = 25}, 0);
    subscribed(0);
    viz_device_session_step(rig.session, 200000);
    double share = (double)counts()->dropped / (double)counts()->made;
    cr_assert_float_eq(share, 0.25, 0.04);
    expect_balance();
    unsigned frames = sent(VIZ_DEVICE_FRAME);
    uint32_t last = frame(frames - 1).timestamp_ms;
    make(&(struct viz_device_faults){.drop_percent = 25}, 0);
    subscribed(0);
    tell(arrive(2, 50000), "{\"type\":\"benchmark.subscribe\"}", 50000);
    viz_device_session_step(rig.session, 200000);
    cr_assert_gt(sent(VIZ_DEVICE_FRAME), frames);
    unsigned to_first = 0;
    for (unsigned i = 0; i < rig.messages; i++)
        to_first += rig.message[i].kind == VIZ_DEVICE_FRAME && !rig.message[i].slot;
    cr_assert_eq(to_first, frames);
    cr_assert_eq(frame(sent(VIZ_DEVICE_FRAME) - 1).timestamp_ms, last);
    make(&(struct viz_device_faults){.drop_percent = 100}, 0);
    subscribed(0);
    viz_device_session_step(rig.session, 2000);
    cr_assert_eq(sent(VIZ_DEVICE_FRAME), 0);
    cr_assert_eq(counts()->dropped, counts()->made);
}

Test(device_faults, a_stall_holds_every_stream_and_nothing_else)
{
    make(&(struct viz_device_faults){.stall_at_s = 2, .stall_s = 20}, 0);
    int slot = subscribed(0);
    tell(slot, "{\"type\":\"audio.subscribe\"}", 0);
    tell(slot, "{\"type\":\"stm.subscribe\"}", 0);
    viz_device_session_step(rig.session, 1999);
    unsigned frames = sent(VIZ_DEVICE_FRAME), audio = sent(VIZ_DEVICE_AUDIO);
    unsigned stm = sent(VIZ_DEVICE_STM);
    viz_device_session_step(rig.session, 21999);
    cr_assert_eq(sent(VIZ_DEVICE_FRAME), frames);
    cr_assert_eq(sent(VIZ_DEVICE_AUDIO), audio);
    cr_assert_eq(sent(VIZ_DEVICE_STM), stm);
    cr_assert_eq(sent(VIZ_DEVICE_STATUS), 5);
    cr_assert_eq(rig.pings, 1);
    cr_assert_geq(counts()->stalled, 195);
    viz_device_session_step(rig.session, 22200);
    cr_assert_gt(sent(VIZ_DEVICE_FRAME), frames);
    expect_balance();
}

Test(device_faults, a_silent_device_answers_and_makes_no_frame)
{
    make(&(struct viz_device_faults){.silent = true}, 0);
    int slot = subscribed(0);
    tell(slot, "{\"type\":\"audio.subscribe\"}", 0);
    viz_device_session_step(rig.session, 10000);
    cr_assert_eq(counts()->subscriptions, 1);
    cr_assert_eq(counts()->made, 0);
    cr_assert_eq(sent(VIZ_DEVICE_AUDIO), 0);
    cr_assert_eq(sent(VIZ_DEVICE_STATUS), 2);
}

Test(device_faults, nan_frames_are_left_out_of_the_sum)
{
    make(&(struct viz_device_faults){.nan_percent = 50}, 0);
    subscribed(0);
    viz_device_session_step(rig.session, 60000);
    double sum = 0;
    unsigned nans = 0;
    for (unsigned i = 0; i < sent(VIZ_DEVICE_FRAME); i++) {
        struct viz_lw_frame f = frame(i);
        nans += isnan(f.avg_total_us);
        sum += isnan(f.avg_total_us) ? 0 : f.avg_total_us;
        cr_assert(isfinite(f.cpu_load_percent));
    }
    cr_assert_eq(counts()->nan, nans);
    cr_assert_float_eq(nans / (double)counts()->sent, 0.5, 0.1);
    cr_assert_eq(viz_device_session_sums(rig.session)->avg_total_us, sum);
}

Test(device_faults, garbage_begins_like_no_frame_and_halves_are_16_bytes)
{
    make(&(struct viz_device_faults){.garbage_percent = 100, .half_percent = 100}, 0);
    subscribed(0);
    viz_device_session_step(rig.session, 30000);
    cr_assert_eq(counts()->sent, counts()->made);
    cr_assert_eq(counts()->garbage, counts()->made);
    cr_assert_eq(counts()->halves, counts()->made);
    for (unsigned i = 0; i < rig.messages; i++) {
        const struct message *m = &rig.message[i];
        enum viz_lw_kind kind = viz_lw_kind(m->bytes, m->size);
        if (m->kind == VIZ_DEVICE_GARBAGE)
            cr_assert(kind == VIZ_LW_FOREIGN && m->size >= 1 && m->size <= 300);
        if (m->kind == VIZ_DEVICE_HALF)
            cr_assert(kind == VIZ_LW_BAD_LENGTH && m->size == 16);
    }
}

Test(device_faults, a_refusing_device_rejects_every_stream)
{
    make(&(struct viz_device_faults){.refuse = true}, 0);
    int slot = subscribed(0);
    expect_reply("{\"type\":\"benchmark.rejected\",\"success\":false,\"error\":{"
                 "\"code\":\"RESOURCE_EXHAUSTED\","
                 "\"message\":\"Subscriber table full\"}}");
    tell(slot, "{\"type\":\"stm.subscribe\"}", 0);
    expect_reply("{\"type\":\"stm.rejected\",\"success\":false,\"error\":{"
                 "\"code\":\"RESOURCE_EXHAUSTED\","
                 "\"message\":\"Subscriber table full\"}}");
    cr_assert_eq(counts()->rejections, 2);
    viz_device_session_step(rig.session, 1000);
    cr_assert_eq(counts()->made, 0);
}

Test(device_faults, extended_frames_are_64_bytes)
{
    make(&(struct viz_device_faults){.extended = true}, 0);
    subscribed(0);
    viz_device_session_step(rig.session, 3000);
    struct viz_lw_frame f = frame(sent(VIZ_DEVICE_FRAME) - 1);
    cr_assert(f.extended);
    unsigned hops = 0;
    for (unsigned i = 0; i < VIZ_LW_HISTOGRAM; i++)
        hops += f.histogram[i];
    cr_assert_eq(hops, f.hop_count);
    cr_assert_eq(f.goertzel_count_full, f.hop_count / 2);
}

Test(device_faults, the_stamp_wraps_at_2_to_the_32)
{
    make(&(struct viz_device_faults){.clock_ms = 4294967000.0}, 0);
    subscribed(0);
    viz_device_session_step(rig.session, 1000);
    unsigned frames = sent(VIZ_DEVICE_FRAME);
    cr_assert_geq(frame(0).timestamp_ms, 4294967000u);
    cr_assert_lt(frame(frames - 1).timestamp_ms, 1000);
}

Test(device_faults, a_reboot_ends_connections_and_begins_at_0)
{
    make(&(struct viz_device_faults){.reboot_at_s = 5, .clock_ms = 100000}, 0);
    subscribed(0);
    viz_device_session_step(rig.session, 4999);
    unsigned before = sent(VIZ_DEVICE_FRAME);
    cr_assert_geq(frame(0).timestamp_ms, 100000);
    cr_assert_eq(frame(before - 1).hop_count, 186);
    viz_device_session_step(rig.session, 5000);
    cr_assert_eq(rig.closes, 1);
    cr_assert_eq(rig.close_code, 0);
    cr_assert_eq(counts()->boots, 2);
    subscribed(5001);
    viz_device_session_step(rig.session, 7000);
    cr_assert_leq(frame(before).timestamp_ms, 103);
    cr_assert_eq(frame(before).hop_count, 0);
    cr_assert_eq(frame(sent(VIZ_DEVICE_FRAME) - 1).hop_count, 62);
    cr_assert_eq(counts()->connections, 2);
}

Test(device_faults, each_connection_is_closed_with_the_code_asked_for)
{
    make(&(struct viz_device_faults){.close_code = 1013, .close_after_s = 2.5}, 0);
    arrive(1, 0);
    arrive(2, 1000);
    viz_device_session_step(rig.session, 2499);
    cr_assert_eq(rig.closes, 0);
    viz_device_session_step(rig.session, 2500);
    cr_assert_eq(rig.closes, 1);
    cr_assert_eq(rig.close_slot, 0);
    cr_assert_eq(rig.close_code, 1013);
    viz_device_session_step(rig.session, 3500);
    cr_assert_eq(rig.closes, 2);
    cr_assert_eq(rig.close_slot, 1);
}

Test(device_faults, a_slow_device_does_what_it_is_asked_so_much_later)
{
    make(&(struct viz_device_faults){.slow_ms = 800}, 0);
    int slot = subscribed(0);
    viz_device_session_step(rig.session, 799);
    cr_assert_eq(sent(VIZ_DEVICE_REPLY), 0);
    viz_device_session_step(rig.session, 800);
    cr_assert_eq(sent(VIZ_DEVICE_REPLY), 1);
    tell(slot, "{\"type\":\"benchmark.unsubscribe\"}", 1000);
    viz_device_session_step(rig.session, 1799);
    cr_assert_geq(sent(VIZ_DEVICE_FRAME), 9);
    viz_device_session_step(rig.session, 3000);
    cr_assert_leq(sent(VIZ_DEVICE_FRAME), 11);
    cr_assert_eq(sent(VIZ_DEVICE_REPLY), 2);
    tell(slot, "{\"type\":\"benchmark.subscribe\"}", 3000);
    viz_device_session_closed(rig.session, (unsigned)slot);
    arrive(1, 3100); /* the same slot, another client */
    viz_device_session_step(rig.session, 5000);
    cr_assert_eq(sent(VIZ_DEVICE_REPLY), 2);
}
