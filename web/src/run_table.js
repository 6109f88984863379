// SPDX-License-Identifier: GPL-3.0-or-later
// The runs as a table: one row each, of which the keyboard is at one.
import {h} from './dom.js';
import * as format from './format.js';
import {health} from './run_list.js';
import {link, set} from './state.js';

/** @typedef {import('./run_list.js').Run} Run */
/**
 * all: how many are listed, of which runs are shown. here: the run at which the
 * keyboard is.
 * @typedef {{runs: Run[], all: number, chosen: Set<number>, here: number|null,
 *     sorted: {key: string, down: boolean},
 *     on: Record<string, (ev: MouseEvent) => void>}} About
 */

/** @type {{key: string, title: string, class: string, sorts?: boolean}[]} */
const COLUMNS = [
    {key: 'name', title: 'Run', class: 'name', sorts: true},
    {key: 'state', title: 'State', class: 'is', sorts: true},
    {key: 'started', title: 'Started', class: 'started', sorts: true},
    {key: 'duration', title: 'Duration', class: 'num duration', sorts: true},
    {key: 'samples', title: 'Samples', class: 'num samples', sorts: true},
    {key: 'health', title: 'Health', class: 'health'},
    {key: 'host', title: 'Host', class: 'host', sorts: true},
    {key: 'tags', title: 'Tags', class: 'tags'},
];

/** @type {Record<string, [string, string]>} */
const STATES = {
    recording: ['good dot', 'it is being written now'],
    interrupted: ['warn', 'its writer ended without saying so'],
};

/** @param {Run} run */
function stateBadge(run) {
    const [kind, title] = STATES[run.state] || ['', ''];
    return kind ? h('span', {class: `badge ${kind}`, title, text: run.state})
        : h('span', {class: 'muted', text: run.state});
}

/** @param {Run} run */
export function nameOf(run) {
    return run.name || `run ${run.id}`;
}

/** @param {import('./run_list.js').Badge[]} all */
function badges(all) {
    return all.length
        ? all.map(({kind, text, title}) =>
            h('span', {class: `badge ${kind}`, title, text}))
        : h('span', {class: 'muted', title: 'it does not say yet', text: format.NONE});
}

/** @param {string} text */
function clipped(text) {
    return h('span', {class: 'clip', title: text, text});
}

/** @type {Record<string, (run: Run) => import('./dom.js').Child>} */
const CELLS = {
    name: (run) => [h('a', {href: link({page: 'view', runs: run.id}), tabindex: '-1',
        class: 'clip', title: nameOf(run), text: nameOf(run)}),
    h('span', {class: 'run-id', text: ` ${run.id}`})],
    state: stateBadge,
    started: (run) =>
        h('time', {datetime: run.started, text: format.clock(run.started)}),
    duration: (run) => format.seconds(run.duration_s),
    samples: (run) => format.count(run.samples),
    health: (run) => badges(health(run)),
    host: (run) => clipped(run.host || run.machine?.host || format.NONE),
    tags: (run) => (run.tags || []).map((/** @type {string} */ tag) =>
        h('span', {class: 'badge clip', title: tag, text: tag})),
};

/** @param {typeof COLUMNS[number]} column @param {About['sorted']} sorted */
function heading(column, {key, down}) {
    const is = key === column.key ? (down ? 'descending' : 'ascending') : null;
    const falls = is ? is === 'ascending' : /num|started/.test(column.class);
    const next = (falls ? '-' : '') + column.key;
    const sort = next === '-started' ? null : next;
    return h('th', {scope: 'col', class: column.class, 'aria-sort': is}, column.sorts
        ? h('button', {class: 'quiet', type: 'button', text: column.title,
            dataset: {sort: column.key},
            on: {click: () => set({sort}, {replace: true})}})
        : h('span', {class: 'button quiet', text: column.title}));
}

/** @param {Run} run @param {boolean} chosen @param {boolean} here */
function row(run, chosen, here) {
    const box = h('input', {type: 'checkbox', tabindex: '-1', checked: chosen,
        'aria-label': `Select ${nameOf(run)}`});
    return h('tr', {id: `run-${run.id}`, role: 'row', 'aria-selected': String(chosen),
        class: here ? 'here' : '', tabindex: here ? '0' : '-1', dataset: {id: run.id}},
        h('td', {class: 'pick', role: 'gridcell'}, h('label', null, box)),
        COLUMNS.map((column) => h('td', {class: column.class, role: 'gridcell'},
            CELLS[column.key](run))));
}

/**
 * @param {About} about
 * @returns {HTMLTableElement}
 */
export function runTable({runs, all, chosen, here, sorted, on}) {
    const table = h('table', {class: 'runs', role: 'grid', 'aria-label': 'Runs',
        'aria-multiselectable': 'true', 'aria-rowcount': all + 1, on},
        h('thead', null, h('tr', {role: 'row'},
            h('th', {scope: 'col', class: 'pick'},
                h('span', {class: 'visually-hidden', text: 'Selected'})),
            COLUMNS.map((column) => heading(column, sorted)))),
        h('tbody', null, runs.map((run) =>
            row(run, chosen.has(run.id), run.id === here))));
    const first = table.querySelector('tbody tr');
    if (first && !table.querySelector('tbody tr[tabindex="0"]'))
        first.setAttribute('tabindex', '0');
    return table;
}
