/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <viz/command.h>

int main(int argc, char **argv)
{
    return viz_command_main(argc, argv);
}
