/** One line of `headspace doctor`. */
export interface Check {
  readonly name: string;
  readonly level: 'ok' | 'warning' | 'failed';
  readonly detail: string;
  /** What to do about it; always there unless `level` is ok. */
  readonly cure?: string;
}

export function ok(name: string, detail: string): Check {
  return { name, level: 'ok', detail };
}

export function warning(name: string, detail: string, cure: string): Check {
  return { name, level: 'warning', detail, cure };
}

export function failed(name: string, detail: string, cure: string): Check {
  return { name, level: 'failed', detail, cure };
}
