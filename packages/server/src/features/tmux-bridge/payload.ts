/** What is put into the prompt box for a prompt: its text, or a reference to a file with it. */
import { pasteForm } from '../../domain/prompt-text.ts';
import type { BridgeContext } from './context.ts';
import { fileReference, fitsInBox, promptFile } from './prompt-file.ts';
import type { FrontPrompt } from './queries.ts';
import type { TerminalSight } from './terminal.ts';

export interface Payload {
  readonly text: string;
  /** Where the prompt's own text has to be written before; null where it is pasted itself. */
  readonly file: string | null;
}

/** On its way it is what it was when it was claimed; before, the pane's size has a say. */
export function payloadOf(
  { promptsFolder, pasteLimit }: Pick<BridgeContext, 'promptsFolder' | 'pasteLimit'>,
  prompt: FrontPrompt,
  sight: TerminalSight,
): Payload {
  const whole = { text: pasteForm(prompt.body), file: null };
  const inFile = (path: string): Payload => ({ text: pasteForm(fileReference(path)), file: path });
  if (prompt.state !== 'queued') return prompt.file === null ? whole : inFile(prompt.file);
  if (prompt.kind === 'command') return whole;
  const fits = sight.kind !== 'shown' || fitsInBox(whole.text, sight.pane);
  if (prompt.body.length <= pasteLimit && fits) return whole;
  return inFile(prompt.file ?? promptFile(promptsFolder, prompt));
}

/** What was pasted for the prompt before this one; null where there was none. */
export function payloadBefore({ lastBody, lastFile }: FrontPrompt): string | null {
  if (lastBody === null) return null;
  return pasteForm(lastFile === null ? lastBody : fileReference(lastFile));
}
