/** Copies a text and says that it did. */
import { useEffect, useState } from 'react';

interface Props {
  text: string;
  label?: string;
}

export function CopyButton({ text, label = 'Copy' }: Props) {
  const [result, setResult] = useState<'copied' | 'failed' | null>(null);
  useEffect(() => {
    if (!result) return undefined;
    const timer = setTimeout(() => setResult(null), 2000);
    return () => clearTimeout(timer);
  }, [result]);
  const words = { copied: 'Copied', failed: 'Select it by hand' };
  return (
    <button
      type="button"
      className="button"
      title={text}
      onClick={() => void copyText(text).then((done) => setResult(done ? 'copied' : 'failed'))}
    >
      <span aria-live="polite">{result ? words[result] : label}</span>
    </button>
  );
}

/** Browsers offer the clipboard to https and localhost only; a phone at home has neither. */
async function copyText(text: string): Promise<boolean> {
  if (window.isSecureContext) {
    const done = await navigator.clipboard.writeText(text).then(
      () => true,
      () => false,
    );
    if (done) return true;
  }
  const area = document.createElement('textarea');
  area.value = text;
  area.setAttribute('readonly', '');
  document.body.append(area);
  area.select();
  // eslint-disable-next-line @typescript-eslint/no-deprecated -- nothing else works over plain http
  const done = document.execCommand('copy');
  area.remove();
  return done;
}
