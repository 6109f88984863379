// SPDX-License-Identifier: GPL-3.0-or-later
import assert from 'node:assert/strict';
import test from 'node:test';

globalThis.matchMedia = () => ({matches: false, addEventListener() {}});
globalThis.location = {search: ''};
globalThis.window = {addEventListener() {}};
globalThis.document = {documentElement: {dataset: {}}};
const {shortNames, spread} = await import('../src/ends.js');
const {markPlaces} = await import('../src/marks.js');

const wide = (text) => 10 * text.length;
const line = (n) => ({x: Array.from({length: n}, (_, i) => i), lo: Array(n).fill(1)});

test('names stay where they want to be, or give way as little as possible', () => {
    assert.deepEqual(spread([], 10, 0, 100), []);
    assert.deepEqual(spread([20, 50], 10, 0, 100), [20, 50]);
    assert.deepEqual(spread([50, 50], 10, 0, 100), [45, 55]);
    assert.deepEqual(spread([0, 2, 4], 10, 0, 100), [0, 10, 20]);
    assert.deepEqual(spread([98, 99], 10, 0, 100), [90, 100]);
    assert.deepEqual(spread([40, 45, 54], 10, 0, 100), [36 + 1 / 3, 46 + 1 / 3,
        56 + 1 / 3]);
});

test('names for which there is no room are left out', () => {
    assert.deepEqual(spread([1, 2, 3], 50, 0, 100), [0, 50, 100]);
    assert.equal(spread([1, 2, 3, 4], 50, 0, 100), null);
});

test('names are apart and within for whatever they want', () => {
    for (let seed = 1; seed < 200; seed++) {
        const wanted = Array.from({length: 1 + seed % 9}, (_, i) =>
            (seed * 7919 * (i + 1)) % 130 - 15).sort((a, b) => a - b);
        const places = spread(wanted, 10, 0, 100);
        places.forEach((place, i) => {
            assert.ok(place >= -1e-9 && place <= 100 + 1e-9);
            assert.ok(!i || place - places[i - 1] >= 10 - 1e-9);
        });
    }
});

test('a name loses what all begin with before it loses its middle', () => {
    assert.deepEqual(shortNames(['before', 'after'], wide, 60), ['before', 'after']);
    assert.deepEqual(shortNames(['plan long 1', 'plan long 22'], wide, 60),
        ['…1', '…22']);
    assert.deepEqual(shortNames(['abcdefgh', 'abcd'], wide, 50), ['ab…gh', 'abcd']);
});

test('curves are marked in turns, at points that they have', () => {
    const places = [0, 1].map((at) => markPlaces(line(1025), [0, 1024], 640, at, 2));
    assert.deepEqual(places, [[64, 320, 576, 832], [192, 448, 704, 960]]);
    assert.deepEqual(markPlaces(line(200), [0, 1024], 640, 0, 2), [64]);
    assert.deepEqual(markPlaces(line(0), [0, 1], 640, 0, 2), []);
    const gap = line(1025);
    gap.lo[320] = NaN;
    assert.deepEqual(markPlaces(gap, [0, 1024], 640, 0, 2), [64, 576, 832]);
});

test('a mark stays at its time when the picture moves', () => {
    const all = markPlaces(line(5000), [1000, 2024], 640, 1, 3);
    const moved = markPlaces(line(5000), [1100, 2124], 640, 1, 3);
    assert.deepEqual(moved.filter((at) => at <= 2024), all.filter((at) => at >= 1100));
});
