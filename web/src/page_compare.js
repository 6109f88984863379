// SPDX-License-Identifier: GPL-3.0-or-later
// A against B: the verdict first, then how it was reached. Sentences, remarks and
// rounded figures are the server's, which are those of viz compare.
import {getJson, params} from './api.js';
import {asker} from './busy.js';
import {compareCommand} from './command.js';
import {effectsTable, runsTable, sidesTable,
    statisticsTable} from './compare_tables.js';
import {usedText} from './compare_used.js';
import {h, replace} from './dom.js';
import {exhibit} from './exhibit.js';
import {forestPicture} from './forest.js';
import {describe, settings} from './forest_layout.js';
import {bind} from './keys.js';
import {get, link, set} from './state.js';
import {empty} from './states.js';
import {pictureExhibit} from './picture.js';
import {dataTable} from './table.js';
import {figures, kind, sign} from './verdict.js';

const KEYS = /** @type {const} */ (['a', 'b', 'alpha', 'limit', 'metrics', 'seed']);
/** Stands in the report as it stands on the page. */
const REPORTED = {dataset: {report: ''}};
/** Remarks that are read at once; more are folded. */
const MOST_NOTES = 12;

/** What of the view is the question. @param {Record<string, string>} state */
function questionOf(state) {
    return Object.fromEntries(KEYS.map((key) => [key, state[key] || '']));
}

/* ---- the form ---- */

/**
 * @param {string} name
 * @param {string} text
 * @param {Record<string, any>} props
 */
function field(name, text, props) {
    const id = `compare-${name}`;
    return h('div', {class: `field ${props.wide ? 'wide' : ''}`},
        h('label', {for: id, text}),
        h('input', {id, name, autocomplete: 'off', spellcheck: 'false', ...props,
            wide: null}));
}

/** @param {HTMLFormElement} form */
function submit(form) {
    const values = new FormData(form);
    set(Object.fromEntries(KEYS.map((key) =>
        [key, String(values.get(key) || '').trim()])));
}

/** @param {HTMLFormElement} form */
function swap(form) {
    const [a, b] = ['a', 'b'].map((name) =>
        /** @type {HTMLInputElement} */ (form.elements.namedItem(name)));
    [a.value, b.value] = [b.value, a.value];
    if (a.value && b.value)
        submit(form);
}

function makeForm() {
    const choices = h('datalist', {id: 'compare-choices'});
    const list = {list: 'compare-choices', required: true, wide: true};
    const form = h('form', {class: 'compare-form card', 'aria-label': 'What to compare',
        on: {submit: (/** @type {Event} */ ev) => {
            ev.preventDefault();
            submit(form);
        }}},
        field('a', 'A, before', {...list, placeholder: 'tag:before, or runs: 1,2,3'}),
        h('button', {type: 'button', class: 'swap', text: 'Swap A and B',
            on: {click: () => swap(form)}}),
        field('b', 'B, after', {...list, placeholder: 'tag:after'}),
        h('button', {class: 'main', text: 'Compare'}),
        h('details', null, h('summary', {text: 'Settings'}),
            h('div', {class: 'settings'},
                field('alpha', 'alpha: chance to call equals different',
                    {placeholder: '0.05', inputmode: 'decimal'}),
                field('limit', 'limit: % of A’s median that does not matter',
                    {placeholder: '1', title: '1, or 1,frame_ms=0.5%,ax=0.05'}),
                field('metrics', 'metrics: the usual ones, NAME,…, or all',
                    {placeholder: 'the usual ones'}),
                field('seed', 'seed: the same gives the same figures',
                    {placeholder: 'made from the runs', inputmode: 'numeric'}))),
        choices);
    return {form, choices};
}

/** @param {HTMLFormElement} form @param {Record<string, string>} state */
function fill(form, state) {
    for (const key of KEYS)
        /** @type {HTMLInputElement} */ (form.elements.namedItem(key)).value =
            state[key] || '';
    if (state.alpha || state.limit || state.metrics || state.seed)
        /** @type {HTMLDetailsElement} */ (form.querySelector('details')).open = true;
}

/**
 * What an id in a box means.
 * @param {HTMLFormElement} form @param {any} [sides] of a comparison
 */
function nameSides(form, sides) {
    for (const [side, said] of [['a', 'A, before'], ['b', 'B, after']]) {
        const label = form.querySelector(`label[for=compare-${side}]`);
        const {name, label: asked} = sides?.[side] || {};
        if (label)
            label.textContent = name === asked ? said : `${said}: ${name}`;
    }
}

/** Tags and runs to choose from. @param {HTMLDataListElement} choices */
async function offer(choices) {
    const runs = await getJson('api/runs');
    const tags = new Set(runs.flatMap((/** @type {any} */ run) => run.tags || []));
    replace(choices,
        [...tags].map((tag) => h('option', {value: `tag:${tag}`})),
        runs.map((/** @type {any} */ run) =>
            h('option', {value: String(run.id), text: run.name || ''})));
}

/* ---- the answer ---- */

/** @param {string} verdict */
function badge(verdict) {
    return h('span', {class: `verdict ${kind(verdict)}`},
        `${sign(verdict)} ${verdict}`);
}

/** @param {any} comparison @param {'a'|'b'} side */
function sideCard(comparison, side) {
    const {name, extent, runs} = comparison.sides[side];
    const ids = runs.map((/** @type {any} */ run) => run.id).join(',');
    return h('div', {class: 'card side'},
        h('span', {class: `letter ${side}`, text: side.toUpperCase()}),
        h('div', null, h('strong', {text: name}),
            h('div', {class: 'muted', text: extent}),
            h('div', {class: 'muted used',
                text: `used: ${usedText(comparison, side)}`})),
        h('a', {href: link({page: 'view', runs: ids}), text: 'Look at them'}));
}

/** @param {string[]} notes */
function remarks(notes) {
    const items = notes.map((note) => h('li', {text: figures(note)}));
    const rest = items.splice(MOST_NOTES);
    return notes.length ? h('section', {class: 'remarks'}, h('h3', {text: 'Remarks'}),
        h('ul', null, items),
        rest.length ? h('details', null, h('summary', {text: `${rest.length} more`}),
            h('ul', null, rest)) : null) : null;
}

/** @param {any} comparison */
function verdict(comparison) {
    const both = [...comparison.sides.a.runs, ...comparison.sides.b.runs];
    const ids = both.map((run) => run.id).join(',');
    return h('section', {class: 'answer', 'aria-label': 'Verdict', ...REPORTED},
        h('h2', {class: `title ${kind(comparison.verdict)}`},
            h('span', {'aria-hidden': 'true', text: `${sign(comparison.verdict)} `}),
            comparison.title),
        h('p', {class: 'lead', text: `${figures(comparison.sentence)}.`}),
        h('div', {class: 'sides'}, sideCard(comparison, 'a'),
            sideCard(comparison, 'b')),
        h('p', null,
            h('a', {href: link({page: 'view', runs: ids}),
                text: 'Series of all of them'}),
            ' · ', h('a', {href: link({page: 'view', runs: ids, tab: 'distribution'}),
                text: 'distributions'}),
            ' · ', h('a', {href: link({page: 'view', runs: ids, tab: 'percentiles'}),
                text: 'percentiles'})),
        remarks(comparison.notes));
}

/** @param {any} metric */
function metricCard(metric) {
    const {said} = metric.statistics[metric.headline];
    return h('article', {class: `card metric ${kind(metric.verdict)}`},
        h('header', null, h('h3', {text: metric.name}), badge(metric.verdict)),
        said.why ? null : h('p', {class: 'large'},
            h('strong', {text: figures(said.difference)}), ' ',
            h('span', {class: 'muted', text: figures(said.interval)})),
        h('p', {text: figures(metric.sentence)}));
}

/** @param {any} comparison @param {any} metric */
function metricDetails(comparison, metric) {
    const table = () => runsTable(comparison, metric);
    const title = `${metric.name}: each run`;
    const box = h('details', {class: 'metric-details', on: {toggle}},
        h('summary', null, h('strong', {text: metric.name}), ' ',
            h('span', {class: 'muted', text: [metric.unit, `${metric.better} is better`]
                .filter(Boolean).join(', ')}), ' ', badge(metric.verdict)));
    const body = h('div');
    box.append(body);

    function toggle() {
        if (!box.open || body.children.length)
            return;
        body.append(
            h('ul', {class: 'figures', ...REPORTED},
                [...metric.remarks, ...metric.details].map((line) =>
                h('li', {text: figures(line)}))),
            exhibit({title, table,
                chart: dataTable({...table(), caption: title})}));
    }
    return box;
}

/** @param {string} text */
function copyButton(text) {
    const button = h('button', {type: 'button', class: 'quiet', text: 'Copy',
        on: {click: async () => {
            await navigator.clipboard?.writeText(text);
            button.textContent = 'Copied';
            setTimeout(() => button.textContent = 'Copy', 1500);
        }}});
    return navigator.clipboard ? button : null;
}

/**
 * The store's name, where it is not the one that is taken anyway.
 * @param {any} health
 */
function storeName(health) {
    return health.store?.path && health.store.path !== 'runs.db' ? health.store.path
        : '';
}

/**
 * @param {any} comparison
 * @param {Record<string, string>} question
 * @param {string} db
 */
function origin(comparison, question, db) {
    const command = compareCommand({...question, a: question.a, b: question.b,
        seed: comparison.seed_text}, db);
    const {a, b} = comparison.sides;
    const name = `compare-${a.name}-${b.name}`.replace(/[^\p{L}\p{N}.-]+/gu, '-');
    /** @param {string} format @param {string} text @param {string} ending */
    const report = (format, text, ending) =>
        h('a', {class: 'button', text, download: `${name}.${ending}`,
        href: 'api/compare' + params({...question, seed: comparison.seed_text,
            format})});
    return h('section', {'aria-label': 'How this was computed', ...REPORTED},
        h('h2', {text: 'How this was computed'}),
        h('ul', {class: 'figures'},
            comparison.definitions.map((/** @type {string} */ line) =>
            h('li', {text: figures(line)}))),
        h('p', null, 'The same by command, where the store is the same: '),
        h('div', {class: 'command'}, h('code', {text: command}), copyButton(command)),
        h('p', {class: 'reports'},
            report('html', 'HTML report', 'html'), report('markdown', 'Markdown', 'md'),
            report('text', 'Text', 'txt'), report('json', 'JSON', 'json')));
}

/**
 * @param {HTMLElement} root
 * @param {any} comparison
 * @param {Record<string, string>} question
 * @param {any} health
 * @returns {() => void} ends it
 */
function show(root, comparison, question, health) {
    const version = health.version ? `viz ${health.version} (${health.revision}).` : '';
    const note = settings(comparison, version);
    const forest = forestPicture(comparison);
    const all = () => statisticsTable(comparison);
    const effects = () => effectsTable(comparison);
    /** @param {string} title @param {() => import('./table.js').Table} table */
    const tableOf = (title, table) => exhibit({title, table,
        chart: dataTable({...table(), caption: sides})});
    const sides = (/** @type {const} */ (['a', 'b'])).map((side) =>
        `${side.toUpperCase()}: ${comparison.sides[side].name}`).join(', ');
    const used = (/** @type {const} */ (['a', 'b'])).map((side) =>
        `${side.toUpperCase()}: ${usedText(comparison, side)}.`).join(' ');
    const percent = comparison.definitions.some((/** @type {string} */ line) =>
        line.includes('in percent of A'));
    replace(root,
        verdict(comparison),
        h('section', {class: 'cards', 'aria-label': 'Metrics', ...REPORTED},
            comparison.metrics.map(metricCard)),
        h('p', {class: 'muted',
            text: 'B − A: the difference (mark), its interval (line), ' +
            'what is negligible (shaded), each run by itself (dots), and p as ' +
            'adjusted.' +
            (percent ? ' In percent of A. The limit is a part of A’s median, and so ' +
                'fewer ' +
                'percent of what is larger than that, as p95 and p99 are.' : '')}),
        pictureExhibit(forest,
            {title: `${comparison.title}: ${comparison.sides.a.name} ` +
            `and ${comparison.sides.b.name}`, id: 'forest', note, table: all}),
        tableOf('All statistics', all),
        tableOf('Effect sizes, and what could have been seen', effects),
        h('section', {'aria-label': 'Further figures'},
            h('h2', {text: 'Further figures of each metric'}),
            comparison.metrics.map((/** @type {any} */ metric) =>
                metricDetails(comparison, metric))),
        exhibit({title: 'Runs compared', note: used,
            table: () => sidesTable(comparison),
            chart: dataTable({...sidesTable(comparison), caption: sides})}),
        origin(comparison, question, storeName(health)));
    document.title = `${comparison.sides.a.name} and ${comparison.sides.b.name}` +
        ' compared – viz';
    root.setAttribute('aria-description', describe(comparison));
    return forest.stop;
}

/* ---- the page ---- */

/**
 * What the server says of itself: its version is part of the picture.
 * @param {import('./main.js').Context} context
 * @returns {Promise<import('./health.js').Health>}
 */
function serverOf(context) {
    if (context.health().version)
        return Promise.resolve(context.health());
    return new Promise((resolve) => {
        const end = context.onHealth((health) => {
            end();
            resolve(health);
        });
    });
}

/**
 * @param {HTMLElement} root
 * @param {import('./main.js').Context} context
 */
export function mount(root, context) {
    const {form, choices} = makeForm();
    const answer = h('div', {class: 'compare', 'aria-live': 'off'});
    const {ask, stop} = asker(answer);
    let shown = '';
    let end = () => {};
    replace(root, h('h1', {text: 'Compare'}), form, answer);
    offer(choices).catch(() => {}); // the form also works without suggestions

    /** @param {Record<string, string>} state */
    function update(state) {
        const question = questionOf(state);
        const key = JSON.stringify(question);
        if (key === shown)
            return;
        shown = key;
        fill(form, question);
        nameSides(form);
        end();
        end = () => {};
        stop();
        if (!question.a || !question.b) {
            replace(answer,
                empty('Choose two sides', 'Runs, or all runs of a tag: A is ' +
                'what was, B what is new. Or select runs in the list and press c.',
                {text: 'To the list of runs', href: link({page: 'runs'})}));
            return;
        }
        ask(`Comparing ${question.a} with ${question.b}`,
            (signal) => Promise.all([serverOf(context),
                getJson('api/compare' + params(question), {signal})]),
            ([health, comparison]) => {
                nameSides(form, comparison.sides);
                end = show(answer, comparison, question, health);
            });
    }
    const unbind = bind('Compare', [
        {keys: ['/'], help: 'what to compare', run: () =>
            /** @type {HTMLElement} */ (form.elements.namedItem('a')).focus()},
        {keys: ['s'], help: 'swap A and B', run: () => swap(form)},
    ]);
    update(get());
    return {update, unmount() {
        unbind();
        end();
        stop();
    }};
}
