/** Counts up every `periodMs` while the page is visible; used as the version of a resource. */
import { useEffect, useState } from 'react';

export function useBeat(periodMs: number): number {
  const [beat, setBeat] = useState(0);
  useEffect(() => {
    const next = () => {
      if (!document.hidden) setBeat((count) => count + 1);
    };
    const timer = setInterval(next, periodMs);
    document.addEventListener('visibilitychange', next);
    return () => {
      clearInterval(timer);
      document.removeEventListener('visibilitychange', next);
    };
  }, [periodMs]);
  return beat;
}
