// SPDX-License-Identifier: GPL-3.0-or-later
// The live stream. The right edge follows the server's clock, not the arrival of
// messages, so that the picture moves steadily; a pause or a movement of the picture
// looks back.
import {connection, onConnection} from './api.js';
import {h, replace} from './dom.js';
import {exhibit, refresh} from './exhibit.js';
import {clock as clockText, seconds} from './format.js';
import {bind} from './keys.js';
import {COLUMNS, decode, LiveBuffer} from './live_buffer.js';
import {ServerClock} from './live_clock.js';
import {afterFrame, healthCards, healthTable, showHealth, Tally}
    from './live_health.js';
import {Lanes} from './live_lanes.js';
import {silences} from './live_silence.js';
import {connect} from './live_socket.js';
import {badgeOf, hiddenOf, lanesOf, shownText, titlesOf, toggled, windowOf, WINDOWS}
    from './live_state.js';
import {askToken} from './session.js';
import {get, set} from './state.js';
import {empty, loading, noSources, noToken} from './states.js';

/** @typedef {import('./live_state.js').Stream} Stream */
/** @typedef {[number, number]} Range */

const ASK_MS = 120;    // a movement is asked for when it has rested for so long
const BADGE_MS = 250;
const MOST_PX = 4096;  // columns that the server makes at most
const BELOW_PX = 70;   // room for the note below the lanes

/** @returns {number} seconds of the local clock */
function now() {
    return performance.now() / 1000;
}

/**
 * @param {HTMLElement} root
 * @param {import('./main.js').Context} context
 */
export function mount(root, context) {
    const page = new LivePage(root, context);
    return {update: () => page.update(), unmount: () => page.unmount()};
}

/** @param {LivePage} page */
function partsOf(page) {
    const badge = h('span', {class: 'badge live-badge', text: 'CONNECTING'});
    const spoken = h('span', {class: 'visually-hidden', role: 'status'});
    const length = h('select', {id: 'live-window', on: {
        change: () => set({window: length.value})}},
        WINDOWS.map((s) => h('option', {value: String(s), text: `${s} s`})));
    const pause = h('button', {type: 'button', 'aria-pressed': 'false', title: 'Space',
        text: 'Pause', on: {click: () => page.pause()}});
    const live = h('button', {type: 'button', class: 'main', title: 'Key l',
        hidden: true, text: 'Jump to live', on: {click: () => page.goLive()}});
    const layout = h('button',
        {type: 'button', 'aria-pressed': 'false', text: 'Overlay',
        title: 'Key o: one chart for each unit of all streams',
        on: {click: () => page.flipLayout()}});
    const where = h('span', {class: 'muted num'});
    const head = h('div', {class: 'live-head toolbar'}, badge, spoken,
        h('label', {for: 'live-window', text: 'Window'}), length, pause, layout, live,
        where);
    const holder = h('div', {class: 'live-lanes'},
        loading('Waiting for the live stream'));
    const lines = h('div');
    const rows = h('div');
    const picture = exhibit({title: 'Live', id: 'live', chart: holder,
        note: () => page.noteText(), table: () => page.table(),
        canvas: async () => await page.lanes?.canvas() ||
            document.createElement('canvas')});
    const strip = exhibit({title: 'Stream health', id: 'stream-health',
        chart: h('div', null, lines, rows), table: () => page.healthTable(),
        note: () => page.asOf() &&
            `As of ${page.asOf()}, before the connection was lost.`});
    strip.hidden = true;
    return {badge, spoken, length, pause, live, layout, where, head, holder, lines,
        rows, picture, strip};
}

class LivePage {
    /** @param {HTMLElement} root @param {import('./main.js').Context} context */
    constructor(root, context) {
        this.context = context;
        this.clock = new ServerClock();
        /** @type {Stream[]} */
        this.streams = [];
        /** @type {Map<number, LiveBuffer>} */
        this.buffers = new Map();
        /** @type {Lanes|null} */
        this.lanes = null;
        /** @type {import('./live_health.js').Health|null} */
        this.health = null;
        /** @type {import('./live_socket.js').Link|null} */
        this.link = null;
        /** @type {ReturnType<typeof connect>|null} */
        this.socket = null;
        /** @type {Range|null} what is looked at; null: the newest */
        this.range = null;
        /** @type {Range} */
        this.shown = [0, 0];
        /** @type {Set<string>} */
        this.hidden = new Set();
        this.epoch = 0;
        this.edge = -Infinity;
        this.endEdge = NaN;
        this.lostEdge = NaN; // where the picture stands while there is no connection
        this.serial = 0;
        this.window = windowOf(get().window);
        this.layout = '';
        this.locked = false; // the token is wanted
        /** @type {Map<number, number>} */
        this.wasSilent = new Map();
        this.dirty = false;
        this.made = NaN;     // when the oldest message was that is not drawn yet
        this.lateS = 0;
        this.said = '';
        this.own = {page_ms: new Tally(), draw_ms: new Tally()};
        this.ui = partsOf(this);
        root.append(this.ui.head, this.ui.picture, this.ui.strip);
        this.range = this.addressed();
        this.stops = this.start();
        this.update();
    }

    /** @returns {Range|null} what the address looks at */
    addressed() {
        const {from, to} = get();
        const range = /** @type {Range} */ ([Number(from), Number(to)]);
        return from && to && range[0] < range[1] ? range : null;
    }

    /** @returns {(() => void)[]} ends what it began */
    start() {
        const timer = setInterval(() => this.tell(), BADGE_MS);
        const end = new AbortController();
        const {signal} = end;
        document.addEventListener('visibilitychange', () => this.ask(), {signal});
        window.addEventListener('resize', () => this.resize(), {signal});
        const frame = () => {
            this.frame();
            this.request = requestAnimationFrame(frame);
        };
        this.request = requestAnimationFrame(frame);
        return [() => clearInterval(timer), () => end.abort(),
            () => cancelAnimationFrame(this.request || 0),
            this.context.onHealth(() => this.meet()), this.bindKeys(),
            onConnection((is) => is === 'ok' && this.socket?.retry())];
    }

    bindKeys() {
        const digits = [1, 2, 3, 4, 5, 6, 7, 8, 9].map(String);
        return bind('Live', [
            {keys: [' '], help: 'pause, and on again', run: () => this.pause()},
            {keys: ['l', 'End'], help: 'jump to live', run: () => this.goLive()},
            {keys: ['+', '='], help: 'shorter window', run: () => this.widen(-1)},
            {keys: ['-'], help: 'longer window', run: () => this.widen(1)},
            {keys: ['ArrowLeft', 'a'], help: 'look back', run: () => this.step(-0.2)},
            {keys: ['ArrowRight', 'd'], help: 'look forward',
                run: () => this.step(0.2)},
            {keys: ['o'], help: 'lanes, or overlaid', run: () => this.flipLayout()},
            {keys: digits, help: 'hide or show a channel; with Alt only this one',
                run: (ev) => this.digit(Number(ev.key), false)},
            {keys: digits.map((digit) => `Alt+${digit}`), help: 'only this channel',
                run: (ev) => this.digit(Number(ev.key), true)},
            {keys: ['0'], help: 'all channels', run: () => set({channels: null})},
        ]);
    }

    unmount() {
        for (const stop of this.stops)
            stop();
        clearTimeout(this.asking);
        clearTimeout(this.noting);
        this.socket?.close();
        this.lanes?.destroy();
    }

    /* ---- the server ---- */

    /** Connects once it is known that there is something live. */
    meet() {
        const {live, auth, authorized} = this.context.health();
        const isLocked = auth === 'all' && authorized === false;
        if (isLocked !== this.locked)
            this.lock(isLocked);
        if (live === null && !this.socket)
            replace(this.ui.holder, noSources());
        if (live && !this.socket)
            this.socket = connect({text: (message) => this.hearText(message),
                binary: (bytes) => this.hearBinary(bytes),
                link: (link) => this.linked(link)});
    }

    /**
     * The token has become wanted, or was right.
     * @param {boolean} locked
     */
    lock(locked) {
        const ask = async () => void (await askToken() && this.socket?.retry());
        this.locked = locked;
        if (!this.lanes)
            replace(this.ui.holder, locked ? noToken(ask)
                : loading('Waiting for the live stream'));
        if (locked)
            ask();
    }

    /** @param {import('./live_socket.js').Link} link */
    linked(link) {
        this.link = link;
        if (link.is !== 'open' && Number.isNaN(this.lostEdge) && this.edge > 0)
            this.lostEdge = this.edge;
        this.showStrip();
        this.tell();
    }

    /** @param {any} message */
    hearText(message) {
        if (message.type === 'hello')
            this.greet(message);
        else if (message.type === 'streams')
            this.setStreams(message.streams);
        else if (message.type === 'health')
            this.hearHealth(message);
        else if (message.type === 'error')
            this.said = String(message.error);
    }

    /** @param {{epoch_unix_s: number, now_s: number, streams: Stream[]}} hello */
    greet(hello) {
        this.clock.forget();
        this.clock.hear(hello.now_s, now());
        if (Math.abs(hello.epoch_unix_s - this.epoch) > 0.5) {
            this.buffers.clear();
            this.layout = '';
            // of another server: its times mean nothing here
            if (this.epoch && this.range)
                this.look(null);
        }
        this.epoch = hello.epoch_unix_s;
        this.edge = -Infinity;
        this.endEdge = NaN;
        this.lostEdge = NaN;
        this.health = null;
        this.setStreams(hello.streams);
        this.ask();
    }

    /** @param {Stream[]} streams */
    setStreams(streams) {
        this.streams = streams;
        this.arrange();
        this.showStrip();
    }

    /** @param {import('./live_health.js').Health} health */
    hearHealth(health) {
        const isFirst = this.health === null;
        const wasEnded = this.health?.ended;
        this.health = health;
        this.clock.hear(health.now_s, now());
        if (health.ended && !wasEnded)
            this.end(isFirst);
        this.showStrip();
    }

    /**
     * The picture stops where it is; or where the rows end, if they did before it came.
     * @param {boolean} before
     */
    end(before) {
        const newest = this.newest();
        this.endEdge = before && newest > -Infinity ? newest
            : Math.max(this.edge, newest);
        this.dirty = true;
        if (before)
            this.ask();
    }

    /** @param {ArrayBuffer} bytes */
    hearBinary(bytes) {
        const message = decode(bytes);
        if (!message)
            return;
        const at = now();
        this.clock.hear(message.now, at);
        this.lateS = this.clock.at(at) - message.now;
        const buffer = this.buffers.get(message.stream) || new LiveBuffer();
        this.buffers.set(message.stream, buffer);
        const keepS = this.range ? 3 * (this.range[1] - this.range[0])
            : this.window + 2;
        if (!buffer.take(message, this.serial, keepS))
            return;
        if (Number.isNaN(this.made))
            this.made = at - Math.max(0, this.lateS);
        this.dirty = true;
    }

    /** Asks for what is looked at. */
    ask() {
        clearTimeout(this.asking);
        if (this.link?.is !== 'open')
            return;
        if (document.hidden) {
            this.socket?.send({view: null});
            return;
        }
        const px = Math.min(MOST_PX, Math.max(100, this.lanes?.width() || 900));
        const view = {serial: ++this.serial, px};
        const ended = !Number.isNaN(this.endEdge);
        const [from, to] = this.range ||
            (ended ? [this.endEdge - this.window, this.endEdge] : [0, 0]);
        const beside = (to - from) / 2; // so that the next movement shows something
        this.socket?.send({view: this.range || ended
            ? {...view, from_s: Math.max(0, from - beside), to_s: to + beside,
                px: Math.min(MOST_PX, 2 * px)}
            : {...view, window_s: this.window}});
    }

    askSoon() {
        clearTimeout(this.asking);
        this.asking = setTimeout(() => this.ask(), ASK_MS);
    }

    /* ---- what is shown ---- */

    /** Makes the lanes again where streams or layout have changed. */
    arrange() {
        const overlay = get().layout === 'overlay';
        const layout = JSON.stringify([overlay, this.epoch, this.streams.map((stream) =>
            [stream.id, stream.name, stream.channels])]);
        if (layout === this.layout)
            return;
        this.layout = layout;
        this.lanes?.destroy();
        this.lanes = null;
        if (!this.streams.length) {
            replace(this.ui.holder, empty('No rows yet',
                'The sources are read; the first row has not arrived.'));
            return;
        }
        this.lanes = new Lanes({lanes: lanesOf(this.streams, overlay),
            origin: this.epoch,
            buffers: this.buffers, onOpen: () => this.resize(),
            onRange: (from, to) => this.moved(from, to),
            onToggle: (key, alone) => this.toggle(key, alone)});
        replace(this.ui.holder, this.lanes.element);
        this.hide();
        this.resize();
    }

    resize() {
        if (!this.lanes)
            return;
        const top = this.ui.holder.getBoundingClientRect().top + window.scrollY;
        this.lanes.fit(window.innerHeight - top - BELOW_PX);
        this.dirty = true;
        this.askSoon();
    }

    hide() {
        const lanes = this.lanes?.about.lanes || [];
        this.hidden = hiddenOf(lanes, get().channels);
        this.lanes?.hide(this.hidden);
    }

    /** The address has changed. */
    update() {
        const state = get();
        const range = this.addressed();
        const length = windowOf(state.window);
        const isMoved = String(range) !== String(this.range) && !this.noting;
        this.ui.length.value = String(length);
        this.ui.layout.setAttribute('aria-pressed', String(state.layout === 'overlay'));
        if (this.layout)
            this.arrange();
        this.hide();
        if (isMoved || length !== this.window) {
            this.window = length;
            this.range = isMoved ? range : this.range;
            this.dirty = true;
            this.ask();
        }
        this.meet();
        this.tell();
    }

    frame() {
        const {lanes} = this;
        if (!lanes || !this.clock.known)
            return;
        const began = performance.now();
        const edge = [this.endEdge, this.lostEdge, this.clock.at(began / 1000)]
            .find((each) => !Number.isNaN(each)) ?? NaN;
        /** @type {Range} */
        const range = this.range || [edge - this.window, edge];
        const pixel = (range[1] - range[0]) / lanes.width() / (devicePixelRatio || 1);
        const still = Math.abs(range[1] - this.shown[1]) < pixel / 2 &&
            Math.abs(range[0] - this.shown[0]) < pixel / 2;
        this.edge = Math.max(this.edge, edge);
        if (still && !this.dirty)
            return;
        this.dirty = false;
        this.shown = range;
        lanes.draw(range[0], range[1]);
        this.account(began);
    }

    /** @param {number} began */
    account(began) {
        const {made, own: {draw_ms: draw, page_ms: page}} = this;
        draw.add(performance.now() - began);
        if (!Number.isNaN(made))
            afterFrame(() => page.add(performance.now() - made * 1000));
        this.made = NaN;
    }

    /** The newest row's time, on the server's clock. */
    newest() {
        let newest = -Infinity;
        for (const {newest: each} of this.buffers.values())
            newest = each > newest ? each : newest;
        for (const {newest_s: each} of this.health?.streams || [])
            newest = each !== null && each > newest ? each : newest;
        return newest;
    }

    /**
     * The streams that bring nothing, where it is the present that is shown; without a
     * connection those that brought nothing when it was lost.
     * @param {number} live
     */
    silent(live) {
        if (this.range || this.health?.ended)
            return new Map();
        if (this.link?.is === 'open')
            this.wasSilent = silences(this.health, this.buffers, live);
        return this.wasSilent;
    }

    /** The badge, and what the legends rest at. */
    tell() {
        const live = this.clock.at(now());
        const newest = this.newest();
        const silent = this.silent(live);
        const badge = badgeOf({link: this.link, streams: this.streams.length,
            ended: this.health?.ended || false, paused: this.range !== null,
            behind_s: Math.max(newest, this.edge) - (this.range?.[1] || 0),
            late_s: this.lateS, age_s: newest > -Infinity ? live - newest : NaN,
            silent: [...silent.values()], told: connection() === 'lost',
            now_s: now()});
        if (this.context.health().live === null && !this.socket)
            Object.assign(badge, {word: 'NONE', text: 'NO SOURCES', kind: ''});
        if (this.locked)
            Object.assign(badge, {word: 'LOCKED', text: 'LOCKED', kind: 'warn'});
        this.showBadge(badge);
        this.lanes?.rest(silent);
    }

    /** @param {import('./live_state.js').Badge} badge */
    showBadge(badge) {
        const {ui} = this;
        const paused = this.range !== null;
        if (ui.badge.textContent !== badge.text)
            ui.badge.textContent = badge.text;
        ui.badge.className =
            `badge live-badge ${badge.kind}${badge.text === 'LIVE' ? ' dot' : ''}`;
        ui.badge.dataset.state = badge.word.toLowerCase();
        const spoken = badge.word === 'LIVE' ? badge.text : badge.word;
        if (ui.spoken.textContent !== spoken)
            ui.spoken.textContent = spoken;
        ui.pause.setAttribute('aria-pressed', String(paused));
        ui.live.hidden = !paused;
        ui.where.textContent = paused && this.epoch
            ? `${clockText(this.epoch + this.shown[0])}, ` +
                `${seconds(this.shown[1] - this.shown[0])}`
            : this.link?.why || this.said;
    }

    showStrip() {
        const {health, ui} = this;
        if (!health)
            return;
        ui.strip.hidden = false;
        showHealth(ui.lines, {health, streams: this.streams}, this.own,
            this.asOf());
        replace(ui.rows, healthCards(this.healthTable(), this.asOf()));
        refresh(ui.picture);
        refresh(ui.strip);
        ui.holder.dataset.drawMs = this.own.draw_ms.quantile(0.5).toFixed(2);
    }

    /** @returns {import('./table.js').Table} */
    table() {
        return this.lanes?.table(...this.shown) || {columns: [], rows: []};
    }

    /** @returns {import('./table.js').Table} */
    healthTable() {
        return this.health ? healthTable(this.health, this.streams)
            : {columns: [], rows: []};
    }

    /** When the figures were true, where that is not now. */
    asOf() {
        return this.health && !Number.isNaN(this.lostEdge)
            ? clockText(this.epoch + this.health.now_s) : '';
    }

    noteText() {
        if (!this.epoch || !this.streams.length)
            return '';
        const [from, to] = this.shown;
        const reduced =
            [...this.buffers.values()].some((buffer) => buffer.kind === COLUMNS);
        return `${[...titlesOf(this.streams).values()].join(', ')}; ` +
            `${seconds(to - from)} from ${clockText(this.epoch + from)}` +
            (reduced
                ? '; each column of pixels shows the least and the greatest value.'
                : '; every row.');
    }

    /* ---- moving about ---- */

    /** @param {number|null} from @param {number|null} to of a chart that was moved */
    moved(from, to) {
        if (from === null || to === null)
            return this.goLive();
        this.look([from, to]);
    }

    /** @param {Range|null} range */
    look(range) {
        this.range = range;
        this.dirty = true;
        if (range)
            this.askSoon();
        else
            this.ask();
        this.tell();
        clearTimeout(this.noting);
        this.noting = setTimeout(() => {
            this.noting = undefined;
            set({from: range && range[0].toFixed(3), to: range && range[1].toFixed(3)},
                {replace: true});
            if (range && String(this.addressed()) !== String(this.range))
                this.range = this.addressed();
            refresh(this.ui.picture);
        }, 2 * ASK_MS);
    }

    pause() {
        if (this.range)
            return this.goLive();
        if (this.lanes && this.shown[1] > this.shown[0])
            this.look([...this.shown]);
    }

    goLive() {
        if (this.range)
            this.look(null);
    }

    /** @param {number} share of what is shown */
    step(share) {
        const [from, to] = this.shown;
        if (this.lanes && to > from)
            this.look([from + share * (to - from), to + share * (to - from)]);
    }

    /** @param {number} by 1: the next longer window */
    widen(by) {
        if (this.range) {
            const [from, to] = this.range;
            const add = (to - from) * (by > 0 ? 0.2 : -0.15);
            return this.look([from - add, to + add]);
        }
        const at = WINDOWS.findIndex((s) => s >= this.window);
        set({window: WINDOWS[Math.max(0, Math.min(WINDOWS.length - 1, at + by))]});
    }

    flipLayout() {
        set({layout: get().layout === 'overlay' ? null : 'overlay'});
    }

    /** @param {string} key @param {boolean} alone */
    toggle(key, alone) {
        const lanes = this.lanes?.about.lanes || [];
        const keys = lanes.flatMap((lane) => lane.members.map((member) => member.key));
        set({channels: shownText(lanes, toggled(keys, this.hidden, key, alone))});
    }

    /** @param {number} n from 1 @param {boolean} alone */
    digit(n, alone) {
        const members = (this.lanes?.about.lanes || []).flatMap((lane) => lane.members);
        if (members[n - 1])
            this.toggle(members[n - 1].key, alone);
    }
}
