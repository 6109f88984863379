// SPDX-License-Identifier: GPL-3.0-or-later
// How the streams do: what was asked for and what came, what was lost and why, and how
// far behind its origin a sample is when it is seen.
import {h, replace} from './dom.js';
import {count, number, seconds} from './format.js';
import {titlesOf} from './live_state.js';
import {dataTable} from './table.js';

/** @typedef {Record<string, number|boolean>} Ledger */
/**
 * @typedef {{id: number, delivered_hz: number|null, requested_hz: number|null,
 *     rows: number, samples: number, gaps: number, clock_steps: number,
 *     newest_age_s: number|null, oldest_s: number|null, newest_s: number|null,
 *     ledger: Ledger}} StreamHealth
 */
/**
 * @typedef {{now_s: number, clients: number, ended: boolean,
 *     behind_ms: {p50: number|null, p99: number|null}, ledger: Ledger,
 *     streams: StreamHealth[], notices: string[],
 *     sources: {where: string, format: string, state: string,
 *     ended: boolean}[]}} Health
 */
/** page_ms: from a message to its frame; draw_ms: script of such a frame. */
/** @typedef {{page_ms: Tally, draw_ms: Tally}} Own */

/** @type {Record<string, string>} */
const CAUSES = {
    missing: 'never arrived, by sequence number',
    late: 'arrived behind their successors',
    unmade: 'were due and never made',
    overflow: 'came while the server was too far behind',
    evicted_unseen: 'left memory unseen',
    kernel_drops: 'datagrams that the kernel dropped',
    unreadable: 'could not be read',
};

/** Numbers of the last moments, for their quantiles. */
export class Tally {
    values = new Float64Array(512);
    n = 0;

    /** @param {number} value */
    add(value) {
        this.values[this.n++ % this.values.length] = value;
    }

    /** Nearest rank. @param {number} p @returns {number} NaN: there are none */
    quantile(p) {
        const held = this.values.slice(0, Math.min(this.n, this.values.length)).sort();
        return held.length ? held[Math.max(0, Math.ceil(p * held.length) - 1)] : NaN;
    }
}

/** @param {Ledger} ledger @returns {string} "missing 12, overflow 3" */
export function losses(ledger) {
    const lost = Object.keys(CAUSES).filter((cause) => Number(ledger[cause]) > 0);
    return lost.map((cause) =>
        `${cause.replace('_', ' ')} ${count(Number(ledger[cause]))}`)
        .join(', ');
}

/** @param {Health} health @param {import('./live_state.js').Stream[]} streams */
function rowsOf(health, streams) {
    const titles = titlesOf(streams);
    return health.streams.map((one) => {
        const stream = streams.find((each) => each.id === one.id);
        return {name: titles.get(one.id) || String(one.id),
            source: stream?.source || '',
            requested: one.requested_hz, delivered: one.delivered_hz, rows: one.rows,
            gaps: one.gaps, steps: one.clock_steps,
            lost: losses(one.ledger) || 'nothing',
            age: one.newest_age_s};
    });
}

/**
 * @param {Health} health
 * @param {import('./live_state.js').Stream[]} streams
 * @returns {import('./table.js').Table}
 */
export function healthTable(health, streams) {
    return {rows: rowsOf(health, streams), columns: [
        {key: 'name', label: 'Stream'},
        {key: 'source', label: 'Source'},
        {key: 'requested', label: 'Requested', unit: 'Hz'},
        {key: 'delivered', label: 'Delivered', unit: 'Hz',
            title: 'Rows that came, for each second'},
        {key: 'rows', label: 'Rows', show: count},
        {key: 'gaps', label: 'Gaps', show: count,
            title: 'Places at which rows are missing'},
        {key: 'steps', label: 'Clock steps', show: count,
            title: 'Times at which the device clock jumped'},
        {key: 'lost', label: 'Lost samples',
            title: Object.entries(CAUSES).map(([cause, text]) =>
                `${cause.replace('_', ' ')}: ${text}`).join('\n')},
        {key: 'age', label: 'Newest row', align: 'right',
            show: (age) => age === null ? '–' : age <= 0 ? 'now'
                : `${seconds(age)} ago`},
    ]};
}

/**
 * The table; where it is narrow a card for each stream, what was lost first.
 * @param {import('./table.js').Table} table
 * @param {string} asOf when that was, if not now
 */
export function healthCards(table, asOf) {
    const el = dataTable({caption: 'Each stream, and what became of its samples' +
        (asOf && `, as of ${asOf}`), ...table});
    el.classList.add('cards');
    for (const row of el.querySelectorAll('tbody tr'))
        [...row.children].forEach((cell, at) => {
            const {key, label, unit} = table.columns[at];
            /** @type {HTMLElement} */ (cell).dataset.key = key;
            /** @type {HTMLElement} */ (cell).dataset.label =
                unit ? `${label} (${unit})` : label;
        });
    return el;
}

/** @param {number|null} ms */
function milliseconds(ms) {
    return number(ms, 2) + '\u202fms';
}

/** @param {Health} health @param {Own} own @returns {string} '': nothing has come */
export function behindText(health, own) {
    const {p50, p99} = health.behind_ms;
    if (p50 === null)
        return '';
    return `Behind the samples’ origin (median, p99): ${milliseconds(p50)}, ` +
        `${milliseconds(p99)} when the server sends, and ` +
        `${milliseconds(own.page_ms.quantile(0.5))}, ` +
        `${milliseconds(own.page_ms.quantile(0.99))} more until this page has ` +
        `drawn them (${milliseconds(own.draw_ms.quantile(0.5))} of script ` +
        'for each frame).';
}

/**
 * The lines above the table.
 * @param {HTMLElement} el
 * @param {Health} health
 * @param {Own} own
 * @param {string} asOf when that was, if the server cannot be asked; else ''
 */
export function showHealth(el, health, own, asOf) {
    const lost = losses(health.ledger);
    const behind = behindText(health, own);
    const silent = health.sources.filter((source) => source.ended || source.state);
    const then = asOf && ` until ${asOf}`;
    const good = asOf ? '' : 'good';
    replace(el,
        asOf && h('p', null, h('span', {class: 'badge warn',
            text: `Not connected: figures as of ${asOf}`}),
        ' What came since is not known.'),
        h('p', null,
            health.ledger.balanced
                ? h('span', {class: `badge ${good}`,
                    text: `Every sample accounted for${then}`})
                : h('span',
                    {class: 'badge bad', text: 'Not every sample accounted for'}),
            ' ', lost
                ? h('span', {class: 'badge warn', text: `Lost${then}: ${lost}`})
                : h('span', {class: `badge ${good}`, text: `Nothing lost${then}`})),
        behind && h('p', {class: 'muted', text: behind}),
        silent.map((source) => h('p', {class: 'muted'}, h('code', {text: source.where}),
            ` ${source.state}`,
            source.ended && source.state !== 'ended' ? ', ended' : '')),
        health.notices.map((notice) => h('p', {class: 'muted', text: notice})));
}
