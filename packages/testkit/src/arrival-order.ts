/** In which orders the events of one session may arrive that happened at the same moment. */

/** Events of one session this close to each other, in milliseconds, may overtake each other. */
export const SAME_MOMENT_MS = 5;

interface Timed {
  readonly offsetMs: number;
  readonly payload: { readonly session_id: string };
}

/** The events in groups of the same moment and session, in the order of the recording. */
export function momentsOf<E extends Timed>(events: readonly E[]): E[][] {
  const groups: E[][] = [];
  for (const event of events) {
    const last = groups.at(-1)?.at(-1);
    const joins =
      last !== undefined &&
      last.payload.session_id === event.payload.session_id &&
      event.offsetMs - last.offsetMs <= SAME_MOMENT_MS;
    if (joins) groups.at(-1)?.push(event);
    else groups.push([event]);
  }
  return groups;
}

/** Every order of a group in which events that are further apart than a moment keep theirs. */
export function ordersOf<E extends Timed>(group: readonly E[]): E[][] {
  if (group.length === 0) return [[]];
  return group.flatMap((first) => {
    const rest = group.filter((event) => event !== first);
    const tooLate = rest.some(({ offsetMs }) => first.offsetMs - offsetMs > SAME_MOMENT_MS);
    return tooLate ? [] : ordersOf(rest).map((order) => [first, ...order]);
  });
}
