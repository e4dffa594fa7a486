/** The key itself, shown this once. */
import type { CreatedApiKey } from '@headspace/contract';
import { CopyButton } from '../ui/copy-button.tsx';

interface Props {
  created: CreatedApiKey;
  onDone: () => void;
}

export function NewKeyNotice({ created, onDone }: Props) {
  return (
    <div
      role="status"
      data-testid="new-key"
      data-attention="your_turn"
      className="mt-4 rounded-lg bg-tint px-4 py-3"
    >
      <p className="font-semibold text-tone">
        The key “{created.name}” is shown this once. Only its hash is kept.
      </p>
      <code className="mt-1.5 block font-mono text-[0.87rem] break-all select-all">
        {created.key}
      </code>
      <div className="mt-2 flex flex-wrap gap-2">
        <CopyButton text={created.key} label="Copy the key" />
        <button type="button" className="button" onClick={onDone}>
          I have it
        </button>
      </div>
    </div>
  );
}
