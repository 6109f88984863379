// SPDX-License-Identifier: GPL-3.0-or-later
// Shared by the tests here. Each is a file of node:test, which ctest runs with the path
// of the program in VIZ. What a test starts ends with it.
//
//     import { assert, browse, serve, store, test } from './lib.mjs';
//     test('the list shows every run', async () => {
//         const page = await browse(await serve({ db: await store() }));
//         await page.open('?page=runs');
//         assert.equal(await page.locator('tbody tr').count(), 5);
//     });
//
// A page that logs an error, throws, asks another host for anything, or gets an answer
// of 500 and above fails its test, whatever else it shows.
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import * as fs from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { after, afterEach, before, test as nodeTest } from 'node:test';
import { promisify } from 'node:util';
import { chromium } from 'playwright-core';

export { assert, after, before };

const program = process.env.VIZ ?? fail('VIZ: the path of the program to test');
const executablePath = process.env.CHROMIUM ?? find('chromium', 'chromium-browser');
/** Pictures for people to look at. */
export const shots = process.env.VIZ_SHOTS ?? join(tmpdir(), 'viz-shots');
/** A folder of this file's own. */
export const work = fs.mkdtempSync(join(tmpdir(), 'viz-browser-'));

function fail(text) {
    throw new Error(text);
}

/** Exit status 77 is ctest's "skipped". */
function skip(text) {
    console.log(text);
    process.exit(77);
}

function find(...names) {
    for (const name of names) {
        for (const folder of (process.env.PATH ?? '').split(delimiter)) {
            try {
                fs.accessSync(join(folder, name), fs.constants.X_OK);
                return join(folder, name);
            } catch {
                // the next one
            }
        }
    }
    return skip(`none of these is installed: ${names.join(', ')}`);
}

let browser = null;
const started = new Set();
const pages = new Set();

async function theBrowser() {
    browser ??= await chromium.launch({
        executablePath,
        // Containers have neither a sandbox nor a GPU, and the pages are our own.
        args: ['--no-sandbox', '--disable-gpu'],
    });
    return browser;
}

after(async () => {
    await browser?.close();
    fs.rmSync(work, { recursive: true, force: true });
});

afterEach(async () => {
    const problems = [];
    for (const page of pages) {
        problems.push(...page.problems);
        await page.context().close();
    }
    pages.clear();
    for (const child of [...started])
        await child.stop('SIGKILL');
    assert.deepEqual(problems, [], 'what the browser complained of');
});

/** A test, of 60 s at most. */
export function test(name, body) {
    nodeTest(name, { timeout: 60000 }, body);
}

/** viz with these arguments, to its end, which must be a success: what it printed. */
export async function viz(...args) {
    const done = await promisify(execFile)(program, args, { maxBuffer: 1 << 28 });
    return done.stdout;
}

/**
 * viz with these arguments beside the test, once its stderr matches: .match, .said, and
 * .stop(), which waits for its end and gives its exit status.
 */
export async function start(args, pattern) {
    const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'pipe'] });
    const end = new Promise((resolve) => child.on('close', (code) => resolve(code)));
    const running = {
        child, said: '', match: null,
        async stop(signal = 'SIGINT') {
            started.delete(running);
            child.kill(signal);
            return end;
        },
    };
    started.add(running);
    await new Promise((resolve, reject) => {
        const late = setTimeout(
            () => reject(new Error(`not ready: ${running.said}`)), 20000);
        child.stderr.setEncoding('utf8').on('data', (text) => {
            running.said += text;
            running.match ??= running.said.match(pattern);
            if (running.match) {
                clearTimeout(late);
                resolve(null);
            }
        });
        end.then((code) => {
            clearTimeout(late);
            reject(new Error(`viz ended with ${code}: ${running.said}`));
        });
    });
    return running;
}

/**
 * viz serve on a port that the kernel chooses, or on the one given: .url, .port.
 * Without db it has a store that is not there.
 */
export async function serve({ db, port = 0, sources = [], args = [] } = {}) {
    const running = await start(
        ['serve', '--port', String(port), '--db', db ?? join(work, 'none.db'), ...args,
            ...sources],
        /serving (http:\/\/[^ ]*:(\d+)\/)/);
    const [, url, bound] = running.match;
    return Object.assign(running, { url, port: Number(bound) });
}

/** viz device: .sources are the addresses at which to watch its devices. */
export async function device({ devices = 1, args = [] } = {}) {
    const running = await start(
        ['device', '--port', '0', '--devices', String(devices), ...args],
        /listens? on ws:[^ ]*:(\d+)\/ws/);
    const first = Number(running.match[1]);
    const sources = Array.from({ length: devices },
        (_, n) => `ws://127.0.0.1:${first + n}/ws`);
    return Object.assign(running, { sources });
}

// Noise that is the same every time, between -1 and 1.
function noise(seed) {
    let state = seed >>> 0;
    return () => {
        state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
        return state / 0x80000000 - 1;
    };
}

const names = ['before-0', 'before-1', 'before-2', 'after-0', 'after-1', 'after-2'];
/** What the runs of store() hold: 600 rows at 10 Hz each. */
export const known = names.map((name, index) => {
    const random = noise(index + 1);
    const mean = name.startsWith('after') ? 5150 : 5000;
    const rows = Array.from({ length: 600 }, (_, n) => ({
        t: n / 10,
        avg_total_us: Math.round(mean + 100 * random()),
        avg_goertzel_us: Math.round(0.6 * mean + 50 * random()),
        cpu_load_percent: 25 + Math.round(100 * random()) / 100,
    }));
    const start = Date.UTC(2026, 0, 31, 12, index);
    return { name, tag: name.split('-')[0], start, rows };
});

/** A run of .start and .rows, as a file that viz imports. */
export function csvOf(run) {
    const lines = run.rows.map((row, n) => [
        new Date(run.start + 100 * n).toISOString().replace('Z', '000'), 1000 + 100 * n,
        row.avg_total_us, row.avg_goertzel_us, row.avg_total_us + 700,
        row.avg_goertzel_us + 400, row.cpu_load_percent, 12 * n,
        (6 * n) % 65536, 2].join(','));
    return ['timestamp_utc,timestamp_ms,avg_total_us,avg_goertzel_us,peak_total_us,' +
        'peak_goertzel_us,cpu_load_percent,hop_count,goertzel_count,flags',
    ...lines, ''].join('\n');
}

let stores = 0;

/** A new store with the known runs, and one of a benchmark where that is wanted. */
export async function store({ benchmark = false } = {}) {
    const folder = join(work, `store-${stores++}`);
    const db = join(folder, 'runs.db');
    fs.mkdirSync(folder);
    for (const run of known) {
        const file = join(folder, `${run.name}.csv`);
        fs.writeFileSync(file, csvOf(run));
        await viz('import', file, '--db', db, '--tags', `${run.tag},known`);
    }
    if (benchmark)
        await viz('--benchmark', '--headless', '--channels', '3', '--duration', '2',
            '--warmup', '0.2', '--no-csv', '--store', db, '--run-name', 'bench');
    return db;
}

function watch(page, url) {
    const { origin } = new URL(url);
    const note = (text) => page.problems.push(text);
    page.on('pageerror', (error) => note(`threw: ${error.stack ?? error}`));
    page.on('console', (message) => {
        const text = message.text();
        if (message.type() === 'error' && !page.expects(text))
            note(`logged: ${text} (${message.location().url})`);
    });
    page.on('request', (request) => {
        const asked = request.url();
        if (!/^(data|blob):/.test(asked) && new URL(asked).origin !== origin)
            note(`asked ${asked}`);
    });
    page.on('websocket', (socket) => {
        if (new URL(socket.url()).host !== new URL(url).host)
            note(`opened ${socket.url()}`);
    });
    page.on('response', (response) => {
        if (response.status() >= 500 && !page.expects(response.url()))
            note(`${response.url()} answered ${response.status()}`);
    });
}

/**
 * A page of playwright-core in a context of its own, with these options of newContext,
 * watched as said above. .open('?page=runs') goes there. .expect(/regexp/) allows
 * errors whose text or address matches: those of a server that is being ended, say.
 */
export async function browse(server, options = {}) {
    const context = await (await theBrowser()).newContext({
        viewport: { width: 1280, height: 800 },
        locale: 'en-GB',
        timezoneId: 'UTC',
        ...options,
    });
    context.setDefaultTimeout(15000);
    const expected = [];
    const page = Object.assign(await context.newPage(), {
        problems: [],
        expect: (pattern) => expected.push(pattern),
        expects: (text) => expected.some((pattern) => pattern.test(text)),
        open: (query = '') => page.goto(new URL(query, server.url).href),
    });
    pages.add(page);
    watch(page, server.url);
    return page;
}

/** What is not so yet is asked again, for 15 s: @check asserts it. */
export async function eventually(check) {
    const end = performance.now() + 15000;
    for (;;) {
        try {
            return await check();
        } catch (error) {
            if (performance.now() > end)
                throw error;
        }
        await new Promise((again) => setTimeout(again, 50));
    }
}

/** A picture of the whole page for people to look at: its file. */
export async function shot(page, name) {
    fs.mkdirSync(shots, { recursive: true });
    const path = join(shots, `${name}.png`);
    await page.screenshot({ path, fullPage: true });
    return path;
}

/** What axe-core finds wrong by all rules, or by these, a line each; none is []. */
export async function axe(page, rules) {
    const file = createRequire(import.meta.url).resolve('axe-core/axe.min.js');
    await page.evaluate(fs.readFileSync(file, 'utf8'));
    const { violations } = await page.evaluate((runOnly) =>
        window.axe.run(document, runOnly ? { runOnly } : {}), rules);
    return violations.map(({ id, help, nodes }) =>
        `${id}: ${help}: ${nodes.map((node) => node.target).join(' ')}`);
}
