/**
 * A captured screen as lines of plain text, with the two attributes that tell a suggestion from
 * typed text: dim, and inverse (the cursor of the client). Works with and without escape sequences.
 */

export interface ScreenLine {
  /** Without escape sequences and without blanks at the end. */
  readonly text: string;
  /** One entry per UTF-16 unit of `text`; null where the capture had no escape sequences. */
  readonly styles: readonly Style[] | null;
}

export interface Style {
  readonly dim: boolean;
  readonly inverse: boolean;
}

const ESCAPE = '\u001b';
/** CSI sequences, and OSC ones (hyperlinks) with either ending. */
const SEQUENCE =
  // oxlint-disable-next-line no-control-regex -- escape sequences are control characters
  /\u001b\[([0-9;:]*)([A-Za-z])|\u001b\][^\u0007\u001b]*(?:\u0007|\u001b\\)|\u001b./g;

export function screenLines(capture: string): ScreenLine[] {
  const rows = capture.split('\n').map((row) => row.replace(/\r$/, ''));
  if (!capture.includes(ESCAPE)) {
    return rows.map((row) => ({ text: trimBlanks(row), styles: null }));
  }
  // tmux carries the attributes of one row over into the next.
  let style: Style = { dim: false, inverse: false };
  return rows.map((row) => {
    let text = '';
    const styles: Style[] = [];
    let from = 0;
    const take = (to: number) => {
      for (const unit of row.slice(from, to).split('')) {
        text += unit;
        styles.push(style);
      }
    };
    for (const match of row.matchAll(SEQUENCE)) {
      take(match.index);
      from = match.index + match[0].length;
      if (match[2] === 'm') style = withCodes(style, match[1] ?? '');
    }
    take(row.length);
    const kept = trimBlanks(text);
    return { text: kept, styles: styles.slice(0, kept.length) };
  });
}

/** Applies the parameters of one SGR sequence (ECMA-48, 8.3.117). */
function withCodes(style: Style, parameters: string): Style {
  let { dim, inverse } = style;
  const codes = parameters.split(';');
  for (let i = 0; i < codes.length; i++) {
    const code = codes[i] ?? '';
    if (code === '' || code === '0') [dim, inverse] = [false, false];
    else if (code === '2') dim = true;
    else if (code === '22') dim = false;
    else if (code === '7') inverse = true;
    else if (code === '27') inverse = false;
    // A colour's own numbers are no attributes: 38;5;n and 38;2;r;g;b.
    else if (code === '38' || code === '48') i += codes[i + 1] === '2' ? 4 : 2;
  }
  return { dim, inverse };
}

/** Ordinary blanks only: the no-break space after the sign of the prompt box is a mark. */
const trimBlanks = (text: string): string => text.replace(/ +$/, '');
