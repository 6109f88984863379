// SPDX-License-Identifier: GPL-3.0-or-later
import assert from 'node:assert/strict';
import {test} from 'node:test';

import {apart, linear, logarithmic, nines, percentileScale, stepOf, tickText, ticks,
    widen,
    wrap} from '../src/scale.js';

const texts = (scale) => scale.ticks.map((tick) => tick.text);

test('steps are 1, 2 or 5 times a power of ten', () => {
    for (const span of [0.003, 0.7, 1, 9, 37, 1e5])
        for (const count of [2, 5, 9]) {
            const step = stepOf(span, count);
            const factor = step / 10 ** Math.floor(Math.log10(step) + 1e-9);
            assert.ok([1, 2, 5].some((one) => Math.abs(one - factor) < 1e-6),
                `${step}`);
            assert.ok(step >= span / count * (1 - 1e-9));
        }
});

test('ticks stand inside their range, and zero is no negative zero', () => {
    const found = ticks(-1.04, 1.04, 5);
    assert.deepEqual(found.map((tick) => tick.text),
        ['−1.0', '−0.5', '0.0', '0.5', '1.0']);
    assert.ok(Object.is(found[2].value, 0));
    assert.ok(ticks(4800, 5200, 7).every(({value}) => value >= 4800 && value <= 5200));
});

test('ticks have as many decimals as tell them apart', () => {
    assert.equal(tickText(2.5, 0.5, true), '+2.5');
    assert.equal(tickText(-0.02, 0.01), '−0.02');
    assert.equal(tickText(0, 0.5, true), '0.0');
    assert.equal(tickText(1e-12, 0.5, true), '0.0');
    assert.equal(tickText(12_000_000, 1_000_000), '1.2e7');
    assert.equal(tickText(3e-9, 1e-9), '3e-9');
});

test('a scale leads from values to places and back', () => {
    const scale = linear(10, 20, 100, 300);
    assert.equal(scale.to(10), 100);
    assert.equal(scale.to(15), 200);
    assert.equal(scale.from(300), 20);
    const down = linear(0, 1, 200, 0);
    assert.equal(down.to(1), 0);
    assert.equal(down.from(50), 0.75);
});

test('a range of one value has room around it', () => {
    assert.deepEqual(widen(0, 0), [-1, 1]);
    const [low, high] = widen(50, 50);
    assert.ok(low < 50 && high > 50);
    assert.ok(Number.isFinite(linear(5, 5, 0, 100).to(5)));
});

test('a logarithmic scale has decades, and 2 and 5 where there is room', () => {
    const wide = logarithmic(1, 1e6, 0, 600, {count: 8});
    assert.deepEqual(texts(wide),
        ['1', '10', '100', '1000', '10000', '100000', '1000000']);
    assert.ok(Math.abs(wide.to(1000) - 300) < 1e-9);
    assert.ok(Math.abs(wide.from(300) - 1000) < 1e-6);
    assert.deepEqual(texts(logarithmic(1, 20, 0, 600, {count: 6})),
        ['1', '2', '5', '10', '20']);
    assert.ok(logarithmic(4800, 5200, 0, 600, {count: 5}).ticks.length >= 3);
});

test('each further nine takes as much room', () => {
    assert.ok(Math.abs(nines(0.999) - 3) < 1e-9);
    const scale = percentileScale(3, 0, 300);
    assert.deepEqual(texts(scale), ['0 %', '50 %', '90 %', '99 %', '99.9 %']);
    assert.ok(Math.abs(scale.to(nines(0.9)) - 100) < 1e-6);
    assert.ok(Math.abs(scale.to(nines(0.99)) - 200) < 1e-6);
    assert.deepEqual(texts(percentileScale(nines(1 - 1 / 2), 0, 300)), ['0 %', '50 %']);
});

test('ticks that would touch are left out', () => {
    const scale = linear(0, 10, 0, 100, {count: 10});
    let end = -Infinity;
    for (const tick of apart(scale, () => 20)) {
        assert.ok(scale.to(tick.value) - 10 >= end + 10);
        end = scale.to(tick.value) + 10;
    }
    assert.equal(apart(scale, () => 0, 0).length, scale.ticks.length);
});

test('lines break between words, and a long word stands alone', () => {
    const wide = (text) => text.length;
    assert.deepEqual(wrap('one two three', 7, wide), ['one two', 'three']);
    assert.deepEqual(wrap('incomprehensible is long', 5, wide),
        ['incomprehensible', 'is', 'long']);
    assert.deepEqual(wrap('', 5, wide), ['']);
});
