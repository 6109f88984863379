// SPDX-License-Identifier: GPL-3.0-or-later
// The page comes whole from the program, quickly and small; and what it says where
// there is nothing to show, where it waits, and where something is wrong.
import * as fs from 'node:fs';
import { join } from 'node:path';
import { assert, axe, before, browse, serve, shot, store, test, viz, work }
    from './lib.mjs';

const MOST_BYTES = 80 * 1024;
let db;

before(async () => {
    db = await store();
});

test('the page opens, lists every run, and asks nobody else', async (t) => {
    const page = await browse(await serve({ db }));
    const asked = [];
    page.on('requestfinished', (request) => asked.push(request));
    const answer = await page.open();
    assert.equal(answer.status(), 200);
    assert.match(answer.headers()['content-security-policy'], /default-src 'self'/);
    await page.getByText('before-0').first().waitFor();
    await page.getByText('after-2').first().waitFor();
    assert.equal(await page.title(), 'Runs – viz');
    let bytes = 0;
    for (const request of asked.filter(({ url }) => !/^data:/.test(url))) {
        const sizes = await request.sizes();
        bytes += sizes.responseBodySize + sizes.responseHeadersSize;
    }
    const paint = await page.evaluate(() => performance
        .getEntriesByName('first-contentful-paint')[0]?.startTime);
    t.diagnostic(`first paint after ${paint?.toFixed(0)} ms; ${bytes} bytes in ` +
        `${asked.length} answers until the list was there`);
    assert.ok(asked.length >= 4 && bytes > 10000, `${bytes} bytes`);
    assert.ok(bytes < MOST_BYTES, `${bytes} bytes`);
});

test('a second visit has the files, or is told that they are the same', async () => {
    const page = await browse(await serve({ db }));
    await page.open();
    await page.locator('#run-1').waitFor();
    await page.reload();
    await page.locator('#run-1').waitFor();
    const sent = await page.evaluate(() => performance.getEntriesByType('resource')
        .filter((one) => /\.(js|css)$/.test(one.name)).map((one) => one.transferSize));
    assert.ok(sent.length >= 2 && sent.every((bytes) => bytes < 500), String(sent));
});

test('no page needs as much as 80 KB', async (t) => {
    const server = await serve({ db, sources: ['synth:'] });
    for (const query of ['', '?page=view&runs=1,4', '?page=compare&a=1&b=4',
        '?page=live']) {
        const page = await browse(server);
        await page.open(query);
        await page.locator('main [role=img], #run-1, .answer h2').first().waitFor();
        const bytes = await page.evaluate(() => ['navigation', 'resource']
            .flatMap((kind) => performance.getEntriesByType(kind))
            .filter(({ name }) => !name.includes('/api/'))
            .reduce((sum, { encodedBodySize }) => sum + encodedBodySize, 0));
        assert.ok(bytes > 10000 && bytes < 80000, `${query}: ${bytes} bytes`);
        t.diagnostic(`${query || 'runs'}: ${bytes} bytes`);
    }
});

test('an empty store and none at all say how runs come into being', async () => {
    const empty = join(work, 'empty.db');
    fs.copyFileSync(db, empty);
    await viz('delete', '1', '2', '3', '4', '5', '6', '--db', empty, '--yes');
    const page = await browse(await serve({ db: empty }));
    await page.open();
    await page.getByText('No runs yet').waitFor();
    await page.getByText('viz collect --host DEVICE').waitFor();
    assert.deepEqual(await axe(page), []);
    await shot(page, 'empty');
    const other = await browse(await serve());
    await other.open();
    await other.getByText('No runs yet').waitFor();
    await other.locator('#status', { hasText: 'Connected' }).waitFor();
    await shot(other, 'no-store');
    await viz('import', join(db, '..', 'before-0.csv'), '--db', empty);
    await page.locator('tbody tr').first().waitFor();
});

test('waiting and failing are shown, and can be tried again', async () => {
    const page = await browse(await serve({ db }));
    page.expect(/api\/runs|500/);
    let release;
    const held = new Promise((go) => {
        release = go;
    });
    await page.route('**/api/runs?*', async (route) => {
        await held;
        await route.fulfill({ status: 500, json: { error: 'the disk is on fire' } });
    });
    await page.open();
    await page.getByText('Reading the runs').waitFor();
    await shot(page, 'loading');
    release();
    await page.getByRole('alert').getByText('the disk is on fire').waitFor();
    assert.deepEqual(await axe(page), []);
    await shot(page, 'error');
    await page.unroute('**/api/runs?*');
    await page.getByRole('button', { name: 'Try again' }).click();
    await page.locator('#run-1').waitFor();
});

test('a run that is not there is said to be not there', async () => {
    const page = await browse(await serve({ db }));
    page.expect(/ 404 /);
    await page.open('?page=view&runs=99');
    await page.getByRole('alert').getByText(/99/).waitFor();
    await page.open('?page=view');
    await page.getByText('No run is chosen').waitFor();
});

test('a list stays while the server is away, and goes on when it is back', async () => {
    const server = await serve({ db });
    const page = await browse(server);
    page.expect(/ERR_CONNECTION|Failed to load/);
    await page.open();
    await page.locator('#run-1').waitFor();
    await server.stop();
    await page.locator('#banners').getByText('The server does not answer.').waitFor();
    assert.equal(await page.locator('tbody tr').count(), 6);
    await serve({ db, port: server.port });
    // It tries by itself as well, and then the button is gone.
    await page.getByRole('button', { name: 'Try now' }).click({ timeout: 2000 })
        .catch(() => null);
    await page.locator('#banners').getByText('The server does not answer.')
        .waitFor({ state: 'detached' });
});

test('the theme is a key, a button, and part of the address', async () => {
    const page = await browse(await serve({ db }), { colorScheme: 'dark' });
    await page.open();
    await page.locator('#run-1').waitFor();
    const ground = () => page.evaluate(() =>
        getComputedStyle(document.documentElement).backgroundColor);
    const dark = await ground();
    await page.keyboard.press('t');
    await page.waitForURL(/theme=light/);
    assert.notEqual(await ground(), dark);
    await page.getByRole('button', { name: 'Dark theme' }).click();
    assert.equal(await ground(), dark);
});

test('a browser without a language draws', async () => {
    const page = await browse(await serve({ db }));
    await page.addInitScript(() => Object.defineProperty(navigator, 'language',
        { value: 'C', configurable: true }));
    await page.open('?page=view&runs=1&metric=avg_total_us');
    await page.locator('.series canvas').first().waitFor();
});

test('without JavaScript the page says so, and does not seem to load', async () => {
    const page = await browse(await serve({ db }), { javaScriptEnabled: false });
    await page.open();
    await page.locator('noscript p').waitFor();
    assert.equal(await page.locator('.loading').isVisible(), false);
});
