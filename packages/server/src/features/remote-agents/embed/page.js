/** The chat view: follows one agent with its token, which it keeps in memory only. */

const WAIT_MS = 25_000;
const LONGEST_PAUSE_MS = 15_000;

const id = location.pathname.split('/').at(-1) ?? '';
const path = `/api/remote-agents/${id}`;
const given = new URLSearchParams(location.hash.slice(1));
const token = given.get('token') ?? '';
// Out of the address, so that it is neither shown, nor bookmarked, nor shared.
history.replaceState(null, '', location.pathname);

const element = (name) => document.getElementById(name);
const [title, state, turns, composer, text, problem] = [
  'name',
  'state',
  'turns',
  'composer',
  'text',
  'problem',
].map(element);

class Refusal extends Error {
  constructor(status, title) {
    super(title);
    this.status = status;
  }
}

async function call(address, init = {}) {
  const headers = { authorization: `Bearer ${token}`, ...init.headers };
  const answer = await fetch(address, {
    ...init,
    headers,
    credentials: 'omit',
    cache: 'no-store',
  });
  const body = await answer.json();
  if (answer.ok) return body;
  throw new Refusal(answer.status, body.detail ?? body.title);
}

function say(words) {
  problem.textContent = words ?? '';
  problem.hidden = words === null;
}

/** The last turn that was read. */
let last = 0;

async function readTurns() {
  for (;;) {
    const page = await call(`${path}/turns?after=${last}`);
    last = page.next;
    if (page.turns.length === 0) return;
    for (const turn of page.turns) turns.append(itemOf(turn));
    turns.lastElementChild?.scrollIntoView({ block: 'end' });
  }
}

function itemOf({ actor, text: words }) {
  const item = document.createElement('li');
  item.dataset.actor = actor;
  item.textContent = words;
  return item;
}

function show({ status, reason, agent, project }) {
  title.textContent = agent?.name ?? project.name;
  state.textContent = agent === null ? (reason ?? status) : agent.reason;
}

/** Until the token ends, with its time, its agent or its key. */
async function follow() {
  let version = null;
  let pauseMs = 500;
  for (;;) {
    try {
      const after = version === null ? '' : `?waitMs=${WAIT_MS}&after=${version}`;
      const view = await call(`${path}${after}`);
      version = view.version;
      show(view);
      await readTurns();
      say(null);
      pauseMs = 500;
    } catch (error) {
      if (error instanceof Refusal && [401, 403, 404].includes(error.status)) return end();
      say('No connection. Trying again.');
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
      pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS);
    }
  }
}

function end() {
  composer.hidden = true;
  state.textContent = 'Ended';
  say('This view has ended.');
}

/** One key for each message: sent again after a lost answer it is still the same one. */
let key = crypto.randomUUID();

async function send(event) {
  event.preventDefault();
  const words = text.value;
  if (words.trim() === '') return;
  try {
    const headers = { 'content-type': 'application/json', 'idempotency-key': key };
    const body = JSON.stringify({ text: words });
    await call(`${path}/prompts`, { method: 'POST', headers, body });
    key = crypto.randomUUID();
    if (text.value === words) text.value = '';
    say(null);
  } catch (error) {
    // A message that was changed after a refusal is another one.
    if (error instanceof Refusal) key = crypto.randomUUID();
    if (error instanceof Refusal && error.status === 401) end();
    else say(`Not sent: ${error.message}`);
  }
}

composer.addEventListener('submit', (event) => void send(event));
// The server decides; this only spares people a field that would be refused.
composer.hidden = given.get('access') !== 'prompt';
void follow();
