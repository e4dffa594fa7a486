import { describe, expect, it } from 'vitest';
import { SETTINGS } from './config-table.ts';
import { SettingView } from './config-view.ts';
import { checkSetting, describeSetting, SETTING_NAMES } from './describe-setting.ts';

describe('the description of a setting', () => {
  it.each(SETTING_NAMES)('%s has kind, default and help', (name) => {
    const described = describeSetting(name);
    expect(SettingView.shape.kind.parse(described.kind)).toBe(described.kind);
    expect(described.help).toMatch(/\.$/);
    // What is described is what is checked: the default fits, or there is none.
    if (described.default === null) expect(SETTINGS[name].schema.parse(undefined)).toBeUndefined();
    else
      expect(checkSetting(name, described.default)).toEqual({ ok: true, value: described.default });
    if (described.min !== null) expect(checkSetting(name, described.min - 1).ok).toBe(false);
    if (described.max !== null) expect(checkSetting(name, described.max + 1).ok).toBe(false);
    for (const option of described.options) expect(checkSetting(name, option).ok).toBe(true);
  });

  it('knows kinds, bounds and marks', () => {
    expect(describeSetting('server.port')).toMatchObject({ kind: 'integer', min: 0, max: 65535 });
    expect(describeSetting('events.maxStreams')).toMatchObject({ min: 1, max: null, live: true });
    expect(describeSetting('server.allowedHosts')).toMatchObject({ kind: 'list', default: [] });
    expect(describeSetting('log.level')).toMatchObject({ kind: 'choice', live: true });
    expect(describeSetting('database.url')).toMatchObject({
      kind: 'text',
      secret: true,
      default: null,
      variables: ['HEADSPACE_DATABASE_URL', 'DATABASE_URL'],
    });
  });
});

describe('checking a value', () => {
  it.each([true, [], '', ' ', null, {}, [1]])('takes no %j for a number', (raw) => {
    expect(checkSetting('server.port', raw)).toMatchObject({ ok: false });
  });

  it('takes a number as text, as flags and variables have it', () => {
    expect(checkSetting('server.port', '6000')).toEqual({ ok: true, value: 6000 });
  });

  it('says what was got, but not of a secret', () => {
    expect(checkSetting('server.port', 70000)).toMatchObject({
      reason: expect.stringContaining('70000'),
    });
    const secret = checkSetting('database.url', ['hidden']);
    expect(secret).toMatchObject({ ok: false });
    expect(JSON.stringify(secret)).not.toContain('hidden');
  });
});
