// SPDX-License-Identifier: GPL-3.0-or-later
// Runs that are looked at together: which, which metric, and the tabs that show it.
import {defaultMetric, metricsOf, shared} from './align.js';
import {ApiError, getJson} from './api.js';
import {h, replace} from './dom.js';
import {seconds} from './format.js';
import {bind} from './keys.js';
import {swatch} from './legend.js';
import {get, link, set} from './state.js';
import {empty, failure, loading} from './states.js';
import * as details from './tab_details.js';
import * as distribution from './tab_distribution.js';
import * as frames from './tab_frames.js';
import * as health from './tab_health.js';
import * as percentiles from './tab_percentiles.js';
import * as series from './tab_series.js';
import {onTheme} from './theme.js';

/**
 * @typedef {{id: number, name: string, channels: {name: string, unit: string,
 *     usual?: boolean}[]}} Stream
 */
/**
 * The answer of api/runs/{id}?figures=no, and the run's place among those that are
 * shown.
 * @typedef {{run: {id: number, name: string|null, state: string,
 *     duration_s: number|null}, streams: Stream[],
 *     annotations: import('./annotations.js').Annotation[], colourIndex: number}} Run
 */

/** @type {[string, string, {mount: (root: HTMLElement, about: any) => any}][]} */
const TABS = [
    ['series', 'Series', series],
    ['distribution', 'Distribution', distribution],
    ['percentiles', 'Percentiles', percentiles],
    ['frames', 'Frames', frames],
    ['health', 'Health', health],
    ['details', 'Details', details],
];
const RECORDING_MS = 3000;

/**
 * @param {HTMLElement} root
 * @param {import('./main.js').Context} context
 */
export function mount(root, context) {
    const page = new ViewPage(root, context);
    return {update: () => page.update(), unmount: () => page.unmount()};
}

class ViewPage {
    /** @param {HTMLElement} root @param {import('./main.js').Context} context */
    constructor(root, context) {
        this.root = root;
        this.context = context;
        /** @type {Run[]} */
        this.runs = [];
        /** @type {string[]} ids that the store does not have */
        this.missing = [];
        this.asked = '';
        this.serial = 0; // of the answer that is shown
        this.shown = '';
        /** @type {{update: (about: any) => void, unmount: () => void}|null} */
        this.tab = null;
        this.head = h('div', {class: 'view-head'});
        this.body = h('div', {class: 'view-body', role: 'tabpanel', id: 'view-tab'});
        this.writable = context.writable();
        this.stops = [this.bindKeys(), onTheme(() => this.showHead()),
            context.onHealth(() => this.met())];
        this.poll = setInterval(() => this.pollRecording(), RECORDING_MS);
        root.append(this.head, this.body);
        this.update();
    }

    bindKeys() {
        const turn = (/** @type {number} */ by) => () => {
            const at = TABS.findIndex(([name]) => name === this.tabName());
            set({tab: TABS[(at + by + TABS.length) % TABS.length][0]});
        };
        return bind('Runs side by side', [
            {keys: [']'], help: 'next tab', run: turn(1)},
            {keys: ['['], help: 'previous tab', run: turn(-1)},
            {keys: TABS.map((_, at) => String(at + 1)), help: 'a tab',
                run: (ev) => set({tab: TABS[Number(ev.key) - 1][0]})},
            {keys: ['m'], help: 'choose the metric',
                run: () => document.getElementById('metric')?.focus()},
        ]);
    }

    unmount() {
        for (const stop of this.stops)
            stop();
        clearInterval(this.poll);
        this.going?.abort();
        this.tab?.unmount();
    }

    met() {
        if (this.writable === this.context.writable())
            return;
        this.writable = this.context.writable();
        this.showTab();
    }

    tabName() {
        return TABS.some(([name]) => name === get().tab) ? get().tab : 'series';
    }

    /** The address has changed. */
    update() {
        if ((get().runs || '') !== this.asked || !this.asked)
            this.ask(true);
        else
            this.show();
    }

    /** @param {boolean} anew shows that it waits */
    async ask(anew) {
        this.asked = get().runs || '';
        this.going?.abort();
        const going = this.going = new AbortController();
        const ids = this.asked.split(',').filter(Boolean);
        if (!ids.length)
            return this.showNothing();
        const wait = setTimeout(() => anew && this.clear(loading('Reading the runs')),
            150);
        try {
            const answers = await this.askFor(ids, going.signal);
            this.runs = answers.filter(Boolean).map((answer, colourIndex) =>
                ({...answer, colourIndex}));
            this.missing = ids.filter((_, at) => !answers[at]);
            clearTimeout(wait);
            this.serial++;
            this.show();
        } catch (error) {
            clearTimeout(wait);
            if (!going.signal.aborted && anew)
                this.clear(failure(error, () => this.ask(true)));
        }
    }

    /**
     * Null for a run that is not there, unless none of them is.
     * @param {string[]} ids @param {AbortSignal} signal
     */
    askFor(ids, signal) {
        let missing = 0;
        return Promise.all(ids.map((id) => getJson(
            `api/runs/${encodeURIComponent(id)}?figures=no`, {signal})
            .catch((error) => {
                const isGone = error instanceof ApiError && error.status === 404;
                if (!isGone || ++missing === ids.length)
                    throw error;
                return null;
            })));
    }

    pollRecording() {
        if (!document.hidden && this.runs.some(({run}) => run.state === 'recording'))
            this.ask(false);
    }

    /** @param {Node} [state] what is shown in its place */
    clear(state) {
        this.tab?.unmount();
        this.tab = null;
        this.shown = '';
        replace(this.body, state);
    }

    showNothing() {
        replace(this.head);
        this.clear(empty('No run is chosen', 'Choose one or more in the list of runs.',
            {text: 'Runs', href: link({page: 'runs'})}));
    }

    /* ---- metric and stream ---- */

    metrics() {
        return metricsOf(this.runs.flatMap(({streams}) => streams));
    }

    metric() {
        return get().metric || defaultMetric(shared(this.metrics(), this.runs));
    }

    /** Names of the streams that have the metric. */
    streams() {
        const [metric] = this.metric().split(',');
        return [...new Set(this.runs.flatMap(({streams}) =>
            streams.filter(({channels}) =>
            channels.some(({name}) => name === metric)).map(({name}) => name)))];
    }

    /* ---- what is shown ---- */

    show() {
        this.showHead();
        this.showTab();
    }

    showTab() {
        const name = this.tabName();
        if (!this.runs.length)
            return;
        const about = {runs: name === 'series' ? this.runs
            : this.runs.map(({run}) => run.id), details: this.runs,
            metric: this.metric(),
            stream: get().stream || null, writable: this.writable, serial: this.serial,
            grows: this.runs.some(({run}) => run.state === 'recording'),
            changed: () => this.ask(false)};
        if (this.tab && this.shown === name)
            return this.tab.update(about);
        this.clear();
        this.shown = name;
        const [, , module] = TABS.find(([each]) => each === name) || TABS[0];
        this.tab = module.mount(this.body, about);
    }

    showHead() {
        if (!this.runs.length)
            return;
        const held = document.activeElement?.id;
        const many = this.runs.length > 1;
        document.title = this.runs.map(({run}) => run.name || `run ${run.id}`)
            .join(', ') + ` · ${this.metric()} – viz`;
        replace(this.head,
            h('div', {class: 'view-runs'},
                h('h1', {text: many ? `${this.runs.length} runs`
                    : this.title(this.runs[0])}),
                many && this.runs.map((run) => this.chip(run)),
                many && h('a',
                    {class: 'button', text: 'Compare', href: this.compareLink()})),
            this.missing.length > 0 && h('p', {class: 'muted missing'},
                `${this.missing.join(', ')}: no such run in this store. `,
                h('a', {text: 'Leave it out', href: link({runs:
                    this.runs.map(({run}) => run.id).join(',')})})),
            h('div', {class: 'toolbar'}, this.metricPicker(), this.streamPicker()),
            h('div', {class: 'tabs', role: 'tablist', 'aria-label': 'What is shown'},
                TABS.map(([name, title]) => h('a', {role: 'tab', id: `tab-${name}`,
                    href: link({tab: name === 'series' ? null : name}), text: title,
                    'aria-controls': 'view-tab',
                    'aria-selected': String(name === this.tabName())}))));
        this.body.setAttribute('aria-labelledby', `tab-${this.tabName()}`);
        if (held)
            document.getElementById(held)?.focus();
    }

    /** @param {Run} run */
    title({run}) {
        return `${run.id} ${run.name || ''}, ` +
            (run.state === 'recording' ? 'recording'
            : seconds(run.duration_s) +
                (run.state === 'complete' ? '' : `, ${run.state}`));
    }

    /** @param {Run} run */
    chip(run) {
        const others =
            this.runs.filter((each) => each !== run).map((each) => each.run.id);
        return h('span', {class: 'chip run-chip'},
            swatch(run.colourIndex, this.runs.length > 1),
            h('a', {class: 'clip', href: link({runs: run.run.id}),
                title: this.title(run), text: this.title(run)}),
            h('a', {class: 'remove', href: link({runs: others.join(',')}), text: '×',
                'aria-label': `Without run ${run.run.id}`}));
    }

    compareLink() {
        const ids = this.runs.map(({run}) => run.id);
        const half = Math.ceil(ids.length / 2);
        return link({page: 'compare', a: ids.slice(0, half).join(','),
            b: ids.slice(half).join(',')});
    }

    metricPicker() {
        const chosen = this.metric();
        const metrics = this.metrics();
        /** @param {(typeof metrics)[0]} metric */
        const option = (metric) => h('option', {value: metric.name,
            text: metric.unit ? `${metric.name} (${metric.unit})` : metric.name});
        const box = h('select', {id: 'metric', on: {change: () =>
            set({metric: box.value, stream: null})}},
        !metrics.some(({name}) => name === chosen) &&
            h('option', {value: chosen, text: chosen}),
        h('optgroup', {label: 'Usual'}, metrics.filter(({usual}) => usual).map(option)),
        h('optgroup', {label: 'Other'},
            metrics.filter(({usual}) => !usual).map(option)));
        box.value = chosen;
        return [h('label', {for: 'metric', text: 'Metric'}), box];
    }

    streamPicker() {
        const streams = this.streams();
        if (this.runs.every(({streams: each}) => each.length < 2) && !get().stream)
            return null;
        const box = h('select', {id: 'stream', on: {change: () =>
            set({stream: box.value || null})}},
        h('option', {value: '', text: 'the first that has it'}),
        streams.map((name) => h('option', {value: name, text: name})));
        box.value = get().stream || '';
        return [h('label', {for: 'stream', text: 'Stream'}), box];
    }
}
