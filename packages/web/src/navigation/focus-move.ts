/** Which card the next key press goes to. Pure: works on boxes as the page has laid them out. */

export type Direction = 'next' | 'previous' | 'up' | 'down';

export interface Box {
  id: number;
  left: number;
  top: number;
  width: number;
}

/**
 * The id to go to from `current`, or null where there is nowhere to go. `boxes` are in reading
 * order. Next and previous follow that order; up and down go to the nearest box of the
 * neighbouring row, which may be in another group.
 */
export function moveFocus(
  boxes: readonly Box[],
  current: number | null,
  direction: Direction,
): number | null {
  const index = boxes.findIndex((box) => box.id === current);
  const from = boxes[index];
  if (!from) return boxes[0]?.id ?? null;
  if (direction === 'next') return boxes[index + 1]?.id ?? null;
  if (direction === 'previous') return boxes[index - 1]?.id ?? null;
  const down = direction === 'down';
  const beyond = boxes.filter((box) => (down ? box.top > from.top + 1 : box.top < from.top - 1));
  if (beyond.length === 0) return null;
  const tops = beyond.map((box) => box.top);
  const rowTop = down ? Math.min(...tops) : Math.max(...tops);
  const center = (box: Box) => box.left + box.width / 2;
  const row = beyond.filter((box) => Math.abs(box.top - rowTop) <= 1);
  const distance = (box: Box) => Math.abs(center(box) - center(from));
  return row.reduce((best, box) => (distance(box) < distance(best) ? box : best)).id;
}
