// SPDX-License-Identifier: GPL-3.0-or-later
// What the server says of itself, asked every few seconds; sooner while it does not
// answer.
import {ApiError, connection, getJson, onConnection} from './api.js';
import {follow} from './live_word.js';
import {onSession} from './session.js';

/**
 * The answer of api/health; what is not known yet is missing.
 * @typedef {{status?: 'ok'|'degraded', version?: string, revision?: string,
 *     uptime_s?: number,
 *     store?: {path: string, open: boolean, version: number|null, runs: number|null,
 *         error: string|null},
 *     live?: {clients: number, streams: number, samples: number,
 *         lost: number|null, loss_known: boolean, balanced: boolean,
 *         ended: boolean}|null,
 *     writable?: boolean, auth?: 'none'|'writes'|'all', authorized?: boolean}} Health
 */

const EVERY_S = 5;
const SOONEST_S = 0.5;
const SECOND_S = 1; // until it is known whether samples come
/** @type {Health} */
let present = {};
/** @type {import('./live_word.js').Growth|null} */
let growth = null;
/** @type {Set<(health: Health) => void>} */
const listeners = new Set();
/** @type {ReturnType<typeof setTimeout>|undefined} */
let timer;
let backoffS = SOONEST_S;
let nextAt = 0;

/** @returns {Health} */
export function health() {
    return present;
}

/** How the samples of the live streams grew. */
export function liveGrowth() {
    return growth;
}

/**
 * Told after each answer, and when one fails.
 * @param {(health: Health) => void} fn
 * @returns {() => void} ends it
 */
export function onHealth(fn) {
    listeners.add(fn);
    return () => void listeners.delete(fn);
}

/** Seconds until the server is asked again. */
export function nextInS() {
    return Math.max(0, (nextAt - performance.now()) / 1000);
}

/** @param {number} s */
function again(s) {
    clearTimeout(timer);
    nextAt = performance.now() + s * 1000;
    timer = setTimeout(ask, s * 1000);
}

/** Asks now. */
export async function ask() {
    clearTimeout(timer);
    try {
        present = await getJson('api/health', {quiet: true});
        const isFirst = !growth;
        growth = follow(growth, present);
        backoffS = isFirst && growth ? SECOND_S : EVERY_S;
    } catch (error) {
        if (error instanceof ApiError && error.status === 401)
            present = {auth: 'all', authorized: false};
        backoffS = connection() === 'ok' ? EVERY_S : Math.min(EVERY_S, backoffS * 2);
    }
    again(backoffS);
    for (const fn of [...listeners])
        fn(present);
}

/** Begins to ask; rests while the page is not seen. */
export function watch() {
    document.addEventListener('visibilitychange', () => {
        if (document.visibilityState === 'visible')
            ask();
        else
            clearTimeout(timer);
    });
    onConnection((now) => {
        backoffS = SOONEST_S / 2;
        if (now === 'lost')
            again(SOONEST_S);
    });
    onSession(ask);
    return ask();
}
