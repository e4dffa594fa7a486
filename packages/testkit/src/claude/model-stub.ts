/**
 * A model on loopback that speaks the Messages API and answers from a script, so that the real CLI runs
 * without a network and says what the test wants. It opens no connection of its own.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { once } from 'node:events';
import { text as readText } from 'node:stream/consumers';
import { createGate, say, type Gate, type Step, type Usage } from './model-steps.ts';
import {
  findPrompt,
  sendError,
  sendMessage,
  streamMessage,
  type MessagesRequest,
  type PromptPosition,
} from './model-wire.ts';
import { waitUntil, type WaitOptions } from '../wait-until.ts';

/** One request that the CLI sent. */
export interface ModelRequest {
  readonly method: string;
  readonly path: string;
  /** `turn`: the agent's own work (or a subagent's); `side`: titles and other helpers of the CLI. */
  readonly kind: 'turn' | 'side' | 'other';
  /** The last text of a person, empty for `other`. */
  readonly prompt: string;
  readonly body: MessagesRequest;
}

export interface ModelStub extends AsyncDisposable {
  /** Value for ANTHROPIC_BASE_URL. */
  readonly url: string;
  /** Every request so far, oldest first. */
  readonly requests: readonly ModelRequest[];
  /** Answers prompts that match with these steps, one per request; the last rule that matches wins. */
  on(prompt: RegExp, ...steps: readonly Step[]): void;
  /** A gate that is opened at the latest when the stub is disposed. */
  gate(): Gate;
  /** Resolves to the first request (of those since the start) that fits. */
  waitForRequest(
    fits: (request: ModelRequest) => boolean,
    options?: WaitOptions,
  ): Promise<ModelRequest>;
}

interface Rule {
  readonly prompt: RegExp;
  readonly steps: readonly Step[];
  /** Errors served so far, by place in the conversation. */
  readonly errorsServed: Map<string, number>;
}

const defaultUsage: Usage = {
  input_tokens: 12,
  output_tokens: 64,
  cache_creation_input_tokens: 800,
  cache_read_input_tokens: 14_000,
};

/** Starts the stub on a free port of 127.0.0.1. */
export async function createModelStub(): Promise<ModelStub> {
  const rules: Rule[] = [];
  const requests: ModelRequest[] = [];
  const gates: Gate[] = [];
  let answers = 0;

  const answer = async (request: ModelRequest, response: ServerResponse): Promise<void> => {
    const position = findPrompt(request.body);
    const step = request.kind === 'side' ? say('A title') : chooseStep(rules, position);
    if (step.kind === 'error') return sendError(response, step);
    answers += 1;
    const message = {
      id: `msg_${String(answers).padStart(8, '0')}`,
      model: request.body.model ?? 'claude-stub',
      text: step.text,
      tools: step.tools.map((tool, index) => ({ ...tool, id: `toolu_${answers}_${index}` })),
      usage: { ...defaultUsage, ...step.usage },
      ...(step.pause === undefined ? {} : { pause: step.pause }),
    };
    if (request.body.stream === true) await streamMessage(response, message);
    else sendMessage(response, message);
  };

  const server = createServer((incoming, response) => {
    response.on('error', () => undefined); // the CLI hangs up when it is interrupted or killed
    void readRequest(incoming)
      .then(async (request) => {
        requests.push(request);
        if (request.path.endsWith('/count_tokens'))
          return sendJson(response, { input_tokens: 1000 });
        if (request.kind === 'other') return sendJson(response, {});
        return answer(request, response);
      })
      .catch((error: unknown) => response.destroy(error instanceof Error ? error : undefined));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the stub has no port');

  return {
    url: `http://127.0.0.1:${address.port}`,
    requests,
    on: (prompt, ...steps) => void rules.unshift({ prompt, steps, errorsServed: new Map() }),
    gate() {
      const gate = createGate();
      gates.push(gate);
      return gate;
    },
    waitForRequest: async (fits, options = {}) =>
      waitUntil(() => requests.find(fits), { what: 'a request to the model stub', ...options }),
    async [Symbol.asyncDispose]() {
      for (const gate of gates) gate.open();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function readRequest(incoming: IncomingMessage): Promise<ModelRequest> {
  const raw = await readText(incoming);
  const path = new URL(incoming.url ?? '/', 'http://stub').pathname;
  const body = raw === '' ? {} : (JSON.parse(raw) as MessagesRequest);
  const isMessages = path.endsWith('/messages') && incoming.method === 'POST';
  // An agent always offers tools to the model; the CLI's own helpers (titles, summaries) never do.
  const turn = (body.tools ?? []).length > 0;
  return {
    method: incoming.method ?? '',
    path,
    kind: isMessages ? (turn ? 'turn' : 'side') : 'other',
    prompt: findPrompt(body).prompt,
    body,
  };
}

function sendJson(response: ServerResponse, value: object): void {
  response.writeHead(200, { 'content-type': 'application/json' });
  response.end(JSON.stringify(value));
}

/** The step for this place in the conversation: answers are counted by the conversation, errors by the stub. */
function chooseStep(rules: readonly Rule[], position: PromptPosition): Step {
  const rule = rules.find(({ prompt }) => prompt.test(position.prompt));
  let answersToSkip = position.answersSince;
  for (const [index, step] of (rule?.steps ?? []).entries()) {
    if (step.kind === 'answer') {
      if (answersToSkip === 0) return step;
      answersToSkip -= 1;
    } else if (answersToSkip === 0) {
      const place = `${position.messagesBefore}/${index}`;
      const served = rule?.errorsServed.get(place) ?? 0;
      if (served < step.times) {
        rule?.errorsServed.set(place, served + 1);
        return step;
      }
    }
  }
  return say('Done.');
}
