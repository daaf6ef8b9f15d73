// Reads the images that are named and writes what each of them is, one JSON a line, as unbake(), digest() and verify()
// say. With --chromium in a browser, else here, where there is no DOMParser.
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { pathToFileURL } from 'node:url';

const folder = process.env.BADGED_PACKAGE;
const inBrowser = process.argv[2] === '--chromium';
const files = process.argv.slice(inBrowser ? 3 : 2);

// Runs in the page too, so it stands alone. shown: whether the browser draws it, and with which width.
async function runCase(module, bytes, media) {
  const { BadgeError, digest, unbake, verify } = await import(module);
  const text = (part) => part && new TextDecoder('utf-8', { ignoreBOM: true }).decode(part);
  const shown = async () => {
    if (typeof document === 'undefined' || media === undefined) return undefined;
    const url = URL.createObjectURL(new Blob([bytes], { type: media }));
    const image = Object.assign(new Image(), { src: url });
    const drawn = await image.decode().then(() => true, () => false);
    URL.revokeObjectURL(url);
    return drawn ? image.naturalWidth : 0;
  };
  const report = await verify(bytes);
  const codes = report.checks.map(({ code }) => code);
  try {
    const image = unbake(bytes);
    const { label, digest: value } = await digest(bytes);
    const parts = image && { ...image, credential: text(image.credential), receipt: text(image.receipt) };
    return { status: 'ok', image: parts, label, digest: value, codes, shown: await shown() };
  } catch (error) {
    if (!(error instanceof BadgeError)) throw error;
    return { status: error.status, text: error.message, codes };
  }
}

const media = { png: 'image/png', svg: 'image/svg+xml' };
const mediaOf = (file) => (basename(file).startsWith('shown-') ? media[file.split('.').pop()] : undefined);

async function inChromium() {
  const { createServer } = await import('node:http');
  const { chromium } = await import(pathToFileURL(process.env.BADGED_PLAYWRIGHT));
  const asked = []; // what the page fetched without being told to
  const server = createServer((request, response) => {
    const name = request.url.slice(1);
    if (name === '') {
      response.writeHead(200, { 'Content-Type': 'text/html' });
      response.end('<!doctype html><title>cases</title>');
    } else if (/^\w+\.mjs$/.test(name)) {
      response.writeHead(200, { 'Content-Type': 'text/javascript' });
      response.end(readFileSync(`${folder}/${name}`));
    } else if (/^image\/\d+$/.test(name)) {
      response.writeHead(200, { 'Content-Type': 'application/octet-stream' });
      response.end(readFileSync(files[Number(name.slice(6))]));
    } else {
      response.writeHead(404).end();
    }
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const browser = await chromium.launch({
    executablePath: process.env.BADGED_CHROMIUM ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'],
  });
  const origin = `http://127.0.0.1:${server.address().port}`;
  try {
    const page = await browser.newPage();
    page.on('request', (request) => {
      if (!/^(blob:|http:\/\/127\.0\.0\.1:\d+\/(\w+\.mjs|image\/\d+|favicon\.ico)?$)/.test(request.url())) asked.push(request.url());
    });
    await page.goto(origin);
    for (const [index, file] of files.entries()) {
      const result = await page.evaluate(
        `fetch('/image/${index}').then((r) => r.arrayBuffer())
          .then((b) => (${runCase})('/index.mjs', new Uint8Array(b), ${JSON.stringify(mediaOf(file))}))`,
      );
      console.log(JSON.stringify({ ...result, title: await page.title(), asked }));
    }
  } finally {
    await browser.close();
    server.close();
  }
}

if (inBrowser) {
  await inChromium();
} else {
  const module = pathToFileURL(`${folder}/index.mjs`).href;
  for (const file of files) console.log(JSON.stringify(await runCase(module, new Uint8Array(readFileSync(file)))));
}
