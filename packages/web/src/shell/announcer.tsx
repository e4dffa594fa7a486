/** Tells people who listen to the page which agents have come to need them. */
import { useEffect, useState } from 'react';
import { connection } from '../live/app-state.ts';
import { newlyNeedingYou, type BoardState } from '../model/board-state.ts';

export function Announcer() {
  const [text, setText] = useState('');
  useEffect(() => {
    let before = connection.board.get();
    return connection.board.subscribe(() => {
      const after = connection.board.get();
      const ids = before.cursor === null ? [] : newlyNeedingYou(before, after);
      before = after;
      if (ids.length > 0) setText(announcement(after, ids));
    });
  }, []);
  return (
    <div className="sr-only" aria-live="polite" data-testid="announcer">
      {text}
    </div>
  );
}

function announcement(board: BoardState, ids: readonly number[]): string {
  const agent = ids[0] === undefined ? undefined : board.agents.get(ids[0]);
  if (ids.length > 1 || !agent) return `${ids.length} more agents need you`;
  return `${agent.name} in ${agent.project.name} needs you: ${agent.reason}`;
}
