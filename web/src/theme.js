// SPDX-License-Identifier: GPL-3.0-or-later
// Dark or light: what the address says, else what the system wants. Colours of series
// are in style.css; each series also has a dash and a marker of its own, so that no
// meaning hangs on colour alone.
import {get, onChange, set} from './state.js';

/** @typedef {'dark'|'light'} Theme */
/** @type {Set<(theme: Theme) => void>} */
const listeners = new Set();
/** @type {Map<string, string>} */
const known = new Map();
const wanted = matchMedia('(prefers-color-scheme: dark)');
/** @type {Theme|null} */
let applied = null;

const COLOURS = 8;
const DASHES = [[], [7, 3], [2, 3], [9, 3, 2, 3], [4, 4]];
const MARKERS = ['circle', 'square', 'triangle', 'diamond', 'cross', 'plus', 'star'];

/** @returns {Theme} */
export function theme() {
    const said = get().theme;
    if (said === 'dark' || said === 'light')
        return said;
    return wanted.matches ? 'dark' : 'light';
}

export function toggle() {
    const next = theme() === 'dark' ? 'light' : 'dark';
    set({theme: next === (wanted.matches ? 'dark' : 'light') ? null : next},
        {replace: true});
}

/**
 * @param {(theme: Theme) => void} fn
 * @returns {() => void} ends it
 */
export function onTheme(fn) {
    listeners.add(fn);
    return () => void listeners.delete(fn);
}

function apply() {
    const now = theme();
    if (now === applied)
        return;
    const first = applied === null;
    applied = now;
    known.clear();
    document.documentElement.dataset.theme = now;
    if (!first)
        for (const fn of [...listeners])
            fn(now);
}

/**
 * The value of a variable of the style sheet: css('--text').
 * @param {string} name
 */
export function css(name) {
    let value = known.get(name);
    if (value === undefined) {
        const style = getComputedStyle(document.documentElement);
        value = style.getPropertyValue(name).trim();
        known.set(name, value);
    }
    return value;
}

/**
 * The colour of series @i, in the present theme.
 * @param {number} i
 */
export function colour(i) {
    return css(`--series-${i % COLOURS}`);
}

/**
 * For setLineDash; the first is solid.
 * @param {number} i
 */
export function dash(i) {
    return DASHES[i % DASHES.length];
}

/** @param {number} i */
export function marker(i) {
    return MARKERS[i % MARKERS.length];
}

apply();
onChange(apply);
wanted.addEventListener('change', apply);
