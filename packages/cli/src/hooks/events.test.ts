import { HOOK_EVENTS } from '@headspace/contract';
import { describe, expect, it } from 'vitest';
import { entriesFor, isOurs, shellQuote } from './entries.ts';
import { eventsFor, isAtLeast } from './events.ts';
import { hookScript } from './script.ts';

describe('events by version of Claude Code', () => {
  it('never has WorktreeCreate, MessageDisplay or FileChanged', () => {
    for (const version of ['2.0.45', '2.1.197', '2.1.330', '9.0.0']) {
      expect(eventsFor(version)).not.toContain('WorktreeCreate');
      expect(eventsFor(version)).not.toContain('MessageDisplay');
      expect(eventsFor(version)).not.toContain('FileChanged');
    }
  });

  it('has only what the version knows', () => {
    expect(eventsFor('2.0.42')).not.toContain('PermissionRequest');
    expect(eventsFor('2.1.77')).not.toContain('StopFailure');
    expect(eventsFor('2.1.78')).toContain('StopFailure');
    expect(eventsFor('2.1.197')).toHaveLength(26);
    expect(eventsFor('2.1.197')).not.toContain('PreModelSwitch');
    expect(eventsFor('2.1.251')).toHaveLength(HOOK_EVENTS.length - 4);
  });

  it('compares by number', () => {
    expect(isAtLeast('2.1.101', '2.1.89')).toBe(true);
    expect(isAtLeast('2.0.45', '2.1.0')).toBe(false);
    expect(isAtLeast('3.0.0', '2.9.9')).toBe(true);
    expect(isAtLeast('2.1.197-beta', '2.1.197')).toBe(true);
  });
});

describe('entries', () => {
  const options = {
    events: eventsFor('2.1.197'),
    script: '/h/.headspace/bin/headspace-hook',
    serverUrl: 'http://127.0.0.1:5055',
    hostId: 'h',
  };

  it('are known again, others are not', () => {
    for (const transport of ['command', 'http'] as const) {
      for (const entry of entriesFor({ ...options, transport }).values()) {
        expect(isOurs(entry)).toBe(true);
      }
    }
    expect(isOurs({ type: 'command', command: 'my-headspace-hook.sh Stop' })).toBe(false);
    expect(isOurs({ type: 'command', command: 'not-headspace-hook Stop' })).toBe(false);
    expect(isOurs({ type: 'http', url: 'http://127.0.0.1:5055/hook/stop' })).toBe(false);
    expect(isOurs('headspace-hook Stop')).toBe(false);
  });

  it('of type http have no token, and a command where Claude Code skips http', () => {
    const entries = entriesFor({ ...options, transport: 'http' });
    expect(entries.get('SessionStart')).toMatchObject({ type: 'command' });
    expect(entries.get('Setup')).toMatchObject({ type: 'command' });
    expect(entries.get('PreToolUse')).toMatchObject({
      type: 'http',
      url: 'http://127.0.0.1:5055/hook/pre-tool-use',
      headers: { authorization: 'Bearer $HEADSPACE_HOOK_TOKEN' },
      allowedEnvVars: expect.arrayContaining(['HEADSPACE_HOOK_TOKEN', 'TMUX_PANE']),
    });
  });

  it('quote the path for the shell', () => {
    expect(shellQuote('/a/b-c_d.e')).toBe('/a/b-c_d.e');
    expect(shellQuote(`/it's $x`)).toBe(`'/it'\\''s $x'`);
  });

  it('have a route in the script for each event', () => {
    const script = hookScript();
    expect(script).not.toMatch(/@[A-Z]+@/);
    expect(script).toContain('  PreToolUse) slug=pre-tool-use ;;\n');
  });
});
