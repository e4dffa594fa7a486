/** Chooses the page by what is known: nothing yet, no session, nothing reachable, or the board. */
import { BoardPage } from './board-page.tsx';
import { connection } from '../live/app-state.ts';
import { useStore } from '../live/use-store.ts';
import { FailedPage } from './failed-page.tsx';
import { LoginPage } from './login-page.tsx';
import { StartingPage } from './starting-page.tsx';

export function App() {
  const link = useStore(connection.link, (value) => value);
  const loaded = useStore(connection.board, (board) => board.cursor !== null);
  if (link.name === 'login') return <LoginPage error={link.error} token={link.token} />;
  if (loaded) return <BoardPage />;
  if (link.name === 'lost') return <FailedPage error={link.error} retryAt={link.retryAt} />;
  return <StartingPage />;
}
