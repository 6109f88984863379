// SPDX-License-Identifier: GPL-3.0-or-later
// Where an axis has its ticks, and how they are written. Times are seconds, or moments
// that are shown as local clock times.
import {number} from './format.js';

/** @typedef {'seconds'|'unix'|undefined} TimeKind */

const STEPS = [1, 2, 5, 10, 15, 20, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800,
    21600, 43200, 86400, 172800, 432000, 864000];

/** Distances between ticks that read well in times. */
export const TIME_STEPS = [1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 1e-1]
    .flatMap((power) => [power, 2 * power, 5 * power]).concat(STEPS);

/** @param {number} n */
function two(n) {
    return String(n).padStart(2, '0');
}

/** @param {number} step digits behind the point that tell two ticks apart */
function decimals(step) {
    const digits = Math.max(0, Math.min(8, -Math.floor(Math.log10(step) + 1e-9)));
    const units = step * 10 ** digits;
    // 0.25, 2.5
    return Math.abs(units - Math.round(units)) > 1e-6 ? digits + 1 : digits;
}

/**
 * @param {number} s of the day, or of the run
 * @param {number} step
 * @param {boolean} hours
 */
function sexagesimal(s, step, hours) {
    const digits = decimals(step);
    const unit = 10 ** -digits;
    const whole = Math.round(s / unit) * unit;
    const rest = (whole % 60).toFixed(digits).padStart(digits ? digits + 3 : 2, '0');
    const minutes = Math.floor((whole + unit / 2) / 60);
    return hours
        ? `${two(Math.floor(minutes / 60))}:${two(minutes % 60)}:${rest}`
        : `${minutes}:${rest}`;
}

/** @param {number} unix_s @returns {number} seconds that local time is ahead */
function ahead(unix_s) {
    return -60 * new Date(unix_s * 1000).getTimezoneOffset();
}

/**
 * @param {number} x
 * @param {number} step between two ticks
 * @param {TimeKind} kind
 * @param {number} origin what x counts from: seconds since 1970
 * @returns {string}
 */
export function timeText(x, step, kind, origin) {
    if (kind === 'unix') {
        const local = origin + x + ahead(origin + x);
        if (step >= 86400)
            return new Date(local * 1000).toISOString().slice(5, 10);
        return sexagesimal(((local % 86400) + 86400) % 86400, step, true);
    }
    const sign = x < 0 && Math.abs(x) >= step / 2 ? '−' : '';
    const length = Math.abs(x);
    if (length < 120 && step < 60)
        return sign + length.toFixed(decimals(step));
    return sign + sexagesimal(length, step, length >= 3600);
}

/**
 * Multiples of @step in [min, max]; of local clock time where x is a moment.
 * @param {number} min
 * @param {number} max
 * @param {number} step
 * @param {number} origin 0 for plain numbers
 * @returns {number[]}
 */
export function ticks(min, max, step, origin) {
    const base = origin ? origin + ahead(origin + min) : 0;
    const offset = base - Math.floor(base / step) * step;
    const first = Math.ceil((min + offset) / step - 1e-9);
    const last = Math.floor((max + offset) / step + 1e-9);
    const all = [];
    for (let i = first; i <= last && all.length < 200; i++)
        all.push(i * step - offset);
    return all;
}

/**
 * @param {number} value
 * @param {number} step
 * @returns {string}
 */
export function numberText(value, step) {
    const magnitude = Math.abs(value);
    if (magnitude < step / 1e6)
        return '0';
    if (magnitude >= 1e6 || magnitude < 1e-4 || step < 1e-6)
        return number(value, 4);
    const text = magnitude.toFixed(decimals(step));
    const grouped = magnitude >= 1e4 ? text.replace(/\B(?=(\d{3})+(?!\d))/g, '\u202f')
        : text;
    return (value < 0 ? '−' : '') + (text.includes('.') ? text : grouped);
}

/**
 * A range with room around it: for an axis.
 * @param {number} min
 * @param {number} max
 * @returns {[number, number]}
 */
export function roomy(min, max) {
    if (!(min <= max))
        return [0, 1];
    const pad = (max - min) * 0.06 || Math.abs(max) * 0.1 || 1;
    return [min - pad, max + pad];
}

/**
 * An axis that rests while what it shows still fills it: a picture that moves is easier
 * to read on an axis that does not.
 * @param {[number, number]|null} shown
 * @param {number} min
 * @param {number} max
 * @returns {[number, number]}
 */
export function restful(shown, min, max) {
    if (shown && (!(min <= max) || (min >= shown[0] && max <= shown[1] &&
        max - min > (shown[1] - shown[0]) * 0.5)))
        return shown;
    const [low, high] = roomy(min, max);
    const pad = (high - low) * 0.06;
    return [low - pad, high + pad];
}
