/* SPDX-License-Identifier: GPL-3.0-or-later */
/* --help and the manual page, both from the tables of options, commands, formats and
 * figures. */
#ifndef VIZ_HELP_H
#define VIZ_HELP_H

#include <viz/command.h>

#include <stdio.h>

/* What "viz COMMAND --help" prints: plain text, 80 columns. */
void viz_help_print(FILE *out, enum viz_command_id command);

/* viz(1), every command in one page. */
void viz_help_man(FILE *out);

#endif
