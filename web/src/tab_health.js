// SPDX-License-Identifier: GPL-3.0-or-later
// What was asked for and what came, stream by stream: rates, gaps, loss by cause,
// boots.
import {getJson} from './api.js';
import {h} from './dom.js';
import {exhibit} from './exhibit.js';
import {percent} from './format.js';
import {FIGURES, ledgerOf, sentence, yieldOf} from './health_words.js';
import {empty} from './states.js';
import {dataTable} from './table.js';
import {definitions, runName, tabOf} from './tab.js';

/** @param {import('./tab.js').Asked} asked @param {AbortSignal} signal */
function ask({runs}, signal) {
    return Promise.all(runs.map((run) =>
        getJson(`api/runs/${encodeURIComponent(run)}`, {signal})));
}

/** @param {any[]} answers */
function rowsOf(answers) {
    return answers.flatMap((answer) => answer.streams.map((/** @type {any} */ stream) =>
        ({...stream, run: answer.run.id, run_name: answer.run.name, stream: stream.name,
            yield: yieldOf(stream)})));
}

/** Figures of which at least one stream has one. @param {any[]} rows */
function tableOf(rows) {
    const known = FIGURES.filter(({key}) => rows.some((row) =>
        row[key] !== null && row[key] !== undefined));
    return {rows, columns: [
        {key: 'run', label: 'run', align: /** @type {'left'} */ ('left')},
        {key: 'run_name', label: 'name'}, {key: 'stream', label: 'stream'},
        ...known.map(({key, label, about, show, worry}) => ({key, label, title: about,
            align: /** @type {'right'} */ ('right'),
            show: (/** @type {any} */ value, /** @type {any} */ row) => worry?.(row)
                ? h('span', {class: 'bad'}, `⚠ ${show(value)}`) : show(value)}))]};
}

/** Delivered of requested, as a bar with its figure. @param {any} row */
function rateBar(row) {
    if (row.yield === null)
        return h('p',
            {class: 'muted', text: 'No rate was asked for, so that nothing can be ' +
            'said of how much of it came.'});
    return h('p', {class: 'rate'},
        h('meter', {min: '0', max: '100', low: '80', high: '95',
        optimum: '100', value: String(Math.min(100, row.yield)),
        'aria-label': 'delivered of requested'}),
    ` ${percent(row.yield)} of the requested rate`);
}

/** @param {any} row */
function streamCard(row) {
    const words = sentence(row);
    const well = words.startsWith('Nothing is');
    const [kind, text] = well ? ['good', '✓ well'] : words.startsWith('Its rows')
        ? ['', '– gaps and loss not known'] : ['warn', '⚠ look at it'];
    return h('article', {class: 'card stream-health'},
        h('header', null, h('h2', {text: row.stream}),
            h('span', {class: `badge ${kind}`, text})),
        h('p', {class: 'muted', text: `${runName({id: row.run, name: row.run_name})}, ${
            row.source || row.form}`}),
        h('p', {text: words}), rateBar(row));
}

/** @param {any} answer */
function account(answer) {
    const entries = ledgerOf(answer.run.delivered);
    if (!entries.length)
        return null;
    return h('details', null,
        h('summary', {text: `${runName(answer.run)}: where every sample went`}),
        definitions(entries));
}

/** @param {HTMLElement} body @param {any[]} answers */
function show(body, answers) {
    const rows = rowsOf(answers);
    if (!rows.length) {
        body.append(empty('No streams', 'Nothing came while this was recorded.'));
        return () => {};
    }
    const title = 'Health of the streams';
    const table = () => tableOf(rows);
    body.append(h('div', {class: 'cards'}, rows.map(streamCard)),
        exhibit({title, chart: dataTable({...table(), caption: title}), table,
            note: 'Loss and gaps follow from stamps and bytes of frames; of rows of ' +
                'values they are not known.'}),
        ...answers.map((answer) => account(answer) || ''),
        definitions(FIGURES.map(({label, about}) => [label, about])));
    return () => {};
}

/** @param {HTMLElement} root @param {import('./tab.js').About} about */
export function mount(root, about) {
    return tabOf(root, about,
        {text: 'Reading every sample of these runs', question: ask,
        show, same: ({runs}) => runs});
}
