// A badge that its holder shows at its plain link: published from the page, seen in another browser, taken down by the
// holder's link, and gone.
import assert from 'node:assert/strict';
import test from 'node:test';
import { answer, assertAccessible, assertFits, choose, scene, shoot, visit } from '../support/page_browser.mjs';

const { node, digests } = scene;
const LANGUAGES = ['en', 'es', 'fr', 'de', 'pt', 'zh', 'ar', 'hi'];
const link = `${node}/c/${digests.shown}`;
const plain = (string) =>
  string
    .replace(/[\u2066-\u2069]/g, '')
    .replace(/\s+/g, ' ')
    .trim();
const text = async (page, selector) => plain(await page.locator(selector).first().innerText());
const metaOf = (html, name) => new RegExp(`<meta (?:name|property)="${name}" content="([^"]*)">`).exec(html)?.[1];

async function open(t, more) {
  const page = await visit(t, `${node}/`, more);
  await choose(page, 'shown.json');
  assert.equal((await answer(page, digests.shown)).verdict, 'valid');
  return page;
}

/* The link that takes it down. */
async function publish(page) {
  await page.click('#publish');
  await page.locator('#publish-secret').waitFor();
  return page.locator('#publish-secret').inputValue();
}

test('published, seen by others, taken down, gone', async (t) => {
  const holder = await open(t);
  assert.match(await text(holder, '#publish-state'), /Everyone who opens the plain link then sees this badge/);
  await shoot(holder, 'publish-offered');
  const secretLink = await publish(holder);
  assert.match(secretLink, new RegExp(`^${link}#s=[\\w-]{43}$`));
  assert.equal(await holder.evaluate(() => document.activeElement.id), 'publish-state');
  assert.match(await text(holder, '#publishing'), /shown at its plain link.* you see it only now.* from its backups once newer/);
  await holder.waitForFunction((url) => document.getElementById('share-link').value === url, link);
  await shoot(holder, 'publish-shown');

  const reader = await visit(t, link);
  const seen = await answer(reader, digests.shown);
  assert.equal(seen.verdict, 'valid');
  assert.deepEqual(seen.notices, []);
  assert.match(await text(reader, '#badge'), /Applied Data Science.*Ada Lindqvist/);
  assert.equal(await reader.locator('#take-down').count(), 0);
  assert.match(await text(reader, '#publishing'), /To take it down, open the link/);
  await reader.evaluate((url) => (location.href = url), secretLink); // in the page that is open
  await reader.locator('#take-down').waitFor();
  assert.equal(await reader.evaluate(() => location.href), link);
  const card = await visit(t, link.replace('/c/', '/embed/'), { width: 400, height: 190 });
  assert.equal((await answer(card, digests.shown)).verdict, 'valid');

  const response = await fetch(link);
  const html = await response.text();
  assert.equal(response.headers.get('cache-control'), 'no-store');
  assert.equal(metaOf(html, 'robots'), 'noindex');
  assert.match(metaOf(html, 'og:title'), /Applied Data Science/);
  assert.match(metaOf(html, 'og:description'), /^Issued by University of the North Sea, as the badge says\./);
  assert.equal(metaOf(html, 'og:image'), `${link}/picture.png`);
  const picture = await fetch(metaOf(html, 'og:image'));
  assert.equal(picture.headers.get('content-type'), 'image/png');
  const unscripted = await visit(t, link, { javaScriptEnabled: false });
  assert.match(await text(unscripted, '#report'), /What the badge says.*Applied Data Science.*Ada Lindqvist/);
  assert.ok((await unscripted.evaluate(() => document.querySelector('#report img').naturalWidth)) > 0);
  await shoot(unscripted, 'publish-unscripted');

  const other = await open(t); // who has the badge, and not the secret
  await other.click('#publish');
  await other.locator('#publish-trouble', { hasText: 'shown already' }).waitFor();

  const owner = await visit(t, secretLink);
  assert.equal((await answer(owner, digests.shown)).verdict, 'valid');
  assert.equal(await owner.evaluate(() => location.href), link, 'the secret does not stay in the address');
  await owner.click('#take-down');
  await owner.locator('#publish').waitFor();
  await owner.waitForFunction(() => document.getElementById('status').innerText.includes('no longer shown'));

  const late = await visit(t, link);
  const gone = await answer(late, digests.shown);
  assert.equal(gone.verdict, 'anchored');
  assert.deepEqual(gone.notices, ['intake.awaited']);
  assert.equal(await late.locator('#publishing').count(), 0);
  assert.ok(!(await (await fetch(link)).text()).includes('Lindqvist'));
  assert.equal((await fetch(`${link}/picture.png`)).status, 404);
});

test('in every language, on a phone', async (t) => {
  const holder = await open(t);
  const secretLink = await publish(holder);
  for (const locale of LANGUAGES) {
    const page = await visit(t, secretLink, { locale, width: 320 });
    await answer(page, digests.shown);
    await page.locator('#publish-secret').waitFor();
    await assertFits(page, `${locale}, shown`);
    await assertAccessible(page, `${locale}, shown`);
    await shoot(page, `publish-${locale}-320`);
  }
  await holder.click('#take-down');
  await holder.locator('#publish').waitFor();
});
