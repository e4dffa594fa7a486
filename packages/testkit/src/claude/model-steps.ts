/** What the model stub answers: a script is a list of steps, one per request of a turn. */

export interface Usage {
  readonly input_tokens: number;
  readonly output_tokens: number;
  readonly cache_creation_input_tokens: number;
  readonly cache_read_input_tokens: number;
}

export interface ToolCall {
  readonly name: string;
  readonly input: Readonly<Record<string, unknown>>;
}

interface AnswerStep {
  readonly kind: 'answer';
  readonly text: string;
  readonly tools: readonly ToolCall[];
  readonly usage: Partial<Usage>;
  /** Where set, the answer stops after `text` until the gate opens, then goes on with `rest`. */
  readonly pause?: Pause;
}

export interface Pause {
  readonly gate: Gate;
  readonly rest: string;
}

interface ErrorStep {
  readonly kind: 'error';
  readonly status: number;
  readonly type: string;
  readonly message: string;
  /** Number of requests that get this error before the next step is served. */
  readonly times: number;
}

export type Step = AnswerStep | ErrorStep;

/** A barrier between the test and one streamed answer. */
export interface Gate {
  /** Resolves once the first part of the answer was sent. */
  readonly reached: Promise<void>;
  /** Lets the rest of the answer go. */
  open(): void;
  /** For the stub: tells that it stands at the gate and waits for it to open. */
  pass(): Promise<void>;
}

export function createGate(): Gate {
  const reached = Promise.withResolvers<void>();
  const opened = Promise.withResolvers<void>();
  return {
    reached: reached.promise,
    open: opened.resolve,
    async pass() {
      reached.resolve();
      await opened.promise;
    },
  };
}

/** The model says `text` and ends its turn. */
export function say(text: string, usage: Partial<Usage> = {}): Step {
  return { kind: 'answer', text, tools: [], usage };
}

/**
 * The model says `first`, and `rest` once the gate opens: time to interrupt it. The client shows whole lines
 * only, so a line break follows `first`.
 */
export function saySlowly(first: string, gate: Gate, rest = 'That is all.'): Step {
  return { kind: 'answer', text: `${first}\n\n`, tools: [], usage: {}, pause: { gate, rest } };
}

/** The model says nothing at all until the gate opens. */
export function keepSilent(gate: Gate): Step {
  return { kind: 'answer', text: '', tools: [], usage: {}, pause: { gate, rest: '' } };
}

/** The model asks for tools, several at once where several are given. */
export function useTools(...tools: readonly ToolCall[]): Step {
  return { kind: 'answer', text: '', tools, usage: {} };
}

/** The model says nothing until the gate opens, then asks for tools. */
export function useToolsLate(gate: Gate, ...tools: readonly ToolCall[]): Step {
  return { kind: 'answer', text: '', tools, usage: {}, pause: { gate, rest: '' } };
}

/** A Bash call. Commands that only read (`ls`, `echo`) run without a permission dialog, others open one. */
export function bash(command: string, description = 'Run a command'): ToolCall {
  return { name: 'Bash', input: { command, description } };
}

export interface Question {
  readonly question: string;
  readonly header: string;
  /** Labels of the answers, two at least. */
  readonly options: readonly string[];
  readonly multiSelect?: boolean;
}

export function askUserQuestion(...questions: readonly Question[]): ToolCall {
  const asked = questions.map(({ options, multiSelect = false, ...rest }) => ({
    ...rest,
    multiSelect,
    options: options.map((label) => ({ label, description: `Choose ${label}` })),
  }));
  return { name: 'AskUserQuestion', input: { questions: asked } };
}

/** Shows the plan for approval; works in plan mode only (`--permission-mode plan`). */
export function exitPlanMode(plan: string): ToolCall {
  return { name: 'ExitPlanMode', input: { plan } };
}

/** Starts a subagent. Its conversation begins with `prompt`, so script that text with a rule of its own. */
export function runAgent(
  prompt: string,
  { description = 'Helper', background = false } = {},
): ToolCall {
  return {
    name: 'Agent',
    input: {
      description,
      prompt,
      subagent_type: 'general-purpose',
      run_in_background: background,
    },
  };
}

const errorTypes: Readonly<Record<number, string>> = {
  400: 'invalid_request_error',
  401: 'authentication_error',
  403: 'permission_error',
  404: 'not_found_error',
  413: 'request_too_large',
  429: 'rate_limit_error',
  500: 'api_error',
  529: 'overloaded_error',
};

/** The API answers with an HTTP error, for ever or for the given number of requests. */
export function fail(
  status: number,
  {
    message = `stub error ${status}`,
    times = Infinity,
  }: { readonly message?: string; readonly times?: number } = {},
): Step {
  return { kind: 'error', status, type: errorTypes[status] ?? 'api_error', message, times };
}
