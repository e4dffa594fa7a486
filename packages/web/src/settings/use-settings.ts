/** The settings form: loads, keeps what is typed, saves, and can take the last save back. */
import { useCallback, useEffect, useState } from 'react';
import type { ConfigView, SettingValue } from '@headspace/contract';
import { api } from '../live/app-state.ts';
import { useBeat } from '../live/use-beat.ts';
import { useResource } from '../live/use-resource.ts';
import { ApiError, noAnswer } from '../net/api.ts';
import {
  formOf,
  patchOf,
  undoOf,
  withDraft,
  withRefusal,
  type SettingsForm,
} from './settings-form.ts';

const PERIOD_MS = 3000;

export interface SettingsState {
  readonly form: SettingsForm | null;
  /** The settings as the server has them now. */
  readonly view: ConfigView | null;
  readonly error: ApiError | null;
  readonly saving: boolean;
  /** How many settings the last save changed; null where there is nothing to undo. */
  readonly saved: number | null;
  type(name: string, text: string | null): void;
  takeTheirs(name: string): void;
  discard(): void;
  save(): void;
  undo(): void;
}

export function useSettings(): SettingsState {
  const beat = useBeat(PERIOD_MS);
  const [version, setVersion] = useState(0);
  const { data, error } = useResource<ConfigView>('/api/config', `${beat} ${version}`);
  const [form, setForm] = useState<SettingsForm | null>(null);
  const [failure, setFailure] = useState<ApiError | null>(null);
  const [saving, setSaving] = useState(false);
  const [undoing, setUndoing] = useState<Record<string, SettingValue> | null>(null);
  // While nothing is typed the form follows the server; what is typed keeps what it was typed on.
  useEffect(() => {
    if (data) setForm((old) => (old && old.drafts.size > 0 ? old : formOf(data)));
  }, [data]);
  const send = useCallback(
    async (body: Record<string, SettingValue>, etag: string | null, undo: typeof undoing) => {
      setSaving(true);
      setFailure(null);
      try {
        const headers = etag === null ? {} : { 'if-match': etag };
        const view = await api.send<ConfigView>('PATCH', '/api/config', body, headers);
        setForm(formOf(view));
        setUndoing(undo);
        setVersion((old) => old + 1);
      } catch (thrown) {
        const refusal = thrown instanceof ApiError ? thrown : noAnswer(thrown);
        setFailure(refusal);
        const { problem } = refusal;
        if (problem) setForm((old) => old && withRefusal(old, problem));
      } finally {
        setSaving(false);
      }
    },
    [],
  );
  const change = (work: (old: SettingsForm) => SettingsForm): void => {
    setFailure(null);
    setForm((old) => old && work(old));
  };
  return {
    form,
    view: data,
    error: failure ?? error,
    saving,
    saved: undoing && Object.keys(undoing).length,
    type: (name, text) => change((old) => withDraft(old, name, text)),
    takeTheirs: (name) =>
      change((old) => {
        const drafts = new Map(old.drafts);
        const conflicts = new Map(old.conflicts);
        drafts.delete(name);
        conflicts.delete(name);
        return { ...old, drafts, conflicts };
      }),
    discard: () => {
      setFailure(null);
      if (data) setForm(formOf(data));
    },
    save: () => {
      if (form) void send(patchOf(form), form.base.etag, undoOf(form));
    },
    undo: () => {
      if (undoing) void send(undoing, null, null);
    },
  };
}
