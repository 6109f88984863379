// SPDX-License-Identifier: GPL-3.0-or-later
// The page comes whole from the program, and quickly.
import { assert, axe, browse, serve, shot, store, test } from './lib.mjs';

test('the page opens, lists every run, and asks nobody else', async () => {
    const server = await serve({ db: await store() });
    const page = await browse(server);
    const answer = await page.open();
    assert.equal(answer.status(), 200);
    assert.match(answer.headers()['content-security-policy'], /default-src 'self'/);
    await page.getByText('before-0').first().waitFor();
    await page.getByText('after-2').first().waitFor();
    assert.equal(await page.title(), 'Runs – viz');
    await shot(page, 'opens');
    assert.deepEqual(await axe(page), []);
});
