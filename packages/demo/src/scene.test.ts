import { describe, expect, test } from 'vitest';
import { castFleet } from './cast.ts';
import { Identity } from './identity.ts';
import { loadScene } from './scene.ts';

describe('scenes', () => {
  test('every role begins with a start and ends with an end', () => {
    const edges = castFleet(40, true).map((role) => {
      const hooks = loadScene(role).filter((step) => step.kind === 'hook');
      return [role.recording, hooks.at(0)?.event, hooks.at(-1)?.event];
    });
    expect(edges).toEqual(edges.map(([name]) => [name, 'SessionStart', 'SessionEnd']));
  });

  test('twelve agents show every group that a person acts on', () => {
    const shown = new Set(
      castFleet(12, false).flatMap((role) => loadScene(role).map(({ attention }) => attention)),
    );
    expect([...shown].sort()).toEqual([
      'ended',
      'idle',
      'limit',
      'needs_you',
      'working',
      'your_turn',
    ]);
  });

  test('session files are played only where the demo has a folder for them', () => {
    const files = (own: boolean) =>
      castFleet(20, own).flatMap((role) => loadScene(role).filter(({ kind }) => kind === 'files'));
    expect(files(true).length).toBeGreaterThan(20);
    expect(files(false)).toEqual([]);
  });
});

describe('identity', () => {
  const payload = {
    session_id: '5e551000-0000-4000-8000-000000000052',
    cwd: '/home/dev/acme-shop/src',
    tool_use_id: 'toolu_0154039316680000050',
  };

  test('gives the same new id for the same recorded one, and another to another agent', () => {
    const one = new Identity('infra');
    const first = one.rewrite(payload);
    expect(one.rewrite(payload)).toEqual(first);
    expect(first.cwd).toBe('/home/dev/infra/src');
    expect(first.session_id).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
    const other = new Identity('infra').rewrite(payload);
    expect(other.session_id).not.toBe(first.session_id);
    expect(other.tool_use_id).not.toBe(first.tool_use_id);
  });

  test('goes on under a given id', () => {
    const identity = new Identity('infra');
    identity.bind(payload.session_id, 'before');
    expect(identity.rewrite(payload).session_id).toBe('before');
  });
});
