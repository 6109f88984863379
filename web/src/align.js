// SPDX-License-Identifier: GPL-3.0-or-later
// Several runs on one time axis: by their start, by an annotation that each of them
// has, or by the device's own clock; and the server's answers as curves on it.

/** @typedef {import('./annotations.js').Annotation} Annotation */
/** @typedef {'start'|'annotation'|'device'} Align */
/**
 * The answer of api/runs/{id}/series.
 * @typedef {{run: number, stream: {id: number, name: string}, clock: string,
 *     begin: number|null, end: number|null, rows: number, reduced: boolean,
 *     t: number[], t_last?: number[], n?: number[], gaps: number[],
 *     channels: {name: string, unit: string, min?: (number|null)[],
 *     max?: (number|null)[], value?: (number|null)[]}[]}} Answer
 */

/** @param {string|undefined} text @returns {Align} */
export function alignOf(text) {
    return text === 'annotation' || text === 'device' ? text : 'start';
}

/**
 * The annotation that a run is aligned at: the first whose text all of them have that
 * have any, else the first.
 * @param {Annotation[][]} of of each run
 * @returns {(Annotation|null)[]}
 */
export function anchors(of) {
    const sorted = of.map((list) => [...list].sort((a, b) => a.from_s - b.from_s));
    const annotated = sorted.filter((list) => list.length);
    const common = annotated[0]?.find((one) => annotated.every((list) =>
        list.some((other) => other.text === one.text)))?.text;
    return sorted.map((list) => list.find((one) => one.text === common) || list[0] ||
        null);
}

/**
 * What is taken from a run's times so that runs stand side by side.
 * @param {Align} align
 * @param {Annotation[][]} of of each run
 * @returns {(number|null)[]} seconds; null: it has no annotation to stand at
 */
export function offsets(align, of) {
    if (align !== 'annotation')
        return of.map(() => 0);
    return anchors(of).map((anchor) => anchor && anchor.from_s);
}

/**
 * Whether a stream of a run, that one or any, has all of the metrics.
 * @param {{name: string, channels: {name: string}[]}[]} streams
 * @param {string|null} stream
 * @param {string[]} metrics
 */
export function hasMetrics(streams, stream, metrics) {
    return streams.some(({name, channels}) => (!stream || name === stream) &&
        metrics.every((metric) => channels.some((one) => one.name === metric)));
}

/**
 * Of these metrics those that every run has; all of them where there is none.
 * @template {{name: string}} T
 * @param {T[]} metrics
 * @param {{streams: {name: string, channels: {name: string}[]}[]}[]} runs
 */
export function shared(metrics, runs) {
    const found = metrics.filter(({name}) =>
        runs.every(({streams}) => hasMetrics(streams, null, [name])));
    return found.length ? found : metrics;
}

/** @param {(number|null)[]} values */
function numbers(values) {
    return Float64Array.from(values, (value) => value ?? NaN);
}

/**
 * A channel of an answer. A bin stands in the middle between its first and its last
 * row.
 * @param {Answer} answer
 * @param {number} channel
 * @param {number} offset
 * @returns {import('./curve.js').Curve}
 */
export function curveOf(answer, channel, offset) {
    const {t, t_last: last, gaps} = answer;
    const {min, max, value} = answer.channels[channel];
    const gap = new Uint8Array(t.length);
    for (const at of gaps)
        gap[at] = 1;
    return {gap, x: Float64Array.from(t, (first, i) =>
        (last ? (first + last[i]) / 2 : first) - offset),
    lo: numbers(min || value || []), hi: max ? numbers(max) : null};
}

/**
 * The rows of an answer as they are on the axis.
 * @param {Answer} answer
 * @param {number} channel
 * @param {number} offset
 * @param {string} name of the run
 */
export function rowsOf(answer, channel, offset, name) {
    const {t, t_last: last, n} = answer;
    const {name: metric, min, max, value} = answer.channels[channel];
    return t.map((first, i) => ({run: answer.run, name, metric, from: first - offset,
        to: (last ? last[i] : first) - offset, rows: n ? n[i] : 1,
        min: (min || value || [])[i], max: (max || value || [])[i]}));
}

/**
 * The metrics that a picker offers: each name once, the usual ones first.
 * @param {{channels: {name: string, unit: string, usual?: boolean}[]}[]} streams
 * @returns {{name: string, unit: string, usual: boolean}[]}
 */
export function metricsOf(streams) {
    /** @type {Map<string, {name: string, unit: string, usual: boolean}>} */
    const metrics = new Map();
    for (const {channels} of streams)
        for (const {name, unit, usual} of channels) {
            const known = metrics.get(name);
            metrics.set(name, {name, unit: known?.unit || unit,
                usual: usual === true || known?.usual === true});
        }
    return [...metrics.values()].sort((a, b) => Number(b.usual) - Number(a.usual));
}

const FIRST = ['frame_ms', 'avg_total_us'];

/**
 * What is looked at where the address does not say.
 * @param {{name: string, usual: boolean}[]} metrics
 */
export function defaultMetric(metrics) {
    return FIRST.find((name) => metrics.some((metric) => metric.name === name)) ||
        metrics.find(({usual}) => usual)?.name || metrics[0]?.name || '';
}
