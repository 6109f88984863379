// SPDX-License-Identifier: GPL-3.0-or-later
// The whole view is the query of the address: what can be seen can be linked to, and
// the browser's back and forward move through it.

/** @typedef {Record<string, string>} State */
/** @typedef {Record<string, string|number|boolean|null|undefined>} Patch */

/** What stays when another page is opened. */
const EVERYWHERE = ['theme'];

/** @type {Set<(state: State) => void>} */
const listeners = new Set();

/**
 * @param {string} query
 * @returns {State}
 */
export function parse(query) {
    /** @type {State} */
    const state = {};
    for (const [key, value] of new URLSearchParams(query))
        if (value !== '')
            state[key] = value;
    return state;
}

/**
 * Null, undefined, false and '' delete a key. Another page keeps only what holds on
 * every page, and what the patch says.
 * @param {State} state
 * @param {Patch} patch
 * @returns {State}
 */
export function merge(state, patch) {
    const moves = patch.page !== undefined && (patch.page || '') !== (state.page || '');
    /** @type {State} */
    const merged = {};
    for (const [key, value] of Object.entries(state))
        if (!moves || EVERYWHERE.includes(key))
            merged[key] = value;
    for (const [key, value] of Object.entries(patch)) {
        delete merged[key];
        if (value !== null && value !== undefined && value !== false && value !== '')
            merged[key] = String(value);
    }
    return merged;
}

/**
 * The query of a state. Commas, colons and @ stay readable.
 * @param {State} state
 * @returns {string}
 */
export function query(state) {
    const text = new URLSearchParams(state).toString();
    return '?' + text.replace(/%(2C|3A|40)/g, (code) => decodeURIComponent(code));
}

/**
 * What the address says now.
 * @returns {State}
 */
export function get() {
    return parse(location.search);
}

/**
 * The address that a patch leads to, for href.
 * @param {Patch} patch
 * @returns {string}
 */
export function link(patch) {
    return query(merge(get(), patch));
}

/**
 * Changes the view: a new entry of the history, or in place of the present one.
 * @param {Patch} patch
 * @param {{replace?: boolean}} [how]
 */
export function set(patch, how) {
    go(link(patch), how);
}

/**
 * @param {string} href of link()
 * @param {{replace?: boolean}} [how]
 */
export function go(href, how) {
    if (href === (location.search || '?'))
        return;
    if (how?.replace)
        history.replaceState(null, '', href);
    else
        history.pushState(null, '', href);
    tell();
}

/**
 * @param {(state: State) => void} fn
 * @returns {() => void} ends it
 */
export function onChange(fn) {
    listeners.add(fn);
    return () => void listeners.delete(fn);
}

function tell() {
    const state = get();
    for (const fn of [...listeners])
        fn(state);
}

if (typeof window !== 'undefined')
    window.addEventListener('popstate', tell);
