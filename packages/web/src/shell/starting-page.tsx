/** The shape of the board while the first answer is awaited. */
import { Brand } from './brand.tsx';

const CARDS = Array.from({ length: 6 }, (_, index) => index);

export function StartingPage() {
  return (
    <main aria-busy="true" aria-label="Loading the agents">
      <header className="flex h-13 items-center border-b border-line px-4 sm:px-6">
        <Brand />
      </header>
      <div className="animate-pulse px-4 pt-3 sm:px-6" aria-hidden="true">
        <div className="h-16 rounded-lg bg-raised" />
        <div className="mt-6 h-5 w-36 rounded bg-raised" />
        <div className="mt-3 grid gap-2.5 sm:grid-cols-2 lg:grid-cols-3 xl:grid-cols-4">
          {CARDS.map((card) => (
            <div key={card} className="h-36 rounded-lg bg-raised" />
          ))}
        </div>
      </div>
    </main>
  );
}
