// SPDX-License-Identifier: GPL-3.0-or-later
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {merge, parse, query} from '../src/state.js';

test('a query is read and written without loss', () => {
    const state = {page: 'compare', a: '1,2', b: '@latest', q: 'a b&c=d', tag: 'µ'};
    assert.deepEqual(parse(query(state)), state);
});

test('commas and selectors stay readable in the address', () => {
    assert.equal(query({runs: '1,2', a: '@latest'}), '?runs=1,2&a=@latest');
});

test('an empty value is as good as none', () => {
    assert.deepEqual(parse('?q=&tag=x'), {tag: 'x'});
    assert.equal(query({}), '?');
});

test('null, undefined, false and nothing delete a key', () => {
    const state = {page: 'view', from: '1', to: '2', stream: '3', tab: 'health'};
    assert.deepEqual(merge(state, {from: null, to: undefined, stream: '', tab: false}),
        {page: 'view'});
});

test('numbers become text, and zero is kept', () => {
    assert.deepEqual(merge({}, {from: 0, to: 12.5}), {from: '0', to: '12.5'});
});

test('another page keeps the theme and nothing else', () => {
    const state = {page: 'runs', q: 'x', runs: '1,2', theme: 'dark'};
    assert.deepEqual(merge(state, {page: 'view', runs: 7}),
        {theme: 'dark', page: 'view', runs: '7'});
});

test('the same page keeps everything', () => {
    const state = {page: 'view', runs: '1', theme: 'dark'};
    assert.deepEqual(merge(state, {page: 'view', tab: 'health'}),
        {...state, tab: 'health'});
    assert.deepEqual(state, {page: 'view', runs: '1', theme: 'dark'});
});
