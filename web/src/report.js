// SPDX-License-Identifier: GPL-3.0-or-later
// What is shown, as one file that needs no server: pictures and their tables, no scripts.

/** Saves it. */
export async function saveReport() {
}
