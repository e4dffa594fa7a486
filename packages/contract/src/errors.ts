import type { ConfigView } from './config-view.ts';

/**
 * The closed list of errors the API answers with (RFC 9457 problem documents). Each row gives the
 * HTTP status, a title and what to do about it.
 */
const catalogue = {
  invalid_json: { status: 400, title: 'The body is not JSON', cure: 'Send one JSON object.' },
  invalid_payload: {
    status: 400,
    title: 'The body does not have the required fields',
    cure: 'See `errors` for each field.',
  },
  unsupported_media_type: {
    status: 415,
    title: 'The content type is not application/json',
    cure: 'Set `Content-Type: application/json`.',
  },
  payload_too_large: {
    status: 413,
    title: 'The body is larger than the limit',
    cure: 'Raise hooks.maxBodyBytes if such events are expected.',
  },
  unauthorized: {
    status: 401,
    title: 'The token is missing or wrong',
    cure: 'Send `Authorization: Bearer <token>`; the tokens are files in HEADSPACE_HOME.',
  },
  forbidden_host: {
    status: 403,
    title: 'The Host header does not name this server',
    cure: 'Use the printed address, or add the name to server.allowedHosts.',
  },
  forbidden_origin: {
    status: 403,
    title: 'The request comes from another web site',
    cure: 'Open the dashboard from its own address.',
  },
  scope_missing: {
    status: 403,
    title: 'The key is not allowed to do this',
    cure: 'Use a key with the scope that `detail` names; `headspace keys create` makes one.',
  },
  project_not_allowed: {
    status: 403,
    title: 'The key is not for this project',
    cure: 'Name a directory of the key’s projects, or make a key for this one.',
  },
  quota_exceeded: {
    status: 429,
    title: 'The key has started as many agents as it may',
    cure: 'Stop agents that are done, wait for the seconds in Retry-After, or use a key with a larger quota.',
  },
  agent_not_ready: {
    status: 409,
    title: 'Claude Code has not reported yet',
    cure: 'Wait with `?until=running`, then try again.',
  },
  not_found: { status: 404, title: 'There is nothing here', cure: 'Check the path and the id.' },
  conflict: { status: 409, title: 'The thing has changed meanwhile', cure: 'Read it again.' },
  agent_ended: {
    status: 409,
    title: 'The agent has ended',
    cure: 'Start or resume its session, or choose another agent.',
  },
  agent_unreachable: {
    status: 409,
    title: 'The agent has no terminal that Headspace can type into',
    cure: 'Run Claude Code inside tmux; a `claude -p` run takes no further prompts.',
  },
  agent_sealed: {
    status: 409,
    title: 'The agent has handed its work over',
    cure: 'Give it to its successor.',
  },
  handoff_open: {
    status: 409,
    title: 'A handoff of this agent is open already',
    cure: 'Wait for its end; one that has failed is resumed or abandoned.',
  },
  handoff_step: {
    status: 409,
    title: 'The handoff is not in a state that allows this',
    cure: 'Read it again: only a failed one is resumed, only an open one abandoned.',
  },
  key_reused: {
    status: 409,
    title: 'This idempotency key was used for another request',
    cure: 'Make a new key for each request; repeat a key only with the same body.',
  },
  persona_unusable: {
    status: 422,
    title: 'The persona cannot be given to this agent',
    cure: 'Correct its files, or choose another one; `headspace personas` lists them.',
  },
  prompt_not_queued: {
    status: 409,
    title: 'The prompt is not in a state that allows this',
    cure: 'Read it again: only what is queued can be changed, only what failed or was cancelled sent again.',
  },
  prompt_changed: {
    status: 409,
    title: 'The prompt was changed by somebody else',
    cure: 'Read it again and send the change with its present revision.',
  },
  queue_full: {
    status: 409,
    title: 'Too many prompts wait for this agent',
    cure: 'Wait until some have arrived, cancel some, or raise prompts.maxQueued.',
  },
  terminal_unavailable: {
    status: 409,
    title: 'The agent’s terminal cannot be reached',
    cure: 'Look at the terminal itself; Headspace types only where the agent’s own process is in front.',
  },
  nothing_running: {
    status: 409,
    title: 'The agent is not at work',
    cure: 'There is nothing to interrupt; a dialog is answered, not interrupted.',
  },
  dialog_changed: {
    status: 409,
    title: 'The dialog on the screen is not the one that was answered',
    cure: 'Read the terminal again and answer what is open now.',
  },
  approval_decided: {
    status: 409,
    title: 'The decision has been made already',
    cure: 'Read the list of approvals again: what is open now has another id.',
  },
  scope_not_offered: {
    status: 422,
    title: 'The dialog does not offer this scope',
    cure: 'Choose one of its `scopes`; where `once` is missing, answer by the number of an option: `headspace answer`.',
  },
  reason_not_taken: {
    status: 422,
    title: 'The dialog takes no reason',
    cure: 'Deny without a reason, then say it with a prompt.',
  },
  config_changed: {
    status: 412,
    title: 'The settings file has another content than If-Match names',
    cure: 'Look at `current`, and send the change again with its etag.',
  },
  config_broken: {
    status: 409,
    title: 'The settings file cannot be changed by a program as it is',
    cure: 'Correct config.yaml by hand at the places in `errors`.',
  },
  config_busy: {
    status: 503,
    title: 'Others are changing the settings file all the time',
    cure: 'Try again after the seconds in Retry-After.',
  },
  config_not_writable: {
    status: 507,
    title: 'The settings file cannot be written',
    cure: 'Check owner, mode and free space of HEADSPACE_HOME.',
  },
  persona_exists: {
    status: 409,
    title: 'There is a persona of this name already',
    cure: 'Choose another name, or change the files of the one that is there.',
  },
  file_changed: {
    status: 412,
    title: 'The file has another content than If-Match names',
    cure: 'Read it again, and send the change with its present etag.',
  },
  file_not_writable: {
    status: 507,
    title: 'The file cannot be written',
    cure: 'Check owner, mode and free space of HEADSPACE_HOME, and that nothing in it is a link.',
  },
  learning_decided: {
    status: 409,
    title: 'Somebody has decided on this learning already',
    cure: 'Read the list again.',
  },
  agent_busy: {
    status: 503,
    title: 'Somebody else is changing this agent',
    cure: 'Try again after the seconds in Retry-After.',
  },
  database_unavailable: {
    status: 503,
    title: 'The database cannot be reached',
    cure: 'Try again after the seconds in Retry-After; nothing was stored.',
  },
  shutting_down: {
    status: 503,
    title: 'The server is stopping',
    cure: 'Try again after the seconds in Retry-After.',
  },
  too_many_waits: {
    status: 503,
    title: 'Too many requests wait for agents',
    cure: 'Try again after the seconds in Retry-After, or raise remoteAgents.maxWaits.',
  },
  too_many_streams: {
    status: 503,
    title: 'Too many readers of the event stream',
    cure: 'Close unused dashboards, or raise events.maxStreams.',
  },
  internal: { status: 500, title: 'Something went wrong here', cure: 'See the server log.' },
} as const satisfies Record<string, { status: number; title: string; cure: string }>;

export type ErrorCode = keyof typeof catalogue;
export const ERRORS: Readonly<Record<ErrorCode, { status: number; title: string; cure: string }>> =
  catalogue;

/** An RFC 9457 problem document, media type `application/problem+json`. */
export interface Problem {
  type: string;
  title: string;
  status: number;
  code: ErrorCode;
  detail?: string;
  cure: string;
  errors?: { path: string; message: string }[];
  /** With `config_changed`: the settings as they are now. */
  current?: ConfigView;
}
