// SPDX-License-Identifier: GPL-3.0-or-later
// The list of runs: searched, sorted and selected, mostly with the keyboard. The
// address holds the search, the order and what is selected.
import {ApiError, getJson, onConnection} from './api.js';
import {h, replace} from './dom.js';
import * as format from './format.js';
import {bind} from './keys.js';
import {askDelete, askDivision, askTag} from './run_dialogs.js';
import {between, divisions, filter, idsOf, order, sort, tagCounts} from './run_list.js';
import {nameOf, runTable} from './run_table.js';
import {get, go, link, set} from './state.js';
import {empty, failure, loading} from './states.js';

/** @typedef {import('./run_list.js').Run} Run */

const NEWEST = 500; /* asked for at first */
const ROWS = 300; /* shown at first */
const TAGS = 24;
const RECORDING_MS = 2000;
const IDLE_MS = 10000;

/**
 * @param {HTMLElement} root
 * @param {import('./main.js').Context} context
 */
export function mount(root, context) {
    /** @type {Run[]|null} */
    let runs = null;
    /** @type {Run[]} */
    let listed = [];
    /** @type {number|null} */
    let here = null; /* id of the run at which the keyboard is */
    /** @type {number|null} */
    let anchor = null; /* from which Shift extends */
    let rows = ROWS;
    let drawn = '';
    /** @type {number|null|undefined} */
    let seen; /* store.runs, when the list was read */
    /** @type {ReturnType<typeof setTimeout>|undefined} */
    let timer;
    const leaving = new AbortController();

    const search = h('input', {type: 'search', id: 'q', autocomplete: 'off',
        placeholder: 'Search name, tag, host, firmware', 'aria-label': 'Search runs',
        'aria-keyshortcuts': '/', value: get().q || '', on: {input: onSearch,
            keydown: onSearchKey}});
    const total = h('p', {class: 'muted', role: 'status', style: {margin: '0'}});
    const chips = h('div', {class: 'chips', role: 'group', 'aria-label': 'Tags'});
    const list = h('div', null, loading('Reading the runs'));
    const bar = h('div', {class: 'selection toolbar', role: 'group',
        'aria-label': 'What is selected'});
    const head = h('div', {class: 'runs-head'}, h('h1', {text: 'Runs'}), search, total);
    replace(root, head, chips, list);

    /* ---- what is selected ---- */

    const selected = () => idsOf(get().runs);

    /** @param {number[]} ids */
    function select(ids) {
        set({runs: [...new Set(ids)].join(',')}, {replace: true});
    }

    /** @param {number} id */
    function toggle(id) {
        const ids = selected();
        anchor = here = id;
        select(ids.includes(id) ? ids.filter((other) => other !== id) : [...ids, id]);
    }

    /** @param {number} to */
    function extend(to) {
        const ids = listed.map((run) => run.id);
        anchor ??= here;
        here = to;
        select([...selected(), ...between(ids, anchor, to)]);
        focusHere();
    }

    function chosenRuns() {
        const known = new Map((runs || []).map((run) => [run.id, run]));
        return selected().flatMap((id) => known.get(id) || []);
    }

    /* ---- where the keyboard is ---- */

    /** @param {number} step */
    function moved(step) {
        const at = listed.findIndex((run) => run.id === here);
        const next = at < 0 ? (step > 0 ? 0 : listed.length - 1) : at + step;
        return listed[Math.max(0, Math.min(next, listed.length - 1))]?.id ?? null;
    }

    function focusHere() {
        if (listed.findIndex((run) => run.id === here) >= rows) {
            rows = listed.length;
            draw();
        }
        for (const row of list.querySelectorAll('tbody tr')) {
            const is = row.id === `run-${here}`;
            row.setAttribute('tabindex', is ? '0' : '-1');
            row.classList.toggle('here', is);
            if (is)
                /** @type {HTMLElement} */ (row).focus();
        }
    }

    /** @param {number|null} id */
    function move(id) {
        if (id === null)
            return;
        anchor = here = id;
        focusHere();
    }

    /* ---- what is done with them ---- */

    /** @param {(number|null)[]} ids */
    function show(ids) {
        if (ids.length && ids[0] !== null)
            go(link({page: 'view', runs: ids.join(',')}));
    }

    async function compare() {
        const division = await askDivision(chosenRuns(), nameOf);
        if (division)
            go(link({page: 'compare', a: String(division.a), b: String(division.b)}));
    }

    async function tag() {
        if (await askTag(chosenRuns(), tagCounts(runs || []).map(([name]) => name)))
            await load();
    }

    async function remove() {
        if (!await askDelete(chosenRuns(), nameOf))
            return;
        select([]);
        await load();
    }

    /* ---- search ---- */

    function onSearch() {
        set({q: search.value}, {replace: true});
    }

    /** @param {KeyboardEvent} ev */
    function onSearchKey(ev) {
        if (ev.key === 'Escape' && search.value) {
            search.value = '';
            onSearch();
        } else if (['Escape', 'ArrowDown', 'Enter'].includes(ev.key)) {
            move(listed.some((run) => run.id === here) ? here : moved(1));
        } else {
            return;
        }
        ev.preventDefault();
    }

    const tagsOf = () => (get().tag || '').split(',').filter(Boolean);

    /** @param {string} tag */
    function toggleTag(tag) {
        const tags = tagsOf();
        set({tag: (tags.includes(tag) ? tags.filter((other) => other !== tag)
            : [...tags, tag]).join(',')});
    }

    function escape() {
        if (selected().length)
            select([]);
        else
            set({q: null, tag: null});
    }

    /* ---- drawing ---- */

    function drawChips() {
        const tags = tagsOf();
        const all = tagCounts(runs || []);
        const shown = all.filter(([name], i) => i < TAGS || tags.includes(name));
        const focused = document.activeElement?.parentElement === chips
            ? document.activeElement.textContent : null;
        replace(chips, shown.map(([name, n]) => h('button', {class: 'chip',
            type: 'button', 'aria-pressed': String(tags.includes(name)),
            on: {click: () => toggleTag(name)}},
        h('span', {class: 'clip', title: name, text: name}),
        h('span', {class: 'muted', text: n}))));
        for (const chip of focused ? chips.children : [])
            if (chip.textContent === focused)
                /** @type {HTMLElement} */ (chip).focus();
    }

    /** @param {MouseEvent} ev */
    function onClick(ev) {
        const target = /** @type {Element} */ (ev.target);
        const line = /** @type {HTMLElement|null} */ (target.closest('tbody tr'));
        const picks = target.closest('.pick');
        if (!line || target.closest('a') || (picks && !target.matches('input')))
            return;
        const id = Number(line.dataset.id);
        if (ev.shiftKey)
            extend(id);
        else if (picks || ev.ctrlKey || ev.metaKey)
            toggle(id);
        else
            move(id);
    }

    /** @param {MouseEvent} ev */
    function onDouble(ev) {
        const target = /** @type {Element} */ (ev.target);
        const line = /** @type {HTMLElement|null} */ (target.closest('tbody tr'));
        if (line && !target.closest('.pick'))
            show([Number(line.dataset.id)]);
    }

    function drawTable() {
        const chosen = new Set(selected());
        return runTable({runs: listed.slice(0, rows), all: listed.length, chosen, here,
            sorted: order(get().sort), on: {click: onClick, dblclick: onDouble}});
    }

    function moreRows() {
        const hidden = listed.length - rows;
        if (hidden > 0)
            return h('div', {class: 'more'}, h('button', {type: 'button',
                text: `Show ${format.count(hidden)} more`, on: {click: () => {
                    rows = listed.length;
                    draw();
                }}}));
        if (runs && runs.length >= NEWEST && !get().limit)
            return h('div', {class: 'more'}, h('button', {type: 'button',
                text: `These are the newest ${NEWEST}: read all`,
                on: {click: () => set({limit: 'all'}, {replace: true})}}));
        return null;
    }

    function noneFound() {
        return empty('No run is like this', 'Every word must stand in the name, a ' +
            'tag, the host, the firmware or the description of a run.',
        {text: 'Show all runs', run: () => set({q: null, tag: null})});
    }

    /** Which of two is compared with which. @param {Run[]} chosen */
    function sides(chosen) {
        const [{a, b}] = divisions(chosen);
        const of = (/** @type {number[]} */ [id]) =>
            `${id} ${chosen.find((run) => run.id === id)?.name || ''}`.trim();
        return `2 selected: A (before) ${of(a)}, B (after) ${of(b)}`;
    }

    function drawBar() {
        const chosen = chosenRuns().map((run) => run.id);
        const n = chosen.length;
        /** @param {string} text @param {() => void} click @param {boolean} on
         *  @param {string} key @param {string} [kind] */
        const act = (text, click, on, key, kind = '') => h('button', {type: 'button',
            text, class: kind, disabled: !on, 'aria-keyshortcuts': key || null,
            on: {click}});
        const focused = document.activeElement?.parentElement === bar
            ? document.activeElement.textContent : null;
        bar.classList.toggle('none', !n);
        const said = n === 2 ? sides(chosenRuns()) : n ? `${n} selected`
            : 'Select runs to overlay or compare them';
        replace(bar,
            h('span', {class: 'said clip', role: 'status', text: said, title: said}),
            act('Clear', () => select([]), n > 0, 'Escape', 'quiet clear'),
            act(n > 1 ? 'Overlay' : 'Show', () => show(chosen), n > 0, 'o'),
            act('Compare', compare, n > 1, 'c', n > 1 ? 'main' : ''),
            context.writable() && [act('Tags', tag, n > 0, ''),
                act('Delete', remove, n > 0, '', n ? 'danger' : '')]);
        for (const button of focused ? bar.children : [])
            if (button.textContent === focused)
                /** @type {HTMLElement} */ (button).focus();
    }

    /** Where the focus was, so that a refresh does not take it away. */
    function focusMark() {
        const at = document.activeElement;
        if (!at || !list.contains(at) || at === list)
            return null;
        const sorts = at instanceof HTMLElement ? at.dataset.sort : undefined;
        return sorts ? `[data-sort="${sorts}"]` : `#${at.closest('tr')?.id || 'none'}`;
    }

    function draw() {
        if (!runs)
            return;
        const state = get();
        listed = sort(filter(runs, state.q || '', tagsOf()), state.sort);
        const now = JSON.stringify([listed, state, rows, context.writable(),
            runs.length]);
        if (now === drawn)
            return;
        drawn = now;
        if (document.activeElement !== search)
            search.value = state.q || '';
        const [n, all] = [format.count(listed.length), format.count(runs.length)];
        replace(total, n === all ? `${all} runs` : `${n} of ${all} runs`);
        drawChips();
        drawBar();
        const mark = focusMark();
        replace(list, !runs.length ? noRuns() : !listed.length ? noneFound()
            : h('div', {class: 'run-list'}, drawTable(), moreRows(), bar));
        if (mark)
            /** @type {HTMLElement|null} */ (list.querySelector(mark))?.focus(
                {preventScroll: true});
    }

    function noRuns() {
        const text = h('span', null, 'The store has none. ', h('code', {text:
            'viz collect --host DEVICE'}), ' keeps what a device sends, ', h('code',
            {text: 'viz --benchmark --store'}), ' a benchmark, ', h('code',
            {text: 'viz import FILE'}), ' what another program wrote. They appear ' +
            'here by themselves.');
        return empty('No runs yet', text, context.health().live
            ? {text: 'See what is live', href: link({page: 'live'})} : undefined);
    }

    /* ---- reading ---- */

    function later() {
        clearTimeout(timer);
        const recording = runs?.some((run) => run.state === 'recording');
        timer = setTimeout(load, recording ? RECORDING_MS : IDLE_MS);
    }

    async function load() {
        clearTimeout(timer);
        try {
            const limit = get().limit === 'all' ? 0 : NEWEST;
            const stored = context.health().store?.runs;
            const read = await getJson(`api/runs?limit=${limit}`,
                {signal: leaving.signal});
            seen = stored;
            runs = read;
            draw();
        } catch (error) {
            if (leaving.signal.aborted)
                return;
            if (!runs)
                replace(list, failure(error, load));
            if (error instanceof ApiError && error.status === 401)
                return; /* not asked again by itself: the dialog was closed */
        }
        later();
    }

    const ends = [
        bind('Runs', [
            {keys: ['j', 'ArrowDown'], help: 'next run', run: () => move(moved(1))},
            {keys: ['k', 'ArrowUp'], help: 'previous run', run: () => move(moved(-1))},
            {keys: ['Home'], help: 'first run', run: () => move(listed[0]?.id ?? null)},
            {keys: ['End'], help: 'last run',
                run: () => move(listed.at(-1)?.id ?? null)},
            {keys: ['x', ' '], help: 'select the run, or not',
                run: () => here !== null && (toggle(here), focusHere())},
            {keys: ['Shift+ArrowDown', 'J'], help: 'select down to the next',
                run: () => extend(moved(1) ?? 0)},
            {keys: ['Shift+ArrowUp', 'K'], help: 'select up to the previous',
                run: () => extend(moved(-1) ?? 0)},
            {keys: ['a'], help: 'select all that are listed',
                run: () => select([...selected(), ...listed.map((run) => run.id)])},
            {keys: ['Enter'], help: 'open the run', run: () => show([here])},
            {keys: ['o'], help: 'overlay what is selected',
                run: () => show(selected().length ? selected() : [here])},
            {keys: ['c'], help: 'compare what is selected',
                run: () => selected().length > 1 ? compare()
                    : go(link({page: 'compare'}))},
            {keys: ['/'], help: 'search', run: () => search.select()},
            {keys: ['Escape'], help: 'clear the selection, then the search',
                run: escape},
        ]),
        context.onHealth((now) => {
            draw();
            if (runs && now.store && now.store.runs !== seen)
                load();
        }),
        onConnection((now) => now === 'ok' && load()),
    ];
    load();

    return {
        update() {
            if (get().limit === 'all' && runs?.length === NEWEST)
                load();
            draw();
        },
        unmount() {
            leaving.abort();
            clearTimeout(timer);
            ends.forEach((end) => end());
        },
    };
}
