/** A link that opens a panel of this page. */
import type { ReactNode } from 'react';
import { openPanel } from './navigate.ts';
import { routeHref, type Route } from './route.ts';

interface Props {
  to: Exclude<Route, { name: 'token' }>;
  className?: string;
  children: ReactNode;
}

export function PanelLink({ to, className, children }: Props) {
  return (
    <a
      href={routeHref(to)}
      className={className}
      onClick={(event) => {
        if (event.metaKey || event.ctrlKey || event.shiftKey) return;
        event.preventDefault();
        openPanel(to);
      }}
    >
      {children}
    </a>
  );
}
