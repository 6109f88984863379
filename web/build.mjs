// SPDX-License-Identifier: GPL-3.0-or-later
// node web/build.mjs FOLDER: the files of the page as the program will hold them. The same
// sources give the same bytes. Prints nothing; a mistake in a source ends it with 1.
import { build } from 'esbuild';
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const out = process.argv[2];

/** @param {string} name @param {string | Uint8Array} bytes */
function put(name, bytes) {
    const path = join(out, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, bytes);
}

/** Of esbuild's app.js and app.css: the name with the hash under which browsers keep it. */
function hashed(file) {
    const hash = createHash('sha256').update(file.contents).digest('hex').slice(0, 12);
    return file.path.replace(/.*\/app\.(js|css)$/, `app-${hash}.$1`);
}

function licences() {
    const read = (/** @type {string} */ name) => readFileSync(join(here, name), 'utf8').trim();
    return [
        'viz is free software under the GNU General Public License, version 3 or later.',
        'Its page draws with uPlot, whose licence is this:',
        read('node_modules/uplot/LICENSE'),
        'The licence of viz:',
        read('../LICENSE'),
    ].join('\n\n') + '\n';
}

async function main() {
    const bundle = await build({
        entryPoints: [join(here, 'src/main.js')],
        outfile: join(out, 'app.js'),
        bundle: true,
        minify: true,
        format: 'esm',
        target: ['chrome111', 'firefox113', 'safari16.4'],
        legalComments: 'none', // licences.txt has them
        charset: 'utf8',
        logLevel: 'warning',
        write: false,
    });
    rmSync(out, { recursive: true, force: true });
    let page = readFileSync(join(here, 'index.html'), 'utf8');
    for (const file of bundle.outputFiles) {
        const name = hashed(file);
        page = page.replaceAll(`"${name.replace(/-.*\./, '.')}"`, `"${name}"`);
        put(name, file.contents);
    }
    put('index.html', page.replace(/<!-- SPDX.*-->\n/, ''));
    put('licenses.txt', licences());
}

await main();
