/**
 * Every page in light, in dark and on a phone, in both languages, against a real server: no script errors, no axe
 * violations, nothing sticks out. Starts the server itself unless E2E_URL names one; pictures go to e2e/output.
 */
import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import {
  axe,
  Checks,
  DESKTOP,
  launch,
  openPage,
  overflows,
  PHONE,
  say,
  secondVersion,
  settled,
  signInAs,
  signOut,
  smallTargets,
  story,
  visit,
  watchShifts,
} from './lib.mjs';
import { startServer } from './server.mjs';

const OUTPUT = fileURLToPath(new URL('./output/', import.meta.url));
const LOOKS = [
  ['light', { viewport: DESKTOP }],
  ['dark', { viewport: DESKTOP, dark: true }],
  ['phone', { viewport: PHONE }],
  ['es', { viewport: DESKTOP, language: 'es-MX' }],
];
const REQUEST = {
  en: 'When a new internet lead comes in, text the customer within five minutes and create a call task for the owner.',
  es: 'Cuando entre un prospecto de internet, envía un mensaje de texto al cliente y crea una tarea para el responsable.',
};

const ROUTES = [
  'drafts',
  'drafts?show=stores',
  'drafts?show=all',
  'drafts?show=conversations',
  'approvals',
  'workflows',
  'executions',
  'outbox',
  'records',
  'knowledge',
  'knowledge?show=shipped',
  'knowledge?q=how+late+may+we+text+in+texas',
  'documents/quiet-hours',
  'documents/T01',
];

mkdirSync(OUTPUT, { recursive: true });
const server = await startServer();
const browser = await launch();
const checks = new Checks();
/** Route of a request for another version of what runs. */
let second;

async function look(page, name) {
  await settled(page).catch(() => undefined);
  await page.screenshot({ path: `${OUTPUT}${name}.png`, fullPage: true });
  checks.none(await axe(page), `${name}: axe`);
  checks.that(!(await overflows(page)), `${name}: nothing sticks out to the side`);
  if (name.endsWith('-phone')) checks.none(await smallTargets(page), `${name}: everything can be hit with a finger`);
}

/** From a moment of a story to what it sent, and to the step of the workflow. */
async function links(page, story) {
  await visit(page, story);
  await page.locator('.moment-links a[href*="outbox"]').first().click();
  const row = page.locator('.card-shown');
  await row.waitFor();
  checks.that((await row.count()) === 1, 'a story leads to the row of the outbox that it made');
  await visit(page, story);
  await page.locator('.moment-links a[href*="workflows/"]').first().click();
  const step = page.locator('.step-shown');
  await step.waitFor();
  checks.that(await step.evaluate((item) => item === document.activeElement), 'a story leads to the step of the workflow');
}

/** A request made in English, read in Spanish: no sentence of ours is left in English. */
async function spanish(page, route) {
  await visit(page, route);
  const ours = '.changes, .finding, .brakes, .steps, .table .value, .table .source, .review-side .facts, .section-title, .notice';
  const texts = await page.locator(ours).allInnerTexts();
  checks.that(texts.length > 10, 'es: the request is there to be read');
  // What was written for people stays as it was written, in quotation marks.
  const said = texts.map((text) => text.replace(/“[^”]*”/g, ''));
  const english = said.filter((text) => /\b(the|step|added|removed|wait|when|reply|nobody|tell|customer|with|from)\b/i.test(text));
  checks.none(english, 'es: changes, steps, findings, brakes and values are in Spanish');
  checks.that((await page.locator('.table .value', { hasText: '${' }).count()) === 0, 'es: no value is code');
}

/** Lets a system in, gives it another secret, and ends it. */
async function senders(page, name) {
  await open(page, 'senders', name);
  await page.locator('.page .actions .button-main').click();
  await page.locator('dialog input').first().fill(`DMS ${name}`);
  await page.locator('dialog input').nth(1).fill(`/dealers/lakeside-toyota/dms-${name}`);
  await look(page, `senders-new-${name}`);
  const secret = async () => {
    await page.locator('dialog .button-main').click();
    const shown = page.locator('dialog .secret code', { hasText: 'whsec_' });
    await shown.waitFor();
    return shown.innerText();
  };
  const first = await secret();
  await page.keyboard.press('Escape');
  checks.that(await page.locator('dialog .secret').isVisible(), `${name}: Escape does not take the secret away`);
  await look(page, `senders-secret-${name}`);
  await page.locator('dialog .button-main').click();
  const row = page.locator('.cards > li', { hasText: `DMS ${name}` });
  await row.locator('button').first().click();
  checks.that((await secret()) !== first, `${name}: a new secret is another one`);
  await page.locator('dialog .button-main').click();
  await row.locator('button').nth(1).click();
  await page.locator('dialog .button-bad').click();
  await row.locator('.badge').waitFor();
  checks.that((await row.locator('button').count()) === 0, `${name}: what was ended stays, and can do no more`);
  await look(page, `senders-ended-${name}`);
}

/** A manager adds a file, finds what stands in it, reads it, and removes it. */
async function knowledge(page, name) {
  await visit(page, 'knowledge');
  const row = page.locator('.cards > li', { hasText: `Loaner cars ${name}` });
  const text = `# Loaner cars ${name}\n\nA loaner walrus comes back with a full tank.\n`;
  await page.locator('.uploads input').setInputFiles({ name: `loaners-${name}.md`, mimeType: 'text/markdown', buffer: Buffer.from(text) });
  await row.waitFor();
  await look(page, `knowledge-own-${name}`);
  await visit(page, 'knowledge?q=loaner+walrus');
  const found = page.locator('ol.cards > li').first();
  await found.waitFor();
  checks.that(/walrus/.test(await found.innerText()), `${name}: what was added is found at once`);
  await look(page, `knowledge-found-${name}`);
  await found.locator('a').first().click();
  await page.locator('.document h1', { hasText: `Loaner cars ${name}` }).waitFor();
  await look(page, `knowledge-document-${name}`);
  await visit(page, 'knowledge');
  await row.locator('button').click();
  await look(page, `knowledge-remove-${name}`);
  await page.locator('dialog .button-bad').click();
  await row.waitFor({ state: 'detached' });
}

/** Opens a page by its address and looks at it. */
async function open(page, route, look_) {
  await visit(page, route);
  await page.locator('#main h1').first().waitFor();
  checks.that((await page.title()).endsWith('· Auterity'), `${look_}: ${route} has a title`);
  checks.that((await page.locator('#main [role=alert]').count()) === 0, `${look_}: ${route} shows no error`);
  await look(page, `${nameOf(route)}-${look_}`);
}

function nameOf(route) {
  if (route === second) return 'approvals-second';
  const [path, query] = route.split('?');
  return `${path.replace(/\/[a-z]+_.*/, '-one').replaceAll('/', '-')}${query ? `-${query.split('=')[1].replaceAll('+', '-')}` : ''}`;
}

/** The word that says what kind of change it is. */
const MARK = /\s+(added|changed|moved|añadido|cambiado|movido)$/;

/** Shows the steps of a page as a diagram, goes through it by keyboard, and puts the list back. */
async function diagram(page, route, name) {
  await visit(page, route);
  const list = await page.locator('.steps .step-text').allInnerTexts();
  await page.locator('.section-head .switch button').nth(1).click();
  await page.locator('.diagram .box').first().waitFor();
  await look(page, name);
  const boxes = await page.locator('.diagram .box-text').allInnerTexts();
  const spoken = list.filter((text) => /^\d/.test(text)).map((text) => text.replace(MARK, '').replace(/[:.]$/, ''));
  const missing = spoken.filter((text) => !boxes.some((box) => box.replace(/\s+/g, ' ').trim() === text.replace(/\s+/g, ' ').trim()));
  checks.none(missing, `${name}: every step of the list stands in the diagram in the same words`);
  await page.locator('.diagram .box').first().focus();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  checks.that((await page.locator('.diagram-detail').count()) === 1, `${name}: a step opens by keyboard`);
  checks.that((await page.locator('.diagram .box[tabindex="0"]').count()) === 1, `${name}: the diagram is one stop of the keyboard`);
  await page.locator('.section-head .switch button').first().click();
}

try {
  const made = await story(browser, server.url);
  second = await secondVersion(server.url);
  for (const [name, options] of LOOKS) {
    const language = name === 'es' ? 'es' : 'en';
    const { page, context, problems } = await openPage(browser, server.url, options);
    await page.locator('.signin-card').waitFor();
    checks.that((await page.locator('html').getAttribute('lang')) === language, `${name}: the language of the page`);
    await look(page, `signin-${name}`);
    await signInAs(page, 'sam');
    await look(page, `welcome-${name}`);

    const shifted = await watchShifts(page);
    await say(page, REQUEST[language]);
    await page.locator('.draft .steps, .questions').first().waitFor({ state: 'attached' });
    const score = await shifted();
    checks.that(score < 0.1, `${name}: while an answer streams the page stays where it is: ${score.toFixed(3)}`);
    await look(page, `assistant-${name}`);
    if (name === 'phone' && (await page.locator('.assistant > .switch').count()) > 0) {
      await page.locator('.assistant > .switch button').nth(1).click();
      await look(page, `draft-${name}`);
    }
    // A reload keeps the sign-in and finds the conversation again.
    const before = await page.locator('.message').count();
    await page.reload();
    await page.locator('.message').first().waitFor({ state: 'attached' });
    await settled(page);
    checks.that((await page.locator('.message').count()) === before, `${name}: a reload loses no message`);

    const [request, workflow, over, waiting] = made;
    for (const route of [...ROUTES, request, second, workflow, over]) await open(page, route, name);
    if (name === 'es') await spanish(page, second);
    await visit(page, waiting);
    await page.locator('.moment-now .gap, .moment-now').first().waitFor();
    await look(page, `executions-waiting-${name}`);
    if (name === 'light') await links(page, over);
    await diagram(page, workflow, `workflows-diagram-${name}`);
    await diagram(page, second, `approvals-diagram-${name}`);
    await signOut(page);
    await signInAs(page, 'maria');
    await knowledge(page, name);
    await signOut(page);
    await signInAs(page, 'alex');
    await open(page, 'users', name);
    await page.locator('.page .actions .button-main').click();
    await look(page, `users-new-${name}`);
    await page.keyboard.press('Escape');
    await senders(page, name);
    await signOut(page);
    checks.none(problems, `${name}: no script errors`);
    await context.close();
  }

  await keyboard();
  await wrongPassword();
} finally {
  await browser.close();
  await server.stop();
}
checks.end();

/** Signing in and sending a message without a mouse. */
async function keyboard() {
  const { page, context } = await openPage(browser, server.url);
  await page.locator('input[name=email]').focus();
  await page.keyboard.type('sam@lakeside.example');
  await page.keyboard.press('Tab');
  await page.keyboard.type('demo');
  await page.keyboard.press('Enter');
  await page.locator('nav.nav').waitFor();
  checks.that(await page.evaluate(() => document.activeElement?.id === 'composer'), 'the field is ready to type');
  await visit(page, 'workflows');
  await page.reload();
  await page.locator('nav.nav').waitFor();
  await page.keyboard.press('Tab');
  checks.that(await page.evaluate(() => document.activeElement?.classList.contains('skip')), 'the first stop skips the frame');
  await page.keyboard.press('Enter');
  checks.that(await page.evaluate(() => document.activeElement?.id === 'main'), 'skipping lands in the content');
  await visit(page, 'assistant');
  await page.locator('#composer').focus();
  await page.keyboard.type('one');
  await page.keyboard.press('Shift+Enter');
  await page.keyboard.type('two');
  checks.that((await page.locator('#composer').inputValue()) === 'one\ntwo', 'Shift and Enter begins a new line');
  await context.close();
}

async function wrongPassword() {
  const { page, context } = await openPage(browser, server.url, { expected: [/401/] });
  await page.locator('input[name=email]').fill('sam@lakeside.example');
  await page.locator('input[name=password]').fill('wrong');
  await page.locator('form .button-main').click();
  const alert = page.getByRole('alert');
  await alert.waitFor();
  checks.that(/password is wrong/.test((await alert.textContent()) ?? ''), 'a wrong password says what is wrong');
  await context.close();
}
