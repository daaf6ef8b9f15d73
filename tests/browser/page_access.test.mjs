// For everyone: every language in every state, at 320 px and on a desk, light and dark, by keyboard alone; axe-core finds
// nothing at WCAG 2.2 A and AA.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import test from 'node:test';
import {
  answer,
  assertAccessible,
  assertFits,
  choose,
  rely,
  scene,
  serve,
  serveStatic,
  shoot,
  visit,
} from '../support/page_browser.mjs';

const { node, rpc, digests } = scene;
const LANGUAGES = ['en', 'es', 'fr', 'de', 'pt', 'zh', 'ar', 'hi'];
const texts = (language) =>
  JSON.parse(readFileSync(new URL(`../../node/web/page/lang/${language}.json`, import.meta.url)));

for (const language of LANGUAGES)
  test(`in ${language}`, async (t) => {
    const page = await visit(t, `${node}/`, { locale: language });
    const words = texts(language);
    assert.equal(await page.evaluate(() => document.documentElement.lang), language);
    assert.equal(await page.evaluate(() => document.documentElement.dir), language === 'ar' ? 'rtl' : 'ltr');
    assert.equal(await page.locator('h1').innerText(), words['intake.heading']);
    for (const width of [320, 1280]) {
      await page.setViewportSize({ width, height: 800 });
      await assertFits(page, `${language}, empty, ${width}`);
      await assertAccessible(page, `${language}, empty, ${width}`);
      await shoot(page, `empty-${language}-${width}`);
    }
    await choose(page, 'badge.json');
    await answer(page, digests.badge);
    assert.equal(await page.locator('.word').innerText(), words['verdict.valid.word']);
    for (const group of ['unchanged', 'issuer', 'counts']) await page.click(`[data-group="${group}"] > summary`);
    await page.click('#rests > summary');
    await page.click('#change-sources > summary');
    await page.check('.panel .switch input');
    for (const width of [1280, 320]) {
      await page.setViewportSize({ width, height: 800 });
      await assertFits(page, `${language}, valid, ${width}`);
      await assertAccessible(page, `${language}, valid, ${width}`);
      await shoot(page, `valid-${language}-${width}`);
    }
    await choose(page, 'revoked.json');
    await answer(page, digests.revoked);
    await assertFits(page, `${language}, revoked`);
    assert.doesNotMatch(
      await page.locator('main').innerText(),
      /\{\w+\}|undefined|\b(code|verdict|trust|share|badge)\.[a-z]+\.?[a-z]+\b/,
    );
  });

/* What is not wholly within the first screen. */
const beyond = (page, ...selectors) =>
  page.evaluate(
    (all) =>
      all.filter((selector) => {
        const boxes = Array.from(document.querySelectorAll(selector), (node) => node.getBoundingClientRect());
        const isIn = ({ top, left, bottom, right }) => top >= 0 && left >= 0 && bottom <= innerHeight && right <= innerWidth;
        return boxes.length === 0 || !boxes.every((box) => box.height > 0 && isIn(box));
      }),
    selectors,
  );

for (const language of LANGUAGES)
  test(`on a phone, in ${language}: answer, picture and all names on the first screen`, async (t) => {
    const words = texts(language);
    const phone = { width: 360, height: 640, locale: language, hasTouch: true, isMobile: true };
    const page = await visit(t, `${node}/`, { ...phone, allowed: ['https://stranger.example'] });
    assert.equal(await page.locator('#choose').innerText(), words['intake.choose.sent']);
    assert.equal(await page.locator('#drop-title').isVisible(), false);
    for (const [name, wanted] of [
      ['badge', ['issuer', 'holder', 'title']],
      ['micro', ['issuer', 'holder', 'title']],
      ['stranger', ['issuer', 'title']],
      ['revoked', ['issuer', 'holder', 'title']],
    ]) {
      await choose(page, `${name}.json`);
      await answer(page, digests[name]);
      assert.equal(await page.evaluate(() => scrollY), 0, name);
      const lines = wanted.map((line) => `[data-name="${line}"]`);
      const parts = ['.verdict .word', '.verdict-picture img', '.names-words', ...lines];
      assert.deepEqual(await beyond(page, ...parts), [], name);
      await assertFits(page, `${language}, ${name}, phone`);
      await shoot(page, `phone-${name}-${language}`, { fullPage: false });
    }
  });

test('the language is chosen, and remembered', async (t) => {
  const page = await visit(t, `${node}/`, { locale: 'nl' });
  assert.equal(await page.evaluate(() => document.documentElement.lang), 'en');
  await choose(page, 'badge.json');
  await answer(page, digests.badge);
  await page.selectOption('#language', 'ar');
  assert.equal(await page.locator('.word').innerText(), texts('ar')['verdict.valid.word']);
  await page.reload();
  assert.equal(await page.evaluate(() => document.documentElement.dir), 'rtl');
});

for (const colorScheme of ['light', 'dark'])
  test(`every state, ${colorScheme}`, async (t) => {
    const silent = await serve(t, () => {});
    const state = async (name, url, act, options = {}) => {
      const page = await visit(t, url, {
        colorScheme,
        reducedMotion: 'reduce',
        allowed: [silent, 'https://stranger.example'],
        ...options,
      });
      await act(page);
      await assertAccessible(page, `${name}, ${colorScheme}`);
      await assertFits(page, name);
      await shoot(page, `${name}-${colorScheme}`);
    };
    for (const name of ['badge', 'expired', 'revoked', 'stranger', 'hostile', 'clr', 'ob2', 'micro', 'europass'])
      await state(name, `${node}/`, async (page) => {
        await choose(page, `${name}.json`);
        await answer(page, digests[name]);
      });
    await state('pdf', `${node}/`, async (page) => {
      await choose(page, 'pdf.pdf');
      await answer(page, digests.pdf);
    });
    for (const width of [1280, 360])
      await state(`replaced-${width}`, `${node}/`, async (page) => {
        await choose(page, 'replaced.json');
        await answer(page, digests.replaced);
        await page.locator('[data-relation]').waitFor();
      }, { width });
    for (const width of [1280, 360])
      await state(`recorded-${width}`, `${node}/`, async (page) => {
        await choose(page, 'achievement.json');
        await answer(page, digests.achievement);
      }, { width });
    await state('pasting', `${node}/`, (page) => page.click('.paste summary'));
    await state('linked', `${node}/c/${digests.badge}`, (page) => answer(page, digests.badge));
    await state('asking', await serveStatic(t), async (page) => {
      await choose(page, 'badge.json');
      await answer(page, digests.badge);
    });
    await state('wrong', `${node}/`, (page) => rely(page, { rpc: 'x', chain: '-1' }, { id: 'a', account: 'b' }));
    await state('trouble', `${node}/c/${digests.badge}#b=AAAA`, (page) => page.locator('#trouble').waitFor());
    await state('checking', await serveStatic(t, { rpc: [silent] }), async (page) => {
      await choose(page, 'badge.json', 'badge.receipt.json');
      await page.locator('#progress').waitFor();
    });
    await state('card', `${node}/embed/${digests.badge}`, (page) => answer(page, digests.badge), {
      width: 320,
      height: 200,
    });
  });

test('the card fits every frame, whatever it says', async (t) => {
  const maker = await visit(t, `${node}/`);
  await choose(maker, 'wordy.json');
  await answer(maker, digests.wordy);
  await maker.check('#share-inside');
  const link = (await maker.locator('#share-link').inputValue()).replace('/c/', '/embed/');
  const [address, inside] = link.split('#');
  for (const language of LANGUAGES)
    for (const [state, url, selector] of [
      ['wordy', link, '[data-verdict="unknown_issuer"]'],
      ['known', `${address}?x`, '[data-verdict="anchored"]'],
      ['cut', `${address}#${inside.slice(0, -40)}`, '.card[data-tone="bad"]'],
    ]) {
      const page = await visit(t, url, { locale: language });
      await page.locator(selector).waitFor();
      for (const [width, height] of [[400, 190], [320, 190], [400, 120], [200, 190], [120, 120]]) {
        await page.setViewportSize({ width, height });
        const name = `${state}, ${language}, ${width} x ${height}`;
        const found = await page.evaluate(() => {
          const { scrollWidth, scrollHeight, clientWidth, clientHeight } = document.documentElement;
          const isIn = (box) => box.top >= 0 && box.left >= 0 && box.bottom <= innerHeight && box.right <= innerWidth;
          const parts = ['.word', '.card-link'].map((one) => document.querySelector(one));
          return {
            scrolls: scrollWidth > clientWidth || scrollHeight > clientHeight,
            inside: parts.every((one) => isIn(one.getBoundingClientRect())),
            apart: parts[0].getBoundingClientRect().bottom <= parts[1].getBoundingClientRect().top + 1,
            whole: parts[0].scrollHeight <= parts[0].clientHeight + 2,
          };
        });
        assert.deepEqual(found, { scrolls: false, inside: true, apart: true, whole: true }, name);
        await shoot(page, `card-${state}-${language}-${width}-${height}`, { fullPage: false });
      }
      await assertAccessible(page, `${state}, ${language}`);
      await page.close();
    }
});

test('forced colours keep the answer’s shape', async (t) => {
  const page = await visit(t, `${node}/`, { forcedColors: 'active' });
  await choose(page, 'badge.json');
  await answer(page, digests.badge);
  assert.equal(await page.evaluate(() => getComputedStyle(document.querySelector('.verdict')).borderStyle), 'solid');
  await shoot(page, 'forced-colours');
});

test('everything is reached by keyboard, in order, and seen to be', async (t) => {
  const page = await visit(t, `${node}/`);
  await choose(page, 'badge.json');
  await answer(page, digests.badge);
  const wanted = await page.evaluate(() => {
    const all = [...document.querySelectorAll('a[href], button, input:not([type=file]), select, textarea, summary')];
    return all.filter((one) => one.checkVisibility()).length;
  });
  const seen = [];
  await page.focus('.skip');
  await page.keyboard.press('Shift+Tab');
  for (let i = 0; i < wanted + 5; i++) {
    await page.keyboard.press('Tab');
    const at = await page.evaluate(() => {
      const node = document.activeElement;
      if (node === document.body) return null;
      const box = node.getBoundingClientRect();
      node.dataset.visits = Number(node.dataset.visits ?? 0) + 1;
      const { outlineStyle, outlineWidth } = getComputedStyle(node);
      return {
        name: node.outerHTML.slice(0, 80),
        again: node.dataset.visits > 1,
        ring: outlineStyle !== 'none' && outlineWidth !== '0px',
        width: box.width,
        height: box.height,
        inText: node.closest('p, dd, li, .under') !== null,
      };
    });
    if (!at || at.again) break;
    seen.push(at);
  }
  assert.ok(seen.length >= wanted - 1, `${seen.length} of ${wanted}: ${seen.map(({ name }) => name).join('\n')}`);
  for (const one of seen) {
    assert.ok(one.ring, `no ring: ${one.name}`);
    if (!one.inText) assert.ok(one.width >= 24 && one.height >= 24, `too small: ${one.name}`);
  }
});
