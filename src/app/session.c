/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "session_state.h"

#include <viz/alloc.h>
#include <viz/gate.h>
#include <viz/png.h>
#include <viz/text.h>
#include <viz/thread.h>

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#define MAX_ACTIONS 64
#define EXIT_GATE 3

static void apply_action(struct session *session, const struct viz_action *action)
{
    struct viz_view *view = &session->view;
    switch (action->kind) {
    case VIZ_ACTION_FREEZE:
        viz_view_freeze(view, !view->frozen);
        break;
    case VIZ_ACTION_LIVE:
        viz_view_freeze(view, false);
        break;
    case VIZ_ACTION_ZOOM:
        viz_view_zoom(view, action->a, action->b);
        break;
    case VIZ_ACTION_PAN:
        viz_view_pan(view, action->a);
        break;
    case VIZ_ACTION_HUD:
        view->hud = !view->hud;
        break;
    case VIZ_ACTION_LAYOUT:
        view->overlay = !view->overlay;
        break;
    case VIZ_ACTION_THEME:
        view->light = !view->light;
        break;
    case VIZ_ACTION_SCREENSHOT:
    case VIZ_ACTION_CLOSE:
        break;
    }
}

static int take_screenshot(struct session *session, const char *path,
                           struct viz_error *err) VIZ_ON(render)
{
    int width, height;
    float scale;
    viz_surface_size(session->surface, &width, &height, &scale);
    uint8_t *pixels = viz_zalloc((size_t)width * (size_t)height * 4);
    viz_surface_read(session->surface, pixels);
    int ret = viz_png_write(path, pixels, width, height, err);
    free(pixels);
    return ret;
}

static void say(const struct session *session, const char *sentence)
{
    if (session->io->say)
        session->io->say(session->io->context, sentence);
}

/* F12: into the working directory, named by the time of day. */
static void take_snapshot(struct session *session) VIZ_ON(render)
{
    char path[64], text[600];
    struct viz_error err;
    time_t now = time(NULL);
    struct tm local;
    localtime_r(&now, &local);
    strftime(path, sizeof(path), "viz-%Y%m%d-%H%M%S.png", &local);
    if (take_screenshot(session, path, &err) < 0)
        snprintf(text, sizeof(text), "%s", err.text);
    else
        snprintf(text, sizeof(text), "wrote %s", path);
    say(session, text);
}

static bool wants_screenshot(const struct session *session, int64_t now_ns, bool last)
{
    const struct viz_config *config = session->config;
    if (!config->screenshot || session->screenshot_done)
        return false;
    if (config->screenshot_at_s < 0)
        return last;
    return last ||
           now_ns - session->begin_ns >= (int64_t)(config->screenshot_at_s * 1e9);
}

static void sleep_for(double ms)
{
    struct timespec span = {(time_t)(ms / 1e3), (long)(fmod(ms, 1e3) * 1e6)};
    nanosleep(&span, NULL);
}

/* What the steps of one frame are to know, and what became of its picture. */
struct frame {
    struct session *session;
    bool snapshot, last;
    int64_t begin_ns;
    int ret;
    struct viz_error *err;
};

static void drain_frame(void *context, int64_t begin_ns) VIZ_ON(render)
{
    struct frame *frame = context;
    struct session *session = frame->session;
    frame->begin_ns = begin_ns;
    session_discover(session);
    if (session_drain(session))
        session->last_data_ns = begin_ns;
    bool ended = viz_sources_ended(session->sources);
    viz_view_advance(&session->view, session_newest_ns(session), begin_ns, ended);
    session->scene.now_ns = begin_ns;
    session_badge(session, begin_ns, ended);
}

static void upload_frame(void *context) VIZ_ON(render)
{
    struct session *session = ((struct frame *)context)->session;
    viz_renderer_upload(session->renderer, &session->scene);
}

static void submit_frame(void *context) VIZ_ON(render)
{
    struct session *session = ((struct frame *)context)->session;
    viz_renderer_draw(session->renderer, &session->scene);
    if (session->config->slow_frame_ms > 0)
        sleep_for(session->config->slow_frame_ms);
}

static bool present_frame(void *context) VIZ_ON(render)
{
    struct frame *frame = context;
    struct session *session = frame->session;
    if (frame->snapshot)
        take_snapshot(session);
    if (wants_screenshot(session, frame->begin_ns, frame->last)) {
        session->screenshot_done = true;
        frame->ret = take_screenshot(session, session->config->screenshot, frame->err);
    }
    return viz_surface_present(session->surface);
}

static void account_frame(void *context, const struct viz_frame_stamps *stamps)
    VIZ_ON(render)
{
    struct session *session = ((struct frame *)context)->session;
    int64_t left_ns, right_ns;
    viz_renderer_shown(session->renderer, &left_ns, &right_ns);
    struct viz_trace *trace =
        session->config->trace ? viz_meter_trace(session->meter) : NULL;
    for (uint32_t i = 0; i < session->members; i++)
        viz_reader_presented(session->member[i].reader, left_ns, right_ns, stamps,
                             !session->view.frozen, trace);
    viz_meter_frame(session->meter, stamps->presented_ns - stamps->begin_ns);
    if (session->keeper && session->phase == PHASE_MEASURE)
        viz_keeper_frame(session->keeper, stamps);
}

/* @last: the sources have ended. */
static int draw_frame(struct session *session, bool snapshot, bool last,
                      struct viz_error *err) VIZ_ON(render)
{
    struct frame frame = {
        .session = session, .snapshot = snapshot, .last = last, .err = err};
    struct viz_frame_steps steps = {
        .context = &frame,
        .drain = drain_frame,
        .upload = upload_frame,
        .submit = submit_frame,
        .present = present_frame,
        .account = account_frame,
    };
    if (!viz_frame_make(&steps, session->clock, &session->frames))
        return viz_fail(err, -EIO,
                        "the graphics driver did not finish a frame within ten "
                        "seconds, or lost it: what it showed is not known");
    return frame.ret;
}

static void wait_for_deadline(struct session *session)
{
    int64_t now_ns = viz_clock_now(session->clock);
    int64_t deadline_ns = viz_pacer_deadline(&session->pacer, now_ns);
    if (deadline_ns > now_ns && !session->vsync) {
        int64_t at = viz_clock_to_monotonic(session->clock, deadline_ns);
        struct timespec when = {at / 1000000000, at % 1000000000};
        clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &when, NULL);
    }
    /* Woken a little early by the two clocks' difference: the deadline is still served.
     */
    now_ns = viz_clock_now(session->clock);
    viz_pacer_serve(&session->pacer, now_ns > deadline_ns ? now_ns : deadline_ns);
}

static void say_notices(struct session *session)
{
    char text[VIZ_ERROR_TEXT];
    while (viz_sources_notice(session->sources, text, sizeof(text)))
        say(session, text);
}

/* Whether the loop is over after this frame. */
static bool finished(struct session *session, int64_t now_ns)
{
    const struct viz_config *config = session->config;
    if (*session->io->stop) {
        session->interrupted = true;
        return true;
    }
    if (config->exit_after_s > 0 &&
        now_ns - session->begin_ns >= (int64_t)(config->exit_after_s * 1e9))
        return true;
    if (config->benchmark)
        return session->phase == PHASE_DONE && !config->keep_open;
    return config->headless && viz_sources_ended(session->sources);
}

static int apply_gate(const struct session *session, const json_t *document,
                      struct viz_error *err)
{
    struct viz_gate_result result;
    char text[256];
    if (!session->config->gate)
        return 0;
    int ret = viz_gate_evaluate(session->config->gate, document, &result, err);
    if (ret < 0)
        return ret;
    for (unsigned i = 0; i < result.failed; i++) {
        snprintf(text, sizeof(text), "gate: %s", result.text[i]);
        session_line(session, text);
    }
    if (!result.failed) {
        snprintf(text, sizeof(text), "gate: %u of %u clauses hold", result.clauses,
                 result.clauses);
        session_line(session, text);
    }
    return result.failed ? EXIT_GATE : 0;
}

/* Say and write what was measured, and hold the gate against it. Returns an exit code or a
 * negative errno. */
static int report(struct session *session, struct viz_error *err)
{
    struct viz_ledger ledger;
    json_t *document = session_report(session);
    session_summary(session);
    int ret = 0;
    if (session->keeper && !session->delivered)
        session->delivered = json_dumps(document, JSON_COMPACT | JSON_PRESERVE_ORDER);
    if (session->config->json)
        ret = session_write_json(document, session->config->json, err);
    if (ret == 0)
        ret = apply_gate(session, document, err);
    json_decref(document);
    session_ledger(session, &ledger);
    bool closed = session->sources_stopped;
    if (ret >= 0 && (!ledger.balanced || (closed && ledger.in_flight)))
        ret = viz_fail(err, -EBADMSG,
                       "the ledger does not balance: samples went somewhere without a "
                       "name; please report this as a bug");
    session->reported = true;
    return ret;
}

static int run_loop(struct session *session, struct viz_error *err) VIZ_ON(render)
{
    struct viz_action actions[MAX_ACTIONS];
    for (;;) {
        float left, right;
        bool snapshot = false, closed = false;
        wait_for_deadline(session);
        viz_renderer_plot(session->renderer, &left, &right);
        size_t count =
            viz_surface_events(session->surface, left, right, actions, MAX_ACTIONS);
        for (size_t i = 0; i < count; i++) {
            apply_action(session, &actions[i]);
            snapshot |= actions[i].kind == VIZ_ACTION_SCREENSHOT;
            closed |= actions[i].kind == VIZ_ACTION_CLOSE;
        }
        int ret = draw_frame(session, snapshot, false, err);
        if (ret < 0)
            return ret;
        if (viz_sources_failed(session->sources, err))
            return -EIO;
        say_notices(session);
        int64_t now_ns = viz_clock_now(session->clock);
        session_keep_time(session, now_ns);
        if (session->phase == PHASE_DONE && session->config->keep_open &&
            !session->reported) {
            viz_telemetry_flush(session->telemetry);
            session->exit_code = report(session, err);
            if (session->exit_code < 0)
                return session->exit_code;
        }
        if (closed)
            session->interrupted =
                session->config->benchmark && session->phase != PHASE_DONE;
        if (closed || finished(session, now_ns))
            return 0;
    }
}

/* The sources have ended: what they left behind gets one more frame, so that the ledger
 * closes with nothing in flight. */
static int finish_loop(struct session *session, struct viz_error *err) VIZ_ON(render)
{
    /* A benchmark measures a given time; the frame behind it only shows what was due in it.
     * Whoever watched a stream wants its last samples in the figures. */
    bool benchmark = session->config->benchmark;
    bool measured = session->phase != PHASE_WARMUP;
    if (benchmark && session->phase != PHASE_DONE)
        session_end_measuring(session, viz_clock_now(session->clock));
    viz_sources_stop(session->sources);
    session->sources_stopped = true;
    viz_pacer_serve(&session->pacer, viz_clock_now(session->clock));
    int ret = draw_frame(session, false, true, err);
    if (!benchmark)
        session_end_measuring(session, viz_clock_now(session->clock));
    else if (measured)
        viz_meter_absorb(session->meter);
    viz_surface_describe(session->surface, session->surface_text,
                         sizeof(session->surface_text));
    say_notices(session);
    return ret;
}

static int parse_show(struct session *session, struct viz_error *err)
{
    const char *text = session->config->show;
    unsigned long limit = sizeof(session->show) / sizeof(session->show[0]) - 1;
    session->show_all = !text;
    for (const char *at = text; at && *at;) {
        char *end;
        unsigned long from = strtoul(at, &end, 10), to = from;
        bool good = end != at;
        if (good && *end == '-') {
            at = end + 1;
            to = strtoul(at, &end, 10);
            good = end != at;
        }
        if (!good || from < 1 || to < from || to > limit || (*end && *end != ','))
            return viz_fail(
                err, -EINVAL,
                "--show: expected channel numbers such as 1,3-5 (1 to %lu), "
                "found \"%s\"",
                limit, text);
        for (; from <= to; from++)
            session->show[from] = true;
        at = *end ? end + 1 : end;
    }
    return 0;
}

static double refresh_rate(const struct session *session)
{
    double hz = session->config->refresh_hz;
    if (hz >= 0)
        return hz;
    return session->config->benchmark ? 60 : viz_surface_refresh_hz(session->surface);
}

static int open_surface(struct session *session, struct viz_error *err) VIZ_ON(render)
{
    const struct viz_config *config = session->config;
    struct viz_surface_params params = {
        .title = config->benchmark ? "viz benchmark" : "viz",
        .width_px = config->width_px,
        .height_px = config->height_px,
        .headless = config->headless,
    };
    int ret = viz_surface_create(&params, &session->surface, err);
    if (ret == 0)
        ret = viz_renderer_create(session->surface, &session->renderer, err);
    if (ret < 0)
        return ret;
    viz_surface_describe(session->surface, session->surface_text,
                         sizeof(session->surface_text));
    /* A rate that was asked for is the pacer's, not the monitor's. */
    session->vsync = config->refresh_hz < 0 && !config->benchmark &&
                     viz_surface_vsync(session->surface);
    viz_surface_swap_with_monitor(session->surface, session->vsync);
    return 0;
}

static void init_view(struct session *session)
{
    const struct viz_config *config = session->config;
    viz_view_init(&session->view, (int64_t)(config->window_s * 1e9));
    session->view.light = config->light;
    session->view.overlay = config->overlay;
    session->view.hud = config->hud;
    session->scene.view = &session->view;
    session->scene.stream = session->scene_stream;
    session->scene.hud = session->hud;
}

static int start_telemetry(struct session *session, struct viz_error *err)
{
    const struct viz_config *config = session->config;
    struct viz_telemetry_params params = {
        .csv = config->benchmark ? config->csv : NULL,
        .line = config->benchmark ? session_line_output(session) : NULL,
        .context = session->io->context,
    };
    return viz_telemetry_start(&params, &session->telemetry, err);
}

static int open_keeper(struct session *session, struct viz_error *err)
{
    const struct viz_config *config = session->config;
    char requested[256];
    if (!config->benchmark || (!config->store && !config->run_name))
        return 0;
    snprintf(requested, sizeof(requested),
             "{\"channels\": %u, \"rate_hz\": %.15g, \"duration_s\": %.15g, "
             "\"warmup_s\": %.15g, \"refresh_hz\": %.15g, \"seed\": %llu}",
             config->synth.channels, config->synth.rate_hz, config->duration_s,
             config->warmup_s, config->refresh_hz,
             (unsigned long long)config->synth.seed);
    return viz_keeper_create(&(struct viz_keeper_params){.where = config->store,
                                                         .name = config->run_name,
                                                         .requested = requested,
                                                         .argc = config->argc,
                                                         .argv = config->argv,
                                                         .clock = session->clock},
                             &session->keeper, err);
}

static void measure_trace_cost(struct session *session)
{
    const struct viz_synth_params *synth = &session->config->synth;
    double rows = synth->rate_hz / 500;
    viz_trace_cost_measure(session->clock, synth->channels,
                           rows < 1 ? 1 : (uint32_t)rows, &session->trace_cost);
}

static int open_session(struct session *session, struct viz_error *err) VIZ_ON(render)
{
    const struct viz_config *config = session->config;
    int ret = parse_show(session, err);
    if (ret == 0 && config->gate)
        ret = viz_gate_check(config->gate, err);
    if (ret < 0)
        return ret;
    viz_machine_read(&session->machine);
    session->statm = viz_machine_open_statm();
    session->started_realtime_s = (int64_t)time(NULL);
    session->clock = viz_clock_create(true);
    viz_clock_describe(session->clock, session->clock_text,
                       sizeof(session->clock_text));
    session->meter = viz_meter_create();
    session->member = viz_zalloc(VIZ_MAX_STREAMS * sizeof(session->member[0]));
    if (config->benchmark && config->trace)
        measure_trace_cost(session);
    ret = viz_sources_create(config, &session->streams, session->clock,
                             &session->sources, err);
    if (ret == 0)
        ret = open_surface(session, err);
    if (ret == 0)
        ret = start_telemetry(session, err);
    if (ret == 0)
        ret = open_keeper(session, err);
    if (ret == 0)
        init_view(session);
    return ret;
}

static void close_session(struct session *session) VIZ_ON(render)
{
    viz_sources_destroy(session->sources);
    for (uint32_t i = 0; session->member && i < session->members; i++)
        viz_reader_destroy(session->member[i].reader);
    viz_streams_finish(&session->streams);
    viz_renderer_destroy(session->renderer);
    viz_surface_destroy(session->surface);
    viz_meter_destroy(session->meter);
    viz_clock_destroy(session->clock);
    if (session->statm >= 0)
        close(session->statm);
    free(session->delivered);
    free(session->member);
    free(session);
}

static int run(struct session *session, struct viz_error *err) VIZ_ON(render)
{
    int ret = viz_sources_start(session->sources, err);
    if (ret < 0)
        return ret;
    session->begin_ns = session->last_data_ns = viz_clock_now(session->clock);
    viz_pacer_init(&session->pacer, refresh_rate(session), session->begin_ns);
    session_begin_intervals(session, session->begin_ns);
    bool warms_up = session->config->benchmark && session->config->warmup_s > 0;
    session->phase = warms_up ? PHASE_WARMUP : PHASE_MEASURE;
    ret = run_loop(session, err);
    if (ret == 0)
        ret = finish_loop(session, err);
    return ret;
}

int viz_session_run(const struct viz_config *config, const struct viz_session_io *io,
                    struct viz_error *err)
{
    struct session *session = viz_zalloc(sizeof(*session));
    struct viz_error late = {{0}};
    viz_role_assume_render();
    viz_thread_name("viz:render");
    prctl(PR_SET_TIMERSLACK, 1);
    session->config = config;
    session->io = io;
    session->statm = -1;
    int ret = open_session(session, err);
    bool ran = ret == 0;
    if (ran)
        ret = run(session, err);
    int written = viz_telemetry_finish(session->telemetry, &late);
    if (ran && ret == 0)
        ret = session->reported ? session->exit_code : report(session, err);
    if (ret >= 0 && written < 0) {
        *err = late;
        ret = written;
    }
    int kept = viz_keeper_finish(session->keeper, ret >= 0 && !session->interrupted,
                                 session->delivered, &late);
    if (ret >= 0 && kept < 0) {
        *err = late;
        ret = kept;
    }
    close_session(session);
    return ret;
}
