// SPDX-License-Identifier: GPL-3.0-or-later
// What every page says of the live streams: whether anything comes, by whether the
// count of samples grew from one answer of the server to another.

/** @typedef {import('./health.js').Health} Health */
/**
 * samples: as they were when they last grew, at the server's time at. asked: of the
 * newest answer. grew: whether they ever did.
 * @typedef {{samples: number, at: number, asked: number, grew: boolean}} Growth
 */
/** @typedef {{kind: string, text: string, title: string}} Word */

const SILENT_S = 4;
const LONGEST_S = 15; // between answers that are compared: the page has rested

/**
 * @param {Growth|null} before
 * @param {Health} health
 * @returns {Growth|null} null: nothing is live
 */
export function follow(before, {live, uptime_s: now = NaN}) {
    if (!live)
        return null;
    const since = now - (before?.asked ?? NaN);
    if (!before || !(since >= 0 && since <= LONGEST_S))
        return {samples: live.samples, at: now, asked: now, grew: false};
    const grew = live.samples !== before.samples;
    return grew ? {samples: live.samples, at: now, asked: now, grew}
        : {...before, asked: now};
}

/**
 * @param {Health} health
 * @param {Growth|null} growth
 * @returns {Word|null}
 */
export function liveWord({live}, growth) {
    if (!live)
        return null;
    const streams = `${live.streams} stream${live.streams === 1 ? '' : 's'}`;
    const still = growth ? growth.asked - growth.at : 0;
    if (live.ended)
        return {kind: '', text: `Ended, ${streams}`, title: 'Every source has ended'};
    if (live.balanced === false)
        return {kind: 'bad', text: 'Live, not balanced',
            title: 'Not every sample is accounted for'};
    if (!live.streams)
        return {kind: '', text: 'Waiting', title: 'Sources are read; no row has come'};
    if (still >= SILENT_S)
        return {kind: 'warn', text: `Silent, ${streams}`,
            title: 'No sample came between the last answers of the server'};
    if (!growth?.grew)
        return {kind: '', text: streams, title: 'Sources are read'};
    return {kind: 'good dot', text: `Live, ${streams}`, title: 'Samples come'};
}
