/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <viz/web.h>

#include <viz/web_assets.h>

static const struct viz_web_asset assets[] = {
#define X(path, type, bytes, packed, size, etag)                                       \
    {path, type, bytes, packed, size, etag},
    VIZ_WEB_ASSETS(X)
#undef X
};

const struct viz_web_asset *viz_web_assets(uint32_t *count)
{
    *count = sizeof(assets) / sizeof(assets[0]);
    return assets;
}
