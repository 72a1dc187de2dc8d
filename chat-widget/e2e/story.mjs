/**
 * The main story, in the page, at any hour of the day: a salesperson's sentence, the draft, an edit, a manager's
 * approval, a lead, the text, `kill -9` and a new start, the wait that goes on, the manager's notice.
 * E2E_SHOTS names a folder for pictures of the main moments. E2E_AHEAD (such as PT7H) moves the engine's clock first,
 * to try another hour.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';

import { axe, Checks, fireLead, firstOf, interfaceOf, launch, openPage, say, settled, signInAs, visit } from './lib.mjs';
import { startServer } from './server.mjs';

const REQUEST = 'when a new internet lead comes in text them right away and if they dont answer in ten min ping the sales mgr';
const EDIT = 'make it 5 minutes instead';
/** What a browser says while the server is dead. */
const DEAD = [/net::ERR_/];
const shots = process.env.E2E_SHOTS;
if (shots) mkdirSync(shots, { recursive: true });

if (process.env.E2E_URL) throw new Error('the story kills its server: it does not run against E2E_URL');
const server = await startServer();
const browser = await launch();
const checks = new Checks();
let taken = 0;

/** A picture of a moment; a light one, as every picture of the story. */
async function shot(page, name) {
  if (!shots) return;
  taken += 1;
  await page.screenshot({ path: join(shots, `${String(taken).padStart(2, '0')}-${name}.png`) });
}

function textOf(page, selector) {
  return page.locator(selector).first().innerText();
}

function textsOf(page, selector) {
  return page.locator(selector).allInnerTexts();
}

/** Every value of a document by its pointer. */
function leaves(value, pointer = '') {
  if (value === null || typeof value !== 'object') return [[pointer, value]];
  return Object.entries(value).flatMap(([key, inner]) => leaves(inner, `${pointer}/${key}`));
}

/** The draft on screen: its document, its digest and its steps by pointer. */
async function draftOn(page) {
  const steps = await page.locator('.draft .step[data-pointer]').evaluateAll((items) =>
    items.map((item) => [item.dataset.pointer, item.querySelector('.step-text').textContent]),
  );
  return {
    document: new Map(leaves(JSON.parse(await page.locator('.draft details.more pre').textContent()))),
    digest: await page.locator('.draft-head [title^="sha256:"]').getAttribute('title'),
    steps: new Map(steps),
  };
}

const sam = await openPage(browser, server.url, { expected: DEAD });
const maria = await openPage(browser, server.url, { expected: DEAD });
try {
  const interface_ = await interfaceOf(server.url, 'maria');
  if (process.env.E2E_AHEAD) await interface_('POST', '/v1/engine/clock/skip', { by: process.env.E2E_AHEAD });

  const digest = await describe(sam.page);
  await approve(maria.page, digest);
  const { customer, execution } = await lead(maria.page, interface_);
  await waits(maria.page, execution, customer);
  await crash(sam.page, maria.page);
  await pinged(maria.page, execution, customer, interface_);

  const audit = await server.command('audit', 'verify');
  checks.that(audit.code === 0, `the audit log holds: ${audit.said}`);
  checks.none(sam.problems, 'no script errors for Sam');
  checks.none(maria.problems, 'no script errors for Maria');
} catch (error) {
  await shot(sam.page, 'failed-sam').catch(() => undefined);
  await shot(maria.page, 'failed-maria').catch(() => undefined);
  checks.that(false, error.stack);
} finally {
  await browser.close();
  await server.stop();
}
checks.end();

/** The salesperson says what they want, changes it, and submits it; answers the digest. */
async function describe(page) {
  await signInAs(page, 'sam');
  await shot(page, 'welcome');
  await say(page, REQUEST);
  await page.locator('.draft .steps').first().waitFor();
  const read = await textOf(page, '.draft .steps');
  checks.that(/internet/i.test(read) && /lead/i.test(read), `the draft starts with an internet lead: ${read}`);
  checks.that(/text the customer/i.test(read), `the draft texts the customer: ${read}`);
  checks.that(/\b(10|ten) minutes\b/i.test(read), `the draft waits ten minutes: ${read}`);
  checks.that(/sales manager/i.test(read), `the draft tells the sales manager: ${read}`);
  checks.that((await page.locator('.message-user').count()) === 1, 'the message stands in the conversation');
  await shot(page, 'draft');
  const before = await draftOn(page);

  await say(page, EDIT);
  await page.locator('.draft-head', { hasText: 'Revision 2' }).waitFor();
  const after = await draftOn(page);
  const changed = [...after.document].filter(([pointer, value]) => before.document.get(pointer) !== value);
  checks.that(before.document.size === after.document.size && changed.length > 0, 'the edit adds and removes nothing');
  for (const [pointer, value] of changed) {
    checks.that(value === String(before.document.get(pointer)).replace('10', '5').replace('PT10M', 'PT5M'), `only ten became five: ${pointer}: ${value}`);
  }
  const listed = await textsOf(page, '.draft .change');
  // the summary is derived from the rest, and says again what is listed
  const own = changed.filter(([pointer]) => pointer !== '/document/summary');
  checks.that(listed.length === own.length, `exactly what changed is listed: ${listed.join(' | ')}`);
  checks.that(listed.every((line) => /10 minutes.*5 minutes/s.test(line)), `from ten to five: ${listed.join(' | ')}`);
  const lit = await page.locator('.draft .step-changed').evaluateAll((items) => items.map((item) => item.dataset.pointer));
  const different = [...after.steps.keys()].filter((pointer) => before.steps.get(pointer) !== after.steps.get(pointer));
  checks.that(lit.length > 0 && lit.join() === different.join(), `exactly what changed is lit up: ${lit.join()}`);
  checks.that(before.digest !== after.digest, 'another content has another digest');
  await shot(page, 'edit');

  await page.locator('.draft-foot .button-main').click();
  await page.locator('dialog[open]').waitFor();
  checks.that(/revision 2/i.test(await textOf(page, 'dialog')), 'the confirmation names the revision');
  checks.none(await axe(page), 'the confirmation: axe');
  await shot(page, 'confirm');
  await page.locator('dialog .button-main').click();
  await page.locator('.draft .notice a').waitFor();
  await shot(page, 'submitted');
  return after.digest;
}

/** The manager reads it in plain words and approves exactly this. */
async function approve(page, digest) {
  await signInAs(page, 'maria');
  const request = await firstOf(page, 'approvals');
  await shot(page, 'approvals');
  await visit(page, request);
  await page.locator('.decide').waitFor();
  const read = await textOf(page, '.review-what .steps');
  checks.that(/text the customer/i.test(read) && /\b5 minutes\b/.test(read), `the manager reads the edited content: ${read}`);
  checks.that(!/\b(10|ten) minutes\b/i.test(read), `nothing of before the edit is left: ${read}`);
  checks.that(`sha256:${await textOf(page, '.digest code')}` === digest, 'the manager decides on the digest of the draft');
  checks.that((await page.locator('.samples .bubble').count()) > 0, 'the messages stand there as people would read them');
  await shot(page, 'review');
  await page.locator('.decide .button-main').click();
  await page.locator('.review-side .notice-good').waitFor();
  await shot(page, 'approved');
}

/** A lead comes in and is texted as soon as the law permits; answers the customer's name and the execution's route. */
async function lead(page, interface_) {
  await fireLead(page);
  const route = await firstOf(page, 'executions');
  await visit(page, route);
  const texted = page.locator('.moment', { hasText: 'Texted' });
  const held = page.locator('.moment-now', { hasText: /Waiting until .+ to text / });
  await texted.or(held).first().waitFor();
  // At night, and on Sunday morning in some states, the text waits for permitted hours: skip ahead to them.
  if ((await held.count()) > 0) {
    checks.that(/quiet hours/.test(await held.innerText()), `a text that is held says why: ${await held.innerText()}`);
    await shot(page, 'held');
    const { wakes_at } = (await interface_('GET', '/v1/executions')).items[0];
    const { now } = await interface_('GET', '/v1/engine/clock');
    const hours = Math.ceil((new Date(wakes_at) - new Date(now)) / 3_600_000);
    for (let hour = 0; hour < hours; hour += 1) await skip(page, '1 hour');
  }
  await texted.waitFor();

  await visit(page, 'outbox');
  const sent = page.locator('.cards .card', { hasText: 'Text →' }).filter({ has: page.locator('.badge-good') });
  await sent.first().waitFor();
  checks.that((await sent.count()) === 1, 'exactly one text was sent');
  const body = await sent.locator('.bubble').innerText();
  checks.that(/^Hi \w+/.test(body) && !/[{}]|\bnull\b|undefined/.test(body), `the text is filled in: ${body}`);
  checks.that((await page.locator('.cards .card').count()) === 1, 'nobody was pinged yet');
  await shot(page, 'sent');
  return { customer: /^Hi (\w+)/.exec(body)?.[1], execution: route };
}

/** Presses a button of "Skip ahead". */
async function skip(page, words) {
  const moved = page.waitForResponse((response) => response.url().endsWith('/v1/engine/clock/skip') && response.ok());
  await page.getByRole('button', { name: words, exact: true }).click();
  await moved;
}

/** The wait has started. */
async function waits(page, execution, customer) {
  await visit(page, execution);
  const now = page.locator('.moment-now', { hasText: /Waiting for a reply until/ });
  await now.waitFor();
  const moments = await textsOf(page, '.moment');
  checks.that(moments.some((line) => line.includes('Texted') && line.includes(customer)), `the text is in the story: ${moments.join(' | ')}`);
  checks.that((await now.count()) === 1, 'one wait is open');
  await shot(page, 'waiting');
}

/** `kill -9`, and a new start on the same data: what was there is there. */
async function crash(author, manager) {
  const messages = await textsOf(author, '.message');
  const draft = await draftOn(author);
  await server.kill();
  const alive = await fetch(`${server.url}/health/live`).then(() => true, () => false);
  checks.that(!alive, 'the server is dead');
  await server.start();

  await author.reload();
  await author.locator('nav.nav').waitFor();
  await author.locator('.draft .steps').first().waitFor();
  await settled(author);
  const found = await textsOf(author, '.message');
  checks.that(found.length >= 4 && found.join('\n') === messages.join('\n'), 'no message was lost or changed');
  const again = await draftOn(author);
  checks.that(again.digest === draft.digest, 'the draft is there, with its digest');
  checks.that(/approved/.test(await textOf(author, '.draft-head .badge')), 'the draft is approved');
  await shot(author, 'recovered');

  // The manager's page was open all the time and finds the new server without a reload.
  const now = manager.locator('.moment-now', { hasText: /Waiting for a reply until/ });
  checks.that((await now.count()) === 1, 'the wait goes on');
}

/** Five minutes later the manager is pinged, and the story can be read. */
async function pinged(page, execution, customer, interface_) {
  await interface_('POST', '/v1/engine/clock/skip', { by: 'PT5M' });
  await page.locator('.row .badge-good', { hasText: 'completed' }).waitFor({ timeout: 40_000 });
  const moments = (await page.locator('.moment p').allInnerTexts()).map((line) => line.trim());
  const expected = [/prospect|lead/i, /^Texted /, /^Waiting for a reply until /, /^Nothing came by /, /^Told .*sales manager/, /^Finished/];
  const told = moments.filter((line) => !/^Wait(ing|ed) until .+ to text /.test(line));
  checks.that(
    told.length === expected.length && expected.every((pattern, at) => pattern.test(told[at])),
    `the whole story, step by step: ${moments.join(' | ')}`,
  );
  checks.that(told[0].includes(customer), 'the story names the customer');
  checks.none(await axe(page), 'the story: axe');
  await shot(page, 'story');

  await visit(page, 'outbox');
  const notice = page.locator('.cards .card', { hasText: 'No answer' });
  await notice.first().waitFor();
  const words = await notice.first().innerText();
  checks.that((await notice.count()) === 1, 'the manager is pinged once');
  checks.that(/Maria Lopez/.test(words) && words.includes(customer) && /5 minutes/.test(words), `the notice says what happened: ${words}`);
  const rows = (await interface_('GET', `/v1/outbox?execution=${execution.split('/')[1]}`)).items;
  const texts = rows.filter((row) => row.channel === 'sms' && row.status === 'sent');
  checks.that(texts.length === 1, 'the crash sent no second text');
  await shot(page, 'pinged');
}
