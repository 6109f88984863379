// SPDX-License-Identifier: GPL-3.0-or-later
// How well the streams of a run did, figure by figure, with what each figure is and
// whether it is one to worry about.
import {NONE, count, number, seconds, withUnit} from './format.js';

/**
 * @typedef {{key: string, label: string, unit?: string, about: string,
 *     show: (value: any) => string, worry?: (stream: any) => boolean}} Figure
 */

/** @param {string} key */
const some = (key) => (/** @type {any} */ stream) => stream[key] > 0;

/** @type {Figure[]} */
export const FIGURES = [
    {key: 'samples', label: 'samples', show: count,
        about: 'Frames or rows in the store.'},
    {key: 'requested_hz', label: 'requested', show: (x) => withUnit(x, 'Hz'),
        about: 'What the device says of itself, or was asked for.'},
    {key: 'delivered_hz', label: 'delivered', show: (x) => withUnit(x, 'Hz'),
        worry: (one) => one.requested_hz && one.delivered_hz < 0.95 * one.requested_hz,
        about: 'Samples less one, ÷ the time from the first arrival to the last, ' +
            'pauses included.'},
    {key: 'delivered_run_hz', label: 'delivered, of the run',
        show: (x) => withUnit(x, 'Hz'),
        about: 'Samples ÷ duration of the run: also what came late or not at all at ' +
            'either end.'},
    {key: 'missing', label: 'missing', show: count, worry: some('missing'),
        about: 'Frames that did not come, estimated from holes in the device’s time ' +
            'stamps.'},
    {key: 'loss_percent', label: 'loss', show: (x) => withUnit(x, '%'),
        worry: some('loss_percent'),
        about: 'Missing ÷ (frames that are no copies + missing) × 100.'},
    {key: 'gaps', label: 'gaps', show: count, worry: some('gaps'),
        about: 'Holes in the time stamps; nothing is drawn across one.'},
    {key: 'silence_s', label: 'silent at the end', show: seconds,
        worry: (one) => one.silence_s >= 1 && one.silence_samples >= 2,
        about: 'From the newest arrival to the end of the run. No stamp shows such a ' +
            'hole.'},
    {key: 'boots', label: 'boots', show: count,
        about: 'Segments that begin with a boot of the device, the first included.'},
    {key: 'reboots', label: 'reboots', show: count, worry: some('reboots'),
        about: 'Boots less the one that the run begins with.'},
    {key: 'resets', label: 'resets', show: count, worry: some('resets'),
        about: 'Counters that began anew without a boot.'},
    {key: 'repeats', label: 'repeats', show: count,
        about: 'Frames that publish what was published before: no news, and not lost.'},
    {key: 'copies', label: 'copies', show: count, worry: some('copies'),
        about: 'Frames that equal their predecessor in every byte: sent twice.'},
    {key: 'unpublished', label: 'before the first hop', show: count,
        about: 'Frames that measured nothing yet; left out of the figures.'},
    {key: 'not_finite', label: 'not a number', show: count, worry: some('not_finite'),
        about: 'Frames with at least one value that is infinite or not a number.'},
    {key: 'unreadable', label: 'unreadable', show: count, worry: some('unreadable'),
        about: 'Stored samples that are not as long as their stream’s form says.'},
    {key: 'excluded', label: 'excluded', show: count,
        about: 'Samples that an annotation leaves out of the figures. They stay in ' +
            'the counts.'},
    {key: 'segments', label: 'segments', show: count,
        about: 'Stretches without a boot, a reset or a lost connection between.'},
];

/** Whether gaps and loss would show at all. @param {any} stream */
export function isChecked(stream) {
    return stream.gaps !== null && stream.gaps !== undefined;
}

/**
 * The sentence about a stream: what is wrong, or that nothing is.
 * @param {any} stream
 */
export function sentence(stream) {
    const wrong = FIGURES.filter((figure) => figure.worry?.(stream));
    if (stream.samples === 0)
        return 'Nothing came.';
    if (!wrong.length)
        return isChecked(stream) ? 'Nothing is known to be wrong.'
            : 'Its rows have no stamps or numbers, or too few, in which gaps and ' +
                'loss would show.';
    return wrong.map((figure) => `${figure.label} ${figure.show(stream[figure.key])}`)
        .join(', ') + '.';
}

/** Delivered of requested, in percent; null: not known. @param {any} stream */
export function yieldOf(stream) {
    return stream.requested_hz && stream.delivered_hz !== null
        ? 100 * stream.delivered_hz / stream.requested_hz : null;
}

/**
 * Counts of what went where: of a benchmark its ledger, of a collection its account.
 * @param {any} delivered
 * @returns {[string, string][]}
 */
export function ledgerOf(delivered) {
    const from = delivered?.ledger || delivered || {};
    return Object.entries(from)
        .filter(([, value]) => typeof value === 'number' || typeof value === 'boolean')
        .map(([key, value]) => [key.replaceAll('_', ' '),
            typeof value === 'boolean' ? (value ? 'yes' : 'no')
                : key.endsWith('_s') ? seconds(/** @type {number} */ (value))
                    : value === null ? NONE
                        : number(/** @type {number} */ (value), 6)]);
}
