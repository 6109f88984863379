// SPDX-License-Identifier: GPL-3.0-or-later
// The live page shows what was sent, stays in time, looks back, and survives the
// server.
import { once } from 'node:events';
import * as fs from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import {
    assert, axe, browse, device, eventually, serve, shot, start, test, work,
} from './lib.mjs';

const state = (page, word) => page.locator(`[data-state=${word}]`).waitFor();
const badge = (page) => page.locator('.live-badge').textContent();

async function synthetic(query = '?page=live', options = {}) {
    const server = await serve({ sources: ['synth:'],
        args: ['--channels', '4', '--rate', '200'], ...options });
    const page = await browse(server);
    await page.open(query);
    await state(page, 'live');
    return { page, server };
}

/** The rows of a table as texts, once they satisfy @enough. */
async function cells(page, selector, enough) {
    for (let left = 300; left; left--) {
        const rows = await page.locator(`${selector} tbody tr`).evaluateAll((all) =>
            all.map((row) => [...row.children].map((cell) => cell.textContent)));
        if (enough(rows))
            return rows;
        await page.waitForTimeout(50);
    }
    throw new Error(`not reached: ${await page.locator(selector).innerText()}`);
}

test('known values arrive as they were sent', async () => {
    const sent = Array.from({ length: 50 }, (_, n) => `${n},${(n * 37) % 50 - 25}\n`);
    let writer;
    const lines = createServer((socket) => {
        writer = socket;
        socket.on('error', () => {});
        socket.write(`up,mixed\n${sent.slice(0, -1).join('')}`);
    });
    await new Promise((ready) => lines.listen(0, '127.0.0.1', ready));
    try {
        const from = `tcp://127.0.0.1:${lines.address().port}?format=csv`;
        const page = await browse(await serve({ sources: [from] }));
        await page.open('?page=live&window=120&twin=live');
        // They came at once: the newest column of pixels holds all of them.
        await cells(page, '#twin-live',
            (all) => all[0]?.[2] === '0' && all[0][3] === '48');
        // Nothing follows them: there is no value of now.
        await page.getByRole('button', { name: / up$/ })
            .filter({ hasText: '–' }).waitFor();
        writer.write(sent.at(-1));
        const rows = await cells(page, '#twin-live', (all) => all[0]?.[2] === '49');
        const number = (text) => Number(text.replace('−', '-'));
        assert.match(rows[0][0], /\/up$/);
        const last = (49 * 37) % 50 - 25;
        assert.deepEqual(rows.map((row) => [2, 3, 5, 6].map((at) => number(row[at]))),
            [[49, 49, 0, 49], [last, last, -25, 24]]);
        const health = await cells(page, '[data-exhibit=stream-health]',
            (all) => all[0]?.[4] === '50');
        assert.equal(health[0][7], 'not known: this format numbers no rows');
        await page.getByText('Loss not known: csv numbers no rows').waitFor();
        assert.equal(await page.getByText(/^Nothing lost/).count(), 0);
    } finally {
        lines.close();
    }
});

test('every row that viz send sent is counted', async () => {
    const told = join(work, 'sent.json');
    const sender = await start(['send', 'tcp-listen://127.0.0.1:0', '--channels', '3',
        '--rate', '200', '--duration', '1', '--json', told], /on port (\d+)/);
    const page = await browse(await serve({
        sources: [`tcp://127.0.0.1:${sender.match[1]}`] }));
    await page.open('?page=live');
    await page.locator('[data-exhibit=stream-health] tbody tr').waitFor();
    if (sender.child.exitCode === null)
        await once(sender.child, 'exit');
    const sent = JSON.parse(fs.readFileSync(told, 'utf8'));
    const wanted = String(sent.rows);
    const rows = await cells(page, '[data-exhibit=stream-health]',
        (all) => all[0]?.[4] === wanted);
    assert.equal(rows[0][7], 'nothing');
    await page.getByText('Every sample accounted for').waitFor();
});

test('devices are watched, each in its own lane', async () => {
    const devices = await device({ devices: 2 });
    const page = await browse(await serve({ sources: devices.sources }));
    await page.open('?page=live&window=5');
    await state(page, 'live');
    const rows = await cells(page, '[data-exhibit=stream-health]',
        (all) => all.length >= 2 && all.every((row) => Number(row[4]) > 2));
    for (const source of devices.sources)
        assert.ok(rows.some((row) => row[1].startsWith(source)), source);
    const tall = () => page.locator('.live-lanes').evaluate((el) => el.clientHeight);
    assert.ok(await tall() < 2400, `${await tall()} px of lanes`);
    const fold = page.getByRole('button', { name: /more channels of/ }).first();
    const shown = await page.locator('.live-lanes [role=img]:visible').count();
    await shot(page, 'devices');
    await fold.focus();
    await page.keyboard.press('Enter');
    assert.equal(await fold.getAttribute('aria-expanded'), 'true');
    assert.ok(await page.locator('.live-lanes [role=img]:visible').count() > shown);
    await shot(page, 'devices-open');
});

test('keys pause, look back, jump to live, and change what is shown', async () => {
    const { page } = await synthetic('?page=live&window=5');
    await page.keyboard.press('Space');
    await state(page, 'paused');
    await page.waitForURL(/from=.*to=/);
    const paused = new URL(page.url()).searchParams;
    assert.ok(Math.abs(paused.get('to') - paused.get('from') - 5) < 0.1);
    await page.keyboard.press('ArrowLeft');
    await page.waitForURL((url) =>
        Number(url.searchParams.get('from')) < Number(paused.get('from')));
    await eventually(async () =>
        assert.match(await badge(page), /^PAUSED, .* behind$/));
    await page.keyboard.press('l');
    await state(page, 'live');
    await page.waitForURL((url) => !url.searchParams.has('from'));
    await page.keyboard.press('+');
    await page.waitForURL(/window=2/);
    assert.equal(await page.locator('#live-window').inputValue(), '2');
    await page.locator('#live-window').selectOption('30');
    await page.waitForURL(/window=30/);
    await page.keyboard.press('Escape');
    await page.locator('.live-lanes [role=img]').first().focus();
    await page.keyboard.press('o');
    await page.waitForURL(/layout=overlay/);
    await page.keyboard.press('2');
    await page.waitForURL((url) => url.searchParams.get('channels')?.split(',').length
        === 3);
    await page.keyboard.press('0');
    await page.waitForURL((url) => !url.searchParams.has('channels'));
});

test('the mouse looks back, and what is saved is what is shown', async () => {
    const { page } = await synthetic('?page=live&window=2&twin=live');
    await page.locator('.live-lanes [role=img]').first().hover();
    await page.mouse.wheel(0, -300);
    await state(page, 'paused');
    await page.waitForURL(/from=.*to=/);
    const [file] = await Promise.all([page.waitForEvent('download'),
        page.locator('[data-exhibit=live]').getByRole('button',
            { name: 'Save the table as JSON' }).click()]);
    const { rows } = JSON.parse(fs.readFileSync(await file.path(), 'utf8'));
    assert.deepEqual(rows.map((row) => row.channel),
        ['synth/ch1', 'synth/ch2', 'synth/ch3', 'synth/ch4']);
    assert.ok(rows.every(({ min, max }) => min >= -1.3 && max <= 1.3 && min < max));
    await page.getByRole('button', { name: 'Jump to live' }).click();
    await state(page, 'live');
});

test('a legend names stream and channel, on a phone too nothing is cut', async () => {
    const { page } = await synthetic();
    await page.setViewportSize({ width: 360, height: 800 });
    const button = page.getByRole('button', { name: 'synth ch1', exact: true });
    await button.filter({ hasText: /ch1.*\d/ }).waitFor();
    const parts = '.live-lanes .legend, .live-lanes .legend :not(.visually-hidden)';
    const cut = await page.locator(parts)
        .evaluateAll((all) => all.filter((el) => el.scrollWidth > el.clientWidth + 1 &&
            getComputedStyle(el).display !== 'inline').length);
    assert.equal(cut, 0);
    const edges = await page.locator('.live-lanes .value').evaluateAll((all) =>
        all.map((el) => el.getBoundingClientRect().right));
    assert.ok(Math.max(...edges) <= 360, String(edges));
});

test('the table is gone to when it opens, and has the times of the axis', async () => {
    const { page } = await synthetic();
    await page.setViewportSize({ width: 800, height: 500 });
    await page.locator('[data-exhibit=live]').getByRole('button',
        { name: 'Table', exact: true }).press('Enter');
    const twin = page.locator('#twin-live');
    await twin.locator('tbody tr').first().waitFor();
    await eventually(async () =>
        assert.ok(await twin.evaluate((el) => el === document.activeElement)));
    await eventually(async () => {
        const { top } = await twin.evaluate((el) => el.getBoundingClientRect());
        assert.ok(top < 450, `the table begins at ${top} px of 500`);
    });
    const [[, , , , at]] = await cells(page, '#twin-live',
        (all) => all[0] && all[0][2] !== '–');
    const now = await page.evaluate(() => Date.now() / 1000 % 86400);
    const [hours, minutes, s] = at.split(':').map(Number);
    const away = Math.abs(now - (3600 * hours + 60 * minutes + s));
    assert.ok(Math.min(away, 86400 - away) < 60, `${at} is not now`);
});

test('the page says how far behind it is', async (t) => {
    const { page } = await synthetic();
    const line = page.getByText(/Behind the samples’ origin.*\d\sms more until/);
    await line.waitFor();
    const text = await line.textContent();
    assert.match(text, /[\d.]+\sms, [\d.]+\sms when the server sends, and [\d.]+\sms/);
    t.diagnostic(text);
});

test('the picture goes on when the server comes back', async () => {
    const { page, server } = await synthetic();
    page.expect(/ERR_CONNECTION|WebSocket|Failed to load/);
    const picture = () => page.locator('.live-lanes canvas').first()
        .evaluate((canvas) => canvas.toDataURL());
    await page.locator('[data-exhibit=stream-health] tbody tr').waitFor();
    await server.stop();
    await page.locator('[data-state=disconnected]').waitFor();
    await page.getByText('Not connected: figures as of').waitFor();
    await page.getByText(/^Nothing lost until/).waitFor();
    // What came last is drawn in the next frame.
    await page.evaluate(() => new Promise((done) =>
        requestAnimationFrame(() => requestAnimationFrame(done))));
    const still = await picture();
    assert.ok(still.length > 5000);
    await shot(page, 'disconnected');
    assert.equal(await picture(), still, 'the picture stays as it was');
    await page.getByText('The server does not answer.').waitFor();
    assert.deepEqual(await axe(page), []);
    await serve({ sources: ['synth:'], port: server.port,
        args: ['--channels', '4', '--rate', '200'] });
    await state(page, 'live');
    await page.getByText('The server does not answer.').waitFor({ state: 'detached' });
    await page.getByText('Nothing lost', { exact: true }).waitFor();
    await cells(page, '[data-exhibit=stream-health]',
        (all) => Number(all[0]?.[4]) > 50);
    await eventually(async () => assert.notEqual(await picture(), still));
    assert.ok((await picture()).length > 5000);
});

test('the server is asked at once when that is wanted', async () => {
    const server = await serve();
    const page = await browse(server);
    page.expect(/ERR_CONNECTION|Failed to load/);
    await page.clock.install({ time: 0 });
    await page.open('?page=live');
    await page.getByText('Nothing live is read').waitFor();
    await server.stop();
    // Timers that are due fire once, and then no more: only the button asks.
    await page.clock.pauseAt(3600e3);
    const lost = page.getByText('The server does not answer.');
    await lost.waitFor();
    await serve({ port: server.port });
    await page.getByRole('button', { name: 'Try now' }).click();
    await lost.waitFor({ state: 'detached' });
});

test('a stream that stops is marked, while another goes on', async () => {
    const lines = createServer((socket) => {
        socket.on('error', () => {});
        socket.write('up\n1\n2\n3\n');
    });
    await new Promise((ready) => lines.listen(0, '127.0.0.1', ready));
    try {
        const server = await serve({ sources: ['synth:',
            `tcp://127.0.0.1:${lines.address().port}?format=csv`] });
        const page = await browse(server);
        page.expect(/ERR_CONNECTION|WebSocket|Failed to load/);
        await page.open('?page=live');
        await page.locator('.live-badge', { hasText: 'LIVE, 1 of 2 silent' }).waitFor();
        const lane = page.locator('.chart.silent');
        await lane.locator('.stale', { hasText: /^STALE \d+\ss$/ }).waitFor();
        assert.equal(await lane.count(), 1);
        await lane.locator('.value', { hasText: /^–$/ }).waitFor();
        await page.getByText('Live, 2 streams').waitFor();
        assert.deepEqual(await axe(page), []);
        await shot(page, 'silent');
        await server.stop();
        // One clock says when the server is asked again: the banner's.
        await page.getByText('The server does not answer.').waitFor();
        await page.locator('.live-badge', { hasText: /^DISCONNECTED$/ }).waitFor();
        await lane.locator('.stale', { hasText: /^STALE \d+\ss$/ }).waitFor();
        await lane.locator('.value', { hasText: /^–$/ }).waitFor();
    } finally {
        lines.close();
    }
});

test('where the token is wanted, the live page asks for it', async () => {
    const file = join(work, 'token');
    fs.writeFileSync(file, 'very-secret-token-0123456789\n', { mode: 0o600 });
    const page = await browse(await serve({ sources: ['synth:'],
        args: ['--token-file', file] }));
    page.expect(/401|429|api\//);
    await page.open('?page=live');
    await page.getByRole('button', { name: 'Not now' }).click();
    await page.getByRole('heading', { name: 'This needs the token' }).waitFor();
    await eventually(async () => assert.equal(await badge(page), 'LOCKED'));
    await page.locator('main').getByRole('button', { name: 'Enter the token' }).click();
    await page.locator('#token').fill('wrong');
    await page.keyboard.press('Enter');
    await page.getByText('This is not the token.').waitFor();
    await page.evaluate(async () => {
        for (let i = 0; i < 10; i++)
            await fetch('api/session', {method: 'POST', body: '{"token": "wrong"}',
                headers: {'Content-Type': 'application/json'}});
    });
    await page.keyboard.press('Enter');
    await page.getByText(/^Too many wrong tokens: try again in [1-6] s\.$/).waitFor();
    await page.setExtraHTTPHeaders({ 'X-Forwarded-For': '198.51.100.7' });
    await page.locator('#token').fill('very-secret-token-0123456789');
    await page.keyboard.press('Enter');
    await state(page, 'live');
    await page.keyboard.press('Space');
    await state(page, 'paused');
    await page.keyboard.press('End');
    await state(page, 'live');
});

test('an address that names no page says so', async () => {
    const page = await browse(await serve());
    await page.open('?page=nosuch');
    await page.getByRole('heading', { name: 'There is no such page' }).waitFor();
    await page.locator('main').getByRole('link', { name: 'Runs' }).click();
    await page.waitForURL(/page=runs/);
});

test('without sources, and without rows, the page says what to do', async () => {
    const page = await browse(await serve());
    await page.open('?page=live');
    await page.getByText('Nothing live is read').waitFor();
    const other = await browse(await serve({ sources: ['udp://127.0.0.1:0'] }));
    await other.open('?page=live');
    await other.getByText('No rows yet').waitFor();
    await other.getByText('No row has come').waitFor();
    assert.equal(
        await other.locator('[data-exhibit=stream-health] .badge.good').count(), 0);
});
