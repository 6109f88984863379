// SPDX-License-Identifier: GPL-3.0-or-later
// Dark or light: what the address says, else what the system wants. Colours of series
// are in style.css; each series also has a dash and a shape of its own, so that no
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
/** Path data around 0, 0. */
const SHAPES = [
    'M-4 0a4 4 0 1 0 8 0a4 4 0 1 0-8 0z', 'M-3.6-3.6h7.2v7.2h-7.2z',
    'M0-4.8L4.8 3.6h-9.6z', 'M0-5.2L5.2 0L0 5.2L-5.2 0z',
    'M0 4.8L4.8-3.6h-9.6z', 'M-1.5-4.8h3v3.3h3.3v3h-3.3v3.3h-3v-3.3h-3.3v-3h3.3z',
    'M0-2L2.5-4.5l2 2L2 0l2.5 2.5l-2 2L0 2l-2.5 2.5l-2-2L-2 0l-2.5-2.5l2-2z',
    'M0-5.4l1.4 3.5l3.7.2l-2.9 2.4l1 3.7l-3.2-2.1l-3.2 2.1l1-3.7l-2.9-2.4l3.7-.2z'];

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

/**
 * Its shape, as path data around 0, 0.
 * @param {number} i
 */
export function shape(i) {
    return SHAPES[i % SHAPES.length];
}

apply();
onChange(apply);
wanted.addEventListener('change', apply);
