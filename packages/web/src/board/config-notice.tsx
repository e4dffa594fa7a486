/** Says that config.yaml has a mistake, wherever the person is: what they wrote does not count yet. */
import type { ConfigView } from '@headspace/contract';
import { useResource } from '../live/use-resource.ts';
import { PanelLink } from '../navigation/panel-link.tsx';
import { Notice } from '../ui/notice.tsx';

export function ConfigNotice({ beat }: { beat: number }) {
  const { data } = useResource<ConfigView>('/api/config', beat);
  const problem = data?.problems[0];
  if (!problem) return null;
  return (
    <Notice
      tone="stalled"
      action={
        <PanelLink className="button" to={{ name: 'settings' }}>
          Show
        </PanelLink>
      }
    >
      <strong className="font-semibold">config.yaml is not taken over</strong>
      {problem.line === null ? '' : `, line ${String(problem.line)}`}: {problem.reason}
    </Notice>
  );
}
