/** What `list-panes` says of each pane, by a format of our own. */

export interface PaneInfo {
  /** tmux's id, such as `%3`. */
  readonly id: string;
  /** The first process of the pane, mostly a shell. */
  readonly pid: number;
  /** Name of the program in the foreground, by tmux. */
  readonly command: string;
  /** The first process has ended and the pane was kept. */
  readonly dead: boolean;
  /** Copy mode or another mode, in which keys do not reach the program. */
  readonly inMode: boolean;
  readonly title: string;
  /** Characters. */
  readonly width: number;
  readonly height: number;
  /** Terminals that show the pane's session; 0 where it is detached. */
  readonly attachedClients: number;
  /** Terminal device, such as `/dev/pts/3`. */
  readonly tty: string;
  /** From the upper left corner, from 0. */
  readonly cursor: { readonly x: number; readonly y: number };
  /** When something was last written in the pane's window, in whole seconds since 1970. */
  readonly activityAt: number;
}

/** A title can hold any printable character, so it comes last; tmux lets no line break into it. */
const MARK = '\u241e';

export const PANE_FORMAT = [
  '#{pane_id} #{pane_pid} #{pane_dead} #{pane_in_mode} #{pane_width} #{pane_height}',
  ' #{session_attached} #{cursor_x} #{cursor_y} #{window_activity} #{pane_tty}',
  `${MARK}#{pane_current_command}${MARK}#{pane_title}`,
].join('');

/** Panes by id. A pane that is linked into several sessions counts the clients of all. */
export function parsePanes(output: string): Map<string, PaneInfo> {
  const panes = new Map<string, PaneInfo>();
  for (const line of output.split('\n')) {
    const pane = parsePane(line);
    if (pane === null) continue;
    const known = panes.get(pane.id);
    const attachedClients = pane.attachedClients + (known?.attachedClients ?? 0);
    panes.set(pane.id, { ...pane, attachedClients });
  }
  return panes;
}

function parsePane(line: string): PaneInfo | null {
  const [facts = '', command = '', ...title] = line.split(MARK);
  const [id = '', pid, dead, inMode, width, height, attached, x, y, activity, tty = ''] =
    facts.split(' ');
  if (!/^%\d+$/.test(id)) return null;
  return {
    id,
    pid: Number(pid),
    command,
    dead: dead === '1',
    inMode: inMode !== '0' && inMode !== '',
    title: title.join(MARK),
    width: Number(width),
    height: Number(height),
    attachedClients: Number(attached),
    tty,
    cursor: { x: Number(x), y: Number(y) },
    activityAt: Number(activity),
  };
}
