/** What browser tests share: a browser, a signed-in page, axe, and the texts to look for. */
import { createRequire } from 'node:module';
import { existsSync } from 'node:fs';

import { chromium } from 'playwright-core';

const require = createRequire(import.meta.url);

/** Where the browser is. */
export function browserPath() {
  const places = [process.env.CHROME, '/usr/bin/chromium', '/usr/bin/google-chrome', '/usr/bin/chromium-browser'];
  const found = places.find((place) => place && existsSync(place));
  if (!found) throw new Error('no Chromium: install it or set CHROME to its path');
  return found;
}

export async function launch() {
  return chromium.launch({
    executablePath: browserPath(),
    args: [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}

export const DESKTOP = { width: 1280, height: 860 };
export const PHONE = { width: 390, height: 844 };

/**
 * A page that remembers what went wrong: script errors, console errors, refused resources.
 * `expected` lists patterns of console errors a test provokes on purpose.
 */
export async function openPage(browser, base, options = {}) {
  const { viewport = DESKTOP, dark = false, language = 'en-US', expected = [] } = options;
  const context = await browser.newContext({
    viewport,
    colorScheme: dark ? 'dark' : 'light',
    locale: language,
    reducedMotion: options.motion ? 'no-preference' : 'reduce',
  });
  const page = await context.newPage();
  page.setDefaultTimeout(options.timeout ?? 15_000);
  const problems = [];
  page.on('pageerror', (error) => problems.push(`page error: ${error.message}`));
  page.on('console', (message) => {
    if (message.type() !== 'error') return;
    const text = message.text();
    if (!expected.some((pattern) => pattern.test(text))) problems.push(`console: ${text}`);
  });
  await page.goto(base);
  return { page, context, problems };
}

/** Signs in as one of the demo people by the button with their name: `sam`, `maria`, `grace` or `alex`. */
export async function signInAs(page, first) {
  const name = first[0].toUpperCase() + first.slice(1);
  await page.getByRole('button', { name: new RegExp(`^${name}`) }).click();
  await page.locator('nav.nav').waitFor();
}

export async function signOut(page) {
  await page.locator('.account .menu-button').click();
  await page.locator('.account .menu-panel .button').click();
  await page.locator('.signin').waitFor();
}

/** Opens a page of the application by its address and waits until it has stopped loading. */
export async function visit(page, route) {
  await page.evaluate((to) => {
    window.location.hash = to;
  }, `#/${route}`);
  await page.locator('#main').waitFor();
  await settled(page);
}

/** Nothing on the page says that it is loading. */
export async function settled(page) {
  await page.waitForFunction(() => !document.querySelector('#main .loading, .splash'));
}

/** Types a message to the assistant and waits until the answer is complete. */
export async function say(page, text, timeout = 60_000) {
  await page.locator('#composer').fill(text);
  await page.locator('#composer').press('Enter');
  await page.locator('.transcript[aria-busy="true"]').waitFor({ timeout: 5_000 }).catch(() => undefined);
  await page.locator('.transcript[aria-busy="false"]').waitFor({ timeout });
}

/** The route of the first entry of a list page, such as `approvals/apr_…`; waits until there is one. */
export async function firstOf(page, list, timeout = 30_000) {
  await visit(page, list);
  const link = page.locator('.cards .card-link').first();
  await link.waitFor({ timeout });
  return (await link.getAttribute('href')).replace('#/', '');
}

/** Submits the draft on screen, through the confirmation. */
export async function submitDraft(page) {
  await page.locator('.draft-foot .button-main').click();
  await page.locator('dialog .button-main').click();
  await page.locator('.draft .notice a').waitFor();
}

/** Opens the first request that waits for the caller and approves it. */
export async function approveFirst(page) {
  const route = await firstOf(page, 'approvals');
  await visit(page, route);
  await page.locator('.decide .button-main').first().click();
  await page.locator('.review-side .notice-good').waitFor();
  return route;
}

/** Fires a sample lead from the demo bar. */
export async function fireLead(page) {
  await page.locator('.demo .chip-main').click();
  await page.waitForFunction(() => document.querySelector('.demo-said')?.textContent?.endsWith('.'));
}

/**
 * One workflow from words to executions; answers the routes of what it made: request, workflow, an execution that is
 * over, one that waits.
 */
export async function story(browser, base) {
  const sam = await openPage(browser, base);
  await signInAs(sam.page, 'sam');
  await say(sam.page, 'When a new internet lead comes in, text the customer. If they do not reply within 10 minutes, tell the sales manager.');
  await submitDraft(sam.page);
  await sam.context.close();
  const maria = await openPage(browser, base);
  await signInAs(maria.page, 'maria');
  const request = await approveFirst(maria.page);
  const workflow = await firstOf(maria.page, 'workflows');
  await fireLead(maria.page);
  const execution = await firstOf(maria.page, 'executions');
  // To the end of the first story; a second one waits.
  await maria.page.getByRole('button', { name: 'Next moment' }).click();
  await visit(maria.page, execution);
  const over = maria.page.locator('.row .badge-good', { hasText: 'completed' });
  for (let moved = 0; moved < 4 && (await over.count()) === 0; moved += 1) {
    await maria.page.waitForTimeout(1_000);
    if ((await over.count()) === 0) await maria.page.getByRole('button', { name: 'Next moment' }).click();
    await over.waitFor({ timeout: 4_000 }).catch(() => undefined);
  }
  await fireLead(maria.page);
  const waiting = await firstOf(maria.page, 'executions?status=waiting');
  await maria.context.close();
  return [request, workflow, execution, waiting];
}

/** Violations of WCAG 2.2 A and AA, as lines. */
export async function axe(page) {
  if (!(await page.evaluate(() => 'axe' in window))) {
    // Through the debugger, not a script element: the page's content security policy stays in force.
    const { readFileSync } = await import('node:fs');
    await page.evaluate(readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8'));
  }
  const found = await page.evaluate(() =>
    window.axe.run(document, {
      runOnly: { type: 'tag', values: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] },
    }),
  );
  return found.violations.flatMap((violation) =>
    violation.nodes.map((node) => `${violation.id}: ${node.target.join(' ')}: ${node.failureSummary?.split('\n')[1] ?? ''}`),
  );
}

/** The interface, as one of the demo people. */
export async function interfaceOf(base, first) {
  const headers = { 'content-type': 'application/json' };
  const body = JSON.stringify({ email: `${first}@lakeside.example`, password: 'demo' });
  const answer = await fetch(`${base}/v1/auth/login`, { method: 'POST', headers, body });
  headers.authorization = `Bearer ${(await answer.json()).access_token}`;
  return async (method, path, input) => {
    const response = await fetch(base + path, { method, headers, body: input && JSON.stringify(input) });
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
    return response.json();
  };
}

/**
 * Submits another version of the workflow that `story` put into force: one step more, one changed, one gone. Answers the
 * route of the request, which stays open.
 */
export async function secondVersion(base) {
  const api = await interfaceOf(base, 'sam');
  const { items } = await api('GET', '/v1/drafts?status=approved&mine=true');
  const { id, revision, definition } = await api('GET', `/v1/drafts/${items[0].id}`);
  const changed = JSON.parse(JSON.stringify(definition).replaceAll('PT10M', 'PT5M'));
  const wait = changed.do.map((entry) => Object.values(entry)[0]).find((task) => task.catch);
  wait.catch.do = [{ openTask: { call: 'create_task', with: { assignee: 'record_owner', title: 'Call the customer' } } }];
  const draft = await api('POST', `/v1/drafts/${id}/revisions`, { base_revision: revision, content: { definition: changed } });
  const request = await api('POST', `/v1/drafts/${id}/submit`, { revision: draft.revision, digest: draft.digest });
  return `approvals/${request.id}`;
}

/** Adds up what moves on the page without being asked, until the answer is called: the layout shift score. */
export async function watchShifts(page) {
  await page.evaluate(() => {
    window.shifted = 0;
    window.shifts = new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) window.shifted += entry.value;
    });
    window.shifts.observe({ type: 'layout-shift' });
  });
  return async () => {
    await page.waitForTimeout(300);
    return page.evaluate(() => {
      window.shifts.disconnect();
      return window.shifted;
    });
  };
}

/**
 * What fingers cannot hit: controls lower or narrower than 44 px. Links inside a line of text are excepted, and the boxes
 * of a diagram, which has a size of its own and a list that says the same.
 */
export async function smallTargets(page) {
  return page.evaluate(() => {
    const inText = (element) => getComputedStyle(element).display === 'inline';
    const found = [...document.querySelectorAll('a, button, select, input, textarea, summary')].filter((element) => {
      const { width, height } = element.getBoundingClientRect();
      const shown = element.checkVisibility({ visibilityProperty: true }) && width > 1 && !element.closest('.hidden, .skip, .diagram-scaled');
      // A tick box is hit by its label.
      const hit = element.type === 'checkbox' ? element.closest('label').getBoundingClientRect() : { width, height };
      return shown && !inText(element) && (hit.height < 43.5 || hit.width < 43.5);
    });
    return found.map((element) => `${element.tagName} ${element.className} ${element.textContent.slice(0, 40)}: ${Math.round(element.getBoundingClientRect().height)} px`);
  });
}

/** Whether anything sticks out to the side. */
export async function overflows(page) {
  return page.evaluate(() => document.documentElement.scrollWidth > document.documentElement.clientWidth + 1);
}

/** Counts checks and says what failed. */
export class Checks {
  passed = 0;
  failed = [];

  that(ok, words) {
    if (ok) {
      this.passed += 1;
    } else {
      this.failed.push(words);
      console.error(`FAILED ${words}`);
    }
  }

  none(list, words) {
    this.that(list.length === 0, `${words}\n  ${list.join('\n  ')}`);
  }

  end() {
    console.log(`${this.passed} passed, ${this.failed.length} failed`);
    process.exitCode = this.failed.length === 0 ? 0 : 1;
  }
}
