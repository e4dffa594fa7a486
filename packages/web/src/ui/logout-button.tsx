/** Ends the session of this browser. */
import { useState } from 'react';
import { connection } from '../live/app-state.ts';

export function LogoutButton({ className }: { className: string }) {
  const [failed, setFailed] = useState(false);
  return (
    <button
      type="button"
      className={`button ${className}`}
      onClick={() => void connection.logout().catch(() => setFailed(true))}
    >
      {failed ? 'That failed. Log out' : 'Log out'}
    </button>
  );
}
