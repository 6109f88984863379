// SPDX-License-Identifier: GPL-3.0-or-later
// Numbers as people read them, the way the program's own reports write them. What is
// not known is a dash, never a zero.

export const NONE = '–';
const MINUS = '−';
const THIN = '\u202f'; // narrow, does not break

/**
 * @param {unknown} x
 * @returns {x is number}
 */
function known(x) {
    return typeof x === 'number' && Number.isFinite(x);
}

/** What is one line; of any length in the store. @param {string} text */
export function brief(text) {
    return text.length > 120 ? `${text.slice(0, 119)}…` : text;
}

/** @param {string} digits */
function group(digits) {
    return digits.length < 5 ? digits : digits.replace(/\B(?=(\d{3})+$)/g, THIN);
}

/** @param {string} text of a number, as JavaScript writes it */
function pretty(text) {
    const [, sign, whole, rest = '', power = ''] =
        /** @type {string[]} */ (/^(-?)(\d+)(\.\d+)?(e.*)?$/.exec(text));
    const shown = power
        ? ' × 10' + [...power.slice(1).replace('+', '')].map(raised).join('')
        : '';
    return (sign ? MINUS : '') + group(whole) + rest + shown.replaceAll(' ', THIN);
}

/** @param {string} digit */
function raised(digit) {
    return digit === '-' ? '⁻' : '⁰¹²³⁴⁵⁶⁷⁸⁹'[Number(digit)];
}

/**
 * @param {number|null|undefined} x
 * @param {number} [digits] significant; whole numbers up to a million are shown whole
 */
export function number(x, digits = 4) {
    if (!known(x))
        return NONE;
    const magnitude = Math.abs(x);
    if (magnitude === 0 || (Number.isInteger(x) && magnitude < 1e6))
        return pretty(String(x === 0 ? 0 : x));
    if (magnitude < 1e-4 || magnitude >= 1e9)
        return pretty(x.toExponential(digits - 1));
    const rounded = Number(x.toPrecision(digits));
    const decimals = digits - 1 - Math.floor(Math.log10(Math.abs(rounded)));
    return pretty(x.toFixed(Math.min(20, Math.max(0, decimals))));
}

/**
 * @param {number|null|undefined} x
 * @param {string|null|undefined} unit
 * @param {number} [digits]
 */
export function withUnit(x, unit, digits) {
    return number(x, digits) + (unit && known(x) ? THIN + unit : '');
}

/**
 * With its sign: +2.049 %.
 * @param {number|null|undefined} x
 * @param {string|null} [unit]
 * @param {number} [digits]
 */
export function signed(x, unit, digits) {
    return (known(x) && x > 0 ? '+' : '') + withUnit(x, unit, digits);
}

/**
 * @param {number|null|undefined} x in percent, not as a share
 * @param {number} [digits]
 */
export function percent(x, digits) {
    return withUnit(x, '%', digits);
}

/** @type {[string, number][]} */
const SPANS = [['d', 86400], ['h', 3600], ['min', 60], ['s', 1]];

/** @param {number} s whole, 60 and more */
function minutes(s) {
    const at = Math.min(2, SPANS.findIndex(([, length]) => s >= length));
    const [[unit, length], [next, least]] = [SPANS[at], SPANS[at + 1]];
    const rest = Math.floor((s % length) / least);
    const more = rest ? ` ${rest}${THIN}${next}` : '';
    return Math.floor(s / length) + THIN + unit + more;
}

/**
 * A duration as the program writes it: 350 µs, 7.0 s, 1 min 15 s, 2 h 3 min.
 * @param {number|null|undefined} x
 */
export function seconds(x) {
    if (!known(x))
        return NONE;
    const sign = x < 0 ? MINUS : '';
    const magnitude = Math.abs(x);
    if (magnitude >= 59.5) {
        const unit = magnitude < 3599.5 ? 1 : 60;
        return sign + minutes(Math.round(magnitude / unit) * unit);
    }
    const [unit, scale] =
        magnitude === 0 || magnitude >= 0.9995 ? ['s', 1]
        : magnitude >= 0.9995e-3 ? ['ms', 1e3]
        : magnitude >= 0.9995e-6 ? ['µs', 1e6] : ['ns', 1e9];
    const scaled = magnitude * Number(scale);
    return sign + scaled.toFixed(scaled < 9.95 && unit !== 'ns' ? 1 : 0) + THIN + unit;
}

/** @param {number} n */
function two(n) {
    return String(n).padStart(2, '0');
}

/**
 * Local time: 2026-11-22 22:59:03.
 * @param {string|number|null|undefined} moment ISO 8601, or seconds since 1970
 */
export function clock(moment) {
    const day = new Date(typeof moment === 'number' ? moment * 1000 : moment || NaN);
    if (Number.isNaN(day.getTime()))
        return NONE;
    const date = [day.getFullYear(), two(day.getMonth() + 1), two(day.getDate())];
    const time = [day.getHours(), day.getMinutes(), day.getSeconds()].map(two);
    return `${date.join('-')} ${time.join(':')}`;
}

/** @param {number|null|undefined} n */
export function count(n) {
    if (!known(n))
        return NONE;
    return (n < 0 ? MINUS : '') + group(String(Math.abs(Math.round(n))));
}

/** @param {number|null|undefined} n */
export function bytes(n) {
    if (!known(n))
        return NONE;
    let [scaled, at] = [n, 0];
    for (; at < 4 && scaled >= 1023.5; at++)
        scaled /= 1024;
    return scaled.toFixed(at && scaled < 9.95 ? 1 : 0) + THIN +
        ['B', 'KiB', 'MiB', 'GiB', 'TiB'][at];
}
