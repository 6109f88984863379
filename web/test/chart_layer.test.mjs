// SPDX-License-Identifier: GPL-3.0-or-later
import assert from 'node:assert/strict';
import test from 'node:test';

import {Layer} from '../src/chart_layer.js';

const WIDTH = 100;
const STEP = 0.1337; // s from point to point; no edge of one is the middle of a pixel
const SCALE = 10;  // px a second

/** A canvas of one row, in which each pixel holds a number. */
class Row {
    canvas = Object.assign([], {row: this});
    clipped = [0, Infinity];
    save() {}
    restore() { this.clipped = [0, Infinity]; }
    beginPath() {}
    rect(x, _, width) { this.next = [x, x + width]; }
    clip() { this.clipped = this.next; }
    clearRect(x, _, width) {
        for (let at = Math.max(0, x); at < x + width; at++)
            delete this.canvas[at];
    }
    drawImage(from, by) {
        const copy = [...from];
        for (let at = 0; at < WIDTH; at++)
            this.put(at, copy[at - by]);
    }
    put(at, value) {
        if (at < 0 || at >= WIDTH || at < this.clipped[0] || at >= this.clipped[1])
            return;
        delete this.canvas[at];
        if (value !== undefined)
            this.canvas[at] = value;
    }
}

/** Each pixel gets the newest point at or before it, joined to the next. */
function painter(curve, painted) {
    return ({ctx, bbox, scales: {x: {min, max}}}) => {
        const scale = bbox.width / (max - min);
        for (let at = 0; at < bbox.width; at++) {
            const i = Math.floor((min + (at + 0.5) / scale) / STEP);
            if (i >= 0 && i + 1 < curve.n)
                ctx.put(bbox.left + at, `${curve.lo[i]} ${curve.lo[i + 1]}`);
        }
        painted.push(bbox.width);
        return true;
    };
}

const viewOf = (ctx, min) => ({ctx, width: WIDTH, bbox: {left: 0, top: 1, width: WIDTH,
    height: 10}, scales: {x: {min, max: min + WIDTH / SCALE}, y: {min: 0, max: 1}}});

const texts = (row) => Array.from({length: WIDTH}, (_, at) => row.canvas[at] ?? '');

test('a picture that was moved and drawn on is the one drawn at once', () => {
    globalThis.document = {createElement: () => ({getContext: () => new Row()})};
    const curve = {x: [], lo: [], n: 0, version: 1};
    const painted = [];
    const paint = painter(curve, painted);
    const layer = new Layer();
    let edge = 3;
    for (let step = 0; step < 200; step++) {
        edge += [0, 0.02, 0.1, 0.31, 1.7][step % 5];
        if (step % 3) {
            curve.lo[curve.n - 1] += 0.5; // the newest one goes on
            for (; (curve.n + 1) * STEP < edge; curve.n++)
                curve.x.push((curve.n + 0.5) * STEP), curve.lo.push(curve.n);
        }
        if (step === 150)
            curve.lo.fill(-1), curve.version++;
        const row = new Row();
        layer.draw(viewOf(row, edge - 10), 1, [curve], '', paint);
        const whole = new Row();
        paint(viewOf(whole, layer.origin + layer.moved / SCALE));
        assert.deepEqual(texts(row), texts(whole), `step ${step}`);
        assert.ok(Math.abs((edge - 10 - layer.origin) * SCALE - layer.moved) <= 0.51);
    }
    // What was drawn besides those of this test's own: little of the width, mostly.
    const part = painted.filter((px) => px < WIDTH / 2).length;
    assert.ok(part > 150, `${part} of 200`);
});
