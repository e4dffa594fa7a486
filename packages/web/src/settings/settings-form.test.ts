import type { ConfigView, Problem, SettingView } from '@headspace/contract';
import { describe, expect, it } from 'vitest';
import { formOf, groupsOf, patchOf, undoOf, withDraft, withRefusal } from './settings-form.ts';

function setting(name: string, more: Partial<SettingView> = {}): SettingView {
  return {
    name,
    help: 'Does something.',
    kind: 'text',
    min: null,
    max: null,
    options: [],
    default: null,
    secret: false,
    live: false,
    flag: `--${name}`,
    variables: [],
    value: null,
    isSet: false,
    source: 'default',
    origin: null,
    inFile: false,
    fileValue: null,
    running: null,
    restartNeeded: false,
    ...more,
  };
}

function view(...settings: SettingView[]): ConfigView {
  return {
    file: '/c',
    exists: true,
    etag: '"1"',
    settings,
    problems: [],
    warnings: [],
    restartNeeded: [],
  };
}

const port = setting('server.port', { kind: 'integer', value: 5055, default: 5055 });
const hosts = setting('server.allowedHosts', {
  kind: 'list',
  value: ['a'],
  inFile: true,
  fileValue: ['a'],
});
const url = setting('database.url', { secret: true, isSet: true, inFile: true });
const form = formOf(view(port, hosts, url));

describe('the settings form', () => {
  it('sends only what was typed, in the types of the settings', () => {
    let typed = withDraft(form, 'server.port', ' 6000 ');
    typed = withDraft(typed, 'server.allowedHosts', 'a, b  c');
    expect(patchOf(typed)).toEqual({ 'server.port': 6000, 'server.allowedHosts': ['a', 'b', 'c'] });
    expect(patchOf(withDraft(form, 'server.port', 'many'))).toEqual({ 'server.port': 'many' });
    expect(patchOf(withDraft(form, 'server.allowedHosts', null))).toEqual({
      'server.allowedHosts': null,
    });
  });

  it('forgets what was typed back', () => {
    const typed = withDraft(withDraft(form, 'server.port', '1'), 'server.port', '5055');
    expect(typed.drafts.size).toBe(0);
    expect(withDraft(form, 'server.port', null).drafts.size).toBe(0);
    expect(withDraft(withDraft(form, 'database.url', 'x'), 'database.url', '').drafts.size).toBe(0);
  });

  it('knows how to undo, but for secrets', () => {
    const typed = ['server.port', 'server.allowedHosts', 'database.url'].reduce(
      (before, name) => withDraft(before, name, '7'),
      form,
    );
    expect(undoOf(typed)).toEqual({ 'server.port': null, 'server.allowedHosts': ['a'] });
  });

  it('puts reasons at their fields, and what others changed beside', () => {
    const typed = withDraft(withDraft(form, 'server.port', '6000'), 'server.allowedHosts', 'b');
    const problem: Problem = {
      type: 't',
      title: 't',
      status: 412,
      code: 'config_changed',
      cure: 'c',
      current: view({ ...port, inFile: true, fileValue: 7000, value: 7000 }, hosts, url),
    };
    const after = withRefusal(typed, problem);
    expect([...after.conflicts.keys()]).toEqual(['server.port']);
    expect(after.drafts).toEqual(typed.drafts);
    expect(after.base.settings[0]?.fileValue).toBe(7000);
    const wrong = withRefusal(typed, {
      ...problem,
      status: 400,
      errors: [{ path: 'server.port', message: 'too large' }],
    });
    expect(wrong.errors.get('server.port')).toBe('too large');
    expect(withDraft(wrong, 'server.port', '1').errors.size).toBe(0);
  });

  it('groups by section, and finds by name, help and variable', () => {
    const all = [port, url, hosts];
    expect(groupsOf(all, '').map((group) => group.name)).toEqual(['server', 'database']);
    expect(groupsOf(all, 'PORT something').flatMap((group) => group.settings)).toEqual([port]);
    expect(groupsOf(all, 'nothing of it')).toEqual([]);
  });
});
