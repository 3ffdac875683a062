// What a person does in JupyterLab, done in headless Chromium: runs all cells and watches the curve, completes by Tab, asks
// by Shift-Tab, stops a loop, restarts the kernel. Each step throws when the page does not show what it should.
//
//   node features.mjs OUTPUT_FOLDER FERROLAB_BINARY
import assert from 'node:assert/strict';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { inLab, outputsIn } from './lab.mjs';

const [output, binary] = process.argv.slice(2);
const notebook = join(dirname(fileURLToPath(import.meta.url)), 'features.ipynb');
// High enough for the whole notebook: JupyterLab draws only what is in view.
const viewport = { width: 1200, height: 1900 };

await inLab({ notebook, output, binary, viewport }, async ({ page, copy, shot, menu, idle }) => {
  page.setDefaultTimeout(20_000);
  const cell = (text) => page.locator('.jp-CodeCell', { hasText: text }).first();
  const last = page.locator('.jp-CodeCell').last();
  const outputs = (of) => of.locator('.jp-OutputArea-output');

  // Runs all cells and watches the curve.
  await menu('Run', 'Run All Cells');
  const curve = cell('.fit(&mut model').locator('.jp-OutputArea-output', { has: page.locator('svg, img') });
  await curve.waitFor();
  const drawn = () => curve.innerHTML();
  const first = await shot('curve-at-first', curve);
  const before = await drawn();
  await until(async () => await drawn() !== before, 'the curve changes while the training runs');
  const later = await shot('curve-later', curve);
  assert(!first.equals(later), 'the two pictures of the curve differ');
  await outputs(cell('the answer is')).filter({ hasText: 'the answer is 42' }).waitFor();
  await idle.waitFor();
  await shot('all-cells');

  // Completes by Tab.
  await newCellBelow(page);
  await page.keyboard.type('answ');
  await page.keyboard.press('Tab');
  const menuOfNames = page.locator('.jp-Completer:not(.lm-mod-hidden)');
  const name = menuOfNames.locator('.jp-Completer-item', { hasText: 'answers' });
  await name.first().waitFor();
  await shot('completion');
  await name.first().click();
  await last.locator('.cm-line', { hasText: /^answers/ }).waitFor();
  await menuOfNames.waitFor({ state: 'hidden' });

  // Asks by Shift-Tab.
  await page.keyboard.press('Shift+Tab');
  const help = page.locator('.jp-Tooltip');
  await help.filter({ hasText: 'Vec<i32>' }).waitFor();
  await shot('inspection');
  await page.keyboard.press('Escape');
  await help.waitFor({ state: 'detached' });
  await newCellBelow(page);

  // Stops a loop by ■; what the cell did until then is kept.
  await write(page, 'answers.push(8);\nprintln!("running");\nloop {}');
  await page.keyboard.press('Control+Enter');
  await outputs(last).filter({ hasText: 'running' }).waitFor();
  await page.click('.jp-NotebookPanel-toolbar [data-command="notebook:interrupt-kernel"], ' +
    '.jp-NotebookPanel-toolbar [data-jp-item-name="interrupt"]');
  await outputs(last).filter({ hasText: 'nterrupt' }).waitFor();
  await idle.waitFor();
  await shot('interrupted');
  await newCellBelow(page);
  await write(page, 'answers');
  await page.keyboard.press('Control+Enter');
  await outputs(last).filter({ hasText: '[6, 7, 8]' }).waitFor();

  // Restarts the kernel: the variables are gone, and cells run again.
  await menu('Kernel', 'Restart Kernel…');
  await page.click('.jp-Dialog button.jp-mod-accept');
  await newCellBelow(page);
  await write(page, 'answers.len()');
  // The status bar says Idle for a moment before the restart begins: what counts is that the cell runs in the new kernel.
  await until(async () => {
    await page.keyboard.press('Control+Enter');
    await page.waitForTimeout(500);
    return await outputs(last).filter({ hasText: 'answers' }).count() > 0;
  }, 'the restarted kernel does not know the variable');
  await idle.waitFor();
  await newCellBelow(page);
  await write(page, '6 * 7');
  await page.keyboard.press('Control+Enter');
  await outputs(last).filter({ hasText: '42' }).waitFor();
  await shot('restarted');

  await page.keyboard.press('Control+s');
  await until(async () => outputsIn(copy).some((out) => out.data?.['text/plain']?.join?.('') === '42'), 'the notebook is saved');
  const errors = outputsIn(copy).filter((out) => out.output_type === 'error').map((out) => out.ename);
  assert.deepEqual(errors, ['Interrupted', 'E0425']);
});
console.log('all steps done');

// Waits until `condition` holds.
async function until(condition, what) {
  for (const end = Date.now() + 60_000; Date.now() < end;) {
    if (await condition()) return;
    await new Promise((done) => { setTimeout(done, 100); });
  }
  throw new Error(`expected within a minute: ${what}`);
}

// A new cell below the last one, ready to be written in.
async function newCellBelow(page) {
  await page.keyboard.press('Escape');
  await page.locator('.jp-CodeCell').last().locator('.jp-InputArea-prompt').click();
  await page.keyboard.press('b');
  await page.keyboard.press('Enter');
  await page.locator('.jp-CodeCell').last().locator('.cm-content:focus').waitFor();
}

// Types into the cell.
async function write(page, code) {
  for (const [number, line] of code.split('\n').entries()) {
    if (number > 0) await page.keyboard.press('Enter');
    await page.keyboard.type(line);
  }
}
