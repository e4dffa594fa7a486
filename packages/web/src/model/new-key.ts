/** `crypto.randomUUID` is there only on https and localhost; a phone at home has neither. */
export function newKey(): string {
  return Array.from(crypto.getRandomValues(new Uint32Array(4)), (n) => n.toString(36)).join('-');
}
