/** A strip across the page that says something is not as it should be. */
import type { Attention } from '@headspace/contract';
import type { ReactNode } from 'react';

interface Props {
  /** Whose colours it takes. */
  tone: Attention;
  children: ReactNode;
  action?: ReactNode;
}

export function Notice({ tone, children, action }: Props) {
  return (
    <div
      data-attention={tone}
      className="flex flex-wrap items-center gap-x-4 gap-y-1.5 border-b border-line bg-tint px-4 py-2 text-[0.87rem] text-ink sm:px-6"
    >
      <div className="min-w-0 flex-1 basis-60">{children}</div>
      {action}
    </div>
  );
}
