/** What a successor knows of the handover document, and what its answers lacked. */
import type { HandoffView } from '@headspace/contract';

export function HandoffExam({ exam }: { exam: NonNullable<HandoffView['exam']> }) {
  const { score, missed } = exam;
  return (
    <div className="mt-1 text-[0.93rem]" data-testid="handoff-exam">
      <p>
        The successor knows{' '}
        <strong className="tabular-nums" title="Share of the document’s telling words it named">
          {score} of 100
        </strong>{' '}
        of the document.
      </p>
      {missed.length > 0 ? (
        <details className="mt-0.5 text-soft">
          <summary>What was missed</summary>
          <dl className="mt-1">
            {missed.map(({ question, terms }) => (
              <div key={question} className="mb-1">
                <dt className="text-[0.87rem] text-faint">{question}</dt>
                <dd className="break-words">{terms.join(', ')}</dd>
              </div>
            ))}
          </dl>
        </details>
      ) : null}
    </div>
  );
}
