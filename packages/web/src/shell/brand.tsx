import icon from '../assets/icon.svg';

/** The mark and the name of the product; `narrow` shows no name on a phone, where others need the room. */
export function Brand({ narrow = false }: { narrow?: boolean }) {
  return (
    <span className="flex items-center gap-2 text-[1.07rem] font-semibold tracking-tight">
      <img src={icon} alt="" width={22} height={22} />
      <span className={narrow ? 'max-sm:sr-only' : ''}>Headspace</span>
    </span>
  );
}
