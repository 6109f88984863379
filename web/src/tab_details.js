// SPDX-License-Identifier: GPL-3.0-or-later
// Where a run comes from: machine, command, what was asked for and what came, its
// remarks.
import {getJson} from './api.js';
import {h} from './dom.js';
import {bytes, clock, count, number, seconds} from './format.js';
import {annotationList} from './annotations.js';
import {link} from './state.js';
import {definitions, runName, tabOf} from './tab.js';

/** @param {import('./tab.js').Asked} asked @param {AbortSignal} signal */
function ask({runs}, signal) {
    return Promise.all(runs.map((run) =>
        getJson(`api/runs/${encodeURIComponent(run)}?figures=no`, {signal})));
}

/** @param {string} key @param {unknown} value @returns {string} */
function valueText(key, value) {
    if (value === null || value === undefined)
        return '–';
    if (typeof value === 'boolean')
        return value ? 'yes' : 'no';
    if (typeof value === 'number')
        return key.endsWith('bytes') ? bytes(value)
            : key.endsWith('_s') ? seconds(value) : number(value, 8);
    return Array.isArray(value) ? value.map((one) => typeof one === 'object'
        ? JSON.stringify(one) : String(one)).join(' ') : String(value);
}

/**
 * An object's entries, those of objects within it behind their name.
 * @param {any} object
 * @param {string} [before]
 * @returns {[string, string][]}
 */
export function entriesOf(object, before = '') {
    return Object.entries(object || {}).flatMap(([key, value]) => {
        const plain = typeof value === 'number' ? key.replace(/_(bytes|s)$/, '') : key;
        const name = before + plain.replaceAll('_', ' '); // its figure has the unit
        if (Array.isArray(value) && typeof value[0] === 'object' && value[0])
            return value.flatMap((one, i) => entriesOf(one, `${name} ${i + 1}, `));
        if (value && typeof value === 'object' && !Array.isArray(value))
            return entriesOf(value, `${name}, `);
        return /** @type {[string, string][]} */ ([[name, valueText(key, value)]]);
    });
}

/** @param {string} title @param {any} object @param {boolean} [open] */
function part(title, object, open = false) {
    const entries = entriesOf(object);
    return entries.length ? h('details', {open}, h('summary', {text: title}),
        definitions(entries)) : null;
}

/** @param {any} run @returns {[string, string][]} */
function facts(run) {
    return /** @type {[string, string][]} */ ([
        ['run', `${run.id} ${run.name || ''}`], ['uuid', run.uuid],
        ['state', run.state],
        ['origin', run.origin], ['description', run.description],
        ['tags', run.tags?.join(', ')], ['host', run.host], ['firmware', run.firmware],
        ['started', clock(run.started)], ['ended', run.ended && clock(run.ended)],
        ['duration', seconds(run.duration_s)], ['samples', count(run.samples)],
    ]).filter(([, text]) => text);
}

/** @param {any[]} streams */
function streamList(streams) {
    return h('details', {open: true}, h('summary', {text: 'Streams and channels'}),
        definitions(streams.map((stream) => [stream.name, [
            stream.form, stream.source,
                stream.channels.map((/** @type {any} */ channel) =>
                channel.name + (channel.unit ? ` (${channel.unit})` : '')).join(', ')]
            .filter(Boolean).join('; ')])));
}

/**
 * @param {any} answer
 * @param {import('./tab.js').About} about
 * @param {() => void} again
 */
function runCard(answer, about, again) {
    const {run, streams, annotations} = answer;
    return h('section', {class: 'card run-details', 'aria-label': runName(run)},
        h('h2', {text: runName(run)}), definitions(facts(run)),
        run.flags ? h('div', null, h('h3', {text: 'Command'}),
            h('div', {class: 'command'},
            h('code', {text: `viz ${run.flags}`}))) : null,
        h('h3', {text: 'Annotations'}),
        annotations.length ? annotationList({run: run.id, annotations,
            writable: about.writable === true, changed: again})
                : h('p', {class: 'muted', text: 'None. Annotations mark a ' +
                'range of the series; one that excludes is honoured by every ' +
                'comparison.'}),
        part('Machine', run.machine, true), streamList(streams),
        part('Requested', run.requested), part('Delivered', run.delivered),
        h('p', null, h('a', {href: link({page: 'view', runs: run.id, tab: 'health'}),
            text: 'Health of its streams'})));
}

/** @param {HTMLElement} root @param {import('./tab.js').About} about */
export function mount(root, about) {
    let turn = 0;
    let latest = about;
    const tab = tabOf(root, about,
        {text: 'Reading where the runs come from', question: ask,
        same: ({runs}) => [runs, turn, latest.writable],
        show(body, answers) {
            body.append(...answers.map((answer) => runCard(answer, latest, again)));
            return () => {};
        }});

    function again() {
        turn++;
        latest.changed?.();
        tab.update(latest);
    }
    return {update(/** @type {import('./tab.js').About} */ next) {
        latest = next;
        tab.update(next);
    }, unmount: tab.unmount};
}
