/** Starts the page: takes the token out of the address first, then connects and draws. */
import { createRoot } from 'react-dom/client';
import { App } from './shell/app.tsx';
import { CrashGuard } from './shell/crash-guard.tsx';
import { connection } from './live/app-state.ts';
import { takeToken } from './navigation/navigate.ts';
import './styles.css';

void connection.start(takeToken());

// A printed address pasted into an open page changes only the fragment.
addEventListener('hashchange', () => {
  const token = takeToken();
  if (token !== undefined) void connection.start(token);
});
addEventListener('online', () => connection.retryNow());
document.addEventListener('visibilitychange', () => {
  if (!document.hidden) connection.retryNow();
});

const root = document.querySelector('#root');
if (root) {
  createRoot(root).render(
    <CrashGuard>
      <App />
    </CrashGuard>,
  );
}
