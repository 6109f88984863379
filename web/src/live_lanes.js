// SPDX-License-Identifier: GPL-3.0-or-later
// The lanes of the live page: charts below each other that move together.
import {lineChart} from './chart.js';
import {h} from './dom.js';
import {number} from './format.js';
import {css} from './theme.js';

/** @typedef {import('./live_state.js').Lane} Lane */
/** @typedef {import('./live_state.js').Member} Member */
/** @typedef {import('./live_buffer.js').LiveBuffer} LiveBuffer */
/**
 * @typedef {{lanes: Lane[], origin: number, buffers: Map<number, LiveBuffer>,
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
        this.charts = about.lanes.map((lane, at) => this.chart(lane, at));
        /** @type {(import('./curve.js').Curve|null)[][]} */
        this.shown = about.lanes.map(() => []);
    }

    /** @param {Lane} lane @param {number} at */
    chart(lane, at) {
        const {about} = this;
        const isLast = at === about.lanes.length - 1;
        return lineChart(this.element, {
            label: titleOf(lane), sync: 'live', axisWidth: AXIS_PX, height: LEAST_PX,
            x: {time: 'unix', origin: about.origin, bare: !isLast},
            y: {label: lane.title, unit: lane.unit, restful: true},
            series: lane.members.map((member, i) =>
                ({name: member.name, colourIndex: i, unit: lane.unit})),
            onRange: about.onRange,
            onToggle: (i, alone) => about.onToggle(lane.members[i].key, alone),
        });
    }

    /** CSS pixels of the plot: the columns that are worth asking for. */
    width() {
        return Math.max(100, this.element.clientWidth - AXIS_PX - RIGHT_PX);
    }

    /** @param {number} room px for all of them */
    fit(room) {
        const legends = this.charts.reduce((sum, chart) =>
            sum + (chart.element.firstElementChild?.clientHeight || 0) + BETWEEN_PX, 0);
        const each = Math.floor(
            (room - legends - WORDS_PX) / Math.max(1, this.charts.length));
        const least = this.charts.length > 1 ? LEAST_PX : ALONE_PX;
        const height = Math.min(MOST_PX, Math.max(least, each));
        this.charts.forEach((chart, at) =>
            chart.setHeight(at === this.charts.length - 1 ? height + WORDS_PX
                : height));
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
        for (const chart of this.charts)
            chart.drawNow(from, to);
    }

    /** Draws in the next frame. @param {number} from @param {number} to */
    later(from, to) {
        this.take();
        for (const chart of this.charts)
            chart.setRange(from, to);
    }

    /** @param {Set<string>} hidden */
    hide(hidden) {
        this.about.lanes.forEach((lane, at) => this.charts[at].hide(new Set(
            lane.members.flatMap((member, i) => hidden.has(member.key) ? [i] : []))));
    }

    /** The newest values, for the legends. */
    rest() {
        this.about.lanes.forEach((lane, at) => this.charts[at].rest(
            lane.members.map((member) => {
                const last =
                    this.about.buffers.get(member.stream)?.last(member.channel);
                return last ? number((last.lo + last.hi) / 2) : '';
            })));
    }

    /** @returns {Promise<HTMLCanvasElement>} all lanes below each other */
    async canvas() {
        const parts = [];
        for (const chart of this.charts)
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
            {key: 'newest', label: 'Newest'}, {key: 'at', label: 'At', unit: 's'},
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
            newest: last ? (last.lo + last.hi) / 2 : null, at: last ? last.at : null,
            min: found ? min : null, max: found ? max : null};
    }

    destroy() {
        for (const chart of this.charts)
            chart.destroy();
    }
}
