// SPDX-License-Identifier: GPL-3.0-or-later
// A cell of the table of percentiles: the value with its interval, or what it would
// take.
import {count, NONE, number} from './format.js';

/**
 * @typedef {{value: number|null, low: number|null, high: number|null, enough: boolean,
 *     needs: number, effective: number|null}} Cell
 */

/** So many decimals that the interval has two digits. @param {Cell} cell */
function decimalsOf(cell) {
    const width = Number(cell.high) - Number(cell.low);
    if (!(width > 0))
        return null;
    return Math.min(9, Math.max(0, 1 - Math.floor(Math.log10(width / 2) + 1e-12)));
}

/**
 * Effective values are whole ones, and never more than there are.
 * @param {number} needs
 * @param {number|null} has
 */
export function tooSmall(needs, has) {
    return `n too small (needs ${Math.ceil(needs)}, has ${Math.floor(has || 0)})`;
}

/**
 * An effective size in a table: rounded down, as where it is too small.
 * @param {number|null|undefined} size
 */
export function effectiveText(size) {
    return size !== null && size !== undefined && size >= 10
        ? count(Math.floor(size)) : number(size, 3);
}

/** "4998 (4988 to 5008)", or what it would take. @param {Cell} cell */
export function cellText(cell) {
    if (!cell.enough && !(cell.effective && cell.effective > 0))
        return 'no values';
    if (!cell.enough)
        return tooSmall(cell.needs, cell.effective);
    if (cell.value === null)
        return NONE;
    const decimals = cell.low === null || cell.high === null ? null : decimalsOf(cell);
    if (decimals === null)
        return number(cell.value, 6);
    const text = (/** @type {number|null} */ x) =>
        Number(x).toFixed(decimals).replace(/^-/, '−');
    return `${text(cell.value)} (${text(cell.low)} to ${text(cell.high)})`;
}
