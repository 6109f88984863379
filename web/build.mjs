// SPDX-License-Identifier: GPL-3.0-or-later
// node web/build.mjs FOLDER: the files of the page, as the program will hold them. The
// same sources give the same bytes. A mistake in one is printed; the exit status is 1.
import { build } from 'esbuild';
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const out = process.argv[2];

/**
 * Of esbuild's app.js and app.css: the name with a hash, under which browsers keep it.
 * @param {import('esbuild').OutputFile} file
 */
function hashed(file) {
    const hash = createHash('sha256').update(file.contents).digest('hex').slice(0, 12);
    return file.path.replace(/.*\/app\.(js|css)$/, `app-${hash}.$1`);
}

function licenses() {
    const parts = [
        'The page of viz draws with uPlot, whose licence is this:',
        readFileSync(join(here, 'node_modules/uplot/LICENSE'), 'utf8'),
        'viz itself is free software under this one, or any later version of it:',
        readFileSync(join(here, '../LICENSE'), 'utf8'),
    ];
    return parts.map((part) => part.trim() + '\n').join('\n');
}

async function main() {
    const bundle = await build({
        entryPoints: [join(here, 'src/main.js')],
        outfile: join(out, 'app.js'),
        bundle: true,
        minify: true,
        format: 'esm',
        target: ['chrome111', 'firefox113', 'safari16.4'],
        legalComments: 'none', // licenses.txt has them
        charset: 'utf8',
        logLevel: 'warning',
        write: false,
    });
    mkdirSync(out, { recursive: true });
    let page = readFileSync(join(here, 'index.html'), 'utf8');
    for (const file of bundle.outputFiles) {
        const name = hashed(file);
        page = page.replaceAll(`"${name.replace(/-.*\./, '.')}"`, `"${name}"`);
        writeFileSync(join(out, name), file.contents);
    }
    writeFileSync(join(out, 'index.html'), page.replace(/<!-- SPDX.*-->\n/, ''));
    writeFileSync(join(out, 'licenses.txt'), licenses());
}

await main();
