/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Every figure that viz reports, once: the columns of the benchmark's CSV file in their
 * order, the keys of its JSON file, the names that a gate may use (with or without the
 * unit's suffix), and the text of --help.
 *
 * X(name, decimals, help). A figure that was not measured is NaN here: an empty field
 * in CSV, null in JSON, "–" on the screen. */
#ifndef VIZ_FIGURES_H
#define VIZ_FIGURES_H

#define VIZ_FIGURES(X)                                                                 \
    X(t, 3, "seconds since measuring began, end of the interval")                      \
    X(fps, 2, "frames presented per second")                                           \
    X(target_fps, 2, "frame rate asked for; 0: as fast as it goes")                    \
    X(timer_hz, 2, "frame deadlines served per second, counted by the pacer")          \
    X(avg_frame_ms, 4, "mean time from a frame's begin to presented, swap included")   \
    X(avg_latency_ms, 4,                                                               \
      "mean sample latency: presented - intended or kernel receive")                   \
    X(max_latency_ms, 4, "largest sample latency")                                     \
    X(approx_dropped_fps, 2, "frame deadlines per second that passed without a frame") \
    X(cpu_percent, 2, "CPU time of all threads / wall time; 100 is one core")          \
    X(p50_latency_ms, 4, "median sample latency")                                      \
    X(p99_latency_ms, 4, "99th percentile of sample latency")                          \
    X(p999_latency_ms, 4, "99.9th percentile of sample latency")                       \
    X(p50_frame_ms, 4, "median frame time")                                            \
    X(p99_frame_ms, 4, "99th percentile of frame time")                                \
    X(max_frame_ms, 4, "longest frame time")                                           \
    X(cpu_frame_ms, 4, "CPU time of all threads per presented frame")                  \
    X(gpu_ms, 4, "mean time of a frame on the GPU, by its timer")                      \
    X(offered_hz, 3, "rows per second that were due, all streams")                     \
    X(achieved_hz, 3, "rows per second that were made or received, all streams")       \
    X(samples_in, 0, "samples made or received")                                       \
    X(samples_drawn, 0, "samples that became part of a presented frame")               \
    X(lost, 0, "samples lost, plus unreadable lines and frames")                       \
    X(missing, 0, "samples that never arrived, by sequence number")                    \
    X(late, 0, "samples that came behind their successors, not drawn")                 \
    X(overflow, 0, "samples lost because the render thread was too far behind")        \
    X(evicted_unseen, 0, "samples pushed out of memory unseen")                        \
    X(kernel_drops, 0, "datagrams dropped by the kernel's socket buffer")              \
    X(unreadable, 0, "lines and frames that could not be read")                        \
    X(uploaded_bytes, 0, "bytes sent to GPU buffers")                                  \
    X(ring_depth, 0, "most blocks waiting in one stream's ring")                       \
    X(rss_mb, 2, "resident memory of the process, MiB")                                \
    X(trace_percent, 3, "time that latency accounting takes / wall time, percent")

struct viz_figures {
#define X(name, decimals, help) double name;
    VIZ_FIGURES(X)
#undef X
};

#define VIZ_CSV_COLUMNS_FIXED 9 /* the first nine are a contract with scripts */

#endif
