// Opens a notebook in JupyterLab in headless Chromium, chooses Run > Run All Cells from the menu as a person would,
// waits for the last cell, and takes pictures: while it runs (the live curve), of every part of the finished notebook.
//
//   node run-all.mjs NOTEBOOK OUTPUT_FOLDER [FERROLAB_BINARY]
//
// Needs Chromium (CHROMIUM, default /usr/bin/chromium) and `npm ci` in this folder. Exits 1 when a cell shows an
// error that is not tagged `raises-exception`, or when no picture appears in the outputs.
import { copyFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { inLab, outputsIn } from './lab.mjs';

const [notebook, output, binary = 'ferrolab'] = process.argv.slice(2);
if (!notebook || !output) {
  console.error('usage: node run-all.mjs NOTEBOOK OUTPUT_FOLDER [FERROLAB_BINARY]');
  process.exit(2);
}
const cells = JSON.parse(readFileSync(notebook, 'utf8')).cells;
const expectedErrors = cells.filter((cell) => cell.metadata?.tags?.includes('raises-exception')).length;

const viewport = { width: 1440, height: 1000 };
await inLab({ notebook, output, binary, viewport, deviceScaleFactor: 1.5 }, async ({ page, copy, shot, menu, idle }) => {
  await shot('opened');
  const ran = Date.now();
  await menu('Run', 'Run All Cells');
  // To the training cell, where the live curve is drawn.
  await page.waitForTimeout(8_000);
  const panel = page.locator('.jp-WindowedPanel-outer').first();
  await panel.evaluate((element) => element.scrollTo(0, element.scrollHeight * 0.45));
  const trainingCell = page.locator('.jp-CodeCell:has-text(".fit(&mut model")').first();
  for (let number = 0, quiet = 0; quiet < 2; number += 1) {
    await page.waitForTimeout(3_000);
    // Again and again, because the outputs above it may still grow.
    if (await trainingCell.count()) await trainingCell.scrollIntoViewIfNeeded();
    await shot(`running-${String(number).padStart(2, '0')}`);
    quiet = (await idle.count()) > 0 ? quiet + 1 : 0;
    if (Date.now() - ran > 600_000) throw new Error('the notebook did not finish in ten minutes');
  }
  console.log(`all cells ran in ${((Date.now() - ran) / 1000).toFixed(1)} s`);
  // Every part of the finished notebook, scrolled into view one screen after the other.
  await panel.evaluate((element) => element.scrollTo(0, 0));
  for (let part = 0; part < 40; part += 1) {
    await page.waitForTimeout(700);
    await shot(`part-${String(part).padStart(2, '0')}`);
    const more = await panel.evaluate((element) => {
      const before = element.scrollTop;
      element.scrollTo(0, before + element.clientHeight * 0.9);
      return element.scrollTop > before + 1;
    });
    if (!more) break;
  }
  await page.keyboard.press('Control+s');
  await page.waitForTimeout(2_000);
  copyFileSync(copy, join(output, 'executed.ipynb'));
  const outputs = outputsIn(copy);
  const errors = outputs.filter((out) => out.output_type === 'error');
  const pictures = outputs.filter((out) => out.data?.['image/svg+xml'] || out.data?.['image/png']);
  console.log(`${pictures.length} pictures, ${errors.length} errors of which ${expectedErrors} expected`);
  if (errors.length !== expectedErrors) throw new Error(`unexpected errors: ${errors.map((e) => e.evalue).join('; ')}`);
  if (pictures.length === 0) throw new Error('no picture in the outputs');
});
