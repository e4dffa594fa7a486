/** The form field that fits the kind of a setting. */
import type { SettingView } from '@headspace/contract';

interface Props {
  setting: SettingView;
  /** What is typed; null where the setting is to be taken out of the file. */
  text: string | null;
  invalid: boolean;
  /** Ids of what describes the field. */
  describedBy: string;
  onType: (text: string) => void;
}

export function SettingField({ setting, text, invalid, describedBy, onType }: Props) {
  const { name, kind, options, secret } = setting;
  const shared = {
    id: `setting-${name}`,
    value: text ?? '',
    'aria-describedby': describedBy,
    'aria-invalid': invalid ? (true as const) : undefined,
    className: 'field w-full font-mono',
  };
  if (kind === 'choice' || kind === 'switch') {
    const choices = kind === 'switch' ? ['true', 'false'] : options;
    return (
      <select {...shared} onChange={(event) => onType(event.target.value)}>
        {choices.map((choice) => (
          <option key={choice}>{choice}</option>
        ))}
      </select>
    );
  }
  const isNumber = kind === 'integer' || kind === 'number';
  return (
    <input
      {...shared}
      type={secret ? 'password' : 'text'}
      inputMode={isNumber ? 'decimal' : 'text'}
      autoComplete="off"
      spellCheck={false}
      placeholder={placeholderOf(setting)}
      onChange={(event) => onType(event.target.value)}
    />
  );
}

function placeholderOf({ secret, isSet, kind }: SettingView): string {
  if (secret) return isSet ? 'set; type a new one' : 'not set';
  return kind === 'list' ? 'none' : 'not set';
}
