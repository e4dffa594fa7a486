/**
 * The Messages API's wire form, as far as the CLI needs it.
 * Source: the public API reference, "Messages" and "Streaming messages".
 */
import type { ServerResponse } from 'node:http';
import type { Pause, ToolCall, Usage } from './model-steps.ts';

/** The parts of a request body that the stub reads; everything else is kept as it came. */
export interface MessagesRequest {
  readonly model?: string;
  readonly stream?: boolean;
  readonly system?: unknown;
  readonly tools?: readonly { readonly name?: string }[];
  readonly messages?: readonly Message[];
}

interface Message {
  readonly role: string;
  readonly content: string | readonly ContentBlock[];
}

interface ContentBlock {
  readonly type: string;
  readonly text?: string;
}

export interface Answer {
  readonly id: string;
  readonly model: string;
  readonly text: string;
  readonly tools: readonly (ToolCall & { readonly id: string })[];
  readonly usage: Usage;
  readonly pause?: Pause;
}

/** The last text of a person (or of a parent agent) and how often the model answered since. */
export interface PromptPosition {
  readonly prompt: string;
  readonly answersSince: number;
  /** Length of the conversation up to the prompt: tells two equal prompts apart. */
  readonly messagesBefore: number;
}

/** Finds the prompt that a request is about: reminders that the CLI adds and tool results are passed over. */
export function findPrompt(request: MessagesRequest): PromptPosition {
  const messages = request.messages ?? [];
  let answersSince = 0;
  for (let index = messages.length - 1; index >= 0; index -= 1) {
    const message = messages[index];
    if (message === undefined) continue;
    if (message.role === 'assistant') answersSince += 1;
    if (message.role !== 'user') continue;
    const prompt = personText(message);
    if (prompt !== '') return { prompt, answersSince, messagesBefore: index };
  }
  return { prompt: '', answersSince, messagesBefore: 0 };
}

function personText({ content }: Message): string {
  const texts = typeof content === 'string' ? [content] : content.map(({ text }) => text ?? '');
  return texts.filter((text) => text !== '' && !text.startsWith('<system-reminder>')).join('\n');
}

export function sendError(
  response: ServerResponse,
  { status, type, message }: { status: number; type: string; message: string },
): void {
  // Without this header the client waits for seconds between its retries of a 429 or 529.
  response.writeHead(status, { 'content-type': 'application/json', 'retry-after': '0' });
  response.end(JSON.stringify({ type: 'error', error: { type, message } }));
}

/** The whole answer as one JSON document, for requests without `stream`. */
export function sendMessage(response: ServerResponse, answer: Answer): void {
  const content = [
    ...(answer.text === ''
      ? []
      : [{ type: 'text', text: answer.text + (answer.pause?.rest ?? '') }]),
    ...answer.tools.map(({ id, name, input }) => ({ type: 'tool_use', id, name, input })),
  ];
  response.writeHead(200, { 'content-type': 'application/json' });
  response.end(JSON.stringify({ ...envelope(answer), content, stop_reason: stopReason(answer) }));
}

/** The answer as server-sent events. Stands still at the gate, if there is one. */
export async function streamMessage(response: ServerResponse, answer: Answer): Promise<void> {
  const send = (type: string, data: object): void => {
    response.write(`event: ${type}\ndata: ${JSON.stringify({ type, ...data })}\n\n`);
  };
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-cache' });
  send('message_start', { message: { ...envelope(answer), content: [], stop_reason: null } });
  let index = 0;
  // A pause before the first word.
  if (answer.text === '') await answer.pause?.gate.pass();
  if (answer.text !== '') {
    send('content_block_start', { index, content_block: { type: 'text', text: '' } });
    const sendText = (text: string): void =>
      send('content_block_delta', { index, delta: { type: 'text_delta', text } });
    sendText(answer.text);
    if (answer.pause !== undefined) {
      await answer.pause.gate.pass();
      sendText(answer.pause.rest);
    }
    send('content_block_stop', { index });
    index += 1;
  }
  for (const { id, name, input } of answer.tools) {
    const block = { type: 'tool_use', id, name, input: {} };
    const delta = { type: 'input_json_delta', partial_json: JSON.stringify(input) };
    send('content_block_start', { index, content_block: block });
    send('content_block_delta', { index, delta });
    send('content_block_stop', { index });
    index += 1;
  }
  const delta = { stop_reason: stopReason(answer), stop_sequence: null };
  send('message_delta', { delta, usage: { output_tokens: answer.usage.output_tokens } });
  send('message_stop', {});
  response.end();
}

function envelope({ id, model, usage }: Answer): object {
  return { id, type: 'message', role: 'assistant', model, stop_sequence: null, usage };
}

function stopReason({ tools }: Answer): string {
  return tools.length === 0 ? 'end_turn' : 'tool_use';
}
