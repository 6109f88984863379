// SPDX-License-Identifier: GPL-3.0-or-later
// Annotations of a run: a range, a text, and whether comparisons leave the range out.
import {send} from './api.js';
import {h} from './dom.js';
import {number, seconds} from './format.js';
import {ask} from './run_dialogs.js';

/**
 * stream null: of the whole run. Times are seconds since the run's start.
 * @typedef {{id: number, stream: number|null, from_s: number, to_s: number,
 *     text: string, author: string|null, exclude: boolean}} Annotation
 */

const AUTHOR = 'viz-author';

/** A name that is remembered where the browser allows it. */
function author() {
    try {
        return localStorage.getItem(AUTHOR) || '';
    } catch {
        return '';
    }
}

/** @param {string} name */
function remember(name) {
    try {
        localStorage.setItem(AUTHOR, name);
    } catch {
        /* it will be asked for again */
    }
}

/** @param {string} id @param {string} label @param {HTMLElement} control */
function field(id, label, control) {
    control.id = id;
    return h('div', {class: 'field'}, h('label', {for: id, text: label}), control);
}

/** @param {number|undefined} at */
function timeInput(at) {
    return h('input', {type: 'number', step: 'any', min: '0', required: true,
        value: at === undefined ? '' : String(Number(at.toFixed(6)))});
}

/** @typedef {{run: number, streams: {id: number, name: string}[], stream?: number|null,
 *     from?: number, to?: number, exclude?: boolean, changed: () => void}} About */

/** @param {About} about */
function controls(about) {
    return {
        from: timeInput(about.from),
        to: timeInput(about.to),
        stream: h('select', null, h('option', {value: '', text: 'all of them'}),
            about.streams.map((stream) => h('option', {value: String(stream.id),
                text: stream.name, selected: stream.id === about.stream}))),
        text: h('textarea', {rows: 3, required: true, maxlength: 2000,
            autofocus: true}),
        author: h('input', {value: author(), maxlength: 100, autocomplete: 'name'}),
        exclude: h('input', {type: 'checkbox', checked: Boolean(about.exclude)}),
    };
}

/** @param {ReturnType<typeof controls>} from */
function body(from) {
    const text = field('note-text', 'Text', from.text);
    const name = /** @type {HTMLElement} */ (text.querySelector('label'));
    const rename = () => {
        name.textContent = from.exclude.checked
            ? 'Reason why it is left out' : 'Text';
    };
    from.exclude.addEventListener('change', rename);
    rename();
    return [
        h('div', {class: 'pair'}, field('note-from', 'From, s', from.from),
            field('note-to', 'To, s', from.to)),
        field('note-stream', 'Stream', from.stream), text,
        h('label', {class: 'choice'}, from.exclude,
            h('span', {text: 'Figures and comparisons leave this stretch out'})),
        field('note-author', 'Author', from.author),
    ];
}

/** @param {ReturnType<typeof controls>} from */
function written(from) {
    const value = {
        stream: from.stream.value ? Number(from.stream.value) : null,
        from_s: from.from.valueAsNumber,
        to_s: from.to.valueAsNumber,
        text: from.text.value.trim(),
        author: from.author.value.trim(),
        exclude: from.exclude.checked,
    };
    if (!value.text)
        throw new Error(value.exclude ? 'Say why it is left out.' : 'Say something.');
    if (!(value.to_s > value.from_s))
        throw new Error('It must end after it begins.');
    return value;
}

/**
 * Opens the dialog for a new one.
 * @param {About} about
 */
export async function editAnnotation(about) {
    const from = controls(about);
    const done = await ask({title: 'Annotate', body: body(from), button: 'Save',
        act: async () => {
            const value = written(from);
            await send('POST', `api/runs/${about.run}/annotations`, value);
            remember(value.author);
            return true;
        }});
    if (done)
        about.changed();
}

/** @param {Annotation} annotation @param {number} run @param {() => void} changed */
async function remove(annotation, run, changed) {
    const done = await ask({title: 'Delete this annotation?',
        body: h('p', {text: annotation.text}), button: 'Delete', kind: 'danger',
        act: async () => {
            await send('DELETE', `api/runs/${run}/annotations/${annotation.id}`);
            return true;
        }});
    if (done)
        changed();
}

/** @param {Annotation} annotation */
function range(annotation) {
    const length = seconds(annotation.to_s - annotation.from_s);
    const [from, to] = [number(annotation.from_s, 6), number(annotation.to_s, 6)];
    return `${from} to ${to} s (${length})`;
}

/**
 * @typedef {{run: number, annotations: Annotation[], writable: boolean,
 *     streams?: {id: number, name: string}[], changed: () => void,
 *     show?: (annotation: Annotation) => void}} ListAbout
 */

/** @param {Annotation} annotation @param {ListAbout} about */
function item(annotation, about) {
    const stream = annotation.stream &&
        (about.streams?.find(({id}) => id === annotation.stream)?.name ||
            `stream ${annotation.stream}`);
    return h('li', {class: annotation.exclude ? 'excludes' : ''},
        h('div', {class: 'about'},
            about.show
                ? h('button', {class: 'chip', type: 'button', text: range(annotation),
                    title: 'Show this stretch',
                    on: {click: () => about.show?.(annotation)}})
                : h('span', {text: range(annotation)}),
            annotation.exclude && h('span', {class: 'badge warn', text: 'left out'}),
            stream && h('span', {text: stream}),
            annotation.author && h('span', {text: annotation.author})),
        h('div', {class: 'text', text: annotation.text}),
        about.writable && h('button', {class: 'quiet act', type: 'button',
            text: 'Delete', 'aria-label': `Delete the annotation ${annotation.text}`,
            on: {click: () => remove(annotation, about.run, about.changed)}}));
}

/**
 * What there is, with a button to delete each where that is allowed.
 * @param {ListAbout} about
 * @returns {HTMLElement}
 */
export function annotationList(about) {
    if (!about.annotations.length)
        return h('p', {class: 'muted', text: 'No annotations.'});
    return h('ul', {class: 'annotations'},
        about.annotations.map((annotation) => item(annotation, about)));
}
