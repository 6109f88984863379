/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Linked with one whole layer and those below it: an upward call does not link. */
int main(void)
{
    return 0;
}
