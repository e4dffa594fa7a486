/**
 * `AbortSignal.any` that never loses an abort. Node 24.16 and later look at the sources only when
 * the signal is read, and hold them weakly: one that nobody listens to, and whose source is gone by
 * then, reads as not aborted (https://github.com/nodejs/node/issues/65995).
 */
const sources = new WeakMap<AbortSignal, readonly AbortSignal[]>();

/** Fires with the first of `signals`, and keeps them for as long as somebody keeps it. */
export function anySignal(signals: readonly AbortSignal[]): AbortSignal {
  const any = AbortSignal.any([...signals]);
  sources.set(any, signals);
  return any;
}
