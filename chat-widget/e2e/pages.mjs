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
  settled,
  signInAs,
  signOut,
  story,
  visit,
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

mkdirSync(OUTPUT, { recursive: true });
const server = await startServer();
const browser = await launch();
const checks = new Checks();

async function look(page, name) {
  await settled(page).catch(() => undefined);
  await page.screenshot({ path: `${OUTPUT}${name}.png` });
  checks.none(await axe(page), `${name}: axe`);
  checks.that(!(await overflows(page)), `${name}: nothing sticks out to the side`);
}

try {
  const made = await story(browser, server.url);
  for (const [name, options] of LOOKS) {
    const language = name === 'es' ? 'es' : 'en';
    const { page, context, problems } = await openPage(browser, server.url, options);
    await page.locator('.signin-card').waitFor();
    checks.that((await page.locator('html').getAttribute('lang')) === language, `${name}: the language of the page`);
    await look(page, `signin-${name}`);
    await signInAs(page, 'sam');
    await look(page, `welcome-${name}`);

    await say(page, REQUEST[language]);
    await page.locator('.draft .steps, .questions').first().waitFor({ state: 'attached' });
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

    const routes = ['approvals', 'workflows', 'executions', 'outbox', ...made];
    for (const route of routes) {
      await visit(page, route);
      checks.that((await page.title()).endsWith('· Auterity'), `${name}: ${route} has a title`);
      checks.that((await page.locator('#main [role=alert]').count()) === 0, `${name}: ${route} shows no error`);
      await look(page, `${route.replace(/\/.*/, '-one')}-${name}`);
    }
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
