// A notebook open in the real JupyterLab, in headless Chromium: started, found, looked at, ended.
import { spawn } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { tmpdir } from 'node:os';
import { chromium } from 'playwright-core';

const TOKEN = 'look';

// Opens a copy of the notebook (JupyterLab saves what it runs), hands `{ page, copy, shot, menu, idle }` to `visit`, and
// ends everything. Pictures go to the folder `output`. Throws what `visit` throws, with the log of JupyterLab.
export async function inLab({ notebook, output, binary, viewport, deviceScaleFactor = 1 }, visit) {
  mkdirSync(output, { recursive: true });
  const folder = mkdtempSync(join(tmpdir(), 'ferrolab-browser-'));
  const copy = join(folder, basename(notebook));
  copyFileSync(notebook, copy);
  const lab = startLab(binary, copy, folder);
  let browser;
  let shot;
  try {
    browser = await chromium.launch({
      executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
      args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
        '--disable-component-update', '--disable-sync'],
    });
    const page = await browser.newPage({ viewport, deviceScaleFactor });
    const address = await lab.address;
    await answers(address);
    await page.goto(`${address}lab/tree/${encodeURIComponent(basename(notebook))}?token=${TOKEN}`);
    await page.waitForSelector('.jp-Notebook .jp-Cell', { timeout: 60_000 });
    // The notebook draws only the cells in view, so the status bar tells whether it works, not the cells' numbers.
    const idle = page.locator('.jp-StatusBar-Left:has-text("Idle")');
    await idle.waitFor({ timeout: 60_000 });
    shot = (name, part = page) => part.screenshot({ path: join(output, `${name}.png`) });
    const menu = async (...labels) => {
      await page.click(`.lm-MenuBar-itemLabel:text-is("${labels[0]}")`);
      await page.click(`.lm-Menu-itemLabel:text-is("${labels[1]}")`);
    };
    await visit({ page, copy, shot, menu, idle });
  } catch (error) {
    await shot?.('failed').catch(() => {});
    throw new Error(`${error.stack ?? error}\nlog of JupyterLab:\n${lab.log().slice(-3000)}`);
  } finally {
    await browser?.close();
    await lab.end();
    rmSync(folder, { recursive: true, force: true });
  }
}

function startLab(binary, copy, folder) {
  const options = ['--no-browser', '--port=0', `--IdentityProvider.token=${TOKEN}`];
  // The settings and the last workspace of whoever runs this must neither matter nor change.
  const env = { ...process.env, JUPYTER_CONFIG_DIR: join(folder, '.jupyter') };
  const lab = spawn(resolve(binary), ['lab', copy, '--', ...options], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let log = '';
  const ended = new Promise((done) => { lab.on('exit', done); });
  const address = new Promise((found, failed) => {
    const read = (chunk) => {
      log += chunk;
      const match = log.match(/http:\/\/(?:localhost|127\.0\.0\.1):\d+\//);
      if (match && /is running at/.test(log)) found(match[0]);
    };
    lab.stdout.on('data', read);
    lab.stderr.on('data', read);
    lab.on('error', failed);
    ended.then((code) => failed(new Error(`ferrolab lab ended with ${code}`)));
  });
  address.catch(() => {});
  const end = async () => {
    lab.kill('SIGTERM');
    const forced = setTimeout(() => lab.kill('SIGKILL'), 10_000);
    if (lab.exitCode === null && lab.signalCode === null) await ended;
    clearTimeout(forced);
  };
  return { address, end, log: () => log };
}

// Waits until the server answers: it says where it is before it listens.
async function answers(address) {
  for (const end = Date.now() + 60_000; ;) {
    try {
      await fetch(`${address}api`);
      return;
    } catch (error) {
      if (Date.now() > end) throw error;
      await new Promise((done) => { setTimeout(done, 50); });
    }
  }
}

// All outputs that the notebook file holds after it was saved.
export function outputsIn(copy) {
  return JSON.parse(readFileSync(copy, 'utf8')).cells.flatMap((cell) => cell.outputs ?? []);
}
