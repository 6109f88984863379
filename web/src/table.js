// SPDX-License-Identifier: GPL-3.0-or-later
// Tables: what a chart shows, as text that a screen reader and a spreadsheet can read.
import {h} from './dom.js';
import {number, NONE} from './format.js';

/**
 * align: numbers stand right unless it says otherwise. show: how a value is written on
 * the page; files always have the number itself.
 * @typedef {{key: string, label: string, unit?: string, align?: 'left'|'right',
 *     title?: string, show?: (value: any, row: any) => any}} Column
 */
/** @typedef {{columns: Column[], rows: Record<string, any>[]}} Table */

/** Rows of one page of a table; a file has all of them. */
const MOST_ROWS = 500;

/** @param {Column} column */
function heading(column) {
    return column.label + (column.unit ? ` (${column.unit})` : '');
}

/** @param {any} value */
function plain(value) {
    if (value === null || value === undefined || Number.isNaN(value))
        return '';
    return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

/** A spreadsheet would take a text for a formula. */
/** @param {any} value */
function harmless(value) {
    const text = plain(value);
    return typeof value === 'string' && /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
}

/** @param {string} text */
function quoted(text) {
    return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/**
 * RFC 4180, numbers unrounded; what is not known is empty. A text that begins like a
 * formula has a ' before it.
 * @param {Table} table
 * @returns {string}
 */
export function csv(table) {
    const lines = [table.columns.map((column) => quoted(harmless(heading(column))))];
    for (const row of table.rows)
        lines.push(table.columns.map((column) => quoted(harmless(row[column.key]))));
    return lines.map((cells) => cells.join(',') + '\r\n').join('');
}

/**
 * @param {Column} column
 * @param {Record<string, any>} row
 */
function shown(column, row) {
    const value = row[column.key];
    if (column.show)
        return column.show(value, row);
    if (typeof value === 'number')
        return number(value, 6);
    return value === null || value === undefined ? NONE : plain(value);
}

/**
 * @param {Column} column
 * @param {Table} table
 */
function side(column, table) {
    const first = table.rows.find((row) => row[column.key] !== null)?.[column.key];
    return column.align === 'right' || (!column.align && typeof first === 'number')
        ? 'num' : '';
}

/**
 * @param {Table} table
 * @param {Record<string, any>} row
 * @param {string[]} sides
 * @param {((row: any) => void)|undefined} onRow
 */
function line(table, row, sides, onRow) {
    const cells = table.columns.map((column, at) =>
        h(at ? 'td' : 'th', {class: sides[at], scope: at ? null : 'row'},
            shown(column, row)));
    if (!onRow)
        return h('tr', null, cells);
    return h('tr', {class: 'choice', tabindex: '0', on: {
        click: () => onRow(row),
        keydown: (/** @type {KeyboardEvent} */ ev) => {
            if (ev.key !== 'Enter' && ev.key !== ' ')
                return;
            ev.preventDefault();
            onRow(row);
        },
    }}, cells);
}

/**
 * An element that scrolls by itself where it is too wide.
 * @param {Table & {caption: string, onRow?: (row: any) => void}} table
 * @returns {HTMLElement}
 */
export function dataTable(table) {
    const sides = table.columns.map((column) => side(column, table));
    const body = h('tbody');
    const rest = h('p', {class: 'muted'});
    let from = 0;
    const more = h('button', {type: 'button', class: 'quiet', on: {click: add}});

    function add() {
        const next = table.rows.slice(from, from + MOST_ROWS);
        body.append(...next.map((row) => line(table, row, sides, table.onRow)));
        from += next.length;
        const left = table.rows.length - from;
        more.textContent = `${Math.min(left, MOST_ROWS)} more rows`;
        rest.textContent =
            `${from} of ${table.rows.length} rows; CSV and JSON have all. `;
        rest.append(more);
        rest.hidden = left === 0;
    }
    add();
    return h('div', {class: 'table'},
        h('div', {class: 'scroll', tabindex: '0', role: 'group',
            'aria-label': table.caption},
            h('table', {class: 'data'},
                h('caption', {text: table.caption}),
                h('thead', null, h('tr', null, table.columns.map((column, at) =>
                    h('th', {scope: 'col', class: sides[at], title: column.title,
                        text: heading(column)})))),
                body)),
        table.rows.length ? rest : h('p', {class: 'muted', text: 'No rows.'}));
}
