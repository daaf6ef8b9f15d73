// The page without any node, which is stopped by now: from a file and from a plain static server, with a bundle that it
// saved before, and a provider of the reader's choice.
import assert from 'node:assert/strict';
import test from 'node:test';
import { answer, asFile, choose, drop, rely, scene, serveStatic, shoot, visit } from '../support/page_browser.mjs';

const { rpc, digests, issuer, issuerId } = scene;

for (const [from, urlOf] of [
  ['a file', async () => asFile],
  ['a static server', (t) => serveStatic(t)],
])
  test(`a bundle at the page from ${from}`, async (t) => {
    // the reader names the issuer below, whose host is then asked for the key of a token
    const page = await visit(t, await urlOf(t), { allowed: [new URL(issuerId).origin] });
    await drop(page, 'badge.bundle.json');
    const offline = await answer(page, digests.badge);
    assert.equal(offline.verdict, 'unverifiable');
    assert.equal(offline.codes.inclusion, 'inclusion_holds');
    assert.match(await page.locator('#badge').innerText(), /Applied Data Science/);
    await shoot(page, from === 'a file' ? 'offline-asks' : 'static-asks');

    await page.fill('#ask-rpc', rpc);
    await page.keyboard.press('Enter');
    await page.locator('[data-verdict="unknown_issuer"]').waitFor();
    await rely(page, {}, { id: issuerId, account: issuer });
    await page.locator('[data-verdict="valid"]').waitFor();
    const isKept = await page.evaluate(() => localStorage.getItem('badged.sources') !== null);
    assert.equal(isKept, from !== 'a file', 'other files share the memory of this one');
    assert.match(await page.locator('#kept').textContent(), isKept ? /kept in this browser only/ : /not kept/);

    await choose(page, 'jwt.bundle.json');
    assert.equal((await answer(page, digests.jwt)).verdict, 'valid');
    await choose(page, 'pdf.pdf', 'pdf.receipt.json');
    assert.equal((await answer(page, digests.pdf)).verdict, 'unknown_issuer');
  });

test('a link from a static server carries badge and receipt', async (t) => {
  const page = await visit(t, await serveStatic(t, { rpc: [rpc], accreditors: [issuer] }));
  await choose(page, 'badge.bundle.json');
  assert.equal((await answer(page, digests.badge)).verdict, 'valid');
  const link = await page.locator('#share-link').inputValue();
  assert.match(link, /^http:\/\/127\.0\.0\.1:\d+\/#b=/);
  const other = await visit(t, link);
  assert.equal((await answer(other, digests.badge)).verdict, 'valid');
});

test('a node that is gone is no reason to doubt a badge', async (t) => {
  const page = await visit(t, await serveStatic(t, { node: scene.node, rpc: [rpc], accreditors: [issuer] }), {
    allowed: [scene.node],
  });
  await choose(page, 'badge.json');
  const found = await answer(page, digests.badge);
  assert.equal(found.verdict, 'unverifiable');
  assert.deepEqual(found.notices, ['notice.receipt.unreachable']);
});
