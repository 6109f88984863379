/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Prints viz(1) while the program is built. */
#include <viz/help.h>

int main(void)
{
    viz_help_man(stdout);
    return fflush(stdout) || ferror(stdout);
}
