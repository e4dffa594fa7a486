import icon from '../assets/icon.svg';

/** The mark and the name of the product. */
export function Brand() {
  return (
    <span className="flex items-center gap-2 text-[1.07rem] font-semibold tracking-tight">
      <img src={icon} alt="" width={22} height={22} />
      Headspace
    </span>
  );
}
