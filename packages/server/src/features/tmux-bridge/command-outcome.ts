/**
 * Why the client did not take a command, by the screen after it; null where it took it.
 * 2.1.197 answers `Unknown command: /name` and empties the box.
 */
export function commandOutcome(screen: string, command: string): string | null {
  const name = command.split(/\s/)[0] ?? command;
  return screen.includes(`Unknown command: ${name}`) || screen.includes(`Unknown skill: ${name}`)
    ? `Claude Code does not know the command ${name}`
    : null;
}
