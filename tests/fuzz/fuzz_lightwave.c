/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The wire format as every other one; and frames that are read are written again as the
 * same bytes. */
#include "wire_target.h"

#include <viz/lightwave.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_codec(const uint8_t *bytes, size_t size)
{
    struct viz_lw_frame frame;
    struct viz_lw_audio audio;
    struct viz_lw_stm stm;
    uint8_t out[VIZ_LW_AUDIO_BYTES];
    enum viz_lw_kind kind = viz_lw_kind(bytes, size);
    bool benchmark = kind == VIZ_LW_COMPACT || kind == VIZ_LW_EXTENDED;
    viz_assert(viz_lw_decode(bytes, size, &frame) == benchmark);
    if (benchmark) {
        viz_assert(viz_lw_encode(&frame, out) == size);
        viz_assert(!memcmp(out, bytes, size));
    }
    viz_assert(viz_lw_decode_audio(bytes, size, &audio) == (kind == VIZ_LW_AUDIO));
    if (viz_lw_decode_stm(bytes, size, &stm)) {
        viz_lw_encode_stm(&stm, out);
        viz_assert(!memcmp(out, bytes, size));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size)
        check_codec(data + 1, size - 1);
    run_target("lightwave", data, size);
    return 0;
}
