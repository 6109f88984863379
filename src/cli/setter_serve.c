/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "setter.h"

#include <errno.h>
#include <string.h>

VIZ_SETTER(viz_set_serve_name)
{
    (void)option;
    struct viz_serve_config *serve = &arguments->serve;
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyz0123456789.-"
                                  "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
    if (!*text || text[strspn(text, allowed)])
        return viz_fail(err, -EINVAL,
                        "expected a host name without scheme, port or path, as in "
                        "bench.example.org");
    if (serve->names == VIZ_MAX_NAMES)
        return viz_fail(err, -EINVAL, "at most %d names can be given", VIZ_MAX_NAMES);
    serve->name[serve->names++] = text;
    return 0;
}
