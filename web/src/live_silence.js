// SPDX-License-Identifier: GPL-3.0-or-later
// Which streams bring nothing any more, each by its own rate: that others go on says
// nothing of it.

/** @typedef {import('./live_health.js').Health} Health */
/** @typedef {import('./live_health.js').StreamHealth} StreamHealth */
/** @typedef {import('./live_buffer.js').LiveBuffer} LiveBuffer */

const LEAST_S = 2;
const PERIODS = 3;

/**
 * Seconds between two rows: as was asked for, or longer where they came more slowly.
 * @param {StreamHealth} one
 * @returns {number} 0: not known
 */
export function periodOf({requested_hz: asked, rows, oldest_s, newest_s}) {
    const came = ((newest_s ?? NaN) - (oldest_s ?? NaN)) / (rows - 1);
    return Math.max(0, ...[1 / (asked || 0), came].filter(Number.isFinite));
}

/**
 * Seconds since a row of each stream that is silent, by its id.
 * @param {Health|null} health
 * @param {Map<number, LiveBuffer>} buffers
 * @param {number} now on the server's clock
 * @returns {Map<number, number>}
 */
export function silences(health, buffers, now) {
    /** @type {Map<number, number>} */
    const silent = new Map();
    for (const one of health?.streams || []) {
        const told = now - (health?.now_s ?? NaN) + (one.newest_age_s ?? NaN);
        const drawn = now - (buffers.get(one.id)?.newest ?? NaN);
        const age = drawn < told ? drawn : told;
        if (age > Math.max(LEAST_S, PERIODS * periodOf(one)))
            silent.set(one.id, age);
    }
    return silent;
}
