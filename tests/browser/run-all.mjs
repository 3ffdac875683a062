// Opens a notebook in JupyterLab in headless Chromium, chooses Run > Run All Cells from the menu as a person would,
// waits for the last cell, and takes pictures: while it runs (the live curve), of every part of the finished notebook.
//
//   node run-all.mjs NOTEBOOK OUTPUT_FOLDER [FERROLAB_BINARY]
//
// Needs Chromium (CHROMIUM, default /usr/bin/chromium) and `npm install` in this folder. Exits 1 when a cell shows an
// error that is not tagged `raises-exception`, or when no picture appears in the outputs.
import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, mkdtempSync, copyFileSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { tmpdir } from 'node:os';
import { chromium } from 'playwright-core';

const [notebook, output, binary = 'ferrolab'] = process.argv.slice(2);
if (!notebook || !output) {
  console.error('usage: node run-all.mjs NOTEBOOK OUTPUT_FOLDER [FERROLAB_BINARY]');
  process.exit(2);
}
mkdirSync(output, { recursive: true });
const cells = JSON.parse(readFileSync(notebook, 'utf8')).cells;
const expectedErrors = cells.filter((cell) => cell.metadata?.tags?.includes('raises-exception')).length;
const codeCells = cells.filter((cell) => cell.cell_type === 'code').length;

// JupyterLab saves what it runs: work on a copy.
const folder = mkdtempSync(join(tmpdir(), 'ferrolab-browser-'));
const copy = join(folder, basename(notebook));
copyFileSync(notebook, copy);

const started = Date.now();
const lab = spawn(resolve(binary), ['lab', copy, '--', '--no-browser', '--port=0', '--IdentityProvider.token=look'], {
  stdio: ['ignore', 'pipe', 'pipe'],
});
let log = '';
const address = new Promise((found, failed) => {
  const read = (chunk) => {
    log += chunk;
    const match = log.match(/http:\/\/(?:localhost|127\.0\.0\.1):\d+\//);
    if (match && /is running at/.test(log)) found(match[0]);
  };
  lab.stdout.on('data', read);
  lab.stderr.on('data', read);
  lab.on('exit', (code) => failed(new Error(`ferrolab lab ended with ${code}:\n${log}`)));
});

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
    '--disable-component-update', '--disable-sync'],
});
let failure;
try {
  const url = await address;
  console.log(`JupyterLab answered after ${((Date.now() - started) / 1000).toFixed(1)} s`);
  const page = await browser.newPage({ viewport: { width: 1440, height: 1000 }, deviceScaleFactor: 1.5 });
  await page.goto(`${url}lab/tree/${encodeURIComponent(basename(notebook))}?token=look`);
  await page.waitForSelector('.jp-Notebook .jp-Cell', { timeout: 60_000 });
  await page.waitForTimeout(2_000);
  await page.screenshot({ path: join(output, 'opened.png') });
  await page.click('.lm-MenuBar-itemLabel:text-is("Run")');
  await page.click('.lm-Menu-itemLabel:text-is("Run All Cells")');
  const ran = Date.now();
  // To the training cell, where the live curve is drawn.
  await page.waitForTimeout(8_000);
  const trainingCell = page.locator('.jp-CodeCell:has-text(".fit(&mut model")').first();
  await page.locator('.jp-WindowedPanel-outer').first().evaluate((element) => element.scrollTo(0, element.scrollHeight * 0.45));
  if (await trainingCell.count()) await trainingCell.scrollIntoViewIfNeeded();
  // The notebook draws only the cells in view, so the status bar tells, not the cells' numbers.
  const idle = page.locator('.jp-StatusBar-Left:has-text("Idle")');
  for (let shot = 0, quiet = 0; quiet < 2; shot += 1) {
    await page.waitForTimeout(3_000);
    await page.screenshot({ path: join(output, `running-${String(shot).padStart(2, '0')}.png`) });
    quiet = (await idle.count()) > 0 ? quiet + 1 : 0;
    if (Date.now() - ran > 600_000) throw new Error('the notebook did not finish in ten minutes');
  }
  console.log(`all cells ran in ${((Date.now() - ran) / 1000).toFixed(1)} s`);
  // Every part of the finished notebook, scrolled into view one screen after the other.
  const count = await page.evaluate(() => document.querySelectorAll('.jp-Cell').length);
  console.log(`${count} cells on the page, ${codeCells} with code`);
  const panel = page.locator('.jp-WindowedPanel-outer').first();
  await panel.evaluate((element) => element.scrollTo(0, 0));
  for (let part = 0; part < 40; part += 1) {
    await page.waitForTimeout(700);
    await page.screenshot({ path: join(output, `part-${String(part).padStart(2, '0')}.png`) });
    const more = await panel.evaluate((element) => {
      const before = element.scrollTop;
      element.scrollTo(0, before + element.clientHeight * 0.9);
      return element.scrollTop > before + 1;
    });
    if (!more) break;
  }
  await page.keyboard.press('Control+s');
  await page.waitForTimeout(2_000);
  const executed = JSON.parse(readFileSync(copy, 'utf8'));
  const outputs = executed.cells.flatMap((cell) => cell.outputs ?? []);
  const errors = outputs.filter((out) => out.output_type === 'error');
  const pictures = outputs.filter((out) => out.data?.['image/svg+xml'] || out.data?.['image/png']);
  console.log(`${pictures.length} pictures, ${errors.length} errors of which ${expectedErrors} expected`);
  if (errors.length !== expectedErrors) failure = `unexpected errors: ${errors.map((e) => e.evalue).join('; ')}`;
  if (pictures.length === 0) failure = 'no picture in the outputs';
  copyFileSync(copy, join(output, 'executed.ipynb'));
} catch (error) {
  failure = error.stack ?? String(error);
} finally {
  await browser.close();
  lab.removeAllListeners('exit');
  lab.kill('SIGINT');
  setTimeout(() => lab.kill('SIGKILL'), 3_000).unref();
}
if (failure) {
  console.error(failure, `\nlog of JupyterLab:\n${log.slice(-3000)}`);
  process.exit(1);
}
process.exit(0);
