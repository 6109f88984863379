/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <viz/web.h>

const struct viz_web_asset *viz_web_assets(uint32_t *count)
{
    *count = 0;
    return NULL;
}
