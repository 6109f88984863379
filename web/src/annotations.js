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
    return h('input', {type: 'number', step: 'any', required: true,
        value: at === undefined ? '' : String(Number(at.toFixed(6)))});
}

/**
 * A run that can be annotated; off: its own time at 0 of the dialog's.
 * @typedef {{id: number, name: string, off: number,
 *     streams: {id: number, name: string}[]}} Target
 */
/** @typedef {{runs: Target[], from?: number, to?: number,
 *     changed: () => unknown}} About */

/** @param {About} about */
function controls(about) {
    const names = about.runs.flatMap(({streams}) => streams.map(({name}) => name));
    return {
        runs: about.runs.map(() => h('input', {type: 'checkbox', checked: true})),
        from: timeInput(about.from),
        to: timeInput(about.to),
        stream: h('select', null, h('option', {value: '', text: 'all of them'}),
            [...new Set(names)].map((name) => h('option', {value: name, text: name}))),
        text: h('textarea', {rows: 3, required: true, maxlength: 2000,
            autofocus: true}),
        author: h('input', {value: author(), maxlength: 100, autocomplete: 'name'}),
        exclude: h('input', {type: 'checkbox'}),
    };
}

/** @param {ReturnType<typeof controls>} from @param {About} about */
function body(from, {runs}) {
    const text = field('note-text', 'Text', from.text);
    const name = /** @type {HTMLElement} */ (text.querySelector('label'));
    const rename = () => {
        name.textContent = from.exclude.checked
            ? 'Reason why it is left out' : 'Text';
    };
    from.exclude.addEventListener('change', rename);
    rename();
    return [
        runs.length > 1 && h('fieldset', null, h('legend', {text: 'Runs'}),
            runs.map(({name}, at) => h('label', {class: 'choice'}, from.runs[at],
                h('span', {text: name})))),
        runs.some(({off}) => off) && runs.length > 1 && h('p', {class: 'muted',
            text: 'Times are those of the axis that is shown.'}),
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
        from_s: from.from.valueAsNumber,
        to_s: from.to.valueAsNumber,
        text: from.text.value.trim(),
        author: from.author.value.trim(),
        exclude: from.exclude.checked,
    };
    if (!from.runs.some((box) => box.checked && !box.disabled))
        throw new Error('Choose a run.');
    if (!value.text)
        throw new Error(value.exclude ? 'Say why it is left out.' : 'Say something.');
    if (!(value.to_s > value.from_s))
        throw new Error('It must end after it begins.');
    return value;
}

/** @param {Target} run @param {string} stream @param {ReturnType<typeof written>} of */
function write({id, off, streams}, stream, of) {
    const found = streams.find(({name}) => name === stream);
    if (stream && !found)
        throw new Error(`It has no stream ${stream}.`);
    return send('POST', `api/runs/${id}/annotations`, {...of, stream: found?.id ?? null,
        from_s: Math.max(0, of.from_s + off), to_s: of.to_s + off});
}

/**
 * One for each run that is chosen; what is written is not written a second time.
 * @param {About} about @param {ReturnType<typeof controls>} from
 */
async function writeAll({runs}, from) {
    const value = written(from);
    const saved = [];
    for (const [at, run] of runs.entries()) {
        const box = from.runs[at];
        if (!box.checked || box.disabled)
            continue;
        try {
            await write(run, from.stream.value, value);
        } catch (error) {
            if (runs.length === 1)
                throw error;
            throw new Error(`${saved.length ? `Saved for ${saved.join(', ')}. ` : ''}` +
                `Not for ${run.name}: ${/** @type {Error} */ (error).message}`);
        }
        box.disabled = true;
        saved.push(run.name);
    }
    remember(value.author);
    return true;
}

/**
 * Opens the dialog for a new one, of each of the runs or of some.
 * @param {About} about
 */
export async function editAnnotation(about) {
    const from = controls(about);
    const [{name}, ...more] = about.runs;
    await ask({title: more.length ? 'Annotate' : `Annotate ${name}`,
        body: body(from, about), button: 'Save', act: () => writeAll(about, from)});
    if (from.runs.some((box) => box.disabled))
        about.changed();
}

/** @returns {NodeListOf<HTMLElement>} */
const deleters = () => document.querySelectorAll('.annotations .act');

/** The focus goes to the next button of its kind, or else to the tab.
 * @param {Annotation} annotation @param {number} run @param {() => unknown} changed */
async function remove(annotation, run, changed) {
    const at = [...deleters()].indexOf(/** @type {HTMLElement} */ (
        document.activeElement));
    const done = await ask({title: 'Delete this annotation?',
        body: h('p', {text: annotation.text}), button: 'Delete', kind: 'danger',
        act: async () => {
            await send('DELETE', `api/runs/${run}/annotations/${annotation.id}`);
            return true;
        }});
    if (!done)
        return;
    /** @type {HTMLElement|null} */
    (document.querySelector('[role=tab][aria-selected=true]'))?.focus();
    await changed();
    (deleters()[at] || deleters()[at - 1])?.focus();
}

/** @param {Annotation} annotation */
function range(annotation) {
    const length = seconds(annotation.to_s - annotation.from_s);
    const [from, to] = [number(annotation.from_s, 6), number(annotation.to_s, 6)];
    return `${from} to ${to} s (${length})`;
}

/**
 * @typedef {{run: number, annotations: Annotation[], writable: boolean,
 *     streams?: {id: number, name: string}[], changed: () => unknown,
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
