/**
 * What a manager does with requests and workflows, in Chromium: two people decide on money, one hands it on; a workflow
 * is paused while a message is due, resumed, and the late message asked about; then it is retired. Pictures go to
 * e2e/output. Starts the server itself unless E2E_URL names one.
 */
import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { axe, Checks, DESKTOP, launch, openPage, overflows, PHONE, settled, signInAs, visit } from './lib.mjs';
import { startServer } from './server.mjs';

const OUTPUT = fileURLToPath(new URL('./output/', import.meta.url));
mkdirSync(OUTPUT, { recursive: true });

const lead = '${ $workflow.input[0].data.customer_id }';
const definition = (name, title, tasks) => ({
  document: {
    dsl: '1.0.3',
    namespace: 'lakeside-toyota',
    name,
    version: '0.1.0',
    title,
    tags: { department: 'sales' },
    metadata: { stores: ['lakeside-main'] },
  },
  schedule: { on: { one: { with: { type: 'lead.created', data: '${ .lead_type == "internet" }' } } } },
  do: tasks,
});
const text = (wait) => [
  { settle: { wait } },
  {
    textCustomer: {
      call: 'send_sms',
      with: {
        customer_id: lead,
        purpose: 'informational',
        body: 'Hi {{customer.first_name}}, {{store.name}} here about the {{event.vehicle.model}}. Reply STOP to opt out.',
      },
    },
  },
];
const followUp = definition('follow-up', 'Follow up on internet leads', text('PT10M'));
const changed = definition('follow-up', 'Follow up on internet leads', text('PT30M'));
const credit = definition('welcome-credit', 'Welcome credit', [
  { credit: { call: 'issue_credit', with: { customer_id: lead, kind: 'service_credit', amount: 50, reason: 'welcome' } } },
]);

const byHand = {
  ...definition('look-after', 'Look after a customer', [
    { tell: { call: 'notify_user', with: { to: 'requester', message: 'Look after this customer' } } },
    { keep: { set: { customer: '${ $workflow.input.customer_id }' } } },
  ]),
  schedule: undefined,
  input: {
    schema: {
      document: {
        type: 'object',
        required: ['customer_id'],
        properties: {
          customer_id: { type: 'string', title: 'Customer', description: 'Their id in the CRM.', minLength: 3 },
          visits: { type: 'integer', title: 'How many visits', minimum: 1, maximum: 5 },
          reasons: { type: 'array', title: 'Why', items: { type: 'string' } },
          urgent: { type: 'boolean', title: 'Urgent' },
          how: { enum: ['call', 'text_message'], title: 'How' },
        },
      },
    },
  },
};

const server = await startServer({ AUTERITY_APPROVALS__REMIND_AFTER_H: '1', AUTERITY_APPROVALS__SWEEP_S: '1' });
const browser = await launch();
const checks = new Checks();

/** A request by one of the demo people, without a page. */
async function ask(who, method, path, body) {
  const login = { email: `${who}@lakeside.example`, password: 'demo' };
  const json = { 'content-type': 'application/json' };
  const signedIn = await fetch(`${server.url}/v1/auth/login`, { method: 'POST', headers: json, body: JSON.stringify(login) });
  const { access_token: token } = await signedIn.json();
  const answer = await fetch(`${server.url}${path}`, {
    method,
    headers: { ...json, authorization: `Bearer ${token}` },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
  return answer.json();
}

/** Submits a draft of Sam's; answers it and the id of its request. */
async function submitted(document) {
  const draft = await ask('sam', 'POST', '/v1/drafts', { definition: document });
  const request = await ask('sam', 'POST', `/v1/drafts/${draft.id}/submit`, { revision: 1, digest: draft.digest });
  return { draft, request: request.id };
}

async function until(words, so) {
  for (let round = 0; round < 150; round += 1) {
    if (await so()) return;
    await new Promise((done) => setTimeout(done, 200));
  }
  checks.that(false, `waited for: ${words}`);
}

/** Pictures of what is on screen: light, dark and narrow; each without axe violations. */
async function look(page, name) {
  await settled(page).catch(() => undefined);
  for (const [look, viewport, colorScheme] of [
    ['light', DESKTOP, 'light'],
    ['dark', DESKTOP, 'dark'],
    ['phone', PHONE, 'light'],
  ]) {
    await page.setViewportSize(viewport);
    await page.emulateMedia({ colorScheme });
    await page.screenshot({ path: `${OUTPUT}${name}-${look}.png`, fullPage: true });
    checks.none(await axe(page), `${name} ${look}: axe`);
    checks.that(!(await overflows(page)), `${name} ${look}: nothing sticks out to the side`);
  }
  await page.setViewportSize(DESKTOP);
  await page.emulateMedia({ colorScheme: 'light' });
}

const has = async (page, words) => {
  await page.getByText(words).filter({ visible: true }).first().waitFor();
  checks.that(true, String(words));
};

try {
  const { page, problems } = await openPage(browser, server.url);
  await signInAs(page, 'maria');

  // Money: two people, in order; one of them hands it on.
  const money = await submitted(credit);
  await visit(page, `approvals/${money.request}`);
  await has(page, 'What would stop it');
  await look(page, 'lifecycle-money');
  await page.getByRole('button', { name: 'Hand it on' }).click();
  await page.getByLabel('To whom').selectOption({ label: 'Derek Stone (desk manager)' });
  await look(page, 'lifecycle-hand-on');
  await page.locator('dialog .button-main').click();
  await has(page, 'Maria Lopez to Derek Stone');
  await has(page, 'You handed this to somebody else.');
  await ask('derek', 'POST', `/v1/approvals/${money.request}/decision`, { decision: 'approved', digest: money.draft.digest });
  await ask('grace', 'POST', `/v1/approvals/${money.request}/decision`, { decision: 'approved', digest: money.draft.digest });
  await page.locator('ol.decisions li').nth(1).waitFor();
  const order = await page.locator('ol.decisions li').allTextContents();
  checks.that(/Derek Stone/.test(order[0]) && /Grace Kim/.test(order[1]), `who was first stands first: ${order}`);
  await look(page, 'lifecycle-two-people');

  // A pause makes a message late.
  const first = await submitted(followUp);
  const decided = await ask('maria', 'POST', `/v1/approvals/${first.request}/decision`, {
    decision: 'approved',
    digest: first.draft.digest,
  });
  const workflow = `/v1/workflows/${decided.workflow_id}`;
  const counts = async () => (await ask('maria', 'GET', workflow)).executions;
  await ask('sam', 'POST', '/v1/demo/lead', {});
  await until('one execution', async () => (await counts()).open === 1);
  await visit(page, `workflows/${decided.workflow_id}`);
  await page.getByRole('button', { name: 'Pause' }).click();
  await has(page, 'Running now: 1.');
  await look(page, 'lifecycle-pause');
  await page.locator('dialog .button-main').click();
  await page.getByRole('button', { name: 'Resume' }).waitFor();
  await ask('maria', 'POST', '/v1/engine/clock/skip', { by: 'PT10M' });
  await until('the message is held', async () => (await counts()).held === 1);
  await ask('maria', 'POST', '/v1/engine/clock/skip', { by: 'PT3H' });
  await page.reload();
  await page.getByRole('button', { name: 'Resume' }).click();
  await has(page, /late by more than an hour: 1/);
  await look(page, 'lifecycle-resume');
  await page.locator('dialog .button-main').click();
  await page.getByRole('link', { name: 'See the request' }).click();
  await has(page, /late by more than an hour/);
  checks.that((await page.getByRole('button', { name: 'Reject' }).count()) === 0, 'late messages are sent or skipped, no third answer');
  await look(page, 'lifecycle-late');
  await visit(page, 'approvals');
  await has(page, 'Late messages of a workflow');
  await look(page, 'lifecycle-queue');

  // A new version asks what becomes of the old one's executions.
  const revised = await ask('sam', 'POST', `/v1/drafts/${first.draft.id}/revisions`, {
    base_revision: 1,
    content: { definition: changed },
  });
  const second = await ask('sam', 'POST', `/v1/drafts/${first.draft.id}/submit`, { revision: 2, digest: revised.digest });
  await visit(page, `approvals/${second.id}`);
  await has(page, /^Running now: 1\./);
  await look(page, 'lifecycle-new-version');

  // Retiring says how many are running.
  await visit(page, `workflows/${decided.workflow_id}`);
  await page.getByRole('button', { name: 'Retire' }).click();
  await has(page, /^Running now: 1\./);
  await page.getByLabel('Stop it before its next step').check();
  await look(page, 'lifecycle-retire');
  await page.locator('dialog .button-bad').click();
  await page.locator('.badge', { hasText: 'retired' }).waitFor();
  await until('nothing runs any more', async () => (await counts()).open === 0);

  // A workflow nobody but a person starts.
  const form = await submitted(byHand);
  const { workflow_id: manual } = await ask('maria', 'POST', `/v1/approvals/${form.request}/decision`, {
    decision: 'approved',
    digest: form.draft.digest,
  });
  await visit(page, `workflows/${manual}`);
  await page.getByLabel('Customer').fill('x');
  await page.getByLabel(/^How many/).fill('2');
  await page.getByLabel(/^Why/).fill('noise\nsmoke');
  await look(page, 'lifecycle-start-form');
  await page.getByRole('button', { name: 'Start' }).click();
  checks.that((await page.getByLabel('Customer').evaluate((field) => field.validity.valid)) === false, 'the browser names the field');
  await page.getByLabel('Customer').fill('cust-nobody-1');
  await page.getByRole('button', { name: 'Start' }).press('Enter');
  await page.getByRole('link', { name: 'See what it does' }).click();
  await has(page, /Told who asked for it/);
  await look(page, 'lifecycle-started');
  checks.none(problems, 'no script errors');
} finally {
  await browser.close();
  await server.stop();
}
checks.end();
