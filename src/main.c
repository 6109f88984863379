/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <viz/command.h>

#include <fcntl.h>
#include <unistd.h>

/* With one of the three standard descriptors closed, the next file that is opened would
 * take its number, and text for people would end up in it. What takes its place can be
 * used for the wrong direction only, so that using it still fails. */
static void fill_standard_descriptors(void)
{
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
        if (fcntl(fd, F_GETFD) < 0 &&
            open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY) < 0)
            return;
}

int main(int argc, char **argv)
{
    fill_standard_descriptors();
    return viz_command_main(argc, argv);
}
