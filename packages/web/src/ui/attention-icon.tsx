/** One shape for each attention, so that none depends on its colour. */
import type { Attention } from '@headspace/contract';
import type { ReactNode } from 'react';
import { groupOf } from '../model/attention.ts';

const STROKE = {
  fill: 'none',
  stroke: 'currentColor',
  strokeWidth: 2,
  strokeLinecap: 'round',
  strokeLinejoin: 'round',
} as const;

const SHAPES: Readonly<Record<Attention, ReactNode>> = {
  needs_you: (
    <>
      <path
        d="M8.6 1.6a2 2 0 0 1 2.8 0l7 7a2 2 0 0 1 0 2.8l-7 7a2 2 0 0 1-2.8 0l-7-7a2 2 0 0 1 0-2.8z"
        fill="currentColor"
      />
      <path d="M10 5.6v5" {...STROKE} stroke="var(--surface)" strokeWidth="2.2" />
      <circle cx="10" cy="14" r="1.3" fill="var(--surface)" />
    </>
  ),
  limit: (
    <path
      d="M5 2h10M5 18h10M6 2v3.2c0 1 .5 1.9 1.3 2.5L10 10l2.7-2.3A3.2 3.2 0 0 0 14 5.2V2M6 18v-3.2c0-1 .5-1.9 1.3-2.5L10 10l2.7 2.3c.8.6 1.3 1.5 1.3 2.5V18"
      {...STROKE}
      strokeWidth="1.8"
    />
  ),
  your_turn: (
    <>
      <circle cx="10" cy="10" r="9" fill="currentColor" />
      <path d="m6 10.3 2.7 2.7L14 7.5" {...STROKE} stroke="var(--surface)" />
    </>
  ),
  stalled: (
    <>
      <circle cx="10" cy="10" r="8" {...STROKE} />
      <path d="M8 7v6M12 7v6" {...STROKE} />
    </>
  ),
  unknown: (
    <>
      <circle cx="10" cy="10" r="8" {...STROKE} strokeDasharray="3.2 3.08" strokeWidth="1.8" />
      <path d="M8 8a2 2 0 1 1 2.6 1.9c-.4.2-.6.5-.6.9v.4" {...STROKE} strokeWidth="1.8" />
      <circle cx="10" cy="13.8" r="1.1" fill="currentColor" />
    </>
  ),
  working: (
    <>
      <circle cx="10" cy="10" r="7.5" {...STROKE} strokeWidth="2.4" opacity="0.25" />
      <path
        className="icon-turning"
        d="M10 2.5a7.5 7.5 0 0 1 7.5 7.5"
        {...STROKE}
        strokeWidth="2.4"
      />
    </>
  ),
  idle: <circle cx="10" cy="10" r="6.5" {...STROKE} />,
  ended: <rect x="4" y="4" width="12" height="12" rx="2.5" {...STROKE} />,
};

export function AttentionIcon({ attention, size }: { attention: Attention; size: number }) {
  return (
    <svg
      width={size}
      height={size}
      viewBox="0 0 20 20"
      aria-hidden="true"
      className="shrink-0 text-tone"
    >
      {SHAPES[groupOf(attention)]}
    </svg>
  );
}
