// SPDX-License-Identifier: GPL-3.0-or-later
// What the server is asked. All paths are relative, so that the page also works below a
// reverse proxy's path.
import {askToken} from './session.js';

/** status 0: the server did not answer. */
export class ApiError extends Error {
    /**
     * @param {number} status
     * @param {string} message a sentence
     */
    constructor(status, message) {
        super(message);
        this.name = 'ApiError';
        this.status = status;
    }
}

/** @typedef {'ok'|'lost'} Connection */
/** @type {Connection} */
let present = 'ok';
/** @type {Set<(connection: Connection) => void>} */
const listeners = new Set();

/** @returns {Connection} */
export function connection() {
    return present;
}

/**
 * Told when the server stops to answer, and when it answers again.
 * @param {(connection: Connection) => void} fn
 * @returns {() => void} ends it
 */
export function onConnection(fn) {
    listeners.add(fn);
    return () => void listeners.delete(fn);
}

/** @param {Connection} now */
function report(now) {
    if (now === present)
        return;
    present = now;
    for (const fn of [...listeners])
        fn(now);
}

/** @param {Response} response */
async function sentence(response) {
    try {
        return String((await response.json()).error);
    } catch {
        return `The server answered ${response.status} ${response.statusText}.`;
    }
}

/**
 * @param {string} path
 * @param {RequestInit} init
 * @returns {Promise<Response>}
 */
async function request(path, init) {
    let response;
    try {
        response = await fetch(path, {credentials: 'same-origin', ...init});
    } catch (error) {
        if (init.signal?.aborted)
            throw error;
        report('lost');
        throw new ApiError(0, 'The server does not answer.');
    }
    report('ok');
    return response;
}

/**
 * @param {string} path
 * @param {RequestInit} init
 * @param {boolean} [quiet] nobody is asked for the token
 */
async function answer(path, init, quiet) {
    let response = await request(path, init);
    const refused = response.status === 401 && !quiet;
    if (refused && await askToken())
        response = await request(path, init);
    if (!response.ok)
        throw new ApiError(response.status, await sentence(response));
    const text = await response.text();
    return text ? JSON.parse(text) : null;
}

/**
 * @param {string} path "api/runs"
 * @param {{signal?: AbortSignal, quiet?: boolean}} [how] quiet: nobody is asked for the
 *     token
 * @returns {Promise<any>}
 */
export function getJson(path, how) {
    const headers = {Accept: 'application/json'};
    return answer(path, {signal: how?.signal, headers}, how?.quiet);
}

/**
 * @param {string} method
 * @param {string} path
 * @param {unknown} [body] sent as JSON
 * @returns {Promise<any>} null where the answer is empty
 */
export function send(method, path, body) {
    const json = {'Content-Type': 'application/json'};
    return answer(path, body === undefined
        ? {method}
        : {method, headers: json, body: JSON.stringify(body)});
}

/**
 * "?a=1&b=2" of what is known; '' of nothing.
 * @param {Record<string, string|number|boolean|null|undefined>} params
 */
export function params(params) {
    const known = Object.entries(params).filter(([, value]) =>
        value !== null && value !== undefined && value !== '');
    const text = new URLSearchParams(known.map(([key, value]) => [key, String(value)]));
    return known.length ? '?' + text : '';
}
