// What the issuer of a badge is told of its standard's rules, at the page: folded, last, and no part of the answer.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import test from 'node:test';
import { answer, assertAccessible, assertFits, serveStatic, shoot, visit } from '../support/page_browser.mjs';
import { badge, didKey, makeKey, methodOf, signBadge } from '../support/sign.mjs';

const LANGUAGES = ['en', 'es', 'fr', 'de', 'pt', 'zh', 'ar', 'hi'];
const texts = (language) =>
  JSON.parse(readFileSync(new URL(`../../node/web/page/lang/${language}.json`, import.meta.url)));
const plain = (string) => string.replace(/[\u2066-\u2069]/g, '').replace(/\s+/g, ' ').trim();
const said = async (page, selector) => plain(await page.locator(selector).first().innerText());
const open = async (t, more = {}) => visit(t, await serveStatic(t), more);
const give = (page, content, name = 'given.json') =>
  page.setInputFiles('#files', [{ name, mimeType: '', buffer: Buffer.from(content) }]);
const isOpen = (page) => page.locator('#rules').evaluate((node) => node.open);

const own = makeKey();
const signed = (name, more) => signBadge(badge(didKey(own), name, more), own, methodOf(own));
const subject = (achievement) => ({
  credentialSubject: { id: 'did:example:ann', type: ['AchievementSubject'], achievement },
});
const whole = {
  id: 'urn:example:achievement',
  type: ['Achievement'],
  name: 'First aid',
  description: 'Keeps calm.',
  criteria: { narrative: 'A course.' },
};
const { description, ...part } = whole;
const BROKEN = signed('Broken', { validFrom: '2026-01-01', ...subject(part) });

test('one quiet line, last of all, and behind it what is broken and where', async (t) => {
  const page = await open(t);
  await give(page, BROKEN);
  const { verdict } = await answer(page);
  assert.equal(verdict, 'unknown_issuer'); // of a signature that nobody vouches for, whatever rules are broken
  assert.equal(await isOpen(page), false);
  assert.equal(await page.locator('#answer > :last-child').getAttribute('id'), 'rules');
  assert.equal(await said(page, '#rules > summary'), 'For the issuer of this badge 2 rules of Open Badges 3.0 are broken');
  assert.doesNotMatch(plain(await page.locator('.verdict').first().innerText()), /rule/);
  await assertAccessible(page, 'folded');
  await page.click('#rules > summary');
  assert.equal(await isOpen(page), true);
  const rules = await page
    .locator('[data-rule]')
    .evaluateAll((items) => items.map((item) => [item.dataset.rule, item.querySelector('code').textContent]));
  assert.deepEqual(rules.sort(), [
    ['date_not_standard', '/validFrom'],
    ['missing', '/credentialSubject/achievement/description'],
  ]);
  const missing = await said(page, '[data-rule="missing"]');
  assert.match(missing, /^A required member is missing .* Achievement needs the member "description" Open Badges 3\.0, data model, Achievement$/);
  assert.equal(await page.locator('[data-rule] [lang="en"]').count(), 4);
  const elements = await page.locator('#rules dl .row').evaluateAll((rows) => rows.map((row) => row.textContent));
  assert.equal(elements.length, 11);
  assert.ok(elements.includes('Title/credentialSubject/achievement/name'), `${elements}`);
  assert.ok(elements.includes('Workloadmissing'), `${elements}`);
  assert.match(await said(page, '#rules'), /\d of the 11 elements that the Council Recommendation 2022\/C 243\/02 asks for are stated/);
  await assertAccessible(page, 'open');
  await shoot(page, 'rules');
});

test('rules that are kept, more than are listed, and documents of no standard', async (t) => {
  const page = await open(t);
  await give(page, signed('Kept', subject(whole)));
  await answer(page);
  assert.equal(await said(page, '#rules > summary'), 'For the issuer of this badge Keeps the rules of Open Badges 3.0');
  assert.equal(await page.locator('[data-rule]').count(), 0);

  const results = Array.from({ length: 80 }, (_, i) => ({ id: `urn:x:${i}`, type: ['ResultDescription'], name: 'R' }));
  await give(page, signed('Many', subject({ ...whole, resultDescription: results })));
  await page.locator('#rules .count', { hasText: /80 rules/ }).waitFor();
  await page.click('#rules > summary');
  assert.equal(await page.locator('[data-rule]').count(), 64);
  assert.match(await said(page, '#rules'), /16 more are not listed/);

  await give(page, '%PDF-1.7 a document', 'given.pdf');
  await page.locator('#rules').waitFor({ state: 'detached' });
  await answer(page);
});

test('names of members that would write elsewhere', async (t) => {
  const page = await open(t);
  const name = `<img src=x onerror=alert(1)>\u202e${'wide'.repeat(60)}`;
  await give(page, signed('Hostile', { credentialSubject: { type: ['AchievementSubject'], achievement: whole, result: [{ [name]: 1 }] } }));
  await answer(page);
  await page.click('#rules > summary');
  assert.ok((await page.locator('[data-rule]').count()) > 0);
  assert.equal(await page.locator('#rules img').count(), 0);
  assert.doesNotMatch(await page.locator('#rules').innerText(), /\u202e/);
  await page.setViewportSize({ width: 320, height: 700 });
  await assertFits(page, 'a long pointer');
});

test('eight languages, from right to left, on a narrow screen', async (t) => {
  for (const language of LANGUAGES) {
    const page = await open(t, { locale: language, width: 320, height: 700 });
    await give(page, BROKEN);
    await answer(page);
    await page.click('#rules > summary');
    const text = plain(await page.locator('#rules').innerText());
    const words = texts(language);
    for (const key of ['rules.heading', 'rules.lead', 'rules.errors', 'rules.eu.heading', 'rules.code.missing', 'rules.eu.workload', 'rules.eu.missing'])
      assert.ok(text.includes(plain(words[key])), `${language}: ${key}: ${text}`);
    assert.ok(text.includes('Achievement needs the member "description"'), language);
    assert.equal(await page.locator('html').getAttribute('dir'), language === 'ar' ? 'rtl' : 'ltr');
    await assertFits(page, language);
    await shoot(page, `rules-${language}`);
  }
});

test('printed only if it is open, and not on the card', async (t) => {
  const page = await open(t);
  await give(page, BROKEN);
  await answer(page);
  await page.emulateMedia({ media: 'print' });
  assert.equal(await page.locator('#rules').isVisible(), false);
  await page.emulateMedia({ media: 'screen' });
  await page.click('#rules > summary');
  await page.emulateMedia({ media: 'print' });
  assert.equal(await page.locator('[data-rule="missing"]').isVisible(), true);

  const card = await visit(t, await serveStatic(t, { embed: true }));
  await give(card, BROKEN);
  await answer(card);
  assert.equal(await card.locator('#rules').count(), 0);
});
