// SPDX-License-Identifier: GPL-3.0-or-later
// The lanes of the live page: charts below each other that move together.
import {lineChart} from './chart.js';
import {h} from './dom.js';
import {NONE, number} from './format.js';
import {groupsOf, laneMark} from './live_state.js';
import {css} from './theme.js';
import {timeText} from './ticks.js';

/** @typedef {import('./live_state.js').Lane} Lane */
/** @typedef {import('./live_state.js').Member} Member */
/** @typedef {import('./live_state.js').Group} Group */
/** @typedef {import('./live_buffer.js').LiveBuffer} LiveBuffer */
/**
 * onOpen: other lanes are shown than before.
 * @typedef {{lanes: Lane[], origin: number, buffers: Map<number, LiveBuffer>,
 *     onOpen: () => void,
 *     onRange: (from: number|null, to: number|null) => void,
 *     onToggle: (key: string, alone: boolean) => void}} About
 */

const LEAST_PX = 120;
const MOST_PX = 420;
const ALONE_PX = 260;
const AXIS_PX = 60;
const RIGHT_PX = 10;
const BETWEEN_PX = 4;
const WORDS_PX = 26; // the last lane's, below its axis

const NEWEST = 'Of the rows in the newest column of pixels; the newest row’s value ' +
    'where every row is shown';

/** @param {number} lo @param {number} hi */
function between(lo, hi) {
    return lo === hi ? number(lo) : `${number(lo, 3)} … ${number(hi, 3)}`;
}

/** @param {Lane} lane */
function titleOf(lane) {
    return lane.title ||
        lane.members.map((member) => member.name).slice(0, 3).join(', ');
}

export class Lanes {
    /** @param {About} about */
    constructor(about) {
        this.about = about;
        this.element = h('div', {class: 'lanes'});
        this.groups = groupsOf(about.lanes);
        /** @type {[number, number]|null} what was drawn last */
        this.view = null;
        this.wide = 0; // to look it up in each frame would make the browser lay it out
        this.charts = about.lanes.map((lane, at) => this.chart(lane, at));
        this.marks = this.charts.map(({element}) => {
            const mark = h('span', {class: 'badge warn stale', hidden: true});
            element.firstElementChild?.prepend(mark);
            return mark;
        });
        /** @type {Set<Element>} what cannot be seen is not drawn */
        this.away = new Set();
        this.observer = new IntersectionObserver((seen) => this.see(seen));
        for (const {element} of this.charts)
            this.observer.observe(element);
        for (const group of this.groups)
            if (group.rest < group.to)
                this.fold(group);
        /** @type {(import('./curve.js').Curve|null)[][]} */
        this.shown = about.lanes.map(() => []);
    }

    /** Whether the time axis stands below it. @param {number} at */
    isLast(at) {
        const isFolded = this.groups.some(({rest, to}) => rest < to);
        return at === this.about.lanes.length - 1 || (isFolded &&
            this.groups.some(({rest, to}) => at === rest - 1 || at === to - 1));
    }

    /** A button that shows the lanes behind the first. @param {Group} group */
    fold(group) {
        const {lanes} = this.about;
        const rest = lanes.slice(group.rest, group.to);
        const names = rest.flatMap((lane) => lane.members.map((member) => member.name));
        const folded = h('div', {class: 'folded', hidden: true});
        const button = h('button', {type: 'button', class: 'quiet fold',
            'aria-expanded': 'false', title: names.join(', '), on: {click: () => {
                folded.hidden = !folded.hidden;
                button.setAttribute('aria-expanded', String(!folded.hidden));
                this.about.onOpen();
            }}}, `${names.length} more channels of ${group.title || 'all'}`);
        const parts = this.charts.slice(group.rest, group.to)
            .map((chart) => chart.element);
        parts[0].before(button, folded);
        folded.append(...parts);
    }

    /** What is not folded away. @returns {import('./chart.js').Chart[]} */
    open() {
        return this.charts.filter(({element}) =>
            !element.parentElement || !element.parentElement.hidden);
    }

    /** @param {IntersectionObserverEntry[]} seen */
    see(seen) {
        for (const {target, isIntersecting} of seen) {
            if (!isIntersecting)
                this.away.add(target);
            else if (this.away.delete(target) && this.view)
                this.charts.find(({element}) => element === target)
                    ?.setRange(...this.view);
        }
    }

    /** Open, and in the window. */
    inSight() {
        return this.open().filter(({element}) => !this.away.has(element));
    }

    /** @param {Lane} lane @param {number} at */
    chart(lane, at) {
        const {about} = this;
        const isLast = this.isLast(at);
        return lineChart(this.element, {
            label: titleOf(lane), sync: 'live', follows: true, axisWidth: AXIS_PX,
            height: LEAST_PX,
            x: {time: 'unix', origin: about.origin, bare: !isLast},
            y: {label: lane.title, unit: lane.unit, restful: true},
            series: lane.members.map((member, i) =>
                ({name: member.name, colourIndex: i, unit: lane.unit,
                    label: (lane.title ? `${lane.title} ${member.name}` : member.key) +
                        (lane.unit && `, ${lane.unit}`)})),
            onRange: about.onRange,
            onToggle: (i, alone) => about.onToggle(lane.members[i].key, alone),
        });
    }

    /** CSS pixels of the plot: the columns that are worth asking for. */
    width() {
        return Math.max(100, this.wide - AXIS_PX - RIGHT_PX);
    }

    /** @param {number} room px for all of them */
    fit(room) {
        const open = this.open();
        this.wide = this.element.clientWidth;
        const legends = open.reduce((sum, chart) =>
            sum + (chart.element.firstElementChild?.clientHeight || 0) + BETWEEN_PX, 0);
        const each = Math.floor(
            (room - legends - WORDS_PX) / Math.max(1, open.length));
        const least = open.length > 1 ? LEAST_PX : ALONE_PX;
        const height = Math.min(MOST_PX, Math.max(least, each));
        this.charts.forEach((chart, at) =>
            chart.setHeight(this.isLast(at) ? height + WORDS_PX : height));
    }

    /** The curves that the buffers hold now. */
    take() {
        this.about.lanes.forEach((lane, at) => {
            const shown = this.shown[at];
            let isNew = shown.length === 0;
            lane.members.forEach((member, i) => {
                const curve = this.about.buffers.get(member.stream)
                    ?.curves[member.channel] || null;
                isNew ||= shown[i] !== curve;
                shown[i] = curve;
            });
            if (isNew)
                this.charts[at].setData(shown);
        });
    }

    /** Draws now. @param {number} from @param {number} to */
    draw(from, to) {
        this.take();
        this.view = [from, to];
        for (const chart of this.inSight())
            chart.drawNow(from, to);
    }

    /** Draws in the next frame. @param {number} from @param {number} to */
    later(from, to) {
        this.take();
        for (const chart of this.open())
            chart.setRange(from, to);
    }

    /** @param {Set<string>} hidden */
    hide(hidden) {
        this.about.lanes.forEach((lane, at) => this.charts[at].hide(new Set(
            lane.members.flatMap((member, i) => hidden.has(member.key) ? [i] : []))));
    }

    /**
     * The newest values, for the legends; of a silent stream there is none.
     * @param {Map<number, number>} silent
     */
    rest(silent) {
        this.about.lanes.forEach((lane, at) => {
            this.mark(at, laneMark(lane.members.map(({stream}) => stream), silent));
            this.charts[at].rest(lane.members.map((member) => {
                const last =
                    this.about.buffers.get(member.stream)?.last(member.channel);
                return silent.has(member.stream) ? NONE
                    : last ? between(last.lo, last.hi) : '';
            }));
        });
    }

    /** @param {number} at @param {string} text */
    mark(at, text) {
        const mark = this.marks[at];
        if (mark.textContent === text)
            return;
        mark.textContent = text;
        mark.hidden = !text;
        this.charts[at].element.classList.toggle('silent', Boolean(text));
    }

    /** @returns {Promise<HTMLCanvasElement>} all lanes below each other */
    async canvas() {
        const parts = [];
        for (const chart of this.open())
            parts.push(await chart.canvas());
        const canvas = document.createElement('canvas');
        canvas.width = Math.max(1, ...parts.map((part) => part.width));
        canvas.height = Math.max(1, parts.reduce((sum, part) => sum + part.height, 0));
        const ctx = /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d'));
        ctx.fillStyle = css('--surface');
        ctx.fillRect(0, 0, canvas.width, canvas.height);
        let y = 0;
        for (const part of parts) {
            ctx.drawImage(part, 0, y);
            y += part.height;
        }
        return canvas;
    }

    /**
     * A row for each channel, of what is between @from and @to.
     * @param {number} from @param {number} to
     * @returns {import('./table.js').Table}
     */
    table(from, to) {
        const rows = this.about.lanes.flatMap((lane) =>
            lane.members.map((member) => this.row(lane, member, from, to)));
        return {rows, columns: [
            {key: 'channel', label: 'Channel'}, {key: 'unit', label: 'Unit'},
            {key: 'newest_min', label: 'Newest, least', title: NEWEST},
            {key: 'newest_max', label: 'Newest, greatest', title: NEWEST},
            {key: 'at', label: 'At', title: 'Clock time of the newest; in files UTC',
                show: (at) => at === null ? NONE
                    : timeText(Date.parse(at) / 1000, 0.001, 'unix', 0)},
            {key: 'min', label: 'Least shown'}, {key: 'max', label: 'Greatest shown'}]};
    }

    /**
     * @param {Lane} lane
     * @param {Member} member
     * @param {number} from
     * @param {number} to
     */
    row(lane, member, from, to) {
        const buffer = this.about.buffers.get(member.stream);
        const last = buffer?.last(member.channel);
        const curve = buffer?.curves[member.channel];
        let [min, max] = [Infinity, -Infinity];
        for (let i = 0; curve && i < (curve.n || 0); i++)
            if (curve.x[i] >= from && curve.x[i] <= to) {
                min = curve.lo[i] < min ? curve.lo[i] : min;
                const top = (curve.hi || curve.lo)[i];
                max = top > max ? top : max;
            }
        const found = min <= max;
        return {channel: member.key, unit: lane.unit,
            newest_min: last?.lo ?? null, newest_max: last?.hi ?? null,
            at: last ? new Date((this.about.origin + last.at) * 1000).toISOString()
                : null,
            min: found ? min : null, max: found ? max : null};
    }

    destroy() {
        this.observer.disconnect();
        for (const chart of this.charts)
            chart.destroy();
    }
}
