// SPDX-License-Identifier: GPL-3.0-or-later
// What can be taken away: a chart or table with its title and settings, its twin as a
// table, and buttons that save it. The report is made of the exhibits that are on the
// page.
import {h, replace} from './dom.js';
import {get, onChange, set} from './state.js';
import {csv, dataTable} from './table.js';
import {css} from './theme.js';

/** @typedef {import('./table.js').Table} Table */
/**
 * note: the settings (runs, metric, window, seed); they are printed inside the picture
 * too. remarks: what the page says beside it, for the report. canvas: the picture in
 * device pixels, null where there is only the table. id: for the address, of the title
 * where it is not said.
 * @typedef {{title: string, note?: string|(() => string), chart: HTMLElement,
 *     id?: string, canvas?: (() => Promise<HTMLCanvasElement>)|null,
 *     table: () => Table, actions?: HTMLElement[], remarks?: () => string[]}} Exhibit
 */
/** @typedef {Exhibit & {id: string, element: HTMLElement, sync: () => void}} Shown */

/** @type {Set<Shown>} */
const all = new Set();

/** @param {string} title */
function slug(title) {
    return title.toLowerCase().normalize('NFKD').replace(/[^a-z0-9]+/g, '-')
        .replace(/^-+|-+$/g, '') || 'exhibit';
}

/** @param {Exhibit} about */
export function noteOf(about) {
    return typeof about.note === 'function' ? about.note() : about.note || '';
}

/** @param {Blob} blob @param {string} name */
export function download(blob, name) {
    const url = URL.createObjectURL(blob);
    const link = h('a', {href: url, download: name});
    document.body.append(link);
    link.click();
    link.remove();
    setTimeout(() => URL.revokeObjectURL(url), 60000);
}

/**
 * Lines of at most @width.
 * @param {CanvasRenderingContext2D} ctx
 * @param {string} text
 * @param {number} width
 */
function wrap(ctx, text, width) {
    /** @type {string[]} */
    const lines = [];
    let line = '';
    for (const word of text.split(/\s+/)) {
        const longer = line ? `${line} ${word}` : word;
        if (line && ctx.measureText(longer).width > width) {
            lines.push(line);
            line = word;
        } else {
            line = longer;
        }
    }
    return line ? [...lines, line] : lines;
}

/**
 * The picture with its title above and its settings below, as it is saved.
 * @param {Exhibit} about
 * @returns {Promise<HTMLCanvasElement>}
 */
export async function picture(about) {
    if (!about.canvas)
        throw new Error('There is no picture of a table.');
    const inner = await about.canvas();
    const scale = window.devicePixelRatio || 1;
    const pad = 16 * scale;
    const canvas = document.createElement('canvas');
    const ctx = /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d'));
    const small = `${12 * scale}px system-ui, sans-serif`;
    const large = `600 ${16 * scale}px system-ui, sans-serif`;

    ctx.font = large;
    const titles = wrap(ctx, about.title, inner.width);
    ctx.font = small;
    const notes = wrap(ctx, noteOf(about), inner.width);
    const top = pad + titles.length * 22 * scale + 6 * scale;
    canvas.width = inner.width + 2 * pad;
    canvas.height = top + inner.height + notes.length * 17 * scale + 1.5 * pad;

    ctx.fillStyle = css('--surface');
    ctx.fillRect(0, 0, canvas.width, canvas.height);
    ctx.drawImage(inner, pad, top);
    ctx.textBaseline = 'top';
    ctx.fillStyle = css('--text');
    ctx.font = large;
    titles.forEach((line, at) => ctx.fillText(line, pad, pad + at * 22 * scale));
    ctx.fillStyle = css('--muted');
    ctx.font = small;
    notes.forEach((line, at) => ctx.fillText(line, pad,
        top + inner.height + pad / 2 + at * 17 * scale));
    return canvas;
}

/** @param {Shown} shown */
async function savePng(shown) {
    const canvas = await picture(shown);
    canvas.toBlob((blob) => blob && download(blob, `${shown.id}.png`), 'image/png');
}

/** @param {Shown} shown */
function saveCsv(shown) {
    download(new Blob([csv(shown.table())], {type: 'text/csv'}), `${shown.id}.csv`);
}

/** @param {Shown} shown */
function saveJson(shown) {
    const {columns, rows} = shown.table();
    const text = JSON.stringify({title: shown.title, settings: noteOf(shown),
        address: location.search,
        columns: columns.map(({key, label, unit}) => ({key, label, unit})), rows},
    null, 1);
    download(new Blob([text], {type: 'application/json'}), `${shown.id}.json`);
}

/** @param {string} id */
function flip(id) {
    const open = new Set((get().twin || '').split(',').filter(Boolean));
    if (!open.delete(id))
        open.add(id);
    set({twin: [...open].join(',')}, {replace: true});
}

/**
 * @param {Exhibit} about
 * @returns {HTMLElement}
 */
export function exhibit(about) {
    const id = about.id || slug(about.title);
    const twin = h('div', {class: 'twin', id: `twin-${id}`, hidden: true,
        tabindex: '-1', role: 'group', 'aria-label': `${about.title}, as a table`});
    const note = h('p', {class: 'note'});
    const asTable = h('button', {type: 'button', class: 'quiet', text: 'Table',
        'aria-expanded': 'false', 'aria-controls': `twin-${id}`,
        title: 'What the chart shows, as a table', on: {click: show}});
    const element = h('section', {class: 'exhibit', 'aria-label': about.title,
        dataset: {exhibit: id}});
    /** @type {Shown} */
    const shown = {...about, id, element, sync};

    /** @param {string} text @param {string} title @param {(s: Shown) => void} save */
    const button = (text, title, save) => h('button', {type: 'button', class: 'quiet',
        text, title, 'aria-label': `${title}: ${about.title}`,
        on: {click: () => save(shown)}});

    /** Opened, it is where one goes on: it may stand below what is seen. */
    function show() {
        flip(id);
        if (twin.hidden)
            return;
        twin.focus({preventScroll: true});
        twin.scrollIntoView({block: 'nearest'});
    }

    function sync() {
        const open = (get().twin || '').split(',').includes(id);
        note.textContent = noteOf(about);
        note.hidden = !note.textContent;
        asTable.setAttribute('aria-expanded', String(open));
        twin.hidden = !open;
        if (open)
            replace(twin, dataTable({...about.table(), caption: about.title}));
        else
            replace(twin);
    }

    element.append(
        h('header', null, h('h2', {text: about.title}),
            h('div', {class: 'tools'}, about.actions,
                about.canvas && asTable,
                about.canvas && button('PNG', 'Save the picture as PNG', savePng),
                button('CSV', 'Save the table as CSV', saveCsv),
                button('JSON', 'Save the table as JSON', saveJson))),
        about.chart, note, twin);
    all.add(shown);
    sync();
    return element;
}

/**
 * What it shows has changed: its note and its open table twin follow.
 * @param {HTMLElement} element of exhibit()
 */
export function refresh(element) {
    for (const shown of all)
        if (shown.element === element)
            shown.sync();
}

/**
 * What is on the page now, in its order. What has left the page is forgotten.
 * @returns {Shown[]}
 */
export function exhibits() {
    for (const shown of all)
        if (!shown.element.isConnected)
            all.delete(shown);
    return [...all].sort((a, b) =>
        a.element.compareDocumentPosition(b.element) & 4 ? -1 : 1);
}

onChange(() => {
    for (const shown of exhibits())
        shown.sync();
});
