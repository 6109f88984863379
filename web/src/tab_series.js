// SPDX-License-Identifier: GPL-3.0-or-later
// Runs over time, on one axis: what the server has for the pixels that there are, asked
// for again when the picture is moved; annotations as ranges, change points as marks.
import {alignOf, anchors, curveOf, hasMetrics, offsets, rowsOf} from './align.js';
import {annotationList, editAnnotation} from './annotations.js';
import {getJson, params} from './api.js';
import {lineChart} from './chart.js';
import {leftOut} from './compare_used.js';
import {h, replace} from './dom.js';
import {exhibit, refresh} from './exhibit.js';
import {count, NONE, number, seconds, signed} from './format.js';
import {bind} from './keys.js';
import {paintRanges} from './overlay.js';
import {get, set} from './state.js';
import {empty, failure, loading} from './states.js';
import {runName} from './tab.js';

/** @typedef {import('./align.js').Answer} Answer */
/** @typedef {import('./annotations.js').Annotation} Annotation */
/**
 * runs: their details; changed: an annotation was made or deleted.
 * @typedef {{runs: import('./page_view.js').Run[], metric: string, stream: string|null,
 *     writable: boolean, changed: () => unknown}} About
 */
/**
 * @typedef {{unit: string, left_out: any, steady: boolean|null, changes: {at_s: number,
 *     before: number, after: number, percent: number|null}[], drift: {value: number,
 *     percent: number|null}|null, warmup: {until_s: number, mean: number,
 *     rest_mean: number}|null}} Steadiness
 */

const MOVED_MS = 140;
const GESTURE_MS = 600; // without a movement: the next one is another gesture
const POLL_MS = 1000;

/** @param {import('./page_view.js').Run} run */
function nameOf({run}) {
    return runName(run);
}

/** @param {boolean|null} steady */
function steadyBadge(steady) {
    if (steady === null)
        return h('span', {class: 'badge', text: 'too few values to call them steady'});
    return steady ? h('span', {class: 'badge good', text: 'values are steady'})
        : h('span', {class: 'badge warn', text: 'values are not steady'});
}

/**
 * @param {HTMLElement} root
 * @param {About} about
 */
export function mount(root, about) {
    let tab = new SeriesTab(root, about);
    return {
        /** @param {About} next */
        update(next) {
            if (tab.follows(next))
                return tab.update(next);
            tab.unmount();
            tab = new SeriesTab(root, next);
        },
        unmount: () => tab.unmount(),
    };
}

class SeriesTab {
    /** @param {HTMLElement} root @param {About} about */
    constructor(root, about) {
        this.about = about;
        this.metrics = about.metric.split(',').filter(Boolean);
        /** @type {(Answer|null)[]} */
        this.answers = about.runs.map(() => null);
        /** @type {(Steadiness|null)[]} */
        this.steadiness = about.runs.map(() => null);
        /** @type {[number, number]|null} */
        this.range = this.addressed();
        this.align = alignOf(get().align);
        this.lists = h('div', {class: 'notes-of-runs'});
        this.found = h('div', {class: 'steadiness'});
        this.said = h('p', {class: 'chosen-mark', role: 'status'});
        this.waiting = h('div', {class: 'over-chart'}, loading('Reading the series'));
        this.holder = h('div', {class: 'series'}, this.waiting);
        this.alignBox = h('select', {id: 'align', on: {
            change: () => set({align: this.alignBox.value === 'start' ? null
                : this.alignBox.value, from: null, to: null})}},
        [['start', 'their start'], ['annotation', 'an annotation'],
            ['device', 'the device’s clock']].map(([value, text]) =>
            h('option', {value, text})));
        this.alignBox.value = this.align;
        this.chart = this.makeChart();
        this.picture = exhibit({title: `${this.metrics.join(', ')} over time`,
            id: 'series',
            note: () => this.noteText(), chart: this.holder,
            canvas: () => this.chart.canvas(), table: () => this.table(),
            remarks: () => this.remarks()});
        replace(root, h('div', {class: 'toolbar'},
            h('label', {for: 'align', text: 'Aligned at'}), this.alignBox,
            h('button',
                {type: 'button', text: 'Show all', title: 'Home, or a double click',
                on: {click: () => this.moved(null, null)}}),
            about.writable &&
                h('button', {type: 'button', text: 'Annotate what is shown',
                on: {click: () => this.annotate()}})),
        this.picture, this.said, this.found, this.lists);
        this.isNew = false;
        this.unbind = this.bindKeys();
        this.poll = setInterval(() => this.again(), POLL_MS);
        this.showLists();
        this.showRange();
        this.ask();
        this.askSteadiness();
    }

    /** @returns {HTMLElement} */
    drawing() {
        return /** @type {HTMLElement} */ (this.holder.querySelector('[role=img]'));
    }

    bindKeys() {
        /** @param {string} help @param {string[]} keys */
        const move = (help, ...keys) => ({keys, help: `${help} the chart`,
            run: (/** @type {KeyboardEvent} */ ev) => {
                const chart = this.drawing();
                chart.focus();
                chart.dispatchEvent(new KeyboardEvent('keydown', {key: ev.key}));
            }});
        return bind('Series', [move('move', 'ArrowLeft', 'ArrowRight'),
            move('zoom', '+', '-'), move('show all of', 'Home'),
            {keys: ['A'], help: 'choose how runs are aligned',
                run: () => this.alignBox.focus()},
            ...(this.about.writable ? [{keys: ['n'], help: 'annotate what is shown',
                run: () => void this.annotate()}] : [])]);
    }

    showRange() {
        this.chart.setRange(this.range ? this.range[0] : null,
            this.range ? this.range[1] : null);
    }

    addressed() {
        const {from, to} = get();
        const range = /** @type {[number, number]} */ ([Number(from), Number(to)]);
        return from && to && range[0] < range[1] ? range : null;
    }

    makeChart() {
        const {runs} = this.about;
        const many = this.metrics.length > 1;
        return lineChart(this.holder, {
            ends: true,
            label: `${this.metrics.join(', ')} over time`, height: 380,
            x: {time: 'seconds', label: {start: 'time since the run’s start',
                annotation: 'time since the annotation',
                device: 'time on the device’s clock',
            }[this.align]},
            y: {label: this.metrics.join(', '), unit: this.unit()},
            series: runs.flatMap((run, at) => this.metrics.map((metric, i) =>
                ({name: many ? `${nameOf(run)} ${metric}` : nameOf(run),
                    unit: this.unit(),
                    colourIndex: many ? at * this.metrics.length + i
                        : run.colourIndex}))),
            onRange: (from, to) => this.moved(from, to),
            overlays: (u, front) => paintRanges(u, front, this.ranges()),
        });
    }

    unit() {
        for (const {streams} of this.about.runs)
            for (const {channels} of streams)
                for (const {name, unit} of channels)
                    if (name === this.metrics[0])
                        return unit;
        return '';
    }

    /** @param {About} next @returns {boolean} whether the same chart shows it */
    follows(next) {
        const of = (/** @type {About} */ {runs, metric, stream, writable}) =>
            JSON.stringify(
            [runs.map(({run}) => run.id), metric, stream, writable]);
        return of(next) === of(this.about) && alignOf(get().align) === this.align;
    }

    /** @param {About} next */
    update(next) {
        this.about = next;
        this.showLists();
        this.chart.touch();
        const range = this.addressed();
        if (!this.moving && String(range) !== String(this.range)) {
            this.range = range;
            this.showRange();
            this.ask();
        }
    }

    unmount() {
        clearInterval(this.poll);
        clearTimeout(this.moving);
        clearTimeout(this.gesture);
        this.unbind();
        this.going?.abort();
        this.steadying?.abort();
        this.chart.destroy();
    }

    /* ---- the server ---- */

    /** @returns {number[]} what is taken from each run's times */
    offsets() {
        return this.places().map((at) => at ?? 0);
    }

    places() {
        return offsets(this.align, this.about.runs.map(({annotations}) => annotations));
    }

    /** Why a run is not drawn; '' where it is. @param {number} at */
    absence(at) {
        const {runs, stream} = this.about;
        if (!hasMetrics(runs[at].streams, stream, this.metrics))
            return `no ${this.metrics.join(', ')}` + (stream ? ` in ${stream}` : '');
        return this.places()[at] === null ? 'no annotation' : '';
    }

    async ask() {
        this.going?.abort();
        const going = this.going = new AbortController();
        try {
            this.answers = await this.askFor(going.signal);
            this.show();
        } catch (error) {
            if (!going.signal.aborted && this.answers.every((answer) => !answer))
                replace(this.waiting, failure(error, () => this.ask()));
        } finally {
            if (this.going === going)
                this.going = undefined;
        }
    }

    /** With as much again beside it, so that the next movement shows something. */
    /** @param {AbortSignal} signal @returns {Promise<(Answer|null)[]>} */
    askFor(signal) {
        const {about, range} = this;
        const off = this.offsets();
        const width = this.chart.plot.over.clientWidth || 800;
        const beside = range ? (range[1] - range[0]) / 2 : 0;
        return Promise.all(about.runs.map(({run}, at) => this.absence(at) ? null
            : getJson(`api/runs/${run.id}/series` + params({
                stream: about.stream, metric: about.metric,
                clock: this.align === 'device' ? 'device' : null,
                from: range ? range[0] - beside + off[at] : null,
                to: range ? range[1] + beside + off[at] : null,
                px: Math.min(8192, Math.round(range ? 2 * width : width)),
            }), {signal})));
    }

    /** A run that is being recorded grows. */
    again() {
        const grows = this.about.runs.some(({run}) => run.state === 'recording');
        if (grows && !this.going && !this.moving && !document.hidden)
            this.ask();
    }

    askSteadiness() {
        const steadying = this.steadying = new AbortController();
        const {about} = this;
        about.runs.forEach(async ({run}, at) => {
            if (run.state === 'recording' || this.absence(at))
                return;
            try {
                this.steadiness[at] = await getJson(`api/runs/${run.id}/changes` +
                    params({
                    metric: this.metrics[0], stream: about.stream}),
                {signal: steadying.signal});
                this.showSteadiness();
            } catch {
                /* too few values, or none that can be judged: nothing is said of it */
            }
        });
    }

    /* ---- what is shown ---- */

    show() {
        const off = this.offsets();
        const {range} = this;
        if (range && !this.table().rows.length) {
            replace(this.waiting, empty('No rows here',
                `None from ${number(range[0], 6)} to ${number(range[1], 6)} s.`,
            {text: 'Show all', run: () => this.moved(null, null)}));
            this.holder.append(this.waiting);
        } else if (!range && this.answers.every((answer) => !answer?.t.length))
            this.waiting.replaceChildren(empty('No rows', this.align === 'device'
                ? 'None of these has a clock of the device’s own.'
                : this.places().every((place) => place === null)
                    ? 'None of these has an annotation to stand at.'
                    : 'None of these has a row of this metric.'));
        else
            this.waiting.remove();
        this.chart.setData(this.answers.flatMap((answer, at) =>
            this.metrics.map((metric) => {
            const channel =
                answer?.channels.findIndex(({name}) => name === metric) ?? -1;
            return answer && channel >= 0 ? curveOf(answer, channel, off[at]) : null;
        })));
        refresh(this.picture);
    }

    /** @returns {import('./overlay.js').Range[]} */
    ranges() {
        if (this.align === 'device')
            return [];
        const off = this.offsets();
        const many = this.about.runs.length > 1;
        return this.about.runs.flatMap((run, at) => this.absence(at) ? [] : [
            ...this.annotationsOf(at).map((one) => ({from: one.from_s - off[at],
                to: one.to_s - off[at], text: one.text, colourIndex: run.colourIndex,
                of: many ? nameOf(run) : undefined,
                kind: /** @type {'excluded'|'note'} */ (one.exclude ? 'excluded'
                    : 'note')})),
            ...(this.steadiness[at]?.changes || []).map((change) => ({
                from: change.at_s - off[at], to: change.at_s - off[at],
                text: change.percent === null ? '' : signed(change.percent, '%', 3),
                colourIndex: run.colourIndex, kind: /** @type {'change'} */ ('change'),
                choose: () => this.choose(at, change)})),
        ]);
    }

    /** Those of the stream that is shown, and of the whole run. @param {number} at */
    annotationsOf(at) {
        const stream = this.answers[at]?.stream.id;
        return this.about.runs[at].annotations.filter((one) =>
            one.stream === null || one.stream === stream);
    }

    /** @param {number} at @param {Steadiness['changes'][0]} change */
    choose(at, change) {
        const unit = this.steadiness[at]?.unit || '';
        replace(this.said,
            `${nameOf(this.about.runs[at])}: from ${seconds(change.at_s)} on ` +
            `the mean of ${this.metrics[0]} is ${number(change.after)} ${unit} ` +
            'in place of ' +
            `${number(change.before)} ${unit}` +
            (change.percent === null ? '.' : ` (${signed(change.percent, '%', 3)}).`));
    }

    showSteadiness() {
        this.chart.touch();
        refresh(this.picture);
        const off = this.offsets();
        replace(this.found, this.about.runs.map((run, at) => {
            const found = this.steadiness[at];
            if (!found)
                return null;
            const {changes, drift, warmup} = found;
            return h('p', null, h('b', {text: nameOf(run)}), ' ',
                steadyBadge(found.steady),
                warmup && ` warm-up until ${seconds(warmup.until_s)} (mean ` +
                    `${number(warmup.mean)}, then ${number(warmup.rest_mean)})`,
                drift && ` drifts by ${drift.percent === null ? number(drift.value)
                    : signed(drift.percent, '%', 3)}`,
                leftOut(found) && ` left out: ${leftOut(found)}`,
                changes.map((change) => [' ',
                    h('button', {type: 'button', class: 'chip mark',
                    on: {click: () => {
                        this.choose(at, change);
                        this.centre(change.at_s - off[at]);
                    }}},
                `◆ ${seconds(change.at_s)} ${signed(change.percent, '%', 3)}`)]));
        }));
    }

    /** What is said below the chart, in words. */
    remarks() {
        const {runs} = this.about;
        const found = [...this.found.children].map((line) =>
            (line.textContent || '').replace(/\s+/g, ' '));
        return [...found, ...runs.flatMap((run) => run.annotations.map((one) =>
            `${nameOf(run)}, ${number(one.from_s, 6)} to ${number(one.to_s, 6)} s` +
            `${one.exclude ? ', left out' : ''}: ${one.text}` +
            (one.author ? ` (${one.author})` : '')))];
    }

    showLists() {
        replace(this.lists, this.about.runs.flatMap((run) => run.annotations.length
            ? [h('h3', {text: `Annotations of ${nameOf(run)}`}),
                annotationList({run: run.run.id, annotations: run.annotations,
                    writable: this.about.writable, streams: run.streams,
                    changed: this.about.changed,
                    show: (one) => this.showAnnotation(run, one)})]
            : []));
    }

    noteText() {
        const {runs, stream} = this.about;
        const bins = this.answers.some((answer) => answer?.reduced);
        const aligned = {start: 'their start', device: 'the device’s clock',
            annotation: 'an annotation (' + anchors(runs.map((run) => run.annotations))
                .flatMap((one) => one ? `“${one.text}”` : []).join(', ') + ')',
        }[this.align];
        const rows = this.table().rows.reduce((sum, row) =>
            row.metric === this.metrics[0] ? sum + row.rows : sum, 0);
        const drawn = runs.filter((_, at) => !this.absence(at));
        const absent = runs.flatMap((run, at) => this.absence(at)
            ? `${nameOf(run)} (${this.absence(at)})` : []);
        const hidden = this.align === 'device' &&
            runs.some(({annotations}, at) => annotations.length ||
                this.steadiness[at]?.changes.length);
        return `${this.metrics.join(', ')} of ${drawn.map(nameOf).join(', ') || NONE}` +
            (stream ? `, stream ${stream}` : '') + `; aligned at ${aligned}` +
            (this.range ? `; ${seconds(this.range[1] - this.range[0])} from ` +
                `${number(this.range[0], 6)} s` : '') +
            `; ${count(rows)} rows` +
            `${bins ? ', the least and the greatest value of each bin' : ''}. ` +
            'Values as they were recorded.' +
            (absent.length ? ` Not drawn: ${absent.join(', ')}.` : '') +
            (hidden ? ' Annotations and changes are not drawn: they are times of ' +
                'arrival, and this axis is the device’s clock.' : '');
    }

    /** What is in sight, of what was asked for. */
    table() {
        const off = this.offsets();
        const [from, to] = this.range || [-Infinity, Infinity];
        const asked = this.answers.flatMap((answer, at) => !answer ? []
            : this.metrics.flatMap((metric) => {
                const channel = answer.channels.findIndex(({name}) => name === metric);
                return channel < 0 ? [] : rowsOf(answer, channel, off[at],
                    this.about.runs[at].run.name || '');
            }));
        const rows = asked.filter((row) => row.to >= from && row.from < to);
        const unit = this.unit();
        return {rows, columns: [
            {key: 'run', label: 'run', align: /** @type {'left'} */ ('left')},
            {key: 'name', label: 'name'}, {key: 'metric', label: 'metric'},
            {key: 'from', label: 'from', unit: 's'},
            {key: 'to', label: 'to', unit: 's'},
            {key: 'rows', label: 'rows'}, {key: 'min', label: 'least', unit},
            {key: 'max', label: 'greatest', unit}]};
    }

    /* ---- moving about ---- */

    /** @param {number|null} from @param {number|null} to */
    moved(from, to) {
        this.range = from === null || to === null ? null : [from, to];
        if (!this.range)
            this.chart.setRange(null, null);
        this.isNew ||= this.gesture === undefined;
        clearTimeout(this.gesture);
        this.gesture = setTimeout(() => this.gesture = undefined, GESTURE_MS);
        clearTimeout(this.moving);
        this.moving = setTimeout(() => {
            this.moving = undefined;
            set({from: this.range && Number(this.range[0].toPrecision(9)),
                to: this.range && Number(this.range[1].toPrecision(9))},
            {replace: !this.isNew}); // so that Back undoes a gesture
            this.isNew = false;
            this.range = this.addressed();
            this.ask();
        }, MOVED_MS);
    }

    /** @param {number} x */
    centre(x) {
        const [from, to] = this.chart.range();
        if (x >= from && x <= to)
            return;
        const half = (to - from) / 2;
        this.chart.setRange(x - half, x + half);
        this.moved(x - half, x + half);
    }

    /** @param {import('./page_view.js').Run} run @param {Annotation} annotation */
    showAnnotation(run, annotation) {
        const off = this.offsets()[this.about.runs.indexOf(run)] || 0;
        const room = Math.max((annotation.to_s - annotation.from_s) / 2, 0.5);
        const [from, to] = [annotation.from_s - off - room,
            annotation.to_s - off + room];
        this.chart.setRange(from, to);
        this.moved(from, to);
    }

    /** @returns {import('./annotations.js').Target[]} */
    targets() {
        const off = this.offsets();
        const all = this.about.runs.map((run, at) => ({id: run.run.id,
            name: nameOf(run), off: off[at], streams: run.streams}));
        const drawn = all.filter((_, at) => !this.absence(at));
        return drawn.length ? drawn : all;
    }

    /** What is shown, as far as there is a run. */
    annotate() {
        const runs = this.targets();
        const [one, ...more] = runs;
        const off = more.length ? 0 : one.off;
        const [from, to] = this.chart.range();
        const ends = this.about.runs.flatMap(({run}, at) => this.absence(at) ? []
            : (run.duration_s ?? Infinity) - this.offsets()[at]);
        const end = Math.max(...ends, 0);
        const [first, last] = [Math.max(from, -Math.max(...runs.map((run) => run.off))),
            Math.min(to, end)];
        if (document.activeElement === document.body)
            this.drawing().focus(); // where it comes back to
        editAnnotation({runs: more.length ? runs : [{...one, off: 0}],
            ...this.align === 'device' || first >= last ? {}
                : {from: first + off, to: last + off}, changed: this.about.changed});
    }
}
