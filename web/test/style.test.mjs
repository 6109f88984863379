// SPDX-License-Identifier: GPL-3.0-or-later
import assert from 'node:assert/strict';
import {readdirSync, readFileSync} from 'node:fs';
import test from 'node:test';

const read = (path) => readFileSync(new URL(path, import.meta.url), 'utf8');
const all = (end) => readdirSync(new URL('../src', import.meta.url))
    .filter((name) => name.endsWith(end)).map((name) => read(`../src/${name}`));

test('no rule of a style sheet is for a class that no module names', () => {
    const named = [...all('.js'), read('../index.html')].join('\n');
    const sheets = [...all('.css'), read('../style.css')].join('\n')
        .replace(/\/\*[^]*?\*\//g, '');
    const classes = sheets.match(/[^{}]+(?=\{)/g)
        .flatMap((rule) => rule.match(/\.[a-z][\w-]*/gi) || [])
        .map((name) => name.slice(1))
        .filter((name) => !/^u-|^uplot$/.test(name)); // those are the library's
    assert.ok(classes.length > 100);
    assert.deepEqual([...new Set(classes)].filter((name) =>
        !new RegExp(`(?<![\\w-])${name}(?![\\w-])`).test(named)), []);
});
