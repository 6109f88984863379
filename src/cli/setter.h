/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How options take their text in: the set() of struct viz_option. */
#ifndef VIZ_SETTER_H
#define VIZ_SETTER_H

#include <viz/options.h>

#define VIZ_SETTER(name)                                                               \
    int name(const struct viz_option *option, const char *text,                        \
             struct viz_arguments *arguments, struct viz_error *err)

/* Into the field at option->at. */
VIZ_SETTER(viz_set_number);   /* double */
VIZ_SETTER(viz_set_count);    /* uint32_t */
VIZ_SETTER(viz_set_seed);     /* uint64_t */
VIZ_SETTER(viz_set_text);     /* const char *, not empty */
VIZ_SETTER(viz_set_run_name); /* the same, and not too long */
VIZ_SETTER(viz_set_true);     /* bool; a default of "on" or "off" is taken as it is */
VIZ_SETTER(viz_set_false);
VIZ_SETTER(viz_set_on_off);  /* bool */
VIZ_SETTER(viz_set_pattern); /* unsigned: set of enum viz_pattern */
VIZ_SETTER(viz_set_backend); /* enum viz_net_backend */
VIZ_SETTER(viz_set_wire);    /* const struct viz_wire * */
VIZ_SETTER(viz_set_format);  /* const char *: a format's name, kept as text */

/* Into fields of their own. */
VIZ_SETTER(viz_set_refresh);
VIZ_SETTER(viz_set_size);
VIZ_SETTER(viz_set_screenshot);
VIZ_SETTER(viz_set_channels); /* a list of channels, checked and kept as text */
VIZ_SETTER(viz_set_colour);
VIZ_SETTER(viz_set_no_text); /* const char *: NULL again */
VIZ_SETTER(viz_set_stall);
VIZ_SETTER(viz_set_gate); /* checked and kept as text */

/* Of the commands around the store of runs: setter_runs.c. */
VIZ_SETTER(viz_set_device_stall);  /* double, and the one behind it */
VIZ_SETTER(viz_set_close_code);    /* int, and close_after_s */
VIZ_SETTER(viz_set_device_host);   /* one more of device_host[] */
VIZ_SETTER(viz_set_profile);       /* enum viz_lw_profile */
VIZ_SETTER(viz_set_export_format); /* bool: JSON */
VIZ_SETTER(viz_set_import_format); /* const char *, checked */

/* Of comparisons: setter_compare.c. */
VIZ_SETTER(viz_set_statistic);    /* enum viz_statistic */
VIZ_SETTER(viz_set_compare_seed); /* uint64_t, and that it was given */
VIZ_SETTER(viz_set_limit);        /* limits, and limit_percent of it */
VIZ_SETTER(viz_set_report);       /* const char *, by its ending */

/* Of viz serve: setter_serve.c. */
VIZ_SETTER(viz_set_serve_name); /* one more of serve.name[] */

#endif
