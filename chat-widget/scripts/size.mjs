/** The page's budget, gzip: what must arrive before the first paint, and each page that loads later. */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';

const DIST = fileURLToPath(new URL('../dist/', import.meta.url));
const html = readFileSync(`${DIST}index.html`, 'utf8');
const size = (file) => gzipSync(readFileSync(`${DIST}assets/${file}`)).length;
const files = readdirSync(`${DIST}assets`);
const first = files.filter((file) => html.includes(file));
const sum = (list) => list.reduce((total, file) => total + size(file), 0);
const budgets = [
  ['first paint, scripts', sum(first.filter((file) => file.endsWith('.js'))), 92_000],
  ['first paint, styles', sum(first.filter((file) => file.endsWith('.css'))), 8_000],
  ['everything', sum(files), 150_000],
];
for (const [name, bytes, most] of budgets) {
  console.log(`${name}: ${(bytes / 1000).toFixed(1)} kB gzip of at most ${most / 1000}`);
  if (bytes > most) process.exitCode = 1;
}
