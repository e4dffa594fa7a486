/** The number of agents that need a person, in the title and the icon of the browser's tab. */
import { useEffect } from 'react';

/** @param live false where the number is old: then the tab says so instead */
export function usePageBadge(needing: number, live: boolean): void {
  useEffect(() => {
    document.title = !live
      ? 'Not live · Headspace'
      : needing > 0
        ? `(${needing}) Headspace`
        : 'Headspace';
    const link = document.querySelector<HTMLLinkElement>('link[rel="icon"]');
    if (link) link.href = `data:image/svg+xml,${encodeURIComponent(iconOf(needing, live))}`;
  }, [needing, live]);
}

function iconOf(needing: number, live: boolean): string {
  const square = (fill: string, inside: string) =>
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="8" fill="${fill}"/>${inside}</svg>`;
  if (!live) return square('#6b7078', '<path d="M9 16h14" stroke="#fff" stroke-width="4"/>');
  if (needing === 0) {
    const ring = '<circle cx="16" cy="16" r="8.5" fill="none" stroke="#f4f4f1" stroke-width="3"/>';
    return square('#20242a', `${ring}<circle cx="16" cy="16" r="3" fill="#ff9a5c"/>`);
  }
  const text = needing > 99 ? '99' : String(needing);
  return square(
    '#c2410c',
    `<text x="16" y="23" text-anchor="middle" font-family="sans-serif" font-weight="700" font-size="${text.length > 1 ? 19 : 22}" fill="#fff">${text}</text>`,
  );
}
