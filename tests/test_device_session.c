/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "device_rig.h"

TestSuite(device_session, .init = plain, .fini = done);

/* ---- what it answers ---- */

Test(device_session, a_subscription_is_answered_with_its_request_id)
{
    int slot = arrive(1, 0);
    tell(slot, "{\"type\":\"benchmark.subscribe\",\"requestId\":\"a\\\"b\"}", 1);
    expect_reply("{\"type\":\"benchmark.subscribed\",\"requestId\":\"a\\\"b\","
                 "\"success\":true,\"data\":{\"clientId\":1,\"frameSize\":32,"
                 "\"targetFps\":10,\"magicByte\":0,\"accepted\":true}}");
    tell(slot, "{\"type\":\"benchmark.unsubscribe\",\"requestId\":\"\"}", 1);
    expect_reply("{\"type\":\"benchmark.unsubscribed\",\"success\":true,"
                 "\"data\":{\"clientId\":1}}");
    tell(slot, "{\"requestId\":7,\"type\":\"audio.subscribe\"}", 1);
    expect_reply("{\"type\":\"audio.subscribed\",\"success\":true,\"data\":{"
                 "\"clientId\":1,\"frameSize\":464,\"streamVersion\":1,"
                 "\"numBands\":8,\"numChroma\":12,\"waveformSize\":128,"
                 "\"targetFps\":15,\"status\":\"ok\"}}");
    tell(slot, "{\"type\":\"stm.subscribe\"}", 1);
    expect_reply("{\"type\":\"stm.subscribed\",\"success\":true,\"data\":{"
                 "\"clientId\":1,\"frameSize\":250,\"spectralBins\":42,"
                 "\"temporalBands\":16,\"targetFps\":30,\"magic\":253}}");
    cr_assert_eq(counts()->subscriptions, 1);
    cr_assert_eq(counts()->texts, 4);
    cr_assert_eq(counts()->bad_texts, 0);
}

Test(device_session, the_fifth_subscriber_is_rejected_and_has_room_when_one_leaves)
{
    int slot[5];
    for (int i = 0; i < 5; i++) {
        slot[i] = arrive((uint64_t)i, i);
        tell(slot[i], "{\"type\":\"benchmark.subscribe\",\"requestId\":\"r\"}", 10);
    }
    expect_reply(
        "{\"type\":\"benchmark.rejected\",\"requestId\":\"r\",\"success\":false,"
        "\"error\":{\"code\":\"RESOURCE_EXHAUSTED\","
        "\"message\":\"Subscriber table full\"}}");
    cr_assert_eq(counts()->rejections, 1);
    tell(slot[2], "{\"type\":\"benchmark.subscribe\"}", 10); /* it has one already */
    cr_assert_eq(counts()->rejections, 1);
    viz_device_session_closed(rig.session, (unsigned)slot[2]);
    tell(slot[4], "{\"type\":\"benchmark.subscribe\"}", 11);
    cr_assert_eq(counts()->subscriptions, 6);
    viz_device_session_step(rig.session, 150);
    cr_assert_eq(sent(VIZ_DEVICE_FRAME), 4);
}

Test(device_session, what_is_not_understood_is_answered_with_an_error)
{
    static char large[VIZ_DEVICE_MAX_TEXT + 1], deep[64];
    int slot = arrive(1, 0);
    const char *bad[] = {"", "{", "nonsense", "{\"type\":"};
    for (size_t i = 0; i < 4; i++) {
        tell(slot, bad[i], 0);
        expect_reply("{\"type\":\"error\",\"success\":false,\"error\":{"
                     "\"code\":\"INVALID_JSON\",\"message\":\"Parse error\"}}");
    }
    memset(deep, '[', 11);
    memset(deep + 11, ']', 11);
    tell(slot, deep, 0);
    expect_reply("{\"type\":\"error\",\"success\":false,\"error\":{"
                 "\"code\":\"INVALID_JSON\",\"message\":\"Parse error\"}}");
    const char *unknown[] = {"{\"type\":\"effects.set\",\"requestId\":\"q\"}",
                             "{\"type\":\"benchmark.subscribed\",\"requestId\":\"q\"}",
                             "{\"type\":\"benchmarkXsubscribe\",\"requestId\":\"q\"}",
                             "{\"type\":5,\"requestId\":\"q\"}",
                             "{\"requestId\":\"q\"}"};
    for (size_t i = 0; i < 5; i++) {
        tell(slot, unknown[i], 0);
        expect_reply("{\"type\":\"error\",\"requestId\":\"q\",\"success\":false,"
                     "\"error\":{\"code\":\"INVALID_VALUE\","
                     "\"message\":\"Unknown command type\"}}");
    }
    tell(slot, deep + 1, 0); /* ten levels, and no object */
    expect_reply("{\"type\":\"error\",\"success\":false,\"error\":{"
                 "\"code\":\"INVALID_VALUE\",\"message\":\"Unknown command type\"}}");
    memset(large, ' ', sizeof(large));
    viz_device_session_text(rig.session, (unsigned)slot, large, sizeof(large), 0);
    expect_reply("{\"type\":\"error\",\"success\":false,\"error\":{"
                 "\"code\":\"INVALID_VALUE\",\"message\":\"Message too large\"}}");
    viz_device_session_text(rig.session, (unsigned)slot, large, sizeof(large) - 1, 0);
    expect_reply("{\"type\":\"error\",\"success\":false,\"error\":{"
                 "\"code\":\"INVALID_JSON\",\"message\":\"Parse error\"}}");
    cr_assert_eq(counts()->bad_texts, counts()->texts);
}

Test(device_session, brackets_in_a_text_are_not_nested)
{
    int slot = arrive(1, 0);
    tell(slot,
         "{\"x\":\"\\\"[[[[[[[[[[[[{{{{\",\"type\":\"benchmark.unsubscribe\"} rest", 0);
    expect_reply("{\"type\":\"benchmark.unsubscribed\",\"success\":true,"
                 "\"data\":{\"clientId\":1}}");
}

Test(device_session, features_that_this_device_was_built_without)
{
    int slot = arrive(1, 0);
    tell(slot, "{\"type\":\"ledStream.subscribe\",\"requestId\":\"l\"}", 0);
    expect_reply("{\"type\":\"error\",\"requestId\":\"l\",\"success\":false,\"error\":{"
                 "\"code\":\"FEATURE_DISABLED\","
                 "\"message\":\"LED streaming not available\"}}");
    tell(slot, "{\"type\":\"validation.subscribe\"}", 0);
    expect_reply("{\"type\":\"error\",\"success\":false,\"error\":{"
                 "\"code\":\"FEATURE_DISABLED\","
                 "\"message\":\"Validation streaming not available\"}}");
    tell(slot, "{\"type\":\"audio.subscribe\",\"udpPort\":9000}", 0);
    expect_reply("{\"type\":\"error\",\"success\":false,\"error\":{"
                 "\"code\":\"FEATURE_DISABLED\","
                 "\"message\":\"UDP streaming not available\"}}");
    cr_assert_eq(counts()->bad_texts, 0);
}

static json_t *newest_text(void)
{
    const struct message *message = &rig.message[rig.messages - 1];
    json_t *out = json_loadb((const char *)message->bytes, message->size, 0, NULL);
    cr_assert(out);
    return out;
}

Test(device_session, start_resets_and_flags_until_stop_which_tells_the_results)
{
    int slot = subscribed(0);
    viz_device_session_step(rig.session, 3000);
    unsigned before = sent(VIZ_DEVICE_FRAME);
    cr_assert_eq(frame(before - 1).hop_count, 124);
    cr_assert_eq(frame(before - 1).flags, 2);
    tell(slot, "{\"type\":\"benchmark.start\"}", 3000);
    expect_reply("{\"type\":\"benchmark.started\",\"success\":true,"
                 "\"data\":{\"active\":true}}");
    viz_device_session_step(rig.session, 3110);
    cr_assert_eq(frame(before).hop_count, 0);
    cr_assert_eq(frame(before).flags, 3);
    viz_device_session_step(rig.session, 4000);
    unsigned after = sent(VIZ_DEVICE_FRAME);
    struct viz_lw_frame last = frame(after - 1);
    cr_assert_eq(last.hop_count, 62);
    tell(slot, "{\"type\":\"benchmark.get\"}", 4000);
    json_t *stats = newest_text();
    json_t *data = json_object_get(stats, "data");
    json_t *timing = json_object_get(data, "timing");
    cr_assert(json_is_true(json_object_get(data, "streaming")));
    cr_assert_eq((float)json_real_value(json_object_get(timing, "avgTotalUs")),
                 last.avg_total_us);
    json_decref(stats);
    tell(slot, "{\"type\":\"benchmark.stop\"}", 4000);
    json_t *stopped = newest_text();
    data = json_object_get(stopped, "data");
    json_t *results = json_object_get(data, "results");
    cr_assert(json_is_false(json_object_get(data, "active")));
    cr_assert_eq(json_integer_value(json_object_get(results, "hopCount")), 62);
    cr_assert_eq(json_integer_value(json_object_get(results, "peakTotalUs")),
                 last.peak_total_us);
    json_decref(stopped);
    viz_device_session_step(rig.session, 4110);
    cr_assert_eq(frame(after).flags, 2);
}

Test(device_session, more_than_50_texts_in_a_second_are_not_answered_for_5_s)
{
    int slot = arrive(1, 0), other = arrive(2, 0);
    for (int i = 0; i < 50; i++)
        tell(slot, "{\"type\":\"benchmark.unsubscribe\"}", 100);
    cr_assert_eq(sent(VIZ_DEVICE_REPLY), 50);
    tell(slot, "{\"type\":\"benchmark.unsubscribe\"}", 999);
    tell(slot, "{\"type\":\"benchmark.unsubscribe\"}", 5998);
    cr_assert_eq(sent(VIZ_DEVICE_REPLY), 50);
    tell(other, "{\"type\":\"benchmark.unsubscribe\"}", 5998);
    tell(slot, "{\"type\":\"benchmark.unsubscribe\"}", 5999);
    cr_assert_eq(sent(VIZ_DEVICE_REPLY), 52);
    cr_assert_eq(counts()->limited, 2);
    cr_assert_eq(counts()->texts, 54);
}

/* ---- what it sends of its own accord ---- */

Test(device_session, frames_are_due_100_to_103_ms_after_the_last)
{
    subscribed(0);
    viz_device_session_step(rig.session, 60000);
    unsigned frames = sent(VIZ_DEVICE_FRAME);
    unsigned wide = 0;
    cr_assert_float_eq(frames, 60000 / 101.5, 4);
    for (unsigned i = 1; i < frames; i++) {
        uint32_t distance = frame(i).timestamp_ms - frame(i - 1).timestamp_ms;
        cr_assert(distance >= 100 && distance <= 103);
        wide += distance == 103;
    }
    cr_assert_gt(wide, 0);
    const struct viz_device_sums *sums = viz_device_session_sums(rig.session);
    cr_assert_eq(counts()->sent, frames);
    cr_assert_eq(sums->first_timestamp_ms, frame(0).timestamp_ms);
    cr_assert_eq(sums->last_timestamp_ms, frame(frames - 1).timestamp_ms);
    double sum = 0;
    unsigned repeats = 0;
    for (unsigned i = 0; i < frames; i++) {
        sum += frame(i).avg_total_us;
        repeats += i && frame(i).hop_count == frame(i - 1).hop_count;
    }
    cr_assert_eq(sums->avg_total_us, sum);
    cr_assert_eq(sums->last_avg_total_us, frame(frames - 1).avg_total_us);
    cr_assert_eq(counts()->repeats, repeats);
    cr_assert_gt(repeats, frames * 9 / 10);
}

static const struct viz_device_faults mixed = {
    .drop_percent = 10,
    .stall_at_s = 3,
    .stall_s = 2,
    .reboot_at_s = 7,
    .garbage_percent = 20,
    .nan_percent = 30,
    .half_percent = 20,
};

/* Clients come back after the reboot, as soon as the step after it is done. */
static void run_in_steps(int64_t step_ms)
{
    make(&mixed, 5);
    subscribed(0);
    for (int64_t now = 0; now <= 7000; now += step_ms)
        viz_device_session_step(rig.session, now);
    cr_assert_eq(rig.closes, 1);
    subscribed(7000);
    for (int64_t now = 7000; now <= 14000; now += step_ms)
        viz_device_session_step(rig.session, now);
}

Test(device_session, a_late_call_changes_nothing_that_is_sent)
{
    static struct message first[MOST];
    run_in_steps(1);
    unsigned messages = rig.messages;
    memcpy(first, rig.message, sizeof(first));
    struct viz_device_counts before = *counts();
    run_in_steps(1000);
    cr_assert_eq(rig.messages, messages);
    cr_assert_eq(memcmp(&before, counts(), sizeof(before)), 0);
    for (unsigned i = 0; i < messages; i++)
        cr_assert_eq(memcmp(&first[i], &rig.message[i], sizeof(first[i])), 0, "%u", i);
    cr_assert_gt(before.dropped, 0);
    cr_assert_gt(before.garbage, 0);
    cr_assert_gt(before.halves, 0);
    cr_assert_gt(before.nan, 0);
    cr_assert_geq(before.stalled, 19);
    expect_balance();
}

Test(device_session, status_comes_at_an_arrival_and_every_5_s_and_a_ping_every_15)
{
    arrive(1, 0);
    viz_device_session_step(rig.session, 0);
    cr_assert_eq(sent(VIZ_DEVICE_STATUS), 0);
    viz_device_session_step(rig.session, 1);
    cr_assert_eq(sent(VIZ_DEVICE_STATUS), 1);
    viz_device_session_step(rig.session, 5000);
    cr_assert_eq(sent(VIZ_DEVICE_STATUS), 1);
    viz_device_session_step(rig.session, 14999);
    cr_assert_eq(sent(VIZ_DEVICE_STATUS), 3);
    cr_assert_eq(rig.pings, 0);
    viz_device_session_step(rig.session, 15000);
    cr_assert_eq(rig.pings, 1);
    json_t *status = newest_text();
    cr_assert_str_eq(json_string_value(json_object_get(status, "type")), "status");
    json_decref(status);
    arrive(2, 15000);
    viz_device_session_step(rig.session, 30000);
    cr_assert_eq(rig.pings, 3);
    cr_assert_eq(counts()->pings, 3);
    cr_assert_eq(counts()->status, sent(VIZ_DEVICE_STATUS));
}

Test(device_session, audio_and_stm_keep_their_rates_and_stop_when_nobody_listens)
{
    struct viz_lw_audio audio;
    struct viz_lw_stm stm;
    int slot = arrive(1, 0);
    tell(slot, "{\"type\":\"audio.subscribe\"}", 5000);
    tell(slot, "{\"type\":\"stm.subscribe\"}", 5000);
    viz_device_session_step(rig.session, 15000);
    cr_assert_eq(sent(VIZ_DEVICE_AUDIO), 150);
    cr_assert_eq(sent(VIZ_DEVICE_STM), 300);
    for (unsigned i = 0; i < rig.messages; i++) {
        const struct message *m = &rig.message[i];
        if (m->kind == VIZ_DEVICE_AUDIO)
            cr_assert(viz_lw_decode_audio(m->bytes, m->size, &audio));
        if (m->kind == VIZ_DEVICE_STM)
            cr_assert(viz_lw_decode_stm(m->bytes, m->size, &stm));
    }
    cr_assert_eq(audio.timestamp_ms, 15000);
    cr_assert_eq(audio.hop_seq, 750);
    tell(slot, "{\"type\":\"audio.unsubscribe\"}", 15000);
    viz_device_session_closed(rig.session, (unsigned)slot);
    viz_device_session_step(rig.session, 20000);
    cr_assert_eq(sent(VIZ_DEVICE_AUDIO), 150);
    cr_assert_eq(sent(VIZ_DEVICE_STM), 300);
    cr_assert_eq(counts()->audio, 150);
    cr_assert_eq(counts()->stm, 300);
    cr_assert_eq(sent(VIZ_DEVICE_FRAME), 0);
}

Test(device_session, an_idle_device_is_called_once_a_second)
{
    cr_assert_eq(viz_device_session_step(rig.session, 10), 1010);
    subscribed(20);
    cr_assert_leq(viz_device_session_step(rig.session, 200), 303);
}

/* ---- who may come ---- */

Test(device_session, the_ninth_client_is_refused)
{
    for (int i = 0; i < 8; i++)
        cr_assert_eq(arrive(1, 0), i);
    cr_assert_eq(arrive(1, 0), -1);
    cr_assert_eq(rig.close_code, 1008);
    cr_assert_str_eq(rig.reason, "Connection limit");
    viz_device_session_closed(rig.session, 3);
    cr_assert_eq(arrive(1, 0), 3);
    cr_assert_eq(counts()->connections, 10);
    cr_assert_eq(counts()->refused_connections, 1);
}

Test(device_session, cool_down_refuses_what_comes_within_2_s_after_the_last_attempt)
{
    make(&(struct viz_device_faults){.cool_down = true}, 0);
    int slot = arrive(1, 0);
    cr_assert_eq(slot, 0);
    viz_device_session_closed(rig.session, (unsigned)slot);
    cr_assert_eq(arrive(1, 1999), -1);
    cr_assert_eq(rig.close_code, 1013);
    cr_assert_str_eq(rig.reason, "Reconnect too fast");
    cr_assert_eq(arrive(2, 1999), 0); /* another address */
    cr_assert_eq(arrive(1, 3998), -1);
    cr_assert_eq(arrive(1, 5998), 1);
}

Test(device_session, single_session_refuses_a_second_one_while_the_first_is_open)
{
    make(&(struct viz_device_faults){.single_session = true}, 0);
    int slot = arrive(1, 0);
    cr_assert_eq(arrive(1, 10), -1);
    cr_assert_eq(rig.close_code, 1008);
    cr_assert_str_eq(rig.reason, "Only one session per device");
    cr_assert_eq(arrive(2, 10), 1);
    viz_device_session_closed(rig.session, (unsigned)slot);
    cr_assert_eq(arrive(1, 20), 0);
}
