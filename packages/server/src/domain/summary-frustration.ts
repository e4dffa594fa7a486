/**
 * How frustrated a person sounds, 0 to 10, from the words alone. It is a hint that something goes
 * wrong, not a judgement; a model does it better.
 */

/** Weight and words; English, since that is what most prompts to coding agents are in. */
const SIGNS: readonly (readonly [number, RegExp])[] = [
  [5, /\b(wtf|ffs|fuck\w*|bullshit|damn|goddamn|ridiculous|useless|garbage|terrible|hopeless)\b/i],
  [3, /\b(stop|quit) (doing|it|that|changing|adding|making)\b/i],
  [3, /\b(i (already )?(told|said|asked)|how many times|as i said|i said)\b/i],
  [3, /\b(still|again) (not|broken|fails?|failing|wrong|doesn'?t|isn'?t|the same)\b/i],
  [2, /\b(you (broke|deleted|ignored|forgot|keep|removed|didn'?t)|that'?s (not|wrong))\b/i],
  [
    2,
    /\b(does ?n[o']?t work|not working|doesnt work|is wrong|wrong again|no+,? (not|that|you))\b/i,
  ],
  [1, /\b(why (did|are|do|would|is)|seriously|come on|ugh+|argh+|sigh)\b/i],
];
const READ = 4_000;

export function scoreFrustration(text: string): number {
  const read = text.slice(0, READ);
  let score = 0;
  for (const [weight, sign] of SIGNS) if (sign.test(read)) score += weight;
  if (/[!?]{3,}/.test(read)) score += 2;
  if (isShouted(read)) score += 3;
  return Math.min(score, 10);
}

/** Three words in capitals beside each other; one alone is a name or an acronym. */
const isShouted = (text: string): boolean => /\b[A-Z]{3,}([ ,]+[A-Z]{2,}){2,}\b/.test(text);
