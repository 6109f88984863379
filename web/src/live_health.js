// SPDX-License-Identifier: GPL-3.0-or-later
// How the streams do: what was asked for and what came, what was lost and why, and how
// far behind its origin a sample is when it is seen.
import {h, replace} from './dom.js';
import {NONE, count, number, seconds} from './format.js';
import {titlesOf} from './live_state.js';
import {dataTable} from './table.js';

/** @typedef {Record<string, number|boolean|null>} Ledger */
/**
 * @typedef {{id: number, delivered_hz: number|null, requested_hz: number|null,
 *     rows: number, samples: number, gaps: number, clock_steps: number,
 *     newest_age_s: number|null, oldest_s: number|null, newest_s: number|null,
 *     loss_known: boolean, ledger: Ledger}} StreamHealth
 */
/**
 * @typedef {{now_s: number, clients: number, ended: boolean,
 *     behind_ms: {p50: number|null, p99: number|null}, loss_known: boolean,
 *     ledger: Ledger,
 *     streams: StreamHealth[], notices: string[],
 *     sources: {where: string, format: string, state: string,
 *     ended: boolean}[]}} Health
 */
/** page_ms: from when the server made a message until its frame is painted; draw_ms:
 * script of such a frame. */
/** @typedef {{page_ms: Tally, draw_ms: Tally}} Own */

const MOST_NAMED = 6;

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

/**
 * Once a browser has painted what was drawn, which may take it longer than the script.
 * @param {() => void} then
 */
export function afterFrame(then) {
    const {port1, port2} = new MessageChannel();
    port1.onmessage = () => {
        port1.close();
        then();
    };
    port2.postMessage(null);
}

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

/** What was lost of a stream. @param {StreamHealth} one */
function lostText(one) {
    const lost = losses(one.ledger);
    if (one.loss_known)
        return one.rows || lost ? lost || 'nothing' : NONE;
    return (lost ? `${lost}; more ` : '') + 'not known: this format numbers no rows';
}

/** @param {string[]} names @param {number} most */
function listed(names, most) {
    const more = names.length - most;
    return names.slice(0, most).join(', ') + (more > 0 ? ` and ${more} more` : '');
}

/**
 * What is known of streams whose lost rows leave no trace: how many came of those that
 * were asked for, and holes in their times.
 * @param {Health} health
 * @param {import('./live_state.js').Stream[]} streams
 * @returns {string} '': there are none
 */
export function unknownText(health, streams) {
    const titles = titlesOf(streams);
    const unknown = health.streams.filter((one) => !one.loss_known && one.rows);
    if (!unknown.length)
        return '';
    const rates = unknown.filter((one) =>
        one.requested_hz && one.delivered_hz !== null).map((one) =>
        `${titles.get(one.id) || one.id} delivered ${number(one.delivered_hz, 4)} of ` +
            `${number(one.requested_hz, 4)}\u202fHz`);
    const gaps = unknown.reduce((sum, one) => sum + one.gaps, 0);
    return [`Holes between the times of their rows: ${count(gaps)}.`,
        rates.length && `In the last second ${listed(rates, MOST_NAMED)}.`]
        .filter(Boolean).join(' ');
}

/**
 * The badges: what became of the samples, and what nobody can know.
 * @param {Health} health
 * @param {import('./live_state.js').Stream[]} streams
 * @param {string} asOf
 * @returns {[string, string][]} kind and text
 */
export function badgesOf(health, streams, asOf) {
    const then = asOf && ` until ${asOf}`;
    const good = asOf ? '' : 'good';
    const lost = losses(health.ledger);
    const formats = new Set(streams.filter(({id}) =>
        health.streams.some((one) => one.id === id && !one.loss_known))
        .map(({format}) => format));
    /** @type {[string, string][]} */
    const badges = [];
    if (!health.ledger.balanced)
        badges.push(['bad', 'Not every sample accounted for']);
    else if (health.ledger.received)
        badges.push([good, (health.loss_known ? 'Every sample accounted for'
            : 'Every sample that came is accounted for') + then]);
    else
        badges.push(['', 'No row has come']);
    if (lost)
        badges.push(['warn', `Lost${then}: ${lost}`]);
    else if (health.loss_known)
        badges.push([good, `Nothing lost${then}`]);
    if (formats.size)
        badges.push(['', `Loss not known: ${[...formats].join(' and ')} ` +
            `number${formats.size === 1 ? 's' : ''} no rows`]);
    return badges;
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
            lost: lostText(one),
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
 * @param {{health: Health, streams: import('./live_state.js').Stream[]}} about
 * @param {Own} own
 * @param {string} asOf when that was, if the server cannot be asked; else ''
 */
export function showHealth(el, {health, streams}, own, asOf) {
    const behind = behindText(health, own);
    const unknown = unknownText(health, streams);
    const silent = health.sources.filter((source) => source.ended || source.state);
    replace(el,
        asOf && h('p', null, h('span', {class: 'badge warn',
            text: `Not connected: figures as of ${asOf}`}),
        ' What came since is not known.'),
        h('p', null, badgesOf(health, streams, asOf).flatMap(([kind, text]) =>
            [h('span', {class: `badge ${kind}`, text}), ' '])),
        unknown && h('p', {class: 'muted', text: unknown}),
        behind && h('p', {class: 'muted', text: behind}),
        silent.map((source) => h('p', {class: 'muted'}, h('code', {text: source.where}),
            ` ${source.state}`,
            source.ended && source.state !== 'ended' ? ', ended' : '')),
        health.notices.map((notice) => h('p', {class: 'muted', text: notice})));
}
