/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "wire_target.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    run_target("csv", data, size);
    return 0;
}
